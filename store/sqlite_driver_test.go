package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"rollcall/store"
)

func pool(t *testing.T, path string, most int) *sql.DB {
	db := store.OpenSQLitePool(path, most, "journal_mode=WAL", "foreign_keys=1")
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func newPool(t *testing.T) *sql.DB { return pool(t, filepath.Join(t.TempDir(), "a b?c%.db"), 1) }

func TestSQLite_ParametersAreNumbersOfArguments(t *testing.T) {
	db := newPool(t)
	var a, b, c string
	if err := db.QueryRowContext(ctx, "SELECT $3, $1, $3 || $2", "x", "y", "z").Scan(&a, &b, &c); err != nil || a+b+c != "zxzy" {
		t.Errorf("%q %q %q: %v", a, b, c, err)
	}
	if err := db.QueryRowContext(ctx, "SELECT $2", "x").Scan(&a); err == nil {
		t.Error("an argument is missing, and nobody says so")
	}
}

func TestSQLite_ValuesComeBackAsTheyWere(t *testing.T) {
	db := newPool(t)
	must(db.ExecContext(ctx, "CREATE TABLE v (n BIGINT, t TEXT, b BLOB, f REAL, y BOOLEAN, z TEXT, e BLOB, m TEXT)"))(t)
	type named string
	must(db.ExecContext(ctx, "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?, ?)", int64(-1)<<63, named("a\x00ü"), []byte{0, 255}, 0.5, true, nil, []byte{}, ""))(t)
	var n int64
	var text, empty string
	var b, none []byte
	var f float64
	var yes bool
	var null sql.NullString
	if err := db.QueryRowContext(ctx, "SELECT * FROM v").Scan(&n, &text, &b, &f, &yes, &null, &none, &empty); err != nil {
		t.Fatal(err)
	}
	if n != -1<<63 || text != "a\x00ü" || string(b) != "\x00\xff" || f != 0.5 || !yes || null.Valid || none == nil || len(none) != 0 || empty != "" {
		t.Error(n, text, b, f, yes, null, none, empty)
	}
	if _, err := db.ExecContext(ctx, "INSERT INTO v (n) VALUES ($1)", time.Time{}); err == nil {
		t.Error("a time must not be stored in a form that nobody chose")
	}
}

func TestSQLite_AScriptRunsToItsEnd(t *testing.T) {
	db := newPool(t)
	must(db.ExecContext(ctx, "-- a\n/* b; */ CREATE TABLE s (n INT); -- c;\n;INSERT INTO s VALUES (1);\n INSERT INTO s VALUES (2), (3) -- d"))(t)
	result := must(db.ExecContext(ctx, "UPDATE s SET n = n + 1 WHERE n > $1", 1))(t)
	if n := must(result.RowsAffected())(t); n != 2 {
		t.Errorf("%d rows", n)
	}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT 1; SELECT 2").Scan(&n); err == nil {
		t.Error("the rows of the second query would be lost")
	}
}

func TestSQLite_AQueryWithinItself(t *testing.T) {
	db := newPool(t)
	conn := must(db.Conn(ctx))(t)
	defer conn.Close()
	const query = "SELECT value FROM json_each('[1,2,3]')"
	sum := 0
	outer := must(conn.QueryContext(ctx, query))(t)
	defer outer.Close()
	for outer.Next() {
		var a, b int
		if err := outer.Scan(&a); err != nil {
			t.Fatal(err)
		}
		inner := must(conn.QueryContext(ctx, query))(t)
		defer inner.Close() // all of them are open at once
		for inner.Next() {
			if err := inner.Scan(&b); err != nil {
				t.Fatal(err)
			}
			sum += a * b
		}
		if err := inner.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := outer.Err(); err != nil || sum != 36 {
		t.Errorf("%d: %v", sum, err)
	}
}

// forever is a query that gives one row, and then works for hours.
const forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i = 1 OR i = 1000000000000"

func TestSQLite_TheContextInterruptsWhatRuns(t *testing.T) {
	db := newPool(t)
	must(db.ExecContext(ctx, "CREATE TABLE s (n INT)"))(t)
	for range 2 { // the second time on a connection that was interrupted
		interruptOne(t, db)
		var n int
		if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM s").Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows: %v", n, err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := db.ExecContext(ended, "INSERT INTO s VALUES (1)"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func interruptOne(t *testing.T, db *sql.DB) {
	ending, cancel := context.WithCancel(ctx)
	defer cancel()
	tx := must(db.BeginTx(ending, nil))(t)
	must(tx.ExecContext(ending, "INSERT INTO s VALUES (1)"))(t)
	rows := must(tx.QueryContext(ending, forever))(t)
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	time.AfterFunc(10*time.Millisecond, cancel)
	if rows.Next() || !errors.Is(rows.Err(), context.Canceled) {
		t.Errorf("got %v", rows.Err())
	}
	if err := tx.Commit(); err == nil {
		t.Error("it committed")
	}
}

func TestSQLite_AWriterLocksAtItsBeginAndAReaderDoesNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	one, two := pool(t, path, 1), pool(t, path, 1)
	must(one.ExecContext(ctx, "CREATE TABLE s (n INT)"))(t)
	writing := must(one.BeginTx(ctx, nil))(t)
	defer writing.Rollback()
	began := time.Now()
	if _, err := two.BeginTx(ctx, nil); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	reading := must(two.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}))(t)
	defer reading.Rollback()
	var n int
	if err := reading.QueryRowContext(ctx, "SELECT COUNT(*) FROM s").Scan(&n); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	must(writing.ExecContext(ctx, "INSERT INTO s VALUES (1)"))(t)
	if err := writing.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := reading.QueryRowContext(ctx, "SELECT COUNT(*) FROM s").Scan(&n); err != nil || n != 0 {
		t.Errorf("a snapshot has %d rows: %v", n, err)
	}
}

// The statements that a connection keeps are of a bounded number.
func TestSQLite_ManyTexts(t *testing.T) {
	db := newPool(t)
	for i := range 500 {
		query := "SELECT $1 -- " + time.Duration(i).String()
		var got int
		if err := db.QueryRowContext(ctx, query, i).Scan(&got); err != nil || got != i {
			t.Fatalf("%d: %v", got, err)
		}
	}
	wrong, err := db.PrepareContext(ctx, "SELECT FROM nothing")
	if err == nil {
		defer wrong.Close()
		t.Error("a statement that is wrong was prepared")
	}
}
