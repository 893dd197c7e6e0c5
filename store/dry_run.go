package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"rollcall"
	"rollcall/phone"
)

// NewDryRun gives a counter that settles duplicates as CommitBlock would, against
// the list (nil: a new one) and the rows that came before, and writes nothing to
// the database. The numbers seen are kept in a file for the time of the run, so
// that memory is the same for a file of any size.
func (s *Store) NewDryRun(ctx context.Context, list *rollcall.ContactList) (rollcall.DryRun, error) {
	dir, err := os.MkdirTemp("", "rollcall-dry-run-")
	if err != nil {
		return nil, err
	}
	d := &dryRun{store: s, list: list, dir: dir}
	d.seen, err = sql.Open("sqlite", "file:"+filepath.Join(dir, "seen.db")+"?_txlock=immediate&_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-32768)")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	d.seen.SetMaxOpenConns(1)
	if _, err := d.seen.ExecContext(ctx, "CREATE TABLE seen (phone INTEGER PRIMARY KEY)"); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

type dryRun struct {
	store *Store
	list  *rollcall.ContactList
	dir   string
	seen  *sql.DB
}

// Close removes the file.
func (d *dryRun) Close() error { return errors.Join(d.seen.Close(), os.RemoveAll(d.dir)) }

// CountBlock counts what committing the block would do.
func (d *dryRun) CountBlock(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
	counts := rollcall.ImportCounts{Rows: b.Len(), Rejected: int64(len(b.Rejects))}
	added := int64(len(b.Rows))
	if d.list == nil || !d.list.AllowDuplicates {
		var err error
		if added, err = d.fresh(ctx, b); err != nil {
			return rollcall.ImportCounts{}, err
		}
	}
	counts.Added, counts.Duplicate = added, int64(len(b.Rows))-added
	return counts, counts.Check()
}

// fresh counts the numbers of a block that neither the list nor a row before has.
func (d *dryRun) fresh(ctx context.Context, b *rollcall.Block) (n int64, err error) {
	numbers := make([]int64, len(b.Rows))
	for i := range b.Rows {
		numbers[i] = int64(b.Rows[i].Contact.Phone)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	if d.list != nil {
		var known map[phone.Number]struct{}
		err := d.store.read(ctx, func(t *sql.Tx) (err error) {
			known, err = knownNumbers(ctx, t, d.store.dialect.numbers, d.list.Owner.AccountKey, d.list.Key, numbers)
			return err
		})
		if err != nil {
			return 0, err
		}
		numbers = slices.DeleteFunc(numbers, func(v int64) bool { _, held := known[phone.Number(v)]; return held })
	}
	return d.remember(ctx, numbers)
}

func (d *dryRun) remember(ctx context.Context, numbers []int64) (fresh int64, err error) {
	t, err := d.seen.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer t.Rollback()
	insert, err := t.PrepareContext(ctx, "INSERT INTO seen (phone) VALUES ($1) ON CONFLICT DO NOTHING")
	if err != nil {
		return 0, err
	}
	for _, v := range numbers {
		added, err := insertOne(insert, []any{v})
		if err != nil {
			return 0, err
		}
		if added {
			fresh++
		}
	}
	return fresh, t.Commit()
}
