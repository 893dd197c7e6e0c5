package ingest

import (
	"bytes"
	"encoding/json"
)

// Kind is what a file of contacts is.
type Kind string

// The kinds that are read. All of them become text of CSV on their way to the
// scanner, so that chunks, row numbers and going on after a crash are the same.
const (
	KindCSV    Kind = "csv"
	KindXLSX   Kind = "xlsx"   // a workbook of Excel 2007 and later, also with macros (xlsm)
	KindJSON   Kind = "json"   // one array of objects (RFC 8259)
	KindNDJSON Kind = "ndjson" // JSON Lines: an object on each line
)

// json tells whether rows are JSON objects, whose values have types.
func (k Kind) json() bool { return k == KindJSON || k == KindNDJSON }

// Compression is what a file is packed with.
type Compression string

// The compressions that are unpacked. A workbook is a ZIP archive too, but that
// is its own affair: it has CompressionNone.
const (
	CompressionNone Compression = ""
	CompressionGzip Compression = "gzip" // RFC 1952, also of several members
	CompressionZIP  Compression = "zip"
)

// jsonSpace is what JSON allows between tokens.
const jsonSpace = " \t\r\n"

// findKind tells JSON from CSV by the beginning of a text. JSON that is neither
// an array nor lines is refused.
func findKind(text []byte, whole bool) (Kind, error) {
	text = bytes.TrimLeft(text, jsonSpace)
	switch {
	case len(text) == 0:
	case text[0] == '[' && jsonArray(text[1:], whole):
		return KindJSON, nil
	case text[0] == '{' && jsonObject(text[1:]):
		if line, _, found := bytes.Cut(text, []byte("\n")); (found || whole) && bytes.Equal(bytes.Trim(line, jsonSpace), []byte("{")) {
			return "", errOneObject
		}
		if whole && json.Valid(text) && bytes.ContainsRune(bytes.TrimRight(text, jsonSpace), '\n') {
			return "", errOneObject
		}
		return KindNDJSON, nil
	}
	return KindCSV, nil
}

// jsonObject tells whether a text goes on after a brace as an object does.
func jsonObject(text []byte) bool {
	text = bytes.TrimLeft(text, jsonSpace)
	return len(text) > 0 && (text[0] == '"' || text[0] == '}')
}

// jsonArray tells whether a text goes on after a bracket as an array of rows
// does. A header of CSV may have names in brackets.
func jsonArray(text []byte, whole bool) bool {
	text = bytes.TrimLeft(text, jsonSpace)
	if len(text) > 0 && text[0] == '{' {
		return jsonObject(text[1:])
	}
	var e extent
	n, done := e.end(text)
	if !done || n > 0 && !json.Valid(text[:n]) {
		return false
	}
	after := bytes.TrimLeft(text[n:], jsonSpace)
	switch {
	case len(after) == 0:
		return false
	case after[0] == ']':
		return whole && len(bytes.TrimLeft(after[1:], jsonSpace)) == 0
	}
	return after[0] == ',' && n > 0
}
