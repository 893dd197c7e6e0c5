package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// keyed sends a good request with an Idempotency-Key.
func (w *world) keyed(key, method, target, body string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := w.request(method, target, body)
	r.Header.Set(rollcall.CallKeyHeader, key)
	return w.do(r)
}

// createKeyed makes a list under a key, and gives the status, with the code of a
// failure, or "replayed".
func (w *world) createKeyed(key, name string) string {
	w.t.Helper()
	return outcome(w.t, w.keyed(key, http.MethodPost, v2("/contactList/createContactList"), fmt.Sprintf(`{"name":%q,"description":"d","source":"passiveApi"}`, name)))
}

func outcome(t testing.TB, rec *httptest.ResponseRecorder) string {
	t.Helper()
	a := decodeAnswer(t, rec.Body.Bytes())
	said := fmt.Sprint(rec.Code)
	if len(a.Errors) > 0 {
		said += " " + a.Errors[0].Code
	}
	if rec.Header().Get(headerReplayed) != "" {
		said += " replayed"
	}
	return said
}

func (w *world) expect(got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("got %q, want %q", got, want)
	}
}

// later lets time pass.
func (w *world) later(d time.Duration) { w.clock.ms.Add(d.Milliseconds()) }

// Every route that a caller may take for one that writes says whether it does, and
// those that do honour the key.
func TestIdempotency_EveryRouteThatWrites(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	for _, rt := range routes {
		readsByPost := rt.id == "getAllListDetails" || rt.id == "previewImport" || rt.id == "lookUpDNC" || rt.id == "getAllCampaignDetails" || rt.id == "getCampaignStatus" || rt.id == "lookUpContactability"
		if readsOnly := readsByPost || slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, rt.method); readsOnly != (rt.writes == reads) {
			t.Errorf("%s: writes is %d", rt.id, rt.writes)
		}
		if rt.writes == reads {
			continue
		}
		kept := " replayed"
		if rt.writes == writesStream {
			kept = "" // a file that was refused may be sent again
		}
		for _, b := range rt.bases {
			key, outcomes := rt.id+"/"+b.id, [2]string{}
			for i := range outcomes {
				r := w.routeRequest(rt, b)
				r.Header.Set(rollcall.CallKeyHeader, key)
				outcomes[i] = outcome(t, w.do(r))
			}
			if outcomes[1] != outcomes[0]+kept {
				t.Errorf("%s: %q, then %q", key, outcomes[0], outcomes[1])
			}
		}
	}
}

// Of twenty calls with one key at two processes, at the same moment, one is
// carried out.
func TestIdempotency_AtTheSameMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		w := newWorld(t, storetest.Open(t, c))
		id := w.create("race", true)
		// The second has no log: the harness locks one for each API, not for both.
		handlers := []http.Handler{w.handler, w.newAPI(storetest.Open(t, c), func(c *Config) { c.Log = nil }).Handler()}
		for round := range 3 {
			var all sync.WaitGroup
			recs := make([]*httptest.ResponseRecorder, 20)
			for i := range recs {
				r := w.request(http.MethodPost, v2("/contactList/addContacts"), numbersBody("race", 15550000001, 1))
				r.Header.Set(rollcall.CallKeyHeader, fmt.Sprint(round))
				recs[i] = httptest.NewRecorder()
				all.Go(func() { handlers[i%2].ServeHTTP(recs[i], r) })
			}
			all.Wait()
			said := map[string]int{}
			for _, rec := range recs {
				said[outcome(t, rec)]++
				if rec.Code == http.StatusConflict && rec.Header().Get("Retry-After") != "1" {
					t.Errorf("Retry-After: %q", rec.Header().Get("Retry-After"))
				}
			}
			if said["200"] != 1 || said["200 replayed"]+said["409 request_in_progress"] != 19 {
				t.Fatalf("round %d: %v", round, said)
			}
			w.expectCount(id, round+1)
		}
	})
}

func TestIdempotency_Expiry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, func(c *Config) { c.IdempotencyTTL = 2 * time.Hour })
		w.expect(w.createKeyed("k", "one"), "200")
		w.later(time.Hour)
		w.expect(w.createKeyed("k", "two"), "409 idempotency_key_reused")
		w.later(time.Hour)
		w.expect(w.createKeyed("k", "two"), "200")
	})
}

// faulty is a store whose process dies at a moment of a test's choice.
type faulty struct {
	Store
	keepAnswer func() error // nil: the real one
	created    func()       // after a list is durable
}

func (f *faulty) KeepAnswer(ctx context.Context, c *rollcall.KeyedCall, answer rollcall.CallAnswer) error {
	if f.keepAnswer != nil {
		return f.keepAnswer()
	}
	return f.Store.KeepAnswer(ctx, c, answer)
}

func (f *faulty) CreateContactList(ctx context.Context, l *rollcall.ContactList) error {
	err := f.Store.CreateContactList(ctx, l)
	if err == nil {
		f.created()
	}
	return err
}

// The process dies after the commit and before the answer is kept.
func TestIdempotency_DiedBeforeTheAnswerWasKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		died := &faulty{Store: s, keepAnswer: func() error { return errors.New("the process is gone") }, created: func() {}}
		w := newWorld(t, s, func(c *Config) { c.Store = died })
		w.expect(w.createKeyed("k", "once"), "200") // which nobody may have got
		w.expect(w.createKeyed("k", "once"), "409 request_in_progress")
		w.later(2 * time.Minute)
		w.expect(w.createKeyed("k", "once"), "409 already_carried_out")
		w.expect(w.createKeyed("fresh", "once"), "409 name_taken")
	})
}

// A panic after the commit is answered with 500, and must not free the key.
func TestIdempotency_FaultAfterTheCommit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		broken := &faulty{Store: s, created: func() { panic("fault of the test") }}
		w := newWorld(t, s, func(c *Config) { c.Store = broken })
		w.expect(w.createKeyed("k", "once"), "500 internal")
		w.expect(w.createKeyed("k", "once"), "409 already_carried_out")
	})
}

// failing is a store whose first creation fails before anything is written.
type failing struct {
	Store
	err error
}

func (f *failing) CreateContactList(ctx context.Context, l *rollcall.ContactList) error {
	err := f.err
	if f.err = nil; err != nil {
		return err
	}
	return f.Store.CreateContactList(ctx, l)
}

func TestIdempotency_WhatIsNotKept(t *testing.T) {
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	for _, c := range []struct {
		err        error
		then, next string
	}{
		{errors.New("the database is gone"), "500 internal", "200"},
		{&rollcall.Error{Code: rollcall.CodeTimeout, Message: "Too slow."}, "408 timeout", "200"},
		{&rollcall.Error{Code: rollcall.CodeRateLimited, Message: "Too often."}, "429 rate_limited", "200"},
		{rollcall.Invalid("name", "Never."), "400 invalid_field", "400 invalid_field replayed"},
	} {
		t.Run(c.then, func(t *testing.T) {
			w := newWorld(t, s, func(config *Config) { config.Store = &failing{Store: s, err: c.err} })
			w.expect(w.createKeyed("k", c.then), c.then)
			w.expect(w.createKeyed("k", c.then), c.next)
		})
	}
}

// An answer of more than 1 MiB is sent whole and not kept.
func TestIdempotency_AnAnswerTooLargeToKeep(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	w.create("many", false)
	body := `{"contact_list_name":"many","data":[{"phoneNumber":"+15550000001"}` + strings.Repeat(`,{"phoneNumber":"1"}`, 10_000) + `]}`
	add := func() *httptest.ResponseRecorder {
		return w.keyed("k", http.MethodPost, v2("/contactList/addContacts"), body)
	}
	first := add()
	if first.Body.Len() <= maxKeptCallAnswer {
		t.Fatalf("%d bytes prove nothing", first.Body.Len())
	}
	w.expect(outcome(t, first), "200")
	w.expect(outcome(t, add()), "409 already_carried_out")
}

// A body that broke off begins nothing.
func TestIdempotency_ABodyThatBreaksOff(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	r := w.request(http.MethodPost, v2("/contactList/createContactList"), `{"name":"whole","description":"d","source":"passiveApi"}`)
	r.Header.Set(rollcall.CallKeyHeader, "k")
	r.Body = http.MaxBytesReader(nil, r.Body, 10)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	w.expect(outcome(t, rec), "413 too_large")
	w.expect(w.createKeyed("k", "whole"), "200")
}

func TestIdempotency_TwoKeys(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	r := w.request(http.MethodDelete, v2("/contactList/cl-none"), "")
	r.Header[rollcall.CallKeyHeader] = []string{"a", "b"}
	w.expect(outcome(t, w.do(r)), "400 invalid_field")
}

// A call that streams its body is known by all but its content, and a failure of
// it is never kept.
func TestIdempotency_Streams(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	var fail error
	rt := route{id: "stream", scope: scope, writes: writesStream, handler: func(a *API, ctx context.Context, c *call) (reply, error) {
		c.exchange.Header().Set("Location", "/elsewhere")
		if err := a.config.Store.CreateContactList(store.Preparing(ctx), storetest.NewList(c.owner(), rollcall.NewID(""))); err != nil {
			return reply{}, err
		}
		return reply{message: "taken in"}, fail
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+baseV2.prefix+"/stream", func(rw http.ResponseWriter, r *http.Request) {
		w.api.dispatch(&exchange{ResponseWriter: rw}, r, &rt, &baseV2)
	})
	send := func(body string) *httptest.ResponseRecorder {
		r := w.request(http.MethodPost, v2("/stream"), body)
		r.Header.Set(rollcall.CallKeyHeader, "k")
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, r)
		return rec
	}
	fail = rollcall.Invalid("body", "The body broke off.")
	w.expect(outcome(t, send("12345")), "400 invalid_field")
	fail = nil
	w.expect(outcome(t, send("12345")), "200")
	w.expect(outcome(t, send("1234")), "409 idempotency_key_reused")
	again := send("54321")
	w.expect(outcome(t, again), "200 replayed")
	w.expect(again.Header().Get("Location"), "/elsewhere")
}
