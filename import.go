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
	OutcomeUnchanged Outcome = "unchanged" // it matches a contact that has all that it gives
	OutcomeDuplicate Outcome = "duplicate"
	OutcomeRejected  Outcome = "rejected"
	OutcomeBlocked   Outcome = "blocked" // the number must not be called: a DNC list holds it, or its person was erased
)

// Outcomes are all outcomes, in the order in which they are told.
func Outcomes() []Outcome {
	return []Outcome{OutcomeAdded, OutcomeUpdated, OutcomeUnchanged, OutcomeDuplicate, OutcomeRejected, OutcomeBlocked}
}

// RemarkOnDNC is the code of a row that was left out because of a DNC list.
const RemarkOnDNC = "on_dnc"

// ImportCounts counts rows by outcome. Rows, what was read, is the sum of the
// six outcomes, always. The others count besides.
type ImportCounts struct {
	Rows, Added, Updated, Unchanged, Duplicate, Rejected, Blocked int64

	// Corrected counts, of the import of a mended rejects file, the rejects of the
	// import before it whose rows ended here neither rejected nor blocked, each once.
	Corrected int64
	// Mended counts the import's own rejects that the imports of mended files have
	// corrected since, and that have not been undone.
	Mended int64
	// OnDNC counts rows of any outcome but rejected whose number a DNC list blocked
	// when their block was committed; 0 where the import did not look, see DNCRule, and
	// without the rows of erased persons.
	OnDNC int64
}

// Add adds up two counts.
func (c ImportCounts) Add(d ImportCounts) ImportCounts {
	return ImportCounts{
		Rows: c.Rows + d.Rows, Added: c.Added + d.Added, Updated: c.Updated + d.Updated, Unchanged: c.Unchanged + d.Unchanged,
		Duplicate: c.Duplicate + d.Duplicate, Rejected: c.Rejected + d.Rejected, Blocked: c.Blocked + d.Blocked,
		Corrected: c.Corrected + d.Corrected, Mended: c.Mended + d.Mended, OnDNC: c.OnDNC + d.OnDNC,
	}
}

// Of gives the count of one outcome.
func (c ImportCounts) Of(o Outcome) int64 {
	switch o {
	case OutcomeAdded:
		return c.Added
	case OutcomeUpdated:
		return c.Updated
	case OutcomeUnchanged:
		return c.Unchanged
	case OutcomeDuplicate:
		return c.Duplicate
	case OutcomeRejected:
		return c.Rejected
	case OutcomeBlocked:
		return c.Blocked
	}
	return 0
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

// The states of an import. "Done" is never a default.
//
//	queued → running → done | failed | cancelled
//	queued → cancelled
//	failed | cancelled → queued (retry)
const (
	ImportQueued    ImportState = "queued"    // waits for its turn
	ImportRunning   ImportState = "running"   // a process works on it, or did until it was killed
	ImportDone      ImportState = "done"      // the file was read to its end
	ImportFailed    ImportState = "failed"    // Failure says why
	ImportCancelled ImportState = "cancelled" // somebody asked for it
)

// Ended tells whether nothing goes on with the import by itself.
func (s ImportState) Ended() bool {
	return s == ImportDone || s == ImportFailed || s == ImportCancelled
}

// UndoState is how far the undoing of an import is; empty: nobody asked for it.
type UndoState string

// The states of an undo.
const (
	UndoNone    UndoState = ""
	UndoQueued  UndoState = "queued"
	UndoRunning UndoState = "running"
	UndoDone    UndoState = "done"
)

// ImportLease is how long a running import counts as alive after its last sign
// of life. Past it, another process may go on with it.
const ImportLease = 15 * time.Second

// Import is one file on its way into one list.
type Import struct {
	Key        int64 // its number within the account, in the store
	ID         string
	Owner      Owner
	User       string // u-…, who asked for it
	ListID     string // empty for a dry run into a list that is not there
	ListKey    int64
	ListName   string
	File       File
	UploadID   string // the upload that holds the file; empty: it is a local file of the worker's
	Digest     string // SHA-256 of the file's bytes, hexadecimal; empty until the file was looked at
	Options    ImportOptions
	OptionsKey string // see ImportRules.OptionsKey
	State      ImportState
	Begun      bool   // the file was understood, and rows are read
	Answer     string // how the file was understood, JSON; package ingest writes and reads it
	Counts     ImportCounts
	BytesRead  int64 // of the file, by what is committed or counted
	Bytes      int64 // of the file
	// FailureCode and Failure say why a failed import failed: a stable word, and one
	// sentence.
	FailureCode string
	Failure     string
	Cancel      bool // somebody asked a running import to end
	Worker      string
	LeaseUntil  time.Time
	CreatedAt   time.Time
	StartedAt   time.Time // when rows began to be read this time; zero before
	StartedRows int64     // rows that were settled by then: for the rate
	EndedAt     time.Time // zero while it has not ended
	Corrects    string    // the id of the import into the same list whose rejects file this is, mended; empty: of none
	Undo        Undo

	Into       int64       // the list's contents that its rows go into; 0: it has not begun, writes into none that readers see, or was begun by an earlier version
	ContentKey int64       // where a replacement gathers the new contacts; 0: in the list itself
	Previous   int64       // the contents that a replacement took away, kept for an undo; 0: none
	Before     *ListBefore // nil: not begun, or a dry run
	// Contacts that erasures have taken out of contents which are not the list's: those
	// that a replacement gathers, and those that it took away. Counts and Before.Count
	// have them still.
	Erased, ErasedBefore int64
}

// ListBefore is what an import changes of its list besides the contacts, as it was.
type ListBefore struct {
	Status  ListStatus
	Columns []string
	Mapping Mapping
	Files   []File
	Count   int64 // totalRecordCount
	// NextColumns and NextMapping are what a replacement's file has: the list's own
	// when the replacement takes place.
	NextColumns []string
	NextMapping Mapping
	UpdatedAt   time.Time    // the list's, as the import's beginning left it; zero in imports of earlier versions
	Lost        *ContactList // the list that the import made, where it was removed with it; see LoseList
}

// Undo is the undoing of an import, and what came of it.
type Undo struct {
	State    UndoState
	Removed  int64 // contacts that the import had added, and that are gone
	Restored int64 // contacts that the import had changed, as they were before
	Kept     int64 // contacts that were changed since; UndoKept lists them
	Missing  int64 // contacts that somebody had deleted since
	Failure  string
	EndedAt  time.Time
	Position int64 // the store's: how far it is
}

// KeptReason is why an undo left a contact as it is.
type KeptReason string

// The reasons.
const (
	KeptChanged     KeptReason = "changed_since" // somebody changed it after the import
	KeptNumberTaken KeptReason = "number_taken"  // the number that it had before belongs to another contact now
)

// UndoKept is a contact that an undo left as it is.
type UndoKept struct {
	Seq    int64
	Reason KeptReason
}

// Alive tells whether a process still works on the import.
func (i *Import) Alive(now time.Time) bool {
	return i.State == ImportRunning && now.Before(i.LeaseUntil)
}

// Claim makes the import a worker's: one that waits, or one whose worker gave no
// sign of life for the length of a lease.
func (i *Import) Claim(worker string, now time.Time) error {
	if i.State != ImportQueued && i.State != ImportRunning || i.Alive(now) {
		return Conflict(ReasonInvalidState, "The import is "+string(i.State)+" already.")
	}
	i.State, i.Worker, i.LeaseUntil = ImportRunning, worker, now.Add(ImportLease)
	if i.Begun {
		i.GoOn(now)
	}
	return nil
}

// GoOn notes that rows are read from now on, so that the rate counts no pause before.
func (i *Import) GoOn(now time.Time) { i.StartedAt, i.StartedRows = now, i.Counts.Rows }

// End ends a running import: failure is nil for one that was read to its end.
func (i *Import) End(failure *Failure, now time.Time) error {
	if i.State != ImportRunning {
		return Conflict(ReasonInvalidState, "The import is "+string(i.State)+" already.")
	}
	if err := i.Counts.Check(); err != nil {
		return err
	}
	i.EndedAt, i.Cancel = now, false
	if failure == nil {
		i.State, i.FailureCode, i.Failure = ImportDone, "", ""
		return nil
	}
	i.State, i.FailureCode, i.Failure = ImportFailed, failure.Code, failure.Message
	if failure.Code == FailureCancelled {
		i.State = ImportCancelled
	}
	if i.Options.Strict && i.wrote() {
		i.Undo.State = UndoQueued // all rows or none
	}
	return nil
}

// wrote tells whether the import changed the contents that readers see.
func (i *Import) wrote() bool {
	return i.ContentKey == 0 && !i.Options.DryRun && i.Counts.Added+i.Counts.Updated > 0
}

// Failure is why an import ended before the end of its file.
type Failure struct {
	Code    string // snake_case, stable
	Message string // one sentence
}

// Codes of failures.
const (
	FailureCancelled       = "cancelled"
	FailureAlreadyImported = "already_imported"
	FailureTooManyRejects  = "too_many_rejects"
	FailureNoContacts      = "no_contacts" // a replacement would have left the list empty
	FailureInterrupted     = "interrupted" // another import into the list began, or replaced it, meanwhile
	FailureInternal        = "internal"
)

// RefusedWhole tells of the code of a failure that it refuses a file which was read to
// its end: every row has its outcome, and the rejects are whole.
func RefusedWhole(failureCode string) bool {
	return failureCode == FailureTooManyRejects || failureCode == FailureNoContacts
}

// RequestCancel asks the import to end: at once where it waits, at its next block
// where it runs.
func (i *Import) RequestCancel(now time.Time) error {
	switch i.State {
	case ImportQueued:
		i.State, i.EndedAt, i.FailureCode, i.Failure = ImportCancelled, now, FailureCancelled, "The import was cancelled before it began."
	case ImportRunning:
		if i.UploadID == "" && !i.Alive(now) {
			// Its command was killed, and no other process could read the file.
			return i.End(&Failure{Code: FailureCancelled, Message: "The import was cancelled after its command had been killed."}, now)
		}
		i.Cancel = true
	default:
		return Conflict(ReasonInvalidState, "The import is "+string(i.State)+"; only one that is queued or running can be cancelled.")
	}
	return nil
}

// Retry queues an import again that failed or was cancelled. It goes on after the
// rows that are settled, or, where it was undone, begins anew; fresh tells which.
func (i *Import) Retry(now time.Time) (fresh bool, err error) {
	switch {
	case i.State != ImportFailed && i.State != ImportCancelled:
		return false, Conflict(ReasonInvalidState, "The import is "+string(i.State)+"; only one that failed or was cancelled can be tried again.")
	case i.UploadID == "":
		return false, Conflict(ReasonInvalidState, "The file of this import is not here: it was read by a command on another machine or path; repeat that command.")
	case i.Undo.State == UndoQueued || i.Undo.State == UndoRunning:
		return false, Conflict(ReasonInvalidState, "The import is being undone; try again when that has ended.")
	}
	fresh = i.Undo.State == UndoDone || i.LostList()
	if fresh || i.Options.DryRun {
		fresh = true
		i.Counts, i.BytesRead, i.Begun, i.Into, i.Undo = ImportCounts{}, 0, false, 0, Undo{}
	}
	i.State, i.EndedAt, i.FailureCode, i.Failure, i.Cancel = ImportQueued, time.Time{}, "", "", false
	i.Worker, i.LeaseUntil = "", now
	return fresh, nil
}

// Left tells whether the import began with contents of its list that are not those
// which the list has now, content: a replacement took them away.
func (i *Import) Left(content int64) bool { return i.Into != 0 && i.Into != content }

// GoOnWith readies an import to be gone on with in the contents that its list has now.
// Where those that it began with were replaced it begins anew if no row is settled; else
// it is a conflict, since the rows that are went with those. The replacement is how a
// sentence names what replaced them.
func (i *Import) GoOnWith(content int64, replacement string) error {
	switch {
	case !i.Left(content):
	case i.Counts.Rows > 0:
		return Conflict(ReasonInvalidState, "The list was replaced since by "+replacement+", and the rows that are settled went with what it held before. Import the file anew.")
	default:
		i.Begun, i.Into, i.BytesRead = false, 0, 0
	}
	return nil
}

// RequestUndo queues the undoing of an import that has ended.
func (i *Import) RequestUndo() error {
	switch {
	case i.Options.DryRun:
		return Conflict(ReasonInvalidState, "A dry run wrote nothing; there is nothing to undo.")
	case !i.State.Ended():
		return Conflict(ReasonInvalidState, "The import is "+string(i.State)+"; cancel it first.")
	case i.Undo.State != UndoNone:
		return Conflict(ReasonInvalidState, "The import is undone already, or about to be.")
	case i.Counts.Added+i.Counts.Updated == 0 && i.ContentKey == 0:
		return Conflict(ReasonInvalidState, "The import added and changed nothing; there is nothing to undo.")
	case i.Options.Mode == ModeReplace && i.State == ImportDone && i.Previous == 0:
		return Conflict(ReasonInvalidState, "What the list held before this replacement is kept no longer; import an earlier file again.")
	}
	// Another try goes on with what the first one counted.
	i.Undo.State, i.Undo.Failure, i.Undo.EndedAt = UndoQueued, "", time.Time{}
	return nil
}

// EndUndo ends an undo: failure is empty for one that was carried out.
func (i *Import) EndUndo(failure string, now time.Time) {
	i.Undo.Failure, i.Undo.EndedAt = failure, now
	i.Undo.State = UndoDone
	if failure != "" {
		i.Undo.State = UndoNone // it may be asked for again
	}
}

// ImportStart is what an import begins with, once its file was understood.
type ImportStart struct {
	Owner       Owner
	User        string // u-…, for createdBy and updatedBy
	ListName    string // made when it is new
	Description string // of a new list
	File        File
	Bytes       int64
	Digest      string // SHA-256 of the file's bytes, hexadecimal
	Columns     []string
	Rules       ImportRules
	Options     ImportOptions
	Answer      string // see Import.Answer
	Corrects    string // see Import.Corrects
	Refused     bool   // too many rows are bad: all are noted as rejected, and nothing is imported
	Worker      string
}

// DryRun counts what an import would do, and writes nothing into the list.
type DryRun interface {
	// CountBlock settles the block's outcomes as committing it would, and keeps
	// them in the import's ledger.
	CountBlock(ctx context.Context, im *Import, b *Block, now time.Time) (ImportCounts, error)
	Close() error
}

// Row is one row of a file that can become a contact.
type Row struct {
	Number  int64 // from 1, the header not counted
	Contact Contact
	// Remark is what the ledger says of a row that is good all the same, for example
	// that its time zone is not known; nil: nothing.
	Remark *Remark
	// ZoneDerived tells that the time zone is not the row's, but follows from the
	// number: it is for a contact that has none.
	ZoneDerived bool
	Corrects    int64 // the number of the rejected row that this one mends; 0: none
}

// Remark is a word and a sentence on a row.
type Remark struct {
	Code    string // snake_case, stable
	Message string // one sentence
}

// Reject is one row of a file that cannot.
type Reject struct {
	Number   int64  // from 1, the header not counted
	Code     string // snake_case, stable
	Message  string // one sentence
	Raw      string // the row as it stood in the file, decoded to UTF-8
	UniqueID string // the row's own id, where it could be read
}

// Block is some rows of a file, in order, that are committed together. The
// numbers of its rows and rejects are First to First+len(Rows)+len(Rejects)-1,
// each once.
type Block struct {
	First     int64
	Rows      []Row
	Rejects   []Reject
	BytesRead int64 // of the file, up to the block's end, about
}

// Len is how many rows of the file the block holds.
func (b *Block) Len() int64 { return int64(len(b.Rows) + len(b.Rejects)) }

// ImportRules are what decides the outcome of a row besides the row itself.
type ImportRules struct {
	Mapping      Mapping
	Fallbacks    []string // columns of a number where the row's phone column is blank, in order
	Several      bool     // cells of the phone columns may hold several numbers
	RegionColumn string   // tells the country of each row's number; empty: none
	PhoneRule    phone.Rule
	Region       string
	Reading      string // how the caller says that the file is read (its encoding, its sheet); empty: as found
}

// OptionsKey is the canonical form of the rules and of the options that decide
// outcomes: an import is gone on with only under the rules that it began with.
func (r ImportRules) OptionsKey(o ImportOptions) string {
	key := fmt.Sprintf("%q %q %v %q %s %s %q %s %s %s %q %s %v", r.Mapping, r.Fallbacks, r.Several, r.RegionColumn, r.PhoneRule, r.Region, r.Reading, o.Duplicates, o.Match, o.Scope, o.ScopeLists, o.Mode, o.Strict)
	if o.DNC.Checks() {
		key += " " + string(o.DNC)
	}
	return key
}
