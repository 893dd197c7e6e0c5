package main

import (
	"os"
	"path/filepath"
	"time"
)

// csvFile is a file to import.
type csvFile struct {
	path    string
	bytes   int64
	numbers *numbers
	counts  counts
}

// spareNumbers are for adding contacts after the file's.
const spareNumbers = 50_000

// csv gives the file that is imported, made when it is first needed.
func (b *bench) csv() (*csvFile, error) {
	if b.file == nil {
		var err error
		if b.file, err = b.newCSV("contacts.csv", b.rows); err != nil {
			return nil, err
		}
	}
	return b.file, nil
}

// newCSV writes a file of so many rows.
func (b *bench) newCSV(name string, rows int) (*csvFile, error) {
	began := time.Now()
	set, err := newNumbers(rows + spareNumbers)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(b.dir, name)
	found, err := generate(path, rows, plain, set)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	tell("generated %d rows, %d MB, in %s", rows, info.Size()/1e6, time.Since(began).Round(time.Millisecond))
	return &csvFile{path, info.Size(), set, found}, nil
}
