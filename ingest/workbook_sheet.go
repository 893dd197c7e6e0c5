package ingest

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
)

// sheetRows makes rows of CSV of a worksheet.
type sheetRows struct {
	book   *workbook
	xml    *xmlTokens
	width  int  // cells that a row has at least
	limit  int  // bytes of a row
	filled bool // it is only asked whether there is a row: nothing is looked up
	count  int64

	text   []byte // of the row's cells, one after the other
	cells  []span // of text, by column
	column int    // of the cell under way
	cell   sheetCell
}

// span is a piece of a text.
type span struct{ start, end int }

// sheetCell is the cell under way.
type sheetCell struct {
	kind     string // the attribute t
	style    string // the attribute s: a number
	value    []byte // as it stands in the sheet
	reading  bool   // what comes is its value
	phonetic bool   // what comes is how its value is pronounced
}

// next appends the next row in which a cell is not empty. Where a row stands in
// the sheet does not matter: as in CSV, an empty row is none.
func (s *sheetRows) next(b []byte) ([]byte, error) {
	for {
		t, err := s.xml.next()
		if errors.Is(err, io.EOF) {
			err = damaged(io.EOF)
		}
		if err == nil {
			err = s.token(t)
		}
		switch e, ended := t.(xml.EndElement); {
		case errors.Is(err, errDamaged):
			return b, damagedAfter(max(0, s.count), err)
		case err != nil:
			return b, err
		case ended && e.Name.Local == "sheetData":
			return b, io.EOF
		case ended && e.Name.Local == "row" && len(s.text) > 0:
			s.count++
			return s.row(b), nil
		}
	}
}

// token takes a token.
func (s *sheetRows) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		return s.start(t)
	case xml.CharData:
		if s.cell.reading && !s.cell.phonetic {
			s.cell.value = append(s.cell.value, t...)
		}
	case xml.EndElement:
		return s.end(t)
	}
	return nil
}

func (s *sheetRows) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		s.text, s.cells, s.column = s.text[:0], s.cells[:0], -1
	case "c":
		s.cell = sheetCell{kind: attribute(e, "t"), style: attribute(e, "s"), value: s.cell.value[:0]}
		s.column++
		if ref := attribute(e, "r"); ref != "" {
			s.column = columnOf(ref)
		}
		if s.column < 0 || s.column >= maxColumns {
			return damaged(errors.New("a cell stands outside of the sheet"))
		}
	case "v", "t":
		s.cell.reading = true
	case "rPh":
		s.cell.phonetic = true
	}
	return nil
}

func (s *sheetRows) end(e xml.EndElement) error {
	switch e.Name.Local {
	case "v", "t":
		s.cell.reading = false
	case "rPh":
		s.cell.phonetic = false
	case "c":
		return s.put()
	}
	return nil
}

// columnOf is the column of a cell's reference ("C7"), from 0, or -1.
func columnOf(ref string) int {
	n := 0
	for i := range len(ref) {
		c := ref[i] &^ 0x20 // upper case
		if c < 'A' || c > 'Z' || n > maxColumns {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}

// put ends a cell.
func (s *sheetRows) put() error {
	// A row over the limit is rejected whatever else is in it.
	if len(s.cell.value) == 0 || len(s.text) > s.limit {
		return nil
	}
	for len(s.cells) <= s.column {
		s.cells = append(s.cells, span{})
	}
	start := len(s.text)
	var err error
	if s.text, err = s.value(s.text); err != nil {
		return err
	}
	s.cells[s.column] = span{start, len(s.text)}
	return nil
}

// value appends the cell's value as text.
func (s *sheetRows) value(b []byte) ([]byte, error) {
	v := s.cell.value
	switch {
	case s.filled:
		return append(b, v...), nil
	case s.cell.kind == "s":
		i, err := strconv.Atoi(string(v))
		if err != nil || s.book.strings == nil {
			return b, damaged(errors.New("a cell names no text"))
		}
		return s.book.strings.append(b, i)
	case s.cell.kind == "b" && string(v) == "1":
		return append(b, "TRUE"...), nil
	case s.cell.kind == "b":
		return append(b, "FALSE"...), nil
	case s.cell.kind == "inlineStr" || s.cell.kind == "str":
		return appendUnescaped(b, v), nil
	case s.cell.kind == "" || s.cell.kind == "n":
		return appendNumber(b, v, s.format(), s.book.epoch), nil
	}
	return append(b, v...), nil // an error ("e") or a date in ISO 8601 ("d")
}

// format is the number format of the cell.
func (s *sheetRows) format() numberFormat {
	if s.cell.style == "" {
		return numberPlain
	}
	i, err := strconv.Atoi(s.cell.style)
	if err != nil || i < 0 || i >= len(s.book.formats) {
		return numberPlain
	}
	return s.book.formats[i]
}

// row appends the row.
func (s *sheetRows) row(b []byte) []byte {
	start := len(b)
	width := max(s.width, len(s.cells)-trailing(s.cells))
	for i := range width {
		if i > 0 {
			b = append(b, ',')
		}
		if i < len(s.cells) {
			b = appendCell(b, s.text[s.cells[i].start:s.cells[i].end])
		}
	}
	flatten(b[start:], s.limit)
	return append(b, '\n')
}

// trailing counts the empty cells at the end.
func trailing(cells []span) int {
	n := 0
	for _, c := range slices.Backward(cells) {
		if c.start != c.end {
			break
		}
		n++
	}
	return n
}
