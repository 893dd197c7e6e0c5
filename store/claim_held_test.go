package store_test

import (
	"context"
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

// What a run did with a contact that is deleted since is still told of its number.
func TestNumberFate_OfAContactThatIsGone(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := w.list("a", 1555_000_0000, 2, nil)
		c := w.campaign("C", nil, l)
		w.trigger(c, rollcall.StepPlay, noon)
		claim := w.claim(c, 1, noon).Claims[0]
		w.outcome(claim.ID, rollcall.Busy, noon)
		if _, _, err := w.s.DeleteContact(context.Background(), w.owner, l.ID, claim.ContactID, "u-1", noon); err != nil {
			t.Fatal(err)
		}
		w.add(l, 1555_000_0000, 1, nil) // the number comes again, as another contact
		fate := must(w.s.NumberFate(context.Background(), w.owner, c.ID, claim.Number, noon))(t)
		if len(fate.Contacts) != 1 || fate.Contacts[0].Runs[0].Seen || len(fate.Gone) != 1 || len(fate.Gone[0].Attempts) != 1 || fate.Gone[0].Attempts[0].Outcome != rollcall.Busy {
			t.Errorf("%+v", fate)
		}
		if fate := must(w.s.NumberFate(context.Background(), w.owner, c.ID, 1555_000_0001, noon))(t); len(fate.Gone) != 0 {
			t.Errorf("of another number: %+v", fate)
		}
	})
}
