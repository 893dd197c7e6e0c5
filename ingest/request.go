package ingest

import (
	"context"
	"strings"
	"time"

	"rollcall"
	"rollcall/phone"
)

// Request says what to import: a file on this machine.
type Request struct {
	Path        string // of the file
	Owner       rollcall.Owner
	User        string // u-…
	ListName    string // made when there is none of this name
	Description string // of a new list; empty: the file's name
	Options     rollcall.ImportOptions
	Rejects     string         // path of the file for the rejected rows; empty: none
	Progress    func(Progress) // called from one goroutine, a few times a second and at the end; may be nil
	Now         func() time.Time
	Worker      string // names this process
}

// Result is what became of an import.
type Result struct {
	Import      *rollcall.Import
	List        *rollcall.ContactList // nil for a dry run
	Answer      Understanding
	Resumed     bool  // an import that was cut short was gone on with
	ResumedFrom int64 // rows that were there already; Import.Counts has them too
	Rejects     string
	Duration    time.Duration
}

// settle completes the options by the list that the file goes into; nil: a new one.
func settle(o *rollcall.ImportOptions, list *rollcall.ContactList, now time.Time) error {
	rules := list
	if list == nil {
		rules = emptyList(o, now)
	}
	if o.PhoneRule == "" {
		o.PhoneRule = rules.PhoneRule
	}
	if o.Region = strings.ToUpper(o.Region); o.Region == "" {
		o.Region = rules.Region
	}
	return o.ForList(rules)
}

// emptyList is a new list of the type that the options ask for.
func emptyList(o *rollcall.ImportOptions, now time.Time) *rollcall.ContactList {
	if o.ListType == rollcall.ListDNC {
		return rollcall.NewDNCList(rollcall.SourceLocalDrive, now)
	}
	return rollcall.NewContactList(rollcall.SourceLocalDrive, now)
}

// checkList holds a new list against the domain's rules, so that a dry run refuses
// what the import would.
func checkList(name, description string, o *rollcall.ImportOptions, now time.Time) error {
	l := emptyList(o, now)
	l.Name, l.Description, l.PhoneRule, l.Region = name, description, o.PhoneRule, o.Region
	return l.Validate()
}

// findList finds the list that a request names; nil: there is none yet.
func (q *Request) findList(ctx context.Context, store Store) (*rollcall.ContactList, error) {
	list, err := store.ContactListByName(ctx, q.Owner, q.ListName)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return nil, nil
	}
	return list, err
}

// newParser makes the parser for rows that tell no country.
func newParser(o *rollcall.ImportOptions) (*phone.Parser, error) {
	parser, err := phone.NewParser(o.PhoneRule, o.Region)
	if err != nil {
		return nil, rollcall.Invalid("region", "The phone rule or the region is not known.")
	}
	return parser, nil
}
