package ingest

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
)

var update = flag.Bool("update", false, "write the golden files anew")

// report is what a person needs to review what is made of a file.
type report struct {
	Error    string            `json:"error,omitempty"`
	Kind     Kind              `json:"kind,omitempty"` // none: CSV
	Packed   Compression       `json:"compression,omitempty"`
	Member   string            `json:"member,omitempty"`
	Sheet    string            `json:"sheet,omitempty"`
	Sheets   []string          `json:"sheets,omitempty"`
	Encoding Encoding          `json:"encoding,omitempty"`
	Mark     bool              `json:"byteOrderMark,omitempty"`
	Delim    string            `json:"delimiter,omitempty"`
	LineEnd  string            `json:"lineEnd,omitempty"`
	SepLine  bool              `json:"sepLine,omitempty"`
	Header   bool              `json:"header"`
	Columns  []string          `json:"columns,omitempty"`
	Mapping  map[string]string `json:"mapping,omitempty"`
	Counts   *map[string]int64 `json:"counts,omitempty"`
	Contacts []reportedContact `json:"contacts,omitempty"`
	Rejects  []map[string]any  `json:"rejects,omitempty"`
}

type reportedContact struct {
	Row    int64           `json:"row"`
	Phone  string          `json:"phone"`
	Sent   string          `json:"sent"`
	Fields json.RawMessage `json:"fields,omitempty"`
	Extra  json.RawMessage `json:"extra,omitempty"`
}

// TestGolden imports each file of testdata and compares what is made of it with
// the .json beside it, and its rejects file with the .rejects. Run it with
// -update to write these anew, and review the difference.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(path, ".csv")
		t.Run(filepath.Base(name), func(t *testing.T) {
			importGolden(t, request(path, newClock()), 0, name)
		})
	}
}

// importGolden runs a request, by an importer that unpacks so many bytes at most,
// and compares its report and its rejects file.
func importGolden(t *testing.T, q Request, most int64, name string) {
	t.Helper()
	store, rejects := newFakeStore(), filepath.Join(t.TempDir(), "rejects.csv")
	q.Options.Region, q.Options.PhoneRule, q.Rejects = "US", phone.RuleValid, rejects
	importer := New(store, Settings{})
	importer.unpacked = most
	result, err := importer.Run(context.Background(), q)
	golden(t, name+".json", makeReport(t, store, result, err))
	if len(store.rejects) > 0 {
		text, err := os.ReadFile(rejects)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".rejects", hideMessages(t, store, string(text)))
	}
}

// hideMessages takes the sentences out of a rejects file: those about phone
// numbers are package phone's to change.
func hideMessages(t *testing.T, store *fakeStore, text string) string {
	t.Helper()
	for _, r := range store.rejects {
		text = strings.ReplaceAll(text, strings.ReplaceAll(r.Message, `"`, `""`), "…")
	}
	return strings.ReplaceAll(text, `"…"`, "…")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func makeReport(t *testing.T, store *fakeStore, result *Result, err error) string {
	t.Helper()
	var r report
	if err != nil {
		told := *rollcall.Errors(err)[0]
		told.Err = nil // what a person is told, without the cause
		r.Error = told.Error()
	} else {
		f := result.Answer.Format
		r = report{Kind: f.Kind, Packed: f.Compression, Member: f.Member, Sheet: f.Sheet, Sheets: f.Sheets, Encoding: f.Encoding, Mark: f.Mark, Delim: string(rune(f.Delimiter)), LineEnd: string(rune(f.LineEnd)), SepLine: f.SepLine, Header: f.Header, Columns: f.Columns}
		if r.Kind == KindCSV {
			r.Kind = ""
		}
		r.Mapping = map[string]string{}
		for _, field := range rollcall.Fields() {
			if column := *result.Answer.Mapping.Column(field); column != "" {
				r.Mapping[string(field)] = column
			}
		}
		c := result.Import.Counts
		r.Counts = &map[string]int64{"rows": c.Rows, "added": c.Added, "duplicate": c.Duplicate, "rejected": c.Rejected}
	}
	for _, row := range store.contacts {
		r.Contacts = append(r.Contacts, reportContact(t, row))
	}
	for _, j := range store.rejects {
		r.Rejects = append(r.Rejects, map[string]any{"row": j.Number, "code": j.Code, "raw": j.Raw})
	}
	return indent(t, r)
}

func reportContact(t *testing.T, row rollcall.Row) reportedContact {
	t.Helper()
	fields := map[string]string{}
	for _, f := range rollcall.Fields() {
		if to := row.Contact.Mapped(f); to != nil && to.Given {
			fields[string(f)] = to.Value
		}
	}
	r := reportedContact{Row: row.Number, Phone: row.Contact.Phone.String(), Sent: row.Contact.PhoneSent}
	if len(fields) > 0 {
		r.Fields, _ = json.Marshal(fields)
	}
	if row.Contact.Extra != "" {
		r.Extra = json.RawMessage(row.Contact.Extra)
	}
	return r
}

func indent(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
