package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"rollcall"
)

// DialledContact is a contact of a campaign's newest run that was dialled.
type DialledContact struct {
	PhoneNumber string // as it was sent; of a contact that is gone, + and its digits; of an erased person, empty
	UniqueID    string
	Attempts    int
	Last        rollcall.Attempt
}

// Dialled gives a page of the contacts that the campaign's newest run has dialled,
// in the order of list and sequence, and how many there are. Its cost grows with the
// depth of the page.
func (s *Store) Dialled(ctx context.Context, owner rollcall.Owner, id string, page, limit int) (contacts []DialledContact, total int64, err error) {
	err = s.read(ctx, func(t *sql.Tx) error {
		c, err := campaignByID(ctx, t, owner, id, "")
		if err != nil || c.Run.Key == 0 {
			return err
		}
		totals, err := runTotals(ctx, t, owner.AccountKey, c.Run.Key)
		if err != nil {
			return err
		}
		total = totals["dialled"]
		contacts, err = all(ctx, t, scanDialled, `SELECT rc.phone, rc.attempts, rc.outcome, rc.last, c.phone_sent, c.unique_id FROM run_contacts rc
			LEFT JOIN contact_lists l ON l.account_key = rc.account_key AND l.list_key = rc.list_key
			LEFT JOIN contacts c ON c.account_key = rc.account_key AND c.list_key = l.content_key AND c.seq = rc.seq
			WHERE rc.account_key = $1 AND rc.run_key = $2 AND rc.outcome <> '' ORDER BY rc.list_key, rc.seq LIMIT $3 OFFSET $4`,
			owner.AccountKey, c.Run.Key, limit, (page-1)*limit)
		return err
	})
	return contacts, total, err
}

func scanDialled(r *sql.Rows) (d DialledContact, err error) {
	var number rollcall.Contact
	var last string
	var outcome rollcall.Disposition
	var sent, unique sql.NullString
	if err := r.Scan(&number.Phone, &d.Attempts, &outcome, &last, &sent, &unique); err != nil {
		return d, err
	}
	d.UniqueID = unique.String
	if number.Phone != 0 {
		d.PhoneNumber = number.Phone.String()
	}
	if sent.Valid {
		d.PhoneNumber = sent.String
	}
	var kept lastAttempt
	if err := json.Unmarshal([]byte(last), &kept); err != nil {
		return d, err
	}
	d.Last = kept.Attempt
	d.Last.Outcome = outcome
	return d, nil
}

// RunSummary is a run and what came of it.
type RunSummary struct {
	rollcall.Run
	Leased     int64
	Waiting    int64
	Done       map[rollcall.ContactReason]int64
	Outcomes   map[rollcall.Disposition]int64 // attempts
	Skipped    int64                          // contacts that agents passed over
	Lapsed     int64                          // contacts that agents had and did not dial in time
	DurationMS int64                          // of all attempts
}

// Runs gives the runs of a campaign, the newest first: so many at most, after some that
// are skipped.
func (s *Store) Runs(ctx context.Context, owner rollcall.Owner, id string, skip int64, limit int) (runs []*RunSummary, err error) {
	err = s.read(ctx, func(t *sql.Tx) error {
		c, err := campaignByID(ctx, t, owner, id, "")
		if err != nil {
			return err
		}
		found, err := all(ctx, t, func(r *sql.Rows) (*rollcall.Run, error) { return scanRun(r) },
			selectRuns+" AND campaign_key = $2 ORDER BY run_key DESC LIMIT $3 OFFSET $4", owner.AccountKey, c.Key, limit, skip)
		if err != nil {
			return err
		}
		for _, run := range found {
			summary, err := summarise(ctx, t, owner.AccountKey, run)
			if err != nil {
				return err
			}
			runs = append(runs, summary)
		}
		return nil
	})
	return runs, err
}

// summarise counts without going through the run's contacts: whatever was looked at
// and is neither out nor done waits.
func summarise(ctx context.Context, q queryer, account int64, run *rollcall.Run) (*RunSummary, error) {
	totals, err := runTotals(ctx, q, account, run.Key)
	if err != nil {
		return nil, err
	}
	s := &RunSummary{Run: *run, Done: map[rollcall.ContactReason]int64{}, Outcomes: map[rollcall.Disposition]int64{}, Skipped: totals["skipped"], Lapsed: totals["lapsed"], DurationMS: totals["duration"]}
	s.Waiting = run.Walked
	for name, n := range totals {
		if reason, ok := strings.CutPrefix(name, "done:"); ok {
			s.Done[rollcall.ContactReason(reason)] = n
			s.Waiting -= n
		} else if d, ok := strings.CutPrefix(name, "outcome:"); ok {
			s.Outcomes[rollcall.Disposition(d)] = n
		}
	}
	err = q.QueryRowContext(ctx, "SELECT COUNT(*) FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND state = 'leased'", account, run.Key).Scan(&s.Leased)
	s.Waiting -= s.Leased
	return s, err
}
