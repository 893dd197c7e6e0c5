package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"rollcall"
)

// importRef is the key of an import.
type importRef struct{ account, key int64 }

func refOf(im *rollcall.Import) importRef { return importRef{im.Owner.AccountKey, im.Key} }

// importColumns are the columns of an import: first its key and what never
// changes, and what others count up meanwhile (addMended, countErased);
// then from importState on what saveImport writes.
var importColumns = []string{
	"account_key", "import_key", "import_id", "application_id", "list_key", "list_id", "list_name", "user_id", "upload_id", "file_id", "file_name", "dry_run", "bytes", "created_at", "mended", "erased", "erased_before",
	"settings", "digest", "options", "state", "begun", "answer", "row_count", "added", "updated", "unchanged", "duplicate", "rejected", "blocked", "corrected", "on_dnc", "bytes_read",
	"failure_code", "failure", "cancel_requested", "worker", "lease_until", "started_at", "started_rows", "ended_at", "corrects", "into_key", "content_key", "previous_key", "list_before",
	"undo_state", "undo_removed", "undo_restored", "undo_kept", "undo_missing", "undo_failure", "undo_ended_at", "undo_position",
}

// importState is where in importColumns begins what changes.
const importState = 17

var (
	selectImports     = "SELECT " + joinColumns(importColumns) + " FROM imports WHERE account_key = $1"
	insertImportQuery = "INSERT INTO imports (" + joinColumns(importColumns) + ") VALUES (" + placeholders(1, len(importColumns)) + ")"
	saveImportQuery   = "UPDATE imports SET " + assignments(importColumns[importState:], 3) + " WHERE account_key = $1 AND import_key = $2"
)

// assignments are "a = $4, b = $5" and so on.
func assignments(columns []string, from int) string {
	var b strings.Builder
	for i, column := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s = $%d", column, from+i)
	}
	return b.String()
}

func importArgs(i *rollcall.Import) []any {
	c, u := &i.Counts, &i.Undo
	before := ""
	if i.Before != nil {
		before = toJSON(i.Before)
	}
	return []any{
		i.Owner.AccountKey, i.Key, i.ID, i.Owner.ApplicationID, i.ListKey, i.ListID, i.ListName, i.User, i.UploadID, i.File.ID, i.File.Name, i.Options.DryRun, i.Bytes, orZero(i.CreatedAt), c.Mended, i.Erased, i.ErasedBefore,
		toJSON(i.Options), i.Digest, i.OptionsKey, i.State, i.Begun, i.Answer, c.Rows, c.Added, c.Updated, c.Unchanged, c.Duplicate, c.Rejected, c.Blocked, c.Corrected, c.OnDNC, i.BytesRead,
		i.FailureCode, i.Failure, i.Cancel, i.Worker, orZero(i.LeaseUntil), orZero(i.StartedAt), i.StartedRows, nullTime(i.EndedAt), i.Corrects, i.Into, i.ContentKey, i.Previous, before,
		u.State, u.Removed, u.Restored, u.Kept, u.Missing, u.Failure, orZero(u.EndedAt), u.Position,
	}
}

func scanImport(r scanner) (*rollcall.Import, error) {
	var i rollcall.Import
	var created, lease, started, undone int64
	var dry bool
	var ended sql.NullInt64
	var settings, before string
	c, u := &i.Counts, &i.Undo
	err := r.Scan(
		&i.Owner.AccountKey, &i.Key, &i.ID, &i.Owner.ApplicationID, &i.ListKey, &i.ListID, &i.ListName, &i.User, &i.UploadID, &i.File.ID, &i.File.Name, &dry, &i.Bytes, &created, &c.Mended, &i.Erased, &i.ErasedBefore,
		&settings, &i.Digest, &i.OptionsKey, &i.State, &i.Begun, &i.Answer, &c.Rows, &c.Added, &c.Updated, &c.Unchanged, &c.Duplicate, &c.Rejected, &c.Blocked, &c.Corrected, &c.OnDNC, &i.BytesRead,
		&i.FailureCode, &i.Failure, &i.Cancel, &i.Worker, &lease, &started, &i.StartedRows, &ended, &i.Corrects, &i.Into, &i.ContentKey, &i.Previous, &before,
		&u.State, &u.Removed, &u.Restored, &u.Kept, &u.Missing, &u.Failure, &undone, &u.Position)
	if err != nil {
		return nil, err
	}
	i.CreatedAt, i.LeaseUntil, i.StartedAt, u.EndedAt = timeOrZero(created), timeOrZero(lease), timeOrZero(started), timeOrZero(undone)
	i.EndedAt = timeOrZero(ended.Int64)
	if before != "" {
		i.Before = new(rollcall.ListBefore)
		err = json.Unmarshal([]byte(before), i.Before)
	}
	return &i, errors.Join(err, json.Unmarshal([]byte(settings), &i.Options))
}

func scanImports(r *sql.Rows) (*rollcall.Import, error) { return scanImport(r) }

func insertImport(ctx context.Context, t *tx, i *rollcall.Import) error {
	_, err := t.ExecContext(ctx, insertImportQuery, importArgs(i)...)
	return err
}

func saveImport(ctx context.Context, t *tx, i *rollcall.Import) error {
	args := append([]any{i.Owner.AccountKey, i.Key}, importArgs(i)[importState:]...)
	_, err := t.ExecContext(ctx, saveImportQuery, args...)
	return err
}

const noImport = "There is no import with this id."

// ofAList is true of imports whose list is there, or was never there: those of a deleted
// list go with it, though they are removed later.
const ofAList = ` AND (list_key = 0 OR EXISTS (SELECT 1 FROM contact_lists l WHERE l.account_key = imports.account_key AND l.list_key = imports.list_key))`

// Import gives one import.
func (s *Store) Import(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.Import, error) {
	return loadImport(ctx, s.reader, owner, id, ofAList)
}

// loadImport gives one import. The rest of the query locks it, or asks for more.
func loadImport(ctx context.Context, q queryer, owner rollcall.Owner, id, rest string) (*rollcall.Import, error) {
	im, err := scanImport(q.QueryRowContext(ctx, selectImports+" AND application_id = $2 AND import_id = $3"+rest, owner.AccountKey, owner.ApplicationID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, rollcall.NotFound(noImport)
	}
	return im, err
}

// ImportFilter says which imports are wanted; an empty field takes any.
type ImportFilter struct {
	ListID string
	State  rollcall.ImportState
	Before int64 // only those with a smaller key; 0: from the newest
	Limit  int   // 1–1000
}

// Imports gives imports of an application, the newest first, one more than asked
// for where there are more.
func (s *Store) Imports(ctx context.Context, owner rollcall.Owner, f ImportFilter) ([]*rollcall.Import, error) {
	return all(ctx, s.reader, scanImports, selectImports+ofAList+` AND application_id = $2 AND ($3 = '' OR list_id = $3) AND ($4 = '' OR state = $4)
		AND ($5 = 0 OR import_key < $5) ORDER BY import_key DESC LIMIT $6`,
		owner.AccountKey, owner.ApplicationID, f.ListID, string(f.State), f.Before, f.Limit+1)
}

// UpdateImport changes an import under a rule: asking for its cancellation, another
// try or its undoing. A list that waited for the file of an import that ends by
// this, and for no other, is Validating no longer.
func (s *Store) UpdateImport(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.Import) error) (*rollcall.Import, error) {
	var im *rollcall.Import
	err := s.write(ctx, func(t *tx) error {
		l, err := s.lockListOf(ctx, t, owner, id)
		if err != nil {
			return err
		}
		if im, err = loadImport(ctx, t, owner, id, s.dialect.forUpdate); err != nil {
			return err
		}
		waited, before := !im.State.Ended(), im.Undo.State
		if err := rule(im); err != nil {
			return err
		}
		if l != nil && waited {
			if dropped, err := dropMadeList(ctx, t, l, im); err != nil {
				return err
			} else if dropped {
				bumpVersion(t, owner)
				return nil
			}
		}
		if l != nil && im.Undo.State != before {
			if err := l.CheckStill(); err != nil {
				return err
			}
			if !waited { // of one that ends by this, what it has done is looked at when it is taken back
				u := &undo{s: s, t: t, list: l, im: im}
				if err := u.checkContents(ctx); err != nil {
					return err
				}
			}
		}
		if err := saveImport(ctx, t, im); err != nil || l == nil || !waited || !im.State.Ended() {
			return err
		}
		return endWait(ctx, t, l, im)
	})
	if err != nil {
		return nil, err
	}
	return im, nil
}

// lockListOf locks the list of an import, which has to be done before the import is
// locked: in the order in which BeginImport does. It gives nil where there is none.
func (s *Store) lockListOf(ctx context.Context, t *tx, owner rollcall.Owner, id string) (*listRow, error) {
	im, err := loadImport(ctx, t, owner, id, "")
	if err != nil || im.ListKey == 0 {
		return nil, err
	}
	l, err := s.lockList(ctx, t, owner, im.ListID)
	return l, ignoreNotFound(err)
}

// endWait ends the state Validating of a list whose waiting import was cancelled,
// unless another import is to feed it.
func endWait(ctx context.Context, t *tx, l *listRow, im *rollcall.Import) error {
	if im.Options.DryRun || l.Status != rollcall.ListValidating {
		return nil
	}
	var others bool
	err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM imports WHERE account_key = $1 AND list_key = $2 AND NOT dry_run
		AND (state = 'queued' OR state = 'running' OR undo_state = 'queued' OR undo_state = 'running'))`, im.Owner.AccountKey, im.ListKey).Scan(&others)
	if err != nil || others {
		return err
	}
	l.EndFile(im.EndedAt)
	if err := saveList(ctx, t, l); err != nil {
		return err
	}
	bumpVersion(t, im.Owner)
	return nil
}

// RetryImport queues an import again that failed or was cancelled. Where it begins
// anew, its ledger does too. It is a conflict where the list was replaced since.
func (s *Store) RetryImport(ctx context.Context, owner rollcall.Owner, id string, now time.Time) (*rollcall.Import, error) {
	var im *rollcall.Import
	err := s.write(ctx, func(t *tx) (err error) {
		l, err := s.lockListOf(ctx, t, owner, id)
		if err != nil {
			return err
		}
		if im, err = loadImport(ctx, t, owner, id, s.dialect.forUpdate); err != nil {
			return err
		}
		fresh, err := im.Retry(now)
		if err != nil {
			return err
		}
		if l != nil {
			if err := goOnWith(ctx, t, l, im); err != nil {
				return err
			}
		}
		if fresh {
			if err := errors.Join(forgetRows(ctx, t, refOf(im)), resetMended(ctx, t, refOf(im))); err != nil {
				return err
			}
		}
		if im.LostList() {
			if err := errors.Join(uncorrectRejects(ctx, t, im), s.remakeList(ctx, t, im)); err != nil {
				return err
			}
		}
		return saveImport(ctx, t, im)
	})
	if err != nil {
		return nil, err
	}
	return im, nil
}

// goOnWith readies an import for the contents that its list has now; see
// Import.GoOnWith.
func goOnWith(ctx context.Context, t *tx, l *listRow, im *rollcall.Import) error {
	if !im.Left(l.contentKey) {
		return nil
	}
	var id, file string
	err := t.QueryRowContext(ctx, "SELECT import_id, file_name FROM imports WHERE account_key = $1 AND list_key = $2 AND content_key = $3", im.Owner.AccountKey, l.Key, l.contentKey).Scan(&id, &file)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	replacement := "an import that is not known any more"
	if err == nil {
		replacement = "the import " + id + " of the file " + file
	}
	return im.GoOnWith(l.contentKey, replacement)
}

// forgetRows removes what an import noted of its rows.
func forgetRows(ctx context.Context, t *tx, ref importRef) error {
	for _, table := range importTables {
		if _, err := t.ExecContext(ctx, "DELETE FROM "+table+" WHERE account_key = $1 AND import_key = $2", ref.account, ref.key); err != nil {
			return err
		}
	}
	return nil
}

func orZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return millis(t)
}

func timeOrZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return fromMillis(ms)
}

func nullTime(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: orZero(t), Valid: !t.IsZero()}
}
