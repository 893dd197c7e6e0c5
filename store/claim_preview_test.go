package store_test

import (
	"context"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
)

func TestClaim_Preview(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		ctx := context.Background()
		c := w.campaign("c", func(c *rollcall.Campaign) { c.DialingMode = rollcall.ModePreview }, w.list("a", 14155550000, 3, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		claims := w.claim(c, 3, noon).Claims
		if claims[0].LeaseUntil.Sub(noon) != rollcall.PreviewLease {
			w.Errorf("the lease ends %v", claims[0].LeaseUntil)
		}
		if out, err := w.s.SkipClaim(ctx, w.owner, claims[0].ID, noon); err != nil || out.Standing.Reason != rollcall.ReasonRetry || out.Standing.Attempts != 1 {
			w.Errorf("a skip: %+v, %v", out, err)
		}
		_, err := w.s.SkipClaim(ctx, w.owner, claims[1].ID, noon)
		w.refuses(err, rollcall.ReasonInvalidState)
		late := noon.Add(time.Minute)
		if err := w.s.SweepRuns(ctx, late); err != nil {
			w.Fatal(err)
		}
		if out := w.outcome(claims[1].ID, rollcall.Busy, late); !out.Late || out.Standing.Attempts != 1 || out.Standing.Reason != rollcall.ReasonRetry {
			w.Errorf("a call after its time: %+v", out)
		}
		if got := w.claim(c, 3, late).Claims; len(got) != 0 {
			w.Errorf("what ran out came back before the retry period: %v", numbersOf(got))
		}
	})
}

// What an agent does not dial in time counts as an attempt, once: a call that is told of
// later takes its place, unless the contact was handed out again.
func TestClaim_PreviewLapses(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		ctx := context.Background()
		c := w.campaign("c", func(c *rollcall.Campaign) { c.DialingMode, c.Plan.MaxAttempts = rollcall.ModePreview, 1 }, w.list("a", 14155550000, 3, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		claims := w.claim(c, 3, noon).Claims
		if _, err := w.s.SkipClaim(ctx, w.owner, claims[0].ID, noon); err != nil {
			w.Fatal(err)
		}
		late := noon.Add(time.Minute)
		if err := w.s.SweepRuns(ctx, late); err != nil {
			w.Fatal(err)
		}
		summary := func() (s store.RunSummary) {
			runs, err := w.s.Runs(ctx, w.owner, c.ID, 0, 1)
			if err != nil {
				w.Fatal(err)
			}
			return *runs[0]
		}
		if s := summary(); s.Skipped != 1 || s.Lapsed != 2 || s.Done[rollcall.ReasonExhausted] != 3 {
			w.Errorf("%+v", s)
		}
		fate := w.fate(c, 14155550001, late).Contacts[0].Runs[0]
		if want := "It was not called: once an agent skipped it or did not dial in time, which counts as an attempt; no more is tried, since that is as often as the campaign allows."; fate.Explain() != want {
			w.Error(fate.Explain())
		}
		for range 2 { // told twice it counts once
			out := w.outcome(claims[1].ID, rollcall.Connected, late)
			if !out.Late || out.Standing.Reason != rollcall.ReasonConnected || out.Standing.Attempts != 1 {
				w.Errorf("%+v", out)
			}
		}
		if s := summary(); s.Lapsed != 1 || s.Outcomes[rollcall.Connected] != 1 || s.Done[rollcall.ReasonExhausted] != 2 || s.Done[rollcall.ReasonConnected] != 1 {
			w.Errorf("%+v", s)
		}
		_, err := w.s.RecordOutcome(ctx, w.owner, claims[0].ID, rollcall.Attempt{Outcome: rollcall.Connected}, late) // it was skipped
		w.refuses(err, rollcall.ReasonInvalidState)
	})
}

// Whoever dials late what was handed out again since is refused, and takes nothing from
// the agent who has it now.
func TestClaim_PreviewLapsedAndHandedOutAgain(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("c", func(c *rollcall.Campaign) { c.DialingMode, c.Plan.MaxAttempts = rollcall.ModePreview, 2 }, w.list("a", 14155550000, 1, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		first := w.claim(c, 1, noon).Claims[0]
		late := noon.Add(time.Minute)
		if err := w.s.SweepRuns(context.Background(), late); err != nil {
			w.Fatal(err)
		}
		then := late.Add(30 * time.Minute)
		second := w.claim(c, 1, then).Claims[0]
		_, err := w.s.RecordOutcome(context.Background(), w.owner, first.ID, rollcall.Attempt{Outcome: rollcall.Busy}, then)
		w.refuses(err, rollcall.ReasonInvalidState)
		if out := w.outcome(second.ID, rollcall.Connected, then); out.Late || out.Standing.Attempts != 2 || out.Standing.Reason != rollcall.ReasonConnected {
			w.Errorf("%+v", out)
		}
	})
}
