package store

import (
	"context"

	"rollcall"
)

// Ranks counts the contacts that are found by their priority, of all lists.
func (s *Store) Ranks(ctx context.Context) (n int64, err error) {
	return n, s.reader.QueryRowContext(ctx, "SELECT COUNT(*) FROM contact_ranks").Scan(&n)
}

// RankChunk is how many contacts are ranked at once.
const RankChunk = rankChunk

// SkipSeqs has the next contacts of a list get much higher sequence numbers, as after many
// replacements.
func (s *Store) SkipSeqs(ctx context.Context, l *rollcall.ContactList, n int64) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "UPDATE contact_lists SET last_seq = last_seq + $3 WHERE account_key = $1 AND list_id = $2", l.Owner.AccountKey, l.ID, n)
		return err
	})
}
