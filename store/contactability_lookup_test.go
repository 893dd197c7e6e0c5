package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
	"rollcall/store/storetest"
)

func (w *runWorld) fate(c *rollcall.Campaign, n phone.Number, at time.Time) *rollcall.NumberFate {
	w.Helper()
	f, err := w.s.NumberFate(context.Background(), w.owner, c.ID, n, at)
	if err != nil {
		w.Fatal(err)
	}
	return f
}

// One number through the states of two runs: what is told is what happened.
func TestNumberFate_Runs(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := w.list("People", 14155550000, 2, nil)
		c := w.campaign("c", nil, l)
		const first, second = 14155550000, 14155550001
		if f := w.fate(c, first, noon); len(f.Contacts) != 1 || len(f.Contacts[0].Runs) != 0 || f.Campaign.Status != rollcall.CampaignReady {
			w.Fatalf("before a run: %+v", f)
		}
		w.trigger(c, rollcall.StepPlay, noon)
		got := w.claim(c, 1, noon)
		w.stands(c, first, noon, rollcall.RunFate{Seen: true, State: rollcall.ContactLeased, Agent: "u-2", Claims: 1, Due: got.Claims[0].LeaseUntil, Changed: noon})
		w.stands(c, second, noon, rollcall.RunFate{})
		busy := noon.Add(time.Second)
		attempt := rollcall.Attempt{Outcome: rollcall.Busy, Disposition: []string{"a", "b"}, SessionID: "s", Status: "st", Detail: "d", Duration: 1500 * time.Millisecond}
		if _, err := w.s.RecordOutcome(context.Background(), w.owner, got.Claims[0].ID, attempt, busy); err != nil {
			w.Fatal(err)
		}
		tried := []rollcall.PastAttempt{{Attempt: attempt, Number: 1, At: busy, Agent: "u-2"}}
		w.stands(c, first, busy, rollcall.RunFate{Seen: true, State: rollcall.ContactWaiting, Reason: rollcall.ReasonRetry, Agent: "u-2", Claims: 1, Due: busy.Add(30 * time.Minute), Changed: busy, Counted: 1, Attempts: tried})

		// The other is looked at while a DNC list holds it, and is told so when none does any more.
		dnc := w.dnc("dnc", true)
		w.block(dnc, second, busy)
		later := noon.Add(time.Minute)
		w.claim(c, 1, later)
		if _, err := w.s.DeleteContactList(context.Background(), w.owner, dnc.ID, "u-1", noon.Add(2*time.Minute)); err != nil {
			w.Fatal(err)
		}
		f := w.fate(c, second, noon.Add(3*time.Minute)).Contacts[0]
		if f.Verdict.When != rollcall.WhenNow || len(f.Blocking) != 0 || f.Runs[0].Reason != rollcall.ReasonDNC || len(f.Runs[0].Blocking) != 1 || f.Runs[0].Blocking[0].ListName != "dnc" || f.Runs[0].Blocking[0].By != "u-1" {
			w.Errorf("%+v", f)
		}

		// Runs before the newest one are told too.
		w.trigger(c, rollcall.StepStop, later)
		w.trigger(c, rollcall.StepPlay, later)
		if runs := w.fate(c, first, later).Contacts[0].Runs; len(runs) != 2 || runs[0].Seen || runs[1].State != rollcall.ContactWaiting || runs[1].Run.State != rollcall.CampaignStopped || len(runs[1].Attempts) != 1 {
			w.Errorf("%+v", runs)
		}
		for range 12 {
			w.trigger(c, rollcall.StepStop, later)
			w.trigger(c, rollcall.StepPlay, later)
		}
		if runs := w.fate(c, first, later).Contacts[0].Runs; len(runs) != 1+rollcall.MaxFormerRuns {
			w.Errorf("%d runs are told", len(runs))
		}
	})
}

// Attempts are a contact's whatever its number was then, and those that others had with
// the number are theirs.
func TestNumberFate_AttemptsOfAContactWhoseNumberChanged(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		const was, is = 14155550000, 14155550099
		ctx := context.Background()
		one, two := w.list("one", was, 1, nil), w.list("two", is, 1, nil)
		c := w.campaign("c", nil, one, two)
		w.trigger(c, rollcall.StepPlay, noon)
		at := noon
		try := func(outcomes ...rollcall.Disposition) {
			w.Helper()
			for i, got := range w.claim(c, len(outcomes), at).Claims {
				w.outcome(got.ID, outcomes[i], at)
			}
			at = at.Add(31 * time.Minute)
		}
		try(rollcall.Busy, rollcall.NoAnswer)
		contacts, _, err := w.s.Contacts(ctx, w.owner, one.ID, rollcall.ContactPage{Limit: 1})
		if err != nil {
			w.Fatal(err)
		}
		_, _, err = w.s.UpdateContact(ctx, w.owner, one.ID, rollcall.ContactID(one.ContactSpace, contacts[0].Seq), "u-1", at, func(_ *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
			c.Phone, c.PhoneSent = is, ""
			return true, nil
		})
		if err != nil {
			w.Fatal(err)
		}
		try(rollcall.NoAnswer)
		try(rollcall.Busy)
		told := map[string][]rollcall.Disposition{}
		for _, contact := range w.fate(c, is, at).Contacts {
			for i, a := range contact.Runs[0].Attempts {
				if a.Number != i+1 {
					w.Errorf("%s: attempt %d stands at %d", contact.List.Name, a.Number, i)
				}
				told[contact.List.Name] = append(told[contact.List.Name], a.Outcome)
			}
		}
		if len(told["one"])+len(told["two"]) != 4 || told["one"][0] != rollcall.Busy || told["two"][0] != rollcall.NoAnswer || len(told["one"]) < 2 {
			w.Errorf("%v", told)
		}
	})
}

// stands holds how the only contact of a number stands in the newest run.
func (w *runWorld) stands(c *rollcall.Campaign, n phone.Number, at time.Time, want rollcall.RunFate) {
	w.Helper()
	f := w.fate(c, n, at)
	if len(f.Contacts) != 1 || len(f.Contacts[0].Runs) == 0 {
		w.Fatalf("%+v", f)
	}
	got := f.Contacts[0].Runs[0]
	want.Run = got.Run
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		w.Errorf("%v: %s", n, diff)
	}
}

// Each contact with the number is told, in each list and each copy, by its own zone;
// numbers of nobody are told as such.
func TestNumberFate_Contacts(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		const number = 14155550123
		one, two := storetest.List(w, w.s, w.owner, "one"), storetest.NewList(w.owner, "two")
		two.AllowDuplicates = true
		if err := w.s.CreateContactList(context.Background(), two); err != nil {
			w.Fatal(err)
		}
		berlin, strange := rollcall.Given("Europe/Berlin"), rollcall.Given("Berlin")
		for l, contacts := range map[*rollcall.ContactList][]rollcall.Contact{one: {{Phone: number, TimeZone: berlin}}, two: {{Phone: number, TimeZone: strange}, {Phone: number}, {Phone: 61412345678}, {Phone: 61412345678}}} {
			if _, err := w.s.AddContacts(context.Background(), w.owner, l.ID, contacts, "u-1", noon); err != nil {
				w.Fatal(err)
			}
		}
		own, other := w.dnc("own", false), w.dnc("other", false)
		c := w.campaign("c", func(c *rollcall.Campaign) {
			c.DNCList, c.Plan.ZoneFallback = rollcall.Named{ID: own.ID}, callhours.FallbackNever
		}, one, two)
		w.block(other, number, noon) // does not bind it
		f := w.fate(c, number, noon)
		if len(f.Contacts) != 3 {
			w.Fatalf("%+v", f)
		}
		for i, want := range []rollcall.ContactFate{
			{Zone: "Europe/Berlin", ZoneFrom: rollcall.ZoneOfContact, Verdict: rollcall.Verdict{When: rollcall.WhenNow, Reason: rollcall.ReasonOpen}, ClosesAt: noon.Add(5 * time.Hour)},
			{Zone: "America/Los_Angeles", ZoneFrom: rollcall.ZoneOfNumber, Verdict: rollcall.Verdict{When: rollcall.WhenLaterToday, Reason: rollcall.ReasonHours, OpensAt: noon.Add(5 * time.Hour)}},
			{Zone: "America/Los_Angeles", ZoneFrom: rollcall.ZoneOfNumber, Verdict: rollcall.Verdict{When: rollcall.WhenLaterToday, Reason: rollcall.ReasonHours, OpensAt: noon.Add(5 * time.Hour)}},
		} {
			got := f.Contacts[i]
			want.List, want.ContactID = got.List, got.ContactID
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || got.List.Name != []string{"one", "two", "two"}[i] {
				w.Errorf("contact %d of %s: %s", i, got.List.Name, diff)
			}
		}
		if f := w.fate(c, 61412345678, noon); len(f.Contacts) != 2 || f.Contacts[0].Verdict.Reason != rollcall.ReasonNoZone || f.Contacts[0].ZoneFrom != rollcall.ZoneOfNobody {
			w.Errorf("without a zone: %+v", f)
		}
		w.block(own, -1415, noon.Add(time.Hour)) // entered later than it is asked, it blocks all the same
		got := w.fate(c, number, noon).Contacts[0]
		if got.Verdict != (rollcall.Verdict{When: rollcall.WhenNever, Reason: rollcall.ReasonDNC}) || !got.ClosesAt.IsZero() || len(got.Blocking) != 1 || got.Blocking[0].ListName != "own" {
			w.Errorf("on a DNC list: %+v", got)
		}
		if f := w.fate(c, 442079460018, noon); len(f.Contacts) != 0 {
			w.Errorf("a number of nobody: %+v", f)
		}
		if _, err := w.s.NumberFate(context.Background(), w.owner, "cd-1", number, noon); rollcall.CodeOf(err) != rollcall.CodeNotFound {
			w.Errorf("of no campaign: %v", err)
		}
	})
}
