package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rollcall"
)

// claimLook is how many waiting imports are read at once in a look for work.
const claimLook = 100

// ClaimImport gives a worker the next import to run, or to undo, the oldest first:
// one that waits, or one whose worker gave no sign of life for the length of a
// lease. Imports into one list take turns. It gives nil when there is nothing to
// do.
func (s *Store) ClaimImport(ctx context.Context, worker string, now time.Time) (*rollcall.Import, error) {
	busy := map[importRef]bool{} // lists of which it is not the turn of any other import either
	for offset := 0; ; offset += claimLook {
		waiting, err := s.waiting(ctx, now, offset)
		if err != nil || len(waiting) == 0 {
			return nil, err
		}
		for _, im := range waiting {
			list := importRef{im.Owner.AccountKey, im.ListKey}
			takesTurns := im.ListKey != 0 && !im.Options.DryRun && im.Undo.State == rollcall.UndoNone
			if takesTurns && busy[list] {
				continue
			}
			claimed, err := s.claim(ctx, im, worker, now)
			if err != nil || claimed != nil {
				return claimed, err
			}
			busy[list] = busy[list] || takesTurns
		}
	}
}

// waiting gives some of the imports that wait for a worker, the oldest first.
func (s *Store) waiting(ctx context.Context, now time.Time, offset int) ([]*rollcall.Import, error) {
	return all(ctx, s.reader, scanImports, "SELECT "+joinColumns(importColumns)+` FROM imports
		WHERE (state = 'queued' OR state = 'running' OR undo_state = 'queued' OR undo_state = 'running')
		AND (state = 'queued' OR undo_state = 'queued' OR lease_until <= $1 AND (upload_id <> '' OR undo_state = 'running'))
		ORDER BY created_at, import_key LIMIT $2 OFFSET $3`, millis(now), claimLook, offset)
}

// claim tries to make an import a worker's; nil when it is not its turn, or
// another process was faster.
func (s *Store) claim(ctx context.Context, candidate *rollcall.Import, worker string, now time.Time) (claimed *rollcall.Import, err error) {
	err = s.write(ctx, func(t *tx) error {
		var l *listRow
		if candidate.ListKey != 0 {
			// The list's lock makes processes that look at the same moment take turns.
			if l, err = s.lockList(ctx, t, candidate.Owner, candidate.ListID); err != nil {
				return ignoreNotFound(err)
			}
		}
		im, err := loadImport(ctx, t, candidate.Owner, candidate.ID, s.dialect.forUpdate)
		if err != nil {
			return ignoreNotFound(err)
		}
		if l != nil && !im.Options.DryRun {
			if free, err := freeForTurn(ctx, t, l, im, now); err != nil || !free {
				return err
			}
		}
		if !take(im, worker, now) {
			return nil
		}
		if l != nil && im.State == rollcall.ImportRunning {
			if err := goOnWith(ctx, t, l, im); err != nil {
				return s.endReplaced(ctx, t, l, im, err, now)
			}
		}
		claimed = im
		return saveImport(ctx, t, im)
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// endReplaced fails an import that would go on in a list which was replaced since.
func (s *Store) endReplaced(ctx context.Context, t *tx, l *listRow, im *rollcall.Import, cause error, now time.Time) error {
	e, told := errors.AsType[*rollcall.Error](cause)
	if !told {
		return cause
	}
	if err := im.End(&rollcall.Failure{Code: rollcall.FailureInterrupted, Message: e.Message}, now); err != nil {
		return err
	}
	bumpVersion(t, im.Owner)
	return errors.Join(saveImport(ctx, t, im), endWait(ctx, t, l, im))
}

// take is true where there was something to take.
func take(im *rollcall.Import, worker string, now time.Time) bool {
	if im.Undo.State == rollcall.UndoQueued || im.Undo.State == rollcall.UndoRunning && !now.Before(im.LeaseUntil) {
		im.Undo.State, im.Worker, im.LeaseUntil = rollcall.UndoRunning, worker, now.Add(rollcall.ImportLease)
		return true
	}
	return im.Claim(worker, now) == nil
}

func ignoreNotFound(err error) error {
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return nil // the list was deleted meanwhile
	}
	return err
}

// freeForTurn tells whether no other import into the list, or undo of one, is
// under way. A command's import that was killed is closed: only that command could
// go on with it, and it has made room for others since.
func freeForTurn(ctx context.Context, t *tx, l *listRow, im *rollcall.Import, now time.Time) (bool, error) {
	open, err := openImports(ctx, t, l)
	if err != nil {
		return false, err
	}
	for _, other := range open {
		switch {
		case other.Key == im.Key:
		case other.Undo.State == rollcall.UndoQueued:
			// What is about to be taken back must not be matched. Undos do not wait for
			// one another's turn: both would wait for ever.
			if im.Undo.State == rollcall.UndoNone {
				return false, nil
			}
		case other.Alive(now) || other.UploadID != "" || other.Undo.State == rollcall.UndoRunning:
			return false, nil
		default:
			if err := closeCutShort(ctx, t, other, now); err != nil {
				return false, err
			}
			if other.Undo.State != rollcall.UndoNone && im.Undo.State == rollcall.UndoNone {
				return false, nil
			}
		}
	}
	return true, nil
}

// RenewImport gives an import, or its undo, another lease, if it is still its
// worker's. It tells whether somebody asked for its end.
func (s *Store) RenewImport(ctx context.Context, im *rollcall.Import, now time.Time) (cancel bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		err := t.QueryRowContext(ctx, `UPDATE imports SET lease_until = $4
			WHERE account_key = $1 AND import_key = $2 AND worker = $3 AND (state = 'running' OR undo_state = 'running') RETURNING cancel_requested`,
			im.Owner.AccountKey, im.Key, im.Worker, millis(now.Add(rollcall.ImportLease))).Scan(&cancel)
		if errors.Is(err, sql.ErrNoRows) {
			return errTakenOver
		}
		return err
	})
	return cancel, err
}

// PauseImport gives the lease of a running import, or undo, back, so that the next
// process need not wait for it to run out.
func (s *Store) PauseImport(ctx context.Context, im *rollcall.Import, now time.Time) error {
	s.sessions.drop(refOf(im))
	err := s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE imports SET lease_until = $4 WHERE account_key = $1 AND import_key = $2 AND worker = $3
			AND (state = 'running' OR undo_state = 'running')`, im.Owner.AccountKey, im.Key, im.Worker, millis(now))
		return err
	})
	if err == nil {
		im.LeaseUntil = now
	}
	return err
}

// ReleaseImports makes the jobs of servers that were killed free at once, where it
// is known that no other server is alive: on SQLite, one server has the folder.
func (s *Store) ReleaseImports(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "UPDATE imports SET lease_until = 0 WHERE upload_id <> '' AND (state = 'running' OR undo_state = 'running')")
		return err
	})
}

var errTakenOver = rollcall.Conflict(rollcall.ReasonTakenOver, "Another process has taken this import over.")

// lockForImport locks an import's list and then the import: in the order in which
// BeginImport does, else the two could wait for each other.
func (s *Store) lockForImport(ctx context.Context, t *tx, im *rollcall.Import) (l *listRow, now *rollcall.Import, err error) {
	l, err = s.lockList(ctx, t, im.Owner, im.ListID)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return nil, nil, errListDeleted
	}
	if err != nil {
		return nil, nil, err
	}
	now, err = s.lockImport(ctx, t, im)
	return l, now, err
}

var errListDeleted = rollcall.Conflict(rollcall.ReasonTakenOver, "The list was deleted while the file was read.")

// lockImport makes sure that the import is still ours and where we think it is.
func (s *Store) lockImport(ctx context.Context, t *tx, im *rollcall.Import) (*rollcall.Import, error) {
	now, err := loadImport(ctx, t, im.Owner, im.ID, s.dialect.forUpdate)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return nil, errListDeleted
	}
	if err != nil {
		return nil, err
	}
	if now.State != im.State || now.Undo.State != im.Undo.State || now.Worker != im.Worker || now.Counts.Rows != im.Counts.Rows {
		return nil, errTakenOver
	}
	return now, nil
}
