package rollcall

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/phone"
)

// DuplicateRule is what becomes of a row that matches a contact which is there.
type DuplicateRule string

// The duplicate rules.
const (
	DuplicatesSkip       DuplicateRule = "skip"       // the row is left out
	DuplicatesUpdate     DuplicateRule = "update"     // what the row gives replaces what the contact has
	DuplicatesFillBlanks DuplicateRule = "fillBlanks" // what the contact lacks is taken from the row
	DuplicatesAllow      DuplicateRule = "allow"      // the row becomes another contact
)

// MatchField is what makes a row and a contact the same.
type MatchField string

// The match fields.
const (
	MatchPhone    MatchField = "phoneNumber"
	MatchUniqueID MatchField = "uniqueId"
)

// MatchScope is where contacts that a row may match are looked for.
type MatchScope string

// The scopes. Contacts of other lists are never changed: a row that matches one
// is a duplicate, whatever the rule.
const (
	ScopeList    MatchScope = "list"    // the list that the file goes into
	ScopeLists   MatchScope = "lists"   // and the lists that are named
	ScopeAccount MatchScope = "account" // and every contact list of the account
)

// DNCRule is what becomes of a row whose number a DNC list blocks: one of the
// application, or a global one of the account.
type DNCRule string

// The DNC rules.
const (
	DNCKeep  DNCRule = "keep"  // it becomes a contact; campaigns leave it out
	DNCCount DNCRule = "count" // the same, and it is counted and named in the ledger
	DNCDrop  DNCRule = "drop"  // it does not, and counts as blocked
)

// Checks tells whether rows are held against the DNC lists.
func (r DNCRule) Checks() bool { return r == DNCCount || r == DNCDrop }

// ImportMode is what becomes of the contacts that the list held before.
type ImportMode string

// The modes.
const (
	ModeAppend  ImportMode = "append"  // they stay
	ModeReplace ImportMode = "replace" // they go, at one moment, when the file is read to its end
)

// MaxScopeLists is how many other lists an import may look for duplicates in by
// name.
const MaxScopeLists = 50

// ImportOptions are what a caller asks of an import. The zero value, completed by
// Complete, is the usual import.
type ImportOptions struct {
	// How the file is written, where the caller knows better than what is found.
	Encoding  string // empty: as found
	Delimiter string // one character; empty: as found
	Header    string // "true", "false"; empty: as found
	Sheet     string // of a workbook: name or number from 1; empty: the first with rows
	Member    string // of an archive; empty: the only one

	// Mapping corrects the mapping: field to column, or to "" for a field that no
	// column is to fill.
	Mapping      map[Field]string
	RegionColumn string     // the column that holds each number's country; "-": none; empty: as found
	Region       string     // of numbers in national form, where no column says; empty: the list's
	PhoneRule    phone.Rule // empty: the list's; of a new list, phone.RuleValid

	ListType ListType // of the list that the file goes into; empty: a contact list
	DNC      DNCRule  // what becomes of rows whose number is on a DNC list

	DryRun         bool // every count and the ledger, nothing written into the list
	Duplicates     DuplicateRule
	Match          MatchField
	Scope          MatchScope
	ScopeLists     []string // names, for ScopeLists
	Mode           ImportMode
	Strict         bool     // all rows or none
	MaxRejectShare *float64 // 0–1: with a larger share of rejects nothing is imported; nil: any share
	Again          bool     // import a file whose content was imported into the list before
}

// ForList completes the options by the list that the file goes into. A list of
// another type than was asked for is a conflict.
func (o *ImportOptions) ForList(l *ContactList) error {
	if o.ListType != "" && o.ListType != l.Type {
		return Conflict(ReasonInvalidState, fmt.Sprintf("The list %s is of the type %s; name a list of the type %s, or a new name.", l.Name, l.Type, o.ListType))
	}
	o.ListType = l.Type
	o.Complete(l.AllowDuplicates)
	return o.Validate()
}

// Complete fills in what is left open, given whether the list allows duplicates.
func (o *ImportOptions) Complete(allowDuplicates bool) {
	if o.ListType == ListDNC && o.Duplicates == "" {
		o.Duplicates = DuplicatesUpdate
	}
	if o.Duplicates == "" {
		o.Duplicates = DuplicatesSkip
		if allowDuplicates {
			o.Duplicates = DuplicatesAllow
		}
	}
	if o.Match == "" {
		o.Match = MatchPhone
	}
	if o.Scope == "" {
		o.Scope = ScopeList
		if len(o.ScopeLists) > 0 {
			o.Scope = ScopeLists
		}
	}
	if o.Mode == "" {
		o.Mode = ModeAppend
	}
}

// Validate holds the options against the rules, and tells all that is wrong at
// once. What depends on the file or the list is found out later.
func (o *ImportOptions) Validate() error {
	var errs []error
	refuse := func(field, message string) { errs = append(errs, Invalid(field, message)) }
	oneOf(refuse, "duplicates", o.Duplicates, DuplicatesSkip, DuplicatesUpdate, DuplicatesFillBlanks, DuplicatesAllow)
	oneOf(refuse, "match", o.Match, MatchPhone, MatchUniqueID)
	oneOf(refuse, "scope", o.Scope, ScopeList, ScopeLists, ScopeAccount)
	oneOf(refuse, "mode", o.Mode, ModeAppend, ModeReplace)
	oneOf(refuse, "dnc", o.DNC, DNCKeep, DNCCount, DNCDrop)
	if o.ListType == ListDNC {
		o.refuseForDNC(refuse)
	}
	oneOf(refuse, "encoding", strings.ToLower(o.Encoding), "utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1")
	if !knownDelimiter(o.Delimiter) {
		refuse("delimiter", `The delimiter must be one of , ; | and tab.`)
	}
	oneOf(refuse, "header", o.Header, "true", "false")
	if o.PhoneRule != "" {
		if _, ok := phone.ParseRule(string(o.PhoneRule)); !ok {
			refuse("phoneRule", `The phoneRule must be "e164", "valid" or "mobile".`)
		}
	}
	if o.Region != "" && !phone.KnownRegion(o.Region) {
		refuse("region", "The region must be a country's two letters (ISO 3166-1), for example US.")
	}
	for field := range o.Mapping {
		if _, ok := ParseField(string(field)); !ok {
			refuse("mapping", fmt.Sprintf("There is no field %q; the fields are: %s.", field, FieldNames()))
		}
	}
	if s := o.MaxRejectShare; s != nil && !(*s >= 0 && *s <= 1) {
		refuse("maxRejectShare", "The maxRejectShare must be a number from 0 to 1.")
	}
	switch {
	case o.Scope == ScopeLists && len(o.ScopeLists) == 0:
		refuse("scopeLists", `The scope "lists" needs scopeLists: the names of the lists to look for duplicates in.`)
	case o.Scope != ScopeLists && o.Scope != "" && len(o.ScopeLists) > 0:
		refuse("scopeLists", `The scopeLists go with the scope "lists" only.`)
	case len(o.ScopeLists) > MaxScopeLists:
		refuse("scopeLists", fmt.Sprintf("At most %d lists may be named; the scope \"account\" takes all.", MaxScopeLists))
	}
	if o.Duplicates == DuplicatesAllow && o.Scope != ScopeList && o.Scope != "" {
		refuse("scope", `Where duplicates are allowed, they are looked for nowhere; leave out the scope.`)
	}
	return errors.Join(errs...)
}

func knownDelimiter(s string) bool {
	switch s {
	case "", ",", ";", "|", "\t", `\t`:
		return true
	}
	return strings.EqualFold(s, "tab")
}

// refuseForDNC refuses what a DNC list cannot be fed by. With skip, for one, an entry
// that has expired would let a number through that the file says to block.
func (o *ImportOptions) refuseForDNC(refuse func(field, message string)) {
	if o.Duplicates != "" && o.Duplicates != DuplicatesUpdate {
		refuse("duplicates", `A DNC list takes the rule "update" only: what is there is kept, and an entry never ends sooner than a row says.`)
	}
	if o.Match != "" && o.Match != MatchPhone {
		refuse("match", "The entries of a DNC list are matched by their number.")
	}
	if o.Scope != "" && o.Scope != ScopeList {
		refuse("scope", "The entries of a DNC list are held against that list only.")
	}
	if o.DNC.Checks() {
		refuse("dnc", "A file of DNC entries is not held against DNC lists.")
	}
}

func oneOf[T ~string](refuse func(field, message string), field string, got T, known ...T) {
	if got == "" || slices.Contains(known, got) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = `"` + string(k) + `"`
	}
	refuse(field, fmt.Sprintf("The %s must be one of %s.", field, strings.Join(names, ", ")))
}

// FieldNames lists the mapped fields for a message.
func FieldNames() string {
	var names []string
	for _, f := range Fields() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// RememberedMapping is what a caller said of the columns of a file, kept for the
// next file with the same header.
type RememberedMapping struct {
	Mapping      map[Field]string
	RegionColumn string
}

// Said gives what the options correct of the mapping.
func (o *ImportOptions) Said() RememberedMapping {
	return RememberedMapping{Mapping: o.Mapping, RegionColumn: o.RegionColumn}
}

// Join gives what was said before and later: of a field or a column that both speak of,
// what was said later.
func (m RememberedMapping) Join(later RememberedMapping) RememberedMapping {
	joined := RememberedMapping{Mapping: map[Field]string{}, RegionColumn: cmp.Or(later.RegionColumn, m.RegionColumn)}
	given := map[string]bool{}
	for field, column := range later.Mapping {
		joined.Mapping[field] = column
		if m.Mapping[field] != column { // what is but repeated takes nothing from another field
			given[column] = true
		}
	}
	for field, column := range m.Mapping {
		if _, twice := joined.Mapping[field]; !twice && !given[column] {
			joined.Mapping[field] = column
		}
	}
	return joined
}

// Empty tells whether nothing was said.
func (m RememberedMapping) Empty() bool { return len(m.Mapping) == 0 && m.RegionColumn == "" }

// CheckRejects tells why a file with these counts is refused as a whole; nil if it
// is not.
func (o *ImportOptions) CheckRejects(c ImportCounts) *Failure {
	switch {
	case c.Rejected == 0:
	case o.Strict:
		return &Failure{FailureTooManyRejects, fmt.Sprintf("Nothing was imported: %d of %d rows are bad, and all rows or none were asked for. Mend them and send the whole file again.", c.Rejected, c.Rows)}
	case o.MaxRejectShare != nil && float64(c.Rejected) > *o.MaxRejectShare*float64(c.Rows):
		return &Failure{FailureTooManyRejects, fmt.Sprintf("Nothing was imported: %d of %d rows are bad, more than the share of %g that was allowed.", c.Rejected, c.Rows, *o.MaxRejectShare)}
	}
	return nil
}

// CheckReplacement tells why a file that was read to its end with these counts does not
// take the place of what its list holds; nil if it does, or was not to. A file of which
// no row became a contact is far more often the wrong file than the wish for an empty
// list.
func (o *ImportOptions) CheckReplacement(c ImportCounts) *Failure {
	const hint = "the list was not replaced and is as it was. To empty a list, delete its contacts."
	switch {
	case o.Mode != ModeReplace || c.Added > 0:
		return nil
	case c.Rows == 0:
		return &Failure{FailureNoContacts, "The file has no rows, so " + hint}
	default:
		return &Failure{FailureNoContacts, fmt.Sprintf("None of the file's %d rows became a contact, so ", c.Rows) + hint}
	}
}
