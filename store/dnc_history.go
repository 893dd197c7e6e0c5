package store

import (
	"context"
	"database/sql"
	"time"

	"rollcall"
	"rollcall/phone"
)

// What an entry of a DNC list was is kept in dnc_history from the moment at which it
// changes or goes. What it is stands in the list alone, so that feeding a list costs
// nothing more.

const insertHistory = `INSERT INTO dnc_history (account_key, phone, list_id, list_name, list_global, application_id, seq, valid_from, valid_to, extra, entered_by, ended_by) `

// remember keeps an entry as it was until now. Of a contact of a list of people to
// call there is nothing to keep.
func remember(ctx context.Context, t *tx, l *listRow, now time.Time, c *rollcall.Contact) error {
	if l.Type != rollcall.ListDNC {
		return nil
	}
	until, endedBy := now, l.actor
	if at, ends := c.Expires(); ends && at.Before(now) {
		until, endedBy = at, ""
	}
	if !c.UpdatedAt.Before(until) {
		return nil // it never held
	}
	_, err := t.ExecContext(ctx, insertHistory+"VALUES ("+placeholders(1, 12)+") ON CONFLICT DO NOTHING", l.Owner.AccountKey, int64(c.Phone), l.ID, l.Name, l.GlobalDNC, l.Owner.ApplicationID, c.Seq,
		millis(c.UpdatedAt), millis(until), nullText(c.Extra, c.Extra != ""), c.EnteredBy, endedBy)
	return err
}

// rememberAll keeps all entries of a list as they were until now: its contents go as
// a whole.
func rememberAll(ctx context.Context, t *tx, l *listRow, now time.Time) error {
	return rememberSome(ctx, t, l, now, "")
}

// rememberSome keeps those entries of a list that a condition takes. The arguments of
// the condition begin at $9.
func rememberSome(ctx context.Context, t *tx, l *listRow, now time.Time, condition string, args ...any) error {
	if l.Type != rollcall.ListDNC {
		return nil
	}
	_, err := t.ExecContext(ctx, insertHistory+`SELECT account_key, phone, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BOOLEAN), CAST($8 AS TEXT), seq, updated_at,
			CASE WHEN expires_at < $6 THEN expires_at ELSE CAST($6 AS BIGINT) END, extra, COALESCE(entered_by, ''),
			CASE WHEN expires_at < $6 THEN '' ELSE CAST($7 AS TEXT) END
		FROM contacts WHERE account_key = $1 AND list_key = $2 AND updated_at < $6 AND (expires_at IS NULL OR expires_at > updated_at)`+condition+` ON CONFLICT DO NOTHING`,
		append([]any{l.Owner.AccountKey, l.contentKey, l.ID, l.Name, l.GlobalDNC, millis(now), l.actor, l.Owner.ApplicationID}, args...)...)
	return err
}

// holdFromNow notes that the entries of a list hold from now on: contents that were
// taken away before are its contents again.
func holdFromNow(ctx context.Context, t *tx, l *listRow, now time.Time) error {
	if l.Type != rollcall.ListDNC {
		return nil
	}
	_, err := t.ExecContext(ctx, "UPDATE contacts SET updated_at = $3 WHERE account_key = $1 AND list_key = $2", l.Owner.AccountKey, l.contentKey, millis(now))
	return err
}

// pastEntries gives what DNC lists that ever bound an application held of some numbers or
// prefixes, the oldest first, also lists that are gone.
func (s *Store) pastEntries(ctx context.Context, t *sql.Tx, owner rollcall.Owner, numbers []int64) (map[phone.Number][]heldEntry, error) {
	past := map[phone.Number][]heldEntry{}
	rows, err := t.QueryContext(ctx, s.dialect.dncPast.query, owner.AccountKey, s.dialect.dncPast.arg(numbers), owner.ApplicationID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e heldEntry
		var from, to int64
		var extra sql.NullString
		if err := rows.Scan(&e.Number, &e.ListID, &e.ListName, &e.Global, &from, &to, &extra, &e.By, &e.EndedBy, &e.own); err != nil {
			return nil, err
		}
		e.From, e.To = fromMillis(from), fromMillis(to)
		e.SetExtra(extra.String)
		past[e.Number] = append(past[e.Number], e)
	}
	return past, rows.Err()
}
