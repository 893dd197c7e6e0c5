package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/storetest"
)

// told is what the test reads of an import.
type told struct {
	ImportID string `json:"importId"`
	State    string `json:"state"`
	Undo     struct {
		State string `json:"state"`
	} `json:"undo"`
}

// listen opens a stream of events, and gives the name and the import of the next
// one with each call; an empty name is the stream's end.
func (s *site) listen(importID string) func() (string, told) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+v2("/imports/"+importID+"/events"), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range map[string]string{"auth": s.token("main"), "iid": testApplication, "accountId": testAccount} {
		r.Header.Set(name, value)
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		s.t.Fatal(res.StatusCode, got)
	}
	lines := bufio.NewScanner(res.Body)
	return func() (name string, im told) {
		for lines.Scan() {
			line := lines.Text()
			if event, ok := strings.CutPrefix(line, "event: "); ok {
				name = event
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				if err := json.Unmarshal([]byte(data), &im); err != nil {
					s.t.Fatal(err)
				}
			}
			if line == "" && name != "" {
				return name, im
			}
		}
		return "", im
	}
}

// Who listens is told of each change as it comes, by whichever process makes it,
// and of the end; an undo goes on with the story.
func TestImportEvents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		rec := w.do(w.sendsFile(routeNamed(t, "createListFromFile"), baseV2, "", ""))
		var queued struct{ Data told }
		if err := json.Unmarshal(rec.Body.Bytes(), &queued); err != nil || rec.Code != http.StatusAccepted {
			t.Fatal(err, rec.Code, rec.Body)
		}
		at := w.serve(w.api)
		next := at.listen(queued.Data.ImportID)
		expect := func(wantEvent, wantState, wantUndo string) {
			t.Helper()
			event, im := next()
			if event != wantEvent || im.State != wantState || im.Undo.State != wantUndo {
				t.Errorf("%s of %s %s, want %s of %s %s", event, im.State, im.Undo.State, wantEvent, wantState, wantUndo)
			}
		}
		expect("progress", "queued", "")
		w.work()
		expect("end", "done", "")
		expect("", "", "")
		if rec := w.do(w.request(http.MethodPost, v2("/imports/"+queued.Data.ImportID+"/undo"), "")); rec.Code != http.StatusAccepted {
			t.Fatal(rec.Code, rec.Body)
		}
		next = at.listen(queued.Data.ImportID)
		expect("progress", "done", "queued")
		w.work()
		expect("end", "done", "done")
	})
}

func routeNamed(t testing.TB, id string) route {
	t.Helper()
	for _, rt := range routes {
		if rt.id == id {
			return rt
		}
	}
	t.Fatalf("there is no route %s", id)
	return route{}
}
