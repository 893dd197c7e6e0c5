package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"rollcall"
)

// sorted sorts keys: neighbours are on one page of the index.
func sorted[T cmp.Ordered](keys []T) []T {
	slices.Sort(keys)
	return keys
}

// compact sorts keys and leaves each once.
func compact[T cmp.Ordered](keys []T) []T { return slices.Compact(sorted(keys)) }

// idList asks for the holders of many own ids at once.
type idList struct {
	query string // $1 account, $2 contents, $3 the ids; a row of id and seq for each that is held
	arg   func([]string) any
}

// knownIDs gives those of the own ids that contacts of some contents have, with
// the sequence number of the first contact of each. The contents' own ids must be
// indexed.
func knownIDs(ctx context.Context, t *sql.Tx, d idList, account, content int64, ids []string) (map[string]int64, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	known := make(map[string]int64, len(ids))
	rows, err := t.QueryContext(ctx, d.query, account, content, d.arg(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var seq int64
		if err := rows.Scan(&id, &seq); err != nil {
			return nil, err
		}
		if least, there := known[id]; !there || seq < least {
			known[id] = seq
		}
	}
	return known, rows.Err()
}

// contactsAt gives the contacts with these sequence numbers that are there.
func contactsAt(ctx context.Context, t queryer, d numberList, account, content int64, seqs []int64) ([]rollcall.Contact, error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	return all(ctx, t, scanContact, d.query, account, content, d.arg(seqs))
}
