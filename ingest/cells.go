package ingest

import (
	"bytes"
	"strings"
)

// split cuts a record without quotes, which ends at end, into cells.
func (s *scanner) split(end int) {
	end, from := s.trim(end), s.start
	for {
		i := bytes.IndexByte(s.text[from:end], s.delim)
		if i < 0 {
			s.cells = append(s.cells, cell{start: from, end: end})
			return
		}
		s.cells = append(s.cells, cell{start: from, end: from + i})
		from += i + 1
	}
}

// walk cuts a record with quotes into cells, and finds its end.
func (s *scanner) walk() verdict {
	for at := s.start; ; {
		next, v := s.cell(at)
		switch {
		case v == unclosed:
			return s.giveUp(at)
		case v != decided:
			return v
		case next == len(s.text) || s.text[next] != s.delim:
			s.finish(next)
			return decided
		}
		at = next + 1
	}
}

func (s *scanner) cell(at int) (int, verdict) {
	if at < len(s.text) && s.text[at] == '"' {
		return s.quotedCell(at)
	}
	return s.plainCell(at)
}

// plainCell reads a cell that begins with no quote, and gives the place of the
// delimiter or line end after it.
func (s *scanner) plainCell(at int) (int, verdict) {
	end, v := s.lineEnd(at)
	if v != decided {
		return 0, v
	}
	if i := bytes.IndexByte(s.text[at:end], s.delim); i >= 0 {
		end = at + i
		s.cells = append(s.cells, cell{start: at, end: end})
		return end, decided
	}
	s.cells = append(s.cells, cell{start: at, end: max(at, s.trim(end))})
	return end, decided
}

// unquote makes one quote of two.
func unquote(s string, quotes bool) string {
	if quotes {
		return strings.ReplaceAll(s, `""`, `"`)
	}
	return s
}
