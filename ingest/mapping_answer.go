package ingest

import (
	"math"
	"slices"

	"rollcall"
)

// MappingAnswer tells how the columns of a file were understood. It is the same
// each time for the same file and request. Its samples are cells of the file:
// personal data, for whoever sent the file and for no log.
type MappingAnswer struct {
	Exporter string         // the program that wrote the file, "Google Contacts" for example; empty: none that is known
	Columns  []ColumnAnswer // in the file's order
	Warnings []string       // a sentence each, without any cell of the file; may be empty
}

// ColumnAnswer tells how one column was understood.
type ColumnAnswer struct {
	Name string // as the mapping has it, unique: "Phone (2)", "Column 3"
	// Fields are those that the column fills: none for a column that is kept under
	// its name, two or more only where the caller said so.
	Fields     []rollcall.Field
	Role       string  // one of the roles, or empty
	By         string  // how field or role were found, one of the By constants; empty for a column that has neither
	Confidence float64 // in field and role, 0–1 in hundredths; 1: the caller said so, now or before
	// Suggestion is the field that the column could be instead, where it has neither
	// field nor role: the caller may say so. Empty for most.
	Suggestion rollcall.Field
	Content    string   // what most sampled cells look like: "phoneNumber", "timeZone", "email", "country", or empty
	Samples    []string // the first up to three different cells that are not blank, each of at most 40 bytes
}

// The roles of a column besides filling fields.
const (
	// RolePhoneFallback has the number of rows whose phone column is blank. Such
	// columns are kept with the contact too.
	RolePhoneFallback = "phoneFallback"
	// RoleRegion tells the country of the row's number. It is kept with the contact too.
	RoleRegion = "region"
	// RoleLedger is one of the columns that a rejects file has in front. It is not kept.
	RoleLedger = "ledger"
	// RoleOwn is what Rollcall gave a contact itself, in a file that it exported. It is
	// not kept: the contact that is made of the row has its own.
	RoleOwn = "own"
)

// The ways in which a column is understood, the surest first.
const (
	ByCaller     = "caller"
	ByCorrected  = "corrected" // as in the import whose mended rejects the file has
	ByRemembered = "remembered"
	ByExporter   = "exporter" // the table of a known program
	ByName       = "name"
	ByMisspelt   = "misspelt" // a name that is nearly one that is known
	ByContent    = "content"
)

// sure is how sure each way is by itself.
var sure = map[string]float64{ByCaller: 1, ByCorrected: 1, ByRemembered: 1, ByExporter: 0.98, ByName: 0.95, ByMisspelt: 0.6, ByContent: 0.85}

// suggested is how sure a suggestion is by content alone.
const suggested = 0.3

// answer tells what was found.
func (m *mapper) answer() *MappingAnswer {
	a := &MappingAnswer{Columns: make([]ColumnAnswer, len(m.columns)), Warnings: m.warnings()}
	if m.exporter != nil {
		a.Exporter = m.exporter.name
	}
	for i := range a.Columns {
		a.Columns[i] = ColumnAnswer{Name: m.names[i], Content: m.kind(i), Samples: shown(m.content[i].samples)}
		if i < m.firstKept() {
			a.Columns[i].Role, a.Columns[i].By, a.Columns[i].Confidence = RoleLedger, ByName, sure[ByName]
		} else if m.drops(i) {
			a.Columns[i].Role, a.Columns[i].By, a.Columns[i].Confidence = RoleOwn, ByExporter, sure[ByExporter]
		}
	}
	for _, i := range m.fallbacks {
		c := &a.Columns[i]
		c.Role, c.By, c.Confidence = RolePhoneFallback, m.fallbackBy, m.confidence(i, rollcall.FieldPhoneNumber, m.fallbackBy)
	}
	if m.region != unmapped {
		c := &a.Columns[m.region]
		c.Role, c.By, c.Confidence = RoleRegion, m.regionBy, fitting(sure[m.regionBy], m.regionBy, &m.content[m.region], m.content[m.region].countries)
	}
	for _, field := range rollcall.Fields() {
		if i := m.column(field); i != unmapped {
			c := &a.Columns[i]
			c.Fields, c.By, c.Confidence = append(c.Fields, field), m.by[field], m.confidence(i, field, m.by[field])
		}
	}
	for i := m.firstKept(); i < len(a.Columns); i++ {
		if c := &a.Columns[i]; c.By == "" {
			c.Suggestion, c.Confidence = m.suggest(i)
		}
	}
	return a
}

// said tells whether somebody called a column by its name, now or before.
func (a *MappingAnswer) said() bool {
	return slices.ContainsFunc(a.Columns, func(c ColumnAnswer) bool { return c.By == ByCaller || c.By == ByRemembered })
}

// kind is what a column holds. States and languages have two letters as well.
func (m *mapper) kind(i int) string {
	kind := m.content[i].kind()
	if kind == kindCountry && m.format.Header && namesNoRegion(m.columns[i]) {
		return ""
	}
	return kind
}

// confidence is how sure it is that a column fills a field.
func (m *mapper) confidence(i int, field rollcall.Field, by string) float64 {
	c := &m.content[i]
	switch field {
	case rollcall.FieldPhoneNumber:
		return fitting(sure[by], by, c, c.numbers())
	case rollcall.FieldTimeZone:
		return fitting(sure[by], by, c, c.zones)
	}
	return sure[by]
}

// fitting lowers a confidence by what of the column does not fit. What the caller
// says is sure, whatever the cells are. So is what is known of rows from before they
// were rejected: of a rejects file most cells do not fit.
func fitting(confidence float64, by string, c *content, fit int) float64 {
	switch {
	case by == ByCaller || by == ByCorrected || by == ByRemembered || c.records == 0:
	case c.values == 0:
		confidence *= 0.6
	default:
		confidence *= 0.3 + 0.7*c.share(fit)
	}
	return math.Round(confidence*100) / 100
}

// suggest tells what a column without field or role could be. A unique id is told
// by content only here: ids of something else are unique as well.
func (m *mapper) suggest(i int) (rollcall.Field, float64) {
	c := &m.content[i]
	_, hasID := m.of[rollcall.FieldUniqueID]
	_, hasZone := m.of[rollcall.FieldTimeZone]
	other := m.namesOther(i)
	switch kind := m.kind(i); {
	case kind == kindPhone && !other:
		return rollcall.FieldPhoneNumber, suggested
	case kind == kindTimeZone && !hasZone:
		return rollcall.FieldTimeZone, suggested
	case kind == "" && !hasID && !m.namesField(i) && c.unique():
		return rollcall.FieldUniqueID, suggested
	}
	return "", 0
}

// unique tells whether the cells can be ids: one word with a digit each, none
// missing, none twice.
func (c *content) unique() bool {
	const few = 3
	return c.records >= few && c.ids == c.records && len(c.distinct) == c.records
}

// shown makes cells fit to be shown.
func shown(samples []string) []string {
	const most = 40 - len("…")
	var all []string
	for _, s := range samples {
		all = append(all, clip(clean(s), most))
	}
	return all
}
