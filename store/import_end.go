package store

import (
	"context"
	"errors"
	"time"

	"rollcall"
)

// EndImport ends an import and gives its list as it is then, nil for a dry run
// and where the list was removed with the import that had made it (dropMadeList).
// The failure is nil for a file that was read to its end: then the new contents of
// a replacement take the place of the old at this moment. Where they are more than
// the account's limits allow by then it fails, and the import is to be ended as
// failed.
func (s *Store) EndImport(ctx context.Context, im *rollcall.Import, failure *rollcall.Failure, now time.Time) (*rollcall.ContactList, error) {
	s.sessions.drop(refOf(im))
	var l *listRow
	var current *rollcall.Import
	next := *im
	err := s.write(ctx, func(t *tx) (err error) {
		if im.ListKey == 0 {
			current, err = s.lockImport(ctx, t, im)
		} else {
			l, current, err = s.lockForImport(ctx, t, im)
		}
		if err != nil {
			return err
		}
		carryErased(&next, current)
		if err = next.End(failure, now); err != nil {
			return err
		}
		if l != nil && !im.Options.DryRun {
			if dropped, err := dropMadeList(ctx, t, l, &next); err != nil {
				return err
			} else if dropped {
				l = nil
				bumpVersion(t, im.Owner)
				return nil
			}
		}
		if l == nil || im.Options.DryRun || im.Before == nil && l.Status != rollcall.ListValidating {
			return saveImport(ctx, t, &next) // nothing of it shows in a list
		}
		if im.ContentKey != 0 && failure == nil {
			// A campaign may have begun while the file was read.
			if err := l.CheckStill(); err != nil {
				return err
			}
		}
		had := l.TotalRecordCount
		if l.actor = im.User; im.ContentKey != 0 && next.State == rollcall.ImportDone {
			if err := rememberAll(ctx, t, l, now); err != nil {
				return err
			}
		}
		endList(l, &next, now)
		if im.ContentKey != 0 {
			if l.idsIndexed && next.State == rollcall.ImportDone {
				// Another import may have begun to look ids up while this one gathered.
				if err := indexIDs(ctx, t, l); err != nil {
					return err
				}
			}
			// Other lists may have grown since the last block.
			if err := s.checkContacts(ctx, t, l, had, l.TotalRecordCount-had); err != nil {
				return err
			}
		}
		if err = errors.Join(saveImport(ctx, t, &next), saveList(ctx, t, l), s.entriesCame(ctx, t, l, now)); err != nil {
			return err
		}
		bumpVersion(t, im.Owner)
		return nil
	})
	if err != nil {
		return nil, err
	}
	*im = next
	if l == nil || im.Options.DryRun {
		return nil, nil
	}
	return &l.ContactList, nil
}

// endList notes the import's end in its list.
func endList(l *listRow, im *rollcall.Import, now time.Time) {
	if im.ContentKey == 0 {
		l.EndFile(now) // also of a list that was made for a file that could not be read
		return
	}
	if im.State != rollcall.ImportDone {
		return // another try goes on with what was gathered
	}
	was := im.Before
	im.Before = &rollcall.ListBefore{Status: l.Status, Columns: l.Columns, Mapping: l.Mapping, Files: l.Files, Count: l.TotalRecordCount}
	im.Previous, l.contentKey = l.contentKey, im.ContentKey
	l.TotalRecordCount, l.Files = im.Counts.Added-im.Erased, nil
	l.BeginFile(im.File, was.NextColumns, was.NextMapping, im.User, now)
	l.EndFile(now)
}
