package ingest

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"strings"

	"rollcall"
)

// LedgerFormat is how a ledger is written.
type LedgerFormat string

// The formats of a ledger.
const (
	LedgerCSV    LedgerFormat = "csv"    // RFC 4180, with a header, UTF-8
	LedgerNDJSON LedgerFormat = "ndjson" // a JSON object a line
)

// Ledger is what WriteLedger needs of the store.
type Ledger interface {
	// LedgerPage gives what became of the rows after one, and with which row the page
	// ends; 0: the ledger has ended.
	LedgerPage(ctx context.Context, im *rollcall.Import, after int64, outcomes []rollcall.Outcome) ([]rollcall.LedgerEntry, int64, error)
}

// ledgerFields are the columns of a ledger.
var ledgerFields = []string{"row", "outcome", "code", "message", "contactId", "uniqueId", "duplicateOfRow", "duplicateOf", "dncList"}

// WriteLedger writes what became of each row of an import, a page at a time; with
// outcomes, only of rows that ended so.
func WriteLedger(ctx context.Context, out io.Writer, store Ledger, im *rollcall.Import, format LedgerFormat, outcomes []rollcall.Outcome) error {
	w := bufio.NewWriterSize(out, 64<<10)
	line := appendCSVEntry
	if format == LedgerNDJSON {
		line = appendJSONEntry
	} else {
		_, _ = w.WriteString(strings.Join(ledgerFields, ",") + "\r\n") // an error stays until the flush
	}
	var b []byte
	for after := int64(0); ; {
		entries, last, err := store.LedgerPage(ctx, im, after, outcomes)
		if err != nil {
			return err
		}
		if last == 0 {
			return w.Flush()
		}
		for i := range entries {
			b = line(b[:0], &entries[i])
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		after = last
	}
}

func appendCSVEntry(b []byte, e *rollcall.LedgerEntry) []byte {
	b = strconv.AppendInt(b, e.Row, 10)
	for _, s := range []string{string(e.Outcome), e.Code, e.Message, e.ContactID, plainCell(e.UniqueID), numberOrNone(e.DuplicateOfRow), e.DuplicateOf, plainCell(e.DNCList)} {
		b = append(b, ',')
		if strings.ContainsAny(s, ",\"\r\n") {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		b = append(b, s...)
	}
	return append(b, "\r\n"...)
}

// plainCell makes a text that a spreadsheet would take for a formula one that it
// takes for text.
func plainCell(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

func numberOrNone(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func appendJSONEntry(b []byte, e *rollcall.LedgerEntry) []byte {
	b = append(b, `{"row":`...)
	b = strconv.AppendInt(b, e.Row, 10)
	for _, f := range []struct{ name, value string }{
		{"outcome", string(e.Outcome)}, {"code", e.Code}, {"message", e.Message}, {"contactId", e.ContactID}, {"uniqueId", e.UniqueID},
	} {
		if f.value != "" {
			b = append(append(append(b, `,"`...), f.name...), `":`...)
			b = appendJSON(b, f.value)
		}
	}
	if e.DuplicateOfRow != 0 {
		b = strconv.AppendInt(append(b, `,"duplicateOfRow":`...), e.DuplicateOfRow, 10)
	}
	if e.DuplicateOf != "" {
		b = appendJSON(append(b, `,"duplicateOf":`...), e.DuplicateOf)
	}
	if e.DNCList != "" {
		b = appendJSON(append(b, `,"dncList":`...), e.DNCList)
	}
	return append(b, "}\n"...)
}
