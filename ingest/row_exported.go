package ingest

import (
	"bytes"
	"encoding/json"
	"strings"

	"rollcall"
	"rollcall/phone"
)

// exportedFields fills in the mapped fields of a row that Rollcall exported, each
// as it stands: nothing is cleared, corrected or derived, so that the contact
// becomes what it was. JSON tells a blank field from one that is absent.
func (n *normaliser) exportedFields(r *rollcall.Row) *refusal {
	for _, f := range n.plan.fields {
		s := n.cell(f.column)
		if len(s) > rollcall.MaxFieldBytes {
			return fieldTooLong(f.field, len(s))
		}
		if s != "" || n.typed && n.bare(f.column) == string(typedText) {
			*r.Contact.Mapped(f.field) = rollcall.Given(s)
		}
		if f.field == rollcall.FieldTimeZone && s != "" && n.zones.Name(s) == "" {
			r.Remark = timeZoneUnknown
		}
	}
	return nil
}

// exportedNumber decides between the number that a row's spelling gives here, and
// the one that it was in the list that was exported: there the region may have been
// another. The latter holds where the spelling is its end, as a national form is,
// or ends with it. Who mends the spelling has changed its digits, and is believed.
func (n *normaliser) exportedNumber(sent string, number phone.Number, err error) (phone.Number, error) {
	const fewest = 5 // digits of a national form; fewer are a piece of one
	was := n.cell(n.plan.e164)
	if err == nil && number.String() == was || strings.Contains(sent, "+") {
		return number, err
	}
	digits, known := strings.TrimLeft(digitsOf(sent), "0"), strings.TrimPrefix(was, "+")
	if len(digits) < fewest || !strings.HasSuffix(known, digits) && !strings.HasSuffix(digits, known) {
		return number, err
	}
	if whole, wrong := n.parser.Parse(was); wrong == nil {
		return whole, nil
	}
	return number, err
}

// typedFields appends the mapped fields that were sent as numbers in their own
// type, as a contact keeps them.
func (n *normaliser) typedFields(start int) {
	n.typedField(start, rollcall.FieldPhoneNumber, n.bare(n.plan.phone))
	for _, f := range n.plan.fields {
		n.typedField(start, f.field, n.bare(f.column))
	}
}

func (n *normaliser) typedField(start int, field rollcall.Field, cell string) {
	if len(cell) < 2 || cell[0] != typedOther || cell[1] != '-' && (cell[1] < '0' || cell[1] > '9') {
		return
	}
	n.separate(start)
	n.extra = append(append(append(append(n.extra, '"'), field...), `":`...), cell[1:]...)
}

// spread appends the members of the object that the column other of an exported
// table holds. It tells whether it did: a text that is none, or that has a name
// twice or one that stands elsewhere in the row, is kept as it is.
func (n *normaliser) spread(start int, cell string) bool {
	if cell[0] != '{' || !json.Valid([]byte(cell)) {
		return false
	}
	var object bytes.Buffer
	_ = json.Compact(&object, []byte(cell)) // it is valid
	seen, good := map[string]bool{}, true
	members(object.Bytes(), func(name, _ []byte) {
		plain := string(appendString(nil, name))
		good = good && !seen[plain] && !n.plan.names[plain]
		seen[plain] = true
	})
	if good && len(seen) > 0 {
		n.separate(start)
		inside := object.Bytes()
		n.extra = append(n.extra, inside[1:len(inside)-1]...)
	}
	return good
}
