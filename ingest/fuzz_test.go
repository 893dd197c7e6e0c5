package ingest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall"
	"rollcall/phone"
)

// seeds are the golden files: one for each shape of file that is known.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	paths, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(paths) == 0 {
		f.Fatal("no files", err)
	}
	var all [][]byte
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// FuzzSniff: any bytes have a format, or are refused with a code; the whole and
// its first half never end in a panic.
func FuzzSniff(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var ev evidence
		for piece := range slices.Chunk(content, 7) {
			_, _ = ev.Write(piece)
		}
		ev.end()
		for _, head := range [][]byte{content, content[:len(content)/2]} {
			format, err := sniff(head, len(head) == len(content), &ev, &hints{})
			switch {
			case err == nil && (len(format.Columns) == 0 || format.Delimiter == 0):
				t.Errorf("got %+v", format)
			case err != nil && !errors.Is(err, errShort) && rollcall.CodeOf(err) != rollcall.CodeInvalid:
				t.Errorf("got %v", err)
			case err == nil:
				p, err := makePlan(format, planInput{region: "US"})
				if (err == nil) != (p.phone >= 0 && p.phone < len(format.Columns)) || len(p.answer.Columns) != len(format.Columns) {
					t.Errorf("got %+v, %v", p, err)
				}
			}
		}
	})
}

// FuzzRead: whatever the bytes, each row of the file has one number and is a row
// or a reject, and the file is read the same in small chunks as in one piece.
// (TestRun_EveryRowOnce does the same with all stages running at once; that is
// too slow, and its coverage too random, for fuzzing.)
func FuzzRead(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b, uint8(16))
	}
	f.Fuzz(func(t *testing.T, content []byte, chunk uint8) {
		format, err := sniffBytesOf(content)
		if err != nil {
			return
		}
		whole := normaliseAll(t, content, format, len(content)+1)
		pieces := normaliseAll(t, content, format, int(chunk)+1)
		if diff := cmp.Diff(whole, pieces, cmp.AllowUnexported(batch{}), cmpopts.IgnoreFields(batch{}, "bytes")); diff != "" {
			t.Errorf("chunks of %d:\n%s", int(chunk)+1, diff)
		}
		for i, numbers := 0, whole.numbers(); i < len(numbers); i++ {
			if numbers[i] != int64(i)+1 {
				t.Fatalf("the numbers are %v", numbers)
			}
		}
	})
}

func sniffBytesOf(content []byte) (*Format, error) {
	var ev evidence
	_, _ = ev.Write(content)
	ev.end()
	return sniff(content, true, &ev, &hints{})
}

// normaliseAll reads a file with its phone numbers in the first column.
func normaliseAll(t *testing.T, content []byte, f *Format, chunk int) *batch {
	const limit = 64
	p, err := makePlan(f, planInput{corrections: map[rollcall.Field]string{rollcall.FieldPhoneNumber: uniqueNames(f.Columns)[0]}})
	if err != nil {
		t.Fatal(err)
	}
	parser, err := phone.NewParser(phone.RuleE164, "")
	if err != nil {
		t.Fatal(err)
	}
	all := &batch{}
	n := &normaliser{plan: p, parser: parser, scan: f.scanner(limit)}
	r := newReader(f.Encoding.decode(bytes.NewReader(content[f.markLen():])), f, chunk, limit)
	if err := r.skip(f.preamble()); err != nil {
		return all // with this limit the header is not read in one piece
	}
	for {
		text, err := r.next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = n.chunk(text, func() *batch { return &batch{} }, func(b *batch) error {
			b.renumber(all.len())
			all.rows, all.rejects = append(all.rows, b.rows...), append(all.rejects, b.rejects...)
			return nil
		})
		r.release(text)
	}
}

// numbers are the numbers of all rows, in order.
func (b *batch) numbers() []int64 {
	var all []int64
	for _, r := range b.rows {
		all = append(all, r.Number)
	}
	for _, r := range b.rejects {
		all = append(all, r.Number)
	}
	slices.Sort(all)
	return all
}
