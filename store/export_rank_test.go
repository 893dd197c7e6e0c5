package store

import "context"

// Ranks counts the contacts that are found by their priority, of all lists.
func (s *Store) Ranks(ctx context.Context) (n int64, err error) {
	return n, s.reader.QueryRowContext(ctx, "SELECT COUNT(*) FROM contact_ranks").Scan(&n)
}

// RankChunk is how many contacts are ranked at once.
const RankChunk = rankChunk
