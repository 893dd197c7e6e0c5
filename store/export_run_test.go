package store

import "context"

// RunTotals gives the counts of a run.
func (s *Store) RunTotals(ctx context.Context, account, run int64) (map[string]int64, error) {
	return runTotals(ctx, s.reader, account, run)
}
