package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"rollcall"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the schema's steps, in order. A step that was released is never
// changed; a new one is added.
var migrations = []string{
	"001_first_light.sql",
	"002_imports_as_jobs.sql",
	"003_dnc_and_campaigns.sql",
}

// migrate brings the schema up to date. Processes that start together take turns:
// PostgreSQL by an advisory lock, SQLite by a lock on a file in its folder.
func (s *Store) migrate(ctx context.Context, dir string) error {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(s.goMigrations()...)}
	dialect := goose.DialectPostgres
	if s.dialect == postgresDialect {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		l := flock.New(filepath.Join(dir, "migrate.lock"))
		if _, err := l.TryLockContext(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("wait for another process's migration: %w", err)
		}
		defer l.Unlock()
		versions, err := newSQLiteVersions()
		if err != nil {
			return err
		}
		dialect, options = goose.DialectCustom, append(options, goose.WithStore(versions))
	}
	provider, err := goose.NewProvider(dialect, s.writer, nil, options...)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	at, newest, err := s.SchemaVersion(ctx)
	if err == nil && at > newest {
		return rollcall.Conflict(rollcall.ReasonInvalidState, fmt.Sprintf("The database's schema, version %d, is newer than this binary's %d; use the newer binary.", at, newest))
	}
	return err
}

func (s *Store) goMigrations() []*goose.Migration {
	steps := make([]*goose.Migration, len(migrations))
	for i, name := range migrations {
		steps[i] = goose.NewGoMigration(int64(i+1), &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			text, err := migrationFiles.ReadFile("migrations/" + name)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, s.dialect.words.Replace(string(text)))
			return err
		}}, nil)
	}
	return steps
}

// SchemaVersion tells which step the database is at, and which is the newest.
func (s *Store) SchemaVersion(ctx context.Context) (at, newest int64, err error) {
	err = s.reader.QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version").Scan(&at)
	return at, int64(len(migrations)), err
}
