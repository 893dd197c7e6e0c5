package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"rollcall"
)

// lastAttempt is what a contact's row keeps of the claim that ended last.
type lastAttempt struct {
	Claim   int64
	Closed  bool `json:",omitempty"` // it was given back or skipped: there was no call
	Lapsed  bool `json:",omitempty"` // its agent did not dial in time, as far as is known
	Late    bool `json:",omitempty"` // the claim was over when its attempt was told
	Attempt rollcall.Attempt
}

// Outcome is what became of a contact by an attempt.
type Outcome struct {
	Standing rollcall.Standing
	Late     bool // the claim had been withdrawn or had run out; the attempt counts all the same
}

// heldClaim is a claim whose contact is locked.
type heldClaim struct {
	ref rollcall.ClaimRef
	rc  runContact
	c   *runCampaign
	// lapsed tells that an attempt was counted for the claim already, when its lease ran out.
	lapsed bool
}

var errNoClaim = rollcall.NotFound("There is no claim with this id.")

// lockClaim locks the contact of a claim. It does not lock the run, for which
// dialers would wait.
func (s *Store) lockClaim(ctx context.Context, t *tx, owner rollcall.Owner, id string) (*heldClaim, error) {
	ref, ok := rollcall.ParseClaimID(id)
	if !ok {
		return nil, errNoClaim
	}
	rc, err := readRunContact(t.QueryRowContext(ctx, selectRunContacts+" AND list_key = $3 AND seq = $4"+s.dialect.forUpdate, owner.AccountKey, ref.Run, ref.List, ref.Seq))
	if errors.Is(err, sql.ErrNoRows) || err == nil && rc.claims < 1 {
		return nil, errNoClaim
	}
	if err != nil {
		return nil, err
	}
	c, err := loadRunCampaign(ctx, t, owner.AccountKey, "application_id = $2 AND campaign_key = (SELECT campaign_key FROM campaign_runs WHERE account_key = $1 AND run_key = $3)", owner.ApplicationID, ref.Run)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return nil, errNoClaim
	}
	return &heldClaim{ref: ref, rc: rc, c: c}, err
}

// last gives what the row keeps, if it is of this claim.
func (h *heldClaim) last() (l lastAttempt, ok bool) {
	if h.rc.last == "" || json.Unmarshal([]byte(h.rc.last), &l) != nil {
		return l, false
	}
	return l, h.ref.Is(l.Claim)
}

// checkHeld refuses where the contact is not handed out by this claim any more.
func (h *heldClaim) checkHeld(now time.Time) error {
	switch {
	case !h.ref.Is(h.rc.claims):
		return overClaim("The contact was handed out again since; this claim is over.")
	case h.rc.state == rollcall.ContactDone && h.rc.reason == rollcall.ReasonDNC:
		return overClaim("The claim was withdrawn: the number came onto a DNC list. Do not call it.")
	case h.rc.state == rollcall.ContactDone && h.rc.reason == rollcall.ReasonErased:
		return overClaim("The claim was withdrawn: the person was erased. Do not call the number, and forget it.")
	case h.rc.state != rollcall.ContactLeased:
		return overClaim("The claim is over, or was withdrawn.")
	case h.rc.due <= millis(now):
		return overClaim("The claim's lease ran out.")
	}
	return nil
}

func overClaim(message string) error { return rollcall.Conflict(rollcall.ReasonInvalidState, message) }

// RecordOutcome notes how an attempt ended. Told twice, it is noted once and answered
// the same. What was dialled under a claim that was withdrawn or ran out meanwhile
// counts as an attempt, unless the contact was handed out again.
func (s *Store) RecordOutcome(ctx context.Context, owner rollcall.Owner, claim string, a rollcall.Attempt, now time.Time) (*Outcome, error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	var out *Outcome
	err := s.write(ctx, func(t *tx) error {
		h, err := s.lockClaim(ctx, t, owner, claim)
		if err != nil {
			return err
		}
		if h.rc.phone == 0 {
			a = a.Anonymous() // the person was erased meanwhile
		}
		last, ok := h.last()
		if ok && last.Lapsed && !h.ref.Is(h.rc.claims) {
			return h.checkHeld(now) // it was handed out again
		}
		if ok && last.Lapsed {
			// The call that was thought not to be is the attempt that was counted for it.
			out = &Outcome{Standing: h.c.Plan.After(a.Outcome, h.rc.attempts-1, now), Late: true}
			if h.rc.state == rollcall.ContactDone && h.rc.reason != rollcall.ReasonExhausted {
				out.Standing = standingOf(&h.rc) // nothing more was tried anyway
			}
			h.lapsed = true
			return h.record(ctx, t, a, out, now)
		}
		if ok {
			if last.Closed || !last.Attempt.Same(&a) {
				return overClaim("The claim is over: another outcome was told, or the contact was given back, skipped or took too long to be looked at.")
			}
			out = &Outcome{Standing: standingOf(&h.rc), Late: last.Late}
			return nil
		}
		if !h.ref.Is(h.rc.claims) {
			return h.checkHeld(now)
		}
		out = &Outcome{Standing: h.c.Plan.After(a.Outcome, h.rc.attempts, now), Late: h.checkHeld(now) != nil}
		if h.rc.state == rollcall.ContactDone {
			out.Standing = rollcall.Standing{State: h.rc.state, Reason: h.rc.reason, Attempts: h.rc.attempts + 1}
		}
		return h.record(ctx, t, a, out, now)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func standingOf(rc *runContact) rollcall.Standing {
	return rollcall.Standing{State: rc.state, Reason: rc.reason, Due: timeOrZero(rc.due), Attempts: rc.attempts}
}

// readTold reads what record writes of an attempt as JSON: the agent's codes, and the
// flow's status and detail.
func readTold(a *rollcall.Attempt, codes, detail string) error {
	var told [2]string
	err := errors.Join(json.Unmarshal([]byte(codes), &a.Disposition), json.Unmarshal([]byte(detail), &told))
	a.Status, a.Detail = told[0], told[1]
	return err
}

func (h *heldClaim) record(ctx context.Context, t *tx, a rollcall.Attempt, out *Outcome, now time.Time) error {
	was, after := h.rc, out.Standing
	_, err := t.ExecContext(ctx, `INSERT INTO attempts (account_key, run_key, at, list_key, seq, number, claim_number, phone, outcome, disposition, session_id, detail, duration, agent)
		VALUES (`+placeholders(1, 14)+`)`, h.c.Owner.AccountKey, h.ref.Run, millis(now), was.list, was.seq, after.Attempts, was.claims, was.phone,
		a.Outcome, toJSON(a.Disposition), a.SessionID, toJSON([]string{a.Status, a.Detail}), a.Duration.Milliseconds(), was.agent)
	if err != nil {
		return err
	}
	changes := &runChanges{now: now}
	h.rc.outcome, h.rc.last = a.Outcome, toJSON(lastAttempt{Claim: was.claims, Late: out.Late, Attempt: a})
	changes.set(h.rc, after)
	if was.state == rollcall.ContactDone {
		changes.count("done:"+string(was.reason), -1) // it was counted when it was withdrawn, or lapsed
	}
	if h.lapsed {
		changes.count("lapsed", -1)
	}
	if was.outcome == "" {
		changes.count("dialled", 1)
	}
	changes.count("outcome:"+string(a.Outcome), 1)
	changes.count("duration", a.Duration.Milliseconds())
	return changes.write(ctx, t, h.c.Owner.AccountKey, h.ref.Run)
}

// ExtendClaim lets a claim last from now on for a lease, and gives until when. It
// may outlast the contact's calling hours, since a call under way does.
func (s *Store) ExtendClaim(ctx context.Context, owner rollcall.Owner, claim string, lease time.Duration, now time.Time) (until time.Time, err error) {
	if err := rollcall.CheckLease(lease); err != nil {
		return until, err
	}
	until = now.Add(lease)
	return until, s.changeClaim(ctx, owner, claim, now, func(h *heldClaim, changes *runChanges) error {
		changes.set(h.rc, rollcall.Standing{State: rollcall.ContactLeased, Due: until, Attempts: h.rc.attempts})
		return nil
	})
}

// ReleaseClaim gives a contact back that was not dialled. It is handed out again, to
// anybody.
func (s *Store) ReleaseClaim(ctx context.Context, owner rollcall.Owner, claim string, now time.Time) error {
	return s.changeClaim(ctx, owner, claim, now, func(h *heldClaim, changes *runChanges) error {
		h.close()
		changes.set(h.rc, rollcall.Standing{State: rollcall.ContactWaiting, Reason: rollcall.ReasonReleased, Due: now, Attempts: h.rc.attempts})
		return nil
	})
}

// close notes that nothing more is told of the claim.
func (h *heldClaim) close() { h.rc.last = closed(&h.rc) }

// closed is what a row keeps when its claim ends without a call: the attempt before
// stays.
func closed(rc *runContact) string {
	l := before(rc)
	l.Claim, l.Closed, l.Lapsed = rc.claims, true, false
	return toJSON(l)
}

// lapsed is what a row keeps when a Preview claim's lease runs out: it counts as an attempt,
// and once only if a call is told of later.
func lapsed(rc *runContact) string {
	l := before(rc)
	l.Claim, l.Closed, l.Lapsed = rc.claims, false, true
	return toJSON(l)
}

func before(rc *runContact) (l lastAttempt) {
	if rc.last != "" {
		_ = json.Unmarshal([]byte(rc.last), &l)
	}
	return l
}

// SkipClaim gives a contact of a Preview campaign back that its agent does not want
// to dial. It counts as an attempt that was not connected, and as one of the skips
// that the agent has in the run.
func (s *Store) SkipClaim(ctx context.Context, owner rollcall.Owner, claim string, now time.Time) (out *Outcome, err error) {
	err = s.write(ctx, func(t *tx) error {
		h, err := s.lockClaim(ctx, t, owner, claim)
		if err != nil {
			return err
		}
		if h.c.DialingMode != rollcall.ModePreview {
			return overClaim("Only contacts of Preview campaigns are skipped; release the claim instead.")
		}
		if err := h.checkHeld(now); err != nil {
			return err
		}
		var skips int
		err = t.QueryRowContext(ctx, `INSERT INTO run_skips (account_key, run_key, agent, skips) VALUES ($1, $2, $3, 1)
			ON CONFLICT (account_key, run_key, agent) DO UPDATE SET skips = run_skips.skips + 1 RETURNING skips`, owner.AccountKey, h.ref.Run, h.rc.agent).Scan(&skips)
		if err != nil {
			return err
		}
		if skips > h.c.Plan.MaxSkips {
			return overClaim("The agent has no skips left in this run; dial the contact.")
		}
		out = &Outcome{Standing: h.c.Plan.After(rollcall.NoAnswer, h.rc.attempts, now)}
		h.close()
		changes := &runChanges{now: now}
		changes.set(h.rc, out.Standing)
		changes.count("skipped", 1)
		return changes.write(ctx, t, owner.AccountKey, h.ref.Run)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Store) changeClaim(ctx context.Context, owner rollcall.Owner, claim string, now time.Time, change func(*heldClaim, *runChanges) error) error {
	return s.write(ctx, func(t *tx) error {
		h, err := s.lockClaim(ctx, t, owner, claim)
		if err != nil {
			return err
		}
		if err := h.checkHeld(now); err != nil {
			return err
		}
		changes := &runChanges{now: now}
		if err := change(h, changes); err != nil {
			return err
		}
		return changes.write(ctx, t, owner.AccountKey, h.ref.Run)
	})
}
