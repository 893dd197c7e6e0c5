package ingest

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"rollcall"
	"rollcall/phone"
)

// The codes of rejects, besides those of package phone. They are stable: people
// sort their bad rows by them.
const (
	CodeNotUTF8        = "not_utf8"
	CodeNULByte        = "nul_byte"
	CodeQuoteNotClosed = "quote_not_closed"
	CodeRowTooLong     = "row_too_long"
	CodeTooManyCells   = "too_many_cells"
	CodeFieldTooLong   = "field_too_long"
	CodeExtraTooLarge  = "extra_too_large"
)

// maxRawOfLong is how much is kept of a row that is too long to be kept.
const maxRawOfLong = 1000

// refusal says why a row cannot become a contact. It never holds anything of the
// row, which is personal data.
type refusal struct{ code, message string }

var (
	notUTF8        = &refusal{CodeNotUTF8, "The row holds bytes that are not UTF-8, as the rest of the file is."}
	nulByte        = &refusal{CodeNULByte, "The row holds a NUL byte; the file was damaged, or written by a faulty program."}
	quoteNotClosed = &refusal{CodeQuoteNotClosed, `A quote at the start of a cell is never closed; close it, or double it ("") if it belongs to the text.`}
	rowTooLong     = &refusal{CodeRowTooLong, "The row has more than 1 MiB; only its beginning is kept here."}
	extraTooLarge  = &refusal{CodeExtraTooLarge, fmt.Sprintf("The columns besides the mapped ones hold more than %d bytes.", rollcall.MaxExtraBytes)}
)

func tooManyCells(cells, columns int) *refusal {
	return &refusal{CodeTooManyCells, fmt.Sprintf("The row has %d cells, but there are %d columns; a cell that holds the delimiter needs quotes.", cells, columns)}
}

func fieldTooLong(f rollcall.Field, n int) *refusal {
	return &refusal{CodeFieldTooLong, fmt.Sprintf("The %s has %d bytes; at most %d are allowed.", f, n, rollcall.MaxFieldBytes)}
}

// phoneRefusal passes on what the phone package says.
func phoneRefusal(err error) *refusal {
	if e, ok := errors.AsType[*phone.Error](err); ok {
		return &refusal{e.Code, e.Message}
	}
	// Not reachable while the parser keeps its word; a row is rejected all the same.
	return &refusal{phone.CodeNotInPlan, "The phone number is not valid."}
}

// damage tells what is wrong with a record before any cell is looked at. Texts
// that are known to be sound as a whole are not looked through again.
func damage(f fault, raw []byte, sound bool) *refusal {
	switch {
	case f == faultLong:
		return rowTooLong
	case f == faultQuote:
		return quoteNotClosed
	case sound:
		return nil
	case hasNUL(raw):
		return nulByte
	case !utf8.Valid(raw):
		return notUTF8
	}
	return nil
}
