package store

import (
	"context"
	"errors"
	"fmt"

	"rollcall"
)

// dropMadeList removes the list that an import made, when the import ended without
// a contact in it: else a file that nobody could read would have taken the name. It
// tells whether it did. The list stays when something else uses it by now: contacts,
// campaigns, another import, or somebody who changed it. The import stays, without a
// list; see remakeList.
func dropMadeList(ctx context.Context, t *tx, l *listRow, im *rollcall.Import) (dropped bool, err error) {
	if !im.LeftNothing() || l.TotalRecordCount > 0 || l.CheckDelete() != nil || l.Name != im.ListName || millis(l.UpdatedAt) != millis(im.LeftListAt(&l.ContactList)) {
		return false, nil
	}
	var others bool
	err = t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM imports WHERE account_key = $1 AND list_key = $2 AND import_key <> $3)",
		im.Owner.AccountKey, im.ListKey, im.Key).Scan(&others)
	if err != nil || others {
		return false, err
	}
	if im.ContentKey != 0 {
		if err := purgeLater(ctx, t, im.Owner.AccountKey, im.ContentKey); err != nil {
			return false, err
		}
	}
	if _, err := t.ExecContext(ctx, "DELETE FROM contact_lists WHERE account_key = $1 AND list_key = $2", im.Owner.AccountKey, l.Key); err != nil {
		return false, err
	}
	im.LoseList(&l.ContactList)
	if err := setListKey(ctx, t, im); err != nil {
		return false, err
	}
	return true, saveImport(ctx, t, im)
}

// remakeList makes the list of an import anew that is tried again. Its name may
// have been taken since.
func (s *Store) remakeList(ctx context.Context, t *tx, im *rollcall.Import) error {
	l := &listRow{ContactList: *im.Before.Lost}
	l.Owner = im.Owner
	if err := s.createList(ctx, t, l); err != nil {
		if e, told := errors.AsType[*rollcall.Error](err); told && e.Reason == rollcall.ReasonNameTaken {
			return rollcall.Conflict(rollcall.ReasonNameTaken, fmt.Sprintf("The list %s, which this import had made, was removed with it, and another has the name now; import the file into that one, or under another name.", l.Name))
		}
		return err
	}
	im.ListKey, im.Before = l.Key, nil
	if err := setListKey(ctx, t, im); err != nil {
		return err
	}
	bumpVersion(t, im.Owner)
	return nil
}

// setListKey writes which list an import belongs to, which saveImport does not: of
// most imports it never changes.
func setListKey(ctx context.Context, t *tx, im *rollcall.Import) error {
	_, err := t.ExecContext(ctx, "UPDATE imports SET list_key = $3 WHERE account_key = $1 AND import_key = $2", im.Owner.AccountKey, im.Key, im.ListKey)
	return err
}
