package store

import (
	"context"
	"database/sql"

	"rollcall"
)

// swapBack gives a list the contents that a replacement took away. What was added
// or changed since the replacement is kept: it is moved into the old contents,
// where it takes the place of a contact with the same number.
func (u *undo) swapBack(ctx context.Context) error {
	l, im := u.list, u.im
	if im.Previous == 0 || l.contentKey != im.ContentKey {
		return u.dropGathered(ctx)
	}
	ranges, err := ledgerRanges(ctx, u.t, refOf(im))
	if err != nil {
		return err
	}
	if err := rememberAll(ctx, u.t, l, u.now); err != nil {
		return err
	}
	old := *l
	old.contentKey, old.hasCopies, old.TotalRecordCount = im.Previous, true, im.Before.Count-im.ErasedBefore
	var ownKept int64
	im.Undo.Kept = 0
	for after, more := int64(0), true; more; {
		var kept []rollcall.Contact
		if kept, after, more, err = u.changedSince(ctx, ranges, after); err != nil {
			return err
		}
		if len(kept) > 0 {
			if err := rankFrom(ctx, u.t, l.Owner.AccountKey, old.contentKey, kept[0].Seq); err != nil {
				return err
			}
		}
		if err := u.moveBack(ctx, &old, kept); err != nil {
			return err
		}
		for i := range kept {
			if _, mine := ranges.row(kept[i].Seq); mine {
				ownKept++
			}
		}
		im.Undo.Kept += int64(len(kept))
	}
	im.Undo.Restored = old.TotalRecordCount - im.Undo.Kept // the others gave way to what came since
	im.Undo.Removed = l.TotalRecordCount - im.Undo.Kept
	im.Undo.Missing = im.Counts.Added - im.Undo.Removed - ownKept
	l.contentKey, l.hasCopies, l.TotalRecordCount = old.contentKey, true, old.TotalRecordCount
	im.Previous = 0
	// What imports have brought since stands in the old contents by now.
	if _, err := u.t.ExecContext(ctx, "UPDATE imports SET into_key = $4 WHERE account_key = $1 AND list_key = $2 AND into_key = $3", l.Owner.AccountKey, l.Key, im.ContentKey, old.contentKey); err != nil {
		return err
	}
	if err := holdFromNow(ctx, u.t, l, u.now); err != nil {
		return err
	}
	if l.idsIndexed {
		// The old contents' index may be missing, or lack what was moved.
		if err := indexIDs(ctx, u.t, l); err != nil {
			return err
		}
	}
	return purgeLater(ctx, u.t, l.Owner.AccountKey, im.ContentKey)
}

// dropGathered drops what a replacement gathered that was never put in place.
func (u *undo) dropGathered(ctx context.Context) error {
	if u.im.State == rollcall.ImportDone {
		return rollcall.Conflict(rollcall.ReasonInvalidState, "What the list held before this replacement is kept no longer; import an earlier file again.")
	}
	err := purgeLater(ctx, u.t, u.list.Owner.AccountKey, u.im.ContentKey)
	u.im.ContentKey = 0
	return err
}

// movedAtOnce bounds the contacts that an undo of a replacement holds in memory, and
// that a statement of it moves.
const movedAtOnce = 2_000

// changedSince gives the next contacts of a replacement's contents, by sequence
// number, that it did not add, or that were changed afterwards; and how far it
// looked, and whether there may be more.
func (u *undo) changedSince(ctx context.Context, ranges seqRanges, after int64) (kept []rollcall.Contact, last int64, more bool, err error) {
	l, end := u.list, int64(0)
	if n := len(ranges); n > 0 {
		end = ranges[n-1].firstSeq + ranges[n-1].rows - 1
	}
	// Contacts between two blocks of the import cannot be: while it ran, they went
	// into the old contents.
	candidates, err := all(ctx, u.t, scanContact, "SELECT "+contactColumnsRead+` FROM contacts c WHERE account_key = $1 AND list_key = $2 AND seq > $3
		AND (revision > 1 OR seq > $4) ORDER BY seq LIMIT $5`, l.Owner.AccountKey, l.contentKey, after, end, movedAtOnce)
	if err != nil || len(candidates) == 0 {
		return nil, after, false, err
	}
	last = candidates[len(candidates)-1].Seq
	own := map[int64]int64{} // the revision that the import itself left
	changes, err := all(ctx, u.t, func(r *sql.Rows) (c [2]int64, err error) { err = r.Scan(&c[0], &c[1]); return c, err },
		"SELECT seq, revision FROM import_changes WHERE account_key = $1 AND import_key = $2 AND seq BETWEEN $3 AND $4", u.im.Owner.AccountKey, u.im.Key, candidates[0].Seq, last)
	for _, c := range changes {
		own[c[0]] = c[1]
	}
	for _, c := range candidates {
		if revision, mine := own[c.Seq]; !mine || revision != c.Revision {
			kept = append(kept, c)
		}
	}
	return kept, last, len(candidates) == movedAtOnce, err
}
