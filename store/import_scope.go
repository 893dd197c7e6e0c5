package store

import (
	"context"
	"database/sql"
	"fmt"

	"rollcall"
	"rollcall/phone"
)

// scopeList is another list in which an import looks for duplicates.
type scopeList struct {
	key, content, space int64
	idsIndexed          bool
}

// scopeWhere picks the lists of an import's scope: $1 account, $2 application,
// $3 the names' keys.
func (s *Store) scopeWhere(im *rollcall.Import) (where string, args []any) {
	args = []any{im.Owner.AccountKey}
	where = " WHERE account_key = $1 AND list_type = 'call'"
	if im.Options.Scope == rollcall.ScopeAccount {
		return where, args
	}
	where += " AND application_id = $2 AND (list_key = $3"
	args = append(args, im.Owner.ApplicationID, im.ListKey)
	for _, name := range im.Options.ScopeLists {
		args = append(args, rollcall.NameKey(name))
		where += fmt.Sprintf(" OR name_key = $%d", len(args))
	}
	return where + ")", args
}

// lockScope locks every list that an import's rows are held against, its own
// among them, in the order of their keys: two imports that look into each other's
// list must not wait for each other, and no number may come into another list
// between the look and the commit.
func (s *Store) lockScope(ctx context.Context, t *tx, im *rollcall.Import) error {
	if im.Options.Scope == rollcall.ScopeList || im.ListKey == 0 {
		return nil
	}
	where, args := s.scopeWhere(im)
	_, err := all(ctx, t, func(r *sql.Rows) (key int64, err error) { err = r.Scan(&key); return key, err },
		"SELECT list_key FROM contact_lists"+where+" ORDER BY list_key"+s.dialect.forUpdate, args...)
	return err
}

// scope gives the other lists in which an import looks for duplicates. A named
// list that is not there is an error: to pass it over would add its contacts again.
func (s *Store) scope(ctx context.Context, q queryer, im *rollcall.Import) ([]scopeList, error) {
	if im.Options.Scope == rollcall.ScopeList {
		return nil, nil
	}
	if err := s.checkScope(ctx, q, im); err != nil {
		return nil, err
	}
	where, args := s.scopeWhere(im)
	args = append(args, im.ListKey)
	return all(ctx, q, func(r *sql.Rows) (l scopeList, err error) {
		err = r.Scan(&l.key, &l.content, &l.space, &l.idsIndexed)
		return l, err
	}, "SELECT list_key, content_key, contact_space, ids_indexed FROM contact_lists"+where+fmt.Sprintf(" AND list_key <> $%d AND total_record_count > 0 ORDER BY list_key", len(args)), args...)
}

func (s *Store) checkScope(ctx context.Context, q queryer, im *rollcall.Import) error {
	for _, name := range im.Options.ScopeLists {
		var there bool
		err := q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM contact_lists WHERE account_key = $1 AND application_id = $2 AND name_key = $3)",
			im.Owner.AccountKey, im.Owner.ApplicationID, rollcall.NameKey(name)).Scan(&there)
		if err != nil {
			return err
		}
		if !there {
			return rollcall.Invalid("scopeLists", "There is no contact list named "+name+".")
		}
	}
	return nil
}

// otherLists looks for the keys of rows in the other lists of the scope.
func (x *settling) otherLists(ctx context.Context, k rowKeys) (otherHolders, error) {
	h := otherHolders{numbers: map[phone.Number]holder{}, ids: map[string]holder{}}
	lists, err := x.s.scope(ctx, x.t, x.im)
	if err != nil {
		return h, err
	}
	for i := range lists {
		l := &lists[i]
		if x.im.Options.Match != rollcall.MatchUniqueID {
			if err := x.s.otherNumbers(ctx, x.t.Tx, x.im.Owner.AccountKey, l, k, &h); err != nil {
				return h, err
			}
			continue
		}
		if !l.idsIndexed {
			if err := x.indexOther(ctx, l); err != nil {
				return h, err
			}
		}
		if err := x.s.otherIDs(ctx, x.t.Tx, x.im.Owner.AccountKey, l, k, &h); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (x *settling) indexOther(ctx context.Context, l *scopeList) error {
	row := &listRow{contentKey: l.content}
	row.Owner = x.im.Owner
	if err := indexIDs(ctx, x.t, row); err != nil {
		return err
	}
	_, err := x.t.ExecContext(ctx, "UPDATE contact_lists SET ids_indexed = $3 WHERE account_key = $1 AND list_key = $2", x.im.Owner.AccountKey, l.key, true)
	return err
}

func (s *Store) otherNumbers(ctx context.Context, t *sql.Tx, account int64, l *scopeList, k rowKeys, into *otherHolders) error {
	found, err := knownNumbers(ctx, t, s.dialect.numbers, account, l.content, sorted(k.numbers), len(k.numbers))
	addHolders(into.numbers, found, l.space)
	return err
}

func (s *Store) otherIDs(ctx context.Context, t *sql.Tx, account int64, l *scopeList, k rowKeys, into *otherHolders) error {
	found, err := knownIDs(ctx, t, s.dialect.ids, account, l.content, sorted(k.ids))
	into.addIDs(found, l.space)
	return err
}

func (h *otherHolders) addIDs(found map[string]int64, space int64) { addHolders(h.ids, found, space) }

// addHolders adds the contacts of one list; those of an earlier list count first.
func addHolders[K comparable](into map[K]holder, found map[K]int64, space int64) {
	for key, seq := range found {
		if _, there := into[key]; !there {
			into[key] = holder{seq: seq, space: space}
		}
	}
}
