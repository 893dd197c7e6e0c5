package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/storetest"
)

// event is one of a stream, or a comment.
type event struct {
	name, comment string
	data          importState
}

// listener reads a stream of events over a real connection.
type listener struct {
	t     *testing.T
	api   *API
	res   *http.Response
	lines *bufio.Reader
	ended chan string // gets the route of every call that is over
	hangs context.CancelFunc
}

// eventsTimeout is the time limit of a request where the streams are.
const eventsTimeout = 300 * time.Millisecond

// listen connects to the events of an import, at a server whose limits a stream has
// to outlast.
func (w *world) listen(t *testing.T, id string) *listener {
	l := &listener{t: t, ended: make(chan string, 10)}
	l.api = w.newAPI(w.store, func(c *Config) {
		c.RequestTimeout = eventsTimeout
		c.Observe = func(route, _ string, _ int, _ time.Duration) { l.ended <- route }
	})
	l.api.pace = eventPace{every: 2 * time.Millisecond, alive: 10 * time.Millisecond, longest: time.Minute}
	server := httptest.NewUnstartedServer(l.api.Handler())
	server.Config.WriteTimeout = 2 * eventsTimeout
	server.Start()
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // a test that hangs tells nothing
	t.Cleanup(cancel)
	l.hangs = cancel
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+v2("/imports/"+id+"/events"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = w.request(http.MethodGet, "/", "").Header
	if l.res, err = server.Client().Do(r); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.res.Body.Close() })
	l.lines = bufio.NewReader(l.res.Body)
	return l
}

// next waits for the next event or comment; nil when the stream has ended.
func (l *listener) next() *event {
	l.t.Helper()
	e := &event{}
	for {
		line, err := l.lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" && *e == (event{}) {
			return nil
		}
		if err != nil {
			l.t.Fatalf("%v after %q", err, line)
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case line == "\n":
			return e
		case field == "event":
			e.name = value
		case field == "":
			e.comment = value
		case field == "data":
			if err := json.Unmarshal([]byte(value), &e.data); err != nil {
				l.t.Fatal(err)
			}
		default:
			l.t.Fatalf("no line of events: %q", line)
		}
	}
}

// news is the next that is no comment.
func (l *listener) news() *event {
	l.t.Helper()
	for {
		if e := l.next(); e == nil || e.comment == "" {
			return e
		}
	}
}

func (l *listener) expectOver() {
	l.t.Helper()
	select {
	case route := <-l.ended:
		if !strings.HasSuffix(route, "/events") {
			l.t.Errorf("%s is over", route)
		}
	case <-time.After(20 * time.Second):
		l.t.Error("the server still tells")
	}
}

// listening is a world with an import that waits, and somebody who listens to it.
func listening(t *testing.T) (*world, importState, *listener) {
	t.Helper()
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	im := w.startImport(w.create("people", false), "people.csv", "phoneNumber\n+14155550101\n+14155550102\n+14155550103\n+14155550104\n+14155550105\n", nil)
	l := w.listen(t, im.ImportID)
	if e := l.news(); e == nil || e.name != "progress" || e.data.ImportID != im.ImportID || e.data.State != "queued" {
		t.Fatalf("the stream begins with %+v", e)
	}
	return w, im, l
}

func TestEvents_ToTheEnd(t *testing.T) {
	w, _, l := listening(t)
	if kind := l.res.Header.Get("Content-Type"); l.res.StatusCode != http.StatusOK || kind != "text/event-stream" || l.res.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("%d %v", l.res.StatusCode, l.res.Header)
	}
	// While nothing happens it says that it is there, for longer than any other
	// request may take.
	for begin := time.Now(); time.Since(begin) < 3*eventsTimeout; {
		if e := l.next(); e == nil || e.comment != "still there" {
			t.Fatalf("%v after the first event: %+v", time.Since(begin), e)
		}
	}
	w.claimImport()
	if e := l.news(); e == nil || e.name != "progress" || e.data.State != "running" {
		t.Fatalf("of an import that runs: %+v", e)
	}
	w.later(time.Minute)
	w.runImports()
	last := l.news()
	for last != nil && last.name == "progress" {
		last = l.news()
	}
	if last == nil || last.name != "end" || last.data.State != "done" || last.data.Counts.Added != 5 {
		t.Fatalf("the last event is %+v", last)
	}
	if e := l.next(); e != nil {
		t.Errorf("after the end: %+v", e)
	}
	l.expectOver()
}

func TestEvents_OfAnUndo(t *testing.T) {
	w, im, l := listening(t)
	w.runImports()
	for e := l.news(); e.name != "end"; e = l.news() {
	}
	w.call(http.MethodPost, v2("/imports/"+im.ImportID+"/undo"), "")
	l = w.listen(t, im.ImportID)
	if e := l.news(); e == nil || e.name != "progress" || e.data.Undo == nil || e.data.Undo.State != "queued" {
		t.Fatalf("of an undo that waits: %+v", e)
	}
	w.runImports()
	last := l.news()
	for last != nil && last.name == "progress" {
		last = l.news()
	}
	if last == nil || last.name != "end" || last.data.Undo == nil || last.data.Undo.State != "done" {
		t.Errorf("the last event is %+v", last)
	}
}

func TestEvents_TheCallerHangsUp(t *testing.T) {
	_, _, l := listening(t)
	l.hangs()
	l.expectOver()
}

func TestEvents_TheServerStops(t *testing.T) {
	_, _, l := listening(t)
	l.api.EndStreams()
	l.api.EndStreams() // twice is allowed
	if e := l.news(); e != nil {
		t.Errorf("%+v", e)
	}
	l.expectOver()
}

func TestEvents_TheListIsDeleted(t *testing.T) {
	w, im, l := listening(t)
	w.must(http.MethodDelete, v2("/contactList/"+im.ContactListID), "")
	for path, method := range map[string]string{"": http.MethodGet, "/ledger": http.MethodGet, "/cancel": http.MethodPost} {
		if status, _ := w.call(method, v2("/imports/"+im.ImportID+path), ""); status != http.StatusNotFound {
			t.Fatalf("%s: %d", path, status)
		}
	}
	if all := decodeData[importPage](t, w.must(http.MethodGet, v2("/imports"), "")); len(all.Results) > 0 {
		t.Errorf("still among the imports: %+v", all.Results)
	}
	if e := l.news(); e != nil {
		t.Errorf("there is no more news of it: %+v", e)
	}
	l.expectOver()
}
