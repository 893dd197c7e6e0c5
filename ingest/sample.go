package ingest

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
)

const (
	// sampleRecords is how many records a column is judged by.
	sampleRecords = 1000
	// sampleCells bounds the sample of a file with very many columns.
	sampleCells = 32 << 10
)

// readSample reads the first records of the text after the line "sep=", the
// header among them. Records that cannot be read are left out: they say nothing
// about a column.
func (f *Format) readSample(text []byte, whole bool) [][]string {
	var records [][]string
	s, cells := f.scanner(maxRecord), 0
	s.reset(text, whole)
	for len(records) <= sampleRecords && cells < sampleCells && s.next() {
		if s.fault != faultNone {
			continue
		}
		record := make([]string, len(s.cells))
		for i, c := range s.cells {
			record[i] = unquote(string(text[c.start:c.end]), c.quotes)
		}
		records, cells = append(records, record), cells+len(record)
	}
	return records
}

// sampleOf reads the first records of a file that is no CSV, from the text that
// is made of it.
func (f *Format) sampleOf(s *source) error {
	text, err := s.text(context.Background(), f, new(atomic.Int64), maxRecord)
	if err != nil {
		return err
	}
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(text, head)
	whole := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !whole {
		return nil // what is wrong is told when the rows are read
	}
	f.sample = f.readSample(head[:n], whole)
	if !f.Kind.json() {
		return nil
	}
	plain := [][]string{f.Columns}
	for _, record := range f.sample {
		if len(record) > 0 && strings.HasPrefix(record[0], string(typedFault)) {
			continue
		}
		for i := range record {
			record[i] = typedPlain(record[i])
		}
		plain = append(plain, record)
	}
	f.sample = plain
	return nil
}

// records are the sampled rows, without the header.
func (f *Format) records() [][]string {
	if f.Header && len(f.sample) > 0 {
		return f.sample[1:]
	}
	return f.sample
}

// sampled gives a sampled cell without blanks around it, empty for one that the
// row lacks.
func sampled(record []string, column int) string {
	if column < 0 || column >= len(record) {
		return ""
	}
	return strings.TrimSpace(record[column])
}
