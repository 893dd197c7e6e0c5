package store

import (
	"context"
	"fmt"
	"time"
)

// monthsAhead is how many months have a place of their own before they begin.
const monthsAhead = 2

// MakeMonths makes the partitions of attempts for this month and those that come, on
// an engine that has them, so that a month that is over can be put away as a whole. A
// month whose attempts came before its partition was made keeps them where all go
// that have none. It tells how many it made.
func (s *Store) MakeMonths(ctx context.Context, now time.Time) (made int, err error) {
	if s.dialect != postgresDialect {
		return 0, nil
	}
	err = s.write(ctx, func(t *tx) error {
		// Of processes that come at once, all but the first find them made.
		if _, err := t.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('rollcall: months of attempts', 0))"); err != nil {
			return err
		}
		month := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
		for range monthsAhead + 1 {
			next := month.AddDate(0, 1, 0)
			name := "attempts_" + month.Format("2006_01")
			var there, taken bool
			err := t.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL, EXISTS (SELECT 1 FROM attempts_other WHERE at >= $2 AND at < $3)", name, millis(month), millis(next)).Scan(&there, &taken)
			if err != nil {
				return err
			}
			if !there && !taken {
				query := fmt.Sprintf("CREATE TABLE %s PARTITION OF attempts FOR VALUES FROM (%d) TO (%d)", name, millis(month), millis(next))
				if _, err := t.ExecContext(ctx, query); err != nil {
					return err
				}
				made++
			}
			month = next
		}
		return nil
	})
	return made, err
}
