package rollcall

import (
	"fmt"
	"strings"
	"time"

	"rollcall/phone"
)

// Person names who is to be erased from every list of an account: by a number, or by
// an own id, with which go all the numbers of the contacts that have it. Exactly one
// of the two is set.
type Person struct {
	Phone    phone.Number
	UniqueID string
}

// Validate tells what is wrong with a person: none of the two is given, or both.
func (p *Person) Validate() error {
	switch {
	case p.Phone <= 0 && p.UniqueID == "":
		return Invalid(string(FieldPhoneNumber), "Give the phoneNumber or the uniqueId of who is to be erased.")
	case p.Phone != 0 && p.UniqueID != "":
		return Invalid(string(FieldUniqueID), "Give either the phoneNumber or the uniqueId, not both.")
	case len(p.UniqueID) > MaxFieldBytes:
		return Invalid(string(FieldUniqueID), fmt.Sprintf("The uniqueId is longer than %d bytes, which no contact's is.", MaxFieldBytes))
	case strings.IndexByte(p.UniqueID, 0) >= 0:
		return Invalid(string(FieldUniqueID), "The uniqueId holds the character U+0000, which no contact's does.")
	}
	return nil
}

// Erased says what one call that erases a person found and removed. Of a person who
// was erased before, everything is 0 but Numbers.
type Erased struct {
	Numbers    int          // numbers of the person that are suppressed now
	Contacts   int64        // removed from contact lists, of all applications
	Lists      []ErasedList // of the caller's application, from which contacts or entries were removed
	OtherLists int          // how many lists of other applications that concerned
	DNCEntries int64        // removed from DNC lists
	History    int64        // entries that DNC lists had held earlier, removed from what is remembered of them
	Kept       int64        // contacts that were kept for the undo of an import, removed or blanked
	Runs       int          // runs of campaigns whose record of the person was blanked
	Attempts   int64        // attempts to reach the person that were blanked
	Remaining  bool         // the time for the call ended before all was done; to be asked for again
}

// ErasedList is a list from which an erasure removed contacts.
type ErasedList struct {
	ID       string
	Name     string
	Contacts int64
}

// Erasure is a number that stays suppressed after its person was erased. What the
// number is, nobody can tell from it: Hash is keyed, and the key is not in the
// database.
type Erasure struct {
	Hash int64 // 63 bits
	At   time.Time
	By   string // u-…: who erased
}

// ID is what an erasure is named by: er- and its hash, hexadecimal. The same number of
// the same account has the same id each time.
func (e *Erasure) ID() string { return fmt.Sprintf("%s%016x", PrefixErasure, e.Hash) }

// CodeErased is the code of a contact or of a row that was left out because its person
// was erased, and the reason of the error where it is the call as a whole.
const CodeErased = "erased"

// NumberErased says that a number may not come into a list because its person was
// erased.
func NumberErased(into ListType) *Error {
	e := Conflict(CodeErased, "The person with this number was erased; the number stays suppressed, and cannot come into a list until that is lifted.")
	if into == ListDNC {
		e.Message = "The person with this number was erased; no campaign calls it, so that it needs no entry, and an entry would keep the number."
	}
	e.Field = string(FieldPhoneNumber)
	return e
}

// Anonymous is an attempt without what might tell of the person: its outcome, the
// agent's codes and its duration stay, for the counts.
func (a Attempt) Anonymous() Attempt {
	a.SessionID, a.Status, a.Detail = "", "", ""
	return a
}
