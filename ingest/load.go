package ingest

import (
	"context"
	"fmt"
	"time"

	"rollcall"
)

const (
	// blockRows is how many rows are committed together. SQLite takes 200,000 rows
	// a second in batches of 50,000 that are sorted by number, and half of that or
	// less in batches of 10,000; larger ones gain little and hold more memory.
	blockRows = 50_000
	// blockBytes bounds a block of long rows.
	blockBytes = 16 << 20
)

// Store is what an import needs of the database.
type Store interface {
	// ContactListByName finds a list; the error's code is CodeNotFound when there
	// is none.
	ContactListByName(ctx context.Context, owner rollcall.Owner, name string) (*rollcall.ContactList, error)
	// BeginImport makes the import, and the list when it is new. When an import of
	// the same digest under the same rules into that list was cut short, and nobody
	// works on it any more, it hands that one out, to go on from Counts.Rows. The
	// error's code is CodeConflict when another process works on an import into the
	// list.
	BeginImport(ctx context.Context, b rollcall.ImportStart, now time.Time) (*rollcall.Import, error)
	// CommitBlock settles duplicates, writes contacts, rejects, counts and position
	// in one transaction, renews the lease and gives the counts of this block. It
	// updates im.Counts, and fails when im is no longer ours. It keeps nothing of
	// the block, whose memory is used again.
	CommitBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (rollcall.ImportCounts, error)
	// EndImport writes the end: failure is empty for an import that was read to its
	// end.
	EndImport(ctx context.Context, im *rollcall.Import, failure string, now time.Time) (*rollcall.ContactList, error)
	// RenewImport renews the lease of an import that is still its worker's. It does
	// not touch im.
	RenewImport(ctx context.Context, im *rollcall.Import, now time.Time) error
	// PauseImport gives the lease back, so that the import can be gone on with at
	// once.
	PauseImport(ctx context.Context, im *rollcall.Import, now time.Time) error
	// Rejects gives the import's rejects with a number above after, in order, at
	// most limit.
	Rejects(ctx context.Context, im *rollcall.Import, after int64, limit int) ([]rollcall.Reject, error)
	// NewDryRun gives a counter that settles duplicates as CommitBlock would,
	// against the list (nil: a new one) and the rows before, and writes nothing.
	NewDryRun(ctx context.Context, list *rollcall.ContactList) (rollcall.DryRun, error)
}

// sink takes the blocks of a file, in order.
type sink interface {
	take(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error)
}

// storeSink commits blocks.
type storeSink struct {
	store Store
	im    *rollcall.Import
	now   func() time.Time
}

func (s *storeSink) take(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
	before := s.im.Counts
	counts, err := s.store.CommitBlock(ctx, s.im, b, s.now())
	if err != nil {
		return counts, err
	}
	if s.im.Counts != before.Add(counts) {
		return counts, lost("the import's counts are not those before the block and of the block")
	}
	return counts, nil
}

// loader joins batches to blocks and commits them. It is the one place that
// numbers rows.
type loader struct {
	sink     sink
	most     int64 // rows of a block
	block    rollcall.Block
	bytes    int
	total    rollcall.ImportCounts // of what is committed, before this run too
	progress *progress
}

// add takes the next batch.
func (l *loader) add(ctx context.Context, b *batch) error {
	if l.block.Len() > 0 && (l.block.Len()+b.len() > l.most || l.bytes+b.bytes > blockBytes) {
		if err := l.commit(ctx); err != nil {
			return err
		}
	}
	b.renumber(l.total.Rows + l.block.Len())
	l.block.Rows = append(l.block.Rows, b.rows...)
	l.block.Rejects = append(l.block.Rejects, b.rejects...)
	l.bytes += b.bytes
	return nil
}

// commit commits the block, and holds what it became against what it was.
func (l *loader) commit(ctx context.Context) error {
	if l.block.Len() == 0 {
		return nil
	}
	l.block.First = l.total.Rows + 1
	counts, err := l.sink.take(ctx, &l.block)
	if err != nil {
		return err
	}
	if err := counts.Check(); err != nil {
		return err
	}
	if counts.Rows != l.block.Len() {
		return lost(fmt.Sprintf("of a block of %d rows %d have an outcome", l.block.Len(), counts.Rows))
	}
	l.total = l.total.Add(counts)
	if err := l.total.Check(); err != nil {
		return err
	}
	l.progress.counted(l.total)
	l.empty()
	return nil
}

// empty makes room for the next block.
func (l *loader) empty() {
	clear(l.block.Rows)
	clear(l.block.Rejects)
	l.block.Rows, l.block.Rejects, l.bytes = l.block.Rows[:0], l.block.Rejects[:0], 0
}

func lost(what string) error {
	return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The import stopped because " + what + "."}
}
