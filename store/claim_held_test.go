package store_test

import (
	"testing"
	"time"

	"rollcall"
	"rollcall/phone"
)

// A number that stands in two lists of a campaign, or twice in one, is not handed out
// to two dialers at once; its other contact has its turn after.
func TestClaim_ANumberIsHeldOnce(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		first, second := w.list("a", 1555_000_0000, 1, nil), w.list("b", 1555_000_0000, 2, nil)
		c := w.campaign("C", nil, first, second)
		w.trigger(c, rollcall.StepPlay, noon)
		got := w.claim(c, 10, noon)
		if numbers := numbersOf(got.Claims); len(numbers) != 2 || numbers[0] != 0 || numbers[1] != 1 {
			t.Fatalf("%v", numbers)
		}
		if run := w.runs(c)[0]; run.Waiting != 1 || run.Leased != 2 {
			t.Errorf("%+v", run)
		}
		for _, claim := range got.Claims {
			w.outcome(claim.ID, rollcall.Connected, noon)
		}
		if got := w.claim(c, 10, noon.Add(time.Minute)); len(got.Claims) != 1 || got.Claims[0].List.ID != second.ID || got.Claims[0].Number != phone.Number(1555_000_0000) {
			t.Errorf("%+v", got)
		}
	})
}
