package api

import (
	"encoding/csv"
	"io"

	"rollcall"
)

// csvExport writes CSV (RFC 4180) in UTF-8, with lines that end in LF, so that a
// line break in a cell stays what it is.
type csvExport struct {
	w       *csv.Writer
	space   int64
	columns *exportColumns
}

// newCSVExport writes the header. csv.Writer keeps its first error until it is
// asked.
func newCSVExport(w io.Writer, q exportQuery, space int64, columns *exportColumns) exportWriter {
	e := &csvExport{w: csv.NewWriter(w), space: space, columns: columns}
	header := columns.header()
	if q.mark {
		header[0] = "\ufeff" + header[0] // Excel takes a file without it for one in the system's own encoding
	}
	_ = e.w.Write(header)
	return e
}

func (e *csvExport) Write(contacts []rollcall.Contact) error {
	for i := range contacts {
		if err := e.w.Write(e.columns.row(e.space, &contacts[i])); err != nil {
			return err
		}
	}
	return nil
}

func (e *csvExport) Close() error {
	e.w.Flush()
	return e.w.Error()
}

// ndjsonExport writes a JSON object on each line, as getAllContacts gives it:
// nothing of a contact is lost.
type ndjsonExport struct {
	w     io.Writer
	space int64
	line  []byte
}

func newNDJSONExport(w io.Writer, _ exportQuery, space int64, _ *exportColumns) exportWriter {
	return &ndjsonExport{w: w, space: space}
}

func (e *ndjsonExport) Write(contacts []rollcall.Contact) error {
	for i := range contacts {
		e.line = append(appendContact(e.line[:0], e.space, &contacts[i]), '\n')
		if _, err := e.w.Write(e.line); err != nil {
			return err
		}
	}
	return nil
}

func (e *ndjsonExport) Close() error { return nil }
