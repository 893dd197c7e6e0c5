package ingest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall"
)

// unmapped is the column of a field that has none.
const unmapped = -1

// plan says what becomes of each column.
type plan struct {
	mapping rollcall.Mapping
	phone   int
	fields  []plannedField
	extras  []plannedExtra
	columns int
}

// plannedField is a mapped field other than the phone number.
type plannedField struct {
	field  rollcall.Field
	column int
}

// plannedExtra is a column that is kept as it is.
type plannedExtra struct {
	column int
	key    string // its name as JSON, with the colon
}

// makePlan maps the columns of a file: first by what the caller says (an empty
// column leaves a field out), then by their names.
func makePlan(f *Format, corrections map[rollcall.Field]string) (*plan, error) {
	m := &mapper{columns: f.Columns, names: uniqueNames(f.Columns), of: map[rollcall.Field]int{}, taken: map[int]bool{}}
	if err := m.correct(corrections); err != nil {
		return nil, err
	}
	m.guess(f)
	if column, ok := m.of[rollcall.FieldPhoneNumber]; !ok || column == unmapped {
		return nil, rollcall.Invalid("mapping", "No column is known to hold the phone number. Name it with --map phoneNumber=COLUMN. "+listColumns(m.names))
	}
	return m.plan(), nil
}

// mapper finds the column of each field.
type mapper struct {
	columns []string
	names   []string // of the columns, each once
	of      map[rollcall.Field]int
	taken   map[int]bool
}

// correct takes what the caller says.
func (m *mapper) correct(corrections map[rollcall.Field]string) error {
	for _, field := range sortedFields(corrections) {
		if _, ok := rollcall.ParseField(string(field)); !ok {
			return rollcall.Invalid("mapping", fmt.Sprintf("There is no field %q. The fields are: %s.", field, joinFields()))
		}
		column := unmapped
		if name := corrections[field]; name != "" {
			if column = m.find(name); column == unmapped {
				return rollcall.Invalid("mapping", fmt.Sprintf("The file has no column %q for %s. %s", name, field, listColumns(m.names)))
			}
			m.taken[column] = true
		}
		m.of[field] = column
	}
	return nil
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
func (m *mapper) guess(f *Format) {
	type candidate struct {
		field            rollcall.Field
		column, distance int
	}
	var all []candidate
	for _, field := range rollcall.Fields() {
		for i, column := range m.columns {
			if d := distance(field, column); d >= 0 && f.Header {
				all = append(all, candidate{field, i, d})
			}
		}
	}
	if i := onlyNumber(f.first); i >= 0 {
		all = append(all, candidate{rollcall.FieldPhoneNumber, i, 0})
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	for _, c := range all {
		if _, done := m.of[c.field]; !done && !m.taken[c.column] {
			m.of[c.field], m.taken[c.column] = c.column, true
		}
	}
}

// plan puts down what was found.
func (m *mapper) plan() *plan {
	p := &plan{phone: m.of[rollcall.FieldPhoneNumber], columns: len(m.columns)}
	for _, field := range rollcall.Fields() {
		column, ok := m.of[field]
		if !ok || column == unmapped {
			continue
		}
		*p.mapping.Column(field) = m.names[column]
		if field != rollcall.FieldPhoneNumber {
			p.fields = append(p.fields, plannedField{field, column})
		}
	}
	for i := m.firstKept(); i < len(m.columns); i++ {
		if !m.taken[i] {
			p.extras = append(p.extras, plannedExtra{i, string(appendJSON(nil, m.key(i))) + ":"})
		}
	}
	return p
}

// firstKept passes over the columns that a rejects file puts in front: what was
// wrong with a row is no property of the contact.
func (m *mapper) firstKept() int {
	if isRejectsFile(m.columns) {
		return len(ledgerColumns)
	}
	return 0
}

// key is the name under which a column is kept. A name that the contact has for
// something else would stand in its JSON twice.
func (m *mapper) key(i int) string {
	name := m.names[i]
	column, mapped := m.of[rollcall.Field(name)]
	if !slices.Contains(ownNames, name) && (!mapped || column == unmapped) {
		return name
	}
	free := namer{taken: map[string]bool{}, last: map[string]int{}}
	for _, other := range m.names {
		free.taken[other] = true
	}
	return free.name(name)
}

// ownNames are what every contact has besides the mapped fields.
var ownNames = []string{"_id", "createdAt", "updatedAt"}

func sortedFields(m map[rollcall.Field]string) []rollcall.Field {
	var fields []rollcall.Field
	for f := range m {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	return fields
}

func joinFields() string {
	var names []string
	for _, f := range rollcall.Fields() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}
