package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// purgeChunk is how many contacts one transaction removes: some tens of
// milliseconds, so that writers behind it do not notice.
const purgeChunk = 10_000

// purgeLater notes that contents, and what else hangs on these keys, are no
// longer reachable.
func purgeLater(ctx context.Context, t *tx, account int64, keys ...int64) error {
	for _, key := range keys {
		if _, err := t.ExecContext(ctx, "INSERT INTO purges (account_key, list_key) VALUES ($1, $2) ON CONFLICT DO NOTHING", account, key); err != nil {
			return err
		}
	}
	return nil
}

// Purge removes what is no longer reachable: a chunk of the contacts of deleted
// or replaced contents, or of the runs of deleted campaigns, and what has expired. It tells whether more is left.
func (s *Store) Purge(ctx context.Context, now time.Time) (more bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, "DELETE FROM token_ids WHERE expires_at < $1", millis(now)); err != nil {
			return err
		}
		if err := purgeCalls(ctx, t, now); err != nil {
			return err
		}
		var account, key int64
		err := t.QueryRowContext(ctx, "SELECT account_key, list_key FROM purges ORDER BY account_key, list_key LIMIT 1").Scan(&account, &key)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		more = true
		return purge(ctx, t, account, key)
	})
	return more, err
}

// purge removes the next chunk of what hangs on a key: contacts by their contents'
// key, imports by their list's, runs by their campaign's.
func purge(ctx context.Context, t *tx, account, key int64) error {
	// The last of the chunk is looked up first: PostgreSQL plans a DELETE with
	// IN (… LIMIT) on a fresh table as a scan for each row.
	var last sql.NullInt64
	err := t.QueryRowContext(ctx, `SELECT MAX(seq) FROM (SELECT seq FROM contacts WHERE account_key = $1 AND list_key = $2 ORDER BY seq LIMIT $3) chunk`,
		account, key, purgeChunk).Scan(&last)
	if err != nil {
		return err
	}
	if last.Valid {
		_, err := t.ExecContext(ctx, "DELETE FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq <= $3", account, key, last.Int64)
		return err
	}
	if _, err := t.ExecContext(ctx, "DELETE FROM contact_unique_ids WHERE account_key = $1 AND content_key = $2", account, key); err != nil {
		return err
	}
	if done, err := purgeRanks(ctx, t, account, key); err != nil || !done {
		return err
	}
	if err := purgeImports(ctx, t, account, key); err != nil {
		return err
	}
	if done, err := purgeRuns(ctx, t, account, key); err != nil || !done {
		return err
	}
	_, err = t.ExecContext(ctx, "DELETE FROM purges WHERE account_key = $1 AND list_key = $2", account, key)
	return err
}

// purgeRuns removes the next chunk of the runs of a campaign that is gone, and tells
// whether nothing is left of them.
func purgeRuns(ctx context.Context, t *tx, account, campaign int64) (done bool, err error) {
	var run sql.NullInt64
	err = t.QueryRowContext(ctx, `SELECT MIN(run_key) FROM campaign_runs WHERE account_key = $1 AND campaign_key = $2
		AND NOT EXISTS (SELECT 1 FROM campaigns WHERE account_key = $1 AND campaign_key = $2)`, account, campaign).Scan(&run)
	if err != nil || !run.Valid {
		return err == nil, err
	}
	var last sql.NullInt64
	err = t.QueryRowContext(ctx, "SELECT MAX(at) FROM (SELECT at FROM attempts WHERE account_key = $1 AND run_key = $2 ORDER BY at LIMIT $3) chunk", account, run.Int64, purgeChunk).Scan(&last)
	if err == nil && last.Valid {
		_, err = t.ExecContext(ctx, "DELETE FROM attempts WHERE account_key = $1 AND run_key = $2 AND at <= $3", account, run.Int64, last.Int64)
		return false, err
	}
	if err != nil {
		return false, err
	}
	var list sql.NullInt64
	err = t.QueryRowContext(ctx, `SELECT MAX(list_key), MAX(seq) FROM (SELECT list_key, seq FROM run_contacts WHERE account_key = $1 AND run_key = $2
		AND list_key = (SELECT MIN(list_key) FROM run_contacts WHERE account_key = $1 AND run_key = $2) ORDER BY seq LIMIT $3) chunk`, account, run.Int64, purgeChunk).Scan(&list, &last)
	if err == nil && list.Valid {
		_, err = t.ExecContext(ctx, "DELETE FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND list_key = $3 AND seq <= $4", account, run.Int64, list.Int64, last.Int64)
		return false, err
	}
	for _, table := range []string{"run_totals", "run_skips", "campaign_runs"} {
		if err == nil {
			_, err = t.ExecContext(ctx, "DELETE FROM "+table+" WHERE account_key = $1 AND run_key = $2", account, run.Int64)
		}
	}
	return false, err
}

// purgeImports removes the imports of a list that is gone, and leaves the contents
// that they kept to further purges. The key of a list's first contents is its own:
// where a replacement took those away, the list is still there.
func purgeImports(ctx context.Context, t *tx, account, list int64) error {
	var there bool
	err := t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM contact_lists WHERE account_key = $1 AND list_key = $2)", account, list).Scan(&there)
	if err != nil || there {
		return err
	}
	for _, column := range []string{"content_key", "previous_key"} {
		_, err := t.ExecContext(ctx, `INSERT INTO purges (account_key, list_key) SELECT DISTINCT account_key, `+column+` FROM imports
			WHERE account_key = $1 AND list_key = $2 AND `+column+` NOT IN (0, $2) ON CONFLICT DO NOTHING`, account, list)
		if err != nil {
			return err
		}
	}
	for _, table := range importTables {
		_, err := t.ExecContext(ctx, "DELETE FROM "+table+" WHERE account_key = $1 AND import_key IN (SELECT import_key FROM imports WHERE account_key = $1 AND list_key = $2)", account, list)
		if err != nil {
			return err
		}
	}
	_, err = t.ExecContext(ctx, "DELETE FROM imports WHERE account_key = $1 AND list_key = $2", account, list)
	return err
}

// importTables hold what hangs on an import.
var importTables = []string{"import_rejects", "import_ledger", "import_changes", "import_kept"}
