package store

import (
	"cmp"
	"context"
	"database/sql"
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
	for i, l := range append(own, others...) {
		entries, err := s.entries(ctx, t, l, keys)
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

// entries gives those of a list's entries that some numbers or prefixes have, ended
// ones among them.
func (s *Store) entries(ctx context.Context, t *sql.Tx, l *listRow, keys []int64) ([]rollcall.DNCEntry, error) {
	if l.TotalRecordCount == 0 {
		return nil, nil
	}
	held, err := knownNumbers(ctx, t, s.dialect.numbers, l.Owner.AccountKey, l.contentKey, keys, 0)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	seqs := make([]int64, 0, len(held))
	for _, seq := range held {
		seqs = append(seqs, seq)
	}
	contacts, err := contactsAt(ctx, t, s.dialect.contactsAt, l.Owner.AccountKey, l.contentKey, sorted(seqs))
	entries := make([]rollcall.DNCEntry, len(contacts))
	for i := range contacts {
		entries[i] = rollcall.EntryOf(&l.ContactList, &contacts[i])
	}
	return entries, err
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
