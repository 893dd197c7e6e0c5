package rollcall

import (
	"context"
	"fmt"
	"time"

	"rollcall/phone"
)

// Outcome is what became of one row of a file. Every row has exactly one.
type Outcome string

// The outcomes.
const (
	OutcomeAdded     Outcome = "added"
	OutcomeUpdated   Outcome = "updated"
	OutcomeUnchanged Outcome = "unchanged"
	OutcomeDuplicate Outcome = "duplicate"
	OutcomeRejected  Outcome = "rejected"
	OutcomeBlocked   Outcome = "blocked" // a DNC list holds the number
)

// ImportCounts counts rows by outcome. Rows, what was read, is the sum of the
// six others, always.
type ImportCounts struct {
	Rows, Added, Updated, Unchanged, Duplicate, Rejected, Blocked int64
}

// Add adds up two counts.
func (c ImportCounts) Add(d ImportCounts) ImportCounts {
	return ImportCounts{
		Rows: c.Rows + d.Rows, Added: c.Added + d.Added, Updated: c.Updated + d.Updated, Unchanged: c.Unchanged + d.Unchanged,
		Duplicate: c.Duplicate + d.Duplicate, Rejected: c.Rejected + d.Rejected, Blocked: c.Blocked + d.Blocked,
	}
}

// Check fails when a row has no outcome, or two. Such an import must not commit.
func (c ImportCounts) Check() error {
	sum := c.Added + c.Updated + c.Unchanged + c.Duplicate + c.Rejected + c.Blocked
	if sum != c.Rows {
		return &Error{Code: CodeInternal, Message: fmt.Sprintf("%d rows were read but %d have an outcome", c.Rows, sum)}
	}
	return nil
}

// ImportState is how far an import is.
type ImportState string

// The states of an import. Running ends in one of the two others, and "done" is
// never a default.
const (
	ImportRunning ImportState = "running"
	ImportDone    ImportState = "done"
	ImportFailed  ImportState = "failed"
)

// ImportLease is how long a running import counts as alive after its last sign
// of life. Past it, another process may go on with it.
const ImportLease = 15 * time.Second

// Import is one file on its way into one list.
type Import struct {
	Key        int64 // its number within the account, in the store
	ID         string
	Owner      Owner
	ListID     string
	ListKey    int64
	File       File
	Digest     string // SHA-256 of the file's bytes, hexadecimal
	Options    string // what decides a row's outcome besides the file, canonical; see OptionsKey
	State      ImportState
	Counts     ImportCounts // of what is committed; Counts.Rows is the position to go on from
	Failure    string       // of a failed import: one sentence
	Worker     string       // the process that runs it
	LeaseUntil time.Time
	StartedAt  time.Time
	EndedAt    time.Time // zero while running
}

// Alive tells whether a process still works on the import.
func (i *Import) Alive(now time.Time) bool {
	return i.State == ImportRunning && now.Before(i.LeaseUntil)
}

// End ends a running import: failure is empty for one that was read to its end.
func (i *Import) End(failure string, now time.Time) error {
	if i.State != ImportRunning {
		return Conflict(ReasonInvalidState, "The import is "+string(i.State)+" already.")
	}
	if err := i.Counts.Check(); err != nil {
		return err
	}
	i.State, i.EndedAt, i.Failure = ImportDone, now, failure
	if failure != "" {
		i.State = ImportFailed
	}
	return nil
}

// ImportStart is what an import begins with.
type ImportStart struct {
	Owner       Owner
	User        string // u-…, for createdBy and updatedBy
	ListName    string // made when it is new
	Description string // of a new list
	File        File
	Digest      string // SHA-256 of the file's bytes, hexadecimal
	Columns     []string
	Rules       ImportRules
	Worker      string
}

// DryRun counts what an import would do, and writes nothing.
type DryRun interface {
	// CountBlock settles the block's outcomes as committing it would.
	CountBlock(ctx context.Context, b *Block) (ImportCounts, error)
	Close() error
}

// Row is one row of a file that can become a contact.
type Row struct {
	Number  int64 // from 1, the header not counted
	Contact Contact
}

// Reject is one row of a file that cannot.
type Reject struct {
	Number  int64  // from 1, the header not counted
	Code    string // snake_case, stable
	Message string // one sentence
	Raw     string // the row as it stood in the file, decoded to UTF-8
}

// Block is some rows of a file, in order, that are committed together. The
// numbers of its rows and rejects are First to First+len(Rows)+len(Rejects)-1,
// each once.
type Block struct {
	First   int64
	Rows    []Row
	Rejects []Reject
}

// Len is how many rows of the file the block holds.
func (b *Block) Len() int64 { return int64(len(b.Rows) + len(b.Rejects)) }

// ImportRules are what decides the outcome of a row besides the row itself.
type ImportRules struct {
	Mapping   Mapping
	PhoneRule phone.Rule
	Region    string
}

// OptionsKey is the canonical form of the rules: an import is gone on with only
// under the rules that it began with.
func (r ImportRules) OptionsKey() string {
	return fmt.Sprintf("%q %s %s", r.Mapping, r.PhoneRule, r.Region)
}
