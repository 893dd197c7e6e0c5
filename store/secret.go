package store

import (
	"context"
	"database/sql"
	"errors"
)

// Secret gives one of the server's own secrets, sealed. The first process that
// asks makes it; all get the same.
func (s *Store) Secret(ctx context.Context, name string, create func() ([]byte, error)) ([]byte, error) {
	value, err := s.loadSecret(ctx, name)
	if !errors.Is(err, sql.ErrNoRows) {
		return value, err
	}
	fresh, err := create()
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, fresh)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.loadSecret(ctx, name)
}

// HasSecret tells whether a secret was made already.
func (s *Store) HasSecret(ctx context.Context, name string) (bool, error) {
	_, err := s.loadSecret(ctx, name)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (s *Store) loadSecret(ctx context.Context, name string) (value []byte, err error) {
	err = s.reader.QueryRowContext(ctx, "SELECT value FROM secrets WHERE name = $1", name).Scan(&value)
	return value, err
}
