package store

import (
	"context"

	"rollcall"
)

// Ranks counts the contacts that are found by their priority, of all lists.
func (s *Store) Ranks(ctx context.Context) (n int64, err error) {
	return n, s.reader.QueryRowContext(ctx, "SELECT COUNT(*) FROM contact_ranks").Scan(&n)
}

// RanksOf counts the contacts of a list that are found by a priority.
func (s *Store) RanksOf(ctx context.Context, l *rollcall.ContactList, priority string) (n int64, err error) {
	return n, s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM contact_ranks r JOIN contact_lists l ON l.account_key = r.account_key AND l.content_key = r.content_key
		WHERE l.list_id = $1 AND r.rank = -CAST($2 AS DOUBLE PRECISION)`, l.ID, priority).Scan(&n)
}

// RankChunk is how many contacts are ranked at once.
const RankChunk = rankChunk

// ChangePriority gives the contacts of a list another priority, and calls back before that
// can be seen.
func (s *Store) ChangePriority(ctx context.Context, l *rollcall.ContactList, priority string, meanwhile func()) error {
	return s.write(ctx, func(t *tx) error {
		row, err := s.lockList(ctx, t, l.Owner, l.ID)
		if err != nil {
			return err
		}
		contacts, err := all(ctx, t, scanContact, selectContacts+" ORDER BY seq", row.Owner.AccountKey, row.contentKey)
		if err != nil {
			return err
		}
		var changes []contactChange
		for i := range contacts {
			after := contacts[i]
			after.ContactPriority = rollcall.Given(priority)
			changes = append(changes, contactChange{&contacts[i], &after})
		}
		err = s.updateContacts(ctx, t, row, changes, l.CreatedAt)
		meanwhile()
		return err
	})
}

// StalePlace has a contact of a list be found by a priority that it has not, as one may be
// that was changed while the list was ranked.
func (s *Store) StalePlace(ctx context.Context, l *rollcall.ContactList, seq int64, priority float64) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "INSERT INTO contact_ranks (account_key, content_key, rank, seq) SELECT account_key, content_key, CAST($3 AS DOUBLE PRECISION), CAST($4 AS BIGINT) FROM contact_lists WHERE account_key = $1 AND list_id = $2",
			l.Owner.AccountKey, l.ID, -priority, seq)
		return err
	})
}

// SkipSeqs has the next contacts of a list get much higher sequence numbers, as after many
// replacements.
func (s *Store) SkipSeqs(ctx context.Context, l *rollcall.ContactList, n int64) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "UPDATE contact_lists SET last_seq = last_seq + $3 WHERE account_key = $1 AND list_id = $2", l.Owner.AccountKey, l.ID, n)
		return err
	})
}
