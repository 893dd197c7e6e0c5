package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall"
)

// exportPatience is how long a caller may take nothing of an export before the
// connection is closed. As long as it takes something, the export goes on.
const exportPatience = time.Minute

// exportBuffer is how much of an export is sent at once, in bytes.
const exportBuffer = 64 << 10

// exportFormat is a kind of file that a list can be exported as.
type exportFormat struct {
	contentType string
	table       bool // of columns, which a first pass over the contacts gathers
	writer      func(w io.Writer, q exportQuery, space int64, columns *exportColumns) exportWriter
}

// exportWriter writes contacts into a file.
type exportWriter interface {
	Write(contacts []rollcall.Contact) error
	Close() error // writes what ends the file; without it the file is broken
}

// The formats, by the value of the query's format.
var exportFormats = map[string]exportFormat{
	"csv":    {"text/csv; charset=utf-8; header=present", true, newCSVExport},
	"ndjson": {"application/x-ndjson; charset=utf-8", false, newNDJSONExport},
	"xlsx":   {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true, newXLSXExport},
}

// exportQuery is what a caller wants of a list as a file.
type exportQuery struct {
	format string
	mark   bool // a byte-order mark in front, for CSV
	filter rollcall.ContactFilter
}

// exportContacts gives a list as a file.
func (a *API) exportContacts(_ context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	q, err := exportQueryOf(c.URL.RawQuery)
	if err != nil {
		return reply{}, err
	}
	return reply{stream: func(x *exchange) error {
		// An export lasts as long as it must; each of its pages is bounded.
		return within("query", a.export(x.connection, x, c, id, q))
	}}, nil
}

func exportQueryOf(query string) (exportQuery, error) {
	format, given, formatErr := queryValue(query, "format")
	if _, known := exportFormats[format]; formatErr == nil && !given {
		formatErr = rollcall.Invalid("query.format", `The parameter format is required: one of "csv", "ndjson", "xlsx".`)
	} else if formatErr == nil && !known {
		formatErr = rollcall.Invalid("query.format", `The parameter format must be one of "csv", "ndjson", "xlsx".`)
	}
	mark, given, markErr := queryValue(query, "bom")
	switch {
	case markErr != nil:
	case given && mark != "true" && mark != "false":
		markErr = rollcall.Invalid("query.bom", `The parameter bom must be "true" or "false".`)
	case mark == "true" && format != "csv":
		markErr = rollcall.Invalid("query.bom", "A byte-order mark is for the format csv only.")
	}
	filter, filterErr := queryFilter(query, "format", "bom")
	return exportQuery{format: format, mark: mark == "true", filter: filter}, firstOfEach(formatErr, markErr, filterErr)
}

// export writes the file. Until the first bytes are out a failure is answered as any
// other; later only a broken connection tells that the file is not whole.
func (a *API) export(ctx context.Context, x *exchange, c *call, id string, q exportQuery) error {
	format := exportFormats[q.format]
	if c.Method == http.MethodHead {
		l, err := a.config.Store.ContactList(ctx, c.owner(), id)
		if err == nil {
			exportHeaders(x, l, q.format)
			x.WriteHeader(http.StatusOK)
		}
		return err
	}
	columns := newExportColumns()
	if format.table {
		if err := a.config.Store.WalkExtra(ctx, c.owner(), id, q.filter, columns.gather); err != nil {
			return err
		}
	}
	out := bufio.NewWriterSize(patientWriter{x}, exportBuffer)
	var file exportWriter
	err := a.config.Store.WalkContacts(ctx, c.owner(), id, q.filter, func(l *rollcall.ContactList) error {
		exportHeaders(x, l, q.format)
		file = format.writer(out, q, l.ContactSpace, columns)
		return nil
	}, func(contacts []rollcall.Contact) error { return file.Write(contacts) })
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return out.Flush()
}

// patientWriter gives every write its own deadline: the server's limit for a whole
// answer would cut a long file.
type patientWriter struct{ x *exchange }

func (w patientWriter) Write(b []byte) (int, error) {
	// The error is that this writer knows no deadlines.
	_ = http.NewResponseController(w.x).SetWriteDeadline(time.Now().Add(exportPatience))
	n, err := w.x.Write(b)
	if err != nil {
		err = fmt.Errorf("%w: %w", errCallerGone, err)
	}
	return n, err
}

// file writes a file that is made while it is sent.
func (x *exchange) file(contentType, name, extension string, write func(io.Writer) error) error {
	x.Header().Set("Content-Type", contentType)
	x.Header().Set("Content-Disposition", disposition(name, extension))
	out := bufio.NewWriterSize(patientWriter{x}, exportBuffer)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

func exportHeaders(x *exchange, l *rollcall.ContactList, format string) {
	x.Header().Set("Content-Type", exportFormats[format].contentType)
	x.Header().Set("Content-Disposition", disposition(l.Name, format))
}

// disposition proposes a file name made of a list's name (RFC 6266): in ASCII for
// every client, and, where that lost something, whole (RFC 8187).
func disposition(name, extension string) string {
	name = strings.Trim(strings.Map(fileNameRune, name), ". ")
	if name == "" {
		name = "contacts"
	}
	name += "." + extension
	plain := strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '_'
		}
		return r
	}, name)
	header := `attachment; filename="` + plain + `"`
	if plain != name {
		header += "; filename*=UTF-8''" + extValue(name)
	}
	return header
}

// fileNameRune replaces what some file system does not take in a name, what would
// end a quoted string, and what turns the direction of writing, behind which
// another extension could hide.
func fileNameRune(r rune) rune {
	switch {
	case strings.ContainsRune(`/\:*?"<>|%`, r), r < ' ', r >= 0x7f && r < 0xa0:
		return '-'
	case r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == utf8.RuneError:
		return -1
	}
	return r
}

// extValue percent-encodes all but the attr-char of RFC 8187, section 3.2.1.
func extValue(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
