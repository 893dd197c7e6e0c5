package store_test

import (
	"context"
	"fmt"
	"testing"

	"rollcall"
	"rollcall/store/storetest"
)

func TestClaimShared_Priorities(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		ids := map[string]int{}
		var campaigns []*rollcall.Campaign
		for i, priority := range []int{5, 3} {
			c := w.campaign(fmt.Sprint("c", i), func(c *rollcall.Campaign) { c.Priority = priority }, w.list(fmt.Sprint("l", i), 14155550000+i*1000, 600, nil))
			w.trigger(c, rollcall.StepPlay, noon)
			campaigns = append(campaigns, c)
		}
		for range 80 {
			got, err := w.s.ClaimShared(context.Background(), w.owner, rollcall.ClaimRequest{Limit: 10}, noon)
			if err != nil || len(got.Claims) != 10 {
				w.Fatalf("%+v, %v", got, err)
			}
			for _, claim := range got.Claims {
				ids[claim.CampaignID]++
			}
		}
		if n := ids[campaigns[0].ID]; n < 484 || n > 516 {
			w.Errorf("priority 5 beside 3 had %d of 800", n)
		}
		// The first has 100 left; then all go to the other.
		got, err := w.s.ClaimShared(context.Background(), w.owner, rollcall.ClaimRequest{Limit: 300}, noon)
		if err != nil || len(got.Claims) != 300 {
			w.Fatalf("%d claims, %v", len(got.Claims), err)
		}
		runs, err := w.s.Runs(context.Background(), w.owner, campaigns[0].ID, 0, 5)
		if err != nil || len(runs) != 1 || runs[0].Leased+runs[0].Waiting != runs[0].Walked || runs[0].Walked != 600 {
			w.Errorf("runs %+v, %v", runs, err)
		}
	})
}

// A run that the shared calls are not for does not starve the others, and does not make
// up for that time: one of another application, and a Preview campaign without agents.
func TestClaimShared_IdleRuns(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		n := 0
		play := func(w *runWorld, mode rollcall.DialingMode) *rollcall.Campaign {
			n++
			c := w.campaign(fmt.Sprint("c", n), func(c *rollcall.Campaign) { c.DialingMode = mode }, w.list(fmt.Sprint("l", n), 14155550000+n*1000, 900, nil))
			return w.trigger(c, rollcall.StepPlay, noon)
		}
		shared := func(limit int, agent string) map[string]int {
			got, err := w.s.ClaimShared(context.Background(), w.owner, rollcall.ClaimRequest{Limit: limit, Agent: agent}, noon)
			if err != nil || len(got.Claims) != limit {
				w.Fatalf("%d claims, %v", len(got.Claims), err)
			}
			count := map[string]int{}
			for _, c := range got.Claims {
				count[c.CampaignID]++
			}
			return count
		}
		other := *w
		other.owner = storetest.Owner(w, w.s) // of the same account
		play(&other, rollcall.ModeAgentless)
		preview := play(w, rollcall.ModePreview)
		a := play(w, rollcall.ModeAgentless)
		if got := shared(400, ""); got[a.ID] != 400 {
			w.Errorf("alone: %v", got)
		}
		b := play(w, rollcall.ModeAgentless)
		if got := shared(200, ""); got[a.ID] != 100 || got[b.ID] != 100 {
			w.Errorf("beside idle runs: %v", got)
		}
		if got := shared(150, "u-1"); got[preview.ID] != 50 || got[a.ID] != 50 || got[b.ID] != 50 {
			w.Errorf("with an agent: %v", got)
		}
		w.trigger(a, rollcall.StepPause, noon)
		shared(90, "")
		w.trigger(a, rollcall.StepResume, noon)
		if got := shared(60, ""); got[a.ID] != 30 || got[b.ID] != 30 {
			w.Errorf("after a pause: %v", got)
		}
	})
}
