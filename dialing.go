package rollcall

import (
	"fmt"
	"math"
	"slices"
	"time"

	"rollcall/callhours"
)

// Standing is how a contact stands in a run after something was decided about it.
type Standing struct {
	State    ContactState
	Reason   ContactReason
	Due      time.Time // waiting: not before then
	Attempts int
}

// ZoneSource tells by what a zone is known.
type ZoneSource string

// The sources, the one that counts first.
const (
	ZoneOfContact  ZoneSource = "contact"
	ZoneOfNumber   ZoneSource = "number"
	ZoneOfCampaign ZoneSource = "campaign"
	ZoneOfNobody   ZoneSource = "none" // it is not known
)

// ZoneOf gives the zone in which a contact lives: its own, else that of its number,
// else what the plan says; nil: nobody knows, and it is not called.
func (p *CampaignPlan) ZoneOf(c *Contact) *time.Location {
	zone, _ := p.ZoneFrom(c.TimeZone.Value, c.Phone.TimeZone())
	return zone
}

// ZoneFrom is [CampaignPlan.ZoneOf] for a contact of which only the name of its own
// zone and that of its number's are known, and tells which of them counts.
func (p *CampaignPlan) ZoneFrom(own, number string) (*time.Location, ZoneSource) {
	load := func(name string) *time.Location {
		zone, err := callhours.LoadZone(name)
		if err != nil {
			return nil
		}
		return zone
	}
	contact, ofNumber := load(own), load(number)
	zone := callhours.Choose(contact, ofNumber, load(p.TimeZone), p.ZoneFallback)
	switch {
	case contact != nil:
		return zone, ZoneOfContact
	case ofNumber != nil:
		return zone, ZoneOfNumber
	case zone != nil:
		return zone, ZoneOfCampaign
	}
	return nil, ZoneOfNobody
}

// Admit tells whether a contact may be called now, by the hours of the zone in which
// it lives. Where it may, the state is ContactLeased, and closes says when that ends:
// zero, it does not end within eight days. Else it says until when it waits, or why
// it is never called.
func (p *CampaignPlan) Admit(c *Contact, attempts int, now time.Time) (s Standing, closes time.Time) {
	s, closes = p.admitIn(p.ZoneOf(c), now)
	s.Attempts = attempts
	return s, closes
}

// admitIn is Admit for whoever lives in a zone.
func (p *CampaignPlan) admitIn(zone *time.Location, now time.Time) (s Standing, closes time.Time) {
	if zone == nil {
		s.State, s.Reason = ContactDone, ReasonNoZone
		return s, closes
	}
	if p.Hours.Open(now, zone) {
		closes, _ = p.Hours.Closing(now, zone)
		s.State = ContactLeased
		return s, closes.UTC()
	}
	opening, ok := p.Hours.NextOpening(now, zone)
	if !ok {
		s.State, s.Reason = ContactDone, ReasonNever
		return s, closes
	}
	s.State, s.Reason, s.Due = ContactWaiting, ReasonHours, opening.UTC()
	return s, closes
}

// After tells how a contact stands once an attempt has ended at now; before it there
// were so many attempts. Whoever was reached is done. Else the contact waits for the
// retry period, or is done where all attempts are used.
func (p *CampaignPlan) After(d Disposition, attempts int, now time.Time) Standing {
	s := Standing{Attempts: attempts + 1}
	switch {
	case d.Reached():
		s.State, s.Reason = ContactDone, ReasonConnected
	case s.Attempts >= p.MaxAttempts:
		s.State, s.Reason = ContactDone, ReasonExhausted
	default:
		s.State, s.Reason, s.Due = ContactWaiting, ReasonRetry, now.Add(time.Duration(p.RetryMinutes)*time.Minute)
	}
	return s
}

// RanOut tells how a contact stands whose lease ran out at now. In Preview that
// counts as an attempt that was not connected; else the contact just returns.
func (p *CampaignPlan) RanOut(mode DialingMode, attempts int, now time.Time) Standing {
	if mode == ModePreview {
		return p.After(NoAnswer, attempts, now)
	}
	return Standing{State: ContactWaiting, Reason: ReasonReleased, Due: now, Attempts: attempts}
}

// HeldElsewhere tells how a contact stands while a dialer holds another one with its
// number: nobody is called twice at once.
func HeldElsewhere(attempts int, now time.Time) Standing {
	return Standing{State: ContactWaiting, Reason: ReasonHeld, Due: now.Add(DefaultLease), Attempts: attempts}
}

// LeaseEnd gives when a lease ends that begins now: no later than the contact's
// calling hours.
func LeaseEnd(now time.Time, lease time.Duration, closes time.Time) time.Time {
	end := now.Add(lease)
	if !closes.IsZero() && closes.Before(end) {
		return closes
	}
	return end
}

// Validate tells every field of an attempt that is wrong.
func (a *Attempt) Validate() error {
	switch {
	case !slices.Contains(Dispositions(), a.Outcome):
		return Invalid("dialerOutcome", "The dialerOutcome must be Connected, No Answer, Busy, Failed, Canceled or Completed.")
	case len(a.Disposition) > maxAgentCodes:
		return Invalid("agentDispositionCodes", fmt.Sprintf("There are more than %d disposition codes.", maxAgentCodes))
	case a.Duration < 0 || a.Duration > maxCallDuration:
		return Invalid("durationMs", "The duration must be from 0 to 86400000 milliseconds.")
	}
	texts := map[string]string{"botSessionId": a.SessionID, "botOutboundStatus": a.Status, "botOutboundStatusDetail": a.Detail}
	for _, code := range a.Disposition {
		texts["agentDispositionCodes"] += code
	}
	for _, field := range []string{"agentDispositionCodes", "botSessionId", "botOutboundStatus", "botOutboundStatusDetail"} {
		if len(texts[field]) > maxAttemptText {
			return Invalid(field, fmt.Sprintf("The %s is longer than %d bytes.", field, maxAttemptText))
		}
	}
	return nil
}

// Same tells whether two attempts say the same.
func (a *Attempt) Same(b *Attempt) bool {
	return a.Outcome == b.Outcome && slices.Equal(a.Disposition, b.Disposition) && a.SessionID == b.SessionID &&
		a.Status == b.Status && a.Detail == b.Detail && a.Duration == b.Duration
}

// Share is one run among those that share the calls out.
type Share struct {
	Priority int     // 1–5
	Pass     float64 // what it has had, divided by its priority
	Agents   bool    // it hands out no more than there are free agents
	Dry      bool    // it has nothing to hand out now
	Idle     bool    // what is asked for is not for it
	Got      int     // what it has handed out for this call
}

// ShareOut divides n claims among runs: each goes to the run with the least pass,
// whose pass grows by one divided by its priority. Runs that need agents get no more than
// there are, of all together. It gives how many go to each, and changes nothing. Runs that
// are dry or idle get none.
func ShareOut(runs []Share, n, agents int) []int {
	counts, runs := make([]int, len(runs)), slices.Clone(runs)
	for range n {
		least := -1
		for i := range runs {
			may := !runs[i].Dry && !runs[i].Idle && (agents > 0 || !runs[i].Agents)
			if may && (least < 0 || runs[i].Pass < runs[least].Pass) {
				least = i
			}
		}
		if least < 0 {
			break
		}
		if runs[least].Agents {
			agents--
		}
		counts[least]++
		runs[least].Pass += 1 / float64(runs[least].Priority)
	}
	return counts
}

// mostMadeUp is how far behind the others a run may go on that had less than its share: so
// many claims as its priority are made up.
const mostMadeUp = 1

// EvenOut sets the passes of runs that had less than their share for want of something, so
// that they do not make up for it later, when the others would have nothing. Those that the
// call was not for, and those that need agents where none were left, go on where the others
// are, as far from each other as they were; one that had nothing to hand out, where the
// least of the others is.
func EvenOut(runs []Share, agentsLeft int) {
	idle := func(s *Share) bool { return s.Idle }
	agents := func(s *Share) bool { return s.Agents && !s.Dry && !s.Idle }
	free := func(s *Share) bool { return !s.Agents && !s.Dry && !s.Idle }
	if agentsLeft == 0 {
		lift(runs, agents, leastPass(runs, free))
	}
	level := leastPass(runs, func(s *Share) bool { return agents(s) || free(s) })
	if math.IsInf(level, 1) { // whoever had something has no more
		level = leastPass(runs, func(s *Share) bool { return s.Got > 0 })
	}
	lift(runs, idle, level)
	for i := range runs {
		if s := &runs[i]; s.Dry && !math.IsInf(level, 1) {
			s.Pass = max(s.Pass, level)
		}
	}
}

// leastPass is infinite where there is none.
func leastPass(runs []Share, which func(*Share) bool) float64 {
	least := math.Inf(1)
	for i := range runs {
		if which(&runs[i]) {
			least = min(least, runs[i].Pass)
		}
	}
	return least
}

// lift brings runs that are behind a level up to it, together.
func lift(runs []Share, which func(*Share) bool, level float64) {
	if math.IsInf(level, 1) {
		return
	}
	ahead := math.Inf(-1)
	for i := range runs {
		if s := &runs[i]; which(s) && s.Pass < level {
			ahead = max(ahead, s.Pass)
		}
	}
	for i := range runs {
		if s := &runs[i]; which(s) && s.Pass < level {
			s.Pass = max(s.Pass+level-ahead, level-mostMadeUp)
		}
	}
}
