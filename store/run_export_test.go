package store_test

import (
	"context"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
)

// The record of a run has each contact that it looked at and each attempt once,
// however many pages it takes, also of contacts and lists that are gone.
func TestRunRecord_Whole(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		const n = 600 // more than a page
		l := w.list("people", 1555_000_0000, n, nil)
		c := w.campaign("C", func(c *rollcall.Campaign) { c.Plan.MaxAttempts = 2 }, l)
		w.trigger(c, rollcall.StepPlay, noon)
		for round := range 2 {
			now := noon.Add(time.Duration(round) * time.Hour)
			for more := true; more; {
				got := w.claim(c, 1000, now)
				for _, claim := range got.Claims {
					if claim.Number%2 == 0 {
						w.outcome(claim.ID, rollcall.Busy, now) // many in one millisecond
					} else if round == 0 {
						w.outcome(claim.ID, rollcall.Connected, now)
					}
				}
				more = len(got.Claims) > 0 || got.More
			}
		}
		rec := must(w.s.RunRecord(context.Background(), w.owner, w.runs(c)[0].ID))(t)
		contacts, last := 0, store.RecordedContact{}
		err := rec.Contacts(context.Background(), func(page []store.RecordedContact) error {
			for i := range page {
				if page[i].Number == last.Number || page[i].ContactID == "" || page[i].List.Name != "people" {
					t.Fatalf("%+v after %+v", page[i], last)
				}
				contacts, last = contacts+1, page[i]
			}
			return nil
		})
		if err != nil || contacts != n {
			t.Errorf("%d contacts, %v", contacts, err)
		}
		attempts := map[string]int{}
		err = rec.Attempts(context.Background(), func(page []store.RecordedAttempt) error {
			for i := range page {
				attempts[page[i].Number.String()+" "+string(page[i].Outcome)]++
				if page[i].Attempts != attempts[page[i].Number.String()+" "+string(page[i].Outcome)] {
					t.Fatalf("out of order: %+v", page[i])
				}
			}
			return nil
		})
		total := 0
		for _, k := range attempts {
			total += k
		}
		if err != nil || total != n+n/2 || len(attempts) != n {
			t.Errorf("%d attempts of %d contacts, %v", total, len(attempts), err)
		}
		other := rollcall.Owner{AccountKey: w.owner.AccountKey, ApplicationID: "st-other"}
		if _, err := w.s.RunRecord(context.Background(), other, rec.Run.ID); rollcall.CodeOf(err) != rollcall.CodeNotFound {
			t.Errorf("of another application: %v", err)
		}
	})
}
