package store

import (
	"context"
	"slices"
	"sync"

	"rollcall/phone"
)

// bulkSession is what the store remembers between the blocks of one import, so that
// PostgreSQL need not be asked about every number: which numbers the list may hold.
// Nothing depends on its being right. A number that it wrongly calls new makes the
// unique key refuse the block, which is then done again with exact look-ups.
type bulkSession struct {
	mu      sync.Mutex // held while a block is written
	filter  *numberFilter
	known   int64 // contacts of the list up to this sequence number are in the filter
	asked   int64 // numbers that were looked up since the filter was last complete
	reached int64 // what known becomes when the block under way commits
	exact   bool  // the block under way is done again
}

// smallBlock is up to which size a block is looked up as it is: the filter's memory
// costs more than so many look-ups.
const smallBlock = 5_000

// fillPrice is how many numbers are read into the filter in the time of one look-up.
const fillPrice = 4

// candidates gives those of the numbers that the list may hold. The list is locked,
// and the rows are about to be written.
func (b *bulkSession) candidates(ctx context.Context, t *tx, l *listRow, rows []insertion) ([]int64, error) {
	ready, err := b.ready(ctx, t, l, len(rows))
	if err != nil {
		return nil, err
	}
	var numbers []int64
	if ready {
		numbers = b.filter.addAll(rows) // also where the block fails in the end: then they are looked up once in vain
		b.reached = max(b.reached, lastSeqOf(rows))
	} else {
		numbers = make([]int64, len(rows))
		for i := range rows {
			numbers[i] = int64(rows[i].contact.Phone)
		}
		if b != nil {
			b.asked += int64(len(rows))
		}
	}
	slices.Sort(numbers) // neighbours are on one page of the index
	return slices.Compact(numbers), nil
}

// lastSeqOf is the highest of the rows' sequence numbers: they are in order.
func lastSeqOf(rows []insertion) int64 {
	if len(rows) == 0 {
		return 0
	}
	return rows[len(rows)-1].seq
}

// ready makes the filter complete, where that is worth its while: reading a list of
// millions for the sake of one block is not. After as many look-ups as the reading
// costs it is, so that no import takes more than twice the best it could have.
func (b *bulkSession) ready(ctx context.Context, t *tx, l *listRow, rows int) (bool, error) {
	if b == nil || b.exact || l.lastSeq > mostFiltered || rows <= smallBlock && b.filter == nil {
		return false, nil
	}
	behind := l.lastSeq - b.known
	if behind > b.asked*fillPrice {
		return false, nil
	}
	if b.filter == nil {
		b.filter = newNumberFilter()
	}
	if behind > 0 {
		if err := b.read(ctx, t, l); err != nil {
			return false, err
		}
	}
	b.asked = 0
	return true, nil
}

// read puts the numbers into the filter that the list holds and the filter does not:
// those from before the import, and those that others added since.
func (b *bulkSession) read(ctx context.Context, t *tx, l *listRow) error {
	rows, err := t.QueryContext(ctx, "SELECT phone FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq > $3", l.Owner.AccountKey, l.contentKey, b.known)
	if err != nil {
		return err
	}
	defer rows.Close()
	var n phone.Number
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return err
		}
		b.filter.add(n)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	b.known = l.lastSeq
	return nil
}

// settle takes note of how the block ended.
func (b *bulkSession) settle(committed bool) {
	if committed && b.reached > 0 {
		b.known = b.reached
	}
	b.reached, b.exact = 0, false
}

// distrust empties the filter and makes the next block an exact one.
func (b *bulkSession) distrust() {
	b.filter, b.known, b.asked, b.reached, b.exact = nil, 0, 0, 0, true
}

// mostSessions bounds the memory of imports that were begun and never ended.
const mostSessions = 4

// bulkSessions are the sessions of the imports that this process runs.
type bulkSessions struct {
	mu   sync.Mutex
	of   map[importRef]*bulkSession
	last []importRef // the one that was used last comes last
}

// get gives an import's session, and makes it when it is new.
func (s *bulkSessions) get(ref importRef) *bulkSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.of[ref]
	if b == nil {
		b = &bulkSession{}
		if s.of == nil {
			s.of = map[importRef]*bulkSession{}
		}
		s.of[ref] = b
	}
	s.last = append(s.without(ref), ref)
	if len(s.last) > mostSessions {
		delete(s.of, s.last[0])
		s.last = s.last[1:]
	}
	return b
}

// drop forgets an import's session.
func (s *bulkSessions) drop(ref importRef) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, ref)
	s.last = s.without(ref)
}

func (s *bulkSessions) without(ref importRef) []importRef {
	return slices.DeleteFunc(s.last, func(r importRef) bool { return r == ref })
}

// writeBlock runs fn in a write transaction with what the import's earlier blocks
// taught. It runs fn a second time where what was learnt proves wrong.
func (s *Store) writeBlock(ctx context.Context, ref importRef, fn func(*tx) error) error {
	b := s.sessions.get(ref)
	b.mu.Lock()
	defer b.mu.Unlock()
	within := func(t *tx) error {
		t.bulk = b
		return fn(t)
	}
	err := s.write(ctx, within)
	if b.reached > 0 && isUniqueViolation(err) {
		b.distrust()
		err = s.write(ctx, within)
	}
	b.settle(err == nil)
	return err
}
