package ingest

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"rollcall"
)

// TestRun_EveryRowOnce: whatever the bytes of a file, each of its rows gets one
// number, in order and without a gap, and one outcome.
func TestRun_EveryRowOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		body := rapid.SliceOfN(rapid.SampledFrom([]byte("4155550123456,,\"\n\n\r\x00\xe9\xc3\xa9;")), 0, 400).Draw(rt, "body")
		accountFor(rt, t, append([]byte("Phone,Name\n"), body...))
	})
}

// accountFor imports a file and holds its rows against those of a reading in one
// piece.
func accountFor(rt fataler, t testing.TB, content []byte) {
	store, q := newFakeStore(), request(write(t, string(content)), newClock())
	next := int64(1)
	store.beforeCommit = func(b *rollcall.Block) error {
		if b.First != next {
			return fmt.Errorf("the block starts at %d, not %d", b.First, next)
		}
		next += b.Len()
		return nil
	}
	importer := &Importer{store: store, chunk: 16, limit: 64, block: 3}
	result, err := importer.Run(context.Background(), q)
	if err != nil {
		if rollcall.CodeOf(err) != rollcall.CodeInvalid {
			rt.Fatal(err)
		}
		return // refused as a whole
	}
	seen := make([]bool, next)
	for _, r := range store.contacts {
		seen[r.Number-1] = true
	}
	for i, r := range store.rejects {
		if i > 0 && r.Number <= store.rejects[i-1].Number || seen[r.Number-1] {
			rt.Fatal("number twice, or out of order", r.Number)
		}
		seen[r.Number-1] = true
	}
	if n := int64(len(store.contacts) + len(store.rejects)); n != next-1 || n != result.Import.Counts.Rows || n != countRows(rt, content, &result.Answer.Format, importer.limit) {
		rt.Fatal(n, "rows have an outcome of", result.Import.Counts.Rows)
	}
}

// countRows counts the rows of a file in one piece.
func countRows(t fataler, content []byte, f *Format, limit int) int64 {
	var text bytes.Buffer
	if _, err := text.ReadFrom(f.Encoding.decode(bytes.NewReader(content[f.markLen():]))); err != nil {
		t.Fatal(err)
	}
	s := f.scanner(limit)
	s.reset(text.Bytes(), true)
	n := -f.preamble()
	for s.next() {
		n++
	}
	return n
}
