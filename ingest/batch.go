package ingest

import "rollcall"

const (
	// batchRows and batchBytes bound what a normaliser hands on at once, whatever
	// is in a chunk: it may hold 100,000 rows of one digit.
	batchRows  = 4096
	batchBytes = 1 << 20
)

// batch is a piece of a chunk, normalised. The numbers of its rows and rejects
// count from 1 within it; only the loader knows how many rows went before.
type batch struct {
	rows    []rollcall.Row
	rejects []rollcall.Reject
	bytes   int   // about what it holds in memory
	text    int64 // bytes of the text that it was made of
}

func (b *batch) len() int64 { return int64(len(b.rows) + len(b.rejects)) }

// renumber gives a batch's rows and rejects their numbers in the file.
func (b *batch) renumber(before int64) {
	for i := range b.rows {
		b.rows[i].Number += before
	}
	for i := range b.rejects {
		b.rejects[i].Number += before
	}
}

// reset empties a batch for another use. Its rows are cleared, so that the text
// that they are pieces of can go.
func (b *batch) reset() {
	clear(b.rows)
	clear(b.rejects)
	b.rows, b.rejects, b.bytes, b.text = b.rows[:0], b.rejects[:0], 0, 0
}
