package ingest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall"
	"rollcall/phone"
)

// unmapped is the column of a field that has none.
const unmapped = -1

// planInput is what a mapping is made of besides the file.
type planInput struct {
	corrections  map[rollcall.Field]string // by the caller; an empty column leaves the field out
	regionColumn string                    // by the caller; noColumn: none; empty: what is found

	// earlier is how the file was understood whose mended rejects these are; nil: it is
	// another file, or that is not known.
	earlier *Understanding

	// What the caller said of an earlier file with the same header (HeaderKey).
	// Columns that are gone do not count, nor does anything in a file without header.
	remembered       map[rollcall.Field]string
	rememberedRegion string

	rule   phone.Rule
	region string // of numbers in national form where no column tells; empty: none

	entries bool // the file feeds a DNC list
}

// noColumn says that no column tells the region.
const noColumn = "-"

// makePlan maps the columns of a file: first by what the caller says, then as they
// were understood before their rows were rejected, by what is remembered, by the
// tables of known exporters, by names, and by content.
// The plan has its answer also beside an error that no column is known to hold the
// phone number; else there is no plan beside an error.
func makePlan(f *Format, in planInput) (*plan, error) {
	m := newMapper(f, in)
	if err := m.decide(); err != nil {
		return nil, err
	}
	p := m.plan()
	if p.phone == unmapped {
		return p, m.noPhone()
	}
	return p, nil
}

// mapper finds the column of each field.
type mapper struct {
	format   *Format
	in       planInput
	judge    *judge
	columns  []string
	names    []string // of the columns, each once
	kept     []string // the names of the columns as fields, where they are not names
	content  []content
	earlier  *earlierColumns // nil: nothing is known of them
	exporter *exporter       // nil: none that is known
	of       map[rollcall.Field]int
	by       map[rollcall.Field]string
	taken    map[int]bool

	fallbacks  []int // columns of further phone numbers, in the order in which they are asked
	fallbackBy string
	rivals     []int // columns that could as well hold the phone number
	region     int   // the column that tells the country
	regionBy   string
}

func newMapper(f *Format, in planInput) *mapper {
	j := newJudge(in.region)
	return &mapper{
		format: f, in: in, judge: j, columns: f.Columns, names: uniqueNames(f.Columns), content: j.columns(f), earlier: in.earlier.columnsIn(f.Columns),
		of: map[rollcall.Field]int{}, by: map[rollcall.Field]string{}, taken: map[int]bool{}, region: unmapped,
	}
}

// decide goes from what is certain to what is likely.
func (m *mapper) decide() error {
	if err := m.correct(); err != nil {
		return err
	}
	m.adoptEarlier()
	m.remember()
	m.exporter = m.recognise()
	m.export()
	if m.exporter.isExact() {
		m.kept = m.exportedNames()
	} else { // in an exported file a field without a column of its name is one that no contact has
		m.findPhone()
		m.guess()
		m.findZone()
	}
	if err := m.findRegion(); err != nil {
		return err
	}
	m.findFallbacks()
	return nil
}

// set gives a field a column, and the column to the field alone.
func (m *mapper) set(field rollcall.Field, column int, by string) {
	m.of[field], m.by[field], m.taken[column] = column, by, true
}

// column is the column of a field, or unmapped.
func (m *mapper) column(field rollcall.Field) int {
	if column, ok := m.of[field]; ok {
		return column
	}
	return unmapped
}

// correct takes what the caller says.
func (m *mapper) correct() error {
	for _, field := range sortedFields(m.in.corrections) {
		if _, ok := rollcall.ParseField(string(field)); !ok {
			return rollcall.Invalid("mapping", fmt.Sprintf("There is no field %q. The fields are: %s.", field, joinFields()))
		}
		name := m.in.corrections[field]
		if name == "" {
			m.of[field], m.by[field] = unmapped, ByCaller
			continue
		}
		column := m.find(name)
		if column == unmapped {
			return rollcall.Invalid("mapping", fmt.Sprintf("The file has no column %q for %s. %s", name, field, listColumns(m.names)))
		}
		m.set(field, column, ByCaller)
	}
	return nil
}

// remember takes what was said of an earlier file.
func (m *mapper) remember() {
	if !m.format.Header {
		return
	}
	from := map[rollcall.Field]int{}
	for field, name := range m.in.remembered {
		switch column := m.find(name); {
		case name != "" && column != unmapped:
			from[field] = column
		case name == "" && field != rollcall.FieldPhoneNumber:
			from[field] = unmapped
		}
	}
	m.adopt(from, ByRemembered)
}

// adopt takes fields' columns from elsewhere, where nothing that counts more says
// otherwise; unmapped leaves a field out.
func (m *mapper) adopt(from map[rollcall.Field]int, by string) {
	for _, field := range sortedFields(from) {
		_, known := rollcall.ParseField(string(field))
		_, done := m.of[field]
		switch column := from[field]; {
		case !known || done:
		case column == unmapped:
			m.of[field], m.by[field] = unmapped, by
		case !m.usedOtherwise(column, from, by):
			m.set(field, column, by)
		}
	}
}

// usedOtherwise tells whether what counts more gave the column to some field that
// does not have it from here.
func (m *mapper) usedOtherwise(column int, from map[rollcall.Field]int, by string) bool {
	for field, other := range m.by {
		if at, ok := from[field]; other != by && m.of[field] == column && (!ok || at != column) {
			return true
		}
	}
	return false
}

// recognise finds the program that wrote the file; nil: none that is known.
func (m *mapper) recognise() *exporter {
	if m.earlier != nil && m.earlier.whole {
		return m.earlier.exporter
	}
	if own := recogniseOwn(m.format); own != nil || !m.format.Header {
		return own
	}
	return recognise(m.columns)
}

// find finds a column by its name; else by the name that makes it unique; else
// by its name but for case, blanks and punctuation, if only one has it.
func (m *mapper) find(name string) int {
	if i := slices.Index(m.columns, name); i >= 0 {
		return i
	}
	if i := slices.Index(m.names, name); i >= 0 {
		return i
	}
	found := unmapped
	for i, column := range m.columns {
		if want := bare(name); want != "" && bare(column) == want {
			if found != unmapped {
				return unmapped
			}
			found = i
		}
	}
	return found
}

// guess takes the nearest names for the fields that are left, each column once.
// Of columns with the same name the first is taken.
func (m *mapper) guess() {
	type candidate struct {
		field            rollcall.Field
		column, distance int
	}
	var all []candidate
	for _, field := range rollcall.Fields() {
		if field == rollcall.FieldPhoneNumber || !m.format.Header {
			continue
		}
		for i, column := range m.columns {
			if d := distance(field, column); d >= 0 && !m.exporter.means(column) {
				all = append(all, candidate{field, i, d})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	for _, c := range all {
		if _, done := m.of[c.field]; !done && !m.taken[c.column] {
			m.set(c.field, c.column, byDistance(c.distance))
		}
	}
	m.pair()
}

// pair takes columns for a part of the name that the column of the other part tells.
func (m *mapper) pair() {
	if !m.format.Header {
		return
	}
	for _, c := range companions {
		other := rollcall.FieldFirstName
		if c.field == other {
			other = rollcall.FieldLastName
		}
		_, done := m.of[c.field]
		if at := m.column(other); done || at == unmapped || !slices.Contains(c.beside, bare(m.columns[at])) {
			continue
		}
		for i, column := range m.columns {
			if bare(column) == c.name && !m.taken[i] && !m.exporter.means(column) {
				m.set(c.field, i, ByName)
				break
			}
		}
	}
}

// findZone takes the only column of time zones where none is named so.
func (m *mapper) findZone() {
	if _, done := m.of[rollcall.FieldTimeZone]; done {
		return
	}
	found := unmapped
	for i := m.firstKept(); i < len(m.columns); i++ {
		if m.taken[i] || !m.content[i].most(m.content[i].zones) {
			continue
		}
		if found != unmapped {
			return
		}
		found = i
	}
	if found != unmapped {
		m.set(rollcall.FieldTimeZone, found, ByContent)
	}
}

// firstKept passes over the columns that a rejects file puts in front: what was
// wrong with a row is no property of the contact.
func (m *mapper) firstKept() int {
	if isRejectsFile(m.columns) {
		return reasonColumns
	}
	return 0
}

func sortedFields[V any](m map[rollcall.Field]V) []rollcall.Field {
	return slices.Sorted(maps.Keys(m))
}

func joinFields() string {
	var names []string
	for _, f := range rollcall.Fields() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}
