package rollcall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/phone"
)

// An entry of a DNC list is a [Contact]: its number, or a prefix of numbers, and in
// Extra what is known of it. These members have a meaning; all others are kept.
const (
	EntryReason  = "reason"    // why the number must not be called: text
	EntrySource  = "source"    // where the entry comes from: text
	EntryExpires = "expiresAt" // the entry blocks until then; absent: for ever. See ParseExpiry
)

// MaxLookup is how many numbers one look-up takes.
const MaxLookup = 10_000

// entryTime is how the expiry of an entry is kept (contract, section 1, "times").
const entryTime = "2006-01-02T15:04:05.000Z"

// expiryForms are how an expiry may be written. One without an offset is UTC.
// Days that could be read in two ways, such as 03/04/2027, are none of them.
var expiryForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}

// ParseExpiry reads when an entry ends: an ISO 8601 time, or a day, through the end
// of which (UTC) the entry blocks. A text that is neither is an error, never
// passed over: an entry without an end and one with another are different promises.
func ParseExpiry(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), nil
	}
	for _, form := range expiryForms {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC().Truncate(time.Millisecond), nil
		}
	}
	return time.Time{}, &Error{Code: CodeInvalid, Reason: ReasonExpiry, Field: EntryExpires,
		Message: "The expiry must be a day such as 2027-03-31, through which the entry blocks, or a time such as 2027-03-31T12:00:00Z."}
}

// CheckEntry holds a contact against the rules of entries, and brings its expiry
// into one form. Blank values of the members that have a meaning are taken out.
func (c *Contact) CheckEntry() error {
	if c.Extra == "" {
		return nil
	}
	names, values := extraMembers(c.Extra)
	changed := false
	for i := 0; i < len(names); i++ {
		name := names[i]
		if name != EntryReason && name != EntrySource && name != EntryExpires {
			continue
		}
		var text string
		if err := json.Unmarshal(values[i], &text); err != nil {
			return Invalid(name, fmt.Sprintf("The %s must be a string.", name))
		}
		switch {
		case strings.TrimSpace(text) == "":
			names, values, changed = slices.Delete(names, i, i+1), slices.Delete(values, i, i+1), true
			i--
		case name == EntryExpires:
			at, err := ParseExpiry(text)
			if err != nil {
				return err
			}
			if whole := at.Format(entryTime); whole != text {
				quoted, _ := json.Marshal(whole) // a text of digits
				values[i], changed = quoted, true
			}
		}
	}
	if changed {
		c.Extra = joinExtra(names, values)
	}
	return nil
}

// Expires is when an entry ends; false: never.
func (c *Contact) Expires() (time.Time, bool) {
	if !strings.Contains(c.Extra, EntryExpires) {
		return time.Time{}, false
	}
	at, err := time.Parse(entryTime, c.entryText(EntryExpires))
	return at, err == nil
}

// entryText is the text of a member of Extra; empty where there is none.
func (c *Contact) entryText(name string) (text string) {
	names, values := extraMembers(c.Extra)
	if i := slices.Index(names, name); i >= 0 {
		_ = json.Unmarshal(values[i], &text) // what is no string is none
	}
	return text
}

// MergeEntry takes over into an entry what another says of the same number, and
// tells whether that changed anything. It never makes the entry end sooner: of two
// ends the later counts, and none is later than any. To end an entry sooner, it is
// updated or removed.
func (c *Contact) MergeEntry(more *Contact) (changed bool) {
	before, ends := *c, *c
	c.Merge(more, false, true)
	was, ended := ends.Expires()
	next, ending := more.Expires()
	if !ended || !ending {
		c.Extra = removeExtra(c.Extra, []string{EntryExpires})
	} else if was.After(next) {
		quoted, _ := json.Marshal(map[string]string{EntryExpires: was.Format(entryTime)})
		c.Extra = mergeExtra(c.Extra, string(quoted), false)
	}
	return *c != before
}

// ParseEntryNumber reads the number of an entry, or a prefix that ends with a star.
// The error is a *phone.Error.
func ParseEntryNumber(parser *phone.Parser, sent string) (phone.Number, error) {
	if phone.IsPrefixSpelling(sent) {
		return phone.ParsePrefix(sent)
	}
	return parser.Parse(sent)
}

// DNCEntry is a stretch of time in which a DNC list held a number, or a prefix of
// it.
type DNCEntry struct {
	ListID   string
	ListName string
	Global   bool         // it binds every campaign of the account
	Number   phone.Number // the number, or the prefix
	From     time.Time
	To       time.Time // zero: it holds, and has no end
	Holds    bool      // it is in the list now; To is its expiry then
	Reason   string
	Source   string
	By       string // u-…: who entered it
	EndedBy  string // u-…: who removed it, or changed it; empty: it holds, or it expired
}

// EntryOf is what a contact of a DNC list says as an entry that holds.
func EntryOf(l *ContactList, c *Contact) DNCEntry {
	e := DNCEntry{ListID: l.ID, ListName: l.Name, Global: l.GlobalDNC, Number: c.Phone, From: c.UpdatedAt, Holds: true, By: c.EnteredBy}
	e.To, _ = c.Expires()
	e.Reason, e.Source = c.entryText(EntryReason), c.entryText(EntrySource)
	return e
}

// SetExtra takes over what the extra members of an entry say.
func (e *DNCEntry) SetExtra(extra string) {
	c := Contact{Extra: extra}
	e.Reason, e.Source = c.entryText(EntryReason), c.entryText(EntrySource)
}

// Overlaps tells whether the entry held at some moment from one instant until
// before another.
func (e *DNCEntry) Overlaps(from, to time.Time) bool {
	return e.From.Before(to) && (e.To.IsZero() || e.To.After(from))
}

// DNCMatch is what DNC lists say of one number.
type DNCMatch struct {
	Number  phone.Number
	Entries []DNCEntry // none: no list blocks it
	Erased  bool       // its person was erased, by the end of what was asked about: it is blocked, whatever the lists say
}
