package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"rollcall"
)

// dialect holds every difference between the two engines. All other SQL in this
// package is one text for both.
type dialect struct {
	name string
	// words fill the braces of the migrations.
	words *strings.Replacer
	// forUpdate locks the rows that a query in a write transaction reads.
	// SQLite has one writer at a time, so that there is nothing to lock.
	forUpdate string
	numbers   numberList
	// insertContacts writes the contacts of one list and tells which were
	// duplicates; see contact.go.
	insertContacts func(context.Context, *tx, *listRow, []insertion, bool) error
	// insertRejects writes an import's rejects in bulk; see import.go.
	insertRejects func(context.Context, *tx, importRef, []rollcall.Reject) error
	// size is a query for the bytes that the database takes.
	size string
	// version is a query for the engine's version.
	version string
	// integrity is a query that answers "ok", or the first thing it found broken.
	integrity string
}

// numberList asks for many numbers of one list at once.
type numberList struct {
	prepare string // run before the query, in its transaction; may be empty
	query   string // $1 account, $2 list, $3 the numbers; one row for each that the list holds
	arg     func([]int64) any
}

var sqliteNumbers = numberList{
	query: `SELECT c.phone FROM json_each($3) wanted CROSS JOIN contacts c
		WHERE c.account_key = $1 AND c.list_key = $2 AND c.phone = wanted.value AND c.copy = 0`,
	arg: func(n []int64) any {
		b, _ := json.Marshal(n)
		return string(b)
	},
}

// postgresNumbers leaves the planner one way only: a look-up in contacts_phone
// for each number. Left free, it plans by what it last knew of the table, which
// an import makes untrue within a second: a block that takes 0.3 s then takes
// minutes. The ORDER BY can come from that index alone, once sorts are off.
var postgresNumbers = numberList{
	prepare: "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off",
	query: `SELECT c.phone FROM unnest($3::bigint[]) AS wanted(number) CROSS JOIN LATERAL (SELECT phone FROM contacts
		WHERE account_key = $1 AND list_key = $2 AND phone >= wanted.number ORDER BY phone LIMIT 1) c WHERE c.phone = wanted.number`,
	arg: func(n []int64) any { return n },
}

var sqliteDialect = &dialect{
	name:           "sqlite",
	words:          strings.NewReplacer("{id}", "TEXT", "{bytes}", "BLOB", "{clustered}", "WITHOUT ROWID"),
	numbers:        sqliteNumbers,
	insertContacts: insertContactsOneByOne,
	insertRejects:  insertRejectsOneByOne,
	size:           "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
	version:        "SELECT 'SQLite ' || sqlite_version()",
	integrity:      "SELECT quick_check FROM pragma_quick_check LIMIT 1",
}

var postgresDialect = &dialect{
	name:           "postgres",
	words:          strings.NewReplacer("{id}", `TEXT COLLATE "C"`, "{bytes}", "BYTEA", "{clustered}", ""),
	forUpdate:      " FOR UPDATE",
	numbers:        postgresNumbers,
	insertContacts: copyContacts,
	insertRejects:  copyRejects,
	size:           "SELECT pg_database_size(current_database())",
	version:        "SELECT 'PostgreSQL ' || current_setting('server_version')",
	// PostgreSQL checks what it reads by itself; an index that it knows to be
	// broken is all that can be asked cheaply.
	integrity: "SELECT COALESCE((SELECT 'the index ' || indexrelid::regclass || ' is broken; run REINDEX' FROM pg_index WHERE NOT indisvalid LIMIT 1), 'ok')",
}

// isUniqueViolation tells whether a row was refused because its key is taken.
func isUniqueViolation(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// isBusy tells whether another connection holds SQLite's write lock.
func isBusy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// nullText is NULL for what was not given.
func nullText(s string, given bool) sql.NullString { return sql.NullString{String: s, Valid: given} }
