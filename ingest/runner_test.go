package ingest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
)

// small gives an importer that cuts a small file into many chunks and blocks.
func small(s Store) *Importer { return &Importer{store: s, chunk: 100, limit: 400, block: 7} }

// write writes a file of contacts and gives its path.
func write(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "contacts.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rows makes a file in which every tenth row is bad and every seventh a duplicate.
func rows(n int) string {
	var b strings.Builder
	b.WriteString("Phone,First Name,Note\n")
	for i := range n {
		switch {
		case i%10 == 9:
			fmt.Fprintf(&b, "12,Ann,row %d\n", i+1)
		case i%7 == 6:
			b.WriteString("+14155550000,Bob,\"twice\nand again\"\n")
		default:
			fmt.Fprintf(&b, "+1415%07d,\"Cid \"\"C\"\"\",row %d\n", i, i+1)
		}
	}
	return b.String()
}

func TestRun(t *testing.T) {
	store, c := newFakeStore(), newClock()
	q := request(write(t, rows(100)), c)
	var last Progress
	q.Progress = func(p Progress) { last = p }
	result, err := small(store).Run(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := rollcall.ImportCounts{Rows: 100, Added: 78, Duplicate: 12, Rejected: 10}
	if result.Import.Counts != want || result.Import.State != rollcall.ImportDone || result.Resumed {
		t.Errorf("got %+v", result)
	}
	if result.List.Status != rollcall.ListValidated || result.List.Description != "contacts.csv" || result.Import.ListID != result.List.ID {
		t.Errorf("got the list %+v", result.List)
	}
	info, _ := os.Stat(q.Path)
	if !last.Done || last.Counts != want || last.BytesRead != info.Size() || last.BytesTotal != info.Size() || last.Stage != StageLoad {
		t.Errorf("got the progress %+v", last)
	}
}

// A block tells how far into the file its rows reach, however far ahead it is read, also
// of an import that is gone on with.
func TestRun_BlocksTellHowFarTheyReach(t *testing.T) {
	const header, row = "phone,name\n", len("+14155550000,Ann\n")
	text := strings.Builder{}
	text.WriteString(header)
	for i := range 2000 {
		fmt.Fprintf(&text, "+1415555%04d,Ann\n", i)
	}
	store, c := newFakeStore(), newClock()
	q := request(write(t, text.String()), c)
	stop := int64(1000)
	store.beforeCommit = func(b *rollcall.Block) error {
		last := b.First + b.Len() - 1
		const about = 150 // bytes: a chunk may be under way
		if want := int64(len(header)) + last*int64(row); b.BytesRead < want-about || b.BytesRead > want+about {
			t.Errorf("the rows to %d reach to byte %d, want %d", last, b.BytesRead, want)
		}
		if last > stop {
			return context.Canceled
		}
		return nil
	}
	if _, err := small(store).Run(t.Context(), q); err == nil {
		t.Fatal("it was to break off")
	}
	stop = 2000
	store.imports[0].State, store.imports[0].LeaseUntil = rollcall.ImportRunning, time.Time{}
	if result, err := small(store).Run(t.Context(), q); err != nil || !result.Resumed || result.Import.Counts.Rows != 2000 {
		t.Fatalf("%v %+v", err, result)
	}
}

// TestRun_DryRun counts what the run counts, writes the same rejects file, and
// writes nothing else.
func TestRun_DryRun(t *testing.T) {
	store, c := newFakeStore(), newClock()
	q := request(write(t, rows(100)), c)
	q.Rejects = filepath.Join(t.TempDir(), "dry.csv")
	q.Options.DryRun = true
	dry, err := small(store).Run(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(store.lists)+len(store.contacts) > 0 {
		t.Error("the dry run wrote to the store")
	}
	dryRejects := q.Rejects
	store.rejects, q.Options.DryRun, q.Rejects = nil, false, filepath.Join(t.TempDir(), "wet.csv")
	wet, err := small(store).Run(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wet.Import.Counts, dry.Import.Counts); diff != "" {
		t.Error(diff)
	}
	a, _ := os.ReadFile(dryRejects)
	b, _ := os.ReadFile(q.Rejects)
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("the rejects differ:\n%s\n%s", a, b)
	}
}

// TestRun_Rules takes the rule and region of the list, unless told otherwise.
func TestRun_Rules(t *testing.T) {
	store, c := newFakeStore(), newClock()
	list := rollcall.NewContactList(rollcall.SourceLocalDrive, c.now)
	list.Name, list.Description, list.PhoneRule, list.Region = "List", "d", phone.RuleE164, "GB"
	store.lists["List"] = list
	for _, v := range []struct {
		rule   phone.Rule
		region string
		list   string
		want   string
	}{
		{"", "", "List", "e164 GB"},
		{"valid", "us", "List", "valid US"},
		{"", "", "New", "valid "},
	} {
		q := request(write(t, "Phone\n+442079460000\n"), c)
		q.Options.PhoneRule, q.Options.Region, q.ListName = v.rule, v.region, v.list
		result, err := New(store, Settings{}).Run(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(result.Answer.PhoneRule, " ", result.Answer.Region); got != v.want {
			t.Errorf("%+v: got %s", v, got)
		}
	}
}

func TestRun_Refuses(t *testing.T) {
	path := write(t, rows(5))
	for _, c := range []struct {
		name   string
		change func(*Request)
		want   string
	}{
		{"no such file", func(q *Request) { q.Path += "x" }, "There is no file"},
		{"a folder", func(q *Request) { q.Path = t.TempDir() }, "not a regular file"},
		{"unknown region", func(q *Request) { q.Options.Region = "XX" }, "two letters"},
		{"unknown rule", func(q *Request) { q.Options.PhoneRule = "lax" }, `phoneRule must be "e164", "valid" or "mobile"`},
		{"no list", func(q *Request) { q.ListName = " " }, "name is required"},
		{"long name", func(q *Request) { q.ListName = strings.Repeat("x", 49) }, "49 characters"},
		{"unknown column", func(q *Request) { q.Options.Mapping = map[rollcall.Field]string{"phoneNumber": "Fax"} }, `no column "Fax"`},
		{"rejects over the file itself", func(q *Request) { q.Rejects = q.Path }, "another than the file"},
		{"rejects nowhere", func(q *Request) { q.Rejects = filepath.Join(path, "x", "y") }, "cannot be written"},
	} {
		for _, dry := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s dry=%v", c.name, dry), func(t *testing.T) {
				store, q := newFakeStore(), request(path, newClock())
				q.Options.DryRun = dry
				c.change(&q)
				_, err := New(store, Settings{}).Run(t.Context(), q)
				if err == nil || !strings.Contains(err.Error(), c.want) || len(rollcall.Errors(err)) != 1 {
					t.Errorf("got %v", err)
				}
				if len(store.imports)+len(store.lists) > 0 {
					t.Error("something was written")
				}
			})
		}
	}
	if text, _ := os.ReadFile(path); string(text) != rows(5) {
		t.Error("the file was overwritten")
	}
}
