package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rollcall"
	"rollcall/phone"
)

// RecordedContact is a contact that a run has looked at. What comes from the contact
// itself is empty where that, or its list, is gone.
type RecordedContact struct {
	List      rollcall.Named
	ContactID string
	Number    phone.Number // 0: the person was erased
	UniqueID  string
	State     rollcall.ContactState
	Reason    rollcall.ContactReason
	Attempts  int
	Outcome   rollcall.Disposition // of the last attempt
	Due       time.Time            // waiting: not before then; leased: until then
	UpdatedAt time.Time
}

// RecordedAttempt is one attempt of a run.
type RecordedAttempt struct {
	RecordedContact           // Attempts counts this one; State, Reason, Due and UpdatedAt are not told
	At              time.Time // when it was recorded
	Attempt         rollcall.Attempt
	Agent           string
}

// recordedAtOnce is how many rows a walk over a run's record holds in memory.
const recordedAtOnce = 500

// RunRecord is a run whose record is gone through.
type RunRecord struct {
	Run      *rollcall.Run
	Campaign string // its name
	store    *Store
	account  int64
}

// RunRecord finds a run of an application by its id.
func (s *Store) RunRecord(ctx context.Context, owner rollcall.Owner, id string) (*RunRecord, error) {
	rec := &RunRecord{store: s, account: owner.AccountKey}
	err := s.read(ctx, func(t *sql.Tx) (err error) {
		rec.Run, err = scanRun(t.QueryRowContext(ctx, selectRuns+" AND run_id = $2", owner.AccountKey, id))
		if errors.Is(err, sql.ErrNoRows) {
			return rollcall.NotFound("There is no run with this id.")
		}
		if err != nil {
			return err
		}
		err = t.QueryRowContext(ctx, "SELECT name FROM campaigns WHERE account_key = $1 AND application_id = $2 AND campaign_key = $3", owner.AccountKey, owner.ApplicationID, rec.Run.CampaignKey).Scan(&rec.Campaign)
		if errors.Is(err, sql.ErrNoRows) {
			return rollcall.NotFound("There is no run with this id.")
		}
		return err
	})
	return rec, err
}

// recordedColumns are those of a contact of a run, rc, and of what is known of it.
const recordedColumns = `rc.list_key, rc.seq, rc.phone, COALESCE(l.list_id, ''), COALESCE(l.name, ''), COALESCE(l.contact_space, 0), COALESCE(c.unique_id, '')`

// recordedJoin is what recordedColumns need besides.
const recordedJoin = ` LEFT JOIN contact_lists l ON l.account_key = rc.account_key AND l.list_key = rc.list_key
	LEFT JOIN contacts c ON c.account_key = rc.account_key AND c.list_key = l.content_key AND c.seq = rc.seq `

// recordedScan takes recordedColumns in.
type recordedScan struct {
	RecordedContact
	list, seq, space int64
}

func (v *recordedScan) into() []any {
	return []any{&v.list, &v.seq, &v.Number, &v.List.ID, &v.List.Name, &v.space, &v.UniqueID}
}

func (v *recordedScan) done() RecordedContact {
	if v.space != 0 {
		v.ContactID = rollcall.ContactID(v.space, v.seq)
	}
	return v.RecordedContact
}

// Contacts gives the contacts that the run has looked at to fn, in the order of list
// and sequence, some at a time. It is no snapshot: what happens meanwhile may be in it.
func (rec *RunRecord) Contacts(ctx context.Context, fn func([]RecordedContact) error) error {
	for list, seq := int64(0), int64(0); ; {
		page, err := all(ctx, rec.store.reader, func(r *sql.Rows) (RecordedContact, error) {
			var v recordedScan
			var due, updated int64
			err := r.Scan(append(v.into(), &v.State, &v.Reason, &v.Attempts, &v.Outcome, &due, &updated)...)
			list, seq = v.list, v.seq
			v.Due, v.UpdatedAt = timeOrZero(due), fromMillis(updated)
			return v.done(), err
		}, "SELECT "+recordedColumns+", rc.state, rc.reason, rc.attempts, rc.outcome, rc.due_at, rc.updated_at FROM run_contacts rc"+recordedJoin+
			"WHERE rc.account_key = $1 AND rc.run_key = $2 AND (rc.list_key, rc.seq) > ($3, $4) ORDER BY rc.list_key, rc.seq LIMIT $5", rec.account, rec.Run.Key, list, seq, recordedAtOnce)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := fn(page); err != nil {
			return err
		}
	}
}

// otherClocks is by how much the clock of a process may be behind that of the one
// that started a run. It keeps a query to the months of the run.
const otherClocks = 24 * time.Hour

// Attempts gives the attempts of the run to fn, in the order in which they were
// recorded, some at a time. It is no snapshot: what comes meanwhile may be in it.
func (rec *RunRecord) Attempts(ctx context.Context, fn func([]RecordedAttempt) error) error {
	var at, list, seq, number int64
	for {
		page, err := all(ctx, rec.store.reader, func(r *sql.Rows) (a RecordedAttempt, err error) {
			var v recordedScan
			var codes, told string
			var duration int64
			if err := r.Scan(append(v.into(), &at, &number, &a.Attempt.Outcome, &codes, &a.Attempt.SessionID, &told, &duration, &a.Agent)...); err != nil {
				return a, err
			}
			list, seq = v.list, v.seq
			a.RecordedContact, a.At, a.Attempt.Duration = v.done(), fromMillis(at), time.Duration(duration)*time.Millisecond
			a.Attempts, a.Outcome = int(number), a.Attempt.Outcome
			return a, readTold(&a.Attempt, codes, told)
		}, "SELECT "+recordedColumns+", rc.at, rc.number, rc.outcome, rc.disposition, rc.session_id, rc.detail, rc.duration, rc.agent FROM attempts rc"+recordedJoin+
			"WHERE rc.account_key = $1 AND rc.run_key = $2 AND rc.at >= $3 AND (rc.at, rc.list_key, rc.seq, rc.number) > ($3, $4, $5, $6) ORDER BY rc.at, rc.list_key, rc.seq, rc.number LIMIT $7",
			rec.account, rec.Run.Key, max(at, millis(rec.Run.StartedAt.Add(-otherClocks))), list, seq, number, recordedAtOnce)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := fn(page); err != nil {
			return err
		}
	}
}
