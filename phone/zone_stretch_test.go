package phone

import (
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// stretchOf is the zone that the stretches give a number.
func stretchOf(stretches []ZoneStretch, n Number) string {
	if i := sort.Search(len(stretches), func(i int) bool { return stretches[i].From > n }); i > 0 {
		return stretches[i-1].Zone
	}
	return ""
}

// The stretches say of each number what the number says itself: at their edges, and
// anywhere between.
func TestZoneStretches_SayWhatEachNumberSays(t *testing.T) {
	stretches := ZoneStretches()
	if len(stretches) < 10_000 || !slices.IsSortedFunc(stretches, func(a, b ZoneStretch) int { return int(a.From - b.From) }) {
		t.Fatalf("%d stretches, in no order or too few", len(stretches))
	}
	r := rand.New(rand.NewPCG(7, 7))
	check := func(n Number) {
		t.Helper()
		if got, want := stretchOf(stretches, n), n.TimeZone(); got != want {
			t.Fatalf("%v is in %q, and says %q", n, got, want)
		}
	}
	for i, s := range stretches {
		if i > 0 && stretches[i-1].Zone == s.Zone {
			t.Fatalf("%v does not differ from what is before", s)
		}
		check(s.From - 1)
		check(s.From)
		if i+1 < len(stretches) {
			check(s.From + Number(r.Int64N(int64(stretches[i+1].From-s.From))))
		}
	}
	for range 500_000 {
		most := int64(10)
		for range r.IntN(15) {
			most *= 10
		}
		check(Number(r.Int64N(most)))
	}
	for _, n := range []Number{-1900, 0, 1, 1e15 - 1, 1e15, 1 << 62} {
		check(n)
	}
}
