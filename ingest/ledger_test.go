package ingest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall"
)

// TestLedger_GoesBackIn: whatever was wrong with the rows of a file, its rejects
// file has each of them as one row, with its number in front, under the same
// columns.
func TestLedger_GoesBackIn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		delim := rapid.SampledFrom([]string{",", ";", "\t", "|"}).Draw(rt, "delimiter")
		end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(rt, "line end")
		body := rapid.StringOf(rapid.SampledFrom([]rune("41xé,;|\"\"\n\n \x00"))).Draw(rt, "body")
		content := strings.ReplaceAll("Phone,Name,Note\n4155550123,Ann,x\n"+body, ",", delim)
		first := newFakeStore()
		q := request(write(t, strings.ReplaceAll(content, "\n", end)), newClock())
		q.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
		result, err := New(first, Settings{}).Run(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		if !strings.Contains(body, `"`) { // else a row may have a line end of its own
			wantLineEnds(rt, q.Rejects, end)
		}
		p, numbers := readBack(rt, q.Rejects)
		if len(numbers) != int(result.Import.Counts.Rejected) {
			rt.Fatalf("%d rejects, %d rows in the rejects file", result.Import.Counts.Rejected, len(numbers))
		}
		for i, r := range first.rejects {
			if correctedRow(numbers[i]) != r.Number {
				rt.Fatalf("row %d is %q", r.Number, numbers[i])
			}
		}
		if len(numbers) > 0 && (p.mapping.PhoneNumber != "Phone" || len(p.extras) != 2) {
			rt.Fatalf("the columns are mapped to %+v", p)
		}
	})
}

// wantLineEnds holds the line ends of a file against the one that all of them are to be.
func wantLineEnds(t *rapid.T, path, end string) {
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.ReplaceAll(string(content), end, ""); strings.ContainsAny(text, "\r\n") {
		t.Fatalf("not all lines end by %q: %q", end, content)
	}
}

// readBack reads a rejects file as a file to import: its plan, and the first cell
// of each row.
func readBack(t *rapid.T, path string) (*plan, []string) {
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := sniffBytesOf(content)
	if err != nil {
		t.Fatal(err)
	}
	p, err := makePlan(f, planInput{})
	if err != nil {
		t.Fatal(err)
	}
	s := f.scanner(maxRecord)
	s.reset(content[f.markLen():], true)
	for range f.preamble() {
		s.next()
	}
	var first []string
	for s.next() {
		if s.fault != faultNone {
			t.Fatalf("row %q is broken", s.text[s.start:s.end])
		}
		first = append(first, string(s.text[s.cells[0].start:s.cells[0].end]))
	}
	return p, first
}

// TestLedger_Mended: the rejects file, mended, is imported into the same list,
// and what was wrong with the rows is not kept with the contacts.
func TestLedger_Mended(t *testing.T) {
	store, q := newFakeStore(), request(write(t, "Phone,Name,Note\n12,Ann,\"a, b\"\n+14155550124,Bob,\n+14155550125,\"Cid,\n"), newClock())
	q.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
	if _, err := New(store, Settings{}).Run(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(q.Rejects)
	if err != nil {
		t.Fatal(err)
	}
	mended := strings.Replace(string(text), ",12,", ",+14155550123,", 1)
	result, err := New(store, Settings{}).Run(t.Context(), request(write(t, mended), newClock()))
	if err != nil || result.Import.Counts.Added != 2 {
		t.Fatal(err, result)
	}
	if got, want := store.contacts[1].Contact.Extra, `{"Name":"Ann","Note":"a, b"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := store.contacts[2].Contact.Extra, `{"Name":"\"Cid"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestLedger_MendedAndResumed: a mended file that was begun is gone on with as it was
// understood then, also where the import that it corrects is not known any more.
func TestLedger_MendedAndResumed(t *testing.T) {
	store, c := newFakeStore(), newClock()
	good, bad := strings.Repeat("n,+12025550143,\n", 5), strings.Repeat("b,see notes,+14155550124\n", 3)
	q := request(write(t, "Who,Ring here,Or here\n"+good+bad), c)
	q.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
	if _, err := New(store, Settings{}).Run(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	store.beforeCommit = func(*rollcall.Block) error { return errors.New("the database is gone") }
	if _, err := New(store, Settings{}).Run(t.Context(), request(q.Rejects, c)); err == nil {
		t.Fatal("no error")
	}
	im := store.imports[1]
	im.ID, im.State, im.FailureCode, im.Failure, im.EndedAt = "im-00000000-0000-4000-8000-000000000002", rollcall.ImportRunning, "", "", time.Time{}
	store.imports, store.beforeCommit = store.imports[1:], nil
	if err := New(store, Settings{}).RunClaimed(t.Context(), im, q.Rejects, c.Now); err != nil || im.Counts.Rejected != 3 {
		t.Errorf("%v, %+v", err, im.Counts)
	}
}

// TestLedger_WholeOrNotAtAll: an import that fails leaves an older rejects file as
// it was, and no other file beside it.
func TestLedger_WholeOrNotAtAll(t *testing.T) {
	store, q := newFakeStore(), request(write(t, rows(50)), newClock())
	dir := t.TempDir()
	q.Rejects = filepath.Join(dir, "rejects.csv")
	if err := os.WriteFile(q.Rejects, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	store.counts = func(c rollcall.ImportCounts) rollcall.ImportCounts { c.Rows++; return c }
	if _, err := New(store, Settings{}).Run(t.Context(), q); err == nil {
		t.Fatal("no error")
	}
	files, _ := os.ReadDir(dir)
	if text, _ := os.ReadFile(q.Rejects); string(text) != "old" || len(files) != 1 {
		t.Errorf("got %q, %v", text, files)
	}
}
