package storetest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// newCampaign makes a voice campaign that is being prepared.
func newCampaign(t *testing.T, s *store.Store, o rollcall.Owner, dnc rollcall.Named, lists ...rollcall.Named) *rollcall.Campaign {
	t.Helper()
	c := &rollcall.Campaign{ID: rollcall.NewID(rollcall.PrefixCampaign), Owner: o, Name: "C", Channel: rollcall.ChannelVoice, Status: rollcall.CampaignPreparing, Priority: 3,
		ContactLists: lists, DNCList: dnc, Scrub: rollcall.Scrub{State: rollcall.ScrubQueued}, CreatedAt: storetest.Time, UpdatedAt: storetest.Time}
	if err := s.CreateCampaign(ctx, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// scrub does all scrubs that wait.
func scrub(t *testing.T, s *store.Store, now time.Time) (done int) {
	t.Helper()
	for {
		job := must(s.ClaimScrub(ctx, "w", now))(t)
		if job == nil {
			return done
		}
		for more := true; more; {
			more = must(job.Step(ctx, now))(t)
		}
		done++
	}
}

// TestScrub_CountsAsOneByOne: the set operation finds what looking each contact up
// finds, over random lists, entries that ended, prefixes in one another, and lists
// of which either may be the longer.
func TestScrub_CountsAsOneByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		random := rand.New(rand.NewPCG(5, 6))
		number := func() phone.Number { return phone.Number(14155550000 + random.Int64N(400)) }
		for round := range 8 {
			var lists []rollcall.Named
			people := map[phone.Number]int{}
			for i := range 2 {
				l := storetest.NewList(o, fmt.Sprintf("people %d %d", round, i))
				l.AllowDuplicates = true
				if err := s.CreateContactList(ctx, l); err != nil {
					t.Fatal(err)
				}
				var contacts []rollcall.Contact
				for range random.IntN(300) {
					n := number()
					contacts, people[n] = append(contacts, rollcall.Contact{Phone: n}), people[n]+1
				}
				must(s.AddContacts(ctx, o, l.ID, contacts, "u-1", storetest.Time))(t)
				lists = append(lists, rollcall.Named{ID: l.ID})
			}
			var dnc []*rollcall.ContactList
			held := make([]map[phone.Number]bool, 3)
			for i := range held {
				l := dncList(t, s, o, fmt.Sprintf("dnc %d %d", round, i), i > 0)
				held[i] = map[phone.Number]bool{}
				var entries []rollcall.Contact
				for range random.IntN(200) {
					n := number()
					if random.IntN(20) == 0 {
						for range 1 + random.IntN(2) {
							n /= 10
						}
						n = -n
					}
					extra := ""
					if _, there := held[i][n]; !there && random.IntN(3) == 0 {
						extra = `{"expiresAt":"` + after(-time.Hour).Format("2006-01-02T15:04:05.000Z") + `"}`
					}
					held[i][n] = held[i][n] || extra == ""
					entries = append(entries, entry(n, extra))
				}
				must(s.AddContacts(ctx, o, l.ID, entries, "u-1", storetest.Time))(t)
				dnc = append(dnc, l)
			}
			c := newCampaign(t, s, o, rollcall.Named{ID: dnc[0].ID}, lists...)
			scrub(t, s, after(time.Minute))
			got := must(s.Campaign(ctx, o, c.ID))(t)
			want := map[string]int64{}
			for n, copies := range people {
				if key := oneByOne(n, dnc, held); key != "" {
					want[key] += int64(copies)
				}
			}
			have := map[string]int64{}
			sum := int64(0)
			for _, r := range got.Scrub.ByReason {
				have[fmt.Sprintf("%s %v", r.ListName, r.Prefix)] += r.Contacts
				sum += r.Contacts
			}
			if diff := cmp.Diff(want, have); diff != "" || sum != got.Scrub.Blocked || got.Scrub.State != rollcall.ScrubDone || got.Status != rollcall.CampaignReady {
				t.Fatalf("round %d: %s %+v", round, diff, got.Scrub)
			}
			for _, l := range dnc { // global lists bind the next round too
				must(s.UpdateCampaign(ctx, o, c.ID, func(c *rollcall.Campaign) error { c.DNCList = rollcall.Named{}; return nil }))(t)
				must(s.DeleteContactList(ctx, o, l.ID, "u-1", after(time.Minute)))(t)
			}
		}
	})
}

// oneByOne tells what blocks a number.
func oneByOne(n phone.Number, dnc []*rollcall.ContactList, held []map[phone.Number]bool) string {
	for i := range dnc {
		if held[i][n] {
			return dnc[i].Name + " false"
		}
	}
	for i := range dnc {
		for _, p := range n.Prefixes() {
			if held[i][p] {
				return dnc[i].Name + " true"
			}
		}
	}
	return ""
}

// TestScrub_AnEditAsksForAnother: what was found before the edit is not written.
func TestScrub_AnEditAsksForAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "People")
		c := newCampaign(t, s, o, rollcall.Named{}, rollcall.Named{ID: l.ID})
		job := must(s.ClaimScrub(ctx, "w", after(time.Minute)))(t)
		if other := must(s.ClaimScrub(ctx, "v", after(time.Minute)))(t); other != nil {
			t.Error("another process does the same scrub")
		}
		must(s.UpdateCampaign(ctx, o, c.ID, func(c *rollcall.Campaign) error { c.Scrub = rollcall.Scrub{State: rollcall.ScrubQueued}; return nil }))(t)
		if more := must(job.Step(ctx, after(time.Minute)))(t); more {
			t.Error("it goes on")
		}
		if got := must(s.Campaign(ctx, o, c.ID))(t); got.Status != rollcall.CampaignPreparing || got.Scrub.State != rollcall.ScrubQueued {
			t.Errorf("%s %+v", got.Status, got.Scrub)
		}
		if n := scrub(t, s, after(time.Minute)); n != 1 {
			t.Errorf("%d scrubs", n)
		}
		// A process that died leaves its scrub to others.
		must(s.UpdateCampaign(ctx, o, c.ID, func(c *rollcall.Campaign) error { c.Scrub = rollcall.Scrub{State: rollcall.ScrubQueued}; return nil }))(t)
		must(s.ClaimScrub(ctx, "w", after(time.Hour)))(t)
		if n := scrub(t, s, after(time.Hour)); n != 0 {
			t.Error("it was taken from a process that lives")
		}
		if n := scrub(t, s, after(time.Hour+store.ScrubLease+time.Second)); n != 1 {
			t.Error("nobody went on")
		}
	})
}

// TestCampaigns_ListsAreLocked: a list that is deleted while a campaign that names it
// is made is either named or gone.
func TestCampaigns_ListsAreLocked(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		for i := range 20 {
			l := storetest.List(t, a, o, fmt.Sprintf("People %d", i))
			made := make(chan error, 1)
			go func() {
				made <- b.CreateCampaign(ctx, &rollcall.Campaign{ID: rollcall.NewID(rollcall.PrefixCampaign), Owner: o, Name: "C", Channel: rollcall.ChannelSMS, Status: rollcall.CampaignReady,
					ContactLists: []rollcall.Named{{Name: l.Name}}, CreatedAt: storetest.Time, UpdatedAt: storetest.Time})
			}()
			_, err := a.DeleteContactList(ctx, o, l.ID, "u-1", storetest.Time)
			if createErr := <-made; (err == nil) == (createErr == nil) {
				t.Fatalf("round %d: delete %v, create %v", i, err, createErr)
			}
		}
	})
}
