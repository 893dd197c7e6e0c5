package api

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"strconv"
	"strings"

	"rollcall"
)

// maxSheetRows is how many rows a sheet of a workbook may have (ECMA-376; Excel's
// specifications and limits).
const maxSheetRows = 1 << 20

// xlsxExport writes a workbook (ECMA-376, transitional) of text cells, straight to
// the caller. excelize's stream writer was rejected: it gathers the sheet in a file
// of the server's before the first byte goes out, and what is exported are people.
// A text cell is never calculated, but it may be saved as CSV by its reader: so
// formulas are neutralised here as well.
type xlsxExport struct {
	zip     *zip.Writer
	space   int64
	columns *exportColumns
	letters []string  // of the columns
	sheet   io.Writer // nil: none has begun
	sheets  int
	rows    int // of the sheet
	line    []byte
	most    int // rows of a sheet
	err     error
}

func newXLSXExport(w io.Writer, _ exportQuery, space int64, columns *exportColumns) exportWriter {
	return newWorkbook(w, space, columns, maxSheetRows)
}

func newWorkbook(w io.Writer, space int64, columns *exportColumns, most int) *xlsxExport {
	e := &xlsxExport{zip: zip.NewWriter(w), space: space, columns: columns, most: most}
	// The fastest level takes a third of the time for files a tenth larger.
	e.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for i := range columns.header() {
		e.letters = append(e.letters, columnLetters(i))
	}
	e.err = e.part("_rels/.rels", xmlHead+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	return e
}

const (
	xmlHead    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	sheetStart = xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	sheetEnd   = `</sheetData></worksheet>`
)

func (e *xlsxExport) Write(contacts []rollcall.Contact) error {
	for i := range contacts {
		if err := e.ensureSheet(); err != nil {
			return err
		}
		if err := e.row(e.columns.row(e.space, &contacts[i])); err != nil {
			return err
		}
	}
	return e.err
}

// ensureSheet begins a sheet with the header where there is none, or the last is
// full.
func (e *xlsxExport) ensureSheet() error {
	if e.err != nil || e.sheet != nil && e.rows < e.most {
		return e.err
	}
	if e.err = e.endSheet(); e.err != nil {
		return e.err
	}
	e.sheets, e.rows = e.sheets+1, 0
	if e.sheet, e.err = e.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", e.sheets)); e.err != nil {
		return e.err
	}
	if _, e.err = io.WriteString(e.sheet, sheetStart); e.err != nil {
		return e.err
	}
	return e.row(e.columns.header())
}

func (e *xlsxExport) endSheet() error {
	if e.sheet == nil {
		return nil
	}
	_, err := io.WriteString(e.sheet, sheetEnd)
	return err
}

// row writes a row; a blank cell is left out.
func (e *xlsxExport) row(cells []string) error {
	e.rows++
	number := strconv.Itoa(e.rows)
	b := append(append(append(e.line[:0], `<row r="`...), number...), `">`...)
	for i, text := range cells {
		if text == "" {
			continue
		}
		b = append(append(append(b, `<c r="`...), e.letters[i]...), number...)
		b = appendXML(append(b, `" t="inlineStr"><is><t xml:space="preserve">`...), text)
		b = append(b, `</t></is></c>`...)
	}
	e.line = append(b, `</row>`...)
	_, e.err = e.sheet.Write(e.line)
	return e.err
}

// Close writes what names the sheets. A workbook has at least one.
func (e *xlsxExport) Close() error {
	if e.err == nil && e.sheet == nil {
		e.err = e.ensureSheet()
	}
	if e.err == nil {
		e.err = e.endSheet()
	}
	var types, sheets, relations strings.Builder
	for n := 1; n <= e.sheets; n++ {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n)
		name := "Contacts"
		if n > 1 {
			name += " " + strconv.Itoa(n)
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, n, n)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, n, n)
	}
	for _, p := range [][2]string{
		{"xl/workbook.xml", xmlHead + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + relations.String() + `</Relationships>`},
		{"[Content_Types].xml", xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` + types.String() + `</Types>`},
	} {
		if e.err == nil {
			e.err = e.part(p[0], p[1])
		}
	}
	if e.err != nil {
		return e.err
	}
	return e.zip.Close()
}

func (e *xlsxExport) part(name, content string) error {
	w, err := e.zip.Create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, content)
	return err
}

// columnLetters names a column, from 0: A to Z, AA and so on.
func columnLetters(n int) string {
	letters := ""
	for n++; n > 0; n = (n - 1) / 26 {
		letters = string(rune('A'+(n-1)%26)) + letters
	}
	return letters
}

// appendXML appends a text. What XML cannot hold, or would change, is written as
// _xHHHH_ (ECMA-376, part 1, section 22.9.2.19), and what only looks like that is
// kept from being read as such.
func appendXML(b []byte, s string) []byte {
	for i, r := range s {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '_' && looksEscaped(s[i:]):
			b = append(b, "_x005F_"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			b = fmt.Appendf(b, "_x%04X_", r)
		default:
			b = append(b, string(r)...)
		}
	}
	return b
}

// looksEscaped tells whether a text begins with _xHHHH_.
func looksEscaped(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}
