package store

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"rollcall"
	"rollcall/phone"
)

// importCourtesy is the gap that SQLite's write lock is left free after each
// block, so that writers of other processes come in between; see begin.
const importCourtesy = 3 * time.Millisecond

// errCancelled ends an import that somebody asked to end.
var errCancelled = rollcall.Conflict(rollcall.ReasonCancelled, "The import was cancelled.")

// CommitBlock settles what becomes of each row of a block, and writes contacts,
// ledger and rejects, the import's counts and position, and the list's count, in
// one transaction. It updates im.Counts, and gives the counts of this block. When
// another process has taken the import over, somebody asked for its end, or the
// block is more than the account's limits allow, it fails and nothing is written.
// Of a replacement the new contents count, not those that they are to replace.
func (s *Store) CommitBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (counts rollcall.ImportCounts, err error) {
	next := *im
	err = s.writeBlock(ctx, refOf(im), func(t *tx) error {
		if err := s.lockScope(ctx, t, im); err != nil {
			return err
		}
		l, current, err := s.lockForImport(ctx, t, im)
		if err != nil {
			return err
		}
		if current.Cancel {
			return errCancelled
		}
		carryErased(im, current)
		carryErased(&next, current)
		x := newSettling(s, t, l, im, b, now)
		if im.ContentKey != 0 && im.Counts.Rows == 0 {
			t.bulk.known = l.lastSeq // the new contents of a replacement are empty
		}
		if err := x.settle(ctx); err != nil {
			return err
		}
		if counts, err = x.write(ctx); err != nil {
			return err
		}
		next.Counts, next.LeaseUntil, next.BytesRead = im.Counts.Add(counts), now.Add(rollcall.ImportLease), max(im.BytesRead, b.BytesRead)
		if err := errors.Join(counts.Check(), next.Counts.Check()); err != nil {
			return err
		}
		if err := saveImport(ctx, t, &next); err != nil || im.ContentKey != 0 {
			return err // of a replacement, readers see nothing yet
		}
		if err := s.entriesCame(ctx, t, l, now); err != nil {
			return err
		}
		l.UpdatedAt = now
		bumpVersion(t, im.Owner)
		return nil
	})
	if err != nil {
		return rollcall.ImportCounts{}, err
	}
	*im = next
	if s.dialect == sqliteDialect {
		time.Sleep(importCourtesy)
	}
	return counts, nil
}

// RefuseBlock notes all rows of a block as rejected: the bad ones for what is wrong
// with them, the good ones for the remark given. Nothing is written into a list.
func (s *Store) RefuseBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, why rollcall.Remark, now time.Time) (counts rollcall.ImportCounts, err error) {
	next := *im
	err = s.write(ctx, func(t *tx) error {
		current, err := s.lockImport(ctx, t, im)
		if err != nil {
			return err
		}
		if current.Cancel {
			return errCancelled
		}
		carryErased(&next, current)
		refused := *b
		refused.Rows = slices.Clone(b.Rows)
		x := newSettling(s, t, &listRow{}, im, &refused, now)
		x.firstSeq = refusedSeq + b.First
		if err := x.eraseRows(ctx); err != nil {
			return err
		}
		counts = rollcall.ImportCounts{Rows: b.Len(), Rejected: b.Len()}
		for i := range refused.Rows {
			if x.settled[i].outcome != "" {
				counts.Rejected--
				counts.Blocked++
				continue
			}
			refused.Rows[i].Remark, x.settled[i].outcome = &why, rollcall.OutcomeRejected
		}
		if err := s.dialect.insertRejects(ctx, t, refOf(im), b.Rejects); err != nil {
			return err
		}
		if err := x.writeLedger(ctx); err != nil {
			return err
		}
		next.Counts, next.LeaseUntil, next.BytesRead = im.Counts.Add(counts), now.Add(rollcall.ImportLease), max(im.BytesRead, b.BytesRead)
		return saveImport(ctx, t, &next)
	})
	if err == nil {
		*im = next
	}
	return counts, err
}

// refusedSeq keeps the sequence numbers that the ledger has for refused rows apart
// from those of every contact.
const refusedSeq = math.MinInt64 / 2

// RestartImport makes a claimed import begin at its first row again, where nothing
// of it stands in a list: a dry run whose process was killed, or a file that is
// refused as a whole.
func (s *Store) RestartImport(ctx context.Context, im *rollcall.Import) error {
	next := *im
	next.Counts, next.BytesRead, next.StartedRows = rollcall.ImportCounts{}, 0, 0
	err := s.write(ctx, func(t *tx) error {
		current, err := s.lockImport(ctx, t, im)
		if err != nil {
			return err
		}
		next.Answer = current.Answer
		return errors.Join(forgetRows(ctx, t, refOf(im)), resetMended(ctx, t, refOf(im)), saveImport(ctx, t, &next))
	})
	if err == nil {
		*im = next
	}
	return err
}

// settling is a block whose rows get their outcomes.
type settling struct {
	s    *Store
	t    *tx
	list *listRow // as it is saved
	into *listRow // the same, or the new contents of a replacement
	im   *rollcall.Import
	b    *rollcall.Block
	now  time.Time
	// erased tells which numbers are suppressed, since their person was erased.
	erased func(context.Context, []phone.Number) (map[phone.Number]bool, error)
	// onDNC tells which numbers DNC lists block, and the list's name of each.
	onDNC func(context.Context, []phone.Number) (map[phone.Number]string, error)
	// others looks for the keys of rows in other lists.
	others func(context.Context, rowKeys) (otherHolders, error)

	blocked  map[phone.Number]string // what onDNC told; nil: nobody asked
	firstSeq int64                   // of the block's first row, if it is added
	settled  []settledRow
	changes  []contactChange
	copies   map[int64]int64 // see noteCopies
}

// settledRow is what became of one good row, in the order of Block.Rows.
type settledRow struct {
	outcome rollcall.Outcome
	seq     int64 // the contact that the row became, changed or matched; 0: none
	dup     int64 // of a duplicate: the contact's sequence number
	space   int64 // of a duplicate of a contact in another list: that list's
	erased  bool  // of a blocked row: its person was erased
	taken   bool  // the row matches one contact, and its number belongs to dup
}

func newSettling(s *Store, t *tx, l *listRow, im *rollcall.Import, b *rollcall.Block, now time.Time) *settling {
	x := &settling{s: s, t: t, list: l, into: l, im: im, b: b, now: now, firstSeq: l.lastSeq + 1, settled: make([]settledRow, len(b.Rows))}
	l.actor = im.User
	x.others = x.otherLists
	x.erased = func(ctx context.Context, numbers []phone.Number) (map[phone.Number]bool, error) {
		return s.erasedNumbers(ctx, t.Tx, im.Owner.AccountKey, numbers)
	}
	x.onDNC = func(ctx context.Context, numbers []phone.Number) (map[phone.Number]string, error) {
		return s.blockedBy(ctx, t.Tx, im.Owner, numbers, now)
	}
	if im.ContentKey != 0 {
		fresh := *l
		fresh.contentKey, fresh.TotalRecordCount = im.ContentKey, im.Counts.Added-im.Erased
		x.into = &fresh
	}
	return x
}

// seqOf is the sequence number that a row has as a contact: the rejected rows of
// a block leave gaps, so that a contact tells the row that it was.
func (x *settling) seqOf(r *rollcall.Row) int64 { return x.firstSeq + r.Number - x.b.First }

// settle gives each good row its outcome, and writes the contacts.
func (x *settling) settle(ctx context.Context) error {
	if err := x.eraseRows(ctx); err != nil {
		return err
	}
	if err := x.checkDNC(ctx); err != nil {
		return err
	}
	o := &x.im.Options
	simple := o.Match == rollcall.MatchPhone && o.Scope == rollcall.ScopeList && (o.Duplicates == rollcall.DuplicatesSkip || o.Duplicates == rollcall.DuplicatesAllow)
	var err error
	if simple {
		err = x.insertAll(ctx)
	} else {
		err = x.matchAll(ctx)
	}
	x.list.lastSeq += x.b.Len()
	x.list.hasCopies = x.list.hasCopies || x.into.hasCopies
	return err
}

// insertAll is the usual way: the unique key of numbers settles all.
func (x *settling) insertAll(ctx context.Context) error {
	rows, places := make([]insertion, 0, len(x.b.Rows)), make([]int, 0, len(x.b.Rows))
	for i := range x.b.Rows {
		if x.settled[i].outcome == "" {
			rows, places = append(rows, insertion{contact: &x.b.Rows[i].Contact, seq: x.seqOf(&x.b.Rows[i])}), append(places, i)
		}
	}
	if _, err := x.s.insert(ctx, x.t, x.into, rows, x.im.Options.Duplicates == rollcall.DuplicatesAllow, x.now); err != nil {
		return err
	}
	for j, i := range places {
		if rows[j].added {
			x.settled[i] = settledRow{outcome: rollcall.OutcomeAdded, seq: rows[j].seq}
		} else {
			x.settled[i] = settledRow{outcome: rollcall.OutcomeDuplicate, dup: rows[j].dup}
		}
	}
	return nil
}

// write writes what is noted of the block besides contacts, and counts it.
func (x *settling) write(ctx context.Context) (counts rollcall.ImportCounts, err error) {
	counts = rollcall.ImportCounts{Rows: x.b.Len(), Rejected: int64(len(x.b.Rejects))}
	for i := range x.settled {
		switch x.settled[i].outcome {
		case rollcall.OutcomeAdded:
			counts.Added++
		case rollcall.OutcomeUpdated:
			counts.Updated++
		case rollcall.OutcomeUnchanged:
			counts.Unchanged++
		case rollcall.OutcomeDuplicate:
			counts.Duplicate++
		case rollcall.OutcomeBlocked:
			counts.Blocked++
		}
		if x.dncList(i) != "" {
			counts.OnDNC++
		}
	}
	if counts.Corrected, err = correctRejects(ctx, x.t, x.im, x.corrects()); err != nil {
		return counts, err
	}
	if err := x.s.dialect.insertRejects(ctx, x.t, refOf(x.im), x.b.Rejects); err != nil {
		return counts, err
	}
	if err := x.writeChanges(ctx); err != nil {
		return counts, err
	}
	if err := x.writeLedger(ctx); err != nil {
		return counts, err
	}
	return counts, saveList(ctx, x.t, x.list)
}

// corrects gives the numbers of the rejects that rows of the block correct: those
// that are not blocked.
func (x *settling) corrects() (numbers []int64) {
	for i := range x.settled {
		if n := x.b.Rows[i].Corrects; n != 0 && x.settled[i].outcome != rollcall.OutcomeBlocked {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
