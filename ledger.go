package rollcall

// LedgerEntry says what became of one row of a file.
type LedgerEntry struct {
	Row     int64 // from 1, the header not counted
	Outcome Outcome
	Code    string // of a reject, a duplicate or a remark; empty: nothing to say
	Message string // one sentence; empty: nothing to say
	// ContactID is the contact that the row became, changed or matched; empty where
	// there is none, as in a dry run.
	ContactID string
	UniqueID  string // the row's own id
	// DuplicateOfRow is the earlier row of the same file that a duplicate repeats; 0
	// where it repeats a contact that was there before.
	DuplicateOfRow int64
	// DuplicateOf is the contact that a duplicate repeats.
	DuplicateOf string
	// DNCList is the name of the DNC list that blocked the row's number; empty where
	// none did, or nobody asked.
	DNCList string
}

// Codes of duplicates.
const (
	CodeDuplicateInFile = "duplicate_in_file"       // an earlier row of the file
	CodeDuplicateInList = "duplicate_in_list"       // a contact of the list
	CodeDuplicateOther  = "duplicate_in_other_list" // a contact of another list
	CodeNumberTaken     = "number_taken"            // the row matches by own id, and another contact has its number
)
