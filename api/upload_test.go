package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// site is the API of a world behind a real listener.
type site struct {
	*world
	url    string
	client *http.Client
}

func (w *world) serve(a *API) *site {
	w.t.Helper()
	server := httptest.NewServer(a.Handler())
	w.t.Cleanup(server.Close)
	return &site{world: w, url: server.URL, client: server.Client()}
}

// send sends a request with all that every call needs, and reads the answer.
func (s *site) send(method, path string, headers map[string]string, body io.Reader) (*http.Response, answer) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range map[string]string{"auth": s.token("main"), "iid": testApplication, "accountId": testAccount} {
		r.Header.Set(name, value)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var a answer
	if len(text) > 0 {
		a = decodeAnswer(s.t, text)
	}
	return res, a
}

// begin makes a resumable upload and gives its path.
func (s *site) begin(size int64, more map[string]string) string {
	s.t.Helper()
	headers := map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": strconv.FormatInt(size, 10),
		"Upload-Metadata": "filename " + base64.StdEncoding.EncodeToString([]byte("people.csv"))}
	for name, value := range more {
		headers[name] = value
	}
	res, a := s.send(http.MethodPost, v2("/uploads"), headers, nil)
	if res.StatusCode != http.StatusCreated {
		s.t.Fatalf("%d %+v", res.StatusCode, a)
	}
	return res.Header.Get("Location")
}

// patch sends bytes from an offset on.
func (s *site) patch(path string, offset int, body io.Reader) (*http.Response, answer) {
	s.t.Helper()
	return s.send(http.MethodPatch, path, patchHeaders(offset), body)
}

func patchHeaders(offset int) map[string]string {
	return map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": strconv.Itoa(offset), "Content-Type": "application/offset+octet-stream"}
}

// offset asks where to go on.
func (s *site) offset(path string) int {
	s.t.Helper()
	res, _ := s.send(http.MethodHead, path, map[string]string{"Tus-Resumable": "1.0.0"}, nil)
	n, err := strconv.Atoi(res.Header.Get("Upload-Offset"))
	if res.StatusCode != http.StatusOK || err != nil {
		s.t.Fatalf("%d %v", res.StatusCode, err)
	}
	return n
}

// breakOff sends the head of a PATCH that is to carry all bytes, and only some of
// them, over a connection of its own, which stays open.
func (s *site) breakOff(path string, offset int, claimed int, some []byte) net.Conn {
	s.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil { // a test that hangs tells nothing
		s.t.Fatal(err)
	}
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nauth: %s\r\niid: %s\r\naccountId: %s\r\n", path, claimed, s.token("main"), testApplication, testAccount)
	for name, value := range patchHeaders(offset) {
		fmt.Fprintf(conn, "%s: %s\r\n", name, value)
	}
	fmt.Fprint(conn, "\r\n")
	if _, err := conn.Write(some); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// goOn sends what is missing of an upload, as a client does: where bytes of a
// request that broke off came in after the offset was asked for, it asks again.
func (s *site) goOn(path string, whole []byte) {
	s.t.Helper()
	for range 3 {
		at := s.offset(path)
		res, a := s.patch(path, at, bytes.NewReader(whole[at:]))
		if res.StatusCode == http.StatusNoContent {
			return
		}
		if res.StatusCode != http.StatusConflict || a.Errors[0].Code != "mismatched_offset" {
			s.t.Fatalf("%d %+v", res.StatusCode, a)
		}
	}
	s.t.Fatal("the offset is never the one that was told")
}

// stored reads the file of an upload whose path is given.
func (s *site) stored(path string) []byte {
	s.t.Helper()
	id := path[strings.LastIndex(path, "/")+1:]
	local, release, err := s.api.config.Files.Local(context.Background(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	defer release()
	b, err := os.ReadFile(local)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// waitForBytes returns when something of an upload has come.
func (s *site) waitForBytes(path string) {
	s.t.Helper()
	for {
		info, err := s.api.config.Files.Info(context.Background(), path[strings.LastIndex(path, "/")+1:])
		if err != nil {
			s.t.Fatal(err)
		}
		if info.Here > 0 {
			return
		}
	}
}

func (s *site) uploadAt(path string) upload {
	s.t.Helper()
	_, a := s.send(http.MethodGet, path, nil, nil)
	var u upload
	data := decodeData[struct {
		UploadID, FileName, Digest string
		Size                       *int64
		Complete                   bool
	}](s.t, a)
	u.UploadID, u.FileName, u.Digest, u.Size, u.Complete = data.UploadID, data.FileName, data.Digest, data.Size, data.Complete
	return u
}

// eachPlace runs a test with uploads in a folder, and in an object store.
func eachPlace(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("folder", func(t *testing.T) {
		test(t, newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()})))
	})
	t.Run("bucket", func(t *testing.T) {
		backend := s3mem.New()
		if err := backend.CreateBucket("lists"); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
		t.Cleanup(server.Close)
		t.Setenv("AWS_ACCESS_KEY_ID", "test")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
		t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
		w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
		w.place = "s3://lists/p?region=us-east-1&endpoint=" + server.URL
		w.api = w.newAPI(w.store)
		w.handler = w.api.Handler()
		test(t, w)
	})
}

func bytesOf(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	r.Read(b)
	return b
}

// A file that comes in pieces over a connection that breaks, by way of two
// processes, is the file that was sent.
func TestUploads_ResumedAfterABrokenConnection(t *testing.T) {
	eachPlace(t, func(t *testing.T, w *world) {
		first, second := w.serve(w.api), w.serve(w.newAPI(w.store))
		want := bytesOf(6<<20 + 11)
		path := first.begin(int64(len(want)), nil)
		if res, a := first.patch(path, 0, bytes.NewReader(want[:1000])); res.StatusCode != http.StatusNoContent || res.Header.Get("Upload-Offset") != "1000" {
			t.Fatalf("%d %+v", res.StatusCode, a)
		}
		conn := first.breakOff(path, 1000, len(want)-1000, want[1000:3<<20])
		conn.Close()
		at := second.offset(path)
		if at < 1000 || at > 3<<20 {
			t.Fatalf("offset %d", at)
		}
		if res, a := second.patch(path, at+1, bytes.NewReader(want[at+1:])); res.StatusCode != http.StatusConflict || a.Errors[0].Code != "mismatched_offset" {
			t.Errorf("a gap: %d %+v", res.StatusCode, a)
		}
		second.goOn(path, want)
		for _, s := range []*site{first, second} {
			if u := s.uploadAt(path); !u.Complete || *u.Size != int64(len(want)) || u.FileName != "people.csv" {
				t.Errorf("%+v", u)
			}
			if s.offset(path) != len(want) {
				t.Error("the offset is not the end")
			}
		}
		if !bytes.Equal(second.stored(path), want) {
			t.Error("another file arrived")
		}
	})
}

// A connection that broke without the server noticing does not keep its sender
// from going on, not even by way of another process.
func TestUploads_TheSenderComesBackBeforeTheServerNotices(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	first, second := w.serve(w.api), w.serve(w.newAPI(w.store))
	for name, s := range map[string]*site{"same process": first, "another process": second} {
		t.Run(name, func(t *testing.T) {
			want := bytesOf(200_000)
			path := first.begin(int64(len(want)), nil)
			conn := first.breakOff(path, 0, len(want), want[:100_000])
			defer conn.Close()
			first.waitForBytes(path) // the first request is under way
			at := s.offset(path)     // and this makes it end
			if res, a := s.patch(path, at, bytes.NewReader(want[at:])); res.StatusCode != http.StatusNoContent {
				t.Fatalf("%d %+v", res.StatusCode, a)
			}
			if !bytes.Equal(first.stored(path), want) {
				t.Error("another file arrived")
			}
		})
	}
}

// The last byte came, and the process ended before it could say so: asking for
// the offset settles it.
func TestUploads_SettledByAsking(t *testing.T) {
	eachPlace(t, func(t *testing.T, w *world) {
		s := w.serve(w.api)
		path := s.begin(5, nil)
		core := w.api.config.Files.Composer().Core
		u, err := core.GetUpload(context.Background(), path[strings.LastIndex(path, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.WriteChunk(context.Background(), 0, strings.NewReader("hello")); err != nil {
			t.Fatal(err)
		}
		if s.uploadAt(path).Complete {
			t.Error("complete too early")
		}
		if at := s.offset(path); at != 5 || !s.uploadAt(path).Complete || string(s.stored(path)) != "hello" {
			t.Errorf("offset %d", at)
		}
	})
}

// An unfinished file is kept for as long as something of it comes: to ask for it puts
// nothing off.
func TestUploads_AskingPutsNoExpiryOff(t *testing.T) {
	eachPlace(t, func(t *testing.T, w *world) {
		s := w.serve(w.api)
		path := s.begin(5, nil)
		s.patch(path, 0, strings.NewReader("he"))
		lastCame := func() time.Time {
			u, err := w.store.Upload(context.Background(), w.owner(), path[strings.LastIndex(path, "/")+1:])
			if err != nil {
				t.Fatal(err)
			}
			return u.UpdatedAt
		}
		came := lastCame()
		w.later(time.Hour)
		if at := s.offset(path); at != 2 {
			t.Errorf("offset %d", at)
		}
		if got := lastCame(); !got.Equal(came) {
			t.Errorf("something of it came at %v, and by asking at %v", came, got)
		}
		s.patch(path, 2, strings.NewReader("l"))
		if got := lastCame(); !got.After(came) {
			t.Errorf("bytes came, and the last at %v still", got)
		}
	})
}

// What belongs to another account or application is not there.
func TestUploads_OfOthers(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	s := w.serve(w.api)
	path := s.begin(5, nil)
	for client, ids := range map[string][2]string{"otherAccount": {otherAccount, otherApplication}, "secondApplication": {testAccount, secondInAccount}} {
		headers := func(more map[string]string) map[string]string {
			more["auth"], more["accountId"], more["iid"] = w.token(client), ids[0], ids[1]
			return more
		}
		theirs := strings.Replace(path, testApplication, ids[1], 1)
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodDelete} {
			if res, _ := s.send(method, theirs, headers(patchHeaders(0)), strings.NewReader("hello")); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: %d", client, method, res.StatusCode)
			}
		}
		_, a := s.send(http.MethodGet, strings.Replace(v2("/uploads"), testApplication, ids[1], 1), headers(map[string]string{}), nil)
		if page := decodeData[struct{ Results []any }](t, a); len(page.Results) > 0 {
			t.Errorf("%s sees %v", client, page.Results)
		}
	}
	if s.offset(path) != 0 {
		t.Error("somebody else wrote to it")
	}
}

// A sender may take longer than a request may, as long as it sends; one that falls
// silent is let go, and what it sent stays.
func TestUploads_SlowAndSilentSenders(t *testing.T) {
	const limit = 700 * time.Millisecond // on a machine that is busy a commit alone may take 300
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	s := w.serve(w.newAPI(w.store, func(c *Config) { c.RequestTimeout = limit }))
	begun := time.Now()
	path := s.begin(6, nil)
	if res, a := s.patch(path, 0, &ticking{n: 6, every: limit / 3}); res.StatusCode != http.StatusNoContent {
		t.Errorf("slow: %d %+v", res.StatusCode, a)
	}
	if res, a := s.sendForm("a.csv", &ticking{n: 6, every: limit / 3}); res.StatusCode != http.StatusOK {
		t.Errorf("slow form: %d %+v\n%s", res.StatusCode, a, w.log)
	}
	if d := time.Since(begun); d < 2*limit {
		t.Fatalf("nothing was slow: %v", d)
	}
	silent := s.begin(10, nil)
	conn := s.breakOff(silent, 0, 10, []byte("hello"))
	defer conn.Close()
	text, _ := io.ReadAll(conn) // until the server lets go
	if !strings.HasPrefix(string(text), "HTTP/1.1 503 ") || !strings.Contains(string(text), `"timeout"`) {
		t.Errorf("silent: %q", text)
	}
	if at := s.offset(silent); at != 5 {
		t.Errorf("%d bytes are left of 5", at)
	}
}

// ticking sends a byte at a time.
type ticking struct {
	n     int
	every time.Duration
}

func (s *ticking) Read(b []byte) (int, error) {
	if s.n == 0 {
		return 0, io.EOF
	}
	<-time.After(s.every)
	s.n--
	b[0] = 'x'
	return 1, nil
}

// The caller learns nothing of a place that fails; the log does.
func TestUploads_ThePlaceFails(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	s := w.serve(w.api)
	path := s.begin(5, nil)
	if err := os.RemoveAll(w.place); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.place, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	res, a := s.patch(path, 0, strings.NewReader("hello"))
	if res.StatusCode != http.StatusInternalServerError || a.Message != internalMessage {
		t.Errorf("%d %+v", res.StatusCode, a)
	}
	res, a = s.sendForm("a.csv", strings.NewReader("hello"))
	if res.StatusCode != http.StatusInternalServerError || a.Message != internalMessage {
		t.Errorf("%d %+v", res.StatusCode, a)
	}
	if !strings.Contains(w.log.String(), "not a directory") {
		t.Errorf("the log does not say why: %s", w.log)
	}
}

// An upload is forgotten before its file is removed: where the removal fails, nobody finds
// an upload without a file, and where the upload may not be forgotten, its file stays.
func TestUploads_TheRowGoesBeforeTheFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		s := w.serve(w.api)
		id := func(path string) string { return path[strings.LastIndex(path, "/")+1:] }

		path := s.begin(5, nil)
		s.goOn(path, []byte("hello"))
		// A folder that is not empty stands where a file is to be removed.
		if err := os.MkdirAll(filepath.Join(w.place, id(path)+".info.new", "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		if res, a := s.send(http.MethodDelete, path, nil, nil); res.StatusCode != http.StatusInternalServerError || a.Message != internalMessage {
			t.Errorf("%d %+v", res.StatusCode, a)
		}
		if known, err := st.HasUpload(t.Context(), id(path)); known || err != nil {
			t.Errorf("the upload is there still: %v", err)
		}
		if string(s.stored(path)) != "hello" {
			t.Error("half of the file was removed")
		}

		used := s.begin(5, nil)
		s.goOn(used, []byte("hello"))
		l := storetest.FileList(t, st, w.owner(), "from a file")
		im := &rollcall.Import{ID: rollcall.NewID(rollcall.PrefixImport), Owner: w.owner(), User: "u-1", ListID: l.ID, UploadID: id(used), File: rollcall.File{ID: rollcall.NewFileID(), Name: "a.csv"}}
		if err := st.QueueImport(t.Context(), im, nil, storetest.Time); err != nil {
			t.Fatal(err)
		}
		if res, a := s.send(http.MethodDelete, used, nil, nil); res.StatusCode != http.StatusConflict {
			t.Errorf("%d %+v", res.StatusCode, a)
		}
		if string(s.stored(used)) != "hello" {
			t.Error("the file of an import that is to come was removed")
		}
	})
}
