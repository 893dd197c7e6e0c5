package api

import (
	"bytes"

	"rollcall"
)

// maxExportColumns is how many columns an export has, at most, for fields besides
// the mapped ones. Where contacts have more, the rest stands in the column other.
const maxExportColumns = 1000

// The columns of every export: in front, and last.
var (
	fixedColumns = []string{"_id", "phoneNumber", "e164", "firstName", "lastName", "timeZone", "uniqueId", "contactPriority"}
	otherColumn  = "other"
)

// exportColumns are the columns of an export as a table.
type exportColumns struct {
	names  []string       // of the fields besides the mapped ones, in the order of first appearance
	places map[string]int // of the names
	cells  []string       // of the row that was made last
}

func newExportColumns() *exportColumns { return &exportColumns{places: map[string]int{}} }

// gather gives a column to each field besides the mapped ones that it sees first.
func (e *exportColumns) gather(contacts []rollcall.Contact) error {
	for i := range contacts {
		if contacts[i].Extra == "" {
			continue
		}
		for name := range members([]byte(contacts[i].Extra)) {
			if _, known := e.place(name); !known && len(e.names) < maxExportColumns && !hasOwnPlace(name) {
				plain := plainName(name)
				e.places[plain] = len(e.names)
				e.names = append(e.names, plain)
			}
		}
	}
	return nil
}

func (e *exportColumns) place(name []byte) (int, bool) {
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(plainName(name))
	}
	at, known := e.places[string(name)]
	return at, known
}

// hasOwnPlace tells names that get no column of their own: the server's are not
// given back, the mapped ones have theirs, and one that an export uses itself would
// stand there twice, so that it goes into the column other.
func hasOwnPlace(name []byte) bool {
	return isOurs(name) || mappedField(name) >= 0 || isExportName(name)
}

func isExportName(name []byte) bool {
	plain := plainName(name)
	return plain == "e164" || plain == otherColumn
}

// header gives the names of all columns.
func (e *exportColumns) header() []string {
	cells := append([]string{}, fixedColumns...)
	for _, name := range e.names {
		cells = append(cells, rollcall.NeutraliseCell(name))
	}
	return append(cells, otherColumn)
}

// row gives a contact's cells, valid until the next call. A blank cell is a field
// that is absent, blank or null.
func (e *exportColumns) row(space int64, c *rollcall.Contact) []string {
	e.cells = append(e.cells[:0], rollcall.ContactID(space, c.Seq), rollcall.NeutralisePhone(c.PhoneSent), c.Phone.String(),
		rollcall.NeutraliseCell(c.FirstName.Value), rollcall.NeutraliseCell(c.LastName.Value), rollcall.NeutraliseCell(c.TimeZone.Value),
		rollcall.NeutraliseCell(c.UniqueID.Value), rollcall.NeutraliseCell(c.ContactPriority.Value))
	for range len(e.names) + 1 {
		e.cells = append(e.cells, "")
	}
	if c.Extra == "" {
		return e.cells
	}
	var other []byte
	for name, value := range members([]byte(c.Extra)) {
		if isOurs(name) || mappedField(name) >= 0 {
			continue
		}
		if at, known := e.place(name); known {
			e.cells[len(fixedColumns)+at] = rollcall.NeutraliseCell(cellText(value))
			continue
		}
		other = append(append(append(append(other, `,"`...), name...), `":`...), value...)
	}
	if len(other) > 0 {
		other[0] = '{'
		e.cells[len(e.cells)-1] = string(append(other, '}'))
	}
	return e.cells
}

// cellText is the text of a value: what a string says, nothing for null, anything
// else as JSON.
func cellText(value []byte) string {
	switch {
	case value[0] == '"':
		return plainString(value)
	case string(value) == "null":
		return ""
	}
	return string(value)
}
