package rollcall

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rollcall/phone"
)

// Limits of a contact list's fields, in characters (contract, section 2).
const (
	MaxListName        = 48
	MaxListDescription = 256
)

// ListType tells people to call from numbers not to call.
type ListType string

// The types of list.
const (
	ListCall ListType = "call"
	ListDNC  ListType = "dnc"
)

// Source is where a list's contacts come from.
type Source string

// The sources.
const (
	SourcePassiveAPI     Source = "passiveApi"     // programs send contacts
	SourceLocalDrive     Source = "localDrive"     // files
	SourceAPIIntegration Source = "apiIntegration" // Rollcall fetches them
)

// ListStatus is how far a list is.
type ListStatus string

// The states of a list.
const (
	ListReady      ListStatus = "Ready"      // fed by API
	ListValidating ListStatus = "Validating" // a file is being read
	ListValidated  ListStatus = "Validated"  // it was, and left contacts
	ListInvalid    ListStatus = "Invalid"    // it was, and no row was good
)

// Mapping names, for each mapped field, the column or JSON field it comes from;
// empty where there is none.
type Mapping struct {
	FirstName, LastName, PhoneNumber, TimeZone, UniqueID, ContactPriority string
}

// SelfMapping maps each field to itself: a list fed by API.
func SelfMapping() Mapping {
	return Mapping{
		FirstName: string(FieldFirstName), LastName: string(FieldLastName), PhoneNumber: string(FieldPhoneNumber),
		TimeZone: string(FieldTimeZone), UniqueID: string(FieldUniqueID), ContactPriority: string(FieldContactPriority),
	}
}

// Column gives the place of a field's column in the mapping.
func (m *Mapping) Column(f Field) *string {
	switch f {
	case FieldFirstName:
		return &m.FirstName
	case FieldLastName:
		return &m.LastName
	case FieldPhoneNumber:
		return &m.PhoneNumber
	case FieldTimeZone:
		return &m.TimeZone
	case FieldUniqueID:
		return &m.UniqueID
	case FieldContactPriority:
		return &m.ContactPriority
	}
	return nil
}

// File is a file that fed a list.
type File struct {
	ID   string // 24 hexadecimal digits
	Name string
}

// ContactList is a list of people to call, or of numbers not to call.
type ContactList struct {
	Key              int64 // its number within the account, in the store
	ID               string
	Owner            Owner
	Name             string
	Description      string
	Type             ListType
	Source           Source
	Status           ListStatus
	Mapping          Mapping
	Columns          []string // a file's header, untouched
	Files            []File   // oldest first
	AllowDuplicates  bool
	PhoneRule        phone.Rule
	Region           string // for numbers in national form; empty: none
	GlobalDNC        bool
	TotalRecordCount int64 // kept by the store in the transaction that changes the contacts
	ContactSpace     int64 // what the ids of its contacts share; see NewContactSpace
	Campaigns        []CampaignRef
	CreatedBy        string
	UpdatedBy        string
	CreatedAt        time.Time
	UpdatedAt        time.Time
}

// NewDNCList makes an empty DNC list, as NewContactList does one of people to call.
// The form of a number is all that it asks for: a number that no plan knows blocks
// nobody, but one that is left out because a plan is newer than ours does harm.
func NewDNCList(source Source, now time.Time) *ContactList {
	l := NewContactList(source, now)
	l.Type, l.PhoneRule = ListDNC, phone.RuleE164
	return l
}

// NewContactList makes an empty list with everything but its name,
// description, owner and user set as the contract has it for the source.
func NewContactList(source Source, now time.Time) *ContactList {
	l := &ContactList{
		ID: NewID(PrefixContactList), Type: ListCall, Source: source, Status: ListReady,
		Mapping: SelfMapping(), PhoneRule: phone.RuleE164, ContactSpace: NewContactSpace(),
		CreatedAt: now, UpdatedAt: now,
	}
	if source == SourceLocalDrive {
		l.Status, l.Mapping, l.PhoneRule = ListValidating, Mapping{}, phone.RuleValid
	}
	return l
}

// Validate holds the fields that a caller may set against the rules, and tells
// all that is wrong at once.
func (l *ContactList) Validate() error {
	return errors.Join(
		checkText("name", l.Name, MaxListName),
		checkText("description", l.Description, MaxListDescription),
		l.validatePhoneRule(),
		l.validateType(),
	)
}

func (l *ContactList) validateType() error {
	switch {
	case l.Type == ListDNC && l.AllowDuplicates:
		return Invalid("allowDuplicates", "A DNC list holds each number once.")
	case l.Type != ListDNC && l.GlobalDNC:
		return Invalid("isGlobalDNC", `Only a list of the listType "dnc" can be global.`)
	}
	return nil
}

func (l *ContactList) validatePhoneRule() error {
	var errs []error
	if _, ok := phone.ParseRule(string(l.PhoneRule)); !ok {
		errs = append(errs, Invalid("phoneRule", `The phoneRule must be "e164", "valid" or "mobile".`))
	}
	if l.Region != "" && !phone.KnownRegion(l.Region) {
		errs = append(errs, Invalid("region", "The region must be a country's two letters (ISO 3166-1), for example US."))
	}
	return errors.Join(errs...)
}

// checkText holds a required text against its limit. Line breaks and other
// control characters are refused: such a name could not be typed again.
func checkText(field, s string, most int) error {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return Invalid(field, fmt.Sprintf("The %s is not UTF-8 text.", field))
	case strings.TrimSpace(s) == "":
		return Invalid(field, fmt.Sprintf("The %s is required: 1 to %d characters.", field, most))
	case n > most:
		return Invalid(field, fmt.Sprintf("The %s has %d characters; at most %d are allowed.", field, n, most))
	case hasControl(s):
		return Invalid(field, fmt.Sprintf("The %s holds a control character; remove line breaks and the like.", field))
	}
	return nil
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// NameKey is what makes names equal: the same whatever the case (Unicode simple
// folding).
func NameKey(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, name)
}

// ContactListChange is what an update may change; nil leaves a field as it is.
type ContactListChange struct {
	Name            *string
	Description     *string
	AllowDuplicates *bool
	PhoneRule       *phone.Rule
	Region          *string
	GlobalDNC       *bool // of a DNC list
}

// Change applies an update by a user.
func (l *ContactList) Change(c ContactListChange, user string, now time.Time) error {
	assign(&l.Name, c.Name)
	assign(&l.Description, c.Description)
	assign(&l.AllowDuplicates, c.AllowDuplicates)
	assign(&l.PhoneRule, c.PhoneRule)
	assign(&l.Region, c.Region)
	assign(&l.GlobalDNC, c.GlobalDNC)
	l.UpdatedBy, l.UpdatedAt = user, now
	return l.Validate()
}

func assign[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// CheckDelete refuses while any campaign names the list, and names them.
func (l *ContactList) CheckDelete() error {
	if len(l.Campaigns) == 0 {
		return nil
	}
	names := make([]string, len(l.Campaigns))
	for i, c := range l.Campaigns {
		names[i] = c.Name
	}
	return Conflict(ReasonListInUse, fmt.Sprintf("The contact list %s is used by: %s. Remove it from them first.", l.Name, strings.Join(names, ", ")))
}

// InUse tells whether a campaign that names the list is running now.
func (l *ContactList) InUse() bool {
	for _, c := range l.Campaigns {
		if c.Status.Running() {
			return true
		}
	}
	return false
}

// CheckStill refuses to delete the list, to exchange its contacts or to take an
// import back while a campaign runs over it, and names the campaign. A DNC list may
// be: whatever it holds at a moment counts.
func (l *ContactList) CheckStill() error {
	if l.Type == ListDNC {
		return nil
	}
	for _, c := range l.Campaigns {
		if c.Status == CampaignActive || c.Status == CampaignPaused {
			return Conflict(ReasonListInUse, fmt.Sprintf("The campaign %s is %s and goes through the contact list %s; stop it first.", c.Name, c.Status, l.Name))
		}
	}
	return nil
}

// BeginFile notes that a file begins to feed the list. A list fed by API stays
// as it is: it takes contacts meanwhile.
func (l *ContactList) BeginFile(f File, columns []string, m Mapping, user string, now time.Time) {
	l.Files = append(l.Files, f)
	if l.Source != SourcePassiveAPI {
		l.Columns, l.Mapping, l.Status = columns, m, ListValidating
	}
	l.UpdatedBy, l.UpdatedAt = user, now
}

// EndFile notes that the file was read to its end, or given up: the list is
// Validated when it holds contacts, else Invalid.
func (l *ContactList) EndFile(now time.Time) {
	l.UpdatedAt = now
	switch {
	case l.Source == SourcePassiveAPI:
	case l.TotalRecordCount > 0:
		l.Status = ListValidated
	default:
		l.Status = ListInvalid
	}
}

// UndoFile takes back what an import that was undone noted in the list. Where
// another import began later, columns, mapping and state are that one's.
func (l *ContactList) UndoFile(im *Import, later bool, now time.Time) {
	l.Files = slices.DeleteFunc(slices.Clone(l.Files), func(f File) bool { return f.ID == im.File.ID })
	if len(l.Files) == 0 {
		l.Files = nil
	}
	l.UpdatedAt = now
	if l.Source == SourcePassiveAPI || im.Before == nil || later {
		return
	}
	l.Columns, l.Mapping, l.Status = im.Before.Columns, im.Before.Mapping, im.Before.Status
	if im.ContentKey != 0 {
		l.Files = im.Before.Files
	}
	if l.Status == ListValidating {
		l.EndFile(now)
	}
}
