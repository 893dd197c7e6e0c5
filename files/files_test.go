package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/tus/tusd/v2/pkg/handler"

	"rollcall"
	"rollcall/files"
)

var ctx = context.Background()

// place makes a place that is empty, and tells what its objects or files are.
type place struct {
	config files.Config
	names  func() []string
}

// each runs a test on a folder and on an object store. Both are real: the second
// is a server that speaks S3's protocol.
func each(t *testing.T, test func(t *testing.T, p place)) {
	t.Run("folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "files")
		test(t, place{files.Config{Place: dir}, func() []string { return namesIn(t, dir) }})
	})
	t.Run("bucket", func(t *testing.T) { test(t, bucket(t)) })
}

func bucket(t *testing.T) place {
	backend := s3mem.New()
	if err := backend.CreateBucket("lists"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	temp := t.TempDir()
	t.Cleanup(func() {
		if left := namesIn(t, temp); len(left) > 0 {
			t.Errorf("left in the folder for temporary files: %v", left)
		}
	})
	names := func() []string {
		objects, err := backend.ListBucket("lists", nil, gofakes3.ListBucketPage{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, o := range objects.Contents {
			names = append(names, o.Key)
		}
		return names
	}
	return place{files.Config{Place: "s3://lists/some/prefix?endpoint=" + server.URL + "&region=eu-central-1", Temp: temp}, names}
}

func namesIn(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func open(t testing.TB, c files.Config) *files.Files {
	t.Helper()
	f, err := files.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func content(size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(b)
	return b
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// check reads a file in both ways.
func check(t *testing.T, f *files.Files, id string, want []byte) {
	t.Helper()
	if i, err := f.Info(ctx, id); err != nil || i != (files.Info{Size: int64(len(want)), Here: int64(len(want)), Whole: true}) {
		t.Errorf("info %+v %v", i, err)
	}
	if got, err := f.Digest(ctx, id); err != nil || got != sum(want) {
		t.Errorf("digest %s %v", got, err)
	}
	path, release, err := f.Local(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
}

func TestFiles_PutReadDelete(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		f := open(t, p.config)
		for _, size := range []int{0, 1, 5 << 20, 33<<20 + 7} { // the last is a whole part and a small one
			id, want := rollcall.NewID(rollcall.PrefixUpload), content(size)
			n, digest, err := f.Put(ctx, id, bytes.NewReader(want), int64(size))
			if err != nil || n != int64(size) || digest != sum(want) {
				t.Fatalf("%d: %d %s %v", size, n, digest, err)
			}
			check(t, open(t, p.config), id, want) // as another process sees it
			if err := f.Delete(ctx, id); err != nil {
				t.Error(err)
			}
			if _, err := f.Info(ctx, id); rollcall.CodeOf(err) != rollcall.CodeNotFound {
				t.Errorf("after the deletion: %v", err)
			}
			if left := p.names(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if err := f.Delete(ctx, id); err != nil {
				t.Errorf("deleted again: %v", err)
			}
		}
	})
}

// A file over the limit, or one whose sender breaks off, leaves nothing behind.
func TestFiles_Put_NothingIsLeftOfWhatFails(t *testing.T) {
	broken := errors.New("broken off")
	each(t, func(t *testing.T, p place) {
		f := open(t, p.config)
		for name, r := range map[string]io.Reader{
			"over the limit": bytes.NewReader(content(33<<20 + 1)),
			"broken off":     io.MultiReader(bytes.NewReader(content(6<<20)), failing{broken}),
		} {
			_, _, err := f.Put(ctx, rollcall.NewID(rollcall.PrefixUpload), r, 33<<20)
			if rollcall.CodeOf(err) != rollcall.CodeTooLarge && !errors.Is(err, broken) {
				t.Errorf("%s: %v", name, err)
			}
			if rollcall.CodeOf(err) == rollcall.CodeTooLarge && !strings.Contains(err.Error(), "34603008") {
				t.Errorf("the limit is not named: %v", err)
			}
			if left := p.names(); len(left) > 0 {
				t.Errorf("%s: left behind: %v", name, left)
			}
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// An id that is none of ours never becomes a path or an object's name.
func TestFiles_OtherIDs(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		f := open(t, p.config)
		for _, id := range []string{"", "..", "../../etc/passwd", "up-1", "up-00000000-0000-4000-8000-000000000000/../x", "im-00000000-0000-4000-8000-000000000000"} {
			if _, _, err := f.Put(ctx, id, strings.NewReader("x"), 0); err == nil {
				t.Errorf("%q was taken", id)
			}
			if _, err := f.Info(ctx, id); rollcall.CodeOf(err) != rollcall.CodeNotFound {
				t.Errorf("%q: %v", id, err)
			}
			if err := f.Delete(ctx, id); err != nil {
				t.Errorf("%q: %v", id, err)
			}
		}
		if left := p.names(); len(left) > 0 {
			t.Errorf("made: %v", left)
		}
	})
}

// A file whose last byte came, and whose process then ended, is settled by the
// next who looks.
func TestFiles_Settle(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		f, id, want := open(t, p.config), rollcall.NewID(rollcall.PrefixUpload), content(100)
		core := f.Composer().Core
		u, err := core.NewUpload(ctx, handler.FileInfo{ID: id, Size: 100})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.WriteChunk(ctx, 0, bytes.NewReader(want[:60])); err != nil {
			t.Fatal(err)
		}
		other := open(t, p.config)
		if i, err := other.Settle(ctx, id); err != nil || i != (files.Info{Size: 100, Here: 60}) {
			t.Errorf("half of it: %+v %v", i, err)
		}
		if _, _, err := other.Local(ctx, id); rollcall.CodeOf(err) != rollcall.CodeConflict {
			t.Errorf("half a file was given out: %v", err)
		}
		if _, err := other.Digest(ctx, id); rollcall.CodeOf(err) != rollcall.CodeConflict {
			t.Errorf("half a file has a digest: %v", err)
		}
		u, err = core.GetUpload(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.WriteChunk(ctx, 60, bytes.NewReader(want[60:])); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if i, err := other.Settle(ctx, id); err != nil || i != (files.Info{Size: 100, Here: 100, Whole: true}) {
				t.Errorf("all of it: %+v %v", i, err)
			}
		}
		check(t, f, id, want)
	})
}

func TestFiles_List(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		f, want := open(t, p.config), map[string]bool{}
		for range 3 {
			id := rollcall.NewID(rollcall.PrefixUpload)
			if _, _, err := f.Put(ctx, id, strings.NewReader("x"), 0); err != nil {
				t.Fatal(err)
			}
			want[id] = true
		}
		begun := rollcall.NewID(rollcall.PrefixUpload)
		if _, err := f.Composer().Core.NewUpload(ctx, handler.FileInfo{ID: begun, Size: 9}); err != nil {
			t.Fatal(err)
		}
		want[begun] = true
		after := ""
		for {
			kept, err := f.List(ctx, after)
			if err != nil {
				t.Fatal(err)
			}
			if len(kept) == 0 {
				break
			}
			for _, k := range kept {
				if !want[k.ID] || k.ID <= after || k.ChangedAt.IsZero() {
					t.Errorf("%+v after %s", k, after)
				}
				delete(want, k.ID)
				after = k.ID
			}
		}
		if len(want) > 0 {
			t.Errorf("not listed: %v", want)
		}
	})
}

func TestOpen_FolderIsPrivateAndMayMove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	f, id := open(t, files.Config{Place: dir}), rollcall.NewID(rollcall.PrefixUpload)
	if _, _, err := f.Put(ctx, id, strings.NewReader("hello"), 0); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, id): 0o600, filepath.Join(dir, id+".info"): 0o600} {
		if stat, err := os.Stat(path); err != nil || stat.Mode().Perm() != want {
			t.Errorf("%s: %v %v", path, stat.Mode(), err)
		}
	}
	if err := os.Rename(dir, dir+"b"); err != nil {
		t.Fatal(err)
	}
	check(t, open(t, files.Config{Place: dir + "b"}), id, []byte("hello"))
}

func TestOpen_WrongPlace(t *testing.T) {
	p := bucket(t)
	for name, place := range map[string]string{
		"nothing":           "",
		"no bucket":         "s3:///prefix",
		"a secret in it":    "s3://key:secret@lists",
		"unknown parameter": p.config.Place + "&regoin=x",
		"unknown bucket":    strings.Replace(p.config.Place, "lists", "others", 1),
	} {
		_, err := files.Open(ctx, files.Config{Place: place})
		if err == nil || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
