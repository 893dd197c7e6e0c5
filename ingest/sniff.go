package ingest

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"rollcall"
)

const (
	// sniffBytes is the sample that a file is judged by.
	sniffBytes = 64 << 10
	// sniffMost is the sample where the first does not hold one whole record: a
	// record of the greatest length, in an encoding of two bytes a character.
	sniffMost = 2*maxRecord + sniffBytes
	// sniffRecords is how many records of the sample vote.
	sniffRecords = 200
	// maxColumns is what a spreadsheet can hold at most, too.
	maxColumns = 16384
)

// Format is how a file of contacts is written.
type Format struct {
	Kind        Kind
	Compression Compression
	Member      string   // of a ZIP archive: the file in it that is read
	Sheet       string   // of a workbook: the sheet that is read
	Sheets      []string // of a workbook: all that are not hidden, in its order

	Encoding  Encoding
	Mark      bool       // it begins with a byte-order mark
	Delimiter byte       // ',' where the file is no CSV: its rows are given back as such
	LineEnd   byte       // '\n' (LF or CRLF, or no CSV), or '\r' where lines end with CR alone
	CRLF      bool       // most lines end with CR and LF
	SepLine   bool       // its first line says which delimiter it has ("sep=;"), as Excel writes and reads
	Header    bool       // its first row names the columns; of JSON, its objects do
	Columns   []string   // the header, untouched; "Column 1" and so on where there is none
	unsure    bool       // its first row was taken for the header, though it has no name that is known
	first     []string   // the first row of a file without header
	sample    [][]string // the first records, the header too; see records
}

// scanner gives a scanner for the file's text.
func (f *Format) scanner(limit int) scanner {
	return scanner{delim: f.Delimiter, eol: f.LineEnd, limit: limit}
}

// markLen is how many bytes the byte-order mark takes.
func (f *Format) markLen() int {
	for _, m := range marks {
		if f.Mark && m.encoding == f.Encoding {
			return len(m.mark)
		}
	}
	return 0
}

// preamble is how many records stand before the first row.
func (f *Format) preamble() int64 {
	var n int64
	if f.SepLine {
		n++
	}
	if f.Header && !f.Kind.json() {
		n++
	}
	return n
}

// errShort says that a sample does not hold one whole record.
var errShort = errors.New("ingest: the sample is too short")

// sniffSource finds the format of a file that was surveyed, with a larger sample
// where needed.
func sniffSource(s *source) (*Format, error) {
	f, err := sniffKind(s)
	if err != nil {
		return nil, err
	}
	f.Kind, f.Compression = s.kind, s.compression
	if s.member != nil {
		f.Member = plainName(s.member.Name)
	}
	if f.Kind.json() {
		return f, f.sampleOf(s)
	}
	return f, nil
}

func sniffKind(s *source) (*Format, error) {
	switch {
	case s.kind == KindXLSX:
		return sniffWorkbook(s)
	case s.kind.json():
		return sniffJSON(s)
	}
	for _, size := range []int{sniffBytes, sniffMost} {
		head, whole, err := s.head(size)
		if err != nil {
			return nil, err
		}
		f, err := sniff(head, whole, &s.evidence, &s.hints)
		if !errors.Is(err, errShort) {
			return f, err
		}
	}
	return nil, errFirstLine
}

// ErrNoRows is the cause of the error about a file in which there is nothing to
// understand.
var ErrNoRows = errors.New("ingest: no rows")

var (
	errEmpty     = &rollcall.Error{Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidField, Field: "file", Message: "The file is empty: it has no rows.", Err: ErrNoRows}
	errFirstLine = rollcall.Invalid("file", "The file's first line cannot be read as columns: it is longer than 1 MiB, or a quote in it is never closed.")
)

// sniffJSON takes the names of the objects' fields for columns.
func sniffJSON(s *source) (*Format, error) {
	switch {
	case s.rows == 0:
		return nil, &rollcall.Error{Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidField, Field: "file", Message: "The file holds no rows, only an empty array.", Err: ErrNoRows}
	case len(s.keys) == 0:
		return nil, rollcall.Invalid("file", "No row of the file is an object with names and values. Save the rows as such and import that.")
	}
	f := &Format{Encoding: s.encoding, Mark: s.mark > 0, Delimiter: ',', LineEnd: '\n', Header: true, Columns: s.keys}
	return f, checkHeader(s.keys)
}

// sniffWorkbook takes the first row of the sheet for the header, or not.
func sniffWorkbook(s *source) (*Format, error) {
	f := &Format{Encoding: UTF8, Delimiter: ',', LineEnd: '\n', Sheet: s.book.chosen.name, Sheets: s.book.visible()}
	rows, err := s.book.rows(context.Background(), new(atomic.Int64), 0, maxRecord, 1)
	if err != nil {
		return nil, err
	}
	row, err := rows.next(nil)
	if errors.Is(err, io.EOF) {
		err = rollcall.Invalid("file", "The sheet "+strconv.Quote(f.Sheet)+" holds no rows.")
	}
	if err != nil {
		return nil, err
	}
	first, err := f.firstRecord(row, true)
	if err != nil {
		return nil, err
	}
	if err := f.sampleOf(s); err != nil {
		return nil, err
	}
	return f, f.name(first, s.hints.header)
}

// sniff finds the format of a text from its head. Whole tells that the head is
// all there is.
func sniff(head []byte, whole bool, ev *evidence, h *hints) (*Format, error) {
	if len(head) == 0 {
		return nil, errEmpty
	}
	if err := refuseOther(head, false); err != nil {
		return nil, err
	}
	enc, mark, err := h.encodingOf(head, ev)
	if err != nil {
		return nil, err
	}
	text := enc.decodeSample(head[mark:])
	if err := refuseBinary(text); err != nil {
		return nil, err
	}
	if enc == Windows1252 && h.encoding == "" && !ev.latin() {
		return nil, errOtherAlphabet
	}
	f := &Format{Encoding: enc, Mark: mark > 0, Delimiter: ','}
	f.LineEnd, f.CRLF = findLineEnd(text)
	text = f.readSepLine(text)
	switch {
	case h.delimiter != 0:
		f.Delimiter = h.delimiter
	case !f.SepLine:
		f.Delimiter = findDelimiter(text, f.LineEnd, whole)
	}
	first, err := f.firstRecord(text, whole)
	if err != nil {
		return nil, err
	}
	f.sample = f.readSample(text, whole)
	return f, f.name(first, h.header)
}

// name decides whether there is a header, unless the caller says so, and names the
// columns.
func (f *Format) name(first []string, header *bool) error {
	if len(first) > maxColumns {
		return rollcall.Invalid("file", "The file's first row has "+strconv.Itoa(len(first))+" columns; at most "+strconv.Itoa(maxColumns)+" are read.")
	}
	if header != nil {
		f.Header = *header
	} else {
		var known bool
		f.Header, known = findHeader(first, f.sample[min(1, len(f.sample)):])
		f.unsure = f.Header && !known
	}
	if f.Header {
		f.Columns = first
		return checkHeader(first)
	}
	f.first = first
	for i := range first {
		f.Columns = append(f.Columns, columnName(i))
	}
	return nil
}

// checkHeader refuses names that could be kept in no database.
func checkHeader(names []string) error {
	for i, name := range names {
		if !utf8.ValidString(name) || strings.Contains(name, "\x00") {
			return rollcall.Invalid("file", "The name of column "+strconv.Itoa(i+1)+" holds bytes that are no text. Save the file as UTF-8 and import that.")
		}
	}
	return nil
}

// firstRecord reads the first record of the text after the line "sep=".
func (f *Format) firstRecord(text []byte, whole bool) ([]string, error) {
	s := f.scanner(maxRecord)
	s.reset(text, whole)
	switch {
	case s.next() && s.fault != faultNone:
		return nil, errFirstLine
	case len(s.cells) == 0 && !whole:
		return nil, errShort
	case len(s.cells) == 0:
		return nil, rollcall.Invalid("file", "The file holds no rows, only empty lines.")
	}
	record := make([]string, len(s.cells))
	for i, c := range s.cells {
		record[i] = unquote(string(text[c.start:c.end]), c.quotes)
	}
	return record, nil
}
