package rollcall

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/callhours"
	"rollcall/phone"
)

// ContactChange is what an update of one contact changes. What it does not name
// stays as it is.
type ContactChange struct {
	PhoneSent *string        // a spelling of the new number; nil: the number stays
	Fields    map[Field]Text // the other mapped fields; a Text that is not given removes the field
	// Extra is a JSON object in the form of Contact.Extra: the members to set, among
	// them those mapped fields that were not sent as strings. Empty: none.
	Extra  string
	Remove []string // names of members of Contact.Extra to remove
}

// Change applies an update to a contact of a list, and tells whether it changed
// anything. A new number obeys the list's rule and region; that it is free in the
// list is the store's to see. On an error the contact may be half changed, and is
// to be dropped.
func (c *Contact) Change(ch ContactChange, l *ContactList) (changed bool, err error) {
	before := *c
	for f, text := range ch.Fields {
		*c.Mapped(f) = text
	}
	c.changeExtra(ch)
	var tooLarge error
	if len(c.Extra) > MaxExtraBytes {
		tooLarge = &Error{Code: CodeTooLarge, Message: fmt.Sprintf("The fields besides the mapped ones would take more than %d bytes of JSON; remove some.", MaxExtraBytes)}
	}
	var badZone error
	if l.Type != ListDNC && c.TimeZone != before.TimeZone {
		badZone = CheckTimeZone(c.TimeZone.Value)
	}
	if err := errors.Join(c.changeNumber(ch.PhoneSent, l), badZone, tooLarge); err != nil {
		return false, err
	}
	if l.Type == ListDNC {
		if err := c.CheckEntry(); err != nil {
			return false, err
		}
	}
	return *c != before, nil
}

// changeNumber gives the contact another number. The spelling that it has is not
// checked again: whoever sends a contact back as it came must not fail because the
// list's rule became stricter.
func (c *Contact) changeNumber(sent *string, l *ContactList) error {
	if sent == nil || *sent == c.PhoneSent {
		return nil
	}
	n, err := l.ParseNumber(*sent)
	if err != nil {
		return err
	}
	c.Phone, c.PhoneSent = n, *sent
	return nil
}

// CheckTimeZone refuses a time zone that the IANA database does not have: whoever it was
// meant for would be called by another clock. Blank is none.
func CheckTimeZone(name string) error {
	if strings.TrimSpace(name) == "" {
		return nil
	}
	if _, err := callhours.LoadZone(name); err != nil {
		return &Error{Code: CodeInvalid, Reason: ReasonTimeZoneUnknown, Field: string(FieldTimeZone), Message: "The timeZone must be a name of the IANA database, such as Europe/Berlin."}
	}
	return nil
}

// ParseNumber reads a spelling by the list's rule and region. The error names the
// field phoneNumber, with the phone package's code as its reason.
func (l *ContactList) ParseNumber(sent string) (phone.Number, error) {
	parser, err := phone.NewParser(l.PhoneRule, l.Region)
	if err != nil {
		return 0, err
	}
	parse := parser.Parse
	if l.Type == ListDNC {
		parse = func(sent string) (phone.Number, error) { return ParseEntryNumber(parser, sent) }
	}
	n, err := parse(sent)
	if e, ok := errors.AsType[*phone.Error](err); ok {
		return 0, &Error{Code: CodeInvalid, Reason: e.Code, Field: string(FieldPhoneNumber), Message: e.Message}
	}
	return n, err
}

// NumberTaken says that another contact of the list has the number.
func NumberTaken() *Error {
	e := Conflict(ReasonNumberTaken, "Another contact of the list has this phone number; change or delete that one, or let the list allow duplicates.")
	e.Field = string(FieldPhoneNumber)
	return e
}

// changeExtra sets and removes members. A mapped field that was sent as a number
// before, and is a text now or gone, must not be given back as the number.
func (c *Contact) changeExtra(ch ContactChange) {
	gone := slices.Clone(ch.Remove)
	for f := range ch.Fields {
		gone = append(gone, string(f))
	}
	if ch.PhoneSent != nil {
		gone = append(gone, string(FieldPhoneNumber))
	}
	set, _ := extraMembers(ch.Extra)
	gone = slices.DeleteFunc(gone, func(name string) bool { return slices.Contains(set, name) })
	c.Extra = removeExtra(c.Extra, gone)
	if ch.Extra != "" {
		c.Extra = mergeExtra(c.Extra, ch.Extra, false)
	}
}

// removeExtra gives an object without some of its members. Where it has none of
// them, it stays as it was written.
func removeExtra(object string, gone []string) string {
	if object == "" || len(gone) == 0 {
		return object
	}
	names, values := extraMembers(object)
	keptNames, keptValues := make([]string, 0, len(names)), make([]json.RawMessage, 0, len(names))
	for i, name := range names {
		if !slices.Contains(gone, name) {
			keptNames, keptValues = append(keptNames, name), append(keptValues, values[i])
		}
	}
	if len(keptNames) == len(names) {
		return object
	}
	return joinExtra(keptNames, keptValues)
}
