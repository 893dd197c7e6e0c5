package store

import (
	"context"
	"database/sql"
	"slices"
	"sort"

	"rollcall"
)

// importWalk finds the contacts that rows of one import became, changed or matched.
type importWalk struct {
	im      *rollcall.Import
	outcome rollcall.Outcome
	blocks  seqRanges // by sequence number; neighbours without a gap are one
}

// importOf loads the import that the walk's filter names.
func (w *contactWalk) importOf(ctx context.Context, t *sql.Tx) (*importWalk, error) {
	im, err := loadImport(ctx, t, w.owner, w.filter.ImportID, "")
	if err == nil && im.ListKey != w.list.Key {
		err = rollcall.NotFound("No import with this id went into the list.")
	}
	if err != nil {
		return nil, err
	}
	i := &importWalk{im: im, outcome: rollcall.OutcomeAdded}
	if w.filter.Outcome != "" {
		i.outcome = w.filter.Outcome
	}
	i.blocks, err = ledgerRanges(ctx, t, refOf(im))
	if i.added() {
		i.blocks = joinRanges(i.blocks)
	}
	return i, err
}

func (i *importWalk) added() bool { return i.outcome == rollcall.OutcomeAdded }

// joinRanges sorts ranges by sequence number, and makes one of neighbours: the walk
// asks for each by itself.
func joinRanges(ranges seqRanges) (joined seqRanges) {
	slices.SortFunc(ranges, func(a, b seqRange) int { return int(min(max(a.firstSeq-b.firstSeq, -1), 1)) })
	for _, r := range ranges {
		if n := len(joined); n > 0 && joined[n-1].firstSeq+joined[n-1].rows == r.firstSeq {
			joined[n-1].rows += r.rows
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

// block gives the first block that ends at a sequence number or after it.
func (i *importWalk) block(seq int64) (seqRange, bool) {
	at := sort.Search(len(i.blocks), func(n int) bool { return i.blocks[n].firstSeq+i.blocks[n].rows > seq })
	if at == len(i.blocks) {
		return seqRange{}, false
	}
	return i.blocks[at], true
}

// holds tells whether the import added the contact: the sequence numbers of a block
// are its rows', and no contact has that of a row which was not added.
func (i *importWalk) holds(seq int64) bool {
	b, ok := i.block(seq)
	return ok && seq >= b.firstSeq
}

// queueSize is how many candidates a walk keeps in memory.
const queueSize = 100_000

// seqsAfter gives the least sequence numbers above after of contacts with whose
// rows the import ended as wanted, at most queueSize of them. The ledger is in the
// file's order, so each call reads all of it, a block at a time.
func (i *importWalk) seqsAfter(ctx context.Context, t *sql.Tx, after int64) ([]int64, error) {
	var seqs []int64
	for _, b := range i.blocks {
		block, body, err := readBlock(ctx, t, refOf(i.im), b.firstRow)
		if err != nil {
			return nil, err
		}
		rows, err := readLedger(body, block.rows)
		if err != nil {
			return nil, err
		}
		for n := range rows {
			if rows[n].outcome == i.outcome && rows[n].seq > after {
				seqs = append(seqs, rows[n].seq)
			}
		}
		if len(seqs) > 2*queueSize {
			seqs = least(seqs)
		}
	}
	return least(seqs), nil
}

// least sorts, and leaves the queueSize least.
func least(seqs []int64) []int64 {
	seqs = compact(seqs)
	return seqs[:min(len(seqs), queueSize)]
}

// seqsOfID gives the sequence numbers of the contacts with an own id, where those
// are indexed.
func (w *contactWalk) seqsOfID(id string) func(context.Context, *sql.Tx, int64) ([]int64, error) {
	return func(ctx context.Context, t *sql.Tx, after int64) ([]int64, error) {
		return all(ctx, t, func(r *sql.Rows) (seq int64, err error) { err = r.Scan(&seq); return seq, err },
			"SELECT seq FROM contact_unique_ids WHERE account_key = $1 AND content_key = $2 AND unique_id = $3 AND seq > $4 ORDER BY seq LIMIT $5",
			w.owner.AccountKey, w.content, id, after, queueSize)
	}
}

// seqQueue holds sequence numbers of candidates, in order, and fetches more when it
// has run out.
type seqQueue struct {
	more func(ctx context.Context, t *sql.Tx, after int64) ([]int64, error)
	held []int64
	last bool // there are no more
}

// after gives at most n sequence numbers above seq; none: there are none.
func (q *seqQueue) after(ctx context.Context, t *sql.Tx, seq int64, n int) ([]int64, error) {
	q.held = q.held[sort.Search(len(q.held), func(i int) bool { return q.held[i] > seq }):]
	if len(q.held) == 0 && !q.last {
		held, err := q.more(ctx, t, seq)
		if err != nil {
			return nil, err
		}
		q.held, q.last = held, len(held) < queueSize
	}
	return q.held[:min(n, len(q.held))], nil
}
