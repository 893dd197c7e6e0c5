package store

import (
	"context"
	"time"

	"rollcall"
	"rollcall/phone"
)

// What the tests of this package's inside need, which live outside of it, since
// storetest imports it.

// OpenSQLitePool is openSQLitePool.
var OpenSQLitePool = openSQLitePool

// Inserted is what became of one contact.
type Inserted struct {
	Seq, Copy, Dup int64
	Added          bool
}

// Insert adds contacts as AddContacts does, and tells what became of each.
func (s *Store) Insert(ctx context.Context, owner rollcall.Owner, listID string, contacts []rollcall.Contact, now time.Time) (out []Inserted, err error) {
	err = s.write(ctx, func(t *tx) error {
		l, err := s.lockList(ctx, t, owner, listID)
		if err != nil {
			return err
		}
		rows := make([]insertion, len(contacts))
		for i := range contacts {
			rows[i].contact, rows[i].seq = &contacts[i], l.lastSeq+1+int64(i)
		}
		l.lastSeq += int64(len(rows))
		if _, err := s.insert(ctx, t, l, rows, l.AllowDuplicates, now); err != nil {
			return err
		}
		for _, r := range rows {
			out = append(out, Inserted{r.seq, r.copy, r.dup, r.added})
		}
		return saveList(ctx, t, l)
	})
	return out, err
}

// AfterCancel runs a bulk insert in a transaction whose context has ended.
func (s *Store) AfterCancel(ctx context.Context, owner rollcall.Owner, listID string, contacts []rollcall.Contact) error {
	ctx, cancel := context.WithCancel(ctx)
	return s.write(ctx, func(t *tx) error {
		l, err := s.lockList(ctx, t, owner, listID)
		if err != nil {
			return err
		}
		cancel()
		rows := []insertion{}
		for i := range contacts {
			rows = append(rows, insertion{contact: &contacts[i], seq: int64(i + 1)})
		}
		return s.dialect.insertContacts(ctx, t, l, rows, false)
	})
}

// EmptyFilter makes an import's filter believe that it knows the list and that the
// list holds nothing. It gives false where there is no filter.
func (s *Store) EmptyFilter(im *rollcall.Import) bool {
	f := s.sessions.get(importRef{im.Owner.AccountKey, im.Key}).filter
	if f != nil {
		clear(f.blocks)
	}
	return f != nil
}

// FilterOf gives the numbers that an import's filter may hold, of those given.
func (s *Store) FilterOf(im *rollcall.Import, numbers []phone.Number) (maybe int) {
	f := s.sessions.get(importRef{im.Owner.AccountKey, im.Key}).filter
	for _, n := range numbers {
		if f != nil && f.maybe(n) {
			maybe++
		}
	}
	return maybe
}

// NewNumberFilter gives the two halves of a filter.
func NewNumberFilter() (add func(phone.Number), maybe func(phone.Number) bool) {
	f := newNumberFilter()
	return func(n phone.Number) { f.add(n) }, f.maybe
}

// maybe tells whether the filter may hold a number.
func (f *numberFilter) maybe(n phone.Number) bool {
	block := &f.blocks[mix(uint64(n))>>(64-filterBits)]
	before := *block
	defer func() { *block = before }()
	return f.add(n)
}

// RunRows counts the rows that hang on the runs of an account.
func (s *Store) RunRows(ctx context.Context, account int64) (n int64, err error) {
	for _, table := range []string{"attempts", "run_contacts", "run_totals", "run_skips", "campaign_runs", "purges"} {
		var rows int64
		if err := s.reader.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table+" WHERE account_key = $1", account).Scan(&rows); err != nil {
			return 0, err
		}
		n += rows
	}
	return n, nil
}
