package store_test

import (
	"context"
	"strings"
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

// A number comes into a list a second time while its first contact is handed out: from
// then on the run finds what it has handed out by number, what it had before included.
func TestClaim_ANumberIsHeldOnceAlsoWhereItCameTwiceDuringTheRun(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := w.list("a", 1555_000_0000, 3, nil)
		must(w.s.UpdateContactList(context.Background(), w.owner, l.ID, func(l *rollcall.ContactList) error {
			return l.Change(rollcall.ContactListChange{AllowDuplicates: new(true)}, "u-1", noon)
		}))(t)
		c := w.campaign("C", nil, l)
		w.trigger(c, rollcall.StepPlay, noon)
		claims := w.claim(c, 2, noon).Claims
		first, second := claims[0], claims[1]
		if err := w.s.ReleaseClaim(context.Background(), w.owner, second.ID, noon); err != nil {
			t.Fatal(err)
		}
		_, _, err := w.s.UpdateContact(context.Background(), w.owner, l.ID, second.ContactID, "u-1", noon, func(_ *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
			c.Phone, c.PhoneSent = first.Number, first.Number.String()
			return true, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		third := w.claim(c, 10, noon).Claims
		if numbers := numbersOf(third); len(numbers) != 1 || numbers[0] != 2 {
			t.Fatalf("%v are handed out beside 0", numbers)
		}
		w.outcome(third[0].ID, rollcall.Connected, noon)
		must(w.s.ExtendClaim(context.Background(), w.owner, first.ID, time.Hour, noon))(t)
		if got := w.claim(c, 10, noon.Add(10*time.Minute)); len(got.Claims) != 0 {
			t.Errorf("%v are handed out while 0 is extended", numbersOf(got.Claims))
		}
		w.outcome(first.ID, rollcall.Connected, noon.Add(10*time.Minute))
		if numbers := numbersOf(w.claim(c, 10, noon.Add(20*time.Minute)).Claims); len(numbers) != 1 || numbers[0] != 0 {
			t.Errorf("%v, not the other contact of 0", numbers)
		}
	})
}

// A number is found wherever it stands in a run: in every list, and in every stretch of
// the index.
func TestNumberFate_InLongLists(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		short, long := w.list("a", 1555_000_0000, 2, nil), w.list("b", 1555_100_0000, 2*16384+10, nil)
		for _, order := range []rollcall.DialingOrder{rollcall.OrderFIFO, rollcall.OrderLIFO} {
			c := w.campaign(string(order), func(c *rollcall.Campaign) { c.Plan.Order = order }, short, long)
			w.trigger(c, rollcall.StepPlay, noon)
			var claims []rollcall.Claim
			for last := false; !last; {
				got := w.claim(c, 500, noon)
				claims, last = append(claims, got.Claims...), order == rollcall.OrderLIFO || len(got.Claims) == 0
			}
			at := []int{0, 1, 2, len(claims) / 2, len(claims) - 1}
			for _, i := range at {
				w.outcome(claims[i].ID, rollcall.Busy, noon)
				if _, _, err := w.s.DeleteContact(context.Background(), w.owner, claims[i].List.ID, claims[i].ContactID, "u-1", noon); err != nil {
					t.Fatal(err)
				}
			}
			for _, i := range at {
				fate := must(w.s.NumberFate(context.Background(), w.owner, c.ID, claims[i].Number, noon))(t)
				if len(fate.Gone) != 1 || len(fate.Gone[0].Attempts) != 1 {
					t.Errorf("%s, claim %d of %s: %+v", order, i, claims[i].List.Name, fate.Gone)
				}
			}
			w.trigger(c, rollcall.StepStop, noon)
		}
	})
}

// An outcome that comes too late is told so again when it is told twice.
func TestRecordOutcome_LateIsAnsweredTheSameAgain(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("C", nil, w.list("a", 1555_000_0000, 1, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		claim := w.claim(c, 1, noon).Claims[0]
		after := noon.Add(time.Hour)
		if first, again := w.outcome(claim.ID, rollcall.Busy, after), w.outcome(claim.ID, rollcall.Busy, after); !first.Late || *again != *first {
			t.Errorf("%+v, then %+v", first, again)
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
		if len(fate.Contacts) != 1 || fate.Contacts[0].Runs[0].Seen || len(fate.Gone) != 1 || len(fate.Gone[0].Attempts) != 1 || fate.Gone[0].Attempts[0].Outcome != rollcall.Busy || !strings.Contains(fate.Gone[0].Explain(), "not tried again") {
			t.Errorf("%+v", fate)
		}
		if fate := must(w.s.NumberFate(context.Background(), w.owner, c.ID, 1555_000_0001, noon))(t); len(fate.Gone) != 0 {
			t.Errorf("of another number: %+v", fate)
		}
	})
}
