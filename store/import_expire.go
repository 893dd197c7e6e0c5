package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// ExpireImports lets go of what imports that ended before a time keep only in case
// it is asked for again, and tells whether it found any: the contents that a
// replacement took away, after which it cannot be undone; those that a replacement
// gathered and never put in place, which is undone; and dry runs, and
// imports whose list was removed with them, with what they found. What an import that is not a replacement changed stays, and so does every
// ledger: they are the account of what the list holds.
func (s *Store) ExpireImports(ctx context.Context, before time.Time) (found bool, err error) {
	const old = "ended_at < $1 AND undo_state = ''"
	err = s.write(ctx, func(t *tx) error {
		affected := int64(0)
		for _, query := range []string{
			"INSERT INTO purges (account_key, list_key) SELECT account_key, previous_key FROM imports WHERE previous_key <> 0 AND " + old + " ON CONFLICT DO NOTHING",
			"UPDATE imports SET previous_key = 0 WHERE previous_key <> 0 AND " + old,
			"UPDATE imports SET undo_state = 'queued' WHERE content_key <> 0 AND state IN ('failed', 'cancelled') AND " + old,
		} {
			done, err := t.ExecContext(ctx, query, millis(before))
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			affected += n
		}
		dry, err := all(ctx, t, func(r *sql.Rows) (ref importRef, err error) {
			err = r.Scan(&ref.account, &ref.key)
			return ref, err
		},
			"SELECT account_key, import_key FROM imports WHERE (dry_run OR list_key = 0) AND "+old+" ORDER BY account_key, import_key LIMIT 20", millis(before))
		for _, ref := range dry {
			_, gone := t.ExecContext(ctx, "DELETE FROM imports WHERE account_key = $1 AND import_key = $2", ref.account, ref.key)
			err = errors.Join(err, forgetRows(ctx, t, ref), gone)
		}
		found = affected > 0 || len(dry) > 0
		return err
	})
	return found, err
}
