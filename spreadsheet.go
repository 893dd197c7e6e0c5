package rollcall

import (
	"strings"
	"unicode/utf8"
)

// formulaStarts are the characters at the start of a cell that make a spreadsheet
// take it for a formula or a command, or that it passes over before it looks (OWASP,
// "CSV Injection"); the full-width ones do so where such are written.
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// NeutraliseCell gives a text that a spreadsheet shows as text: where it would be
// taken for a formula, an apostrophe stands before it. So that RestoreCell can give
// back every text, one that has apostrophes before such a start gets another.
func NeutraliseCell(s string) string {
	if startsFormula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// RestoreCell takes off the apostrophe that NeutraliseCell put before a text.
func RestoreCell(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && startsFormula(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return s
}

// NeutralisePhone is NeutraliseCell for a column of phone numbers. A plus, digits
// and separators stay as they are: the worst that a spreadsheet makes of "+1-415"
// is a sum of its own digits, which calls no function, reads no other cell and runs
// no program, and a number behind an apostrophe is none to a program that reads the
// file. Everything else is treated as in any column.
func NeutralisePhone(s string) string {
	if strings.HasPrefix(s, "+") && digitsOf(s) != "" {
		return s
	}
	return NeutraliseCell(s)
}

func startsFormula(s string) bool {
	first, size := utf8.DecodeRuneInString(s)
	return size > 0 && strings.ContainsRune(formulaStarts, first)
}
