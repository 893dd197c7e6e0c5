package api

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// exported writes contacts as one kind of file.
func exported(t testing.TB, contacts []rollcall.Contact, writer func(io.Writer, *exportColumns) exportWriter) []byte {
	t.Helper()
	columns := newExportColumns()
	if err := columns.gather(contacts); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w := writer(&file, columns)
	if err := errors.Join(w.Write(contacts), w.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// A workbook, split into sheets of three rows, is read by another program as what
// was written.
func TestExport_XLSX_ReadByAnotherLibrary(t *testing.T) {
	texts := []string{"Łódź", "<b>&\"'", " spaced ", "two\nlines", "tab\there", "_x0041_", "_x00", "bell\a", "=1+1"}
	var contacts []rollcall.Contact
	for i, s := range texts {
		extra, _ := json.Marshal(map[string]string{"note": s})
		contacts = append(contacts, rollcall.Contact{Seq: int64(i + 1), Phone: phone.Number(14155550100 + i), PhoneSent: "+1", LastName: rollcall.Given(s), Extra: string(extra)})
	}
	file := exported(t, contacts, func(w io.Writer, c *exportColumns) exportWriter { return newWorkbook(w, 7, c, 3) })
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	sheets := book.GetSheetList()
	if len(sheets) != 5 || sheets[0] != "Contacts" || sheets[4] != "Contacts 5" {
		t.Fatalf("sheets %q", sheets)
	}
	var last, notes []string
	for _, sheet := range sheets {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"_id", "phoneNumber", "e164", "firstName", "lastName", "timeZone", "uniqueId", "contactPriority", "note", "other"}, rows[0]); diff != "" {
			t.Error(diff)
		}
		for _, row := range rows[1:] {
			last, notes = append(last, row[4]), append(notes, row[8])
		}
	}
	texts[len(texts)-1] = "'=1+1"
	if diff := cmp.Diff([][]string{texts, texts}, [][]string{last, notes}); diff != "" {
		t.Error(diff)
	}
}

func TestExport_XLSX_Empty(t *testing.T) {
	file := exported(t, nil, func(w io.Writer, c *exportColumns) exportWriter { return newXLSXExport(w, exportQuery{}, 7, c) })
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := book.GetRows("Contacts"); err != nil || len(rows) != 1 {
		t.Errorf("%v %v", rows, err)
	}
}

func TestColumnLetters(t *testing.T) {
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 1008: "ALU"} {
		if got := columnLetters(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// Whoever reads a CSV file back, and takes off the apostrophes, has every text.
func TestExport_CSV_EveryTextComesBack(t *testing.T) {
	letters := rapid.StringOf(rapid.SampledFrom([]rune("'=+-@\t\n\",;ab é")))
	rapid.Check(t, func(r *rapid.T) {
		first, plan := letters.Draw(r, "first name"), letters.Draw(r, "plan")
		extra, _ := json.Marshal(map[string]string{"plan": plan})
		c := rollcall.Contact{Seq: 1, Phone: 14155550100, PhoneSent: "+1 415 555-0100", FirstName: rollcall.Given(first), Extra: string(extra)}
		file := exported(t, []rollcall.Contact{c}, func(w io.Writer, c *exportColumns) exportWriter { return newCSVExport(w, exportQuery{}, 7, c) })
		rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
		if err != nil || len(rows) != 2 {
			r.Fatal(rows, err)
		}
		row := rows[1]
		if row[1] != c.PhoneSent || row[2] != "+14155550100" || rollcall.RestoreCell(row[3]) != first || rollcall.RestoreCell(row[8]) != plan {
			r.Fatalf("%q became %q", []string{first, plan}, row)
		}
	})
}

// What has no column, since there are too many or it came while the file was
// written, is in the last one.
func TestExport_WhatHasNoColumn(t *testing.T) {
	columns := newExportColumns()
	var many strings.Builder
	for i := range maxExportColumns + 2 {
		fmt.Fprintf(&many, `,"f%d":%d`, i, i)
	}
	full := rollcall.Contact{Extra: "{" + many.String()[1:] + `,"firstName":1,"_id":"x"}`}
	if err := columns.gather([]rollcall.Contact{full}); err != nil {
		t.Fatal(err)
	}
	header, row := columns.header(), append([]string{}, columns.row(7, &full)...)
	if len(header) != len(fixedColumns)+maxExportColumns+1 || len(row) != len(header) || row[len(row)-2] != "999" || row[len(row)-1] != `{"f1000":1000,"f1001":1001}` {
		t.Errorf("%d columns, the last %q", len(row), row[len(row)-2:])
	}
	later := rollcall.Contact{Extra: `{"new":"x","f0":"\u0061"}`}
	if row := columns.row(7, &later); row[8] != "a" || row[len(row)-1] != `{"new":"x"}` {
		t.Errorf("%q %q", row[8], row[len(row)-1])
	}
}

// exportStore fails where a test wants it.
type exportStore struct {
	*store.Store
	walk   func(ctx context.Context, begin func(*rollcall.ContactList) error, each func([]rollcall.Contact) error) error
	search error
}

func (b *exportStore) WalkContacts(ctx context.Context, owner rollcall.Owner, id string, f rollcall.ContactFilter, begin func(*rollcall.ContactList) error, each func([]rollcall.Contact) error) error {
	if b.walk == nil {
		return b.Store.WalkContacts(ctx, owner, id, f, begin, each)
	}
	return b.walk(ctx, begin, each)
}

func (b *exportStore) SearchContacts(ctx context.Context, owner rollcall.Owner, id string, f rollcall.ContactFilter, p rollcall.ContactPage) (store.FoundContacts, error) {
	if b.search == nil {
		return b.Store.SearchContacts(ctx, owner, id, f, p)
	}
	return store.FoundContacts{}, b.search
}

func newExportWorld(t *testing.T) (*world, *exportStore, string) {
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	broken := &exportStore{Store: s}
	w := newWorld(t, s, func(c *Config) { c.Store = broken })
	return w, broken, w.create("People", false)
}

// page is more than what waits in memory before it is sent.
func page() []rollcall.Contact {
	contacts := make([]rollcall.Contact, 1000)
	for i := range contacts {
		contacts[i] = rollcall.Contact{Seq: int64(i + 1), Phone: 14155550100, PhoneSent: "+14155550100"}
	}
	return contacts
}

// A file that cannot be finished does not look whole: its connection breaks.
func TestExport_BreaksOff(t *testing.T) {
	for _, format := range []string{"csv", "ndjson", "xlsx"} {
		t.Run(format, func(t *testing.T) {
			w, broken, list := newExportWorld(t)
			broken.walk = func(_ context.Context, begin func(*rollcall.ContactList) error, each func([]rollcall.Contact) error) error {
				err := begin(&rollcall.ContactList{Name: "People"})
				for range 20 {
					err = errors.Join(err, each(page()))
				}
				return errors.Join(err, errors.New("the disk is gone"))
			}
			server := httptest.NewServer(w.handler)
			defer server.Close()
			r := w.request(http.MethodGet, server.URL+v2("/contactList/"+list+"/export?format="+format), "")
			r.RequestURI = ""
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if n, err := io.Copy(io.Discard, answer.Body); !errors.Is(err, io.ErrUnexpectedEOF) || n == 0 || answer.StatusCode != http.StatusOK {
				t.Errorf("%d: %d bytes, then %v", answer.StatusCode, n, err)
			}
			server.Close() // the log is complete
			if got := w.log.String(); !strings.Contains(got, "status=500") || !strings.Contains(got, "the disk is gone") {
				t.Errorf("the log: %s", got)
			}
		})
	}
}

// Before the first bytes are out a failure is an answer like any other.
func TestExport_FailsAtOnce(t *testing.T) {
	w, broken, list := newExportWorld(t)
	broken.walk = func(_ context.Context, begin func(*rollcall.ContactList) error, _ func([]rollcall.Contact) error) error {
		return errors.Join(begin(&rollcall.ContactList{Name: "People"}), errors.New("the disk is gone"))
	}
	rec := w.do(w.request(http.MethodGet, v2("/contactList/"+list+"/export?format=csv"), ""))
	if rec.Code != http.StatusInternalServerError || rec.Header().Get("Content-Disposition") != "" || decodeAnswer(t, rec.Body.Bytes()).Status != "error" {
		t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
}

// An export has no time limit as a whole.
func TestExport_OutlastsTheRequestTimeout(t *testing.T) {
	w, broken, list := newExportWorld(t)
	asked := false
	broken.walk = func(ctx context.Context, begin func(*rollcall.ContactList) error, _ func([]rollcall.Contact) error) error {
		asked = true
		if until, limited := ctx.Deadline(); limited {
			t.Errorf("the export has to end by %s", until)
		}
		return begin(&rollcall.ContactList{Name: "People"})
	}
	if rec := w.do(w.request(http.MethodGet, v2("/contactList/"+list+"/export?format=csv"), "")); rec.Code != http.StatusOK || !asked {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// deadlineWriter notes the deadline that each write has.
type deadlineWriter struct {
	*httptest.ResponseRecorder
	deadline time.Time
	writes   []time.Time
	err      error
}

func (w *deadlineWriter) SetWriteDeadline(t time.Time) error {
	w.deadline = t
	return nil
}

func (w *deadlineWriter) Write(b []byte) (int, error) {
	w.writes = append(w.writes, w.deadline)
	w.deadline = time.Time{}
	if w.err != nil {
		return 0, w.err
	}
	return w.ResponseRecorder.Write(b)
}

// Each part of a file has a minute of its own to be taken.
func TestExport_EachWriteHasItsDeadline(t *testing.T) {
	w := &deadlineWriter{ResponseRecorder: httptest.NewRecorder()}
	out := bufio.NewWriterSize(patientWriter{&exchange{ResponseWriter: w}}, 100)
	before := time.Now()
	for range 5 {
		fmt.Fprint(out, strings.Repeat("x", 99))
	}
	out.Flush()
	if len(w.writes) != 5 {
		t.Fatalf("%d writes", len(w.writes))
	}
	for _, until := range w.writes {
		if until.Before(before.Add(exportPatience)) || until.After(time.Now().Add(exportPatience)) {
			t.Errorf("a write until %s, begun after %s", until, before)
		}
	}
	w.err = errors.New("timeout")
	if _, err := (patientWriter{&exchange{ResponseWriter: w}}).Write([]byte("x")); !errors.Is(err, errCallerGone) {
		t.Errorf("got %v", err)
	}
}

func TestExport_Head(t *testing.T) {
	w, _, list := newExportWorld(t)
	w.check = false // the document has no HEAD
	rec := w.do(w.request(http.MethodHead, v2("/contactList/"+list+"/export?format=xlsx"), ""))
	if rec.Code != http.StatusOK || rec.Body.Len() != 0 || rec.Header().Get("Content-Disposition") != `attachment; filename="People.xlsx"` {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
}

// The workbook of a real list is a whole archive.
func TestExport_XLSX_Whole(t *testing.T) {
	w, _, list := newExportWorld(t)
	w.must(http.MethodPost, v2("/contactList/addContacts"), numbersBody("People", 15550000001, 3))
	rec := w.do(w.request(http.MethodGet, v2("/contactList/"+list+"/export?format=xlsx"), ""))
	archive, err := zip.NewReader(bytes.NewReader(rec.Body.Bytes()), int64(rec.Body.Len()))
	if err != nil || len(archive.File) != 5 || archive.File[0].Name != "_rels/.rels" {
		t.Fatal(archive, err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(rec.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("Contacts")
	if err != nil || len(rows) != 4 || strings.Join(rows[3][1:9], "|") != "+15550000003|+15550000003|First|Last|America/New_York|C-2|1|gold" {
		t.Errorf("%q %v", rows, err)
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"People":          `attachment; filename="People.csv"`,
		"a\"b\\c/d;e":     `attachment; filename="a-b-c-d;e.csv"`,
		"..":              `attachment; filename="contacts.csv"`,
		"Zoë's":           `attachment; filename="Zo_'s.csv"; filename*=UTF-8''Zo%C3%AB%27s.csv`,
		"x\u202egpj.exe":  `attachment; filename="xgpj.exe.csv"`,
		"50% off\u00a0 !": `attachment; filename="50- off_ !.csv"; filename*=UTF-8''50-%20off%C2%A0%20!.csv`,
	} {
		if got := disposition(name, "csv"); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

// A call that runs into its time limit says so, and what to do.
func TestSearch_TimeLimit(t *testing.T) {
	w, broken, list := newExportWorld(t)
	broken.search = fmt.Errorf("query: %w", context.DeadlineExceeded)
	if status, a := w.call(http.MethodGet, v2("/contactList/"+list+"/contacts?search=x"), ""); status != http.StatusRequestTimeout || a.Errors[0].Code != "timeout" {
		t.Errorf("%d %+v", status, a)
	}
}

func TestDeleteContacts_TooManyIDs(t *testing.T) {
	w, _, list := newExportWorld(t)
	body, _ := json.Marshal(map[string]any{"ids": make([]string, rollcall.MaxContactsPerDelete+1)})
	if status, a := w.call(http.MethodPost, v2("/contactList/"+list+"/contacts/delete"), string(body)); status != http.StatusRequestEntityTooLarge || a.Errors[0].Field != "body.ids" {
		t.Errorf("%d %+v", status, a)
	}
}
