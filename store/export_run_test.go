package store

import (
	"context"
	"time"

	"rollcall"
)

// SetPlan sets what is asked of a campaign's dialing.
func (s *Store) SetPlan(ctx context.Context, c *rollcall.Campaign) error {
	_, err := s.writer.ExecContext(ctx, "UPDATE campaigns SET plan = $1, dialing_mode = $2, priority = $3, status = $4 WHERE campaign_id = $5", toJSON(c.Plan), c.DialingMode, c.Priority, c.Status, c.ID)
	return err
}

// BlockNumber adds an entry to a DNC list, as what adds them is to do.
func (s *Store) BlockNumber(ctx context.Context, l *rollcall.ContactList, global bool, number, seq int64, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, "UPDATE contact_lists SET list_type = 'dnc', global_dnc = $1 WHERE list_id = $2", global, l.ID); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, "INSERT INTO contacts (account_key, list_key, seq, phone, copy, created_at, updated_at) VALUES ($1, $2, $3, $4, 0, $5, $5)", l.Owner.AccountKey, l.Key, seq, number, millis(now))
		if err != nil {
			return err
		}
		return s.withdrawBlocked(ctx, t, l.Owner.AccountKey, now)
	})
}

// RunTotals gives the counts of a run.
func (s *Store) RunTotals(ctx context.Context, account, run int64) (map[string]int64, error) {
	return runTotals(ctx, s.reader, account, run)
}
