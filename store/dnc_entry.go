package store

import (
	"context"
	"time"

	"rollcall"
	"rollcall/phone"
)

// numbersOfRows are the numbers of a block's good rows.
func numbersOfRows(b *rollcall.Block) []phone.Number {
	numbers := make([]phone.Number, len(b.Rows))
	for i := range b.Rows {
		numbers[i] = b.Rows[i].Contact.Phone
	}
	return numbers
}

// addEntries adds entries to a locked DNC list. One whose number, or prefix, is there
// already is merged into it: see [rollcall.Contact.MergeEntry].
func (s *Store) addEntries(ctx context.Context, t *tx, l *listRow, entries []rollcall.Contact, result *rollcall.Added, user string, now time.Time) error {
	l.actor = user
	numbers := make([]int64, len(entries))
	for i := range entries {
		numbers[i] = int64(entries[i].Phone)
	}
	there, err := s.holders(ctx, t.Tx, l.Owner.AccountKey, l.contentKey, rowKeys{numbers: compact(numbers)})
	if err != nil {
		return err
	}
	places := make(map[phone.Number]*spot, len(entries))
	for i := range there {
		places[there[i].Phone] = &spot{contact: there[i], before: &there[i]}
	}
	var fresh []insertion
	for i := range entries {
		p := places[entries[i].Phone]
		switch {
		case p == nil:
			p = &spot{contact: entries[i]}
			places[entries[i].Phone] = p
			fresh = append(fresh, insertion{contact: &p.contact, seq: l.lastSeq + 1 + int64(i)})
		case p.contact.MergeEntry(&entries[i]) && p.before != nil:
			p.changed = true
		}
	}
	l.lastSeq += int64(len(entries))
	if result.Added, err = s.insert(ctx, t, l, fresh, false, now); err != nil {
		return err
	}
	var changes []contactChange
	for i := range there {
		if p := places[there[i].Phone]; p.changed {
			changes = append(changes, contactChange{before: p.before, after: &p.contact})
		}
	}
	if err := s.updateContacts(ctx, t, l, changes, now); err != nil {
		return err
	}
	result.Updated = len(changes)
	result.Duplicates = len(entries) - result.Added - result.Updated
	if result.Added+result.Updated == 0 {
		return nil
	}
	if err := s.entriesCame(ctx, t, l, now); err != nil {
		return err
	}
	return saveChanged(ctx, t, l, user, now)
}

// entriesCame takes back what is handed out and blocked by now, after entries of a
// list came or changed: in their transaction, so that no later answer lets one through.
func (s *Store) entriesCame(ctx context.Context, t *tx, l *listRow, now time.Time) error {
	if l.Type != rollcall.ListDNC {
		return nil
	}
	return s.withdrawBlocked(ctx, t, l.Owner.AccountKey, now)
}

// checkDNC holds the numbers of a block against the DNC lists, where the import is to.
// Rows on one get their outcome here where they are to be left out; the others, and
// all where they are only counted, are settled after.
func (x *settling) checkDNC(ctx context.Context) (err error) {
	if !x.im.Options.DNC.Checks() || len(x.b.Rows) == 0 {
		return nil
	}
	if x.blocked, err = x.onDNC(ctx, numbersOfRows(x.b)); err != nil || x.im.Options.DNC != rollcall.DNCDrop {
		return err
	}
	for i := range x.b.Rows {
		if x.dncList(i) != "" {
			x.settled[i].outcome = rollcall.OutcomeBlocked
		}
	}
	return nil
}

// dncList is the name of the DNC list that blocks a row's number; empty: none does,
// nobody asked, or the row's person was erased, of whom nothing else is told.
func (x *settling) dncList(i int) string {
	if x.settled[i].erased {
		return ""
	}
	return x.blocked[x.b.Rows[i].Contact.Phone]
}
