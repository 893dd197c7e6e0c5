package store

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
)

// oneByOne moves contacts as the tables would have it if each was moved by itself. It
// gives who stands in the old contents then, and by which copy.
func oneByOne(old map[int64]standing, came []rollcall.Contact, allowDuplicates bool) map[int64]standing {
	first := func(n phone.Number, least func(standing) bool) (seq int64, found bool) {
		for s, at := range old {
			if at.number == n && least(at) && (!found || at.copy < old[seq].copy) {
				seq, found = s, true
			}
		}
		return seq, found
	}
	isFirst := func(at standing) bool { return at.copy == 0 }
	for i := range came {
		n, at := came[i].Phone, standing{came[i].Phone, 0, true}
		if seq, taken := first(n, func(at standing) bool { return !at.came }); taken && !allowDuplicates {
			delete(old, seq)
			if next, there := first(n, func(standing) bool { return true }); there {
				old[next] = standing{n, 0, old[next].came}
			}
		}
		if _, taken := first(n, isFirst); taken {
			at.copy = came[i].Seq
		}
		old[came[i].Seq] = at
	}
	return old
}

type standing struct {
	number phone.Number
	copy   int64
	came   bool // since the replacement
}

// What is planned for many is what comes of moving one after the other, wherever the
// pages end.
func TestPlanMoves_AsIfOneByOne(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 5_000 {
		allow, numbers := n%2 == 0, 1+random.IntN(6)
		old := map[int64]standing{}
		var came []rollcall.Contact
		for seq := int64(1); seq < 14; seq++ { // contacts of both contents, among one another
			number := phone.Number(1 + random.IntN(numbers))
			if random.IntN(2) == 0 {
				came = append(came, rollcall.Contact{Seq: seq, Phone: number})
				continue
			}
			at := standing{number, 0, false}
			for _, other := range old {
				if other.number == number {
					at.copy = seq
				}
			}
			old[seq] = at
		}
		got := maps.Clone(old)
		for page := range slices.Chunk(came, 1+random.IntN(5)) {
			carryOut(t, got, page, planMoves(page, holdersIn(got, allow), allow))
		}
		if diff := cmp.Diff(oneByOne(old, came, allow), got, cmp.AllowUnexported(standing{})); diff != "" {
			t.Fatalf("case %d, allow %v, came %v (-one by one +planned):\n%s", n, allow, came, diff)
		}
	}
}

// holdersIn gives what holdersOf reads.
func holdersIn(all map[int64]standing, firstsOnly bool) map[phone.Number][]numberHolder {
	holders := map[phone.Number][]numberHolder{}
	for seq, at := range all {
		if at.copy == 0 || !firstsOnly {
			holders[at.number] = append(holders[at.number], numberHolder{seq: seq, copy: at.copy, kept: at.came})
		}
	}
	for _, q := range holders {
		slices.SortFunc(q, func(a, b numberHolder) int { return int(a.copy - b.copy) })
	}
	return holders
}

func carryOut(t *testing.T, all map[int64]standing, page []rollcall.Contact, m moves) {
	t.Helper()
	for _, seq := range m.displaced {
		if _, there := all[seq]; !there {
			t.Fatalf("%d is displaced, and is not there", seq)
		}
		delete(all, seq)
	}
	for _, seq := range m.promoted {
		all[seq] = standing{all[seq].number, 0, all[seq].came}
	}
	for _, c := range page {
		switch {
		case slices.Contains(m.firsts, c.Seq):
			all[c.Seq] = standing{c.Phone, 0, true}
		case slices.Contains(m.copies, c.Seq):
			all[c.Seq] = standing{c.Phone, c.Seq, true}
		}
	}
}
