package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall"
)

func format(columns ...string) *Format {
	return &Format{Delimiter: ',', LineEnd: '\n', Header: true, Columns: columns}
}

func TestMapping_Guess(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns []string
		want    rollcall.Mapping
	}{
		{"exact", []string{"phoneNumber", "firstName", "uniqueId"}, rollcall.Mapping{PhoneNumber: "phoneNumber", FirstName: "firstName", UniqueID: "uniqueId"}},
		{"the contract's sample", []string{"firstName", "lastName", "phoneNumber", "timezone", "uniqueId", " Priority"},
			rollcall.Mapping{FirstName: "firstName", LastName: "lastName", PhoneNumber: "phoneNumber", TimeZone: "timezone", UniqueID: "uniqueId", ContactPriority: " Priority"}},
		{"case and punctuation", []string{"PHONE_NUMBER", "First-Name", "last name"}, rollcall.Mapping{PhoneNumber: "PHONE_NUMBER", FirstName: "First-Name", LastName: "last name"}},
		{"the likelier synonym wins", []string{"Home Phone", "Mobile", "Phone"}, rollcall.Mapping{PhoneNumber: "Phone"}},
		{"the field's own name wins", []string{"Phone", "Mobile", "phoneNumber"}, rollcall.Mapping{PhoneNumber: "phoneNumber"}},
		{"the first of two", []string{"Phone", "Phone"}, rollcall.Mapping{PhoneNumber: "Phone"}},
		{"misspelt", []string{"Telefone Number", "Mobil Phone", "Frist Name"}, rollcall.Mapping{PhoneNumber: "Mobil Phone", FirstName: "Frist Name"}},
		{"near names of other things", []string{"Phone", "Username", "Phone Type", "Lost", "Internal Id", "Minority", "Phone 2", "Idle"}, rollcall.Mapping{PhoneNumber: "Phone"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := makePlan(format(c.columns...), planInput{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, p.mapping); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMapping_Correct(t *testing.T) {
	type fields = map[rollcall.Field]string
	for _, c := range []struct {
		name  string
		given fields
		want  rollcall.Mapping
		err   string
	}{
		{"another column", fields{"phoneNumber": "Mobile"}, rollcall.Mapping{PhoneNumber: "Mobile", FirstName: "First", ContactPriority: " Priority"}, ""},
		{"a column taken from a guess", fields{"lastName": "First"}, rollcall.Mapping{PhoneNumber: "Phone", LastName: "First", ContactPriority: " Priority"}, ""},
		{"one column for two fields", fields{"uniqueId": "Phone", "phoneNumber": "Phone"}, rollcall.Mapping{PhoneNumber: "Phone", UniqueID: "Phone", FirstName: "First", ContactPriority: " Priority"}, ""},
		{"no column", fields{"firstName": "", "contactPriority": ""}, rollcall.Mapping{PhoneNumber: "Phone"}, ""},
		{"but for blanks and case", fields{"contactPriority": "priority"}, rollcall.Mapping{PhoneNumber: "Phone", FirstName: "First", ContactPriority: " Priority"}, ""},
		{"the second of two", fields{"uniqueId": "X (2)"}, rollcall.Mapping{PhoneNumber: "Phone", FirstName: "First", UniqueID: "X (2)", ContactPriority: " Priority"}, ""},
		{"unknown column", fields{"phoneNumber": "Fax"}, rollcall.Mapping{}, `no column "Fax" for phoneNumber. The columns are: "Phone", "Mobile"`},
		{"unknown field", fields{"phone": "Mobile"}, rollcall.Mapping{}, `no field "phone". The fields are: firstName, lastName, phoneNumber`},
		{"no phone number", fields{"phoneNumber": ""}, rollcall.Mapping{}, "mapping: phoneNumber=COLUMN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := makePlan(format("Phone", "Mobile", "First", " Priority", "X", "X"), planInput{corrections: c.given})
			switch {
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Fatalf("got %v, want %q", err, c.err)
			case c.err == "" && err != nil:
				t.Fatal(err)
			case err != nil:
				return
			}
			if diff := cmp.Diff(c.want, p.mapping); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMapping_Extras: what is not mapped is kept, under names of their own.
func TestMapping_Extras(t *testing.T) {
	p, err := makePlan(format("Mobile", "", "A", "A", "A (2)", "say \"x\"", "firstName", "createdAt", "Vorname"),
		planInput{corrections: map[rollcall.Field]string{"phoneNumber": "Mobile", "firstName": "Vorname"}})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range p.extras {
		keys = append(keys, e.key)
	}
	want := []string{`"Column 2":`, `"A":`, `"A (3)":`, `"A (2)":`, `"say \"x\"":`, `"firstName (2)":`, `"createdAt (2)":`}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
}

// TestMapping_ManyColumnsOfOneName would take minutes if each looked for its
// number from the start.
func TestMapping_ManyColumnsOfOneName(t *testing.T) {
	columns := append(strings.Split(strings.Repeat("A,", maxColumns-2), ","), "Phone")
	if _, err := makePlan(format(columns...), planInput{}); err != nil {
		t.Fatal(err)
	}
}

func TestMapping_MessageNamesColumns(t *testing.T) {
	columns := strings.Split(strings.Repeat("Fax,", 60)+strings.Repeat("é", 100), ",")
	_, err := makePlan(format(columns...), planInput{})
	if err == nil || !strings.Contains(err.Error(), "and 11 more") || len(err.Error()) > 2000 {
		t.Errorf("got %v", err)
	}
}
