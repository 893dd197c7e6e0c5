package store

import (
	"context"
	"database/sql"
	"time"

	"rollcall"
)

// Whether a DNC list binds the whole account can change. What it was before is kept in
// dnc_scopes, a row for each stretch of time that is over, so that it is known what bound
// an application on a day that is past. A list that never changed has no row.

// dncScope is a stretch of time in which a DNC list was global, or was not.
type dncScope struct {
	global   bool
	from, to time.Time // zero: without beginning, without end
	endedBy  string
}

// rememberScope keeps that a list was global, or was not, until now.
func rememberScope(ctx context.Context, t *tx, l *listRow, global bool, now time.Time) error {
	_, err := t.ExecContext(ctx, `INSERT INTO dnc_scopes (account_key, list_id, list_global, valid_from, valid_to, ended_by)
		SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BOOLEAN), since, CAST($5 AS BIGINT), CAST($6 AS TEXT)
		FROM (SELECT COALESCE(MAX(valid_to), CAST($4 AS BIGINT)) AS since FROM dnc_scopes WHERE account_key = $1 AND list_id = $2) past WHERE since < $5`,
		l.Owner.AccountKey, l.ID, global, millis(l.CreatedAt), millis(now), l.UpdatedBy)
	return err
}

// dncScopes are the stretches of the account's DNC lists that are over, by list, the
// earliest first.
type dncScopes map[string][]dncScope

func readScopes(ctx context.Context, t *sql.Tx, account int64) (dncScopes, error) {
	scopes := dncScopes{}
	rows, err := t.QueryContext(ctx, "SELECT list_id, list_global, valid_from, valid_to, ended_by FROM dnc_scopes WHERE account_key = $1 ORDER BY list_id, valid_from", account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s dncScope
		var list string
		var from, to int64
		if err := rows.Scan(&list, &s.global, &from, &to, &s.endedBy); err != nil {
			return nil, err
		}
		s.from, s.to = fromMillis(from), fromMillis(to)
		scopes[list] = append(scopes[list], s)
	}
	return scopes, rows.Err()
}

// of gives all stretches of an entry's list. The last goes on from the last change.
func (s dncScopes) of(e *rollcall.DNCEntry) []dncScope {
	past := s[e.ListID]
	last := dncScope{global: e.Global}
	if n := len(past); n > 0 {
		last.from = past[n-1].to
	}
	return append(past[:len(past):len(past)], last)
}

// during gives what an entry meant for an application from one instant until before
// another. An entry of its own list is one entry, global if the list was at some moment
// of that time. One of another application's list concerns it for as long as the list
// was global.
func (s dncScopes) during(e heldEntry, from, to time.Time) []rollcall.DNCEntry {
	if !e.Overlaps(from, to) {
		return nil
	}
	var global []rollcall.DNCEntry
	for _, stretch := range s.of(&e.DNCEntry) {
		if part, is := stretch.clip(e.DNCEntry); is && part.Global && part.Overlaps(from, to) {
			global = append(global, part)
		}
	}
	if e.own {
		e.Global = len(global) > 0
		return []rollcall.DNCEntry{e.DNCEntry}
	}
	return global
}

// clip gives the part of an entry that lies in the stretch, if any does.
func (s *dncScope) clip(e rollcall.DNCEntry) (part rollcall.DNCEntry, is bool) {
	e.Global = s.global
	if s.from.After(e.From) {
		e.From = s.from
	}
	if !s.to.IsZero() && (e.To.IsZero() || s.to.Before(e.To)) {
		e.To, e.Holds, e.EndedBy = s.to, false, s.endedBy
	}
	return e, e.To.IsZero() || e.From.Before(e.To)
}
