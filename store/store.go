// Package store keeps the domain's nouns in a database: SQLite in a folder, or
// PostgreSQL. It is the only place with SQL. A method that writes under a rule
// takes the rule as a function: it locks, loads, applies, saves and commits.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"rollcall"
)

// DatabaseFile is the name of the SQLite database in the data folder.
const DatabaseFile = "rollcall.db"

// Config says where the database is.
type Config struct {
	DataDir     string // for SQLite, and for the lock of its migrations
	DatabaseURL string // postgres://…; empty: SQLite in DataDir
	MaxConns    int    // PostgreSQL connections, a third of them for reading only; 0: 20

	// Limits hold for each account, and for what this process writes. Every process
	// on a database should have the same.
	Limits rollcall.Limits
}

// Store is the database. It is safe for concurrent use.
type Store struct {
	dialect    *dialect
	limits     rollcall.Limits
	reader     *sql.DB
	writer     *sql.DB // SQLite: one connection
	fresh      freshnessGroups
	freshness  *sql.Stmt // what fresh asks
	sessions   bulkSessions
	claimLines claimLines
	erasure    []byte // the key of suppressions; see SetErasureKey
	scans      chan struct{}
}

// busyPatience is how long a write waits for another process's write on SQLite.
const busyPatience = 30 * time.Second

// Open opens the database and brings its schema up to date. The folder is made
// when it is missing.
func Open(ctx context.Context, c Config) (*Store, error) {
	var s *Store
	var err error
	if c.DatabaseURL == "" {
		s, err = openSQLite(c.DataDir)
	} else {
		s, err = openPostgres(c)
	}
	if err != nil {
		return nil, err
	}
	s.limits = c.Limits
	if err := s.migrate(ctx, c.DataDir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.prepareFreshness(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func openSQLite(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	path := filepath.Join(dir, DatabaseFile)
	if err := createPrivate(path); err != nil {
		return nil, fmt.Errorf("make the database file: %w", err)
	}
	// The writer's cache of 32 MB: twice that made an import of a million rows no
	// faster, and its peak of memory 60 MB higher.
	writer := openSQLitePool(path, 1, append(sqlitePragmas, "synchronous=FULL", "cache_size=-32768")...)
	// Readers keep small caches: eight with a large one each cost a gigabyte.
	reader := openSQLitePool(path, 8, append(sqlitePragmas, "query_only=1", "cache_size=-8192")...)
	return newStore(sqliteDialect, reader, writer), nil
}

// openShadow opens a database that lives no longer than a dry run: nothing of it
// has to outlast a crash.
func openShadow(ctx context.Context, dir string) (*Store, error) {
	path := filepath.Join(dir, DatabaseFile)
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	db := openSQLitePool(path, 1, append(sqlitePragmas, "synchronous=OFF", "cache_size=-32768")...)
	s := newStore(sqliteDialect, db, db)
	if err := s.migrate(ctx, dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// createPrivate makes an empty file that only its owner may read, if there is
// none: SQLite would make it readable by every user of the machine. It gives its
// log the mode that the database has. A file that is there is not opened, since
// closing it would drop the locks that this process has on it (POSIX).
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// sqlitePragmas are those of every connection. Pages of 8 KB make bulk loading a
// fifth faster than SQLite's 4: its two trees are less deep, and fewer of their
// pages are split. A file that is there keeps its own. A checkpoint every 5,000
// pages instead of 1,000 makes bulk loading 10 to 30 % faster and costs 40 MB of
// log at most.
var sqlitePragmas = slices.Clip([]string{"page_size=8192", "journal_mode=WAL", "foreign_keys=1", "wal_autocheckpoint=5000"})

func openPostgres(c Config) (*Store, error) {
	config, err := pgx.ParseConfig(c.DatabaseURL)
	if err != nil {
		// The driver's message may hold the URL, and with it the password.
		return nil, &rollcall.Error{Code: rollcall.CodeInvalid, Field: "database", Message: "The database must be a URL such as postgres://user:password@host:5432/name."}
	}
	// Compiled, a small query runs for longer than it saves: statistics that a bulk
	// load has made untrue, and ways that are ruled out, make it look dear enough.
	config.RuntimeParams["jit"] = "off"
	most := max(2, cmp.Or(c.MaxConns, 20))
	// Writers that wait for one busy list hold their connections. Readers have
	// their own, so that such a list stops neither the token check nor /readyz.
	readers := max(1, most/3)
	return newStore(postgresDialect, postgresPool(config, readers), postgresPool(config, most-readers)), nil
}

func postgresPool(config *pgx.ConnConfig, most int) *sql.DB {
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxLifetime(time.Hour)
	return db
}

func newStore(d *dialect, reader, writer *sql.DB) *Store {
	s := &Store{dialect: d, reader: reader, writer: writer}
	s.scans = make(chan struct{}, max(1, reader.Stats().MaxOpenConnections/2))
	s.fresh.query = s.queryFreshness
	return s
}

// Close closes every connection.
func (s *Store) Close() error {
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.reader.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Engine names the engine and its version, and the database's size in bytes.
func (s *Store) Engine(ctx context.Context) (version string, size int64, err error) {
	if err := s.reader.QueryRowContext(ctx, s.dialect.version).Scan(&version); err != nil {
		return "", 0, err
	}
	err = s.reader.QueryRowContext(ctx, s.dialect.size).Scan(&size)
	return version, size, err
}

// Integrity gives "ok", or the first thing that the engine finds broken.
func (s *Store) Integrity(ctx context.Context) (found string, err error) {
	err = s.reader.QueryRowContext(ctx, s.dialect.integrity).Scan(&found)
	return found, err
}

// Pools tells how the connections for reading and for writing are used, for
// metrics.
func (s *Store) Pools() (read, write sql.DBStats) { return s.reader.Stats(), s.writer.Stats() }

// queryer is a transaction or the database itself.
type queryer interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// tx is a write transaction, and the connection that it runs on.
type tx struct {
	*sql.Tx
	conn *sql.Conn
	bulk *bulkSession // of the import whose block is written; nil: none
	// durable is run after a commit that did not wait for the disk; empty: it did.
	durable string
	stale   []rollcall.Owner // whose kept answers are stale once it commits; see bumpVersion
	// unranked are contents whose ranking cannot begin while this transaction lasts; see rank.go.
	unranked int64
}

// native gives fn the driver's own connection, for what database/sql is too slow
// or too narrow for. Where a context that ended has rolled the transaction back,
// fn is not called: what it writes would be committed at once.
func (t *tx) native(ctx context.Context, fn func(driver any) error) error {
	return t.conn.Raw(func(driver any) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return fn(driver)
	})
}

// write runs fn in a write transaction. The error of fn rolls it back. Where the
// context belongs to a call with an Idempotency-Key, the transaction notes first
// (claims: once the run is locked, see claimTogether) that the call has written; only repetitions of that call wait for that row.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	t, err := begin(ctx, conn)
	if err != nil {
		return err
	}
	defer t.Rollback()
	w := &tx{Tx: t, conn: conn}
	if err := noteCall(ctx, w); err != nil {
		return err
	}
	if err := fn(w); err != nil {
		return err
	}
	if err := bumpVersions(ctx, w); err != nil {
		return err
	}
	if err := t.Commit(); err != nil || w.durable == "" {
		return err
	}
	_, err = conn.ExecContext(ctx, w.durable)
	return err
}

// begin waits for SQLite's write lock by asking every millisecond or two. The
// engine's own back-off sleeps up to 100 ms, and would never meet the short gap
// that an import in another process leaves between its blocks.
func begin(ctx context.Context, conn *sql.Conn) (*sql.Tx, error) {
	deadline := time.Now().Add(busyPatience)
	for {
		t, err := conn.BeginTx(ctx, nil)
		if err == nil || !isBusy(err) || time.Now().After(deadline) {
			return t, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Millisecond + rand.N(time.Millisecond)):
		}
	}
}

// read runs fn on one snapshot of the database.
func (s *Store) read(ctx context.Context, fn func(*sql.Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if s.dialect == sqliteDialect {
		options = &sql.TxOptions{ReadOnly: true} // a deferred transaction in WAL mode is a snapshot
	}
	t, err := s.reader.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer t.Rollback()
	return fn(t)
}

// all reads every row of a query.
func all[T any](ctx context.Context, q queryer, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// scanner is a row of either kind.
type scanner interface{ Scan(...any) error }

func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func placeholders(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}

func joinColumns(columns []string) string { return strings.Join(columns, ", ") }
