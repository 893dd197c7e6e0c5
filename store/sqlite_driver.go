package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
)

// sqliteConnector opens connections to one SQLite file for database/sql. It is a
// driver of our own, so that bulk writes reach the engine's statements within the
// transaction that the SQL of both engines runs in (tx.native): fourteen values
// in interfaces, and a result, cost a row half as much again as SQLite's own work.
type sqliteConnector struct {
	path    string
	pragmas []string // run on every new connection, in this order
}

// busyTimeout is how long the engine itself waits for another process's lock.
// It is short, since begin asks better than the engine does.
const busyTimeout = 20 * time.Millisecond

// openSQLitePool gives at most so many connections, each with the pragmas.
func openSQLitePool(path string, most int, pragmas ...string) *sql.DB {
	db := sql.OpenDB(&sqliteConnector{path: path, pragmas: pragmas})
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}

// Connect opens one connection.
func (o *sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	native, err := sqlite.OpenConn(o.path, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	c := &sqliteConn{native: native, statements: map[string]*sqliteStatement{}}
	c.arm()
	// Until the file has its log, processes that open it together wait for one another.
	native.SetBusyTimeout(busyPatience)
	for _, p := range o.pragmas {
		if _, err := c.exec(ctx, "PRAGMA "+p, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("set %s: %w", p, err), c.Close())
		}
	}
	native.SetBusyTimeout(busyTimeout)
	return c, nil
}

// Driver gives the connector: there is no way to open a file by a name in a text.
func (o *sqliteConnector) Driver() driver.Driver { return o }

// Open refuses: a pool is made by openSQLitePool.
func (o *sqliteConnector) Open(string) (driver.Conn, error) {
	return nil, errors.New("this driver opens no file by name")
}

// sqliteConn is one connection. database/sql lets one goroutine at a time use it.
type sqliteConn struct {
	native     *sqlite.Conn
	statements map[string]*sqliteStatement // prepared and not in use, by their text
	interrupt  *interrupt
}

// interrupt is how a statement that runs is made to end early.
type interrupt struct {
	fired chan struct{}
	once  sync.Once
}

func (i *interrupt) fire() { i.once.Do(func() { close(i.fired) }) }

// arm makes the connection usable, at first and after an interrupt.
func (c *sqliteConn) arm() {
	c.interrupt = &interrupt{fired: make(chan struct{})}
	c.native.SetInterrupt(c.interrupt.fired)
}

// watch lets the end of ctx interrupt what runs until the returned function is
// called. It starts no goroutine unless ctx ends: the engine's own way has one for
// each statement, which costs as much as a look-up.
func (c *sqliteConn) watch(ctx context.Context) (unwatch func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	i := c.interrupt
	stop := context.AfterFunc(ctx, i.fire)
	return func() {
		if stop() {
			return
		}
		<-i.fired
		c.rearm()
	}
}

// rearm ends an interrupt, if there was one.
func (c *sqliteConn) rearm() {
	select {
	case <-c.interrupt.fired:
		c.arm()
	default:
	}
}

// because tells an interrupt by what caused it.
func because(ctx context.Context, err error) error {
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultInterrupt && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Close closes the connection and its statements.
func (c *sqliteConn) Close() error {
	for _, s := range c.statements {
		s.native.Finalize()
	}
	clear(c.statements)
	return c.native.Close()
}

// ResetSession gives up a connection that came back with an open transaction: a
// commit that failed may leave one.
func (c *sqliteConn) ResetSession(context.Context) error {
	if !c.native.AutocommitEnabled() {
		return driver.ErrBadConn
	}
	return nil
}

// Begin begins a write transaction.
func (c *sqliteConn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// BeginTx begins a transaction. One that writes takes the write lock at once, so
// that it never finds out at its first write that what it read is old; one that
// reads only is a snapshot, from its first query on.
func (c *sqliteConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if i := sql.IsolationLevel(o.Isolation); i != sql.LevelDefault && i != sql.LevelSerializable {
		return nil, fmt.Errorf("SQLite's transactions are serializable, not %s", i)
	}
	begin := "BEGIN IMMEDIATE"
	if o.ReadOnly {
		begin = "BEGIN"
	}
	if _, err := c.exec(ctx, begin, nil); err != nil {
		return nil, err
	}
	return sqliteTx{c}, nil
}

type sqliteTx struct{ conn *sqliteConn }

// Commit commits, or rolls back where that fails.
func (t sqliteTx) Commit() error {
	t.conn.rearm()
	_, err := t.conn.exec(context.Background(), "COMMIT", nil)
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	return nil
}

// Rollback rolls back. Where the engine did so by itself, after an I/O error for
// instance, there is nothing left to do.
func (t sqliteTx) Rollback() error {
	t.conn.rearm()
	if t.conn.native.AutocommitEnabled() {
		return nil
	}
	_, err := t.conn.exec(context.Background(), "ROLLBACK", nil)
	return err
}
