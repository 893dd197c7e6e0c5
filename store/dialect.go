package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"

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
	// forShare keeps the rows that a query reads from being changed, and lets others do so too.
	forShare string
	// skipLocked locks the row that a query looks for work by, and passes over those
	// that others have locked.
	skipLocked string
	// scrubPrepare is run before the contacts of a list are held against a DNC list.
	scrubPrepare string
	// lockTotal makes transactions that add to something, $2, of one account, $1, take
	// turns until they end. SQLite's do anyway.
	lockTotal string
	// ranking locks keep changes of priority, which share one, apart from the beginning of
	// a list's ranking: $1 account, $2 contents. Empty where writers take turns anyway.
	rankingShared, rankingWait, rankingTry string
	numbers                                numberList
	// claims prepares a transaction that hands contacts out for its queries.
	claims string
	// durable waits until everything that was committed before is; empty: a commit
	// has waited for that.
	durable string
	ids     idList
	// copies asks for the contacts of many numbers that are not the first of theirs, in
	// the order of their copies: number, sequence number and copy.
	copies numberList
	// contactsAt asks for contacts by sequence number.
	contactsAt numberList
	// dncPast asks for what DNC lists held of some numbers before.
	dncPast numberList
	// dncEntries asks for the entries of many numbers, and for so many prefixes, in
	// several DNC lists; see dnc_check.go.
	dncEntries numberList
	// suppressions asks which of many hashes are suppressed: $1 account, $2 the hashes.
	suppressions numberList
	// numbered holds the number, copy and sequence number of every contact, in the order of
	// the numbers, and byNumber its other columns too: see sqlite_numbers.go. Contacts are
	// looked up by their numbers in them alone.
	numbered, byNumber string
	// rankOf is the rank of a priority: its negative where it is a number in decimal form, of
	// 30 characters at most, and NULL else.
	rankOf func(priority string) string
	// zoneOf is the time zone of a contact c of numbered.
	zoneOf string
	// likeFolded is LIKE without regard to the case of ASCII letters, and of no others.
	likeFolded string
	// insertContacts writes the contacts of one list and tells which were
	// duplicates; see contact.go.
	insertContacts func(context.Context, *tx, *listRow, []insertion, bool) error
	// insertRejects writes an import's rejects in bulk; see import.go.
	insertRejects func(context.Context, *tx, importRef, []rollcall.Reject) error
	// insertLedger writes what became of a block's rows; see ledger.go.
	insertLedger func(context.Context, *tx, importRef, seqRange, []byte) error
	// tallyZones counts the contacts of lists by what the campaign's hours say in their
	// zones; see contactability.go.
	tallyZones func(context.Context, *sql.Tx, []*sql.Conn, []*listRow, *zoneTally) error
	// size is a query for the bytes that the database takes.
	size string
	// version is a query for the engine's version.
	version string
	// integrity is a query that answers "ok", or the first thing it found broken.
	integrity string
}

// by has SQLite use an index, which plans without statistics. PostgreSQL has some.
func (d *dialect) by(index string) string {
	if d != sqliteDialect {
		return ""
	}
	return " INDEXED BY " + index
}

// contactsIn is true of the contacts of a list that have one of many sequence numbers, a
// parameter that numberList.arg makes of them; $1 is the account, $2 the contents. On
// PostgreSQL it is used after the preparation of postgresNumbers: they are looked up one by
// one and found by their places, since a plain = ANY of two thousand is planned as a walk
// through all contents. The list must be locked, so that nobody moves them meanwhile.
func (d *dialect) contactsIn(param string) string {
	if d == sqliteDialect {
		return "account_key = $1 AND list_key = $2 AND seq IN (SELECT value FROM json_each(" + param + "))"
	}
	return "ctid = ANY(ARRAY(SELECT c.place FROM unnest(" + param + `::bigint[]) AS wanted(seq) CROSS JOIN LATERAL (SELECT ctid AS place, seq FROM contacts
		WHERE account_key = $1 AND list_key = $2 AND seq >= wanted.seq ORDER BY seq LIMIT 1) c WHERE c.seq = wanted.seq))`
}

// among has a column be one of many numbers, which are a parameter that
// numberList.arg makes of them.
func (d *dialect) among(param string) string {
	if d != sqliteDialect {
		return "= ANY(" + param + "::bigint[])"
	}
	return "IN (SELECT value FROM json_each(" + param + "))"
}

// numberList asks for many numbers of one list at once.
type numberList struct {
	prepare string // run before the query, in its transaction; may be empty
	query   string // $1 account, $2 contents, $3 the numbers; for each that they hold, the number and who has it
	arg     func([]int64) any
}

var sqliteNumbers = numberList{
	query: `SELECT c.phone, c.seq FROM json_each($3) wanted CROSS JOIN contact_numbers c
		WHERE c.account_key = $1 AND c.list_key = $2 AND c.phone = wanted.value AND c.copy = 0`,
	arg: func(n []int64) any {
		b, _ := json.Marshal(n)
		return string(b)
	},
}

// postgresNumbers leaves the planner one way only: a look-up in its index contacts_phone
// for each number. Left free, it plans by what it last knew of the table, which
// an import makes untrue within a second: a block that takes 0.3 s then takes
// minutes. The ORDER BY can come from that index alone, once sorts are off.
var postgresNumbers = numberList{
	prepare: "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off",
	query: `SELECT c.phone, c.seq FROM unnest($3::bigint[]) AS wanted(number) CROSS JOIN LATERAL (SELECT phone, seq FROM contacts
		WHERE account_key = $1 AND list_key = $2 AND phone >= wanted.number ORDER BY phone, copy LIMIT 1) c WHERE c.phone = wanted.number`,
	arg: func(n []int64) any { return n },
}

var sqliteCopies = numberList{
	query: `SELECT c.phone, c.seq, c.copy FROM json_each($3) wanted CROSS JOIN contact_numbers c
		WHERE c.account_key = $1 AND c.list_key = $2 AND c.phone = wanted.value AND c.copy > 0 ORDER BY c.phone, c.copy`,
	arg: sqliteNumbers.arg,
}

// postgresCopies is asked after the preparation of postgresNumbers.
var postgresCopies = numberList{
	query: `SELECT c.phone, c.seq, c.copy FROM unnest($3::bigint[]) AS wanted(number) CROSS JOIN LATERAL (SELECT phone, seq, copy FROM contacts
		WHERE account_key = $1 AND list_key = $2 AND phone = wanted.number AND copy > 0 ORDER BY phone, copy) c`,
	arg: postgresNumbers.arg,
}

// postgresClaims leaves the planner the indexes, as postgresNumbers does. The commit
// does not wait for the disk, since it holds the run's lock while it waits: that comes
// after, by postgresDurable, when the next dialer has the lock already.
const postgresClaims = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL synchronous_commit = off"

// postgresDurable commits a record of its own, and waits for it as the server's
// synchronous_commit says. The log is one: what stands before it is then safe as well.
const postgresDurable = "SELECT pg_logical_emit_message(true, 'rollcall', '')"

const contactColumnsRead = "c.seq, c.phone, c.phone_sent, c.first_name, c.last_name, c.time_zone, c.unique_id, c.contact_priority, c.extra, c.created_at, c.updated_at, c.revision, c.entered_by"

var sqliteContactsAt = numberList{
	query: `SELECT ` + contactColumnsRead + ` FROM json_each($3) wanted CROSS JOIN contacts c WHERE c.account_key = $1 AND c.list_key = $2 AND c.seq = wanted.value`,
	arg:   sqliteNumbers.arg,
}

var postgresContactsAt = numberList{
	query: `SELECT ` + contactColumnsRead + ` FROM unnest($3::bigint[]) AS wanted(seq) CROSS JOIN LATERAL (SELECT * FROM contacts
		WHERE account_key = $1 AND list_key = $2 AND seq >= wanted.seq ORDER BY seq LIMIT 1) c WHERE c.seq = wanted.seq`,
	arg: postgresNumbers.arg,
}

var sqliteDNC = numberList{
	query: `SELECT c.phone, c.list_key FROM json_each($2) lists CROSS JOIN json_each($3) wanted CROSS JOIN contacts_by_number c
		WHERE c.account_key = $1 AND c.list_key = lists.value AND c.phone = wanted.value AND c.copy = 0 AND (c.expires_at IS NULL OR c.expires_at > $4)
		UNION ALL SELECT * FROM (SELECT c.phone, c.list_key FROM json_each($2) lists CROSS JOIN contacts_by_number c
			WHERE c.account_key = $1 AND c.list_key = lists.value AND c.phone < 0 AND (c.expires_at IS NULL OR c.expires_at > $4) LIMIT $5)`,
	arg: sqliteNumbers.arg,
}

var postgresDNC = numberList{
	query: `SELECT c.phone, c.list_key FROM unnest($2::bigint[]) AS lists(content) CROSS JOIN unnest($3::bigint[]) AS wanted(number)
		CROSS JOIN LATERAL (SELECT phone, list_key, expires_at FROM contacts
			WHERE account_key = $1 AND list_key = lists.content AND phone >= wanted.number ORDER BY phone, copy LIMIT 1) c
		WHERE c.phone = wanted.number AND (c.expires_at IS NULL OR c.expires_at > $4)
		UNION ALL SELECT * FROM (SELECT c.phone, c.list_key FROM unnest($2::bigint[]) AS lists(content) CROSS JOIN LATERAL (SELECT phone, list_key FROM contacts
			WHERE account_key = $1 AND list_key = lists.content AND phone < 0 AND (expires_at IS NULL OR expires_at > $4) ORDER BY phone, copy LIMIT $5) c LIMIT $5) prefixes`,
	arg: postgresNumbers.arg,
}

var sqliteSuppressions = numberList{
	query: "SELECT s.hash, s.erased_at FROM json_each($2) wanted CROSS JOIN suppressions s WHERE s.account_key = $1 AND s.hash = wanted.value",
	arg:   sqliteNumbers.arg,
}

var postgresSuppressions = numberList{
	query: "SELECT hash, erased_at FROM suppressions WHERE account_key = $1 AND hash = ANY($2::bigint[])",
	arg:   postgresNumbers.arg,
}

const (
	pastColumns = "SELECT h.phone, h.list_id, h.list_name, h.list_global, h.valid_from, h.valid_to, h.extra, h.entered_by, h.ended_by, h.application_id = $3 FROM "
	// pastBinding takes what bound the application at some time, or may have.
	pastBinding = " AND (h.list_global OR h.application_id = $3 OR h.list_id IN (" + onceGlobal + ")) ORDER BY h.valid_from"
)

var sqlitePast = numberList{
	query: pastColumns + `json_each($2) wanted CROSS JOIN dnc_history h WHERE h.account_key = $1 AND h.phone = wanted.value` + pastBinding,
	arg:   sqliteNumbers.arg,
}

var postgresPast = numberList{
	query: pastColumns + `dnc_history h WHERE h.account_key = $1 AND h.phone = ANY($2::bigint[])` + pastBinding,
	arg:   postgresNumbers.arg,
}

var sqliteIDs = idList{
	query: `SELECT u.unique_id, u.seq FROM json_each($3) wanted CROSS JOIN contact_unique_ids u
		WHERE u.account_key = $1 AND u.content_key = $2 AND u.unique_id = wanted.value`,
	arg: func(ids []string) any {
		b, _ := json.Marshal(ids)
		return string(b)
	},
}

var postgresIDs = idList{
	query: `SELECT u.unique_id, u.seq FROM unnest($3::text[]) AS wanted(id) CROSS JOIN LATERAL (SELECT unique_id, seq FROM contact_unique_ids
		WHERE account_key = $1 AND content_key = $2 AND unique_id >= wanted.id COLLATE "C" ORDER BY unique_id, seq LIMIT 1) u WHERE u.unique_id = wanted.id`,
	arg: func(ids []string) any { return ids },
}

var sqliteDialect = &dialect{
	name: "sqlite",
	words: strings.NewReplacer("{id}", "TEXT", "{bytes}", "BLOB", "{clustered}", "WITHOUT ROWID", "{by_month}", "", "{phone_before}", "json_extract(before, '$.Phone')", "{ledger_as_is}", "",
		"{numbers_apart}", sqliteNumbersApart),
	numbers:      sqliteNumbers,
	ids:          sqliteIDs,
	copies:       sqliteCopies,
	contactsAt:   sqliteContactsAt,
	dncPast:      sqlitePast,
	dncEntries:   sqliteDNC,
	suppressions: sqliteSuppressions,
	numbered:     "contact_numbers",
	byNumber:     "contacts_by_number",
	rankOf: func(x string) string {
		return strings.ReplaceAll("CASE WHEN {} GLOB '*[0-9]*' AND {} NOT GLOB '*[^-+.0-9]*' AND substr({}, 2) NOT GLOB '*[-+]*' AND length(replace({}, '.', '')) >= length({}) - 1 AND length({}) <= 30 THEN -CAST({} AS REAL) END", "{}", x)
	},
	zoneOf:         "(SELECT time_zone FROM contacts z WHERE z.account_key = c.account_key AND z.list_key = c.list_key AND z.seq = c.seq)",
	likeFolded:     " LIKE ",
	insertContacts: insertContactsNatively,
	insertRejects:  insertRejectsNatively,
	insertLedger:   insertLedgerPlainly,
	tallyZones:     tallySQLite,
	size:           "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
	version:        "SELECT 'SQLite ' || sqlite_version()",
	integrity:      "SELECT quick_check FROM pragma_quick_check LIMIT 1",
}

const postgresRanking = "hashtextextended('rollcall: ranking of ' || CAST($2 AS BIGINT) || ' of account ' || CAST($1 AS BIGINT), 0)"

var postgresDialect = &dialect{
	name: "postgres",
	words: strings.NewReplacer("{id}", `TEXT COLLATE "C"`, "{bytes}", "BYTEA", "{clustered}", "",
		"{by_month}", "PARTITION BY RANGE (at); CREATE TABLE attempts_other PARTITION OF attempts DEFAULT", "{phone_before}", "CAST(CAST(before AS JSON) ->> 'Phone' AS BIGINT)",
		"{ledger_as_is}", "ALTER TABLE import_ledger ALTER COLUMN body SET STORAGE EXTERNAL;", "{numbers_apart}", ""),
	forUpdate:  " FOR UPDATE",
	forShare:   " FOR SHARE",
	skipLocked: " FOR UPDATE SKIP LOCKED",
	// Two long lists that were just loaded look short to the planner, and one look-up
	// for each of a million rows in a list without statistics takes minutes.
	scrubPrepare:  "SET LOCAL enable_nestloop = off",
	lockTotal:     "SELECT pg_advisory_xact_lock(hashtextextended('rollcall: ' || CAST($2 AS TEXT) || ' of account ' || CAST($1 AS BIGINT), 0))",
	rankingShared: "SELECT pg_advisory_xact_lock_shared(" + postgresRanking + ")",
	rankingWait:   "SELECT pg_advisory_xact_lock(" + postgresRanking + ")",
	rankingTry:    "SELECT pg_try_advisory_xact_lock(" + postgresRanking + ")",
	numbered:      "contacts",
	byNumber:      "contacts",
	rankOf: func(x string) string {
		return "CASE WHEN " + x + ` ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$' AND length(` + x + ") <= 30 THEN -CAST(" + x + " AS DOUBLE PRECISION) END"
	},
	zoneOf:         "c.time_zone",
	numbers:        postgresNumbers,
	durable:        postgresDurable,
	claims:         postgresClaims,
	ids:            postgresIDs,
	copies:         postgresCopies,
	contactsAt:     postgresContactsAt,
	dncPast:        postgresPast,
	dncEntries:     postgresDNC,
	suppressions:   postgresSuppressions,
	likeFolded:     ` COLLATE "C" ILIKE `,
	insertContacts: copyContacts,
	insertRejects:  copyRejects,
	insertLedger:   copyLedger,
	tallyZones:     tallyPostgres,
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
	switch sqlite.ErrCode(err) {
	case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey:
		return true
	}
	return false
}

// isBusy tells whether another connection holds SQLite's write lock.
func isBusy(err error) bool { return sqlite.ErrCode(err).ToPrimary() == sqlite.ResultBusy }
