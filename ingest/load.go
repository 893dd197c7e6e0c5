package ingest

import (
	"context"
	"fmt"
	"sync/atomic"
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

// Store is what an import needs of the database; see package store for the
// promises of each.
type Store interface {
	Rejects

	ContactListByName(ctx context.Context, owner rollcall.Owner, name string) (*rollcall.ContactList, error)
	ContactList(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.ContactList, error)
	Import(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.Import, error)
	// CheckFirst refuses a file whose content was imported into the list before, unless
	// the options say to import it again.
	CheckFirst(ctx context.Context, im *rollcall.Import) error
	// BeginImport makes the import of a local file, and the list when it is new; or
	// hands out one that was cut short, to go on from Counts.Rows.
	BeginImport(ctx context.Context, b rollcall.ImportStart, now time.Time) (*rollcall.Import, error)
	// BeginClaimed begins an import that a process claimed, once its file is
	// understood.
	BeginClaimed(ctx context.Context, im *rollcall.Import, b rollcall.ImportStart, now time.Time) error
	// RestartImport makes an import begin at its first row again.
	RestartImport(ctx context.Context, im *rollcall.Import) error
	// CommitBlock settles and writes a block in one transaction, renews the lease and
	// gives the counts of this block. It updates im.Counts, and fails when im is no
	// longer ours, or is to end. It keeps nothing of the block, whose memory is used
	// again.
	CommitBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (rollcall.ImportCounts, error)
	// RefuseBlock notes all rows of a block as rejected.
	RefuseBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, why rollcall.Remark, now time.Time) (rollcall.ImportCounts, error)
	// EndImport writes the end: failure is nil for an import that was read to its end.
	EndImport(ctx context.Context, im *rollcall.Import, failure *rollcall.Failure, now time.Time) (*rollcall.ContactList, error)
	// RenewImport renews the lease of an import that is still its worker's, and tells
	// whether somebody asked for its end. It does not touch im.
	RenewImport(ctx context.Context, im *rollcall.Import, now time.Time) (cancel bool, err error)
	// PauseImport gives the lease back, so that the import can be gone on with at
	// once.
	PauseImport(ctx context.Context, im *rollcall.Import, now time.Time) error
	// NewDryRun gives a counter that settles blocks as CommitBlock would, and writes
	// nothing into the list.
	NewDryRun(ctx context.Context, im *rollcall.Import) (rollcall.DryRun, error)
	RememberedMapping(ctx context.Context, owner rollcall.Owner, headerKey string) (rollcall.RememberedMapping, error)
	RememberMapping(ctx context.Context, owner rollcall.Owner, headerKey string, m rollcall.RememberedMapping, now time.Time) error
}

// sink takes the blocks of a file, in order.
type sink interface {
	take(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error)
}

// importSink passes blocks on to what settles them, and holds the import's counts
// against what it says.
type importSink struct {
	im     *rollcall.Import
	settle func(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error)
}

func (s *importSink) take(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
	before := s.im.Counts
	counts, err := s.settle(ctx, b)
	if err != nil {
		return counts, err
	}
	if s.im.Counts != before.Add(counts) {
		return counts, lost("the import's counts are not those before the block and of the block")
	}
	return counts, nil
}

// glance counts rows and rejects, and keeps nothing: a look at a file before
// anything is done.
type glance struct{}

func (glance) take(_ context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
	return rollcall.ImportCounts{Rows: b.Len(), Added: int64(len(b.Rows)), Rejected: int64(len(b.Rejects))}, nil
}

// loader joins batches to blocks and commits them. It is the one place that
// numbers rows. While one block is committed, the next is filled.
type loader struct {
	sink     sink
	most     int64 // rows of a block
	filling  rollcall.Block
	bytes    int
	text     int64         // bytes of the text that was taken, and passed over before this run
	read     *atomic.Int64 // bytes of the text that are read, which is ahead
	given    int64         // rows that were given to committing, and before this run
	spare    rollcall.Block
	pending  chan commitEnd        // nil: no block is being committed
	total    rollcall.ImportCounts // of what is committed, before this run too
	progress *progress
}

// commitEnd is what became of a block.
type commitEnd struct {
	block  rollcall.Block
	counts rollcall.ImportCounts
	err    error
}

// add takes the next batch.
func (l *loader) add(ctx context.Context, b *batch) error {
	if l.filling.Len() > 0 && (l.filling.Len()+b.len() > l.most || l.bytes+b.bytes > blockBytes) {
		if err := l.hand(ctx); err != nil {
			return err
		}
	}
	b.renumber(l.given + l.filling.Len())
	l.filling.Rows = append(l.filling.Rows, b.rows...)
	l.filling.Rejects = append(l.filling.Rejects, b.rejects...)
	l.bytes += b.bytes
	l.text += b.text
	return nil
}

// hand gives the block to committing, after the one before is committed.
func (l *loader) hand(ctx context.Context) error {
	if err := l.settled(); err != nil {
		return err
	}
	if l.filling.Len() == 0 {
		return nil
	}
	block := l.filling
	block.First, block.BytesRead = l.given+1, l.reached()
	l.given += block.Len()
	l.filling, l.spare, l.bytes = l.spare, rollcall.Block{}, 0
	done := make(chan commitEnd, 1)
	l.pending = done
	go func() {
		counts, err := l.sink.take(ctx, &block)
		done <- commitEnd{block, counts, err}
	}()
	return nil
}

// reached is how much of the file the rows are that were taken, in bytes: as large a
// share of what is read of it as they are of the text. What waits between the stages,
// several thousand rows, does not count.
func (l *loader) reached() int64 {
	read := l.read.Load()
	if read == 0 {
		return 0
	}
	return int64(float64(l.progress.bytes.Load()) * min(1, float64(l.text)/float64(read)))
}

// settled waits for the block that is being committed, and holds what it became
// against what it was.
func (l *loader) settled() error {
	if l.pending == nil {
		return nil
	}
	end := <-l.pending
	l.pending = nil
	if end.err != nil {
		return end.err
	}
	if err := end.counts.Check(); err != nil {
		return err
	}
	if end.counts.Rows != end.block.Len() {
		return lost(fmt.Sprintf("of a block of %d rows %d have an outcome", end.block.Len(), end.counts.Rows))
	}
	l.total = l.total.Add(end.counts)
	if err := l.total.Check(); err != nil {
		return err
	}
	l.progress.counted(l.total)
	clear(end.block.Rows)
	clear(end.block.Rejects)
	l.spare = rollcall.Block{Rows: end.block.Rows[:0], Rejects: end.block.Rejects[:0]}
	return nil
}

// finish commits what is left.
func (l *loader) finish(ctx context.Context) error {
	if err := l.hand(ctx); err != nil {
		return err
	}
	return l.settled()
}

// stop waits for a block that is being committed when another stage has failed:
// nobody may use the store after the import has ended.
func (l *loader) stop() {
	if l.pending != nil {
		end := <-l.pending
		l.pending = nil
		if end.err == nil {
			l.total = l.total.Add(end.counts)
		}
	}
}

func lost(what string) error {
	return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The import stopped because " + what + "."}
}
