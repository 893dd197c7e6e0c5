package ingest

import "bytes"

// quotedCell reads a cell that begins with a quote, and gives the place of the
// delimiter or line end after it.
func (s *scanner) quotedCell(at int) (int, verdict) {
	line, v := s.lineEnd(at)
	oneLine := v != decided // as far as one can see
	for from := at + 1; ; {
		quote, v := s.loneQuote(from)
		if v != decided {
			return 0, v
		}
		switch next, v := s.afterQuote(quote + 1); {
		case v == undecided:
			return 0, undecided
		case v == decided:
			inside := bytes.IndexByte(s.text[at+1:quote], '"') >= 0
			s.cells = append(s.cells, cell{start: at + 1, end: quote, quotes: inside})
			return next, decided
		case !oneLine && quote > line:
			// Text right after a quote, lines after the one that opened the cell:
			// that quote opens a cell of another row. To read on would swallow rows.
			return 0, unclosed
		}
		from = quote + 1
	}
}

// afterQuote tells whether a cell that was closed just before at ends there:
// decided with the place of the delimiter or line end, or unclosed.
func (s *scanner) afterQuote(at int) (int, verdict) {
	switch {
	case at == len(s.text):
		return at, s.atEnd()
	case s.text[at] == s.delim || s.text[at] == s.eol:
		return at, decided
	case s.eol == '\r' || s.text[at] != '\r':
		return 0, unclosed
	case at+1 == len(s.text):
		return at + 1, s.atEnd()
	case s.text[at+1] == '\n':
		return at + 1, decided
	}
	return 0, unclosed
}

func (s *scanner) atEnd() verdict {
	if s.final {
		return decided
	}
	return undecided
}

// loneQuote finds the next quote at or after from that is no half of a doubled
// one: the last of an odd run.
//
// It remembers the stretch in which it found none. Where every row of a file
// opens a quote that is never closed, each search starts in the stretch of the
// one before, and the file is still searched only once.
func (s *scanner) loneQuote(from int) (int, verdict) {
	stop := min(len(s.text), s.start+s.limit)
	// The run right at from is apart: the opening quote has taken its first.
	end := s.runEnd(from, stop)
	if (end-from)%2 == 1 && s.whole(end, stop) {
		return end - 1, decided
	}
	if s.calmFrom <= end && end <= s.calmTo {
		end = max(end, min(s.calmTo, stop))
	} else {
		s.calmFrom = end
	}
	for end < stop {
		i := bytes.IndexByte(s.text[end:stop], '"')
		if i < 0 {
			s.calmTo = stop
			break
		}
		start := end + i
		s.calmTo, end = start, s.runEnd(start, stop)
		if !s.whole(end, stop) {
			break
		}
		if (end-start)%2 == 1 {
			return end - 1, decided
		}
		s.calmTo = end
	}
	if s.full() {
		return 0, unclosed
	}
	return 0, undecided
}

// runEnd is where the run of quotes at from ends.
func (s *scanner) runEnd(from, stop int) int {
	for from < stop && s.text[from] == '"' {
		from++
	}
	return from
}

// whole tells whether a run of quotes that ends at end is not cut by stop.
func (s *scanner) whole(end, stop int) bool {
	return end < stop || s.final && stop == len(s.text)
}

// giveUp ends the record at the end of the line in which the quote at opened.
func (s *scanner) giveUp(at int) verdict {
	end, v := s.lineEnd(at)
	if v == decided {
		s.fault, s.cells = faultQuote, s.cells[:0]
		s.finish(end)
	}
	return v
}
