package store

import (
	"context"
	"time"

	"rollcall"
)

// contactAt gives one contact of a list, nil when it is not there.
func contactAt(ctx context.Context, q queryer, l *listRow, seq int64) (*rollcall.Contact, error) {
	found, err := all(ctx, q, scanContact, "SELECT "+contactColumnsRead+" FROM contacts c WHERE account_key = $1 AND list_key = $2 AND seq = $3", l.Owner.AccountKey, l.contentKey, seq)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// deleteContact removes a contact of a locked list. The caller counts it out of
// the list, and saves that.
func (s *Store) deleteContact(ctx context.Context, t *tx, l *listRow, c *rollcall.Contact, now time.Time) error {
	if err := remember(ctx, t, l, now, c); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, "DELETE FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq = $3", l.Owner.AccountKey, l.contentKey, c.Seq)
	if err != nil {
		return err
	}
	if l.idsIndexed && c.UniqueID.Value != "" {
		if err := dropID(ctx, t, l, c); err != nil {
			return err
		}
	}
	return s.promoteCopy(ctx, t, l, int64(c.Phone))
}
