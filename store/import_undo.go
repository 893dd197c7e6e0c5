package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"rollcall"
	"rollcall/phone"
)

// UndoImport takes back the next chunk of what an import added or changed, and
// tells whether more is left. The import must be claimed (ClaimImport). Contacts
// that were changed since are left as they are and noted, see UndoKept. It may be
// called again after any failure: what is taken back is not looked at twice.
func (s *Store) UndoImport(ctx context.Context, im *rollcall.Import, now time.Time) (more bool, err error) {
	next := *im
	err = s.write(ctx, func(t *tx) error {
		l, current, err := s.lockForImport(ctx, t, im)
		if err != nil {
			return err
		}
		carryErased(&next, current)
		u := &undo{s: s, t: t, list: l, im: &next, now: now, stay: map[int64]bool{}}
		if more, err = u.step(ctx); err != nil {
			return err
		}
		next.LeaseUntil = now.Add(rollcall.ImportLease)
		if !more {
			if err := u.finish(ctx); err != nil {
				return err
			}
		}
		l.UpdatedAt = now
		if err := errors.Join(saveImport(ctx, t, &next), saveList(ctx, t, l), s.entriesCame(ctx, t, l, now)); err != nil {
			return err
		}
		bumpVersion(t, im.Owner)
		return nil
	})
	if err != nil {
		return false, err
	}
	*im = next
	if s.dialect == sqliteDialect {
		time.Sleep(importCourtesy)
	}
	return more, nil
}

// FailUndo ends an undo that could not be carried out; it may be asked for again.
func (s *Store) FailUndo(ctx context.Context, im *rollcall.Import, failure string, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		current, err := s.lockImport(ctx, t, im)
		if err != nil {
			return err
		}
		current.EndUndo(failure, now)
		*im = *current
		return saveImport(ctx, t, current)
	})
}

// UndoKept gives the contacts that an undo left as they are, with a sequence number
// above after, in order.
func (s *Store) UndoKept(ctx context.Context, im *rollcall.Import, after int64, limit int) ([]rollcall.UndoKept, error) {
	return all(ctx, s.reader, func(r *sql.Rows) (k rollcall.UndoKept, err error) {
		err = r.Scan(&k.Seq, &k.Reason)
		return k, err
	}, "SELECT seq, reason FROM import_kept WHERE account_key = $1 AND import_key = $2 AND seq > $3 ORDER BY seq LIMIT $4", im.Owner.AccountKey, im.Key, after, limit)
}

// undo is one step of an undo.
type undo struct {
	s    *Store
	t    *tx
	list *listRow
	im   *rollcall.Import
	now  time.Time
	stay map[int64]bool // changed contacts that this step found it cannot restore
}

// checkNotReplaced refuses to look for contacts of an import in the contents that a
// later replacement put in the place of theirs. Of an import that an earlier version
// began, only the times tell.
func (u *undo) checkNotReplaced(ctx context.Context) (err error) {
	replaced := u.im.Left(u.list.contentKey)
	if u.im.Into == 0 {
		err = u.t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM imports WHERE account_key = $1 AND list_key = $2 AND content_key <> 0 AND state = 'done' AND undo_state <> 'done'
		AND (ended_at > $3 OR ended_at = $3 AND import_key > $4))`, u.im.Owner.AccountKey, u.im.ListKey, millis(u.im.EndedAt), u.im.Key).Scan(&replaced)
	}
	if err == nil && replaced {
		return rollcall.Conflict(rollcall.ReasonInvalidState, "The list was replaced since; undo that import first.")
	}
	return err
}

// checkContents refuses to undo an import whose contacts a later replacement took away.
func (u *undo) checkContents(ctx context.Context) error {
	switch {
	case u.im.ContentKey == 0:
		return u.checkNotReplaced(ctx)
	case u.im.State == rollcall.ImportDone && u.list.contentKey != u.im.ContentKey:
		return rollcall.Conflict(rollcall.ReasonInvalidState, "The list was replaced again since; undo that import first.")
	}
	return nil
}

// step takes back one block of the added contacts, in the file's order; after the
// last of them, one chunk of the changes.
func (u *undo) step(ctx context.Context) (more bool, err error) {
	if err := u.checkContents(ctx); err != nil {
		return false, err
	}
	if u.im.ContentKey != 0 {
		return false, u.swapBack(ctx)
	}
	var b seqRange
	var body []byte
	err = u.t.QueryRowContext(ctx, "SELECT first_row, row_count, first_seq, body FROM import_ledger WHERE account_key = $1 AND import_key = $2 AND first_row > $3 ORDER BY first_row LIMIT 1",
		u.im.Owner.AccountKey, u.im.Key, u.im.Undo.Position).Scan(&b.firstRow, &b.rows, &b.firstSeq, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return u.restoreChunk(ctx)
	}
	if err != nil {
		return false, err
	}
	rows, err := readLedger(body, b.rows)
	if err != nil {
		return false, err
	}
	u.im.Undo.Position = b.firstRow
	return true, u.removeBlock(ctx, b, rows)
}

// removeBlock removes the contacts that the rows of a block became, but for those
// that were changed since.
func (u *undo) removeBlock(ctx context.Context, b seqRange, rows []ledgerRow) error {
	added := int64(0)
	for i := range rows {
		if rows[i].outcome == rollcall.OutcomeAdded {
			added++
		}
	}
	if added == 0 {
		return nil
	}
	numbers, err := u.firstNumbers(ctx, b)
	if err != nil {
		return err
	}
	removed, err := u.removeUnchanged(ctx, b)
	if err != nil {
		return err
	}
	also, kept, err := u.removeOwnChanges(ctx, b)
	if err != nil {
		return err
	}
	removed += also
	u.im.Undo.Removed += removed
	u.im.Undo.Kept += kept
	u.im.Undo.Missing += added - removed - kept
	u.list.TotalRecordCount -= removed
	for _, number := range numbers {
		if err := u.s.promoteCopy(ctx, u.t, u.list, number); err != nil {
			return err
		}
	}
	return nil
}

// inRange picks a block's contacts: $1 account, $2 contents, $3 and $4 the first
// and the last sequence number.
const inRange = " WHERE account_key = $1 AND list_key = $2 AND seq BETWEEN $3 AND $4"

func (u *undo) rangeArgs(b seqRange) []any {
	return []any{u.list.Owner.AccountKey, u.list.contentKey, b.firstSeq, b.firstSeq + b.rows - 1}
}

// firstNumbers gives the numbers whose first contact may go, where others may have
// them too.
func (u *undo) firstNumbers(ctx context.Context, b seqRange) ([]int64, error) {
	if !u.list.hasCopies {
		return nil, nil
	}
	return all(ctx, u.t, func(r *sql.Rows) (n int64, err error) { err = r.Scan(&n); return n, err },
		"SELECT phone FROM contacts"+inRange+" AND copy = 0", u.rangeArgs(b)...)
}

// removeUnchanged removes the contacts that nobody has changed since they came.
func (u *undo) removeUnchanged(ctx context.Context, b seqRange) (int64, error) {
	args := u.rangeArgs(b)
	if u.list.idsIndexed {
		_, err := u.t.ExecContext(ctx, `DELETE FROM contact_unique_ids WHERE account_key = $1 AND content_key = $2 AND (unique_id, seq) IN
			(SELECT unique_id, seq FROM contacts`+inRange+` AND revision = 1 AND unique_id IS NOT NULL)`, args...)
		if err != nil {
			return 0, err
		}
	}
	if err := rememberSome(ctx, u.t, u.list, u.now, " AND seq BETWEEN $9 AND $10 AND revision = 1", args[2:]...); err != nil {
		return 0, err
	}
	r, err := u.t.ExecContext(ctx, "DELETE FROM contacts"+inRange+" AND revision = 1", args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// removeOwnChanges removes the contacts that only later rows of the same file have
// changed, and notes the others as kept.
func (u *undo) removeOwnChanges(ctx context.Context, b seqRange) (removed, kept int64, err error) {
	left, err := all(ctx, u.t, scanContact, "SELECT "+contactColumnsRead+" FROM contacts c"+inRange+" ORDER BY seq", u.rangeArgs(b)...)
	if err != nil || len(left) == 0 {
		return 0, 0, err
	}
	for i := range left {
		c := &left[i]
		var revision int64
		err := u.t.QueryRowContext(ctx, "SELECT COALESCE(MAX(revision), 0) FROM import_changes WHERE account_key = $1 AND import_key = $2 AND seq = $3", u.im.Owner.AccountKey, u.im.Key, c.Seq).Scan(&revision)
		if err != nil {
			return 0, 0, err
		}
		if revision != c.Revision {
			kept++
			err = u.keep(ctx, c.Seq, rollcall.KeptChanged)
		} else {
			removed++
			err = u.s.deleteContact(ctx, u.t, u.list, c, u.now)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return removed, kept, nil
}

func (u *undo) keep(ctx context.Context, seq int64, why rollcall.KeptReason) error {
	_, err := u.t.ExecContext(ctx, "INSERT INTO import_kept (account_key, import_key, seq, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		u.im.Owner.AccountKey, u.im.Key, seq, string(why))
	return err
}

// restoreMost is how many changed contacts one step restores.
const restoreMost = 2_000

// importChange is what an import keeps of a contact that it changed.
type importChange struct {
	seq, revision int64
	before        string        // JSON
	copyBefore    sql.NullInt64 // see noteCopies
}

// restoreChunk makes changed contacts what they were before the import.
func (u *undo) restoreChunk(ctx context.Context) (more bool, err error) {
	chunk, err := all(ctx, u.t, func(r *sql.Rows) (c importChange, err error) {
		err = r.Scan(&c.seq, &c.revision, &c.before, &c.copyBefore)
		return c, err
	}, "SELECT seq, revision, before, copy_before FROM import_changes WHERE account_key = $1 AND import_key = $2 AND before IS NOT NULL ORDER BY seq LIMIT $3", u.im.Owner.AccountKey, u.im.Key, restoreMost)
	if err != nil || len(chunk) == 0 {
		return false, err
	}
	update, err := u.t.PrepareContext(ctx, updateContactQuery)
	if err != nil {
		return false, err
	}
	defer update.Close()
	for _, c := range chunk {
		if err := u.restore(ctx, update, &c); err != nil {
			return false, err
		}
	}
	_, err = u.t.ExecContext(ctx, "DELETE FROM import_changes WHERE account_key = $1 AND import_key = $2 AND before IS NOT NULL AND seq <= $3", u.im.Owner.AccountKey, u.im.Key, chunk[len(chunk)-1].seq)
	return true, err
}

// restore makes one contact what it was, if it is as the import left it. A number that
// it shared with others it shares again.
func (u *undo) restore(ctx context.Context, update *sql.Stmt, c *importChange) error {
	before := new(rollcall.Contact)
	if err := json.Unmarshal([]byte(c.before), before); err != nil {
		return err
	}
	now, err := contactAt(ctx, u.t, u.list, before.Seq)
	if err != nil {
		return err
	}
	switch {
	case now == nil:
		u.im.Undo.Missing++
		return nil
	case now.Revision != c.revision:
		u.im.Undo.Kept++
		return u.keep(ctx, before.Seq, rollcall.KeptChanged)
	}
	shares := c.copyBefore.Valid
	if now.Phone != before.Phone && shares && !u.list.AllowDuplicates {
		if shares, err = u.sharedBefore(ctx, before); err != nil {
			return err
		}
	}
	if now.Phone != before.Phone && shares && c.copyBefore.Int64 == 0 {
		if err := u.yieldFirst(ctx, before); err != nil {
			return err
		}
	}
	if now.Phone != before.Phone && !u.list.AllowDuplicates && !shares {
		taken, err := u.s.freeCopy(ctx, u.t, u.list, before)
		if err != nil {
			return err
		}
		if taken != 0 {
			frees, err := u.willFree(ctx, before.Phone, map[int64]bool{before.Seq: true})
			if err != nil {
				return err
			}
			if !frees {
				u.im.Undo.Kept++
				u.stay[before.Seq] = true
				return u.keep(ctx, before.Seq, rollcall.KeptNumberTaken)
			}
		}
	}
	u.im.Undo.Restored++
	if u.list.Type == rollcall.ListDNC {
		if err := remember(ctx, u.t, u.list, u.now, now); err != nil {
			return err
		}
		before.UpdatedAt = u.now // from when it holds again
	}
	return u.s.writeContact(ctx, u.t, update, u.list, now, before)
}

// sharedBefore tells whether all that have a contact's former number by now had it with
// the contact before the import: those of whom the import itself notes that, and those that
// nobody has changed since it was asked for.
func (u *undo) sharedBefore(ctx context.Context, before *rollcall.Contact) (bool, error) {
	var others bool
	err := u.t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+u.s.dialect.byNumber+` c WHERE c.account_key = $1 AND c.list_key = $2 AND c.phone = $3 AND c.seq <> $4 AND c.updated_at > $5
		AND NOT EXISTS (SELECT 1 FROM import_changes i WHERE i.account_key = $1 AND i.import_key = $6 AND i.seq = c.seq AND i.phone = $3))`,
		u.list.Owner.AccountKey, u.list.contentKey, int64(before.Phone), before.Seq, millis(u.im.CreatedAt), u.im.Key).Scan(&others)
	return !others, err
}

// yieldFirst makes the contact that is the first of a number by now a copy: the one given
// was the first before.
func (u *undo) yieldFirst(ctx context.Context, before *rollcall.Contact) error {
	n, err := affected(u.t.ExecContext(ctx, `UPDATE contacts SET copy = seq WHERE account_key = $1 AND list_key = $2
		AND seq = (SELECT seq FROM `+u.s.dialect.numbered+" WHERE account_key = $1 AND list_key = $2 AND phone = $3 AND copy = 0 AND seq <> $4)",
		u.list.Owner.AccountKey, u.list.contentKey, int64(before.Phone), before.Seq))
	u.list.hasCopies = u.list.hasCopies || n > 0
	return err
}

// willFree tells whether the contact that has a number gives it back by this undo:
// the import moved numbers from contact to contact. The contacts in asking are those
// that wait for one another.
func (u *undo) willFree(ctx context.Context, number phone.Number, asking map[int64]bool) (bool, error) {
	known, err := knownNumbers(ctx, u.t.Tx, u.s.dialect.numbers, u.list.Owner.AccountKey, u.list.contentKey, []int64{int64(number)}, 1)
	if err != nil {
		return false, err
	}
	seq, taken := known[number]
	if !taken || asking[seq] {
		return true, nil
	}
	if u.stay[seq] {
		return false, nil
	}
	var text string
	var copyBefore sql.NullInt64
	err = u.t.QueryRowContext(ctx, `SELECT i.before, i.copy_before FROM import_changes i JOIN contacts c ON c.account_key = i.account_key AND c.list_key = $4 AND c.seq = i.seq AND c.revision = i.revision
		WHERE i.account_key = $1 AND i.import_key = $2 AND i.seq = $3 AND i.before IS NOT NULL`, u.im.Owner.AccountKey, u.im.Key, seq, u.list.contentKey).Scan(&text, &copyBefore)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	var before rollcall.Contact
	if err == nil {
		err = json.Unmarshal([]byte(text), &before)
	}
	if err != nil || before.Phone == number || copyBefore.Valid {
		return err == nil && before.Phone != number, err
	}
	asking[seq] = true
	return u.willFree(ctx, before.Phone, asking)
}

// finish makes the list's files, columns, mapping and state what they were.
func (u *undo) finish(ctx context.Context) error {
	l, im := u.list, u.im
	var later bool
	err := u.t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM imports WHERE account_key = $1 AND list_key = $2 AND import_key > $3 AND begun AND NOT dry_run AND undo_state <> 'done')",
		im.Owner.AccountKey, im.ListKey, im.Key).Scan(&later)
	if err != nil {
		return err
	}
	l.UndoFile(im, later, u.now)
	im.EndUndo("", u.now)
	return uncorrectRejects(ctx, u.t, im)
}
