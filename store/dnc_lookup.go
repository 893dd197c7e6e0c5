package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"rollcall"
	"rollcall/phone"
)

// dncLists gives the DNC lists that bind an application: its own, and the global ones
// of its account.
func (s *Store) dncLists(ctx context.Context, q queryer, owner rollcall.Owner) ([]*listRow, error) {
	return all(ctx, q, func(r *sql.Rows) (*listRow, error) { return scanList(r, owner) },
		selectAnyList+" WHERE account_key = $1 AND list_type = 'dnc' AND (application_id = $2 OR global_dnc) ORDER BY list_key", owner.AccountKey, owner.ApplicationID)
}

// onceGlobal are the ids of DNC lists that were global and are not, or were not for a
// time.
const onceGlobal = "SELECT list_id FROM dnc_scopes WHERE account_key = $1 AND list_global"

// dncListsOfOthers gives the DNC lists of other applications that bind one, or did.
func (s *Store) dncListsOfOthers(ctx context.Context, q queryer, owner rollcall.Owner) ([]*listRow, error) {
	return all(ctx, q, func(r *sql.Rows) (*listRow, error) { return scanList(r, owner) },
		selectAnyList+" WHERE account_key = $1 AND list_type = 'dnc' AND application_id <> $2 AND (global_dnc OR list_id IN ("+onceGlobal+")) ORDER BY list_key", owner.AccountKey, owner.ApplicationID)
}

// LookUpDNC tells for each number the entries of DNC lists that held it, or a prefix
// of it, at some moment from one instant until before another: lists of the
// application, and those of the account that were global then. What is in a list now counts from
// when it was entered or last changed; what was there before is remembered. A number
// whose person was erased counts as erased from then on.
func (s *Store) LookUpDNC(ctx context.Context, owner rollcall.Owner, numbers []phone.Number, from, to time.Time) ([]rollcall.DNCMatch, error) {
	matches := make([]rollcall.DNCMatch, len(numbers))
	for i, n := range numbers {
		matches[i].Number = n
	}
	err := s.read(ctx, func(t *sql.Tx) error {
		held, err := s.heldEntries(ctx, t, owner, numbers)
		if err != nil {
			return err
		}
		erased, err := s.suppressed(ctx, t, owner.AccountKey, int64s(numbers))
		if err != nil {
			return err
		}
		for i := range matches {
			at, is := erased[int64(matches[i].Number)]
			matches[i].Erased = is && at.Before(to)
			matches[i].Entries = held.at(matches[i].Number, from, to)
		}
		return nil
	})
	return matches, err
}

// heldEntries are the entries that DNC lists hold and held, by number or prefix.
type heldEntries struct {
	known, past map[phone.Number][]heldEntry
	scopes      dncScopes
}

// heldEntry is an entry of a list that is the application's own, or another's.
type heldEntry struct {
	rollcall.DNCEntry
	own bool
}

// heldEntries gives the entries of some numbers and of their prefixes.
func (s *Store) heldEntries(ctx context.Context, t *sql.Tx, owner rollcall.Owner, numbers []phone.Number) (held heldEntries, err error) {
	own, err := all(ctx, t, func(r *sql.Rows) (*listRow, error) { return scanList(r, owner) }, selectLists+" AND list_type = 'dnc' ORDER BY list_key", owner.AccountKey, owner.ApplicationID)
	if err != nil {
		return held, err
	}
	others, err := s.dncListsOfOthers(ctx, t, owner)
	if err != nil {
		return held, err
	}
	held.known = map[phone.Number][]heldEntry{}
	keys := lookupKeys(numbers)
	wanted := make(map[int64]bool, len(keys))
	for _, key := range keys {
		wanted[key] = true
	}
	for i, l := range append(own, others...) {
		entries, err := s.entries(ctx, t, l, keys, wanted)
		if err != nil {
			return held, err
		}
		for _, e := range entries {
			held.known[e.Number] = append(held.known[e.Number], heldEntry{e, i < len(own)})
		}
	}
	if held.past, err = s.pastEntries(ctx, t, owner, keys); err != nil {
		return held, err
	}
	held.scopes, err = readScopes(ctx, t, owner.AccountKey)
	return held, err
}

// lookupKeys are the numbers and all their prefixes, each once, sorted.
func lookupKeys(numbers []phone.Number) []int64 {
	keys := make([]int64, 0, 12*len(numbers))
	for _, n := range numbers {
		keys = append(keys, int64(n))
		for _, p := range n.Prefixes() {
			keys = append(keys, int64(p))
		}
	}
	return compact(keys)
}

// entries gives those of a list's entries that have one of the wanted keys, sorted, which
// are numbers and prefixes; ended ones are among them.
func (s *Store) entries(ctx context.Context, t *sql.Tx, l *listRow, keys []int64, wanted map[int64]bool) ([]rollcall.DNCEntry, error) {
	seqs, err := s.entriesWith(ctx, t, l, keys, wanted)
	if err != nil || len(seqs) == 0 {
		return nil, err
	}
	contacts, err := contactsAt(ctx, t, s.dialect.contactsAt, l.Owner.AccountKey, l.contentKey, sorted(seqs))
	entries := make([]rollcall.DNCEntry, len(contacts))
	for i := range contacts {
		entries[i] = rollcall.EntryOf(&l.ContactList, &contacts[i])
	}
	return entries, err
}

// entriesWith gives the sequence numbers of the entries. A list that has fewer of them than
// there are keys is read, and so are the few prefixes of another one: an account may have
// hundreds of lists, and ten thousand numbers have ten times as many prefixes.
func (s *Store) entriesWith(ctx context.Context, t *sql.Tx, l *listRow, keys []int64, wanted map[int64]bool) (seqs []int64, err error) {
	if l.TotalRecordCount == 0 {
		return nil, nil
	}
	prefixes, _ := slices.BinarySearch(keys, 0) // they come first: they are negative
	if l.TotalRecordCount <= int64(len(keys)) {
		if seqs, all, err := s.pickEntries(ctx, t, l, "", wanted, len(keys)); err != nil || all {
			return seqs, err
		}
	}
	seqs, all, err := s.pickEntries(ctx, t, l, " AND phone < 0", wanted, prefixes)
	if err != nil {
		return nil, err
	}
	if all {
		keys = keys[prefixes:]
	} else {
		seqs = nil
	}
	held, err := knownNumbers(ctx, t, s.dialect.numbers, l.Owner.AccountKey, l.contentKey, keys, 0)
	return append(seqs, slices.Collect(maps.Values(held))...), err
}

// pickEntries goes through so many entries of a list at most, and gives the sequence numbers
// of those that are wanted, and whether that was all of them.
func (s *Store) pickEntries(ctx context.Context, t *sql.Tx, l *listRow, where string, wanted map[int64]bool, most int) (seqs []int64, all bool, err error) {
	rows, err := t.QueryContext(ctx, "SELECT phone, seq FROM "+s.dialect.numbered+" WHERE account_key = $1 AND list_key = $2 AND copy = 0"+where+" LIMIT $3",
		l.Owner.AccountKey, l.contentKey, most+1)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var key, seq int64
		if err := rows.Scan(&key, &seq); err != nil {
			return nil, false, err
		}
		if wanted[key] {
			seqs = append(seqs, seq)
		}
	}
	return seqs, n <= most, rows.Err()
}

// at picks what concerned a number then: what holds now first, then by list and
// time.
func (h *heldEntries) at(n phone.Number, from, to time.Time) []rollcall.DNCEntry {
	var found []rollcall.DNCEntry
	for _, key := range append([]phone.Number{n}, n.Prefixes()...) {
		for _, e := range append(slices.Clone(h.known[key]), h.past[key]...) {
			found = append(found, h.scopes.during(e, from, to)...)
		}
	}
	slices.SortStableFunc(found, func(a, b rollcall.DNCEntry) int {
		if a.Holds != b.Holds {
			if a.Holds {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.ListID, b.ListID), a.From.Compare(b.From))
	})
	return found
}

// blockedBy gives those of some numbers that an entry blocks now, each with the name
// of the list: by lists that bind the owner's application.
func (s *Store) blockedBy(ctx context.Context, q queryer, owner rollcall.Owner, numbers []phone.Number, now time.Time) (map[phone.Number]string, error) {
	lists, err := s.dncLists(ctx, q, owner)
	if err != nil {
		return nil, err
	}
	contents, names := make([]int64, len(lists)), map[int64]string{}
	for i, l := range lists {
		contents[i], names[l.contentKey] = l.contentKey, l.Name
	}
	wanted := make([]int64, len(numbers))
	for i, n := range numbers {
		wanted[i] = int64(n)
	}
	by, err := blockedNumbers(ctx, q, s.dialect, owner.AccountKey, contents, wanted, now)
	blocked := make(map[phone.Number]string, len(by))
	for n, content := range by {
		blocked[phone.Number(n)] = names[content]
	}
	return blocked, err
}

// prefixes gives the prefixes of a list that block now. A list has few: they are
// told apart by their sign, and stand together in the index.
func (s *Store) prefixes(ctx context.Context, q queryer, l *listRow, now time.Time) (map[phone.Number]bool, error) {
	found, err := all(ctx, q, func(r *sql.Rows) (n phone.Number, err error) { err = r.Scan(&n); return n, err },
		"SELECT phone FROM "+s.dialect.byNumber+" WHERE account_key = $1 AND list_key = $2 AND phone < 0 AND (expires_at IS NULL OR expires_at > $3)",
		l.Owner.AccountKey, l.contentKey, millis(now))
	set := make(map[phone.Number]bool, len(found))
	for _, n := range found {
		set[n] = true
	}
	return set, err
}
