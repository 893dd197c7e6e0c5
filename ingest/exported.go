package ingest

import (
	"slices"
	"strings"

	"rollcall"
)

// ownExporter is the name of the program whose exports are read back to the
// letter.
const ownExporter = "Rollcall"

// What Rollcall gives a contact itself, and an import gives anew, is dropped.
var (
	// exportedTable is a list that was exported as CSV or XLSX. Its cells are
	// neutralised, see [rollcall.NeutraliseCell].
	exportedTable = &exporter{
		name: ownExporter,
		needs: [][]string{
			{"_id"}, {string(rollcall.FieldPhoneNumber)}, {columnE164}, {string(rollcall.FieldFirstName)}, {string(rollcall.FieldLastName)},
			{string(rollcall.FieldTimeZone)}, {string(rollcall.FieldUniqueID)}, {string(rollcall.FieldContactPriority)}, {columnOther},
		},
		fields: sameNames(), dropped: []string{"_id", columnE164}, exact: true, restores: true,
	}
	// exportedLines is a list that was exported as JSON Lines. The names alone are
	// those of many a database's dump: the ids must be a contact's.
	exportedLines = &exporter{
		name:   ownExporter,
		needs:  [][]string{{"_id"}, {"createdAt"}, {"updatedAt"}, {string(rollcall.FieldPhoneNumber)}},
		fields: sameNames(), dropped: ownNames, exact: true,
	}
)

// The columns of an exported table besides those of a contact's fields.
const (
	columnE164  = "e164"  // the number in E.164's form
	columnOther = "other" // a JSON object with the fields that have no column
)

// sameNames gives each field the column of its name.
func sameNames() map[rollcall.Field][]string {
	all := map[rollcall.Field][]string{}
	for _, f := range rollcall.Fields() {
		all[f] = []string{string(f)}
	}
	return all
}

// recogniseOwn finds out whether Rollcall itself exported the file; nil: it did
// not. A rejects file of such a file counts as one, and the rows of JSON are CSV
// there.
func recogniseOwn(f *Format) *exporter {
	switch {
	case !f.Header:
		return nil
	case (f.Kind.json() || isRejectsFile(f.Columns)) && exportedLines.wrote(f.Columns) && f.hasContactIDs():
		return exportedLines // first: its fields may have the names of a table's columns, but a table has no createdAt
	case !f.Kind.json() && exportedTable.wrote(f.Columns):
		return exportedTable
	}
	return nil
}

// hasContactIDs tells whether the sampled cells of the column _id are ids of
// contacts.
func (f *Format) hasContactIDs() bool {
	column, found := slices.Index(f.Columns, "_id"), false
	for _, record := range f.records() {
		id := sampled(record, column)
		if _, _, ok := rollcall.ParseContactID(id); id != "" && !ok {
			return false
		}
		found = found || id != ""
	}
	return found
}

// drops tells whether a column is not kept: Rollcall gave it to the contact, and
// gives the contact that is made of it its own.
func (m *mapper) drops(i int) bool {
	return m.exporter.isExact() && !m.taken[i] && slices.Contains(m.exporter.dropped, strings.TrimSpace(m.columns[i]))
}

// exportedNames are the names of the fields that the columns of an exported file
// stand for, also blank ones. A name that stands there twice, since somebody added
// a column, is made unique as in any file.
func (m *mapper) exportedNames() []string {
	names, count := make([]string, len(m.columns)), map[string]int{}
	for i, name := range m.columns {
		if m.exporter.restores {
			name = rollcall.RestoreCell(name)
		}
		names[i] = name
		count[name]++
	}
	for i, name := range names {
		if count[name] > 1 {
			names[i] = m.names[i]
		}
	}
	return names
}

// exported puts down what is particular about a file that Rollcall exported.
func (m *mapper) exported(p *plan) {
	p.e164 = unmapped
	if !m.exporter.isExact() {
		return
	}
	p.exact, p.restores = true, m.exporter.restores
	if !p.restores {
		return
	}
	p.e164 = m.named(columnE164)
	p.names = map[string]bool{}
	for _, name := range ownNames {
		p.names[name] = true
	}
	for _, f := range rollcall.Fields() {
		p.names[string(f)] = true
	}
	for i := range p.extras {
		if e := &p.extras[i]; strings.TrimSpace(m.columns[e.column]) == columnOther && !p.spreads {
			e.spread, p.spreads = true, true
		} else {
			p.names[m.key(e.column)] = true
		}
	}
}
