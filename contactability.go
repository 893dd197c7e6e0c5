package rollcall

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"rollcall/phone"
)

// When says when a contact can be called.
type When string

// The times. Today is the day at the contact's own place.
const (
	WhenNow        When = "now"
	WhenLaterToday When = "laterToday"
	WhenLater      When = "later" // on another day
	WhenNever      When = "never"
)

// Whens are all of them, the nearest first.
func Whens() []When { return []When{WhenNow, WhenLaterToday, WhenLater, WhenNever} }

// Verdict is what a campaign's hours and DNC lists say of a contact. Verdicts that
// say the same are equal.
type Verdict struct {
	When    When
	Reason  ContactReason
	OpensAt time.Time // later: when its hours begin; else zero
}

// Judge tells when whoever lives in a zone can be called, as [CampaignPlan.Admit]
// decides. A zone that is nil is not known.
func (p *CampaignPlan) Judge(zone *time.Location, at time.Time) (v Verdict, closes time.Time) {
	s, closes := p.admitIn(zone, at)
	switch {
	case s.State == ContactLeased:
		return Verdict{When: WhenNow, Reason: ReasonOpen}, closes
	case s.State == ContactDone:
		return Verdict{When: WhenNever, Reason: s.Reason}, closes
	case sameDay(s.Due.In(zone), at.In(zone)):
		return Verdict{When: WhenLaterToday, Reason: s.Reason, OpensAt: s.Due}, closes
	}
	return Verdict{When: WhenLater, Reason: s.Reason, OpensAt: s.Due}, closes
}

func sameDay(a, b time.Time) bool {
	year, month, day := a.Date()
	yearB, monthB, dayB := b.Date()
	return year == yearB && month == monthB && day == dayB
}

// Contactability is how many contacts of a campaign's lists can be called at an
// instant, and later. A number that is in two lists counts twice, as in a run.
type Contactability struct {
	At       time.Time
	Total    int64
	Counts   map[When]int64 // adds up to Total
	ByReason []ContactabilityCount
}

// ContactabilityCount counts the contacts of one verdict; those of each When add up
// to its count. Of contacts that a DNC list blocks, those of one list and one way.
type ContactabilityCount struct {
	Verdict
	Contacts int64
	DNC      *ScrubCount // nil: no DNC list blocks them
}

// NewContactability adds up counts, and puts them in their order: by when, then by
// when the hours open, then by how many they are. Counts of nobody are left out.
func NewContactability(at time.Time, counts []ContactabilityCount) *Contactability {
	c := &Contactability{At: at, Counts: map[When]int64{}}
	for _, n := range counts {
		if n.Contacts == 0 {
			continue
		}
		c.Total += n.Contacts
		c.Counts[n.When] += n.Contacts
		c.ByReason = append(c.ByReason, n)
	}
	order := Whens()
	slices.SortStableFunc(c.ByReason, func(a, b ContactabilityCount) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.When), slices.Index(order, b.When)), a.OpensAt.Compare(b.OpensAt),
			cmp.Compare(b.Contacts, a.Contacts), cmp.Compare(a.Reason, b.Reason))
	})
	return c
}

// MaxFormerRuns is how many runs before the newest one a number is looked up in.
const MaxFormerRuns = 10

// MaxContactsOfNumber is how many contacts of one list a number is looked up for, in
// lists that allow duplicates.
const MaxContactsOfNumber = 100

// NumberFate is why a number was called by a campaign, or why it was not.
type NumberFate struct {
	Number   phone.Number
	At       time.Time
	Campaign CampaignRef
	Erased   bool          // the person was erased, so that the number is never called; nothing below is told then
	Contacts []ContactFate // none: no list of the campaign has the number
	Gone     []RunFate     // what runs did with contacts that had the number and are not in the lists any more, at most 100
}

// Verdict says of a number that no contact is told of when it can be called; nil where
// that hangs on a contact.
func (f *NumberFate) Verdict() *Verdict {
	if f.Erased {
		return &Verdict{When: WhenNever, Reason: ReasonErased}
	}
	return nil
}

// Explain says in a sentence why no contact is told of; empty where some are.
func (f *NumberFate) Explain() string {
	switch {
	case f.Erased:
		return "It is never called: the person with this number was erased."
	case len(f.Contacts) == 0:
		return "None of the campaign's contact lists has the number."
	}
	return ""
}

// ContactFate is what became of one contact, and what would now.
type ContactFate struct {
	List      Named
	ContactID string
	Zone      string // whose clock counts; empty: none
	ZoneFrom  ZoneSource
	Verdict   Verdict
	ClosesAt  time.Time  // when its hours end: zero where they are not open, or do not end within eight days
	Blocking  []DNCEntry // by which the campaign may not call it
	Runs      []RunFate  // the newest first
}

// Explain says in a sentence when the contact can be called, and why.
func (f *ContactFate) Explain() string {
	switch v := &f.Verdict; {
	case v.Reason == ReasonDNC:
		return "It is not called: a DNC list holds the number."
	case v.Reason == ReasonNoZone:
		return "It is not called: nobody knows its time zone, and the campaign says not to call then."
	case v.Reason == ReasonNever:
		return "It is not called: in " + f.Zone + " the campaign's hours do not open within a year."
	case v.When == WhenNow && f.ClosesAt.IsZero():
		return "It can be called now: in " + f.Zone + " the campaign's hours are open."
	case v.When == WhenNow:
		return "It can be called now: in " + f.Zone + " the campaign's hours are open until " + wordsOf(f.ClosesAt) + "."
	default:
		return "It cannot be called now: in " + f.Zone + " the campaign's hours open at " + wordsOf(v.OpensAt) + "."
	}
}

// RunFate is how a contact stands in a run, or stood when the run ended.
type RunFate struct {
	Run      Run
	Seen     bool // the run has looked at the contact; else all below is empty
	State    ContactState
	Reason   ContactReason
	Due      time.Time // waiting: not before then; handed out: until then
	Agent    string    // who it was handed out to last
	Claims   int64     // how often it was handed out
	Counted  int       // attempts that count: those that were told, and in Preview what an agent skipped or did not dial in time
	Changed  time.Time // when it came to stand so
	Attempts []PastAttempt
	Gone     bool       // the contact is not in the list any more, or has another number
	Blocking []DNCEntry // of one that a DNC list took out: the entries that held the number then
}

// PastAttempt is an attempt that was told.
type PastAttempt struct {
	Attempt
	Number int       // of the contact in the run, from 1
	At     time.Time // when it was told
	Agent  string
}

// Explain says in a sentence how the contact stands in the run, and why.
func (f *RunFate) Explain() string {
	over := !f.Run.EndedAt.IsZero()
	switch {
	case !f.Seen && over:
		return "It was not called: the run was over before it came to this contact."
	case !f.Seen:
		return "It was not called: the run has not come to this contact yet."
	case f.State == ContactLeased:
		return "It is handed out to " + f.dialer() + " until " + wordsOf(f.Due) + "."
	case f.State == ContactWaiting && over:
		return "The run ended while the contact waited; it " + f.called() + "."
	case f.State == ContactWaiting && f.Gone:
		return "The contact is gone from the list, or has another number by now: under this one it is not tried again; it " + f.called() + "."
	case f.State == ContactWaiting:
		return f.waits()
	}
	return f.ended()
}

func (f *RunFate) waits() string {
	switch f.Reason {
	case ReasonHours:
		return "It waits for its calling hours, which open at " + wordsOf(f.Due) + "; it " + f.called() + "."
	case ReasonHeld:
		return "Another contact with its number was handed out; it is looked at again from " + wordsOf(f.Due) + " on, and " + f.called() + "."
	case ReasonRetry:
		return "It " + f.unreached() + "; it is tried again from " + wordsOf(f.Due) + " on."
	}
	return "It was given back, or its time with a dialer ran out, and is handed out again from " + wordsOf(f.Due) + " on; it " + f.called() + "."
}

func (f *RunFate) ended() string {
	switch f.Reason {
	case ReasonConnected:
		return "The person was reached; it " + f.called() + "."
	case ReasonExhausted:
		return "It " + f.unreached() + "; no more is tried, since that is as often as the campaign allows."
	case ReasonDNC:
		return "A DNC list held the number at " + wordsOf(f.Changed) + "; it " + f.called() + "."
	case ReasonNoZone:
		return "It was not called: nobody knew its time zone, and the campaign said not to call then."
	case ReasonNever:
		return "It was not called: the campaign's hours did not open within a year at its place."
	case ReasonErased:
		return "The person was erased; it " + f.called() + "."
	case ReasonGone:
		return "The contact was deleted from its list; it " + f.called() + "."
	}
	return "Nothing more is tried; it " + f.called() + "."
}

// unreached says how it was tried in vain.
func (f *RunFate) unreached() string {
	passed := f.Counted - len(f.Attempts)
	if passed <= 0 {
		return f.called() + " without being reached"
	}
	times := "once"
	if passed > 1 {
		times = fmt.Sprintf("%d times", passed)
	}
	over := times + " an agent skipped it or did not dial in time, which counts as an attempt"
	if len(f.Attempts) == 0 {
		return "was not called: " + over
	}
	return f.called() + " without being reached, and " + over
}

func (f *RunFate) called() string {
	switch len(f.Attempts) {
	case 0:
		return "was not called"
	case 1:
		return "was called once"
	}
	return fmt.Sprintf("was called %d times", len(f.Attempts))
}

func (f *RunFate) dialer() string {
	if f.Agent == "" {
		return "a dialer"
	}
	return "the agent " + f.Agent
}

// wordsOf writes an instant for people.
func wordsOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
