package api

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
)

// newContact is a contact in addContacts' body, for the API reference.
type newContact struct {
	PhoneNumber     phoneNumber `json:"phoneNumber"`
	FirstName       fieldGiven  `json:"firstName,omitempty"`
	LastName        fieldGiven  `json:"lastName,omitempty"`
	TimeZone        fieldGiven  `json:"timeZone,omitempty"`
	UniqueID        fieldGiven  `json:"uniqueId,omitempty"`
	ContactPriority fieldGiven  `json:"contactPriority,omitempty"`
}

// The places of the mapped fields in contactDecoder.mapped.
const (
	atFirstName = iota
	atLastName
	atPhoneNumber
	atTimeZone
	atUniqueID
	atContactPriority
	mappedFields
)

// mappedField gives the place of a mapped field, or -1.
func mappedField(name []byte) int {
	switch string(name) { // no copy is made for a switch
	case "firstName":
		return atFirstName
	case "lastName":
		return atLastName
	case "phoneNumber":
		return atPhoneNumber
	case "timeZone":
		return atTimeZone
	case "uniqueId":
		return atUniqueID
	case "contactPriority":
		return atContactPriority
	}
	return -1
}

// fieldNames are the mapped fields by place.
var fieldNames = rollcall.Fields()

// decodeContacts turns the array of an addContacts body, which checkJSON took,
// into contacts, or into entries of a DNC list. Every element becomes a contact or a rejection.
func decodeContacts(data []byte, parser *phone.Parser, entries bool) ([]rollcall.Contact, addedContacts) {
	var contacts []rollcall.Contact
	result := addedContacts{Rejected: []rejection{}}
	d := contactDecoder{parser: parser, entries: entries}
	for element := range elements(data) {
		c, bad := d.decode(element)
		if bad != nil {
			bad.Index = result.Received
			result.Rejected = append(result.Rejected, *bad)
		} else {
			contacts = append(contacts, c)
		}
		result.Received++
	}
	return contacts, result
}

// contactDecoder decodes contacts one after the other, in memory that it reuses.
type contactDecoder struct {
	parser  *phone.Parser
	entries bool                 // they are those of a DNC list
	mapped  [mappedFields][]byte // raw values; nil: not given
	names   [][]byte             // of the other fields, as JSON strings without quotes, in the order sent
	values  [][]byte
	places  map[string]int // of the names, once there are many
	extra   []byte
	zones   callhours.ZoneReader
}

// zone gives a time zone by its name in the tz database, and a text that names none as it is.
func (d *contactDecoder) zone(text string) string {
	return cmp.Or(d.zones.Name(text), text)
}

func (d *contactDecoder) decode(element []byte) (rollcall.Contact, *rejection) {
	if element[0] != '{' {
		return rollcall.Contact{}, reject("", "A contact must be a JSON object.")
	}
	if bad := d.split(element); bad != nil {
		return rollcall.Contact{}, bad
	}
	var c rollcall.Contact
	if bad := d.phone(&c); bad != nil {
		return c, bad
	}
	for i, value := range d.mapped {
		if i == atPhoneNumber || value == nil {
			continue
		}
		text, bad := d.text(fieldNames[i], value)
		if bad == nil && i == atTimeZone && !d.entries {
			text = d.zone(text)
			bad = rejectionOf(rollcall.CheckTimeZone(text))
		}
		if bad != nil {
			return c, bad
		}
		*c.Mapped(fieldNames[i]) = rollcall.Given(text)
	}
	bad := d.joinExtra(&c)
	if bad == nil && d.entries {
		bad = rejectionOf(c.CheckEntry())
	}
	return c, bad
}

func rejectionOf(err error) *rejection {
	if e, ok := errors.AsType[*rollcall.Error](err); ok {
		return &rejection{Field: e.Field, Code: e.Reason, Message: e.Message}
	}
	return nil
}

// phone reads the number.
func (d *contactDecoder) phone(c *rollcall.Contact) *rejection {
	if value := d.mapped[atPhoneNumber]; value != nil {
		sent, bad := numberText(value)
		if bad != nil {
			return bad
		}
		c.PhoneSent = sent
	}
	parse := d.parser.Parse
	if d.entries {
		parse = func(sent string) (phone.Number, error) { return rollcall.ParseEntryNumber(d.parser, sent) }
	}
	n, err := parse(c.PhoneSent)
	if err != nil {
		e, _ := errors.AsType[*phone.Error](err) // always one, says Parse
		return &rejection{Field: string(rollcall.FieldPhoneNumber), Code: e.Code, Message: e.Message}
	}
	c.Phone = n
	return nil
}

// numberText gives the spelling of a number: a string, or an integer whose digits
// are the number.
func numberText(value []byte) (sent string, bad *rejection) {
	switch {
	case value[0] == '"':
		sent = plainString(value)
	case isDigits(value):
		sent = string(value)
	default:
		return "", reject(rollcall.FieldPhoneNumber, "The phoneNumber must be a string, or a whole number written in digits only.")
	}
	if len(sent) > rollcall.MaxFieldBytes {
		return "", tooLong(rollcall.FieldPhoneNumber) // the parser passes over any amount of padding
	}
	return sent, nil
}

func isDigits(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < '0' || r > '9' })
}

// text gives the text of a mapped field: a string, or a number as it was written.
func (d *contactDecoder) text(f rollcall.Field, value []byte) (string, *rejection) {
	text := string(value)
	switch c := value[0]; {
	case c == '"':
		text = plainString(value)
	case c == '-' || c >= '0' && c <= '9':
	default:
		return "", reject(f, fmt.Sprintf("The %s must be a string or a number.", f))
	}
	switch {
	case len(text) > rollcall.MaxFieldBytes:
		return "", tooLong(f)
	case strings.IndexByte(text, 0) >= 0:
		return "", reject(f, fmt.Sprintf("The %s holds the character U+0000.", f))
	}
	return text, nil
}

func reject(f rollcall.Field, message string) *rejection {
	return &rejection{Field: string(f), Code: rollcall.ReasonInvalidField, Message: message}
}

func tooLong(f rollcall.Field) *rejection {
	return &rejection{Field: string(f), Code: string(rollcall.CodeTooLarge), Message: fmt.Sprintf("The %s has more than %d bytes.", f, rollcall.MaxFieldBytes)}
}

func tooMuchExtra() *rejection {
	return &rejection{Code: string(rollcall.CodeTooLarge), Message: fmt.Sprintf("The fields besides the mapped ones take more than %d bytes of JSON.", rollcall.MaxExtraBytes)}
}
