package ingest

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// findHeader tells whether the first record names the columns of the records after
// it, and whether one of its cells is a name that is known.
//
// It does not where it holds a phone number, or another long number. Without a known
// name it does not either where a cell is what its column holds: the row would
// vanish as a header. The opposite mistake, a header that becomes one rejected row,
// can be seen. Any other first row is taken for a header, and a warning says so.
func findHeader(first []string, rows [][]string) (header, known bool) {
	switch {
	case exportedTable.wrote(first), isRejectsFile(first):
		return true, true // whatever the names of its further columns
	case slices.ContainsFunc(first, looksLikeNumber):
		return false, false
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(row []string) bool { return slices.Equal(row, first) }) // files that were joined
	columns := newJudge("").columns(&Format{Columns: first, sample: rows})
	alike := false
	for i := range columns {
		cell := strings.TrimSpace(first[i])
		if isKnownName(cell) && !columns[i].distinct[cell] { // "email" may be a way to reach people, too
			return true, true
		}
		alike = alike || columns[i].resembles(cell)
	}
	return !alike, false
}

// resembles tells whether a cell is of the kind that its column holds.
func (c *content) resembles(cell string) bool {
	switch {
	case c.most(c.emails):
		return emailForm.MatchString(cell)
	case c.most(c.zones):
		return zoneForm.MatchString(cell)
	case c.phones(), c.most(c.numbers()) && !c.counts():
		return cell == "" || numberForm.MatchString(cell)
	case c.most(c.countries):
		return c.distinct[cell] // "CC" is a country too
	}
	return false
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
