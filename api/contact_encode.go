package api

import "rollcall"

// contact is a contact on the wire, for the API reference: appendContact writes
// it by hand.
type contact struct {
	ID              string      `json:"_id" example:"cc-3f0a1c52-7b64-8e21-8000-00000000002a" doc:"Unique identifier of the contact."`
	CreatedAt       timestamp   `json:"createdAt"`
	UpdatedAt       timestamp   `json:"updatedAt"`
	PhoneNumber     phoneNumber `json:"phoneNumber"`
	FirstName       fieldSent   `json:"firstName,omitempty"`
	LastName        fieldSent   `json:"lastName,omitempty"`
	TimeZone        fieldSent   `json:"timeZone,omitempty"`
	UniqueID        fieldSent   `json:"uniqueId,omitempty"`
	ContactPriority fieldSent   `json:"contactPriority,omitempty"`
}

// isOurs tells the names that the server gives a contact itself. A field of that
// name that a client sent is kept but not given back: an object must not hold a
// name twice, and a client's "_id" must not pass for the contact's.
func isOurs(name []byte) bool {
	switch string(name) {
	case "_id", "createdAt", "updatedAt":
		return true
	}
	return false
}

// appendContact appends a contact as JSON: each field that was given, in the
// type in which it was sent, under its name once.
func appendContact(b []byte, space int64, c *rollcall.Contact) []byte {
	b = append(append(b, `{"_id":"`...), rollcall.ContactID(space, c.Seq)...)
	b = appendTimestamp(append(b, `","createdAt":"`...), c.CreatedAt)
	b = append(appendTimestamp(append(b, `","updatedAt":"`...), c.UpdatedAt), '"')
	extra := []byte(c.Extra)
	typed := typedFields(extra)
	for i, f := range fieldNames {
		text := rollcall.Given(c.PhoneSent)
		if i != atPhoneNumber {
			text = *c.Mapped(f)
		}
		if text.Given && !typed[i] {
			b = append(append(append(b, `,"`...), f...), `":`...)
			b = appendString(b, text.Value)
		}
	}
	return append(appendExtra(b, extra), '}')
}

// typedFields tells the mapped fields that the extra fields hold in another type
// than text: those win over their text.
func typedFields(extra []byte) (typed [mappedFields]bool) {
	if len(extra) == 0 {
		return typed
	}
	for name := range members(extra) {
		if i := mappedField(name); i >= 0 {
			typed[i] = true
		}
	}
	return typed
}

func appendExtra(b, extra []byte) []byte {
	if len(extra) == 0 {
		return b
	}
	for name, value := range members(extra) {
		if isOurs(name) {
			continue
		}
		b = append(append(append(b, `,"`...), name...), `":`...)
		b = append(b, value...)
	}
	return b
}
