package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"rollcall"
)

// RememberedMapping gives what a caller said last of files with this header in the
// application; nothing where no caller did.
func (s *Store) RememberedMapping(ctx context.Context, owner rollcall.Owner, headerKey string) (m rollcall.RememberedMapping, err error) {
	var text string
	err = s.reader.QueryRowContext(ctx, "SELECT mapping FROM mappings WHERE account_key = $1 AND application_id = $2 AND header_key = $3",
		owner.AccountKey, owner.ApplicationID, headerKey).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(text), &m)
}

// RememberMapping keeps what a caller said of files with this header.
func (s *Store) RememberMapping(ctx context.Context, owner rollcall.Owner, headerKey string, m rollcall.RememberedMapping, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO mappings (account_key, application_id, header_key, mapping, updated_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (account_key, application_id, header_key) DO UPDATE SET mapping = excluded.mapping, updated_at = excluded.updated_at`,
			owner.AccountKey, owner.ApplicationID, headerKey, toJSON(m), millis(now))
		return err
	})
}
