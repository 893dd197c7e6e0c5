package ingest

import (
	"slices"

	"rollcall"
	"rollcall/phone"
)

// plan says what becomes of each column.
type plan struct {
	mapping   rollcall.Mapping
	answer    *MappingAnswer
	phone     int
	fallbacks []int // columns of a number where the row's phone column is blank, in order
	several   bool  // cells of the phone columns may hold several numbers, between severalMark
	region    int   // the column that tells the country of the row's number; unmapped: none
	rule      phone.Rule
	zoneKey   string // the name under which a time zone that nobody knows is kept, as JSON, with the colon
	needsID   bool   // a row without an own id is bad
	mends     bool   // it is a rejects file: the first cell tells which row a row mends
	fields    []plannedField
	extras    []plannedExtra
	columns   int
	entries   bool // rows are entries of a DNC list

	// Of a file that Rollcall exported:
	exact    bool            // cells are kept as they stand
	restores bool            // cells are neutralised against formulas
	e164     int             // the column of the number that the row had; unmapped: none
	spreads  bool            // one of extras is spread
	names    map[string]bool // that what is spread must not have
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
	// rest tells that the column is the phone number's: it is kept only where its
	// cell holds several numbers, of which one is called.
	rest   bool
	spread bool // the cell is an object, whose members are kept
}

// plan puts down what was found.
func (m *mapper) plan() *plan {
	p := &plan{
		phone: m.column(rollcall.FieldPhoneNumber), fallbacks: m.fallbacks, several: m.exporter != nil && m.exporter.several,
		region: m.region, rule: m.in.rule, columns: len(m.columns), entries: m.in.entries,
	}
	for _, field := range rollcall.Fields() {
		column := m.column(field)
		if column == unmapped {
			continue
		}
		*p.mapping.Column(field) = m.names[column]
		if field != rollcall.FieldPhoneNumber {
			p.fields = append(p.fields, plannedField{field, column})
		}
	}
	for i := m.firstKept(); i < len(m.columns); i++ {
		rest := p.several && i == p.phone
		if !m.taken[i] && !m.drops(i) || rest {
			p.extras = append(p.extras, plannedExtra{column: i, key: string(appendJSON(nil, m.key(i))) + ":", rest: rest})
		}
	}
	if i := m.column(rollcall.FieldTimeZone); i != unmapped {
		p.zoneKey = string(appendJSON(nil, m.key(i))) + ":"
	}
	p.mends = isRejectsFile(m.columns)
	m.exported(p)
	p.answer = m.answer()
	return p
}

// key is the name under which a column is kept. A name that the contact has for
// something else would stand in its JSON twice.
func (m *mapper) key(i int) string {
	name := m.names[i]
	if m.kept != nil {
		name = m.kept[i]
	}
	if m.in.entries {
		name = m.entryName(i, name)
	}
	if !slices.Contains(ownNames, name) && m.column(rollcall.Field(name)) == unmapped {
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
