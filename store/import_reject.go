package store

import (
	"context"
	"database/sql"
	"errors"

	"rollcall"
)

var rejectColumns = []string{"account_key", "import_key", "row_number", "code", "message", "raw"}

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

// correctRejects notes that rows of a mended file corrected rejects of an earlier
// import, and gives how many nothing had corrected before.
func correctRejects(ctx context.Context, t *tx, im *rollcall.Import, numbers []int64) (n int64, err error) {
	earlier, err := corrected(ctx, t, im)
	if err != nil || earlier == 0 {
		return 0, err
	}
	for _, number := range numbers {
		r, err := t.ExecContext(ctx, `UPDATE import_rejects SET corrected_by = $4 WHERE account_key = $1 AND import_key = $2 AND row_number = $3 AND corrected_by = 0`,
			im.Owner.AccountKey, earlier, number, im.Key)
		if err != nil {
			return 0, err
		}
		changed, err := r.RowsAffected()
		if err != nil {
			return 0, err
		}
		n += changed
	}
	return n, addMended(ctx, t, importRef{im.Owner.AccountKey, earlier}, n)
}

// corrected gives the key of the import whose rejects an import corrects; 0 where
// there is none into the same list: what a file says of itself must not change an
// import of another list or application.
func corrected(ctx context.Context, t *tx, im *rollcall.Import) (key int64, err error) {
	if im.Corrects == "" {
		return 0, nil
	}
	err = t.QueryRowContext(ctx, "SELECT import_key FROM imports WHERE account_key = $1 AND import_id = $2 AND application_id = $3 AND list_id = $4 AND list_id <> ''",
		im.Owner.AccountKey, im.Corrects, im.Owner.ApplicationID, im.ListID).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return key, err
}

// addMended counts in place: the correction of an import and the import itself
// may be at work at the same time, and neither may write back what it read before.
func addMended(ctx context.Context, t *tx, ref importRef, n int64) error {
	if n == 0 {
		return nil
	}
	_, err := t.ExecContext(ctx, "UPDATE imports SET mended = mended + $3 WHERE account_key = $1 AND import_key = $2", ref.account, ref.key, n)
	return err
}

// resetMended is for an import that begins anew, with nothing gathered.
func resetMended(ctx context.Context, t *tx, ref importRef) error {
	_, err := t.ExecContext(ctx, "UPDATE imports SET mended = 0, erased = 0 WHERE account_key = $1 AND import_key = $2", ref.account, ref.key)
	return err
}

// correctable counts those of an earlier import's rejects, by their rows' numbers, that
// nothing has corrected yet.
func correctable(ctx context.Context, t *tx, im *rollcall.Import, numbers []int64) (n int64, err error) {
	earlier, err := corrected(ctx, t, im)
	if err != nil || earlier == 0 {
		return 0, err
	}
	for _, number := range numbers {
		var open bool
		err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM import_rejects WHERE account_key = $1 AND import_key = $2 AND row_number = $3 AND corrected_by = 0)`,
			im.Owner.AccountKey, earlier, number).Scan(&open)
		if err != nil {
			return 0, err
		}
		if open {
			n++
		}
	}
	return n, nil
}

// uncorrectRejects takes back what correctRejects noted for an import.
func uncorrectRejects(ctx context.Context, t *tx, im *rollcall.Import) error {
	if im.Corrects == "" {
		return nil
	}
	r, err := t.ExecContext(ctx, `UPDATE import_rejects SET corrected_by = 0 WHERE account_key = $1 AND corrected_by = $2
		AND import_key = (SELECT import_key FROM imports WHERE account_key = $1 AND import_id = $3)`, im.Owner.AccountKey, im.Key, im.Corrects)
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, "UPDATE imports SET mended = mended - $3 WHERE account_key = $1 AND import_id = $2", im.Owner.AccountKey, im.Corrects, n)
	return err
}
