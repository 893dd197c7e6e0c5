package ingest

import (
	"regexp"
	"strings"
	"time"
)

// hasHeader tells whether the first record names the columns: unless it holds a
// phone number, or another long number, it does.
//
// A first row without a number is thus taken for a header even where it is none.
// That loses no row silently: no field is found by such names, and the message
// that asks for the phone number's column lists them. The opposite mistake, a
// header that becomes one rejected row among others, would go unseen.
func hasHeader(first []string) bool {
	if exportedTable.wrote(first) {
		return true // whatever the names of its further columns
	}
	for _, name := range first {
		if looksLikeNumber(name) {
			return false
		}
	}
	return true
}

// numberForm is how phone numbers and other long numbers are written, also by a
// spreadsheet that has lost their last digits (9.19877E+11).
var numberForm = regexp.MustCompile(`^(?:[+(]*[0-9][0-9 ().\x{a0}-]*|[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,2})$`)

// dateForms are dates that a spreadsheet puts over a column ("2026-11-02"). They
// have as many digits as a short phone number.
var dateForms = []string{time.DateOnly, "02.01.2006", "02-01-2006", "01-02-2006", "2006.01.02"}

// looksLikeNumber tells whether a cell is a phone number, or some other number
// too long to name a column.
func looksLikeNumber(s string) bool {
	s = withoutApostrophe(strings.TrimSpace(s))
	if len(s) > 64 || !numberForm.MatchString(s) || isDate(s) {
		return false
	}
	return countDigits(s) >= 7 || strings.ContainsAny(s, "eE")
}

// onlyNumber is the one column whose first cell looks like a phone number, or -1
// when there are none or several. It stands for a name in a file without header.
func onlyNumber(first []string) int {
	found := -1
	for i, s := range first {
		if looksLikeNumber(s) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// isDate tells whether a cell is a date as a spreadsheet writes it.
func isDate(s string) bool {
	for _, form := range dateForms {
		if len(s) == len(form) {
			if _, err := time.Parse(form, s); err == nil {
				return true
			}
		}
	}
	return false
}

func countDigits(s string) int {
	digits := 0
	for _, b := range []byte(s) {
		if b >= '0' && b <= '9' {
			digits++
		}
	}
	return digits
}
