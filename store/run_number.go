package store

import (
	"context"
	"database/sql"
	"fmt"
)

// runPlace is where a contact stands in a run: its list, and its sequence number there.
type runPlace struct{ list, seq int64 }

// numberStretch is how many sequence numbers make a stretch of the index
// run_contacts_number, whose migration has the same number. In an index by number alone, each contact that is handed out is
// written to a page of its own: on SQLite a run of millions got twice as slow as it went
// on. In stretches, claims write to the pages of one, and a look-up costs one look in the
// index for each: 300 in a list of five million, two milliseconds.
const numberStretch = 16384

// runPlaces asks where a number stands in a run: $1 account, $2 run, $3 the number.
func (d *dialect) runPlaces() string {
	stretches := fmt.Sprintf(`WITH RECURSIVE lists(list_key) AS (
			SELECT (SELECT MIN(list_key) FROM run_contacts WHERE account_key = $1 AND run_key = $2)
			UNION ALL SELECT (SELECT MIN(list_key) FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND list_key > lists.list_key) FROM lists WHERE list_key IS NOT NULL),
		stretches(list_key, n, last) AS (
			SELECT list_key, (SELECT MIN(seq) FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND list_key = lists.list_key) / %d,
				(SELECT MAX(seq) FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND list_key = lists.list_key) / %[1]d FROM lists WHERE list_key IS NOT NULL
			UNION ALL SELECT list_key, n + 1, last FROM stretches WHERE n < last)
		SELECT c.list_key, c.seq FROM stretches s CROSS JOIN `, numberStretch)
	found := fmt.Sprintf("WHERE c.account_key = $1 AND c.run_key = $2 AND c.list_key = s.list_key AND c.seq / %d = s.n AND c.phone = $3", numberStretch)
	if d == sqliteDialect {
		return stretches + "run_contacts c" + d.by("run_contacts_number") + " " + found + " ORDER BY c.list_key, c.seq"
	}
	// Planned as one join, all of the run may be read and hashed.
	return stretches + "LATERAL (SELECT c.list_key, c.seq FROM run_contacts c " + found + " OFFSET 0) c ORDER BY list_key, seq"
}

// numberInRun gives the contacts that a run looked at with a number.
func (s *Store) numberInRun(ctx context.Context, q queryer, account, run, number int64) ([]runPlace, error) {
	return all(ctx, q, func(r *sql.Rows) (p runPlace, err error) { return p, r.Scan(&p.list, &p.seq) }, s.dialect.runPlaces(), account, run, number)
}
