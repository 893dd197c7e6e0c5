package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall"
)

// QueueImport makes an import that waits for a process to run it, and its list
// when that is new (a dry run makes none). It fills in Key, ListID, ListKey and
// CreatedAt. A file that is known to have been imported into the list before is a
// conflict, unless the options say to import it again.
func (s *Store) QueueImport(ctx context.Context, im *rollcall.Import, newList *rollcall.ContactList, now time.Time) error {
	return s.write(ctx, func(t *tx) (err error) {
		if im.Key, err = nextKey(ctx, t, im.Owner.AccountKey); err != nil {
			return err
		}
		l, err := s.queuedList(ctx, t, im, newList)
		if err != nil {
			return err
		}
		if l != nil {
			im.ListID, im.ListKey, im.ListName = l.ID, l.Key, l.Name
			if err := checkFirst(ctx, t, im); err != nil {
				return err
			}
		}
		// The lock keeps the file from being removed at this moment.
		u, err := loadUpload(ctx, t, im.Owner, im.UploadID, s.dialect.forUpdate)
		if err != nil {
			return err
		}
		if !u.Complete {
			return rollcall.Conflict(rollcall.ReasonInvalidState, "The upload is not complete; send the rest of the file first.")
		}
		im.State, im.CreatedAt = rollcall.ImportQueued, now
		return insertImport(ctx, t, im)
	})
}

// queuedList locks the list that an import is for, or makes it; nil for a dry run
// into a list that is not there.
func (s *Store) queuedList(ctx context.Context, t *tx, im *rollcall.Import, newList *rollcall.ContactList) (*listRow, error) {
	if newList == nil {
		l, err := s.lockList(ctx, t, im.Owner, im.ListID)
		if err != nil {
			return nil, err
		}
		if im.Options.Mode == rollcall.ModeReplace && !im.Options.DryRun {
			if err := l.CheckStill(); err != nil {
				return nil, err
			}
		}
		return l, nil
	}
	im.ListName = newList.Name
	if im.Options.DryRun {
		return nil, errors.Join(newList.Validate(), s.checkLists(ctx, t, im.Owner.AccountKey), checkName(ctx, t, newList))
	}
	l := &listRow{ContactList: *newList}
	if err := s.createList(ctx, t, l); err != nil {
		return nil, err
	}
	bumpVersion(t, im.Owner)
	return l, nil
}

// BeginImport makes an import of a local file, and its list when that is new, and
// begins it. When an import of the same file under the same rules into the list
// was cut short and no process works on it, it gives that one, to go on from
// Counts.Rows. It is a conflict when another process is working on an import into
// the list.
func (s *Store) BeginImport(ctx context.Context, b rollcall.ImportStart, now time.Time) (*rollcall.Import, error) {
	im, err := s.beginImport(ctx, b, now)
	if e, ok := errors.AsType[*rollcall.Error](err); ok && e.Reason == rollcall.ReasonNameTaken {
		// Another process made the list between our look and our insert.
		return s.beginImport(ctx, b, now)
	}
	return im, err
}

func (s *Store) beginImport(ctx context.Context, b rollcall.ImportStart, now time.Time) (im *rollcall.Import, err error) {
	err = s.write(ctx, func(t *tx) error {
		key, err := nextKey(ctx, t, b.Owner.AccountKey)
		if err != nil {
			return err
		}
		l, err := s.listForImport(ctx, t, b, now)
		if err != nil {
			return err
		}
		b.Options.Complete(l != nil && l.AllowDuplicates)
		im = localImport(key, b, now)
		if b.Options.Mode == rollcall.ModeReplace {
			if im.ContentKey, err = nextKey(ctx, t, b.Owner.AccountKey); err != nil {
				return err
			}
		}
		if l != nil {
			same, err := s.unfinished(ctx, t, l, b, now)
			if err != nil {
				return err
			}
			if im.ListID, im.ListKey, im.ListName = l.ID, l.Key, l.Name; same != nil {
				im = same
				return nil
			}
		}
		if err := insertImport(ctx, t, im); err != nil {
			return err
		}
		return s.begin(ctx, t, l, im, b, now)
	})
	return im, err
}

func localImport(key int64, b rollcall.ImportStart, now time.Time) *rollcall.Import {
	return &rollcall.Import{
		Key: key, ID: rollcall.NewID(rollcall.PrefixImport), Owner: b.Owner, User: b.User, ListName: b.ListName, File: b.File, Bytes: b.Bytes, Options: b.Options,
		State: rollcall.ImportRunning, Worker: b.Worker, LeaseUntil: now.Add(rollcall.ImportLease), CreatedAt: now,
	}
}

// BeginClaimed begins an import that its worker has claimed and whose file it has
// understood by now.
func (s *Store) BeginClaimed(ctx context.Context, im *rollcall.Import, b rollcall.ImportStart, now time.Time) error {
	next := *im
	err := s.write(ctx, func(t *tx) (err error) {
		var l *listRow
		if b.Options.Mode == rollcall.ModeReplace && next.ContentKey == 0 {
			if next.ContentKey, err = nextKey(ctx, t, im.Owner.AccountKey); err != nil {
				return err
			}
		}
		var current *rollcall.Import
		if im.ListKey != 0 {
			l, current, err = s.lockForImport(ctx, t, im)
		} else {
			current, err = s.lockImport(ctx, t, im)
		}
		if err != nil {
			return err
		}
		if current.Cancel {
			return errCancelled
		}
		return s.begin(ctx, t, l, &next, b, now)
	})
	if err == nil {
		*im = next
	}
	return err
}

// begin notes in the import and in its list that rows are read from now on. The
// list is nil for a dry run into one that is not there.
func (s *Store) begin(ctx context.Context, t *tx, l *listRow, im *rollcall.Import, b rollcall.ImportStart, now time.Time) (err error) {
	im.Begun, im.Digest, im.Answer, im.Corrects, im.Options = true, b.Digest, b.Answer, b.Corrects, b.Options
	im.OptionsKey = b.Rules.OptionsKey(b.Options)
	im.LeaseUntil = now.Add(rollcall.ImportLease)
	im.GoOn(now)
	if l == nil || im.Options.DryRun || b.Refused {
		im.ContentKey = 0
		return saveImport(ctx, t, im)
	}
	if err := checkFirst(ctx, t, im); err != nil {
		return err
	}
	im.Before = &rollcall.ListBefore{Status: l.Status, Columns: l.Columns, Mapping: l.Mapping, Files: l.Files, Count: l.TotalRecordCount}
	if im.Options.Match == rollcall.MatchUniqueID && !l.idsIndexed {
		if err := indexIDs(ctx, t, l); err != nil {
			return err
		}
	}
	if im.Options.Mode == rollcall.ModeReplace {
		// Readers see the list as it is until the new contents are whole.
		im.Before.NextColumns, im.Before.NextMapping = b.Columns, b.Rules.Mapping
	} else {
		im.Into = l.contentKey
		l.BeginFile(im.File, b.Columns, b.Rules.Mapping, b.User, now)
	}
	im.Before.UpdatedAt = l.UpdatedAt
	if err := errors.Join(saveImport(ctx, t, im), saveList(ctx, t, l)); err != nil {
		return err
	}
	bumpVersion(t, im.Owner)
	return nil
}

// CheckFirst refuses a file whose content was imported into the list before, and names
// that import, unless the options say to import it again. Of im it takes Owner,
// ListKey, ListName, Digest and Options.
func (s *Store) CheckFirst(ctx context.Context, im *rollcall.Import) error {
	return checkFirst(ctx, s.reader, im)
}

// checkFirst refuses a file whose content was imported into the list before, and
// names that import.
func checkFirst(ctx context.Context, q queryer, im *rollcall.Import) error {
	if im.Options.Again || im.Options.DryRun || im.Digest == "" {
		return nil
	}
	earlier, err := all(ctx, q, scanImports, selectImports+` AND list_key = $2 AND digest = $3 AND state = 'done' AND undo_state = '' AND NOT dry_run AND import_key <> $4
		ORDER BY import_key DESC LIMIT 1`, im.Owner.AccountKey, im.ListKey, im.Digest, im.Key)
	if err != nil || len(earlier) == 0 {
		return err
	}
	e := earlier[0]
	return rollcall.Conflict(rollcall.ReasonAlreadyImported, fmt.Sprintf("A file with exactly this content, %s, was imported into the list %s on %s (%s). Set the option again (--again on the command line) if that is meant.",
		e.File.Name, im.ListName, e.EndedAt.UTC().Format("2006-01-02 15:04 UTC"), e.ID))
}

// indexIDs begins to keep the own ids of a list's contacts where they can be
// looked up. What is kept of these contents already is made anew.
func indexIDs(ctx context.Context, t *tx, l *listRow) error {
	l.idsIndexed = true
	if _, err := t.ExecContext(ctx, "DELETE FROM contact_unique_ids WHERE account_key = $1 AND content_key = $2", l.Owner.AccountKey, l.contentKey); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `INSERT INTO contact_unique_ids (account_key, content_key, unique_id, seq)
		SELECT account_key, list_key, unique_id, seq FROM contacts WHERE account_key = $1 AND list_key = $2 AND unique_id IS NOT NULL AND unique_id <> ''`,
		l.Owner.AccountKey, l.contentKey)
	return err
}

// listForImport locks the list that a local file goes into, and makes it when it
// is new; nil for a dry run into one that is not there.
func (s *Store) listForImport(ctx context.Context, t *tx, b rollcall.ImportStart, now time.Time) (*listRow, error) {
	l, err := loadList(ctx, t, b.Owner, " AND name_key = $3"+s.dialect.forUpdate, rollcall.NameKey(b.ListName), "no such list")
	switch {
	case err == nil:
		return l, nil
	case rollcall.CodeOf(err) != rollcall.CodeNotFound:
		return nil, err
	case b.Refused:
		return nil, nil
	case b.Options.DryRun:
		return nil, s.checkLists(ctx, t, b.Owner.AccountKey)
	}
	fresh := newListOf(b.Options.ListType, now)
	fresh.Owner, fresh.Name, fresh.Description = b.Owner, b.ListName, b.Description
	fresh.PhoneRule, fresh.Region = b.Rules.PhoneRule, b.Rules.Region
	fresh.CreatedBy, fresh.UpdatedBy = b.User, b.User
	row := &listRow{ContactList: *fresh}
	return row, s.createList(ctx, t, row)
}

// newListOf makes an empty list that a file is to feed.
func newListOf(typ rollcall.ListType, now time.Time) *rollcall.ContactList {
	if typ == rollcall.ListDNC {
		return rollcall.NewDNCList(rollcall.SourceLocalDrive, now)
	}
	return rollcall.NewContactList(rollcall.SourceLocalDrive, now)
}

// unfinished settles the imports into the list that did not end: one that is
// alive is a conflict, one of the same file under the same rules is taken over,
// one that another process can go on with is left to it, and any other is closed
// as failed.
func (s *Store) unfinished(ctx context.Context, t *tx, l *listRow, b rollcall.ImportStart, now time.Time) (*rollcall.Import, error) {
	if b.Options.DryRun {
		return nil, nil // it keeps out of nobody's way
	}
	open, err := openImports(ctx, t, l)
	if err != nil {
		return nil, err
	}
	var same *rollcall.Import
	for _, im := range open {
		switch {
		case im.Alive(now) || im.UploadID != "" || im.Undo.State != rollcall.UndoNone:
			return nil, rollcall.Conflict(rollcall.ReasonImportRunning, fmt.Sprintf("The file %s is being imported into the list %s; try again when that has ended.", im.File.Name, l.Name))
		case im.Digest == b.Digest && im.OptionsKey == b.Rules.OptionsKey(b.Options) && !im.Left(l.contentKey):
			same = im
		case im.Options.Strict:
			// Closed, it would be taken back, and with it what this import matches.
			return nil, rollcall.Conflict(rollcall.ReasonImportRunning, fmt.Sprintf("The import of the file %s into the list %s, all rows or none, was cut short; repeat its command, or cancel it, first.", im.File.Name, l.Name))
		default:
			if err := closeCutShort(ctx, t, im, now); err != nil {
				return nil, err
			}
		}
	}
	if same != nil {
		same.Worker, same.LeaseUntil = b.Worker, now.Add(rollcall.ImportLease)
		same.GoOn(now)
		return same, saveImport(ctx, t, same)
	}
	return nil, nil
}

// openImports are the imports into a list that run, or whose undo does or is to;
// alive or not. Dry runs do not count.
func openImports(ctx context.Context, t *tx, l *listRow) ([]*rollcall.Import, error) {
	return all(ctx, t, scanImports, selectImports+" AND list_key = $2 AND (state = 'running' OR undo_state = 'running' OR undo_state = 'queued') AND NOT dry_run ORDER BY import_key", l.Owner.AccountKey, l.Key)
}

// closeCutShort fails an import of a local file whose command was killed, so that
// another import can begin.
func closeCutShort(ctx context.Context, t *tx, im *rollcall.Import, now time.Time) error {
	failure := rollcall.Failure{Code: rollcall.FailureInterrupted, Message: "It was cut short, and another import into the list began."}
	if err := im.End(&failure, now); err != nil {
		return err
	}
	return saveImport(ctx, t, im)
}
