package ingest

import (
	"bytes"

	"rollcall"
)

// signature is how a file begins that is evidently no CSV.
type signature struct {
	start  string
	within string // must stand somewhere in the head too
	is     string
	remedy string
}

const (
	saveAsCSV   = "Save it as CSV (UTF-8) and import that."
	unpackFirst = "Unpack it and import the CSV file in it."
)

// signatures in the order of the test: the first that fits names the file.
var signatures = []signature{
	{"PK\x03\x04", "xl/", "an Excel workbook (XLSX)", saveAsCSV},
	{"PK\x03\x04", "[Content_Types].xml", "a document of an office program", saveAsCSV},
	{"PK\x03\x04", "opendocument", "an OpenDocument file", saveAsCSV},
	{"PK", "", "a ZIP archive", unpackFirst},
	{"\x1f\x8b", "", "compressed (gzip)", unpackFirst},
	{"BZh", "1AY&SY", "compressed (bzip2)", unpackFirst},
	{"\xfd7zXZ\x00", "", "compressed (xz)", unpackFirst},
	{"\x28\xb5\x2f\xfd", "", "compressed (zstd)", unpackFirst},
	{"7z\xbc\xaf\x27\x1c", "", "a 7-Zip archive", unpackFirst},
	{"Rar!\x1a\x07", "", "a RAR archive", unpackFirst},
	{"\xd0\xcf\x11\xe0", "", "an old Office file (such as XLS)", saveAsCSV},
	{"%PDF-", "", "a PDF", "Export the table that it was made from as CSV."},
	{"SQLite format 3\x00", "", "a SQLite database", "Export its table as CSV."},
	{"\x89PNG", "", "a picture (PNG)", "Choose a CSV file."},
	{"\xff\xd8\xff", "", "a picture (JPEG)", "Choose a CSV file."},
	{`{\rtf`, "", "an RTF document", saveAsCSV},
	{"<!DOCTYPE html", "", "a web page (HTML)", saveAsCSV},
	{"<html", "", "a web page (HTML)", saveAsCSV},
	{"<?xml", "", "an XML document", saveAsCSV},
	{`{"`, "", "JSON", "Convert it to CSV, or send its contacts by the API."},
	{`[{`, "", "JSON", "Convert it to CSV, or send its contacts by the API."},
}

// refuseOther fails for a file that is something else than text, and names it.
func refuseOther(head []byte) error {
	for _, s := range signatures {
		if len(head) >= len(s.start) && bytes.EqualFold(head[:len(s.start)], []byte(s.start)) && bytes.Contains(head, []byte(s.within)) {
			return rollcall.Invalid("file", "The file is "+s.is+", not CSV. "+s.remedy)
		}
	}
	return nil
}

// refuseBinary fails for a sample of text with so many control characters that
// it can be no text. A few NUL bytes are damage to some rows only.
func refuseBinary(text []byte) error {
	const least, share = 8, 50 // one in fifty
	controls := 0
	for _, b := range text {
		if b < ' ' && (b < '\t' || b > '\r') {
			controls++
		}
	}
	if controls >= least && controls*share > len(text) {
		return rollcall.Invalid("file", "The file is not text but binary data. Choose a CSV file.")
	}
	return nil
}
