package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"rollcall"
)

// free is from when on somebody else may have the contact: by what the dialer knows,
// its lease is over, or it may have arrived that the claim has ended.
func (h *held) free() time.Time {
	if !h.ended.IsZero() && h.ended.Before(h.until) {
		return h.ended
	}
	return h.until
}

// holdAgainstTheRules holds what the dialers saw against the rules of the field.
func (f *field) holdAgainstTheRules() {
	barred := f.onTheList()
	attempts := map[string]int{}
	for _, w := range f.waves {
		attempts[w.id] = w.attempts
		f.atOnce(w, barred)
		f.whilePaused(w)
	}
	var before *held
	tried := 0
	for _, h := range f.claims() {
		if before == nil || before.number != h.number {
			before, tried = nil, 0
		}
		if before != nil {
			f.oneAfterTheOther(before, h)
		}
		b, onList := barred[h.number]
		f.barredFor(h, b, onList)
		if h.attempt != tried+1 || h.attempt > attempts[h.campaign] {
			f.fault("%s is handed out for attempt %d after %d of %d", h.number, h.attempt, tried, attempts[h.campaign])
		}
		if h.outcome != "" {
			tried++
			if h.after.Attempts != tried {
				f.fault("%s: %d attempts are answered, %d were told", h.number, h.after.Attempts, tried)
			}
		}
		before = h
	}
	skips := 0
	for _, d := range f.dialers {
		skips += d.skips
	}
	f.Logf("%d claims, %d outcomes, %d skips, %d pauses, %d entries of the DNC list, %d calls that broke off",
		f.taken.Load(), f.told.Load(), skips, len(f.waves[1].pauses), len(f.barred), f.cut.Load())
	if skips == 0 || len(f.waves[1].pauses) == 0 {
		f.fault("so few prove little")
	}
}

// onTheList is since when each number is on the DNC list: of several entries, the
// times of the first.
func (f *field) onTheList() map[string]bar {
	barred := map[string]bar{}
	for _, b := range f.barred {
		for _, n := range b.numbers {
			was, twice := barred[n]
			if !twice || b.sent.Before(was.sent) {
				was.sent = b.sent
			}
			if !twice || b.answered.Before(was.answered) {
				was.answered = b.answered
			}
			barred[n] = was
		}
	}
	return barred
}

// atOnce wants no more of a campaign's contacts to be handed out at any moment than it
// allows.
func (f *field) atOnce(w *wave, barred map[string]bar) {
	type change struct {
		at time.Time
		by int
	}
	var changes []change
	for _, h := range f.claims() {
		end := h.free()
		if b, onList := barred[h.number]; onList && b.sent.Before(end) {
			end = b.sent // it was withdrawn then or later
		}
		if h.campaign == w.id && h.got.Before(end) {
			changes = append(changes, change{h.got, 1}, change{end, -1})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return a.at.Compare(b.at) })
	out, most := 0, 0
	for _, c := range changes {
		out += c.by
		most = max(most, out)
	}
	if w.atOnce > 0 && most > w.atOnce {
		f.fault("%d contacts of %s were handed out at once; %d are allowed", most, w.name, w.atOnce)
	}
	f.Logf("%s: %d were handed out at once", w.name, most)
}

// whilePaused wants nothing to be handed out of a campaign by a call that was made and
// answered in one of its pauses.
func (f *field) whilePaused(w *wave) {
	for _, h := range f.claims() {
		for _, p := range w.pauses {
			if h.campaign == w.id && h.asked.After(p.from) && h.got.Before(p.to) {
				f.fault("%s of %s was handed out at %v, in the pause from %v to %v", h.number, w.name, h.got, p.from, p.to)
			}
		}
	}
}

// oneAfterTheOther holds a claim of a contact against the one before.
func (f *field) oneAfterTheOther(a, b *held) {
	if a.ref == b.ref {
		f.fault("the claim %s was handed out twice", a.id)
	}
	if b.got.Before(a.free()) {
		f.fault("%s is handed out at %v, while the claim of %v holds until %v", a.number, b.got, a.got, a.free())
	}
	if f.wave(a.campaign).mode == rollcall.ModePreview && !a.released {
		f.fault("%s comes back, though its only attempt was skipped, told or ran out: %+v", a.number, a)
	}
	if a.outcome == "" {
		return
	}
	if a.outcome.Reached() {
		f.fault("%s was reached, and is handed out again", a.number)
	}
	if b.got.Sub(a.ended) < retryMinutes*time.Minute {
		f.fault("%s comes back %v after an attempt", a.number, b.got.Sub(a.ended))
	}
}

// barredFor holds a claim against the DNC list.
func (f *field) barredFor(h *held, b bar, onList bool) {
	if onList && h.asked.After(b.answered) {
		f.fault("%s is on the DNC list since %v, and was asked for at %v", h.number, b.answered, h.asked)
	}
	for _, e := range h.extends {
		if onList && e.sent.After(b.answered) {
			f.fault("%s is on the DNC list since %v, and its claim was extended at %v", h.number, b.answered, e.sent)
		}
	}
	if !h.withdrawn.IsZero() && (!onList || h.withdrawn.Before(b.sent)) {
		f.fault("the claim %s was refused at %v, before its end at %v", h.id, h.withdrawn, h.until)
	}
}

// runAnswer is what these tests read of a run.
type runAnswer struct {
	Status                  rollcall.CampaignStatus
	Walked, Leased, Waiting int64
	Done                    map[rollcall.ContactReason]int64
	Attempts                map[rollcall.Disposition]int64
}

// holdAgainstTheServer holds the server's own account against what was acknowledged.
func (f *field) holdAgainstTheServer() {
	barred := f.onTheList()
	for _, w := range f.waves {
		last, tried := map[string]*held{}, map[string]int{}
		attempts, done := map[rollcall.Disposition]int64{}, map[rollcall.ContactReason]int64{}
		for _, h := range f.claims() {
			if h.campaign != w.id || h.outcome == "" {
				continue
			}
			last[h.number] = h
			tried[h.number]++
			attempts[h.outcome]++
			if reason := rollcall.ContactReason(h.after.Reason); h.after.State == string(rollcall.ContactDone) && reason != rollcall.ReasonDNC {
				done[reason]++
			}
		}
		run := f.run(w)
		f.holdRun(w, run, attempts, done)
		if w.mode == rollcall.ModePreview {
			continue // what ran out or was skipped counts as an attempt, which the dialers need not know of
		}
		f.holdDialled(w, last, tried)
		if run.Status != rollcall.CampaignCompleted {
			continue
		}
		for _, c := range contacts(w.from, w.n) {
			n := fmt.Sprint(c["phoneNumber"])
			if h, b := last[n], barred[n]; b.sent.IsZero() && (h == nil || h.after.State != string(rollcall.ContactDone)) {
				f.fault("%s is over, but nothing came of %s", w.name, n)
			}
		}
	}
}

func (f *field) run(w *wave) runAnswer {
	status, text, err := f.once(f.servers.first().url, http.MethodGet, "/"+w.id+"/runs", "", nil)
	var runs []runAnswer
	if reason := decodeAnswer(text, &runs); err != nil || status != http.StatusOK || reason != "" || len(runs) != 1 {
		f.Fatalf("the runs of %s: %d %s %v", w.name, status, text, err)
	}
	return runs[0]
}

// holdRun wants the run's counts to be what the dialers know, and to add up.
func (f *field) holdRun(w *wave, run runAnswer, attempts map[rollcall.Disposition]int64, done map[rollcall.ContactReason]int64) {
	sum := run.Leased + run.Waiting
	for reason, n := range run.Done {
		sum += n
		unknown := reason == rollcall.ReasonExhausted && w.mode == rollcall.ModePreview && n > done[reason]
		if reason != rollcall.ReasonDNC && n != done[reason] && !unknown {
			f.fault("%s: %d are done for %s, the dialers know %d", w.name, n, reason, done[reason])
		}
	}
	if sum != run.Walked || run.Waiting < 0 {
		f.fault("%s does not add up: %+v", w.name, run)
	}
	ended := run.Status == rollcall.CampaignCompleted
	if ended && (run.Walked != int64(w.n) || run.Leased+run.Waiting != 0) || !ended && run.Status != rollcall.CampaignStopped {
		f.fault("%s is over with %+v of %d", w.name, run, w.n)
	}
	if got, want := asText(run.Attempts), asText(attempts); got != want {
		f.fault("%s counts the outcomes %s, the dialers were acknowledged %s", w.name, got, want)
	}
	f.Logf("%s: %+v", w.name, run)
}

func asText(v any) string {
	b, err := json.Marshal(v) // sorts keys
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// holdDialled wants every contact that was dialled, and no other, with its last
// outcome and its number of attempts.
func (f *field) holdDialled(w *wave, last map[string]*held, tried map[string]int) {
	seen := map[string]bool{}
	for page, pages := 1, 1; page <= pages; page++ {
		var got struct {
			Results []struct {
				PhoneNumber           string
				DialerOutcome         rollcall.Disposition
				NumberOfAttemptsSoFar int
			}
			TotalPages, TotalResults int
		}
		f.post("/"+w.id+"/status?view=contacts", map[string]any{"page": page, "limit": 100}, &got)
		pages = got.TotalPages
		if got.TotalResults != len(last) {
			f.fault("%s: %d were dialled, the dialers know %d", w.name, got.TotalResults, len(last))
		}
		for _, r := range got.Results {
			h := last[r.PhoneNumber]
			if h == nil || seen[r.PhoneNumber] || r.DialerOutcome != h.outcome || r.NumberOfAttemptsSoFar != tried[r.PhoneNumber] || r.NumberOfAttemptsSoFar > w.attempts {
				f.fault("%s: %+v, twice %v, the dialers know %+v of %d attempts", w.name, r, seen[r.PhoneNumber], h, tried[r.PhoneNumber])
			}
			seen[r.PhoneNumber] = true
		}
	}
	if len(seen) != len(last) {
		f.fault("%s: %d are listed as dialled, the dialers know %d", w.name, len(seen), len(last))
	}
}
