package ingest

import (
	"fmt"
	"slices"
	"strings"

	"rollcall"
)

// Overrides are what a caller says about a file, where it would otherwise be
// found out. What is left empty is found out. An override that has no meaning for
// a file (the sheet of a CSV file) is refused, not passed over.
type Overrides struct {
	Encoding  string // utf-8, utf-16le, utf-16be, windows-1252 or iso-8859-1, whatever the case
	Delimiter string // of CSV: one of , ; | and a tab, also as the word tab
	Header    *bool  // of CSV and XLSX: whether the first row names the columns; nil: found out
	Sheet     string // of XLSX: its name, else its number from 1 among the visible ones
	Member    string // of ZIP: the name of the file in it
}

// overridesOf takes the overrides out of an import's options.
func overridesOf(o *rollcall.ImportOptions) Overrides {
	v := Overrides{Encoding: o.Encoding, Delimiter: o.Delimiter, Sheet: o.Sheet, Member: o.Member}
	if o.Header != "" {
		header := o.Header == "true" // Validate knows no other word
		v.Header = &header
	}
	return v
}

// hints are overrides that were checked.
type hints struct {
	encoding      Encoding // empty: found out
	delimiter     byte     // 0: found out
	header        *bool
	sheet, member string
}

// check holds the overrides against what there is; the error's field is the name
// of the faulty one in lower case.
func (o Overrides) check() (h hints, err error) {
	h = hints{header: o.Header, sheet: o.Sheet, member: o.Member}
	if h.encoding, err = parseEncoding(o.Encoding); err != nil {
		return h, err
	}
	h.delimiter = delimiterOf(o.Delimiter)
	return h, nil
}

func parseEncoding(name string) (Encoding, error) {
	if name == "" {
		return "", nil
	}
	all := []Encoding{UTF8, UTF16LE, UTF16BE, Windows1252, ISO88591}
	i := slices.IndexFunc(all, func(e Encoding) bool { return strings.EqualFold(string(e), name) })
	if i < 0 {
		return "", rollcall.Invalid("encoding", "The encoding must be one of utf-8, utf-16le, utf-16be, windows-1252 and iso-8859-1.")
	}
	return all[i], nil
}

// delimiterOf is the delimiter that an option names; Validate knows no others.
func delimiterOf(s string) byte {
	switch {
	case s == "":
		return 0
	case strings.EqualFold(s, "tab") || s == `\t`:
		return '\t'
	}
	return s[0]
}

// fit refuses overrides that have no meaning for the file.
func (h *hints) fit(kind Kind, c Compression) error {
	switch {
	case h.member != "" && c != CompressionZIP:
		return rollcall.Invalid("member", "The file is no ZIP archive, so no file in it can be chosen.")
	case h.sheet != "" && kind != KindXLSX:
		return rollcall.Invalid("sheet", "The file is no Excel workbook (XLSX), so no sheet can be chosen.")
	case h.encoding != "" && kind == KindXLSX:
		return rollcall.Invalid("encoding", "An Excel workbook says its encoding itself; leave it out.")
	case h.delimiter != 0 && kind != KindCSV:
		return rollcall.Invalid("delimiter", "Only CSV has a delimiter; leave it out.")
	case h.header != nil && kind.json():
		return rollcall.Invalid("header", "JSON names its fields itself, row by row; leave it out.")
	}
	return nil
}

// key is the canonical form of the overrides, empty where all is found out: an
// import is gone on with only if the file is read in the same way.
func (h *hints) key() string {
	if *h == (hints{}) {
		return ""
	}
	header := "auto"
	if h.header != nil {
		header = fmt.Sprint(*h.header)
	}
	return fmt.Sprintf("%s %q %s %q %q", h.encoding, h.delimiter, header, h.sheet, h.member)
}
