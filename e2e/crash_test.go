package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rollcall"
)

func TestKill_InTheMiddleOfAddContacts(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		c := p.register(t)
		s := p.serve(t)
		var l list
		c.must(t, s.url, "POST", "/createContactList", map[string]any{"name": "L", "description": "d", "source": "passiveApi"}, &l)
		var acknowledged atomic.Int64
		var wg sync.WaitGroup
		enough := make(chan struct{})
		for worker := range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					body := map[string]any{"contact_list_name": "L", "data": contacts(worker*1_000_000+i*300, 300)}
					var added struct{ Added int64 }
					status, _, err := c.call(s.url, "POST", "/addContacts", body, &added)
					if err != nil || status != 200 {
						return // the server is gone
					}
					if acknowledged.Add(added.Added) >= 6000 && worker == 0 {
						close(enough)
						worker = -1
					}
				}
			})
		}
		<-enough
		s.kill()
		wg.Wait()
		s = p.serve(t)
		stored := c.lists(t, s.url)["L"].TotalRecordCount
		if walked := c.walk(t, s.url, l.ID); walked != stored {
			t.Errorf("totalRecordCount %d, but %d contacts", stored, walked)
		}
		// Four calls at most were under way, each is there whole or not at all.
		if lost := acknowledged.Load() - stored; lost > 0 || lost < -4*300 || stored%300 != 0 {
			t.Errorf("acknowledged %d, stored %d", acknowledged.Load(), stored)
		}
	})
}

func TestImport_CutShortGoesOn(t *testing.T) {
	for name, how := range map[string]os.Signal{"killed": syscall.SIGKILL, "stopped": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			eachEngine(t, func(t *testing.T, p place) { cutShort(t, p, how) })
		})
	}
}

// bigFile writes a file of n rows: of each hundred one is bad and two are
// duplicates.
func bigFile(t *testing.T, n int) (path string, want rollcall.ImportCounts) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("phone,name\n")
	for i := range n {
		switch {
		case i%100 == 7:
			b.WriteString("12,bad\n")
		case i%50 == 3:
			fmt.Fprintf(&b, "+1%010d,twice\n", 2025000000+i-2)
		default:
			fmt.Fprintf(&b, "+1%010d,ok\n", 2025000000+i)
		}
	}
	path = filepath.Join(t.TempDir(), "big.csv")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, bad, twice := int64(n), int64(n/100), int64(n/50)
	return path, rollcall.ImportCounts{Rows: rows, Rejected: bad, Duplicate: twice, Added: rows - bad - twice}
}

// cutShort ends an import in its middle, repeats the command, and wants the list
// and the counts of an undisturbed run.
func cutShort(t *testing.T, p place, how os.Signal) {
	c := p.register(t)
	s := p.serve(t)
	file, want := bigFile(t, 300_000)
	args := []string{"import", file, "--application", application, "--list", "Big", "--phone-rule", "e164", "--json"}
	first := p.command(args...)
	var out bytes.Buffer
	first.Stdout = &out
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "the first block", func() bool { return c.lists(t, s.url)["Big"].TotalRecordCount > 0 })
	if err := first.Process.Signal(how); err != nil {
		t.Fatal(err)
	}
	first.Wait()
	l := c.lists(t, s.url)["Big"]
	if l.Status != "Validating" || l.TotalRecordCount >= want.Added {
		t.Fatalf("ended too late to prove anything: %+v", l)
	}
	if how == syscall.SIGTERM {
		var said importResult
		if err := json.Unmarshal(out.Bytes(), &said); err != nil || said.State != "running" || said.Added != l.TotalRecordCount || said.sum() != said.Rows {
			t.Errorf("%v: it said %s, the list has %d", err, out.String(), l.TotalRecordCount)
		}
	}
	var result importResult
	if err := json.Unmarshal([]byte(p.run(t, args...)), &result); err != nil {
		t.Fatal(err)
	}
	if result.outcomes() != want {
		t.Errorf("got %+v, want %+v", result.outcomes(), want)
	}
	l = c.lists(t, s.url)["Big"]
	if l.TotalRecordCount != want.Added || l.Status != "Validated" || len(l.Files) != 1 {
		t.Errorf("%+v", l)
	}
	if out := p.run(t, "doctor"); !strings.Contains(out, "ok      counts") {
		t.Error(out)
	}
}

// await waits for something to become true, for 30 seconds at most.
func await(t testing.TB, what string, ready func() bool) {
	t.Helper()
	for range 3000 {
		if ready() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s did not come", what)
}

func TestStop_FinishesWhatItBegan(t *testing.T) {
	p := place{data: t.TempDir()}
	c := p.register(t)
	s := p.serve(t)
	var l list
	c.must(t, s.url, "POST", "/createContactList", map[string]any{"name": "L", "description": "d", "source": "passiveApi"}, &l)
	answered := make(chan int, 1)
	go func() {
		status, _, _ := c.call(s.url, "POST", "/addContacts", map[string]any{"contact_list_name": "L", "data": contacts(0, 50_000)}, nil)
		answered <- status
	}()
	await(t, "the call", func() bool { return strings.Contains(p.metrics(t, s.url), "rollcall_http_requests_in_flight 1") })
	if status := s.stop(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if status := <-answered; status != 200 {
		t.Errorf("the call that had begun: %d", status)
	}
	s = p.serve(t)
	if n := c.lists(t, s.url)["L"].TotalRecordCount; n != 50_000 {
		t.Errorf("%d contacts", n)
	}
}

func TestTwoServers_OnOnePostgreSQL(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		if p.database == "" {
			return // one server a folder; see TestServe_RefusesAFolderThatAnotherServerUses
		}
		c := p.register(t)
		servers := []*process{p.serve(t), p.serve(t)}
		for i := range 60 {
			write, read := servers[i%2], servers[(i+1)%2]
			name := fmt.Sprintf("List %d", i)
			var l list
			c.must(t, write.url, "POST", "/createContactList", map[string]any{"name": name, "description": "d", "source": "passiveApi"}, &l)
			if status, _, _ := c.call(read.url, "POST", "/createContactList", map[string]any{"name": strings.ToUpper(name), "description": "d", "source": "passiveApi"}, nil); status != 409 {
				t.Fatalf("the same name on the other: %d", status)
			}
			c.must(t, read.url, "POST", "/addContacts", map[string]any{"contact_list_name": name, "data": contacts(0, i)}, nil)
			if got := c.lists(t, write.url)[name].TotalRecordCount; got != int64(i) {
				t.Fatalf("%s: the other server says %d, want %d", name, got, i)
			}
			if i%3 == 0 {
				c.must(t, write.url, "DELETE", "/"+l.ID, nil, nil)
				if _, there := c.lists(t, read.url)[name]; there {
					t.Fatalf("%s is deleted, but the other server lists it", name)
				}
			}
		}
	})
}
