package ingest

import (
	"slices"
	"strconv"
	"strings"

	"rollcall"
)

// severalMark stands between several values in one cell of Google's files.
const severalMark = ":::"

// exporter is a program whose files are known by their columns. Names are as the
// program writes them, to the letter: that tells Zoho's "Contact Id" from
// Salesforce's "Contact ID", and both from files that people made by hand.
type exporter struct {
	name    string
	needs   [][]string                  // the file has one column of each of these
	fields  map[rollcall.Field][]string // the first that the file has is the field's
	numbers []string                    // a person's phone numbers, in the order in which they are called
	regions []string                    // columns that tell the person's country
	other   []string                    // columns whose name or content would say a field that they are not
	several bool                        // cells may hold several values, between severalMark

	// Of Rollcall's own exports:
	exact    bool     // each field has a column of its name, and each cell is kept as it stands
	restores bool     // cells are neutralised against formulas
	dropped  []string // columns that Rollcall gave the contact itself
}

// exporters are the known programs. Of a person's numbers the mobile comes first:
// it reaches the person. Those of an assistant, a switchboard or a fax are none of
// the person's.
var exporters = []exporter{
	{
		name: "Google Contacts",
		needs: [][]string{
			{"Given Name", "First Name"}, {"Family Name", "Last Name"}, {"Phone 1 - Value"}, {"Phone 1 - Type", "Phone 1 - Label"},
		},
		fields: map[rollcall.Field][]string{
			rollcall.FieldFirstName: {"First Name", "Given Name"}, rollcall.FieldLastName: {"Last Name", "Family Name"},
		},
		numbers: numbered("Phone ", " - Value"),
		regions: numbered("Address ", " - Country"),
		other:   []string{"Priority"}, // Outlook's
		several: true,
	},
	{
		name: "Outlook",
		needs: [][]string{
			{"First Name"}, {"Last Name"}, {"Business Phone"}, {"Home Phone"}, {"Mobile Phone"}, {"Primary Phone"},
		},
		fields: map[rollcall.Field][]string{rollcall.FieldFirstName: {"First Name"}, rollcall.FieldLastName: {"Last Name"}},
		numbers: []string{
			"Mobile Phone", "Primary Phone", "Business Phone", "Home Phone", "Business Phone 2", "Home Phone 2", "Other Phone", "Car Phone",
		},
		regions: []string{
			"Home Country/Region", "Business Country/Region", "Other Country/Region", "Home Country", "Business Country", "Other Country",
		},
		other: []string{"Priority", "Assistant's Phone", "Company Main Phone", "Callback", "Radio Phone"}, // a priority is "Normal"
	},
	{
		name: "HubSpot",
		needs: [][]string{
			{"Record ID", "Contact ID"}, {"First Name"}, {"Last Name"}, {"Phone Number", "Mobile Phone Number"},
			{"Mobile Phone Number", "Contact owner", "Create Date", "Last Activity Date", "Lead Status", "Lifecycle Stage", "Marketing contact status", "Associated Company"},
		},
		fields: map[rollcall.Field][]string{
			rollcall.FieldFirstName: {"First Name"}, rollcall.FieldLastName: {"Last Name"}, rollcall.FieldTimeZone: {"Time Zone"},
			rollcall.FieldUniqueID: {"Record ID", "Contact ID"},
		},
		numbers: []string{"Mobile Phone Number", "Phone Number"},
		regions: []string{"Country/Region", "Country", "Country/Region Code", "Country Code"},
	},
	{
		name: "Salesforce", // its export of data
		needs: [][]string{
			{"Id"}, {"FirstName"}, {"LastName"}, {"Phone", "MobilePhone"}, {"MobilePhone", "AccountId", "OwnerId", "IsDeleted", "CreatedDate"},
		},
		fields: map[rollcall.Field][]string{
			rollcall.FieldFirstName: {"FirstName"}, rollcall.FieldLastName: {"LastName"}, rollcall.FieldUniqueID: {"Id"},
		},
		numbers: []string{"MobilePhone", "Phone", "HomePhone", "OtherPhone"},
		regions: []string{"MailingCountryCode", "MailingCountry", "CountryCode", "Country", "OtherCountryCode", "OtherCountry"},
	},
	{
		name: "Salesforce", // a report
		needs: [][]string{
			{"Contact ID", "Lead ID"}, {"First Name"}, {"Last Name"}, {"Phone", "Mobile", "Business Phone"},
			{"Mobile", "Account Name", "Account Owner", "Lead Owner", "Lead Source", "Company / Account", "Mailing Country"},
		},
		fields: map[rollcall.Field][]string{
			rollcall.FieldFirstName: {"First Name"}, rollcall.FieldLastName: {"Last Name"}, rollcall.FieldUniqueID: {"Contact ID", "Lead ID"},
		},
		numbers: []string{"Mobile", "Phone", "Business Phone", "Home Phone", "Other Phone"},
		regions: []string{
			"Mailing Country Code", "Mailing Country", "Country Code", "Country", "Mailing Country (text only)", "Country (text only)", "Other Country",
		},
	},
	{
		name: "Zoho CRM",
		needs: [][]string{
			{"Record Id", "Contact Id", "Lead Id"}, {"First Name"}, {"Last Name"}, {"Phone", "Mobile"},
			{"Mobile", "Contact Owner", "Contact Owner.id", "Contact Owner Id", "Lead Owner", "Lead Owner.id", "Lead Owner Id", "Lead Source", "Account Name"},
		},
		fields: map[rollcall.Field][]string{
			rollcall.FieldFirstName: {"First Name"}, rollcall.FieldLastName: {"Last Name"},
			rollcall.FieldUniqueID: {"Record Id", "Contact Id", "Lead Id"},
		},
		numbers: []string{"Mobile", "Phone", "Home Phone", "Other Phone"},
		regions: []string{"Mailing Country", "Country", "Other Country"},
		other:   []string{"Asst Phone"},
	},
}

// numbered gives the names of Google's numbered columns.
func numbered(before, after string) []string {
	const most = 20
	var names []string
	for i := range most {
		names = append(names, before+strconv.Itoa(i+1)+after)
	}
	return names
}

// recognise finds the program that wrote these columns, nil for none that is
// known. Other columns may stand among them, in any order.
func recognise(columns []string) *exporter {
	for i := range exporters {
		if exporters[i].wrote(columns) {
			return &exporters[i]
		}
	}
	return nil
}

// wrote tells whether the columns are those of the program.
func (e *exporter) wrote(columns []string) bool {
	has := map[string]bool{}
	for _, column := range columns {
		has[strings.TrimSpace(column)] = true
	}
	return !slices.ContainsFunc(e.needs, func(oneOf []string) bool {
		return !slices.ContainsFunc(oneOf, func(name string) bool { return has[name] })
	})
}

// isExact tells whether the program is Rollcall itself.
func (e *exporter) isExact() bool { return e != nil && e.exact }

// phone is the place of a column among the person's phone numbers, -1 for others.
func (e *exporter) phone(column string) int {
	if e == nil {
		return -1
	}
	return slices.Index(e.numbers, strings.TrimSpace(column))
}

// phones is how many columns of phone numbers the program may write.
func (e *exporter) phones() int {
	if e == nil {
		return 0
	}
	return len(e.numbers)
}

// means tells whether a column is known to be something else than its name or
// content says.
func (e *exporter) means(column string) bool {
	return e != nil && slices.Contains(e.other, strings.TrimSpace(column))
}

// export takes the fields of a known program's table. The phone number is not
// among them: which of its columns it is depends on which have values.
func (m *mapper) export() {
	if m.exporter == nil {
		return
	}
	for _, field := range rollcall.Fields() {
		if _, done := m.of[field]; done {
			continue
		}
		for _, name := range m.exporter.fields[field] {
			if i := m.named(name); i != unmapped && !m.taken[i] {
				m.set(field, i, ByExporter)
				break
			}
		}
	}
}

// named finds the first column of this very name, blanks around it aside.
func (m *mapper) named(name string) int {
	return slices.IndexFunc(m.columns, func(column string) bool { return strings.TrimSpace(column) == name })
}
