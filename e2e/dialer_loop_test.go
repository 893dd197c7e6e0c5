package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"rollcall"
)

// dialer is a program that asks for contacts and tells how calls ended.
type dialer struct {
	f      *field
	random *rand.Rand
	agent  string // who works with it
	skips  int    // that were granted
	lost   int    // skips of which nobody knows whether they were
	claims []*held
	tardy  []*held // of which it tells when their leases are over
	keys   int
}

// held is a claim as its dialer knows it.
type held struct {
	id, campaign, number string
	ref                  rollcall.ClaimRef
	attempt              int
	asked, got           time.Time // when the call was sent first, and answered
	until                time.Time // by what was answered
	extends              []answer  // that were granted
	ended                time.Time // when its end was first told of; zero: never
	released             bool      // that was asked for
	withdrawn            time.Time // when something of it was refused before its lease was over; zero: never
	outcome              rollcall.Disposition
	after                outcomeAnswer
}

// outcomeAnswer is what a dialer learns of an outcome.
type outcomeAnswer struct {
	State, Reason string
	Attempts      int
	Late          bool
}

// answerRates are how calls end, in percent.
var answerRates = []struct {
	outcome rollcall.Disposition
	percent int
}{{rollcall.Connected, 35}, {rollcall.Completed, 5}, {rollcall.NoAnswer, 35}, {rollcall.Busy, 15}, {rollcall.Failed, 7}, {rollcall.Canceled, 3}}

func (d *dialer) someOutcome() rollcall.Disposition {
	at := d.random.IntN(100)
	for _, r := range answerRates {
		if at -= r.percent; at < 0 {
			return r.outcome
		}
	}
	return rollcall.Failed
}

func (d *dialer) work() {
	for !d.f.over.Load() && d.f.ctx.Err() == nil && d.f.wrong.Load() == 0 {
		d.tellLate()
		claims := d.claim()
		for _, h := range claims {
			d.dial(h)
		}
		if len(claims) == 0 {
			time.Sleep(time.Duration(200+d.random.IntN(200)) * time.Millisecond) // as docs/dialers.md says, but ten times as often
		}
	}
}

// claim asks for contacts of all campaigns, or of one. An answer that got lost is not
// asked for again, but where the call had a key.
func (d *dialer) claim() []*held {
	path, key := "/claims", ""
	body, free := map[string]any{"limit": 1 + d.random.IntN(6), "leaseSeconds": int(lease / time.Second)}, -1
	if !d.f.calm {
		w := d.f.waves[d.random.IntN(len(d.f.waves))]
		if d.random.IntN(3) == 0 {
			path = "/" + w.id + "/claims"
		}
		if w.mode == rollcall.ModeProgressive { // now and then also of all campaigns
			free = d.random.IntN(4)
			body["freeAgents"] = free
		}
		if w.mode == rollcall.ModePreview {
			body["agent"] = d.agent
		}
	}
	if d.random.IntN(8) == 0 {
		d.keys++
		key = fmt.Sprintf("%p-%d", d, d.keys)
	}
	var handed struct {
		Claims []struct {
			ClaimID, CampaignID, Number, Agent string
			Attempt                            int
			LeaseUntil                         time.Time
		}
	}
	var a answer
	if key != "" {
		a = d.f.send(d.random, http.MethodPost, path, key, body, &handed)
	} else {
		a = d.f.sendOnce(d.random, path, body, &handed)
	}
	switch {
	case a.status == 0 || a.status == http.StatusConflict && (path != "/claims" || a.repeated): // it broke off, the campaign is over, or nobody knows what became of the key
		return nil
	case a.status != http.StatusOK:
		d.f.fault("a claim: %d %s", a.status, a.text)
	}
	d.f.asked.Add(1)
	var claims []*held
	for _, k := range handed.Claims {
		ref, ok := rollcall.ParseClaimID(k.ClaimID)
		if !ok {
			d.f.fault("the id of a claim: %s", k.ClaimID)
		}
		if agent, _ := body["agent"].(string); k.Agent != agent {
			d.f.fault("the agent %q was handed the claim %s of %q", agent, k.ClaimID, k.Agent)
		}
		d.f.mayHave(k.CampaignID, body)
		claims = append(claims, &held{id: k.ClaimID, campaign: k.CampaignID, number: k.Number, ref: ref, attempt: k.Attempt, asked: a.sent, got: a.got, until: k.LeaseUntil})
	}
	d.holdMode(body, free, claims)
	d.claims = append(d.claims, claims...)
	d.f.taken.Add(int64(len(claims)))
	return claims
}

// holdMode wants no more contacts of Progressive campaigns than agents are free.
func (d *dialer) holdMode(body map[string]any, free int, claims []*held) {
	handed := 0
	for _, c := range claims {
		if d.f.wave(c.campaign).mode == rollcall.ModeProgressive {
			handed++
		}
	}
	if free >= 0 && handed > free {
		d.f.fault("%d contacts were handed out for %d free agents: %v", handed, free, body)
	}
}

// mayHave wants a request to have told what the campaign's mode needs.
func (f *field) mayHave(campaign string, body map[string]any) {
	needs := map[rollcall.DialingMode]string{rollcall.ModePreview: "agent", rollcall.ModeProgressive: "freeAgents"}
	if need := needs[f.wave(campaign).mode]; need != "" && body[need] == nil {
		f.fault("a contact of %s was handed out without %s", f.wave(campaign).name, need)
	}
}

func (f *field) wave(id string) *wave {
	for _, w := range f.waves {
		if w.id == id {
			return w
		}
	}
	f.fault("the campaign %s is not known", id)
	return &wave{}
}

// sendOnce sends a call to one process; status 0, no answer came.
func (f *field) sendOnce(random *rand.Rand, path string, body, into any) answer {
	a := answer{sent: time.Now()}
	base, ok := f.servers.pick(random)
	if !ok {
		return a
	}
	status, text, err := f.once(base, http.MethodPost, path, "", body)
	if err != nil {
		return a
	}
	a.status, a.text, a.got = status, string(text), time.Now()
	a.reason = decodeAnswer(text, into)
	return a
}

// dial does with a claim what dialers do. Only a contact that was handed out for the
// first time is lost by its dialer, so that the campaigns end some day.
func (d *dialer) dial(h *held) {
	first := h.ref.Number == 1
	switch what := d.random.IntN(100); {
	case !time.Now().Before(h.until): // no call begins after the lease
	case first && what < 3: // the dialer vanishes
	case first && what < 6:
		d.tardy = append(d.tardy, h)
	case what < 12:
		d.release(h)
	case d.f.wave(h.campaign).mode == rollcall.ModePreview && what >= 80:
		if !d.skip(h) {
			d.tell(h)
		}
	case what < 14: // whoever is called wants never to be called again, and the call ends
		d.f.bar(d.random, h.number, []string{h.number})
		d.tell(h)
	case what < 15: // the same was said elsewhere, before the dialer begins
		if d.f.bar(d.random, h.number, []string{h.number}); d.extend(h) {
			d.f.fault("the claim %s was extended after its number came onto the DNC list", h.id)
		}
	case what < 50 && !d.extend(h):
	default:
		d.tell(h)
	}
}

// tellLate tells how calls ended whose leases are over, which no extension revives.
func (d *dialer) tellLate() {
	left := d.tardy[:0]
	for _, h := range d.tardy {
		if time.Now().Before(h.until) {
			left = append(left, h)
			continue
		}
		if d.random.IntN(2) == 0 {
			d.extend(h)
		}
		d.tell(h)
	}
	d.tardy = left
}

func (d *dialer) extend(h *held) bool {
	var until struct{ LeaseUntil time.Time }
	a := d.f.send(d.random, http.MethodPost, "/claims/"+h.id+"/extend", "", map[string]any{"leaseSeconds": int(lease / time.Second)}, &until)
	switch {
	case a.status == http.StatusOK:
		if a.sent.After(h.until) {
			d.f.fault("the claim %s was extended after its end at %v", h.id, h.until)
		}
		h.until, h.extends = until.LeaseUntil, append(h.extends, a)
		return true
	case a.status != 0:
		d.refused(h, a)
	}
	return false
}

// skip passes a contact over, and tells whether the claim is over by it, or may be: of
// a repetition that is refused nobody knows whether the call before was carried out.
func (d *dialer) skip(h *held) bool {
	a := d.f.send(d.random, http.MethodPost, "/claims/"+h.id+"/skip", "", nil, nil)
	switch {
	case a.status == http.StatusOK:
		d.skips++
		if d.skips > maxSkips {
			d.f.fault("%s has skipped %d times, of %d", d.agent, d.skips, maxSkips)
		}
	case a.status == http.StatusConflict && a.repeated:
		d.lost++
	case a.status == http.StatusConflict && d.skips+d.lost >= maxSkips:
		return false // none is left
	case a.status != 0:
		d.refused(h, a)
	}
	h.ended = a.sent
	return true
}

func (d *dialer) release(h *held) {
	h.released = true
	a := d.f.send(d.random, http.MethodPost, "/claims/"+h.id+"/release", "", nil, nil)
	h.ended = a.sent
	if a.status != http.StatusOK && a.status != 0 && !a.repeated { // a repetition finds it released
		d.refused(h, a)
	}
}

// tell tells how a call ended, until that is answered.
func (d *dialer) tell(h *held) {
	outcome := d.someOutcome()
	body := map[string]any{"dialerOutcome": outcome, "durationMs": 1000 + d.random.IntN(60_000)}
	a := d.f.send(d.random, http.MethodPost, "/claims/"+h.id+"/outcome", "", body, &h.after)
	h.ended = a.sent
	switch {
	case a.status == http.StatusOK:
		h.outcome = outcome
		d.f.told.Add(1)
		d.tellAgain(h, body)
	case a.status == http.StatusConflict && a.got.After(h.until): // it was handed out again
	case a.status != 0:
		d.f.fault("the outcome of %s, whose lease is until %v, at %v: %d %s", h.id, h.until, a.got, a.status, a.text)
	}
}

// tellAgain tells some outcomes again, since not every answer that a server gives is
// received: nothing changes by it.
func (d *dialer) tellAgain(h *held, body any) {
	if d.random.IntN(10) > 0 {
		return
	}
	var again outcomeAnswer
	a := d.f.send(d.random, http.MethodPost, "/claims/"+h.id+"/outcome", "", body, &again)
	again.Late = h.after.Late // it is told of what is noted only
	if a.status != 0 && (a.status != http.StatusOK || again != h.after) {
		d.f.fault("the outcome of %s was answered %+v, and told again: %d %s", h.id, h.after, a.status, a.text)
	}
}

// refused holds a refusal against what may have ended the claim: its time, or, which
// is looked at when all is over, an entry of the DNC list.
func (d *dialer) refused(h *held, a answer) {
	if a.status != http.StatusConflict {
		d.f.fault("of the claim %s: %d %s", h.id, a.status, a.text)
	}
	if a.got.Before(h.until) {
		h.withdrawn = a.got
	}
}
