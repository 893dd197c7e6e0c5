package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall"
)

const (
	anUpload = "up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f"
	anImport = "im-0603182c-7ffb-43c3-b307-47ca14b4c0de"
)

// to gives a client of a server that answers so.
func to(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return at(t, s.URL, time.Minute)
}

func at(t *testing.T, address string, retryFor time.Duration) *Client {
	t.Helper()
	c, err := New(Config{Server: address, Account: "67777ce93e25326494e00001", Application: "st-x", Tokens: ReadyToken("a.b.c"), RetryFor: retryFor})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func refuse(w http.ResponseWriter, status int, code, field string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"status":"error","message":"No.","errors":[{"code":%q,"field":%q,"message":"No."}],"requestId":"r"}`, code, field)
}

func TestNew_ErrNoAddress(t *testing.T) {
	for _, address := range []string{"", "host", "ftp://host", "https://", "https://user:word@host", "https://host?x=1", "https://host/#x"} {
		if _, err := New(Config{Server: address}); rollcall.CodeOf(err) != rollcall.CodeInvalid {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestClient_NamesCallerApplicationAndAccount(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/campaign/api/v2/public/st-x/campaign/imports/"+anImport || r.Header.Get("auth") != "a.b.c" || r.Header.Get("iid") != "st-x" || r.Header.Get("accountId") != "67777ce93e25326494e00001" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		fmt.Fprintf(w, `{"data":{"importId":%q,"state":"done","counts":{"rows":3,"added":2,"rejected":1},"file":{"uploadId":%q}}}`, anImport, anUpload)
	})
	im, err := c.Import(t.Context(), anImport)
	if err != nil || im.ImportID != anImport || im.State != rollcall.ImportDone || im.Counts != (Counts{Rows: 3, Added: 2, Rejected: 1}) || im.File.UploadID != anUpload {
		t.Errorf("%+v %v", im, err)
	}
}

func TestClient_TriesAgain(t *testing.T) {
	for name, first := range map[string]http.HandlerFunc{
		"503":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"500":         func(w http.ResponseWriter, _ *http.Request) { refuse(w, 500, "internal", "") },
		"423":         func(w http.ResponseWriter, _ *http.Request) { refuse(w, 423, "upload_locked", "") },
		"429":         func(w http.ResponseWriter, _ *http.Request) { refuse(w, 429, "rate_limited", "") },
		"in progress": func(w http.ResponseWriter, _ *http.Request) { refuse(w, 409, "request_in_progress", "Idempotency-Key") },
		"hangs up":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"breaks off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			w.Write([]byte(`{"data"`))
		},
		"another's 502 (HTML)": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); w.Write([]byte("<html>")) },
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			c := to(t, func(w http.ResponseWriter, r *http.Request) {
				if calls.Add(1) == 1 {
					first(w, r)
					return
				}
				fmt.Fprint(w, `{"data":{"state":"done"}}`)
			})
			if im, err := c.Import(t.Context(), anImport); err != nil || im.State != rollcall.ImportDone || calls.Load() != 2 {
				t.Errorf("%v after %d calls", err, calls.Load())
			}
		})
	}
}

func TestClient_GivesUpAtOnce(t *testing.T) {
	for name, first := range map[string]struct {
		answer http.HandlerFunc
		code   rollcall.Code
		says   string
	}{
		"401 of a ready token": {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 401, "unauthenticated", "header.auth") }, rollcall.CodeUnauthenticated, "No."},
		"403":                  {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 403, "forbidden", "header.accountId") }, rollcall.CodeForbidden, "No."},
		"already imported":     {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 409, "already_imported", "") }, rollcall.CodeConflict, "No."},
		"404 of a page":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, rollcall.CodeNotFound, "status 404"},
		"no server of ours":    {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, rollcall.CodeInternal, "not a Rollcall server"},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			c := to(t, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); first.answer(w, r) })
			_, err := c.Import(t.Context(), anImport)
			if rollcall.CodeOf(err) != first.code || !strings.Contains(err.Error(), first.says) || calls.Load() != 1 {
				t.Errorf("%v after %d calls", err, calls.Load())
			}
		})
	}
}

func TestClient_ErrRedirectIsNotFollowed(t *testing.T) {
	var stolen atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Store(true) }))
	t.Cleanup(other.Close)
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	_, err := c.Import(t.Context(), anImport)
	if e, ok := errors.AsType[*rollcall.Error](err); !ok || e.Field != "server" || !strings.Contains(e.Message, other.URL) || stolen.Load() {
		t.Errorf("%v; the token went to another host: %v", err, stolen.Load())
	}
}

func TestClient_ErrCertificateThatIsNotTrusted(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	if _, err := at(t, s.URL, time.Hour).Import(t.Context(), anImport); err == nil || !strings.Contains(err.Error(), "certificate is not trusted") {
		t.Errorf("%v", err)
	}
}

func TestClient_ErrNobodyListens(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	if _, err := at(t, s.URL, time.Millisecond).Import(t.Context(), anImport); err == nil || !strings.Contains(err.Error(), "cannot be reached") || strings.Contains(err.Error(), "st-x") {
		t.Errorf("%v", err)
	}
	c := at(t, s.URL, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	c.config.Say = func(string) { cancel() } // as Ctrl-C while it waits
	if _, err := c.Import(ctx, anImport); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestCreateImport_WhoseAnswerIsLostForGood(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "im-key":
			refuse(w, 409, "already_carried_out", "Idempotency-Key")
		case r.URL.Query().Get("cursor") == "":
			fmt.Fprint(w, `{"data":{"results":[{"importId":"im-another","file":{"uploadId":"up-another"}}],"nextCursor":"n"}}`)
		default:
			fmt.Fprintf(w, `{"data":{"results":[{"importId":%q,"file":{"uploadId":%q}}]}}`, anImport, anUpload)
		}
	})
	im, err := c.CreateImport(t.Context(), &Call{Path: "/imports", Body: []byte(`{}`), Key: "im-key"}, anUpload)
	if err != nil || im.ImportID != anImport {
		t.Errorf("%+v %v", im, err)
	}
	if _, err := c.CreateImport(t.Context(), &Call{Path: "/imports", Body: []byte(`{}`), Key: "im-key"}, "up-gone"); rollcall.CodeOf(err) != rollcall.CodeConflict {
		t.Errorf("no import of this upload: %v", err)
	}
}

func TestSendUpload_ErrNoUpload(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, 404, "not_found", "") })
	if err := c.SendUpload(t.Context(), anUpload, strings.NewReader("x"), 1, func(int64) {}); !errors.Is(err, ErrNoUpload) {
		t.Errorf("%v", err)
	}
}

func TestSendUpload_InPiecesThatAProxyLetsThrough(t *testing.T) {
	const limit = 1 << 20
	var got bytes.Buffer
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.ContentLength > limit:
			io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		case r.Method == http.MethodPatch:
			io.Copy(&got, r.Body)
		}
		w.Header().Set("Upload-Offset", strconv.Itoa(got.Len()))
	})
	file := bytes.Repeat([]byte("0123456789abcdef"), 3*limit/16)
	if err := c.SendUpload(t.Context(), anUpload, bytes.NewReader(file), int64(len(file)), func(int64) {}); err != nil || !bytes.Equal(got.Bytes(), file) {
		t.Errorf("%v; %d bytes arrived of %d", err, got.Len(), len(file))
	}
	tooLarge := to(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			refuse(w, 413, "too_large", "file")
			return
		}
		w.Header().Set("Upload-Offset", "0")
	})
	if err := tooLarge.SendUpload(t.Context(), anUpload, bytes.NewReader(file), int64(len(file)), func(int64) {}); rollcall.CodeOf(err) != rollcall.CodeTooLarge {
		t.Errorf("a file that the server does not take: %v", err)
	}
}

func TestRejects_BegunAgainAfterABrokenConnection(t *testing.T) {
	var calls atomic.Int64
	c := to(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("first,"))
		if calls.Add(1) == 1 {
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		w.Write([]byte("rest\n"))
	})
	path := filepath.Join(t.TempDir(), "rejects.csv")
	err := c.Rejects(t.Context(), anImport, func(from io.Reader) error {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.ReadFrom(from)
		return err
	})
	if b, _ := os.ReadFile(path); err != nil || string(b) != "first,rest\n" || calls.Load() != 2 {
		t.Errorf("%v %q", err, b)
	}
	full := errors.New("the disk is full")
	if err := c.Rejects(t.Context(), anImport, func(io.Reader) error { return full }); !errors.Is(err, full) || calls.Load() != 3 {
		t.Errorf("%v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, " 1 ": time.Second, "-1": 0, "soon": 0, "999999": time.Hour} {
		if got := retryAfter(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
