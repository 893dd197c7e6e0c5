package main

import (
	"os"
	"path/filepath"
	"time"
)

// csvFile is the file that is imported, made when it is first needed.
type csvFile struct {
	path    string
	bytes   int64
	numbers *numbers
	counts  counts
}

// spareNumbers are for adding contacts after the file's.
const spareNumbers = 50_000

func (b *bench) csv() (*csvFile, error) {
	if b.file.path != "" {
		return &b.file, nil
	}
	began := time.Now()
	set, err := newNumbers(b.rows + spareNumbers)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(b.dir, "contacts.csv")
	found, err := generate(path, b.rows, set)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b.file = csvFile{path, info.Size(), set, found}
	tell("generated %d rows, %d MB, in %s", b.rows, info.Size()/1e6, time.Since(began).Round(time.Millisecond))
	return &b.file, nil
}
