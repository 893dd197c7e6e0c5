package ingest

import (
	"context"
	"strings"
	"time"

	"rollcall"
	"rollcall/phone"
)

// Request says what to import.
type Request struct {
	Path        string // of the file
	Owner       rollcall.Owner
	User        string // u-…
	ListName    string // made when there is none of this name
	Description string // of a new list; empty: the file's name
	// Mapping corrects what the columns' names say: field to column, or to "" for a
	// field that no column is to fill.
	Mapping   map[rollcall.Field]string
	Region    string         // of numbers in national form; empty: the list's
	PhoneRule phone.Rule     // empty: the list's; of a new list, phone.RuleValid
	DryRun    bool           // count everything, write nothing
	Rejects   string         // path of the file for the rejected rows; empty: none
	Progress  func(Progress) // called from one goroutine, a few times a second and at the end; may be nil
	Now       func() time.Time
	Worker    string // names this process
}

// Result is what became of an import.
type Result struct {
	ListID      string // empty for a dry run into a new list
	ImportID    string // empty for a dry run
	State       rollcall.ImportState
	Counts      rollcall.ImportCounts
	List        *rollcall.ContactList // nil for a dry run
	Mapping     rollcall.Mapping
	Format      Format
	PhoneRule   phone.Rule
	Region      string
	DryRun      bool
	Resumed     bool  // an import that was cut short was gone on with
	ResumedFrom int64 // rows that were there already; Counts has them too
	Rejects     string
	Duration    time.Duration
}

// clean fills in what the request leaves open, and finds the list.
func (q *Request) clean(ctx context.Context, store Store, src *source) (*rollcall.ContactList, error) {
	if q.Description == "" {
		q.Description = src.name
	}
	list, err := store.ContactListByName(ctx, q.Owner, q.ListName)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		list, err = nil, nil
	}
	if err == nil && list != nil {
		err = list.CheckFile()
	}
	if err != nil {
		return nil, err
	}
	rules := list
	if list == nil {
		rules = rollcall.NewContactList(rollcall.SourceLocalDrive, q.Now())
	}
	if q.PhoneRule == "" {
		q.PhoneRule = rules.PhoneRule
	}
	if q.Region = strings.ToUpper(q.Region); q.Region == "" {
		q.Region = rules.Region
	}
	return list, q.validate(list == nil)
}

// validate holds the request against the domain's rules, so that a dry run
// refuses what the import would.
func (q *Request) validate(newList bool) error {
	l := rollcall.NewContactList(rollcall.SourceLocalDrive, q.Now())
	l.Name, l.Description, l.PhoneRule, l.Region = q.ListName, q.Description, q.PhoneRule, q.Region
	if !newList {
		l.Description = "as it is"
	}
	return l.Validate()
}

// rules are what decides a row's outcome besides the row.
func (q *Request) rules(p *plan) rollcall.ImportRules {
	return rollcall.ImportRules{Mapping: p.mapping, PhoneRule: q.PhoneRule, Region: q.Region}
}
