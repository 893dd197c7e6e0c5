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

// What hangs on the runs of a campaign goes with it, and nothing of others does.
func TestPurge_RunsOfADeletedCampaign(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		kept := w.campaign("Kept", nil, w.list("kept", 1555_000_1000, 3, nil))
		w.trigger(kept, rollcall.StepPlay, noon)
		w.outcome(w.claim(kept, 2, noon).Claims[0].ID, rollcall.Busy, noon)
		before := must(w.s.RunRows(context.Background(), w.owner.AccountKey))(t)
		gone := w.campaign("Gone", nil, w.list("a", 1555_000_0000, 30, nil), w.list("b", 1555_000_2000, 30, nil))
		for range 2 {
			w.trigger(gone, rollcall.StepPlay, noon)
			for _, claim := range w.claim(gone, 50, noon).Claims {
				w.outcome(claim.ID, rollcall.Busy, noon)
			}
			w.trigger(gone, rollcall.StepStop, noon)
		}
		if _, err := w.s.DeleteCampaign(context.Background(), w.owner, gone.ID); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			more = must(w.s.Purge(context.Background(), noon))(t)
		}
		if after := must(w.s.RunRows(context.Background(), w.owner.AccountKey))(t); after != before {
			t.Errorf("%d rows, %d before", after, before)
		}
	})
}

// Of SMS campaigns it is told how many messages were sent, by all runs together.
func TestCampaigns_MessagesSent(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		sms := func(c *rollcall.Campaign) { c.Channel, c.DialingMode = rollcall.ChannelSMS, "" }
		sent, silent := w.campaign("Sent", sms, w.list("a", 1555_000_0000, 3, nil)), w.campaign("Silent", sms, w.list("b", 1555_000_0010, 3, nil))
		for range 2 {
			w.trigger(sent, rollcall.StepPlay, noon)
			for i, d := range []rollcall.Disposition{rollcall.Completed, rollcall.Connected, rollcall.Failed} {
				w.outcome(w.claim(sent, 1, noon).Claims[0].ID, d, noon.Add(time.Duration(i)))
			}
			w.trigger(sent, rollcall.StepStop, noon)
		}
		page, _, err := w.s.Campaigns(context.Background(), w.owner, rollcall.CampaignFilter{Channel: rollcall.ChannelSMS, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			if want := map[string]int64{sent.ID: 4, silent.ID: 0}[c.ID]; c.MessagesSent != want {
				t.Errorf("%s: %d, want %d", c.Name, c.MessagesSent, want)
			}
		}
	})
}
