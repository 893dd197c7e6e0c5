package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/storetest"
)

// blockedAt tells which of some numbers were blocked at an instant.
func (w *world) blockedAt(at time.Time, numbers ...string) string {
	w.t.Helper()
	body, _ := json.Marshal(map[string]any{"phoneNumbers": numbers, "at": at.Format(time.RFC3339Nano)})
	data := decodeData[struct{ Results []struct{ Blocked bool } }](w.t, w.must("POST", v2("/dnc/lookup"), string(body)))
	var b strings.Builder
	for _, r := range data.Results {
		b.WriteString(map[bool]string{true: "x", false: "-"}[r.Blocked])
	}
	return b.String()
}

// TestDNC_FilesAreRemembered: what a replacement takes away, and what an undo takes
// back, is known to have blocked; what comes back blocks again.
func TestDNC_FilesAreRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		made := decodeData[struct {
			ID string `json:"_id"`
		}](t, w.must("POST", v2("/contactList/createContactList"), `{"name":"Registry","description":"d","source":"passiveApi","listType":"dnc"}`))
		step := func() time.Time { w.later(time.Hour); return w.clock.now() }
		run := func(rows string, options map[string]any) importState {
			t.Helper()
			im := w.startImport(made.ID, "registry.csv", "phoneNumber,expiresAt\n"+rows, options)
			w.runImports()
			return w.importNow(im.ImportID)
		}
		undo := func(im importState) {
			t.Helper()
			if status, a := w.call("POST", v2("/imports/"+im.ImportID+"/undo"), ""); status != http.StatusAccepted {
				t.Fatal(status, a)
			}
			w.runImports()
		}
		numbers := []string{"+14155550101", "+14155550102", "+14155550103"}
		want := func(at time.Time, now string) {
			t.Helper()
			if got := w.blockedAt(at.Add(30*time.Minute), numbers...); got != now {
				t.Errorf("%s: %s, want %s", at.Format(time.TimeOnly), got, now)
			}
		}
		first := step()
		run("+14155550101,\n+14155550102,\n", nil)
		replaced := step()
		second := run("+14155550102,\n+14155550103,\n", map[string]any{"mode": "replace"})
		restored := step()
		undo(second)
		added := step()
		third := run("+14155550103,\n+14155550102,2999-01-01\n", nil)
		taken := step()
		undo(third)
		step()
		want(first.Add(-time.Hour), "---")
		want(first, "xx-")
		want(replaced, "-xx")
		want(restored, "xx-")
		want(added, "xxx")
		want(taken, "xx-")
		if third.Counts.Added != 1 || third.Counts.Unchanged != 1 {
			t.Errorf("an entry without an end got one: %+v", third.Counts)
		}
	})
}

// TestDNC_DryRunCountsBlocked: how many rows are on DNC lists is told without
// writing anything.
func TestDNC_DryRunCountsBlocked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.must("POST", v2("/contactList/createContactList"), `{"name":"Opt-outs","description":"d","source":"passiveApi","listType":"dnc","isGlobalDNC":true}`)
		w.must("POST", v2("/contactList/addContacts"), `{"contact_list_name":"Opt-outs","data":[{"phoneNumber":"+14155550102"},{"phoneNumber":"+1900*"}]}`)
		people := w.create("People", false)
		var rows strings.Builder
		for i := range 10 {
			fmt.Fprintf(&rows, "+1415555010%d\n", i)
		}
		im := w.startImport(people, "people.csv", "phoneNumber\n"+rows.String()+"+19005550100\n+14155550102\n", map[string]any{"dnc": "drop", "dryRun": true, "phoneRule": "e164"})
		w.runImports()
		if got := w.importNow(im.ImportID).Counts; got.Added != 9 || got.Blocked != 3 || got.Rows != 12 {
			t.Errorf("%+v", got)
		}
	})
}
