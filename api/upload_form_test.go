package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// form is a form with one file.
func form(t testing.TB, name string, r io.Reader) (contentType string, body io.Reader) {
	t.Helper()
	pr, pw := io.Pipe()
	m := multipart.NewWriter(pw)
	go func() {
		part, err := m.CreateFormFile("file", name)
		if err == nil {
			_, err = io.Copy(part, r)
		}
		if err == nil {
			err = m.Close()
		}
		pw.CloseWithError(err)
	}()
	t.Cleanup(func() { pr.Close() })
	return m.FormDataContentType(), pr
}

func (s *site) sendForm(name string, r io.Reader) (*http.Response, answer) {
	s.t.Helper()
	kind, body := form(s.t, name, r)
	return s.send(http.MethodPost, v2("/uploads"), map[string]string{"Content-Type": kind}, body)
}

func TestUploads_FormIsStoredAsItIs(t *testing.T) {
	eachPlace(t, func(t *testing.T, w *world) {
		s := w.serve(w.api)
		for _, size := range []int{0, 1, 5<<20 + 3} {
			want := bytesOf(size)
			res, a := s.sendForm(`..\..\people.csv`, bytes.NewReader(want))
			if res.StatusCode != http.StatusOK {
				t.Fatalf("%d %+v", res.StatusCode, a)
			}
			path := v2("/uploads/") + decodeData[struct{ UploadID string }](t, a).UploadID
			sum := sha256.Sum256(want)
			if u := s.uploadAt(path); !u.Complete || *u.Size != int64(size) || u.FileName != "people.csv" || u.Digest != hex.EncodeToString(sum[:]) {
				t.Errorf("%+v", u)
			}
			if !bytes.Equal(s.stored(path), want) {
				t.Error("another file arrived")
			}
			if s.offset(path) != size {
				t.Error("the protocol sees another file")
			}
			if res, _ := s.send(http.MethodDelete, path, nil, nil); res.StatusCode != http.StatusNoContent {
				t.Error(res.StatusCode)
			}
		}
	})
}

func TestUploads_FormWithAHugeName(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	res, a := w.serve(w.api).sendForm(strings.Repeat("a", 100_000), strings.NewReader("x"))
	if res.StatusCode != http.StatusBadRequest || a.Errors[0].Field != "body.fileName" {
		t.Errorf("%d %+v", res.StatusCode, a)
	}
}

// A file over the limit is refused in every way in which it can come, and
// nothing is left of it.
func TestUploads_OverTheLimit(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	limited := w.newAPI(w.store, func(c *Config) { c.MaxFile = 1000 })
	s := w.serve(limited)
	deferred := map[string]string{"Tus-Resumable": "1.0.0", "Upload-Defer-Length": "1", "Content-Type": "application/offset+octet-stream"}
	tries := map[string]func() (*http.Response, answer){
		"form": func() (*http.Response, answer) { return s.sendForm("a.csv", bytes.NewReader(bytesOf(1001))) },
		"announced": func() (*http.Response, answer) {
			return s.send(http.MethodPost, v2("/uploads"), map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "1001"}, nil)
		},
		"length unknown, with its bytes": func() (*http.Response, answer) {
			return s.send(http.MethodPost, v2("/uploads"), deferred, bytes.NewReader(bytesOf(1001)))
		},
		"length unknown, chunked": func() (*http.Response, answer) {
			return s.send(http.MethodPost, v2("/uploads"), deferred, io.MultiReader(bytes.NewReader(bytesOf(1001))))
		},
	}
	for name, try := range tries {
		if res, a := try(); res.StatusCode != http.StatusRequestEntityTooLarge || a.Errors[0].Code != "too_large" {
			t.Errorf("%s: %d %+v", name, res.StatusCode, a)
		}
	}
	if entries, err := os.ReadDir(w.place); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
	if uploads, err := w.store.Uploads(context.Background(), w.owner(), rollcall.UploadPage{Limit: 10}); err != nil || len(uploads) > 0 {
		t.Errorf("left behind: %v %v", uploads, err)
	}
	if res, a := s.sendForm("a.csv", bytes.NewReader(bytesOf(1000))); res.StatusCode != http.StatusOK {
		t.Errorf("just under the limit: %d %+v", res.StatusCode, a)
	}
	res, _ := s.send(http.MethodOptions, v2("/uploads"), nil, nil)
	if got := res.Header.Get("Tus-Max-Size"); got != "1000" {
		t.Errorf("Tus-Max-Size %q", got)
	}
}

// A length that was left open is no way around the limit.
func TestUploads_OverTheLimitByPieces(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	s := w.serve(w.newAPI(w.store, func(c *Config) { c.MaxFile = 1000 }))
	res, _ := s.send(http.MethodPost, v2("/uploads"), map[string]string{"Tus-Resumable": "1.0.0", "Upload-Defer-Length": "1"}, nil)
	path := res.Header.Get("Location")
	if res, a := s.patch(path, 0, bytes.NewReader(bytesOf(900))); res.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %+v", res.StatusCode, a)
	}
	if res, _ := s.patch(path, 900, bytes.NewReader(bytesOf(101))); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(res.StatusCode)
	}
	if res, _ := s.patch(path, 900, io.MultiReader(bytes.NewReader(bytesOf(101)))); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(res.StatusCode)
	}
}

// zeros is a file of n bytes that takes no memory.
type zeros struct{ n int64 }

func (z *zeros) Read(b []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), z.n)
	clear(b[:n])
	z.n -= n
	return int(n), nil
}

// Memory does not grow with the file: neither way holds more than some buffers.
func TestUploads_MemoryDoesNotGrowWithTheFile(t *testing.T) {
	const size, bound = 256 << 20, 16 << 20
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	s := w.serve(w.api)
	for name, send := range map[string]func() int{
		"form": func() int {
			res, _ := s.sendForm("big.csv", &zeros{size})
			return res.StatusCode
		},
		"resumable": func() int {
			res, _ := s.patch(s.begin(size, nil), 0, &zeros{size})
			return res.StatusCode
		},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if status := send(); status >= 300 {
			t.Fatalf("%s: %d", name, status)
		}
		runtime.ReadMemStats(&after)
		// All that was ever allocated, not only what is in use: nothing of the file's
		// size was, even for a moment.
		if grown := after.TotalAlloc - before.TotalAlloc; grown > bound {
			t.Errorf("%s: %d bytes were allocated for a file of %d", name, grown, size)
		}
	}
}
