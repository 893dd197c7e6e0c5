package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"
)

// mostStatements is how many prepared statements a connection keeps. The texts of
// this package are fewer; a bound is there for those that are built.
const mostStatements = 100

// sqliteStatement is a prepared statement.
type sqliteStatement struct {
	native  *sqlite.Stmt
	query   string // the key that it is kept by; empty: it is not kept
	columns []string
	args    []int // for each parameter, which argument it stands for, from 0
	held    []int // the parameters, from 1, that memory is kept for
}

// take gives the statement of a text that holds just one. Nobody else is given it
// until it comes back by give.
func (c *sqliteConn) take(query string) (*sqliteStatement, error) {
	if s, ok := c.statements[query]; ok {
		delete(c.statements, query)
		return s, nil
	}
	s, rest, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	if rest != "" {
		return nil, errors.Join(errors.New("there is more than one statement"), s.native.Finalize())
	}
	s.query = query
	return s, nil
}

// give takes a statement back.
func (c *sqliteConn) give(s *sqliteStatement) {
	// The error of a reset is the last step's, which was told when it happened.
	_ = s.native.Reset()
	_, again := c.statements[s.query]
	if s.query == "" || again || len(c.statements) >= mostStatements {
		s.native.Finalize()
		return
	}
	// Only texts and bytes are let go. To clear all bindings would make SQLite plan
	// the statement anew: since 3.54 a plan may hang on whether a value is 0 or 1.
	for _, i := range s.held {
		s.native.BindNull(i)
	}
	s.held = s.held[:0]
	c.statements[s.query] = s
}

// prepare prepares the first statement of a text, and gives the others' text.
func (c *sqliteConn) prepare(query string) (s *sqliteStatement, rest string, err error) {
	query = skipBlank(query)
	native, trailing, err := c.native.PrepareTransient(query)
	if err != nil {
		return nil, "", err
	}
	s = &sqliteStatement{native: native, args: make([]int, native.BindParamCount())}
	for i := range s.args {
		if s.args[i], err = argument(native.BindParamName(i+1), i); err != nil {
			return nil, "", errors.Join(err, native.Finalize())
		}
	}
	s.columns = make([]string, native.ColumnCount())
	for i := range s.columns {
		s.columns[i] = native.ColumnName(i)
	}
	return s, skipBlank(query[len(query)-trailing:]), nil
}

// argument tells which argument the parameter at a place stands for: $3 is the
// third, wherever it stands, while SQLite numbers parameters as they come.
func argument(name string, place int) (int, error) {
	if name == "" { // a question mark
		return place, nil
	}
	n, err := strconv.Atoi(name[1:])
	if err != nil || n < 1 {
		return 0, fmt.Errorf("the parameter %s is not a number's", name)
	}
	return n - 1, nil
}

// skipBlank takes off what comes before a statement and is none.
func skipBlank(query string) string {
	for {
		query = strings.TrimLeft(query, " \t\r\n;")
		switch {
		case strings.HasPrefix(query, "--"):
			_, query, _ = strings.Cut(query, "\n")
		case strings.HasPrefix(query, "/*"):
			_, query, _ = strings.Cut(query, "*/")
		default:
			return query
		}
	}
}

// bind binds a statement's parameters.
func (s *sqliteStatement) bind(args []driver.NamedValue) error {
	for i, which := range s.args {
		if which >= len(args) {
			return fmt.Errorf("the statement wants %d arguments, not %d", which+1, len(args))
		}
		switch v := args[which].Value.(type) {
		case nil:
			s.native.BindNull(i + 1)
		case int64:
			s.native.BindInt64(i+1, v)
		case bool:
			s.native.BindBool(i+1, v)
		case float64:
			s.native.BindFloat(i+1, v)
		case string:
			s.native.BindText(i+1, v)
			s.held = append(s.held, i+1)
		case []byte:
			if v == nil {
				s.native.BindNull(i + 1)
				continue
			}
			s.native.BindBytes(i+1, v)
			s.held = append(s.held, i+1)
		default:
			return fmt.Errorf("a %T cannot be bound; times are bound as milliseconds", v)
		}
	}
	return nil
}

// run runs a statement to its end.
func (s *sqliteStatement) run(args []driver.NamedValue) error {
	if err := s.bind(args); err != nil {
		return err
	}
	for {
		if more, err := s.native.Step(); err != nil || !more {
			return err
		}
	}
}

// exec runs a text of one statement or, without arguments, of several.
func (c *sqliteConn) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer c.watch(ctx)()
	s, rest := c.statements[query], ""
	if s != nil {
		delete(c.statements, query)
	}
	for {
		if s == nil {
			var err error
			if s, rest, err = c.prepare(query); err != nil {
				return nil, because(ctx, err)
			}
			if rest == "" {
				s.query = query
			}
		}
		err := s.run(args)
		c.give(s)
		if err != nil {
			return nil, because(ctx, err)
		}
		if rest == "" {
			return sqliteResult{id: c.native.LastInsertRowID(), changes: int64(c.native.Changes())}, nil
		}
		s, query = nil, rest
	}
}

type sqliteResult struct{ id, changes int64 }

// LastInsertId gives the row id of the last row that was inserted.
func (r sqliteResult) LastInsertId() (int64, error) { return r.id, nil }

// RowsAffected gives how many rows the last INSERT, UPDATE or DELETE touched.
func (r sqliteResult) RowsAffected() (int64, error) { return r.changes, nil }
