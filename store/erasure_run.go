package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"rollcall"
)

// noDetail is what stands in the column detail of an attempt that tells nothing.
var noDetail = toJSON([]string{"", ""})

// forget takes out of a contact's row in a run what might tell of the person.
func (rc *runContact) forget() {
	rc.phone = 0
	if rc.last == "" {
		return
	}
	var l lastAttempt
	if json.Unmarshal([]byte(rc.last), &l) == nil {
		l.Attempt = l.Attempt.Anonymous()
		rc.last = toJSON(l)
	}
}

// eraseFromRuns blanks what runs have of contacts that are erased, also under a number
// that they had before, and takes back at once what is handed out.
func (e *erasing) eraseFromRuns(ctx context.Context, t *tx, found []trace, what *rollcall.Erased) error {
	rows := map[int64][]runPlace{}
	var runs []int64
	for _, f := range found {
		keys, err := all(ctx, t, scanKey, `SELECT r.run_key FROM campaign_runs r WHERE r.account_key = $1
			AND EXISTS (SELECT 1 FROM run_contacts c WHERE c.account_key = r.account_key AND c.run_key = r.run_key AND c.list_key = $2 AND c.seq = $3)`,
			e.owner.AccountKey, f.list, f.contact.Seq)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if p := (runPlace{f.list, f.contact.Seq}); !slices.Contains(rows[key], p) {
				rows[key] = append(rows[key], p)
			}
		}
		runs = append(runs, keys...)
	}
	for _, key := range compact(runs) {
		b := &runBlanking{erasing: e, t: t, run: key, what: what, changes: runChanges{now: e.now}}
		if err := b.lock(ctx); err != nil {
			return err
		}
		for _, p := range rows[key] {
			if err := b.row(ctx, p); err != nil {
				return err
			}
		}
		if err := b.changes.write(ctx, t, e.owner.AccountKey, key); err != nil {
			return err
		}
	}
	return nil
}

// allRuns blanks what runs have of the numbers. Runs that have not ended are locked
// whether they seem to have one or not: a claim that saw no suppression yet may be
// under way.
func (e *erasing) allRuns(ctx context.Context) error {
	account := e.owner.AccountKey
	keys, err := e.runsToBlank(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		var what rollcall.Erased
		err := e.step(ctx, func(ctx context.Context, t *tx) error {
			what = rollcall.Erased{}
			b := &runBlanking{erasing: e, t: t, run: key, what: &what, changes: runChanges{now: e.now}}
			if err := b.lock(ctx); err != nil {
				return err
			}
			for _, number := range e.numbers {
				places, err := e.s.numberInRun(ctx, t, account, key, number)
				if err != nil {
					return err
				}
				for _, p := range places {
					if err := b.row(ctx, p); err != nil {
						return err
					}
				}
			}
			return b.changes.write(ctx, t, account, key)
		})
		if err != nil {
			return err
		}
		e.count(what)
	}
	return e.allAttempts(ctx)
}

// runsToBlank gives the runs that have one of the numbers, and all that have not ended.
func (e *erasing) runsToBlank(ctx context.Context) (keys []int64, err error) {
	type run struct {
		key  int64
		open bool
	}
	runs, err := all(ctx, e.s.reader, func(r *sql.Rows) (v run, err error) { return v, r.Scan(&v.key, &v.open) },
		"SELECT run_key, ended_at IS NULL FROM campaign_runs WHERE account_key = $1 ORDER BY run_key", e.owner.AccountKey)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		has := r.open
		for i := 0; i < len(e.numbers) && !has; i++ {
			places, err := e.s.numberInRun(ctx, e.s.reader, e.owner.AccountKey, r.key, e.numbers[i])
			if err != nil {
				return nil, err
			}
			has = len(places) > 0
		}
		if has {
			keys = append(keys, r.key)
		}
	}
	return keys, nil
}

// runBlanking blanks rows of one run. What becomes of them is written at once, after the
// last was locked: an outcome that holds a row waits for the run's counts.
type runBlanking struct {
	*erasing
	t       *tx
	run     int64
	what    *rollcall.Erased
	changes runChanges
}

// lock locks the run. It may be gone, with its campaign.
func (b *runBlanking) lock(ctx context.Context) error {
	_, err := b.s.lockRun(ctx, b.t, b.owner.AccountKey, b.run)
	return ignoreNotFound(err)
}

// row blanks the row of a contact, if it has one, and its attempts. What is not done yet
// is tried no more.
func (b *runBlanking) row(ctx context.Context, p runPlace) error {
	account := b.owner.AccountKey
	rows, err := all(ctx, b.t, scanRunContact, selectRunContacts+" AND list_key = $3 AND seq = $4"+b.s.dialect.forUpdate, account, b.run, p.list, p.seq)
	if err != nil {
		return err
	}
	for _, rc := range rows {
		if rc.phone != 0 {
			b.erasing.runs[b.run] = true
			n, err := affected(b.t.ExecContext(ctx, "UPDATE attempts SET phone = 0, session_id = '', detail = $6 WHERE account_key = $1 AND phone = $2 AND run_key = $3 AND list_key = $4 AND seq = $5",
				account, rc.phone, b.run, rc.list, rc.seq, noDetail))
			if err != nil {
				return err
			}
			b.what.Attempts += n
		}
		rc.forget()
		if rc.state == rollcall.ContactDone {
			b.changes.rows = append(b.changes.rows, rc)
		} else {
			b.changes.set(rc, rollcall.Standing{State: rollcall.ContactDone, Reason: rollcall.ReasonErased, Attempts: rc.attempts})
		}
	}
	return nil
}

// allAttempts blanks attempts with the numbers whose contact has another one by now.
func (e *erasing) allAttempts(ctx context.Context) error {
	var what rollcall.Erased
	err := e.step(ctx, func(ctx context.Context, t *tx) error {
		what = rollcall.Erased{}
		for _, number := range e.numbers {
			n, err := affected(t.ExecContext(ctx, "UPDATE attempts SET phone = 0, session_id = '', detail = $3 WHERE account_key = $1 AND phone = $2", e.owner.AccountKey, number, noDetail))
			if err != nil {
				return err
			}
			what.Attempts += n
		}
		return nil
	})
	if err == nil {
		e.count(what)
	}
	return err
}
