package rollcall

import (
	"time"

	"rollcall/phone"
)

// MaxContactsPerCall is how many contacts one addContacts call may carry.
const MaxContactsPerCall = 50_000

// MaxFieldBytes is the longest value of one mapped field of a contact, in bytes.
const MaxFieldBytes = 1024

// MaxExtraBytes is the most that a contact's fields besides the mapped ones may
// take, in bytes of JSON.
const MaxExtraBytes = 16 << 10

// Field is one of the six fields of a contact that have a meaning to Rollcall,
// by its name on the wire.
type Field string

// The mapped fields (contract, section 2, "mapping").
const (
	FieldFirstName       Field = "firstName"
	FieldLastName        Field = "lastName"
	FieldPhoneNumber     Field = "phoneNumber"
	FieldTimeZone        Field = "timeZone"
	FieldUniqueID        Field = "uniqueId"
	FieldContactPriority Field = "contactPriority"
)

// Fields are the mapped fields in the order of the contract.
func Fields() []Field {
	return []Field{FieldFirstName, FieldLastName, FieldPhoneNumber, FieldTimeZone, FieldUniqueID, FieldContactPriority}
}

// ParseField reads a mapped field's name.
func ParseField(s string) (Field, bool) {
	for _, f := range Fields() {
		if string(f) == s {
			return f, true
		}
	}
	return "", false
}

// Text is a value that may be absent: what was not given is not given back.
type Text struct {
	Value string
	Given bool
}

// Given makes a present Text.
func Given(s string) Text { return Text{Value: s, Given: true} }

// Contact is one row of a contact list.
type Contact struct {
	Seq             int64 // its place in the list, from 1; never used twice
	Phone           phone.Number
	PhoneSent       string // the spelling that was sent
	FirstName       Text
	LastName        Text
	TimeZone        Text
	UniqueID        Text
	ContactPriority Text
	// Extra is a JSON object with every other field in the order sent, and with
	// those mapped fields that were not sent as strings, in their own type;
	// empty when there are none.
	Extra     string
	EnteredBy string // of an entry of a DNC list: u-…, who entered it as it is; the store fills it in
	Revision  int64  // 1 for a new contact; grows with each change
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Mapped gives the place of a mapped field other than the phone number.
func (c *Contact) Mapped(f Field) *Text {
	switch f {
	case FieldFirstName:
		return &c.FirstName
	case FieldLastName:
		return &c.LastName
	case FieldTimeZone:
		return &c.TimeZone
	case FieldUniqueID:
		return &c.UniqueID
	case FieldContactPriority:
		return &c.ContactPriority
	}
	return nil
}

// ContactPage says which contacts of a list are wanted. After, a contact's
// sequence, costs the same at any depth; Skip does not.
type ContactPage struct {
	After int64 // only contacts with a larger sequence
	Skip  int64
	Limit int // 1–1000
}

// Added says what became of the contacts of one addContacts call.
type Added struct {
	Received   int
	Added      int
	Updated    int // entries of a DNC list that were there, and say more now
	Duplicates int
	Erased     []int // the places of those that were left out because their person was erased; see NumberErased
}

// MaxContactsPerDelete is how many contacts one call may delete by id.
const MaxContactsPerDelete = 10_000

// Deleted says what became of the contacts that one call was to delete.
type Deleted struct {
	Matched   int64    // how many the filter took; 0 where contacts were named by id
	Deleted   int64    // how many are gone, durably
	NotFound  []string // the ids that no contact of the list has
	Remaining bool     // the time for the call ended before all were dealt with
}
