package ingest

import "bytes"

// cell is one cell of a record: where it stands in the text, without the quotes
// around it.
type cell struct {
	start, end int
	quotes     bool // there are quotes in it, of which two stand for one
}

// fault is why a record cannot be told into cells.
type fault uint8

const (
	faultNone  fault = iota
	faultQuote       // a quote that opens a cell is never closed
	faultLong        // longer than the limit
)

// verdict is what is known about the end of something.
type verdict uint8

const (
	decided   verdict = iota
	undecided         // more text is needed to tell
	unclosed          // the quote is never closed
	tooLong           // it lies past the limit
)

// scanner walks over the records in a text. The reader uses it to find where a
// chunk may end, and the normaliser to read the chunk: the two cannot differ on
// what a record is. How a record is read depends on nothing but the bytes from
// its start to two bytes past the limit, so neither does it on how the file is
// cut into chunks.
type scanner struct {
	text   []byte
	delim  byte
	eol    byte // '\n', or '\r' in a file whose lines end with it alone
	limit  int  // bytes in a record
	final  bool // the end of the text is the end of a record
	quoted bool // the text has a quote somewhere

	pos        int // where the next record starts
	start, end int // the record, without its line end
	cells      []cell
	fault      fault
	open       bool // of a record over the limit: its line end is not in the text

	lineFrom, lineTo int // the first line end at or after lineFrom is at lineTo
	noLine           int // of this record: from here on no line end is in reach
	calmFrom, calmTo int // no lone quote stands between these; see loneQuote
}

// reset begins a new text.
func (s *scanner) reset(text []byte, final bool) {
	s.text, s.final, s.quoted = text, final, bytes.IndexByte(text, '"') >= 0
	s.pos, s.lineFrom, s.lineTo, s.calmFrom, s.calmTo = 0, 0, -1, 0, 0
}

// next finds the next record. It is false when there is none, and also, in a
// text that is not final, when its end cannot be told yet: pos is its start then.
func (s *scanner) next() bool {
	if !s.skipEmpty() {
		return false
	}
	s.start, s.cells, s.fault, s.open = s.pos, s.cells[:0], faultNone, false
	s.noLine = len(s.text) + 1
	end, v := s.lineEnd(s.pos)
	switch {
	case v == decided && (!s.quoted || bytes.IndexByte(s.text[s.start:end], '"') < 0):
		s.split(end)
		s.finish(end)
	case v == decided:
		v = s.walk()
	}
	if v == tooLong {
		s.skipLong()
	}
	return v != undecided
}

// skipEmpty moves pos past lines without a character. It is false when no record
// starts in the text.
func (s *scanner) skipEmpty() bool {
	for s.pos < len(s.text) {
		switch b := s.text[s.pos]; {
		case b == s.eol:
		case s.eol == '\r' && b == '\n': // of a CRLF among lone CRs
		case s.eol == '\n' && b == '\r' && s.pos+1 == len(s.text):
			if !s.final {
				return false
			}
		case s.eol == '\n' && b == '\r' && s.text[s.pos+1] == '\n':
		default:
			return true
		}
		s.pos++
	}
	return false
}

// lineEnd finds the first line end at or after from. It remembers what it found:
// else a line of very many cells would be searched to its end for each of them.
func (s *scanner) lineEnd(from int) (int, verdict) {
	stop := min(len(s.text), s.start+s.limit+1)
	if s.lineFrom <= from && from <= s.lineTo && s.lineTo < stop {
		return s.lineTo, decided
	}
	if from < s.noLine {
		if i := bytes.IndexByte(s.text[from:stop], s.eol); i >= 0 {
			s.lineFrom, s.lineTo = from, from+i
			return from + i, decided
		}
		s.noLine = from
	}
	switch {
	case s.full() && len(s.text) > s.start+s.limit:
		return 0, tooLong
	case s.final:
		return len(s.text), decided
	}
	return 0, undecided
}

// full tells whether all is there that the reading of the record depends on.
func (s *scanner) full() bool { return s.final || len(s.text) >= s.start+s.limit+2 }

// finish ends the record at a line end.
func (s *scanner) finish(end int) {
	s.end, s.pos = s.trim(end), min(end+1, len(s.text))
}

// trim leaves out the CR of a CRLF at a line end, also when the file ends
// between the two.
func (s *scanner) trim(end int) int {
	if s.eol == '\n' && end > s.start && s.text[end-1] == '\r' {
		return end - 1
	}
	return end
}

// skipLong passes over a record beyond the limit: to the first line end past it.
func (s *scanner) skipLong() {
	s.fault, s.cells = faultLong, s.cells[:0]
	from := s.start + s.limit + 1
	if i := bytes.IndexByte(s.text[from:], s.eol); i >= 0 {
		s.finish(from + i)
		return
	}
	s.end, s.pos, s.open = len(s.text), len(s.text), !s.final
}
