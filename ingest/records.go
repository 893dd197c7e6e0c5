package ingest

// records gives rows that are made one by one as a text of CSV: comma, LF, UTF-8.
// It holds one row at a time.
type records struct {
	// next appends the next row with its line end; io.EOF after the last.
	next func(buf []byte) ([]byte, error)
	buf  []byte
	rest []byte // of buf, yet to be read
	err  error
}

// Read reads.
func (r *records) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.buf, r.err = r.next(r.buf[:0])
		r.rest = r.buf
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// appendCell appends a cell of such a text.
func appendCell[T string | []byte](b []byte, cell T) []byte {
	quote := false
	for i := range len(cell) {
		if c := cell[i]; c == ',' || c == '"' || c == '\n' || c == '\r' {
			quote = true
			break
		}
	}
	if !quote {
		return append(b, cell...)
	}
	b = append(b, '"')
	for i := range len(cell) {
		if cell[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, cell[i])
	}
	return append(b, '"')
}

// flatten takes the line ends out of a row over the limit: the scanner looks for
// the next row after the first line end past the limit.
func flatten(row []byte, limit int) {
	if len(row) <= limit {
		return
	}
	for i, c := range row {
		if c == '\n' {
			row[i] = ' '
		}
	}
}
