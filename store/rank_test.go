package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// A list that is longer than what one claim ranks: claims ask for patience, and then go by
// priority.
func TestRank_ByClaims(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		n := 2*store.RankChunk + 100
		l := w.list("l", 14155500000, n, func(i int) string { return []string{"1", "2", ""}[i%3] })
		c := w.campaign("c", func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }, l)
		w.trigger(c, rollcall.StepPlay, noon)
		for range 2 {
			if got := w.claim(c, 1, noon); len(got.Claims) > 0 || !got.More {
				w.Fatalf("before all are ranked: %+v", got)
			}
		}
		if got := numbersOf(w.claim(c, 3, noon).Claims); !slices.Equal(got, []int{1, 4, 7}) {
			w.Errorf("%v", got)
		}
	})
}

// A scrub ranks the list beforehand, so that the first claim hands contacts out; and what is
// ranked goes with the list.
func TestRank_ByTheScrub(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		ctx := context.Background()
		l := w.list("l", 14155500000, 2*store.RankChunk+100, func(i int) string { return []string{"1", "2", ""}[i%3] })
		c := w.campaign("c", func(c *rollcall.Campaign) {
			c.Plan.Order, c.Status, c.Scrub.State = rollcall.OrderPriority, rollcall.CampaignPreparing, rollcall.ScrubQueued
		}, l)
		job, err := w.s.ClaimScrub(ctx, "w", noon)
		if err != nil || job == nil {
			w.Fatal(job, err)
		}
		for more := true; more; {
			if more, err = job.Step(ctx, noon); err != nil {
				w.Fatal(err)
			}
		}
		w.trigger(c, rollcall.StepPlay, noon)
		if got := numbersOf(w.claim(c, 3, noon).Claims); !slices.Equal(got, []int{1, 4, 7}) {
			w.Errorf("%v", got)
		}
		w.trigger(c, rollcall.StepStop, noon)
		if _, err := w.s.DeleteCampaign(ctx, w.owner, c.ID); err != nil {
			w.Fatal(err)
		}
		if _, err := w.s.DeleteContactList(ctx, w.owner, l.ID, "u-1", noon); err != nil {
			w.Fatal(err)
		}
		for more := true; more; {
			if more, err = w.s.Purge(ctx, noon); err != nil {
				w.Fatal(err)
			}
		}
		if n, err := w.s.Ranks(ctx); err != nil || n > 0 {
			w.Errorf("%d are left, %v", n, err)
		}
	})
}

// Who gets another priority after the list was ranked is called by the new one, also where
// the list was ranked with the old one; who is deleted is not called.
func TestRank_FollowsChanges(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		ctx := context.Background()
		l := w.list("l", 14155550000, 8, func(i int) string { return []string{"5", "3"}[i%2] }) // 0 2 4 6, then 1 3 5 7
		c := w.campaign("c", func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }, l)
		w.trigger(c, rollcall.StepPlay, noon)
		got := numbersOf(w.claim(c, 1, noon).Claims)
		contacts, list, err := w.s.Contacts(ctx, w.owner, l.ID, rollcall.ContactPage{Limit: 9})
		if err != nil {
			w.Fatal(err)
		}
		id := func(n phone.Number) string {
			i := slices.IndexFunc(contacts, func(c rollcall.Contact) bool { return c.Phone == 14155550000+n })
			return rollcall.ContactID(list.ContactSpace, contacts[i].Seq)
		}
		set := func(n phone.Number, priority string) {
			_, _, err := w.s.UpdateContact(ctx, w.owner, l.ID, id(n), "u-1", noon, func(_ *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
				c.ContactPriority = rollcall.Given(priority)
				return true, nil
			})
			if err != nil {
				w.Fatal(err)
			}
		}
		set(7, "5") // up
		set(4, "3") // down
		set(1, "1") // a priority that nobody had when the run looked: such come last
		if _, _, err := w.s.DeleteContact(ctx, w.owner, l.ID, id(3), "u-1", noon); err != nil {
			w.Fatal(err)
		}
		w.add(l, 14155550008, 1, func(int) string { return "5" }) // comes later, and in time
		for range 9 {
			got = append(got, numbersOf(w.claim(c, 1, noon).Claims)...)
		}
		if want := []int{0, 2, 6, 7, 8, 4, 5, 1}; !slices.Equal(got, want) {
			w.Errorf("%v, want %v", got, want)
		}
	})
}

// Several dialers and a scrub that rank one list at the same time do so once.
func TestRank_Together(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := &runWorld{t, s, storetest.Owner(t, s)}
		n := 2 * store.RankChunk
		l := w.list("l", 14155500000, n, func(i int) string { return "7" })
		byPriority := func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }
		c := w.campaign("c", byPriority, l)
		w.campaign("d", func(c *rollcall.Campaign) {
			byPriority(c)
			c.Status, c.Scrub.State = rollcall.CampaignPreparing, rollcall.ScrubQueued
		}, l)
		w.trigger(c, rollcall.StepPlay, noon)
		job, err := s.ClaimScrub(t.Context(), "w", noon)
		if err != nil || job == nil {
			t.Fatal(job, err)
		}
		done := make(chan error)
		for range 4 {
			go func() {
				for {
					got, err := s.Claim(t.Context(), w.owner, c.ID, rollcall.ClaimRequest{Limit: 1}, noon)
					if err != nil || len(got.Claims) > 0 {
						done <- err
						return
					}
				}
			}()
		}
		go func() {
			for {
				if more, err := job.Step(context.Background(), noon.Add(time.Second)); err != nil || !more {
					done <- err
					return
				}
			}
		}()
		for range 5 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if got, err := s.Ranks(t.Context()); err != nil || got != int64(n) {
			t.Errorf("%d ranked of %d, %v", got, n, err)
		}
	})
}

// Two campaigns that go through the same lists in other orders, one running and one being
// prepared, do not wait for each other.
func TestRank_ListsInAnyOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := &runWorld{t, s, storetest.Owner(t, s)}
		for i := range 12 {
			name := func(text string) string { return text + string(rune('a'+i)) }
			a := w.list(name("a"), 14155500000+i*10000, 3, func(int) string { return "7" })
			b := w.list(name("b"), 14255500000+i*10000, 3000, func(int) string { return "7" })
			byPriority := func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }
			c := w.campaign(name("c"), byPriority, a, b)
			w.campaign(name("d"), func(c *rollcall.Campaign) {
				byPriority(c)
				c.Status, c.Scrub.State = rollcall.CampaignPreparing, rollcall.ScrubQueued
			}, b, a)
			w.trigger(c, rollcall.StepPlay, noon)
			job, err := s.ClaimScrub(t.Context(), "w", noon)
			if err != nil || job == nil {
				t.Fatal(job, err)
			}
			done := make(chan error, 2)
			go func() {
				for more, err := true, error(nil); more || err != nil; {
					if more, err = job.Step(context.Background(), noon.Add(time.Second)); err != nil || !more {
						done <- err
						return
					}
				}
			}()
			go func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				_, err := s.Claim(context.Background(), w.owner, c.ID, rollcall.ClaimRequest{Limit: 20}, noon)
				done <- err
			}()
			for range 2 {
				if err := <-done; err != nil {
					t.Errorf("round %d: %v", i, err)
				}
			}
			w.trigger(c, rollcall.StepStop, noon)
		}
	})
}

// Priorities that nobody has any more do not count, and cost nothing.
func TestRank_OfFormerPriorities(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		ctx := context.Background()
		byPriority := func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }
		l := w.list("l", 14155550000, 3, func(i int) string { return []string{"1", "5", "9"}[i] })
		first := w.campaign("first", byPriority, l)
		w.trigger(first, rollcall.StepPlay, noon)
		w.claim(first, 1, noon) // the list is ranked
		w.trigger(first, rollcall.StepStop, noon)
		contacts, list, err := w.s.Contacts(ctx, w.owner, l.ID, rollcall.ContactPage{Limit: 1})
		if err != nil {
			w.Fatal(err)
		}
		priorities := []string{"1"}
		for i := range 210 {
			priorities = append([]string{fmt.Sprintf("0.%03d", i+1)}, priorities...)
		}
		for _, priority := range priorities {
			_, _, err := w.s.UpdateContact(ctx, w.owner, l.ID, rollcall.ContactID(list.ContactSpace, contacts[0].Seq), "u-1", noon, func(_ *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
				c.ContactPriority = rollcall.Given(priority)
				return true, nil
			})
			if err != nil {
				w.Fatal(err)
			}
		}
		if n, err := w.s.Ranks(ctx); err != nil || n < 3 || n > 30 { // of all tests on this database
			w.Errorf("%d ranks, %v", n, err)
		}
		second := w.campaign("second", byPriority, l)
		w.trigger(second, rollcall.StepPlay, noon)
		if got := numbersOf(w.claim(second, 3, noon).Claims); !slices.Equal(got, []int{2, 1, 0}) {
			w.Errorf("%v", got)
		}
	})
}

// What comes during a run does not hold up what is ranked; and sequence numbers that no
// contact has take no time.
func TestRank_WhileMuchComes(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := w.list("l", 14155500000, 6, func(i int) string { return "9" })
		c := w.campaign("c", func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }, l)
		w.trigger(c, rollcall.StepPlay, noon)
		got := numbersOf(w.claim(c, 1, noon).Claims)
		if err := w.s.SkipSeqs(context.Background(), l, 20_000_000); err != nil {
			w.Fatal(err)
		}
		w.add(l, 14155510000, 2*store.RankChunk+1, func(i int) string { return []string{"9", "1"}[min(i, 1)] })
		for range 5 {
			got = append(got, numbersOf(w.claim(c, 1, noon).Claims)...)
		}
		if want := []int{0, 1, 2, 3, 4, 5}; !slices.Equal(got, want) {
			w.Errorf("%v, want %v", got, want)
		}
		if next := w.claim(c, 1, noon).Claims; len(next) != 1 || next[0].Number != 14155510000 {
			w.Errorf("the last of the first priority: %v", next)
		}
	})
}

// A priority that is changed while its list is about to be ranked is not missed, neither by a
// run nor by a scrub: the change is seen, or sees the ranking.
func TestRank_BegunDuringAChange(t *testing.T) {
	ranks := map[string]func(w *runWorld, c, d *rollcall.Campaign) error{
		"run": func(w *runWorld, c, _ *rollcall.Campaign) error {
			_, err := w.s.Claim(context.Background(), w.owner, c.ID, rollcall.ClaimRequest{Limit: 1}, noon)
			return err
		},
		"scrub": func(w *runWorld, _, d *rollcall.Campaign) error {
			job, err := w.s.ClaimScrub(context.Background(), "w", noon)
			if err != nil || job == nil {
				return fmt.Errorf("no scrub: %w", err)
			}
			for more := true; more && err == nil; {
				more, err = job.Step(context.Background(), noon)
			}
			return err
		},
	}
	for name, rank := range ranks {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := &runWorld{t, s, storetest.Owner(t, s)}
				l := w.list("l", 14155550000, 2, func(i int) string { return []string{"1", "9"}[i] })
				byPriority := func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }
				c := w.campaign("c", byPriority, l)
				d := w.campaign("d", func(c *rollcall.Campaign) {
					byPriority(c)
					c.Status, c.Scrub.State = rollcall.CampaignPreparing, rollcall.ScrubQueued
				}, l)
				w.trigger(c, rollcall.StepPlay, noon)
				done := make(chan error, 1)
				err := s.ChangePriority(t.Context(), l, "5", func() {
					go func() { done <- rank(w, c, d) }()
					// A run does not wait for the change where writers need not take turns.
					select {
					case err := <-done:
						done <- err
					case <-time.After(300 * time.Millisecond):
					}
				})
				if err := errors.Join(err, <-done); err != nil {
					t.Fatal(err)
				}
				w.claim(c, 1, noon)
				if n, err := s.RanksOf(t.Context(), l, "5"); err != nil || n != 2 {
					t.Errorf("%d of 2 are ranked by what they were changed to, %v", n, err)
				}
			})
		})
	}
}

// However many priorities there are, the largest comes first, by its value; what is no
// decimal number comes last, with those that have none.
func TestRank_ManyPriorities(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		const n = 300
		odd := []string{"inf", "1e3", "0x10", "-", "1.2.3", "5-", "", "high"}
		l := w.list("l", 14155550000, n+len(odd), func(i int) string {
			switch {
			case i >= n:
				return odd[i-n]
			case i%3 == 0:
				return fmt.Sprintf("0%d.50", i) // as large as it is, however it is written
			}
			return strconv.Itoa(i)
		})
		c := w.campaign("c", func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }, l)
		w.trigger(c, rollcall.StepPlay, noon)
		var got, want []int
		for len(got) < n+len(odd) {
			more := numbersOf(w.claim(c, 70, noon).Claims)
			if len(more) == 0 {
				break
			}
			got = append(got, more...)
		}
		for i := n - 1; i >= 0; i-- {
			want = append(want, i)
		}
		for i := range odd {
			want = append(want, n+i)
		}
		if !slices.Equal(got, want) {
			w.Errorf("%v", got)
		}
	})
}

// A contact that is found by two priorities, since its change was not seen, is handed out once,
// by the one that it has; and nobody between the two is passed over.
func TestRank_StalePlaces(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := w.list("l", 14155550000, 6, func(i int) string { return []string{"9", "7", "7", "5", "3", "3"}[i] })
		c := w.campaign("c", func(c *rollcall.Campaign) { c.Plan.Order = rollcall.OrderPriority }, l)
		w.trigger(c, rollcall.StepPlay, noon)
		got := numbersOf(w.claim(c, 1, noon).Claims) // the list is ranked
		for seq, priority := range map[int64]float64{2: 3, 5: 8, 4: 5.0000000001} {
			if err := w.s.StalePlace(context.Background(), l, seq, priority); err != nil {
				w.Fatal(err)
			}
		}
		for range 6 {
			got = append(got, numbersOf(w.claim(c, 1, noon).Claims)...)
		}
		if want := []int{0, 1, 2, 3, 4, 5}; !slices.Equal(got, want) {
			w.Errorf("%v, want %v", got, want)
		}
	})
}
