package ingest

import (
	"bytes"
	"regexp"
	"slices"
	"unicode/utf8"
)

// delimiters in the order of preference where two fit equally well.
var delimiters = []byte(",;\t|")

// readSepLine honours a first line "sep=;" and gives the text after it.
func (f *Format) readSepLine(text []byte) []byte {
	line, rest, _ := bytes.Cut(text, []byte{f.LineEnd})
	line = bytes.TrimSuffix(line, []byte("\r"))
	if n := len(line); n > 2 && line[0] == '"' && line[n-1] == '"' {
		line = line[1 : n-1]
	}
	if len(line) != len("sep=;") || !bytes.EqualFold(line[:4], []byte("sep=")) {
		return text
	}
	d := line[4]
	if d == '"' || d == '\n' || d == '\r' || d == 0 || d >= utf8.RuneSelf {
		return text
	}
	f.Delimiter, f.SepLine = d, true
	return rest
}

// findLineEnd tells lone CRs, which old programs for the Macintosh write, from
// LF and CRLF. Line ends inside of quotes do not count, unless there are no
// others: then a quote is out of place. Crlf tells that most lines that LF ends have
// a CR before it.
func findLineEnd(text []byte) (end byte, crlf bool) {
	var lf, cr, both [2]int // outside of quotes, inside
	quoted := 0
	for i, b := range text {
		switch {
		case b == '"':
			quoted ^= 1
		case b == '\n':
			lf[quoted]++
			if i > 0 && text[i-1] == '\r' {
				both[quoted]++
			}
		case b == '\r' && i+1 < len(text) && text[i+1] != '\n':
			cr[quoted]++
		}
	}
	where := 0
	if lf[0]+cr[0] == 0 {
		where = 1
	}
	if cr[where] > lf[where] {
		return '\r', false
	}
	return '\n', both[where]*2 > lf[where]
}

// findDelimiter lets the records vote: the delimiter that cuts most of them into
// as many cells as the first. One that the first record lacks is none.
func findDelimiter(text []byte, eol byte, whole bool) byte {
	best, most := oneColumn(text), 0.0
	for _, d := range delimiters {
		if score := vote(text, d, eol, whole); score > most {
			best, most = d, score
		}
	}
	return best
}

// vote is the share of records with as many cells as the first, and a little for
// more columns. Where each comma stands between digits it cuts evenly too, but
// is the decimal comma of "1,50;2,75": it counts half.
func vote(text []byte, delim, eol byte, whole bool) float64 {
	s := scanner{delim: delim, eol: eol, limit: maxRecord}
	s.reset(text, whole)
	columns, same, all := 0, 0, 0
	for all < sniffRecords && s.next() {
		if all++; all == 1 {
			columns = len(s.cells)
		}
		if s.fault == faultNone && len(s.cells) == columns {
			same++
		}
	}
	if columns < 2 {
		return 0
	}
	score := float64(same)/float64(all) + 0.01*float64(min(columns, 20))
	if delim == ',' && !otherComma.Match(text) {
		score /= 2
	}
	return score
}

// otherComma is a comma that is no decimal comma.
var otherComma = regexp.MustCompile(`[^0-9],|,[^0-9]|,$|^,`)

// oneColumn is the delimiter for a file of one column: one that it does not
// hold, so that "Smith, Ann" stays one cell.
func oneColumn(text []byte) byte {
	i := slices.IndexFunc(delimiters, func(d byte) bool { return bytes.IndexByte(text, d) < 0 })
	return delimiters[max(i, 0)]
}
