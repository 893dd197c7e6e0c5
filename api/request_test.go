package api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// brokenStore fails, or panics, where a list is asked for.
type brokenStore struct {
	Store
	fail func(context.Context) error
}

func (b brokenStore) ContactList(ctx context.Context, _ rollcall.Owner, _ string) (*rollcall.ContactList, error) {
	return nil, b.fail(ctx)
}

func sqlite(t testing.TB) *store.Store {
	return storetest.Open(t, store.Config{DataDir: t.TempDir()})
}

// Nothing of our faults gets out, and everything of them is in the log.
func TestFailure_Internal(t *testing.T) {
	for name, fail := range map[string]func(context.Context) error{
		"unknown error": func(context.Context) error { return errors.New("secret cause") },
		"internal error": func(context.Context) error {
			return &rollcall.Error{Code: rollcall.CodeInternal, Message: "secret cause"}
		},
		"panic":    func(context.Context) error { panic("secret cause") },
		"too slow": func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("secret cause: %w", ctx.Err()) },
	} {
		t.Run(name, func(t *testing.T) {
			var observed int
			w := newWorld(t, sqlite(t), func(c *Config) {
				c.Store = brokenStore{c.Store, fail}
				c.RequestTimeout = 100 * time.Millisecond
				c.Observe = func(_, _ string, status int, _ time.Duration) { observed = status }
			})
			rec := w.do(w.request(http.MethodGet, v2("/contactList/cl-1"), ""))
			a := decodeAnswer(t, rec.Body.Bytes())
			if rec.Code != 500 || a.Errors[0].Code != "internal" || observed != 500 || strings.Contains(rec.Body.String(), "secret") {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
			if log := w.log.String(); !strings.Contains(log, "secret cause") || !strings.Contains(log, a.RequestID) || !strings.Contains(log, "level=ERROR") {
				t.Errorf("the log lacks the cause or the id: %s", log)
			}
		})
	}
}

// The log says what happened without saying what was sent.
func TestLog(t *testing.T) {
	w := newWorld(t, sqlite(t))
	w.create("Log me not", false)
	token := w.token("main")
	r := w.request(http.MethodPost, v2("/contactList/addContacts?accountId="+testAccount+"&note=query-text"), `{"contact_list_name":"Log me not","data":[{"phoneNumber":"+14155550123"},{"phoneNumber":"555x"}]}`)
	r.Header.Set("auth", token)
	w.do(r)
	w.do(httptest.NewRequest(http.MethodGet, "/no/such/path-text", nil))
	w.do(w.request(http.MethodPost, v2("/contactList/addContacts"), `{"contact_list_name":"+1 415 555 0199","data":[]}`))
	log := w.log.String()
	for _, secret := range []string{token, "4155550123", "415 555 0199", "555x", "Log me not", "query-text", "path-text", testApplication} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q: %s", secret, log)
		}
	}
	for _, part := range []string{"method=POST", "route=" + baseV2.prefix + "/contactList/addContacts", "status=200", "clientId=" + w.clients["main"].app.ClientID, "account=" + testAccount, "requestId=", "bytes=", "durationMs=", "status=404", "cause=not_found"} {
		if !strings.Contains(log, part) {
			t.Errorf("the log lacks %s: %s", part, log)
		}
	}
}

func TestRequestID(t *testing.T) {
	w := newWorld(t, sqlite(t))
	for sent, kept := range map[string]bool{"": false, "abc-DEF_1.2": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "a b": false, "a\"b": false, "ü": false} {
		r := w.request(http.MethodGet, "/nowhere", "")
		r.Header.Set("X-Request-Id", sent)
		rec := w.do(r)
		id := rec.Header().Get("X-Request-Id")
		if (id == sent) != kept || id == "" || decodeAnswer(t, rec.Body.Bytes()).RequestID != id {
			t.Errorf("sent %q, got %q", sent, id)
		}
	}
}

func TestRateLimit(t *testing.T) {
	now := storetest.Time
	w := newWorld(t, sqlite(t), func(c *Config) { c.RateLimit, c.Burst, c.Now = 0.4, 2, func() time.Time { return now } })
	send := func(client string) *httptest.ResponseRecorder {
		r := w.request(http.MethodPost, v2("/contactList/getAllListDetails"), "")
		r.Header.Set("auth", w.token(client))
		return w.do(r)
	}
	for range 2 {
		if rec := send("main"); rec.Code != http.StatusOK {
			t.Fatal(rec.Code, rec.Body)
		}
	}
	for range 2 { // who is refused does not pay for it
		rec := send("main")
		if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "3" || decodeAnswer(t, rec.Body.Bytes()).Errors[0].Code != "rate_limited" {
			t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
		}
	}
	if rec := send("rsa"); rec.Code != http.StatusOK {
		t.Errorf("another app pays for the first: %d", rec.Code)
	}
	now = now.Add(3 * time.Second)
	if rec := send("main"); rec.Code != http.StatusOK {
		t.Errorf("after the wait: %d", rec.Code)
	}
}

func TestBody_TooLarge(t *testing.T) {
	w := newWorld(t, sqlite(t), func(c *Config) { c.MaxBody, c.MaxContactsBody = 100, 200 })
	list := w.create("n", false)
	for _, c := range []struct {
		method, target string
		size, status   int
	}{
		{http.MethodPost, "/contactList/createContactList", 100, 400},
		{http.MethodPost, "/contactList/createContactList", 101, 413},
		{http.MethodPost, "/contactList/getAllListDetails", 101, 413},
		{http.MethodPut, "/contactList/" + list, 101, 413},
		{http.MethodPost, "/contactList/addContacts", 200, 400},
		{http.MethodPost, "/contactList/addContacts", 201, 413},
	} {
		body := `{"x":"` + strings.Repeat("y", c.size-8) + `"}`
		if status, a := w.call(c.method, v2(c.target), body); status != c.status {
			t.Errorf("%s with %d bytes: %d %s, want %d", c.target, c.size, status, a.Message, c.status)
		}
	}
}

func TestBody_NotUTF8(t *testing.T) {
	w := newWorld(t, sqlite(t))
	for _, body := range []string{"{\"name\":\"\xff\"}", "\xef\xbb\xbf{}", "{\"name\":\"a\nb\"}", "{} {}", "{'a':1}"} {
		status, a := w.call(http.MethodPost, v2("/contactList/createContactList"), body)
		if status != 400 || a.Errors[0].Code != "invalid_json" {
			t.Errorf("%q: %d %+v", body, status, a)
		}
	}
}

// A body that trickles in is given up, and the connection lives on for a body
// that is merely followed by a pause.
func TestBody_Slow(t *testing.T) {
	w := newWorld(t, sqlite(t), func(c *Config) { c.RequestTimeout = 300 * time.Millisecond })
	server := httptest.NewServer(w.handler)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	send := func(length int, body string) (*http.Response, answer) {
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nauth: %s\r\niid: %s\r\naccountId: %s\r\nContent-Length: %d\r\n\r\n%s",
			v2("/contactList/createContactList"), w.token("main"), testApplication, testAccount, length, body)
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(r.Body); err != nil {
			t.Fatal(err)
		}
		return r, decodeAnswer(t, b.Bytes())
	}
	good := `{"name":"slow","description":"d","source":"passiveApi"}`
	if r, a := send(len(good), good); r.StatusCode != http.StatusOK {
		t.Fatal(r.StatusCode, a)
	}
	time.Sleep(400 * time.Millisecond) // longer than the deadline of the body before
	if r, a := send(100, `{"name":`); r.StatusCode != http.StatusRequestTimeout || a.Errors[0].Code != "timeout" {
		t.Errorf("%d %+v", r.StatusCode, a)
	}
}

func TestUnknownPath(t *testing.T) {
	w := newWorld(t, sqlite(t))
	for target, status := range map[string]int{
		"/": 404, "/campaign": 404, "/campaign//api": 404, "/docs/../docs": 404, v2("/contactList/./getAllListDetails"): 404, v2("/contactList"): 404, v2("/contactList/addContacts/"): 404, "/agentassist/api/v2/public/x": 404,
		strings.Replace(baseV11.prefix, "{iid}", testApplication, 1) + "/contactList/getAllListDetails": 404, v2("/contactList/x/getAllContacts"): 405,
	} {
		rec := w.do(w.request(http.MethodPost, target, ""))
		a := decodeAnswer(t, rec.Body.Bytes())
		if rec.Code != status || a.Status != "error" || (status == 405) != (rec.Header().Get("Allow") != "") {
			t.Errorf("%s: %d %s", target, rec.Code, rec.Body)
		}
	}
}

func TestObserve(t *testing.T) {
	var got []string
	w := newWorld(t, sqlite(t), func(c *Config) {
		c.Observe = func(route, method string, status int, d time.Duration) {
			got = append(got, fmt.Sprint(method, " ", route, " ", status, " ", d > 0))
		}
	})
	w.do(w.request(http.MethodGet, v2("/contactList/cl-1"), ""))
	w.do(w.request(http.MethodGet, "/nowhere", ""))
	want := "[GET " + baseV2.prefix + "/contactList/{contactListId} 404 true GET  404 true]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}
