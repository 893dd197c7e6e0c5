package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rollcall"
)

// importRef is the key of an import.
type importRef struct{ account, key int64 }

var rejectColumns = []string{"account_key", "import_key", "row_number", "code", "message", "raw"}

const selectImports = `SELECT import_key, import_id, application_id, list_key, list_id, file_id, file_name, digest, options, state, row_count, added, updated,
	unchanged, duplicate, rejected, blocked, failure, worker, lease_until, started_at, ended_at FROM imports WHERE account_key = $1`

func scanImport(r scanner, account int64) (*rollcall.Import, error) {
	i := rollcall.Import{Owner: rollcall.Owner{AccountKey: account}}
	var lease, started int64
	var ended sql.NullInt64
	c := &i.Counts
	err := r.Scan(&i.Key, &i.ID, &i.Owner.ApplicationID, &i.ListKey, &i.ListID, &i.File.ID, &i.File.Name, &i.Digest, &i.Options, &i.State, &c.Rows,
		&c.Added, &c.Updated, &c.Unchanged, &c.Duplicate, &c.Rejected, &c.Blocked, &i.Failure, &i.Worker, &lease, &started, &ended)
	i.LeaseUntil, i.StartedAt = fromMillis(lease), fromMillis(started)
	if ended.Valid {
		i.EndedAt = fromMillis(ended.Int64)
	}
	return &i, err
}

// BeginImport makes an import, and its list when that is new. When an import of
// the same file under the same rules into the list was cut short and no process
// works on it, it gives that one, to go on from Counts.Rows. It is a conflict
// when another process is working on an import into the list.
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
		if im, err = s.unfinished(ctx, t, l, b, now); err != nil || im != nil {
			return err
		}
		im = newImport(key, l, b, now)
		if err := insertImport(ctx, t, im); err != nil {
			return err
		}
		l.BeginFile(b.File, b.Columns, b.Rules.Mapping, b.User, now)
		if err := saveList(ctx, t, l); err != nil {
			return err
		}
		return bumpVersion(ctx, t, b.Owner)
	})
	return im, err
}

func newImport(key int64, l *listRow, b rollcall.ImportStart, now time.Time) *rollcall.Import {
	return &rollcall.Import{
		Key: key, ID: rollcall.NewID(rollcall.PrefixImport), Owner: b.Owner, ListID: l.ID, ListKey: l.Key, File: b.File, Digest: b.Digest,
		Options: b.Rules.OptionsKey(), State: rollcall.ImportRunning, Worker: b.Worker, LeaseUntil: now.Add(rollcall.ImportLease), StartedAt: now,
	}
}

// listForImport locks the list that a file goes into, and makes it when it is new.
func (s *Store) listForImport(ctx context.Context, t *tx, b rollcall.ImportStart, now time.Time) (*listRow, error) {
	l, err := loadList(ctx, t, b.Owner, " AND name_key = $3"+s.dialect.forUpdate, rollcall.NameKey(b.ListName), "no such list")
	switch {
	case err == nil:
		return l, l.CheckFile()
	case rollcall.CodeOf(err) != rollcall.CodeNotFound:
		return nil, err
	}
	fresh := rollcall.NewContactList(rollcall.SourceLocalDrive, now)
	fresh.Owner, fresh.Name, fresh.Description = b.Owner, b.ListName, b.Description
	fresh.PhoneRule, fresh.Region = b.Rules.PhoneRule, b.Rules.Region
	fresh.CreatedBy, fresh.UpdatedBy = b.User, b.User
	row := &listRow{ContactList: *fresh}
	return row, createList(ctx, t, row, &row.Key)
}

// unfinished settles the imports into the list that did not end: one that is
// alive is a conflict, one of the same file under the same rules is taken over,
// and any other is closed as failed.
func (s *Store) unfinished(ctx context.Context, t *tx, l *listRow, b rollcall.ImportStart, now time.Time) (*rollcall.Import, error) {
	open, err := all(ctx, t, func(r *sql.Rows) (*rollcall.Import, error) { return scanImport(r, b.Owner.AccountKey) },
		selectImports+" AND list_key = $2 AND state = 'running' ORDER BY import_key", b.Owner.AccountKey, l.Key)
	if err != nil {
		return nil, err
	}
	var same *rollcall.Import
	for _, im := range open {
		switch {
		case im.Alive(now):
			return nil, rollcall.Conflict(rollcall.ReasonImportRunning, fmt.Sprintf("The file %s is being imported into the list %s; try again when that has ended.", im.File.Name, l.Name))
		case im.Digest == b.Digest && im.Options == b.Rules.OptionsKey():
			same = im
		default:
			if err := im.End("It was cut short, and another import into the list began.", now); err != nil {
				return nil, err
			}
			if err := saveImport(ctx, t, im); err != nil {
				return nil, err
			}
		}
	}
	if same != nil {
		same.Worker, same.LeaseUntil = b.Worker, now.Add(rollcall.ImportLease)
		return same, saveImport(ctx, t, same)
	}
	return nil, nil
}

func insertImport(ctx context.Context, t *tx, i *rollcall.Import) error {
	c := i.Counts
	_, err := t.ExecContext(ctx, `INSERT INTO imports (account_key, import_key, import_id, application_id, list_key, list_id, file_id, file_name, digest,
		options, state, row_count, added, updated, unchanged, duplicate, rejected, blocked, failure, worker, lease_until, started_at)
		VALUES (`+placeholders(1, 22)+`)`,
		i.Owner.AccountKey, i.Key, i.ID, i.Owner.ApplicationID, i.ListKey, i.ListID, i.File.ID, i.File.Name, i.Digest, i.Options, i.State,
		c.Rows, c.Added, c.Updated, c.Unchanged, c.Duplicate, c.Rejected, c.Blocked, i.Failure, i.Worker, millis(i.LeaseUntil), millis(i.StartedAt))
	return err
}

func saveImport(ctx context.Context, t *tx, i *rollcall.Import) error {
	c := i.Counts
	ended := sql.NullInt64{Int64: millis(i.EndedAt), Valid: !i.EndedAt.IsZero()}
	_, err := t.ExecContext(ctx, `UPDATE imports SET state = $3, row_count = $4, added = $5, updated = $6, unchanged = $7, duplicate = $8, rejected = $9,
		blocked = $10, failure = $11, worker = $12, lease_until = $13, ended_at = $14 WHERE account_key = $1 AND import_key = $2`,
		i.Owner.AccountKey, i.Key, i.State, c.Rows, c.Added, c.Updated, c.Unchanged, c.Duplicate, c.Rejected, c.Blocked, i.Failure, i.Worker,
		millis(i.LeaseUntil), ended)
	return err
}

// importCourtesy is the gap that SQLite's write lock is left free after each
// block, so that writers of other processes come in between; see begin.
const importCourtesy = 3 * time.Millisecond

// CommitBlock settles a block's duplicates and writes its contacts and rejects,
// the import's counts and position, and the list's count, in one transaction.
// It updates im.Counts, and gives the counts of this block. When another process
// has taken the import over, it fails and nothing is written.
func (s *Store) CommitBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (counts rollcall.ImportCounts, err error) {
	next := *im
	err = s.write(ctx, func(t *tx) error {
		l, err := s.lockForImport(ctx, t, im)
		if err != nil {
			return err
		}
		rows := make([]insertion, len(b.Rows))
		for i := range b.Rows {
			rows[i].contact = &b.Rows[i].Contact
		}
		added, err := s.insert(ctx, t, l, rows, now)
		if err != nil {
			return err
		}
		if err := s.dialect.insertRejects(ctx, t, importRef{im.Owner.AccountKey, im.Key}, b.Rejects); err != nil {
			return err
		}
		counts = rollcall.ImportCounts{Rows: b.Len(), Added: int64(added), Duplicate: int64(len(b.Rows) - added), Rejected: int64(len(b.Rejects))}
		next.Counts, next.LeaseUntil = im.Counts.Add(counts), now.Add(rollcall.ImportLease)
		if err := errors.Join(counts.Check(), next.Counts.Check()); err != nil {
			return err
		}
		l.UpdatedAt = now
		if err := errors.Join(saveImport(ctx, t, &next), saveList(ctx, t, l)); err != nil {
			return err
		}
		return bumpVersion(ctx, t, im.Owner)
	})
	if err != nil {
		return rollcall.ImportCounts{}, err
	}
	*im = next
	if s.dialect == sqliteDialect {
		time.Sleep(importCourtesy)
	}
	return counts, nil
}

// lockForImport locks an import's list and then the import: in the order in which
// BeginImport does, else the two could wait for each other.
func (s *Store) lockForImport(ctx context.Context, t *tx, im *rollcall.Import) (*listRow, error) {
	l, err := s.lockList(ctx, t, im.Owner, im.ListID)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return nil, rollcall.Conflict(rollcall.ReasonInvalidState, "The list was deleted while the file was read.")
	}
	if err != nil {
		return nil, err
	}
	return l, s.lockImport(ctx, t, im)
}

// lockImport makes sure that the import is still ours and where we think it is.
func (s *Store) lockImport(ctx context.Context, t *tx, im *rollcall.Import) error {
	now, err := scanImport(t.QueryRowContext(ctx, selectImports+" AND import_key = $2"+s.dialect.forUpdate, im.Owner.AccountKey, im.Key), im.Owner.AccountKey)
	if errors.Is(err, sql.ErrNoRows) {
		return rollcall.Conflict(rollcall.ReasonInvalidState, "The list was deleted while the file was read.")
	}
	if err != nil {
		return err
	}
	if now.State != rollcall.ImportRunning || now.Worker != im.Worker || now.Counts.Rows != im.Counts.Rows {
		return rollcall.Conflict(rollcall.ReasonInvalidState, "Another process has taken this import over.")
	}
	return nil
}

// EndImport ends an import and gives its list as it is then. The failure is one
// sentence, or empty for a file that was read to its end.
func (s *Store) EndImport(ctx context.Context, im *rollcall.Import, failure string, now time.Time) (*rollcall.ContactList, error) {
	var l *listRow
	next := *im
	err := s.write(ctx, func(t *tx) (err error) {
		if l, err = s.lockForImport(ctx, t, im); err != nil {
			return err
		}
		if err = next.End(failure, now); err != nil {
			return err
		}
		l.EndFile(now)
		if err = errors.Join(saveImport(ctx, t, &next), saveList(ctx, t, l)); err != nil {
			return err
		}
		return bumpVersion(ctx, t, im.Owner)
	})
	if err != nil {
		return nil, err
	}
	*im = next
	return &l.ContactList, nil
}

// RenewImport gives a running import another lease, if it is still its worker's.
func (s *Store) RenewImport(ctx context.Context, im *rollcall.Import, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "UPDATE imports SET lease_until = $4 WHERE account_key = $1 AND import_key = $2 AND worker = $3 AND state = 'running'",
			im.Owner.AccountKey, im.Key, im.Worker, millis(now.Add(rollcall.ImportLease)))
		return err
	})
}

// PauseImport gives the lease of a running import back, so that the next process
// need not wait for it to run out.
func (s *Store) PauseImport(ctx context.Context, im *rollcall.Import, now time.Time) error {
	next := *im
	next.LeaseUntil = now
	err := s.write(ctx, func(t *tx) error {
		if err := s.lockImport(ctx, t, im); err != nil {
			return err
		}
		return saveImport(ctx, t, &next)
	})
	if err == nil {
		*im = next
	}
	return err
}

// Import gives one import.
func (s *Store) Import(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.Import, error) {
	im, err := scanImport(s.reader.QueryRowContext(ctx, selectImports+" AND application_id = $2 AND import_id = $3", owner.AccountKey, owner.ApplicationID, id), owner.AccountKey)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, rollcall.NotFound("There is no import with this id.")
	}
	return im, err
}

// Rejects gives an import's rejects with a row number above after, in order.
func (s *Store) Rejects(ctx context.Context, im *rollcall.Import, after int64, limit int) ([]rollcall.Reject, error) {
	return all(ctx, s.reader, func(r *sql.Rows) (j rollcall.Reject, err error) {
		var raw []byte
		err = r.Scan(&j.Number, &j.Code, &j.Message, &raw)
		j.Raw = string(raw)
		return j, err
	}, "SELECT row_number, code, message, raw FROM import_rejects WHERE account_key = $1 AND import_key = $2 AND row_number > $3 ORDER BY row_number LIMIT $4",
		im.Owner.AccountKey, im.Key, after, limit)
}

func rejectArgs(ref importRef, j *rollcall.Reject, into []any) []any {
	return append(into[:0], ref.account, ref.key, j.Number, j.Code, j.Message, []byte(j.Raw))
}

func insertRejectsOneByOne(ctx context.Context, t *tx, ref importRef, rejects []rollcall.Reject) error {
	if len(rejects) == 0 {
		return nil
	}
	insert, err := t.PrepareContext(ctx, "INSERT INTO import_rejects ("+joinColumns(rejectColumns)+") VALUES ("+placeholders(1, len(rejectColumns))+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	args := make([]any, 0, len(rejectColumns))
	for i := range rejects {
		if i%cancelCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := insertOne(insert, rejectArgs(ref, &rejects[i], args)); err != nil {
			return err
		}
	}
	return nil
}

func copyRejects(ctx context.Context, t *tx, ref importRef, rejects []rollcall.Reject) error {
	args := make([]any, 0, len(rejectColumns))
	return copyFrom(ctx, t, "import_rejects", rejectColumns, pgx.CopyFromSlice(len(rejects), func(i int) ([]any, error) {
		return rejectArgs(ref, &rejects[i], args), nil
	}))
}
