package store

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"rollcall"
)

// runContact is a contact that a run has looked at.
type runContact struct {
	list, seq, phone int64
	state            rollcall.ContactState
	reason           rollcall.ContactReason
	attempts         int
	claims           int64
	due              int64
	agent            string
	outcome          rollcall.Disposition
	last             string
	held             int64 // phone, while it is handed out in a run by number; otherwise 0
}

const runContactColumns = "list_key, seq, phone, state, reason, attempts, claims, due_at, agent, outcome, last, held_phone"

const selectRunContacts = "SELECT " + runContactColumns + " FROM run_contacts WHERE account_key = $1 AND run_key = $2"

func scanRunContact(r *sql.Rows) (runContact, error) { return readRunContact(r) }

func readRunContact(r scanner) (c runContact, err error) {
	err = r.Scan(&c.list, &c.seq, &c.phone, &c.state, &c.reason, &c.attempts, &c.claims, &c.due, &c.agent, &c.outcome, &c.last, &c.held)
	return c, err
}

// runChanges gathers what becomes of contacts in one transaction of a run.
type runChanges struct {
	now    time.Time
	rows   []runContact
	totals map[string]int64
}

// set notes how a contact stands from now on.
func (ch *runChanges) set(c runContact, s rollcall.Standing) {
	if s.State == rollcall.ContactDone {
		ch.count("done:"+string(s.Reason), 1)
	}
	if s.State != rollcall.ContactLeased {
		c.held = 0
	}
	c.state, c.reason, c.attempts, c.due = s.State, s.Reason, s.Attempts, orZero(s.Due)
	ch.rows = append(ch.rows, c)
}

func (ch *runChanges) count(name string, n int64) {
	if ch.totals == nil {
		ch.totals = map[string]int64{}
	}
	ch.totals[name] += n
}

// rowsAStatement is how many of some contacts one statement writes: of many, a
// multiple of 16, so that few texts are prepared and kept.
func rowsAStatement(n int) int {
	if n > 16 {
		n = min(n&^15, 240)
	}
	return n
}

// write writes what was gathered. Totals come last, since several dialers may wait
// for them.
func (ch *runChanges) write(ctx context.Context, t *tx, account, run int64) error {
	for rest := ch.rows; len(rest) > 0; {
		chunk := rest[:rowsAStatement(len(rest))]
		rest = rest[len(chunk):]
		var b strings.Builder
		b.WriteString("INSERT INTO run_contacts (account_key, run_key, " + runContactColumns + ", updated_at) VALUES ")
		args := make([]any, 0, 15*len(chunk))
		for i, c := range chunk {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("(" + placeholders(15*i+1, 15) + ")")
			args = append(args, account, run, c.list, c.seq, c.phone, c.state, c.reason, c.attempts, c.claims, c.due, c.agent, c.outcome, c.last, c.held, millis(ch.now))
		}
		b.WriteString(` ON CONFLICT (account_key, run_key, list_key, seq) DO UPDATE SET phone = excluded.phone, state = excluded.state, reason = excluded.reason, attempts = excluded.attempts,
			claims = excluded.claims, due_at = excluded.due_at, agent = excluded.agent, outcome = excluded.outcome, last = excluded.last, held_phone = excluded.held_phone, updated_at = excluded.updated_at`)
		if _, err := t.ExecContext(ctx, b.String(), args...); err != nil {
			return err
		}
	}
	return addTotals(ctx, t, account, run, ch.totals)
}

// totalShards is over how many rows each count of a run is spread, so that outcomes
// that come at the same moment seldom wait for one another.
const totalShards = 16

func addTotals(ctx context.Context, t *tx, account, run int64, totals map[string]int64) error {
	names := make([]string, 0, len(totals))
	for name := range totals {
		names = append(names, name)
	}
	slices.Sort(names) // in one order, so that no two transactions wait for each other
	shard := rand.IntN(totalShards)
	for _, name := range names {
		_, err := t.ExecContext(ctx, `INSERT INTO run_totals (account_key, run_key, name, shard, total) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (account_key, run_key, name, shard) DO UPDATE SET total = run_totals.total + excluded.total`, account, run, name, shard, totals[name])
		if err != nil {
			return err
		}
	}
	return nil
}

// runTotals sums the counts of a run.
func runTotals(ctx context.Context, q queryer, account, run int64) (map[string]int64, error) {
	type total struct {
		name string
		n    int64
	}
	rows, err := all(ctx, q, func(r *sql.Rows) (v total, err error) { return v, r.Scan(&v.name, &v.n) },
		"SELECT name, CAST(SUM(total) AS BIGINT) FROM run_totals WHERE account_key = $1 AND run_key = $2 GROUP BY name", account, run)
	totals := map[string]int64{}
	for _, r := range rows {
		totals[r.name] = r.n
	}
	return totals, err
}
