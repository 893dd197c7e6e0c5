package ingest_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/api"
	"rollcall/auth"
	"rollcall/files"
	"rollcall/ingest"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// signedBy takes every token for the app's.
type signedBy struct{ app *rollcall.App }

func (v signedBy) Verify(ctx context.Context, _ string, revision auth.RevisionFunc) (*auth.Identity, error) {
	if _, err := revision(ctx, v.app.ClientID); err != nil {
		return nil, err
	}
	return &auth.Identity{App: v.app, Subject: "tests"}, nil
}

// door is the API, which contacts come in and out by.
type door struct {
	app     *rollcall.App
	owner   rollcall.Owner
	store   *store.Store
	handler http.Handler
	dir     string
	lists   int
}

func newDoor(t *testing.T, s *store.Store) *door {
	t.Helper()
	uploads, err := files.Open(context.Background(), files.Config{Place: t.TempDir(), Locks: s})
	if err != nil {
		t.Fatal(err)
	}
	app := storetest.App(t, s, "67777ce93e25326494e00001", "st-"+rollcall.NewID("")[:13])
	a, err := api.New(api.Config{Store: s, Verifier: signedBy{app}, Files: uploads, Importer: ingest.New(s, ingest.Settings{}), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return &door{app: app, owner: rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: app.Applications[0]}, store: s, handler: a.Handler(), dir: t.TempDir()}
}

// call sends a request, which must succeed.
func (d *door) call(t fatal, method, path string, body any) []byte {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, "/campaign/api/v2/public/"+d.owner.ApplicationID+"/campaign/contactList"+path, bytes.NewReader(sent))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("auth", "t")
	r.Header.Set("iid", d.owner.ApplicationID)
	r.Header.Set("accountId", d.app.AccountID)
	answer := httptest.NewRecorder()
	d.handler.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
	return answer.Body.Bytes()
}

// fatal is a test, or a check of rapid's.
type fatal interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// list makes a list that allows duplicates, of a region.
func (d *door) list(t fatal, region string, contacts []map[string]any) *rollcall.ContactList {
	t.Helper()
	d.lists++
	l := rollcall.NewContactList(rollcall.SourcePassiveAPI, storetest.Time)
	l.Owner, l.Name, l.Description, l.CreatedBy, l.UpdatedBy = d.owner, fmt.Sprint("list ", d.lists), "d", "u-1", "u-1"
	l.PhoneRule, l.Region, l.Status, l.AllowDuplicates = phone.RuleE164, region, rollcall.ListReady, true
	if err := d.store.CreateContactList(context.Background(), l); err != nil {
		t.Fatal(err)
	}
	if len(contacts) > 0 {
		answer := d.call(t, http.MethodPost, "/addContacts", map[string]any{"contact_list_name": l.Name, "data": contacts})
		if !bytes.Contains(answer, []byte(`"rejected":[]`)) {
			t.Fatalf("not every contact was added: %s", answer)
		}
	}
	return l
}

// export writes the list into a file.
func (d *door) export(t fatal, l *rollcall.ContactList, format string) string {
	t.Helper()
	path := filepath.Join(d.dir, "export")
	if err := os.WriteFile(path, d.call(t, http.MethodGet, "/"+l.ID+"/export?format="+format, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bring imports a file into a list.
func (d *door) bring(t fatal, path string, l *rollcall.ContactList) *ingest.Result {
	t.Helper()
	result, err := ingest.Small(d.store).Run(context.Background(), d.request(path, l))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (d *door) request(path string, l *rollcall.ContactList) ingest.Request {
	tick := storetest.Time
	return ingest.Request{
		Path: path, Owner: d.owner, User: "u-2", ListName: l.Name, Worker: "w",
		Now: func() time.Time { tick = tick.Add(time.Second); return tick },
	}
}

// person is what a list knows of a contact, but for what Rollcall gave it.
type person struct {
	Phone  phone.Number
	Sent   string
	Fields map[rollcall.Field]string // those that were given
	Extra  map[string]string         // the JSON of each value
}

func (d *door) people(t fatal, l *rollcall.ContactList) []person {
	t.Helper()
	contacts, _, err := d.store.Contacts(context.Background(), d.owner, l.ID, rollcall.ContactPage{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var all []person
	for _, c := range contacts {
		p := person{c.Phone, c.PhoneSent, map[rollcall.Field]string{}, map[string]string{}}
		for _, f := range rollcall.Fields() {
			if text := c.Mapped(f); text != nil && text.Given {
				p.Fields[f] = text.Value
			}
		}
		var extra map[string]json.RawMessage
		if err := json.Unmarshal([]byte(cmp.Or(c.Extra, "{}")), &extra); err != nil {
			t.Fatal(err)
		}
		for name, value := range extra {
			p.Extra[name] = string(value)
		}
		all = append(all, p)
	}
	return all
}

// asTable is what a table can say of a person: no types, and nothing of what is
// blank. The fields without a column of their own keep their types.
func asTable(p person) person {
	q := person{p.Phone, p.Sent, map[rollcall.Field]string{}, map[string]string{}}
	for f, s := range p.Fields {
		if s != "" {
			q.Fields[f] = s
		}
	}
	for name, value := range p.Extra {
		if _, mapped := rollcall.ParseField(name); mapped {
			continue
		}
		var text string
		switch {
		case name == "e164" || name == "other":
			q.Extra[name] = value
			continue
		case value == "null":
		case json.Unmarshal([]byte(value), &text) != nil:
			text = value
		}
		if text != "" {
			b, _ := json.Marshal(text)
			q.Extra[name] = string(b)
		}
	}
	return q
}

// sameJSON makes one spelling of each text, whatever was escaped in it.
func sameJSON(all []person) []person {
	for _, p := range all {
		for name, value := range p.Extra {
			d := json.NewDecoder(strings.NewReader(value))
			d.UseNumber()
			var v any
			if err := d.Decode(&v); err == nil {
				b, _ := json.Marshal(v)
				p.Extra[name] = string(b)
			}
		}
	}
	return all
}

var (
	anyText = rapid.OneOf(
		rapid.StringOf(rapid.SampledFrom([]rune(`'=+-@"\,;|{}: abc1é漢😀<&_x`+"\n\t\r"))),
		rapid.SampledFrom([]string{"", " ", "'", "'=1", "''=cmd|' /C calc'!A0", "=1+1", "null", "TRUE", "007", "1e5", "2026-11-02", "_x000D_", "{}", `{"a":1}`, "+1 202 555 0143", "sep=;", "\ufeffx"}),
	).Filter(utf8.ValidString)
	anyName = rapid.OneOf(
		rapid.SampledFrom([]string{"", " ", "other", "e164", "Phone", "Mobile", "surname", "Zone", "priority", "=cmd", "'=x", "4155550123", "Name (2)", "firstname", "Column 9", "a;b;c", "row", "id", "Country "}),
		anyText,
	).Filter(func(s string) bool { return s != "_id" && s != "createdAt" && s != "updatedAt" })
	anyNumber = rapid.SampledFrom([]any{
		"+14155550100", "+1 (415) 555-0101", " +1 415.555.0102 ", "14155550103", 14155550104, "(415) 555-0105", "415-555-0106", "+44 20 7946 0018", "011 44 20 7946 0019", "+44 (0)20 7946 0020", "-4155550107",
	})
)

// anyValue draws a JSON value.
func anyValue(t *rapid.T, depth int) any {
	switch k := rapid.IntRange(0, 8).Draw(t, "kind"); {
	case k == 0:
		return nil
	case k == 1:
		return rapid.Bool().Draw(t, "bool")
	case k == 2:
		return json.Number(rapid.SampledFrom([]string{"0", "-1", "1.0", "12345678901234567890", "1e400"}).Draw(t, "number"))
	case k == 3 && depth > 0:
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any { return anyValue(t, depth-1) }), 0, 3).Draw(t, "array")
	case k == 4 && depth > 0:
		object := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			object[anyText.Draw(t, "name")] = anyValue(t, depth-1)
		}
		return object
	}
	return anyText.Draw(t, "text")
}

// anyContact draws a contact as a client sends it.
func anyContact(t *rapid.T, region string, names []string) map[string]any {
	c := map[string]any{"phoneNumber": anyNumber.Filter(func(n any) bool { // those with a plus are the same everywhere
		s, text := n.(string)
		return region != "" || !text || strings.HasPrefix(strings.TrimSpace(s), "+") || s[0] == '1'
	}).Draw(t, "phone number")}
	if zone := rapid.SampledFrom([]string{"none", "", " ", "Europe/Rome", "america/new york"}).Draw(t, "time zone"); zone != "none" {
		c["timeZone"] = zone
	}
	for _, f := range []string{"firstName", "lastName", "uniqueId", "contactPriority"} {
		switch rapid.IntRange(0, 3).Draw(t, f) {
		case 0:
			c[f] = anyText.Draw(t, f)
		case 1:
			c[f] = rapid.SampledFrom([]any{"Europe/Rome", 3, -2.5, ""}).Draw(t, f)
		}
	}
	for _, name := range names {
		if rapid.Bool().Draw(t, "has "+name) {
			c[name] = anyValue(t, 2)
		}
	}
	return c
}

// TestExport_ComesBack: a list that is exported and imported into another is the
// same, contact by contact: JSON Lines to the types, a table in its texts.
func TestExport_ComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		rapid.Check(t, func(rt *rapid.T) {
			region := rapid.SampledFrom([]string{"", "US"}).Draw(rt, "region")
			names := slices.DeleteFunc(rapid.SliceOfNDistinct(anyName, 0, 6, rapid.ID[string]).Draw(rt, "names"), func(name string) bool {
				_, mapped := rollcall.ParseField(name)
				return mapped
			})
			var contacts []map[string]any
			for range rapid.IntRange(1, 8).Draw(rt, "contacts") {
				contacts = append(contacts, anyContact(rt, region, names))
			}
			from := d.list(rt, region, contacts)
			want := d.people(rt, from)
			var table []person
			for _, p := range want {
				table = append(table, asTable(p))
			}
			for _, format := range []string{"ndjson", "csv", "csv&bom=true", "xlsx"} {
				to := d.list(rt, region, nil)
				result := d.bring(rt, d.export(rt, from, format), to)
				expected := table
				if format == "ndjson" {
					expected = want
				}
				if diff := gocmp.Diff(sameJSON(expected), sameJSON(d.people(rt, to))); diff != "" {
					rt.Fatalf("%s (-exported +imported):\n%s", format, diff)
				}
				if result.Answer.Answer.Exporter != "Rollcall" {
					rt.Fatalf("%s is not recognised", format)
				}
			}
		})
	})
}

// TestExport_RejectsMended: rows of an export that were spoilt come back through
// the rejects file, which is one of an export too.
func TestExport_RejectsMended(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		from := d.list(t, "", []map[string]any{
			{"phoneNumber": "+14155550100", "firstName": "=1+1", "note": "'-x", "e164": "theirs", "": "blank"},
			{"phoneNumber": "+14155550101", "firstName": " Bob ", "note": "line\nline"},
		})
		want := d.people(t, from)
		for _, format := range []string{"csv", "xlsx", "ndjson"} {
			path, rejects := d.export(t, from, format), filepath.Join(d.dir, "rejects.csv")
			to := d.list(t, "", nil)
			// With names for numbers every row is rejected; the right column mends them all.
			q := d.request(path, to)
			q.Rejects, q.Options.Mapping = rejects, map[rollcall.Field]string{rollcall.FieldPhoneNumber: "firstName"}
			result, err := ingest.Small(d.store).Run(context.Background(), q)
			if err != nil || result.Import.Counts.Rejected != 2 {
				t.Fatal(format, err, result)
			}
			q.Path, q.Rejects, q.Options.Mapping = rejects, "", map[rollcall.Field]string{rollcall.FieldPhoneNumber: "phoneNumber", rollcall.FieldFirstName: "firstName"}
			if result, err = ingest.Small(d.store).Run(context.Background(), q); err != nil {
				t.Fatal(format, err)
			}
			if diff := gocmp.Diff(sameJSON(want), sameJSON(d.people(t, to))); diff != "" {
				t.Errorf("%s (-exported +imported):\n%s", format, diff)
			}
			if result.Import.Corrects == "" || result.Answer.Answer.Exporter != "Rollcall" {
				t.Errorf("%s: the rejects are no longer those of an export: %+v", format, result.Import)
			}
		}
	})
}

// TestExport_NUL: a text with NUL, which the API takes, is told, not lost.
func TestExport_NUL(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		from := d.list(t, "", []map[string]any{{"phoneNumber": "+14155550100", "note": "a\x00b"}})
		for _, format := range []string{"csv", "xlsx", "ndjson"} {
			result := d.bring(t, d.export(t, from, format), d.list(t, "", nil))
			if c := result.Import.Counts; c.Rejected != 1 || c.Rows != 1 {
				t.Errorf("%s: %+v", format, c)
			}
		}
	})
}

// TestExport_RegionOfTheListKept: a table has the number itself beside its
// spelling, so that numbers in national form are the same in a list without a
// region. A spelling that was mended afterwards is believed.
func TestExport_RegionOfTheListKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		from := d.list(t, "US", []map[string]any{
			{"phoneNumber": "(415) 555-0105"}, {"phoneNumber": "011 44 20 7946 0019"}, {"phoneNumber": "415 555 0106"}, {"phoneNumber": "+44 20 7946 0018"},
		})
		path := d.export(t, from, "csv")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		mended := strings.Replace(string(text), "415 555 0106", "1 415 555 0199", 1)
		if err := os.WriteFile(path, []byte(mended), 0o600); err != nil || mended == string(text) {
			t.Fatal(err, "nothing to mend in", string(text))
		}
		to := d.list(t, "", nil)
		d.bring(t, path, to)
		var got []phone.Number
		for _, p := range d.people(t, to) {
			got = append(got, p.Phone)
		}
		if diff := gocmp.Diff([]phone.Number{14155550105, 442079460019, 14155550199, 442079460018}, got); diff != "" {
			t.Error(diff)
		}
	})
}
