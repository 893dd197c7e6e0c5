package ingest

import (
	"slices"
	"strings"
	"unicode"

	"rollcall"
)

// synonyms are the names that people give to our fields, bare, the likeliest
// first: where a file has several, the first in this order is taken.
var synonyms = map[rollcall.Field][]string{
	rollcall.FieldPhoneNumber: {
		"phone", "mobile", "mobilephone", "mobilenumber", "mobileno", "cell", "cellphone", "cellnumber",
		"telephone", "telephonenumber", "tel", "telno", "phoneno", "msisdn", "contactnumber", "contactphone",
		"primaryphone", "number", "phone1", "homephone", "workphone", "businessphone",
	},
	rollcall.FieldFirstName: {"first", "givenname", "given", "forename", "fname"},
	rollcall.FieldLastName:  {"last", "surname", "familyname", "family", "lname"},
	rollcall.FieldTimeZone:  {"tz", "timezonename", "timezoneid"},
	rollcall.FieldUniqueID: {
		"id", "uid", "uuid", "customerid", "externalid", "contactid", "recordid", "clientid", "customernumber",
	},
	rollcall.FieldContactPriority: {"priority"},
}

// bare is a name without what people vary: case, blanks, punctuation.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// misspelt is the distance of a name that is only nearly that of a field.
const misspelt = 1000

// distance tells how far a column's name is from a field's: 0 for the same, -1
// for something else.
func distance(f rollcall.Field, column string) int {
	if column == string(f) {
		return 0
	}
	name, own := bare(column), bare(string(f))
	if name == own {
		return 1
	}
	if i := slices.Index(synonyms[f], name); i >= 0 {
		return 2 + i
	}
	if nearly(name, own) {
		return misspelt
	}
	for i, synonym := range synonyms[f] {
		if nearly(name, synonym) {
			return misspelt + 1 + i
		}
	}
	return -1
}

// nearly tells whether a name is a misspelling of another: one slip, or two from
// ten letters on. Short names are too close to other words ("phone", "phase"), the
// first letter is seldom wrong ("mobile", "nobile"), and another digit means
// another column ("phone 1", "phone 2").
func nearly(name, right string) bool {
	const short, long = 6, 10
	a, b := []rune(name), []rune(right)
	if len(a) < short || len(b) < short || a[0] != b[0] || digitsOf(name) != digitsOf(right) {
		return false
	}
	slips := 1
	if len(b) >= long {
		slips = 2
	}
	return max(len(a)-len(b), len(b)-len(a)) <= slips && edits(a, b) <= slips
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// edits counts the letters to insert, leave out, replace or swap with their
// neighbour (optimal string alignment).
func edits(a, b []rune) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
