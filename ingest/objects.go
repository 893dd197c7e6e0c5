package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"rollcall"
)

// objects reads the rows of a JSON text as objects.
type objects struct {
	*elements
	fault string // the code of what is wrong with the row; empty: nothing
	raw   []byte // the row
}

// next reads the next row; io.EOF after the last.
func (o *objects) next() error {
	raw, long, err := o.elements.next()
	if err != nil {
		return err
	}
	o.raw, o.fault = raw, ""
	switch {
	case long:
		o.raw, o.fault = raw[:min(len(raw), maxRawOfLong)], CodeRowTooLong
	case !json.Valid(raw) && o.array:
		o.rows-- // it is not one of those that were read
		return o.broken()
	case !json.Valid(raw):
		o.fault = CodeJSONBroken
	case !utf8.Valid(raw):
		o.fault = CodeNotUTF8
	case raw[0] != '{':
		o.fault = CodeJSONNotObject
	}
	return nil
}

// fields are the names of the objects' fields, each with its column.
type fields struct {
	index map[string]int
	spelt []byte
}

// column is the column of a name as it stands in JSON, or unmapped.
func (f *fields) column(name []byte) int {
	f.spelt = appendString(f.spelt[:0], name)
	if i, ok := f.index[string(f.spelt)]; ok {
		return i
	}
	return unmapped
}

// jsonKeys reads a JSON text to its end for the names of its fields, in the order
// of their first appearance, and counts its rows.
func jsonKeys(text io.Reader, kind Kind) (keys []string, rows int64, err error) {
	in := &objects{elements: newElements(text, kind, maxRecord)}
	known, size := &fields{index: map[string]int{}}, 0
	for {
		err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return keys, in.rows, nil
		case err != nil:
			return nil, in.rows, err
		case in.fault != "":
			continue
		}
		members(in.raw, func(name, _ []byte) {
			if len(keys) <= maxColumns && size <= maxRecord && known.column(name) == unmapped {
				key := string(known.spelt)
				known.index[key] = len(keys)
				keys, size = append(keys, key), size+len(key)
			}
		})
		if len(keys) > maxColumns || size > maxRecord {
			return nil, in.rows, rollcall.Invalid("file", fmt.Sprintf("The objects of the file have too many different names; at most %d are read, of 1 MiB together.", maxColumns))
		}
	}
}

// jsonRows makes rows of cells that say their type, see typedText.
type jsonRows struct {
	objects
	fields fields
	values [][]byte // of the row, by column
	cell   []byte
}

// newJSONText gives a JSON text, which is UTF-8, as CSV without a header.
func newJSONText(text io.Reader, kind Kind, keys []string, limit int) io.Reader {
	j := &jsonRows{objects: objects{elements: newElements(text, kind, limit)}, fields: fields{index: map[string]int{}}, values: make([][]byte, len(keys))}
	for i, key := range keys {
		j.fields.index[key] = i
	}
	return &records{next: j.append}
}

// append appends the next row.
func (j *jsonRows) append(b []byte) ([]byte, error) {
	if err := j.next(); err != nil {
		return b, err
	}
	if j.fault != "" {
		return appendFault(b, j.fault, j.raw, j.limit), nil
	}
	clear(j.values)
	last := -1
	members(j.raw, func(name, value []byte) {
		// A name the survey did not see is of a file that was changed since, which
		// the end of the import will find.
		if i := j.fields.column(name); i != unmapped {
			j.values[i], last = value, max(last, i) // of a name that stands twice the last counts
		}
	})
	start := len(b)
	for i, value := range j.values[:last+1] {
		if i > 0 {
			b = append(b, ',')
		}
		j.cell = appendTyped(j.cell[:0], value)
		b = appendCell(b, j.cell)
	}
	switch n := len(b) - start; {
	case n == 0:
		b = append(b, `""`...) // an empty line would be no row
	case n > j.limit:
		return appendFault(b[:start], CodeRowTooLong, j.raw[:min(len(j.raw), maxRawOfLong)], j.limit), nil
	}
	return append(b, '\n'), nil
}
