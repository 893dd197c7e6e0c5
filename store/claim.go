package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rollcall"
)

// Claims is what one call was handed.
type Claims struct {
	Claims []rollcall.Claim
	More   bool // not all that may be due was looked at: ask again at once
	Status rollcall.CampaignStatus
}

// Claim hands contacts of a running campaign out. No contact is handed out twice
// while its lease lasts. A campaign in which nothing is left is Completed by it.
// Calls for one campaign that wait for each other in this process are answered by one
// transaction, in the order in which they came.
func (s *Store) Claim(ctx context.Context, owner rollcall.Owner, campaign string, q rollcall.ClaimRequest, now time.Time) (*Claims, error) {
	return s.claimLines.answer(claimLine{owner, campaign}, newClaimCall(ctx, q, now), func(calls []*claimCall) {
		s.claimTogether(owner, campaign, calls)
	})
}

func notActive(name string, status rollcall.CampaignStatus) error {
	return rollcall.Conflict(rollcall.ReasonInvalidState, "The campaign "+name+" is "+string(status)+"; contacts are handed out while it is Active.")
}

// claiming is claims under way, in the transaction that holds the run's lock.
type claiming struct {
	s        *Store
	t        *tx
	c        *runCampaign
	run      *rollcall.Run
	now      time.Time
	calls    []*claimCall // those that do not have all yet
	want     int          // of all calls
	handed   int
	contents []int64
	erasures bool // the account has suppressed numbers
	changes  runChanges
	held     map[int64]bool // numbers of contacts that are handed out; nil: no number stands in the lists twice
}

// claimOf answers calls for contacts of a run. Without calls it takes leases back and
// ends the run where it is at its end.
func (s *Store) claimOf(ctx context.Context, t *tx, c *runCampaign, run *rollcall.Run, calls []*claimCall, now time.Time) error {
	k := &claiming{s: s, t: t, c: c, run: run, now: now, calls: calls, changes: runChanges{now: now}}
	for _, call := range calls {
		k.want += call.want
	}
	if s.dialect.claims != "" {
		if _, err := t.ExecContext(ctx, s.dialect.claims); err != nil {
			return err
		}
		t.durable = s.dialect.durable
	}
	terms, err := c.loadTerms(ctx, t, run.Key, now)
	if err != nil {
		return err
	}
	k.contents, k.erasures = terms.contents, terms.erasures
	if err := k.holdByNumber(ctx); err != nil {
		return err
	}
	if terms.ranOut {
		if err := k.giveBack(ctx); err != nil {
			return err
		}
	}
	if err := k.room(ctx); err != nil {
		return err
	}
	left, err := k.hunt(ctx)
	if err != nil {
		return err
	}
	run.HandedOut += int64(k.handed)
	run.UpdatedAt = now
	if err := k.changes.write(ctx, t, c.Owner.AccountKey, run.Key); err != nil {
		return err
	}
	if k.handed == 0 && !left {
		if err := k.complete(ctx); err != nil {
			return err
		}
	}
	for _, call := range calls {
		// Where there is no room, asking again at once is of no use.
		room := len(call.out.Claims) > 0 || call.want > 0 && k.handed < k.want
		call.out.More, call.out.Status = left && room, run.State
	}
	return saveRun(ctx, t, c.Owner.AccountKey, run)
}

// next is the call that the next contact goes to.
func (k *claiming) next() *claimCall {
	for k.calls[0].full() {
		k.calls = k.calls[1:]
	}
	return k.calls[0]
}

// giveBack takes back leases that ran out.
func (k *claiming) giveBack(ctx context.Context) error {
	over, err := all(ctx, k.t, scanRunContact, selectRunContacts+" AND state = 'leased' AND due_at <= $3 ORDER BY due_at"+k.s.dialect.forUpdate, k.c.Owner.AccountKey, k.run.Key, millis(k.now))
	if err != nil || len(over) == 0 {
		return err
	}
	back := runChanges{now: k.now}
	for _, rc := range over {
		if k.c.DialingMode == rollcall.ModePreview {
			rc.last = lapsed(&rc)
			back.count("lapsed", 1)
		}
		back.set(rc, k.c.Plan.RanOut(k.c.DialingMode, rc.attempts, k.now))
	}
	return back.write(ctx, k.t, k.c.Owner.AccountKey, k.run.Key)
}

// room takes what the campaign and the account hold already off what is wanted.
func (k *claiming) room(ctx context.Context) error {
	account, most := k.c.Owner.AccountKey, k.s.limits.Calls
	if own := int64(k.c.Plan.Concurrency); own > 0 {
		held, err := leasedContacts(ctx, k.t, account, k.run.Key, k.now)
		if err != nil {
			return err
		}
		k.want = min(k.want, int(max(0, own-held)))
	}
	if most == 0 || k.want == 0 {
		return nil
	}
	// The runs of an account have locks of their own: they take turns here.
	if k.s.dialect.lockTotal != "" {
		if _, err := k.t.ExecContext(ctx, k.s.dialect.lockTotal, account, "calls"); err != nil {
			return err
		}
	}
	held, err := leasedContacts(ctx, k.t, account, 0, k.now)
	k.want = min(k.want, int(max(0, most-held)))
	return err
}

// holdByNumber has the contacts that are handed out be found by their number from now
// on, where the lists may have a number twice. Others are not: such an index is written
// to all over, and costs a long run a third of its speed.
func (k *claiming) holdByNumber(ctx context.Context) error {
	if !k.c.repeats || k.run.ByNumber {
		return nil
	}
	k.run.ByNumber = true
	_, err := k.t.ExecContext(ctx, "UPDATE run_contacts SET held_phone = phone WHERE account_key = $1 AND run_key = $2 AND state = 'leased'", k.c.Owner.AccountKey, k.run.Key)
	return err
}

// heldNumbers gives those of some numbers that the run has handed out already, where
// another contact may have the same.
func (k *claiming) heldNumbers(ctx context.Context, numbers []int64) error {
	if !k.run.ByNumber || len(numbers) == 0 {
		return nil
	}
	d := k.s.dialect
	held, err := all(ctx, k.t, scanKey, "SELECT held_phone FROM run_contacts"+d.by("run_contacts_held")+" WHERE account_key = $1 AND run_key = $2 AND held_phone <> 0 AND held_phone "+d.among("$3"),
		k.c.Owner.AccountKey, k.run.Key, d.numbers.arg(numbers))
	if k.held == nil {
		k.held = map[int64]bool{}
	}
	for _, n := range held {
		k.held[n] = true
	}
	return err
}

// leasedContacts counts what is handed out by a run, or with 0 by all runs of an
// account. A lease that ran out counts no more, also where a paused run has not taken
// it back. The cost is by what is handed out.
func leasedContacts(ctx context.Context, q queryer, account, run int64, now time.Time) (n int64, err error) {
	query, args := "SELECT COUNT(*) FROM run_contacts WHERE account_key = $1 AND state = 'leased' AND due_at > $2", []any{account, millis(now)}
	if run != 0 {
		query, args = query+" AND run_key = $3", append(args, run)
	}
	err = q.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// hunt looks for contacts to hand out: those that were not looked at, then those
// that wait. It tells whether some that may be due were not looked at.
func (k *claiming) hunt(ctx context.Context) (left bool, err error) {
	w := &walker{s: k.s, t: k.t, c: k.c, run: k.run, left: rollcall.MaxLookedAt}
	for n := max(k.want, 16); ; n = min(2*n, 500) {
		list, contacts, err := w.next(ctx, n)
		if err != nil {
			return false, err
		}
		if len(contacts) == 0 || k.want == 0 { // a sweep asks only whether there is something
			break
		}
		if err := k.fresh(ctx, w, list, contacts); err != nil {
			return false, err
		}
		if k.handed >= k.want {
			break
		}
	}
	left = !w.ended
	if k.handed < k.want {
		full, err := k.waiting(ctx, max(w.left, k.want))
		if err != nil {
			return false, err
		}
		left = left || full
	}
	return left, nil
}

// fresh looks at contacts for the first time, until enough are handed out.
func (k *claiming) fresh(ctx context.Context, w *walker, list int, contacts []rollcall.Contact) error {
	numbers := make([]int64, len(contacts))
	for i := range contacts {
		numbers[i] = int64(contacts[i].Phone)
	}
	blocked, err := k.blocked(ctx, numbers)
	if err != nil {
		return err
	}
	for i := range contacts {
		if k.handed >= k.want {
			return nil
		}
		c := &contacts[i]
		w.take(c)
		k.run.Walked++
		k.decide(runContact{list: k.c.lists[list].Key, seq: c.Seq, phone: int64(c.Phone)}, list, c, blocked)
	}
	return nil
}

// blocked gives those of some numbers that must not be called, each with the reason,
// and notes which of them are held.
func (k *claiming) blocked(ctx context.Context, numbers []int64) (map[int64]rollcall.ContactReason, error) {
	why := map[int64]rollcall.ContactReason{}
	if err := k.heldNumbers(ctx, numbers); err != nil {
		return nil, err
	}
	onList, err := blockedNumbers(ctx, k.t, k.s.dialect, k.c.Owner.AccountKey, k.contents, numbers, k.now)
	if err != nil {
		return nil, err
	}
	for n := range onList {
		why[n] = rollcall.ReasonDNC
	}
	if !k.erasures {
		return why, nil
	}
	erased, err := k.s.suppressed(ctx, k.t, k.c.Owner.AccountKey, numbers)
	for n := range erased {
		why[n] = rollcall.ReasonErased
	}
	return why, err
}

// decide hands a contact out, or says how it stands instead.
func (k *claiming) decide(rc runContact, list int, c *rollcall.Contact, blocked map[int64]rollcall.ContactReason) {
	rc.phone = int64(c.Phone)
	if why, ok := blocked[rc.phone]; ok {
		if why == rollcall.ReasonErased {
			rc.forget()
		}
		k.changes.set(rc, rollcall.Standing{State: rollcall.ContactDone, Reason: why, Attempts: rc.attempts})
		return
	}
	standing, closes := k.c.Plan.Admit(c, rc.attempts, k.now)
	if standing.State != rollcall.ContactLeased {
		k.changes.set(rc, standing)
		return
	}
	if k.held[rc.phone] {
		k.changes.set(rc, rollcall.HeldElsewhere(rc.attempts, k.now))
		return
	}
	if k.held != nil {
		k.held[rc.phone], rc.held = true, rc.phone
	}
	call := k.next()
	k.handed++
	standing.Due = rollcall.LeaseEnd(k.now, call.q.LeaseFor(k.c.DialingMode), closes)
	rc.claims++
	rc.agent = call.q.Agent
	k.changes.set(rc, standing)
	l := &k.c.lists[list]
	call.out.Claims = append(call.out.Claims, rollcall.Claim{
		ID:    rollcall.ClaimRef{Run: k.run.Key, List: rc.list, Seq: rc.seq, Number: rc.claims}.ClaimID(),
		RunID: k.run.ID, CampaignID: k.c.ID, Channel: k.c.Channel, List: l.Named, ContactID: rollcall.ContactID(l.space, c.Seq), Contact: *c, Number: c.Phone,
		Attempt: rc.attempts + 1, LeaseUntil: standing.Due, Closes: closes, Agent: call.q.Agent,
	})
}

// waiting hands out contacts whose time has come, those with the fewest attempts
// first. It looks at no more than the budget, and tells whether that was all of it.
func (k *claiming) waiting(ctx context.Context, budget int) (full bool, err error) {
	for level := -1; budget > 0 && k.handed < k.want; {
		err := k.t.QueryRowContext(ctx, `SELECT attempts FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND state = 'waiting' AND attempts > $3
			ORDER BY attempts, due_at, list_key, seq LIMIT 1`, k.c.Owner.AccountKey, k.run.Key, level).Scan(&level)
		if errors.Is(err, sql.ErrNoRows) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		rows, err := all(ctx, k.t, scanRunContact, selectRunContacts+` AND state = 'waiting' AND attempts = $3 AND due_at <= $4
			ORDER BY attempts, due_at, list_key, seq LIMIT $5`+k.s.dialect.forUpdate, k.c.Owner.AccountKey, k.run.Key, level, millis(k.now), budget)
		if err != nil {
			return false, err
		}
		budget -= len(rows)
		if err := k.retry(ctx, rows); err != nil {
			return false, err
		}
	}
	return budget <= 0, nil
}

func (k *claiming) retry(ctx context.Context, rows []runContact) error {
	for len(rows) > 0 && k.handed < k.want {
		n := min(len(rows), max(16, k.want-k.handed))
		contacts, err := k.contactsOf(ctx, rows[:n])
		if err != nil {
			return err
		}
		numbers := make([]int64, 0, n)
		for _, c := range contacts {
			numbers = append(numbers, int64(c.Phone))
		}
		blocked, err := k.blocked(ctx, numbers)
		if err != nil {
			return err
		}
		for _, rc := range rows[:n] {
			if k.handed >= k.want {
				return nil
			}
			c, ok := contacts[[2]int64{rc.list, rc.seq}]
			if !ok {
				k.changes.set(rc, rollcall.Standing{State: rollcall.ContactDone, Reason: rollcall.ReasonGone, Attempts: rc.attempts})
				continue
			}
			k.decide(rc, k.c.listAt(rc.list), &c, blocked)
		}
		rows = rows[n:]
	}
	return nil
}

// contactsOf loads contacts by list and sequence number, a query for each list.
func (k *claiming) contactsOf(ctx context.Context, rows []runContact) (map[[2]int64]rollcall.Contact, error) {
	contacts, d := map[[2]int64]rollcall.Contact{}, k.s.dialect.contactsAt
	for i := range k.c.lists {
		var seqs []int64
		for _, rc := range rows {
			if rc.list == k.c.lists[i].Key {
				seqs = append(seqs, rc.seq)
			}
		}
		if len(seqs) == 0 {
			continue
		}
		found, err := all(ctx, k.t, scanContact, d.query, k.c.Owner.AccountKey, k.c.lists[i].content, d.arg(seqs))
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			contacts[[2]int64{k.c.lists[i].Key, c.Seq}] = c
		}
	}
	return contacts, nil
}

// complete ends the run and the campaign where nothing is handed out and nothing
// waits.
func (k *claiming) complete(ctx context.Context) error {
	var left bool
	err := k.t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND state = 'leased')
		OR EXISTS (SELECT 1 FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND state = 'waiting')`, k.c.Owner.AccountKey, k.run.Key).Scan(&left)
	if err != nil || left {
		return err
	}
	c, err := loadRunCampaign(ctx, k.t, k.c.Owner.AccountKey, "campaign_key = $2"+k.s.dialect.forUpdate, k.c.Key)
	if err != nil {
		return err
	}
	step := rollcall.StepComplete
	if c.Schedule.Enabled && !c.Schedule.Next.IsZero() {
		step = rollcall.StepRecur
	}
	if err := c.Step(step); err != nil {
		return err
	}
	k.run.State, k.run.EndedAt = rollcall.CampaignCompleted, k.now
	if err := saveCampaignRun(ctx, k.t, c, k.now); err != nil {
		return err
	}
	bumpVersion(k.t, c.Owner)
	return nil
}

// SweepRuns takes leases back that ran out, and completes runs in which nothing is
// left, of all accounts.
func (s *Store) SweepRuns(ctx context.Context, now time.Time) error {
	type ref struct{ account, run, campaign int64 }
	refs, err := all(ctx, s.reader, func(r *sql.Rows) (v ref, err error) { return v, r.Scan(&v.account, &v.run, &v.campaign) },
		`SELECT r.account_key, r.run_key, r.campaign_key FROM campaign_runs r WHERE r.ended_at IS NULL AND r.state = 'Active' AND (
			EXISTS (SELECT 1 FROM run_contacts c WHERE c.account_key = r.account_key AND c.run_key = r.run_key AND c.state = 'leased' AND c.due_at <= $1)
			OR NOT EXISTS (SELECT 1 FROM run_contacts c WHERE c.account_key = r.account_key AND c.run_key = r.run_key AND c.state = 'leased')
			AND NOT EXISTS (SELECT 1 FROM run_contacts c WHERE c.account_key = r.account_key AND c.run_key = r.run_key AND c.state = 'waiting'))`, millis(now))
	if err != nil {
		return err
	}
	var errs []error // one run that cannot be swept does not hold up the others
	for _, v := range refs {
		errs = append(errs, s.write(ctx, func(t *tx) error {
			run, err := s.lockRun(ctx, t, v.account, v.run)
			if err != nil || run.State != rollcall.CampaignActive {
				return ignoreNotFound(err)
			}
			c, err := loadRunCampaign(ctx, t, v.account, "campaign_key = $2", v.campaign)
			if err != nil {
				return ignoreNotFound(err)
			}
			return s.claimOf(ctx, t, c, run, nil, now)
		}))
	}
	return errors.Join(errs...)
}
