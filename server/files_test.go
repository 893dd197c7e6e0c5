package server

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall"
	"rollcall/files"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// keptFile is an upload that arrived at a time, and its file.
func keptFile(t *testing.T, s *store.Store, f *files.Files, o rollcall.Owner, at time.Time) string {
	t.Helper()
	u, err := rollcall.NewUpload(o, "u-1", "a.csv", 5, at)
	if err == nil {
		err = s.CreateUpload(t.Context(), u)
	}
	if err == nil {
		_, _, err = f.Put(t.Context(), u.ID, strings.NewReader("hello"), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func TestJanitor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f, err := files.Open(t.Context(), files.Config{Place: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		// Files have the time of the real clock, so that the janitor's is later.
		now := time.Now().Add(8 * 24 * time.Hour)
		j := &janitor{files: f, store: s, keep: 7 * 24 * time.Hour, log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }}
		o := storetest.Owner(t, s)
		list := storetest.FileList(t, s, o, "from a file")
		old, young, used := keptFile(t, s, f, o, now.Add(-169*time.Hour)), keptFile(t, s, f, o, now.Add(-167*time.Hour)), keptFile(t, s, f, o, now.Add(-169*time.Hour))
		_, err = s.UpdateUpload(t.Context(), o, used, func(u *rollcall.Upload) error { u.Arrived(5, "", u.UpdatedAt); return nil })
		if err != nil {
			t.Fatal(err)
		}
		im := &rollcall.Import{ID: rollcall.NewID(rollcall.PrefixImport), Owner: o, User: "u-1", ListID: list.ID, UploadID: used, File: rollcall.File{ID: rollcall.NewFileID(), Name: "a.csv"}}
		if err := s.QueueImport(t.Context(), im, nil, now); err != nil {
			t.Fatal(err)
		}
		orphan := rollcall.NewID(rollcall.PrefixUpload)
		if _, _, err := f.Put(t.Context(), orphan, strings.NewReader("x"), 0); err != nil {
			t.Fatal(err)
		}
		if err := j.expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, f, map[string]bool{old: false, young: true, used: true, orphan: true})
		if err := j.orphans(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, f, map[string]bool{old: false, young: true, used: true, orphan: false})
	})
}

// unremovable makes the removal of a file fail, as a broken disk would: where a file of
// its is looked for there is a folder that is not empty. The file itself stays whole.
func unremovable(t *testing.T, place, id string) (mend func()) {
	t.Helper()
	obstacle := filepath.Join(place, id+".info.new")
	if err := os.MkdirAll(filepath.Join(obstacle, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.RemoveAll(obstacle); err != nil {
			t.Fatal(err)
		}
	}
}

// An upload is forgotten before its file is removed: where the removal fails, nobody finds
// an upload without a file, and the file is removed as an orphan once that can be done.
func TestJanitor_TheRowGoesBeforeTheFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		place := t.TempDir()
		f, err := files.Open(t.Context(), files.Config{Place: place})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().Add(8 * 24 * time.Hour)
		j := &janitor{files: f, store: s, keep: 7 * 24 * time.Hour, log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }}
		id := keptFile(t, s, f, storetest.Owner(t, s), now.Add(-169*time.Hour))
		mend := unremovable(t, place, id)
		if err := j.expire(t.Context()); err == nil {
			t.Fatal("the file could be removed")
		}
		if known, err := s.HasUpload(t.Context(), id); known || err != nil {
			t.Errorf("the upload is there still: %v", err)
		}
		expect(t, f, map[string]bool{id: true})
		mend()
		if err := j.orphans(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, f, map[string]bool{id: false})
	})
}

// forgetful is a store that cannot forget uploads, as a database that is away.
type forgetful struct{ *store.Store }

func (forgetful) ExpireUpload(context.Context, *rollcall.Upload, time.Time) (bool, error) {
	return false, errors.New("the database is away")
}

// While the upload is known its file is there.
func TestJanitor_TheFileStaysWithTheRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f, err := files.Open(t.Context(), files.Config{Place: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().Add(8 * 24 * time.Hour)
		j := &janitor{files: f, store: forgetful{s}, keep: 7 * 24 * time.Hour, log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }}
		id := keptFile(t, s, f, storetest.Owner(t, s), now.Add(-169*time.Hour))
		if err := j.expire(t.Context()); err == nil {
			t.Fatal("the upload was forgotten")
		}
		if known, err := s.HasUpload(t.Context(), id); !known || err != nil {
			t.Errorf("the upload is gone: %v", err)
		}
		expect(t, f, map[string]bool{id: true})
	})
}

// A file that was only just left over may be somebody's in a moment.
func TestJanitor_YoungOrphansStay(t *testing.T) {
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	f, err := files.Open(t.Context(), files.Config{Place: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	orphan := rollcall.NewID(rollcall.PrefixUpload)
	if _, _, err := f.Put(t.Context(), orphan, strings.NewReader("x"), 0); err != nil {
		t.Fatal(err)
	}
	j := &janitor{files: f, store: s, keep: time.Hour, log: slog.New(slog.DiscardHandler), now: time.Now}
	if err := j.orphans(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, f, map[string]bool{orphan: true})
}

func expect(t *testing.T, f *files.Files, want map[string]bool) {
	t.Helper()
	for id, there := range want {
		if _, err := f.Info(context.Background(), id); (err == nil) != there {
			t.Errorf("%s: %v, want it there: %v", id, err, there)
		}
	}
}
