package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"rollcall"
	"rollcall/phone"
)

// contactChange is a contact before and after a change.
type contactChange struct{ before, after *rollcall.Contact }

const updateContactQuery = `UPDATE contacts SET phone = $4, copy = $5, phone_sent = $6, first_name = $7, last_name = $8, time_zone = $9, unique_id = $10,
	contact_priority = $11, extra = $12, expires_at = $13, entered_by = $14, updated_at = $15, revision = $16 WHERE account_key = $1 AND list_key = $2 AND seq = $3`

// updateContacts writes changed contacts, each as another revision. Which contact
// of a number is its first, with copy 0, is settled anew where numbers change.
func (s *Store) updateContacts(ctx context.Context, t *tx, l *listRow, changes []contactChange, now time.Time) error {
	if len(changes) == 0 {
		return nil
	}
	update, err := t.PrepareContext(ctx, updateContactQuery)
	if err != nil {
		return err
	}
	defer update.Close()
	for _, c := range changes {
		c.after.Revision, c.after.UpdatedAt, c.after.EnteredBy = c.before.Revision+1, now, l.enteredBy()
		if err := remember(ctx, t, l, now, c.before); err != nil {
			return err
		}
		if err := s.writeContact(ctx, t, update, l, c.before, c.after); err != nil {
			return err
		}
	}
	return nil
}

// writeContact writes a contact as it is given, its revision included.
func (s *Store) writeContact(ctx context.Context, t *tx, update *sql.Stmt, l *listRow, before, after *rollcall.Contact) error {
	copyNumber, err := copyOf(ctx, t, l, after.Seq)
	if err != nil {
		return err
	}
	if after.Phone != before.Phone {
		if copyNumber, err = s.freeCopy(ctx, t, l, after); err != nil {
			return err
		}
		l.hasCopies = l.hasCopies || copyNumber != 0
	}
	r := insertion{contact: after, seq: after.Seq, copy: copyNumber}
	args := r.args(l)
	args = append(args[:len(args)-2], millis(after.UpdatedAt), after.Revision) // created_at stays
	if _, err := update.ExecContext(ctx, args...); err != nil {
		return err
	}
	if after.Phone != before.Phone {
		if err := s.promoteCopy(ctx, t, l, int64(before.Phone)); err != nil {
			return err
		}
	}
	if err := s.rankAnew(ctx, t, l, before, after); err != nil {
		return err
	}
	return moveID(ctx, t, l, before, after)
}

func copyOf(ctx context.Context, t *tx, l *listRow, seq int64) (n int64, err error) {
	if !l.hasCopies {
		return 0, nil
	}
	err = t.QueryRowContext(ctx, "SELECT copy FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq = $3", l.Owner.AccountKey, l.contentKey, seq).Scan(&n)
	return n, err
}

// freeCopy is 0 where nobody has the contact's number yet, else its sequence number.
func (s *Store) freeCopy(ctx context.Context, t *tx, l *listRow, c *rollcall.Contact) (int64, error) {
	var taken bool
	err := t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+s.dialect.numbered+" WHERE account_key = $1 AND list_key = $2 AND phone = $3 AND copy = 0 AND seq <> $4)",
		l.Owner.AccountKey, l.contentKey, int64(c.Phone), c.Seq).Scan(&taken)
	if taken {
		return c.Seq, err
	}
	return 0, err
}

// promoteCopy makes the next contact of a number its first, where the first is gone.
func (s *Store) promoteCopy(ctx context.Context, t *tx, l *listRow, number int64) error {
	if !l.hasCopies {
		return nil
	}
	_, err := t.ExecContext(ctx, `UPDATE contacts SET copy = 0 WHERE account_key = $1 AND list_key = $2 AND copy <> 0
		AND seq = (SELECT seq FROM `+s.dialect.numbered+" WHERE account_key = $1 AND list_key = $2 AND phone = $3 ORDER BY copy LIMIT 1)", l.Owner.AccountKey, l.contentKey, number)
	return err
}

// moveID keeps the index of own ids current.
func moveID(ctx context.Context, t *tx, l *listRow, before, after *rollcall.Contact) error {
	if !l.idsIndexed || before.UniqueID.Value == after.UniqueID.Value {
		return nil
	}
	if before.UniqueID.Value != "" {
		if err := dropID(ctx, t, l, before); err != nil {
			return err
		}
	}
	if after.UniqueID.Value == "" {
		return nil
	}
	_, err := t.ExecContext(ctx, "INSERT INTO contact_unique_ids (account_key, content_key, unique_id, seq) VALUES ($1, $2, $3, $4)",
		l.Owner.AccountKey, l.contentKey, after.UniqueID.Value, after.Seq)
	return err
}

func dropID(ctx context.Context, t *tx, l *listRow, c *rollcall.Contact) error {
	_, err := t.ExecContext(ctx, "DELETE FROM contact_unique_ids WHERE account_key = $1 AND content_key = $2 AND unique_id = $3 AND seq = $4",
		l.Owner.AccountKey, l.contentKey, c.UniqueID.Value, c.Seq)
	return err
}

// changedBetween stands for the revision that an import left where somebody changed
// the contact between two changes by the import: no contact has it, so that an undo
// finds the contact changed since.
const changedBetween = -1

// noteCopies notes of contacts that are about to give up a number which others share,
// or shared until the import came, which copy of it they were: an undo has them share
// it again, also in a list that allows no duplicates.
func (x *settling) noteCopies(ctx context.Context) error {
	if !x.into.hasCopies || x.im.ContentKey != 0 || x.im.Options.DryRun {
		return nil
	}
	var numbers []int64
	for _, c := range x.changes {
		if c.after.Phone != c.before.Phone {
			numbers = append(numbers, int64(c.before.Phone))
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	numbers = compact(numbers)
	d, account := x.s.dialect, x.im.Owner.AccountKey
	shared, isCopy := map[phone.Number]bool{}, map[int64]bool{}
	// The look for the rows' matches has prepared the transaction for this query.
	_, err := all(ctx, x.t, func(r *sql.Rows) (h numberHolder, err error) {
		var n phone.Number
		err = r.Scan(&n, &h.seq, &h.copy)
		shared[n], isCopy[h.seq] = true, true
		return h, err
	}, d.copies.query, account, x.into.contentKey, d.copies.arg(numbers))
	if err != nil {
		return err
	}
	left := map[phone.Number]int64{} // the least copy of those that gave the number up by an earlier block
	_, err = all(ctx, x.t, func(r *sql.Rows) (least int64, err error) {
		var n phone.Number
		err = r.Scan(&n, &least)
		left[n] = least
		return least, err
	}, "SELECT phone, MIN(copy_before) FROM import_changes WHERE account_key = $1 AND import_key = $2 AND copy_before IS NOT NULL AND phone "+d.among("$3")+" GROUP BY phone",
		account, x.im.Key, d.numbers.arg(numbers))
	if err != nil {
		return err
	}
	x.copies = map[int64]int64{}
	for _, c := range x.changes {
		least, gone := left[c.before.Phone]
		switch seq := c.before.Seq; {
		case c.after.Phone == c.before.Phone || !gone && !shared[c.before.Phone]:
		case isCopy[seq] || gone && least == 0:
			x.copies[seq] = seq
		default:
			x.copies[seq] = 0 // it was the first
		}
	}
	return nil
}

// writeChanges keeps what contacts were before the import changed them, for an undo.
func (x *settling) writeChanges(ctx context.Context) error {
	if len(x.changes) == 0 {
		return nil
	}
	ranges, err := ledgerRanges(ctx, x.t, refOf(x.im))
	if err != nil {
		return err
	}
	for _, c := range x.changes {
		var before sql.NullString
		var number sql.NullInt64
		revision := c.after.Revision
		if _, own := ranges.row(c.before.Seq); own {
			if c.before.Revision != 1 {
				revision = changedBetween
			}
		} else {
			text, err := json.Marshal(c.before)
			if err != nil {
				return err
			}
			before, number = sql.NullString{String: string(text), Valid: true}, sql.NullInt64{Int64: int64(c.before.Phone), Valid: true}
		}
		var copyBefore sql.NullInt64
		copyBefore.Int64, copyBefore.Valid = x.copies[c.before.Seq]
		// The first state before the import counts, and the last revision after it,
		// unless it is not the import that made the one before. The number may be given
		// up by a later block than the one that first changed the contact.
		_, err := x.t.ExecContext(ctx, `INSERT INTO import_changes (account_key, import_key, seq, revision, before, phone, copy_before) VALUES ($1, $2, $3, $4, $5, $9, $10)
			ON CONFLICT (account_key, import_key, seq) DO UPDATE SET revision = CASE WHEN import_changes.revision = $6 THEN CAST($7 AS BIGINT) ELSE CAST($8 AS BIGINT) END,
			copy_before = CASE WHEN import_changes.phone = excluded.phone THEN COALESCE(import_changes.copy_before, excluded.copy_before) ELSE import_changes.copy_before END`,
			x.im.Owner.AccountKey, x.im.Key, c.before.Seq, revision, before, c.before.Revision, c.after.Revision, changedBetween, number, copyBefore)
		if err != nil {
			return err
		}
	}
	return nil
}
