package store

import (
	"context"
	"database/sql/driver"
	"io"

	"zombiezen.com/go/sqlite"
)

// ExecContext runs a text of one statement or of several.
func (c *sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.exec(ctx, query, args)
}

// QueryContext begins a query. It runs as its rows are read.
func (c *sqliteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	unwatch := c.watch(ctx)
	s, err := c.take(query)
	if err != nil {
		err = because(ctx, err)
		unwatch()
		return nil, err
	}
	if err := s.bind(args); err != nil {
		c.give(s)
		unwatch()
		return nil, err
	}
	return &sqliteRows{conn: c, statement: s, ctx: ctx, unwatch: unwatch}, nil
}

// sqliteRows are the rows of a query.
type sqliteRows struct {
	conn      *sqliteConn
	statement *sqliteStatement // nil: closed
	ctx       context.Context  // of the query, which ends with it
	unwatch   func()
	columns   []string
	ended     bool // another step would begin anew
}

// Columns names the columns.
func (r *sqliteRows) Columns() []string {
	if r.statement != nil {
		r.columns = r.statement.columns
	}
	return r.columns
}

// Next reads a row: integers, texts, bytes, floats and NULLs as they are stored.
func (r *sqliteRows) Next(into []driver.Value) error {
	if r.statement == nil || r.ended {
		return io.EOF
	}
	s := r.statement.native
	more, err := s.Step()
	r.ended = !more
	if err != nil {
		return because(r.ctx, err)
	}
	if !more {
		return io.EOF
	}
	for i := range into {
		switch s.ColumnType(i) {
		case sqlite.TypeInteger:
			into[i] = s.ColumnInt64(i)
		case sqlite.TypeText:
			into[i] = s.ColumnText(i)
		case sqlite.TypeBlob:
			b := make([]byte, s.ColumnLen(i))
			s.ColumnBytes(i, b)
			into[i] = b
		case sqlite.TypeFloat:
			into[i] = s.ColumnFloat(i)
		default:
			into[i] = nil
		}
	}
	return nil
}

// Close ends the query.
func (r *sqliteRows) Close() error {
	if r.statement != nil {
		r.conn.give(r.statement)
		r.unwatch()
		r.statement = nil
	}
	return nil
}

// Prepare finds out whether a statement is right.
func (c *sqliteConn) Prepare(query string) (driver.Stmt, error) {
	s, err := c.take(query)
	if err != nil {
		return nil, err
	}
	c.give(s)
	return &sqlitePrepared{conn: c, query: query}, nil
}

// sqlitePrepared stands for a statement by its text: the connection keeps the
// prepared ones, and has as many of one text as are in use at once.
type sqlitePrepared struct {
	conn  *sqliteConn
	query string
}

// Close does nothing: the connection keeps the statement.
func (p *sqlitePrepared) Close() error { return nil }

// NumInput leaves the check to the binding.
func (p *sqlitePrepared) NumInput() int { return -1 }

// ExecContext runs the statement.
func (p *sqlitePrepared) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return p.conn.exec(ctx, p.query, args)
}

// QueryContext begins the query.
func (p *sqlitePrepared) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return p.conn.QueryContext(ctx, p.query, args)
}

// Exec is for a database/sql before contexts.
func (p *sqlitePrepared) Exec(args []driver.Value) (driver.Result, error) {
	return p.ExecContext(context.Background(), numbered(args))
}

// Query is for a database/sql before contexts.
func (p *sqlitePrepared) Query(args []driver.Value) (driver.Rows, error) {
	return p.QueryContext(context.Background(), numbered(args))
}

func numbered(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, v := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out
}
