package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

// Of two creations of one name at the same moment one succeeds.
func TestCreateContactList_SameNameAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for round := range 5 {
			var mu sync.Mutex
			var all sync.WaitGroup
			got := map[int]int{}
			for i := range 4 {
				r := w.request(http.MethodPost, v2("/contactList/createContactList"), fmt.Sprintf(`{"name":%q,"description":"d","source":"passiveApi"}`, fmt.Sprintf([]string{"same %d", "SAME %d"}[i%2], round)))
				all.Go(func() {
					rec := httptest.NewRecorder()
					w.handler.ServeHTTP(rec, r)
					mu.Lock()
					defer mu.Unlock()
					got[rec.Code]++
				})
			}
			all.Wait()
			if got[http.StatusOK] != 1 || got[http.StatusConflict] != 3 {
				t.Fatalf("statuses %v, want one 200 and three 409", got)
			}
		}
	})
}

// Two processes on one database: what one writes the other says at once,
// whatever it keeps.
func TestTwoProcesses(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		w := newWorld(t, storetest.Open(t, c))
		second := &world{t: t, store: storetest.Open(t, c), clock: w.clock, sealer: w.sealer, clients: w.clients, place: w.place, log: w.log, check: true}
		second.api = second.newAPI(second.store)
		second.handler = second.api.Handler()
		processes := []*world{w, second}
		for i := range 12 {
			writer, reader := processes[i%2], processes[(i+1)%2]
			name := fmt.Sprintf("list %d", i)
			id := writer.create(name, false)
			for _, p := range processes { // both keep an answer
				p.expectCount(id, 0)
			}
			writer.must(http.MethodPost, v2("/contactList/addContacts"), numbersBody(name, 15550000001, 3))
			reader.expectCount(id, 3)
			reader.must(http.MethodPost, v2("/contactList/addContacts"), numbersBody(name, 15550000003, 3))
			writer.expectCount(id, 5)
			if i%3 == 0 {
				reader.must(http.MethodDelete, v2("/contactList/"+id), "")
				writer.expectCount(id, -1)
			}
		}
	})
}

// expectCount compares a list's count in getAllListDetails; -1: not there.
func (w *world) expectCount(list string, want int) {
	w.t.Helper()
	if got := w.countOf(list); got != want {
		w.t.Fatalf("the list has %d contacts, want %d", got, want)
	}
}

// While others write, a reader never sees an answer older than what was
// acknowledged before it asked.
func TestGetAllListDetails_WhileOthersWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.check = false
		id := w.create("busy", true)
		var readers sync.WaitGroup
		var mu sync.Mutex
		acknowledged, stop := 0, make(chan struct{})
		for range 3 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					mu.Lock()
					least := acknowledged
					mu.Unlock()
					if got := w.countOf(id); got < least {
						t.Errorf("an answer tells of %d contacts after %d were acknowledged", got, least)
						return
					}
				}
			})
		}
		for i := range 40 {
			w.must(http.MethodPost, v2("/contactList/addContacts"), numbersBody("busy", 15550000001+i, 1))
			mu.Lock()
			acknowledged++
			mu.Unlock()
		}
		close(stop)
		readers.Wait()
	})
}

// countOf gives a list's count in getAllListDetails; -1: it is not there.
func (w *world) countOf(list string) int {
	for _, l := range decodeData[[]struct {
		ID               string `json:"_id"`
		TotalRecordCount int
	}](w.t, w.must(http.MethodPost, v2("/contactList/getAllListDetails"), "")) {
		if l.ID == list {
			return l.TotalRecordCount
		}
	}
	return -1
}

// A walk by cursor sees each contact that was there when it began once, while
// others write.
func TestGetAllContacts_WalkWhileOthersWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.check = false
		id := w.create("walked", false)
		w.must(http.MethodPost, v2("/contactList/addContacts"), numbersBody("walked", 15550000001, 300))
		var writers sync.WaitGroup
		for k := range 2 {
			writers.Go(func() {
				for i := range 15 {
					w.must(http.MethodPost, v2("/contactList/addContacts"), numbersBody("walked", 16660000001+k*1000+i*10, 10))
				}
			})
		}
		seen := map[string]bool{}
		for _, c := range w.walk(id, 7) {
			if seen[c] {
				t.Errorf("%s came twice", c)
			}
			seen[c] = true
		}
		writers.Wait()
		if all := w.walk(id, 1000); len(seen) < 300 || len(all) != 600 {
			t.Errorf("%d seen during, %d after", len(seen), len(all))
		}
	})
}
