package store

import (
	"context"
	"database/sql"
)

// postgresZones groups contacts by their own zones, and those without one by the
// stretch of numbers that theirs is in. Of $3 a contact's place among the stretches
// is found by halving.
//
// The second half of the union is empty: no contact has a sequence number below 1. It
// is there so that the planner does not see the stretch for what it is made of.
// Else it expects as many groups as there are numbers, and has one process go through
// all contacts instead of several.
const postgresZones = `SELECT time_zone, stretch, COUNT(*) FROM (
		SELECT time_zone, CASE WHEN time_zone IS NULL THEN width_bucket(phone, $3::bigint[]) END AS stretch FROM contacts WHERE account_key = $1 AND list_key = $2
		UNION ALL SELECT NULL, 0 FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq = -1) zoned
	GROUP BY time_zone, stretch`

// postgresStrange groups the contacts whose own zones are none of $4, so that their
// numbers count.
const postgresStrange = `SELECT NULL, stretch, COUNT(*) FROM (
		SELECT width_bucket(phone, $3::bigint[]) AS stretch FROM contacts WHERE account_key = $1 AND list_key = $2 AND time_zone IS NOT NULL AND time_zone <> ALL ($4::text[])
		UNION ALL SELECT 0 FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq = -1) zoned
	GROUP BY stretch`

// tallyPostgres has the engine group the contacts.
func tallyPostgres(ctx context.Context, t *sql.Tx, _ []*sql.Conn, lists []*listRow, counts *zoneTally) error {
	if _, err := t.ExecContext(ctx, "SET LOCAL plan_cache_mode = force_custom_plan"); err != nil {
		return err
	}
	stretches := counts.stretches()
	for _, l := range lists {
		if err := stretches.tally(ctx, t, l); err != nil {
			return err
		}
	}
	return nil
}

// tally counts the contacts of a list.
func (s *zoneStretches) tally(ctx context.Context, t *sql.Tx, l *listRow) error {
	known, left := []string{}, int64(0)
	err := s.each(ctx, t, func(zone string, n int64) {
		if at := s.counts.ofOwn(zone); at != strange {
			known, s.counts.counts[at] = append(known, zone), s.counts.counts[at]+n
		} else {
			left += n
		}
	}, postgresZones, l.Owner.AccountKey, l.contentKey, s.from)
	if err != nil || left == 0 {
		return err
	}
	return s.each(ctx, t, nil, postgresStrange, l.Owner.AccountKey, l.contentKey, s.from, known)
}

// each counts the groups of a query, and gives own those with a zone of their own.
func (s *zoneStretches) each(ctx context.Context, t *sql.Tx, own func(zone string, n int64), query string, args ...any) error {
	rows, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var zone sql.NullString
	var stretch sql.NullInt64
	var n int64
	for rows.Next() {
		if err := rows.Scan(&zone, &stretch, &n); err != nil {
			return err
		}
		if zone.Valid {
			own(zone.String, n)
			continue
		}
		s.counts.counts[s.places[stretch.Int64]] += n
	}
	return rows.Err()
}
