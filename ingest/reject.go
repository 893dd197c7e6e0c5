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
	CodeNotUTF8         = "not_utf8"
	CodeNULByte         = "nul_byte"
	CodeQuoteNotClosed  = "quote_not_closed"
	CodeRowTooLong      = "row_too_long"
	CodeTooManyCells    = "too_many_cells"
	CodeFieldTooLong    = "field_too_long"
	CodeExtraTooLarge   = "extra_too_large"
	CodeJSONBroken      = "json_broken"
	CodeJSONNotObject   = "json_not_object"
	CodeUniqueIDMissing = "unique_id_missing" // of an import that matches by own id
	CodeNotImported     = "not_imported"      // a good row of a file that is refused as a whole
)

// notImported is what the ledger says of the good rows of a refused file.
const notImported = "The row is good, but too many others are not, and nothing of the file was imported."

// CodeTimeZoneUnknown is the remark on a row whose time zone the tz database does
// not know. The row is good all the same.
const CodeTimeZoneUnknown = rollcall.ReasonTimeZoneUnknown

var timeZoneUnknown = &rollcall.Remark{Code: CodeTimeZoneUnknown, Message: "The row's time zone is not in the tz database; it is kept with the contact, whose own time zone is the one that its number allows, or unknown."}

// maxRawOfLong is how much is kept of a row that is too long to be kept.
const maxRawOfLong = 1000

// refusal says why a row cannot become a contact. It never holds anything of the
// row, which is personal data.
type refusal struct{ code, message string }

var (
	notUTF8         = &refusal{CodeNotUTF8, "The row holds bytes that are no characters of the file's encoding; the file was damaged, or a character was cut."}
	stillDamaged    = &refusal{CodeNotUTF8, "The row still has the sign U+FFFD where bytes of it were lost; write there what belongs there."}
	nulByte         = &refusal{CodeNULByte, "The row holds a NUL byte; the file was damaged, or written by a faulty program."}
	quoteNotClosed  = &refusal{CodeQuoteNotClosed, `A quote at the start of a cell is never closed; close it, or double it ("") if it belongs to the text.`}
	rowTooLong      = &refusal{CodeRowTooLong, "The row has more than 1 MiB; only its beginning is kept here."}
	jsonBroken      = &refusal{CodeJSONBroken, "The line is not valid JSON; a whole object must stand on one line."}
	jsonNotObject   = &refusal{CodeJSONNotObject, `The row is JSON, but no object with names and values, as in {"phone": "+1 415 555 0123"}.`}
	uniqueIDMissing = &refusal{CodeUniqueIDMissing, "The row has no id of its own, by which the rows of this import are matched."}
	extraTooLarge   = &refusal{CodeExtraTooLarge, fmt.Sprintf("The columns besides the mapped ones hold more than %d bytes.", rollcall.MaxExtraBytes)}
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

// told is what the reader of JSON has to say about a row, by its code.
func told(code string) *refusal {
	for _, why := range []*refusal{rowTooLong, notUTF8, jsonNotObject} {
		if why.code == code {
			return why
		}
	}
	return jsonBroken
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
