package rollcall

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"rollcall/phone"
)

// MaxExtraFilters is how many fields besides the mapped ones a filter may name.
const MaxExtraFilters = 20

// ContactFilter says which contacts of a list are wanted: those that fit all of
// it. The zero value takes every contact.
type ContactFilter struct {
	PhoneNumber string              // any spelling of the number; empty: any number
	Fields      map[Field]TextMatch // the other mapped fields
	Extra       []ExtraMatch        // fields besides the mapped ones
	Search      string              // a part of the name, the own id or the number; empty: any
	ImportID    string              // an import into the list; empty: any
	Outcome     Outcome             // of the import's rows: added, updated or unchanged; empty: added
}

// MatchKind is how a text is compared.
type MatchKind int8

// The kinds of match.
const (
	MatchExact MatchKind = iota
	MatchPrefix
	MatchContains
)

// TextMatch is what the text of a field has to be. A field that a contact does
// not have counts as an empty text. A prefix or a part that is empty takes every
// text that is not.
type TextMatch struct {
	Kind MatchKind
	Text string
}

// ExtraMatch is what the value of a field besides the mapped ones has to be: its
// text, where it is a string, else the value as JSON.
type ExtraMatch struct{ Name, Value string }

// ParseTextMatch reads a match as callers write it: with a * at its end it is a
// prefix, with one at each end a part, else the whole text.
func ParseTextMatch(field, s string) (TextMatch, error) {
	text, open := strings.CutSuffix(s, "*")
	inner, starts := strings.CutPrefix(text, "*")
	switch {
	case open && starts:
		return TextMatch{Kind: MatchContains, Text: inner}, nil
	case open:
		return TextMatch{Kind: MatchPrefix, Text: text}, nil
	case starts:
		return TextMatch{}, Invalid(field, "A * may stand at the end of the text, or at both ends.")
	}
	return TextMatch{Kind: MatchExact, Text: s}, nil
}

// Folded tells whether a field is compared without regard to case: names are, by
// NameKey. Ids, time zones and priorities are compared as they stand.
func (f Field) Folded() bool { return f == FieldFirstName || f == FieldLastName }

func (m TextMatch) takes(value string) bool {
	switch {
	case m.Kind != MatchExact && m.Text == "":
		return value != ""
	case m.Kind == MatchPrefix:
		return strings.HasPrefix(value, m.Text)
	case m.Kind == MatchContains:
		return strings.Contains(value, m.Text)
	}
	return value == m.Text
}

// Validate holds the filter against the rules, and tells all that is wrong at
// once. What depends on the list is found out by Matcher.
func (f *ContactFilter) Validate() error {
	errs := []error{checkFilterText("phoneNumber", f.PhoneNumber), checkFilterText("search", f.Search), checkFilterText("importId", f.ImportID)}
	for field, m := range f.Fields {
		errs = append(errs, checkFilterText(string(field), m.Text))
	}
	for _, e := range f.Extra {
		name := "extra." + e.Name
		errs = append(errs, checkFilterText(name, e.Name), checkFilterText(name, e.Value))
		if _, mapped := ParseField(e.Name); mapped || e.Name == "" {
			errs = append(errs, Invalid(name, "After extra. stands the name of a field besides the mapped ones; a mapped field is named without it."))
		}
	}
	if len(f.Extra) > MaxExtraFilters {
		errs = append(errs, Invalid("extra", fmt.Sprintf("A filter may name at most %d fields besides the mapped ones.", MaxExtraFilters)))
	}
	switch {
	case f.Outcome != "" && f.ImportID == "":
		errs = append(errs, Invalid("outcome", "The outcome is that of an import's rows; give the importId too."))
	case f.Outcome != "" && f.Outcome != OutcomeAdded && f.Outcome != OutcomeUpdated && f.Outcome != OutcomeUnchanged:
		errs = append(errs, Invalid("outcome", `The outcome must be one of "added", "updated", "unchanged": other rows became no contact.`))
	}
	return errors.Join(errs...)
}

func checkFilterText(field, s string) error {
	switch {
	case len(s) > MaxFieldBytes:
		return Invalid(field, fmt.Sprintf("A text to look for may have at most %d bytes.", MaxFieldBytes))
	case !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0:
		return Invalid(field, "The text to look for is not UTF-8, or holds the character U+0000.")
	}
	return nil
}

// ContactMatcher is a filter made ready for the contacts of one list. Which rows
// of which import made a contact is not its business.
type ContactMatcher struct {
	Number phone.Number // 0: any
	Fields map[Field]TextMatch
	Extra  []ExtraMatch
	Search string // folded by NameKey
	Digits string // of Search, where it looks like a part of a number; else empty
}

// Matcher makes the filter ready. The number is read by the list's rule; what
// that refuses is read by the form alone, since the list may hold numbers from
// before its rule.
func (f *ContactFilter) Matcher(l *ContactList) (*ContactMatcher, error) {
	m := &ContactMatcher{Fields: map[Field]TextMatch{}, Extra: f.Extra, Search: NameKey(f.Search), Digits: digitsOf(f.Search)}
	for field, match := range f.Fields {
		if field.Folded() {
			match.Text = NameKey(match.Text)
		}
		m.Fields[field] = match
	}
	if f.PhoneNumber == "" {
		return m, nil
	}
	n, err := l.ParseNumber(f.PhoneNumber)
	if err != nil {
		byForm := ContactList{PhoneRule: phone.RuleE164, Region: l.Region}
		var formErr error
		if n, formErr = byForm.ParseNumber(f.PhoneNumber); formErr != nil {
			return nil, err
		}
	}
	m.Number = n
	return m, nil
}

// digitsOf gives the digits of what may be a part of a number; empty for what is
// none.
func digitsOf(s string) string {
	var digits []byte
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits = append(digits, c)
		case strings.IndexByte("+-.()/ ", c) < 0:
			return ""
		}
	}
	return string(digits)
}

// Any tells that the matcher takes every contact.
func (m *ContactMatcher) Any() bool {
	return m.Number == 0 && len(m.Fields) == 0 && len(m.Extra) == 0 && m.Search == ""
}

// Takes tells whether a contact fits.
func (m *ContactMatcher) Takes(c *Contact) bool {
	if m.Number != 0 && m.Number != c.Phone {
		return false
	}
	for f, match := range m.Fields {
		value := c.Mapped(f).Value
		if f.Folded() {
			value = NameKey(value)
		}
		if !match.takes(value) {
			return false
		}
	}
	return m.takesSearch(c) && m.takesExtra(c)
}

// takesSearch looks in the first and the last name with a space between, so that
// a whole name is found too.
func (m *ContactMatcher) takesSearch(c *Contact) bool {
	return m.Search == "" ||
		strings.Contains(NameKey(c.FirstName.Value+" "+c.LastName.Value), m.Search) ||
		strings.Contains(NameKey(c.UniqueID.Value), m.Search) ||
		m.Digits != "" && strings.Contains(c.Phone.String(), m.Digits)
}

func (m *ContactMatcher) takesExtra(c *Contact) bool {
	if len(m.Extra) == 0 {
		return true
	}
	names, values := extraMembers(c.Extra)
	for _, want := range m.Extra {
		fits := false
		for i, name := range names {
			fits = fits || name == want.Name && ExtraText(values[i]) == want.Value
		}
		if !fits {
			return false
		}
	}
	return true
}

// ExtraText is the text of a value of Contact.Extra: of a string what it says, of
// anything else its JSON.
func ExtraText(value []byte) string {
	var s string
	if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}
