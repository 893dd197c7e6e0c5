package ingest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
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
	Ledger   []string          `json:"ledger,omitempty"`
}

type reportedContact struct {
	Row    int64           `json:"row"`
	Phone  string          `json:"phone"`
	Sent   string          `json:"sent"`
	Fields json.RawMessage `json:"fields,omitempty"`
	Extra  json.RawMessage `json:"extra,omitempty"`
}

// TestGolden imports each file of testdata and compares what is made of it with
// the .json beside it, what is answered about its columns with the .answer, and its
// rejects file with the .rejects. Run it with -update to write these anew, and review
// the difference.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	store := goldenStore(t)
	for _, path := range files {
		name := strings.TrimSuffix(path, ".csv")
		t.Run(filepath.Base(name), func(t *testing.T) {
			importGolden(t, store, request(path, newClock()), 0, name)
		})
	}
}

// goldenStore is a database for golden files, each in an account of its own.
func goldenStore(t *testing.T) *store.Store {
	t.Helper()
	return storetest.Open(t, store.Config{DataDir: t.TempDir()})
}

// importGolden runs a request, by an importer that unpacks so many bytes at most,
// and compares its report and its rejects file.
func importGolden(t *testing.T, s *store.Store, q Request, most int64, name string) {
	t.Helper()
	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	q.Options.Region, q.Options.PhoneRule, q.Rejects, q.Owner, q.User = "US", phone.RuleValid, rejects, storetest.Owner(t, s), "u-1"
	importer := New(s, Settings{})
	importer.unpacked = most
	result, err := importer.Run(t.Context(), q)
	g := goldenImport{T: t, store: s, owner: q.Owner}
	if result != nil {
		g.load(result.Import)
	}
	golden(t, name+".json", g.report(result, err))
	if err == nil {
		golden(t, name+".answer", reportAnswer(t, &result.Answer.Answer))
	}
	if len(g.rejects) > 0 {
		text, err := os.ReadFile(rejects)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".rejects", g.hide(string(text)))
	}
}

// goldenImport is what an import left in the store.
type goldenImport struct {
	*testing.T
	store   *store.Store
	owner   rollcall.Owner
	id      string
	rejects []rollcall.Reject
	ledger  []rollcall.LedgerEntry
}

func (g *goldenImport) load(im *rollcall.Import) {
	g.id = im.ID
	var err error
	if g.rejects, err = g.store.Rejects(g.Context(), im, 0, 1000); err != nil {
		g.Fatal(err)
	}
	for after := int64(0); ; {
		page, last, err := g.store.LedgerPage(g.Context(), im, after, nil)
		if err != nil {
			g.Fatal(err)
		}
		if last == 0 {
			return
		}
		g.ledger, after = append(g.ledger, page...), last
	}
}

// hide takes out of a rejects file what differs from import to import, and the
// sentences: those about phone numbers are package phone's to change.
func (g *goldenImport) hide(text string) string {
	text = strings.ReplaceAll(text, g.id, "im-00000000-0000-4000-8000-000000000001")
	for _, r := range g.rejects {
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

func (g *goldenImport) report(result *Result, err error) string {
	g.Helper()
	var r report
	if err != nil {
		told := *rollcall.Errors(err)[0]
		told.Err = nil // what a person is told, without the cause
		r.Error = told.Error()
		return indent(g.T, r)
	}
	f := result.Answer.Format
	r = report{Kind: f.Kind, Packed: f.Compression, Member: f.Member, Sheet: f.Sheet, Sheets: f.Sheets, Encoding: f.Encoding, Mark: f.Mark, Delim: string(rune(f.Delimiter)), LineEnd: string(rune(f.LineEnd)), SepLine: f.SepLine, Header: f.Header, Columns: f.Columns}
	if f.CRLF {
		r.LineEnd = "\r\n"
	}
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
	r.Contacts = g.contacts(result.List)
	for _, j := range g.rejects {
		r.Rejects = append(r.Rejects, map[string]any{"row": j.Number, "code": j.Code, "raw": j.Raw})
	}
	for _, e := range g.ledger {
		line := fmt.Sprint(e.Row, " ", e.Outcome)
		if e.Code != "" {
			line += " " + e.Code
		}
		if e.DuplicateOfRow != 0 {
			line += fmt.Sprint(" of row ", e.DuplicateOfRow)
		}
		r.Ledger = append(r.Ledger, line)
	}
	return indent(g.T, r)
}

// contacts are those of the list, with the row that each came from.
func (g *goldenImport) contacts(l *rollcall.ContactList) (reported []reportedContact) {
	contacts, _, err := g.store.Contacts(g.Context(), g.owner, l.ID, rollcall.ContactPage{Limit: 1000})
	if err != nil {
		g.Fatal(err)
	}
	rows := map[int64]int64{} // by sequence number
	for _, e := range g.ledger {
		if _, seq, ok := rollcall.ParseContactID(e.ContactID); ok && e.Outcome == rollcall.OutcomeAdded {
			rows[seq] = e.Row
		}
	}
	for i := range contacts {
		c := &contacts[i]
		reported = append(reported, reportContact(rows[c.Seq], c))
	}
	return reported
}

func reportContact(row int64, c *rollcall.Contact) reportedContact {
	fields := map[string]string{}
	for _, f := range rollcall.Fields() {
		if to := c.Mapped(f); to != nil && to.Given {
			fields[string(f)] = to.Value
		}
	}
	r := reportedContact{Row: row, Phone: c.Phone.String(), Sent: c.PhoneSent}
	if len(fields) > 0 {
		r.Fields, _ = json.Marshal(fields)
	}
	if c.Extra != "" {
		r.Extra = json.RawMessage(c.Extra)
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
