package ingest

import (
	"bytes"
	"encoding/json"
)

// Rows of JSON go through the pipeline as rows of CSV whose cells say their type
// by their first byte, so that a value that is kept with a contact stays what it
// was. A cell without a byte is a name that the object lacks. A row that could
// not be read has two cells: a code, and the text as it stood.
const (
	typedText  = 's' // before the text of a string
	typedOther = 'j' // before a number, true, false, null, an array or an object as it stands
	typedFault = '!' // before the code of a reject
)

// appendTyped appends a JSON value as such a cell, before quotes.
func appendTyped(b, value []byte) []byte {
	switch {
	case len(value) == 0:
		return b
	case value[0] == '"':
		return appendString(append(b, typedText), value)
	case value[0] == '{' || value[0] == '[':
		var short bytes.Buffer
		_ = json.Compact(&short, value) // it is valid
		return append(append(b, typedOther), short.Bytes()...)
	}
	return append(append(b, typedOther), value...)
}

// typedPlain is a cell as a field takes it: the text of a string, nothing for
// null, anything else as it was written.
func typedPlain(cell string) string {
	if cell == "" || cell == string(typedOther)+"null" {
		return ""
	}
	return cell[1:]
}

// appendTypedJSON appends a cell as JSON.
func appendTypedJSON(b []byte, cell string) []byte {
	if cell[0] == typedText {
		return appendJSON(b, cell[1:])
	}
	return append(b, cell[1:]...)
}

// appendFault appends the row of a faulty text. What would make it longer than
// the limit is left out.
func appendFault(b []byte, code string, raw []byte, limit int) []byte {
	kept := clip(string(raw), max(0, limit/2-len(code)-8)) // each quote takes two bytes
	b = append(append(append(b, typedFault), code...), ',')
	return append(appendCell(b, kept), '\n')
}
