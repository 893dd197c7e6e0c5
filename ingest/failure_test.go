package ingest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall"
)

// TestRun_Resume interrupts an import again and again; in the end all is as if
// it had run through.
func TestRun_Resume(t *testing.T) {
	content := rows(300)
	whole := newFakeStore()
	if _, err := small(whole).Run(t.Context(), request(write(t, content), newClock())); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		store, q := newFakeStore(), request(write(t, content), newClock())
		q.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
		var result *Result
		for err := errors.New("not yet"); err != nil; {
			ctx, cancel := context.WithCancel(t.Context())
			left := rapid.IntRange(0, 20).Draw(rt, "blocks")
			store.beforeCommit = func(*rollcall.Block) error {
				if left--; left < 0 {
					cancel()
				}
				return nil
			}
			there := len(store.contacts) + len(store.rejects)
			result, err = small(store).Run(ctx, q)
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				rt.Fatal(err)
			}
			if err == nil && (result.Resumed != (there > 0) || result.ResumedFrom != int64(there)) {
				rt.Fatalf("got %+v, %d rows were there", result, there)
			}
		}
		if !slices.Equal(whole.contacts, store.contacts) || !slices.Equal(whole.rejects, store.rejects) || result.Import.Counts.Rows != 300 {
			rt.Fatal("the rows differ", result.Import.Counts)
		}
		text, _ := os.ReadFile(q.Rejects)
		if n := strings.Count(string(text), "\n"); n != 31 {
			rt.Fatalf("the rejects file has %d lines", n)
		}
	})
}

// TestRun_Interrupted leaves the import running and free, and says what to do.
func TestRun_Interrupted(t *testing.T) {
	store, q := newFakeStore(), request(write(t, rows(100)), newClock())
	ctx, cancel := context.WithCancel(t.Context())
	store.beforeCommit = func(b *rollcall.Block) error {
		if b.First > 50 {
			cancel()
		}
		return nil
	}
	_, err := small(store).Run(ctx, q)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "rows are committed. The same command goes on from there.") {
		t.Errorf("got %v", err)
	}
	if im := store.imports[0]; im.State != rollcall.ImportRunning || im.Alive(q.Now()) || store.paused != 1 {
		t.Errorf("got %+v", im)
	}
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	if _, err := small(newFakeStore()).Run(cancelled, q); err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("got %v", err)
	}
}

// TestRun_Fails: an import that cannot go on is failed, with a sentence.
func TestRun_Fails(t *testing.T) {
	for _, c := range []struct {
		name    string
		arrange func(*fakeStore, string)
		want    string // in the error
		failure string // in the import
	}{
		{"the store fails", func(s *fakeStore, _ string) {
			s.beforeCommit = func(*rollcall.Block) error { return errors.New("disk on fire") }
		}, "disk on fire", "The import failed because of an internal fault; see the log."},
		{"a row without an outcome", func(s *fakeStore, _ string) {
			s.counts = func(c rollcall.ImportCounts) rollcall.ImportCounts { c.Added--; return c }
		}, "the import's counts", "the import's counts"},
		{"the file grows", func(s *fakeStore, path string) {
			s.beforeCommit = func(*rollcall.Block) error {
				f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
				defer f.Close()
				_, err := f.WriteString("+14155559999,Zoe,late\n")
				return err
			}
		}, "was changed while it was imported", "was changed while it was imported"},
		{"the file is written to in place", func(s *fakeStore, path string) {
			s.beforeCommit = func(*rollcall.Block) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) }
		}, "was changed while it was imported", "was changed while it was imported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, q := newFakeStore(), request(write(t, rows(100)), newClock())
			c.arrange(store, q.Path)
			result, err := small(store).Run(t.Context(), q)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, %v", result, err)
			}
			if im := store.imports[0]; result.Import.State != im.State || result.Import.ID != im.ID || result.Import.Counts != im.Counts {
				t.Errorf("the result tells %+v, the import is %+v", result, im)
			}
			if im := store.imports[0]; im.State != rollcall.ImportFailed || len(store.failures) != 1 || !strings.Contains(store.failures[0], c.failure) {
				t.Errorf("got %+v, %q", im, store.failures)
			}
		})
	}
}

// TestRun_TakenOver: when another process has the import, its end is not ours.
func TestRun_TakenOver(t *testing.T) {
	store, q := newFakeStore(), request(write(t, rows(100)), newClock())
	store.beforeCommit = func(*rollcall.Block) error {
		return rollcall.Conflict(rollcall.ReasonTakenOver, "Another process has taken this import over.")
	}
	_, err := small(store).Run(t.Context(), q)
	if rollcall.CodeOf(err) != rollcall.CodeConflict || store.imports[0].State != rollcall.ImportRunning || store.paused != 0 {
		t.Errorf("got %v, %+v", err, store.imports[0])
	}
}
