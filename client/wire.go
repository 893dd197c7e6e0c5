package client

import (
	"strconv"
	"time"

	"rollcall"
)

// Import is an import, as far as a caller is told of it.
type Import struct {
	ImportID        string
	ContactListID   string // empty for a dry run into a list that is not there
	ContactListName string
	State           rollcall.ImportState
	DryRun          bool
	File            struct{ FileName, Digest, UploadID string }
	CreatedAt       time.Time
	StartedAt       *time.Time // when rows began to be read, the last time
	EndedAt         *time.Time
	Progress        Progress
	Counts          Counts
	Failure         *struct{ Code, Message string } // why it failed, or that it was cancelled
	Understood      *Understood                     // nil: the file was not looked at yet
}

// Progress is how far an import is.
type Progress struct {
	BytesRead, Bytes int64
	RowsPerSecond    *float64
	SecondsLeft      *float64
}

// Counts counts rows by outcome; see [rollcall.ImportCounts].
type Counts rollcall.ImportCounts

// Understood is how a file was understood.
type Understood struct {
	Format, Compression, Member, Sheet, Encoding, Delimiter string

	Header   bool
	Mapping  map[string]string // field to column, empty where there is none
	Warnings []string
	Corrects string // the import whose rejects this file is, mended
}

// List is a contact list.
type List struct {
	ID               string `json:"_id"`
	Name             string
	Status           string
	TotalRecordCount int64
}

// NewList is a list that an import makes.
type NewList struct {
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"` // empty: the file's name
	ListType    rollcall.ListType `json:"listType,omitempty"`    // empty: a contact list
}

// options are how a file is to be imported, on the wire; what is not said is left
// out.
type options struct {
	Encoding       string                    `json:"encoding,omitempty"`
	Delimiter      string                    `json:"delimiter,omitempty"`
	Header         *bool                     `json:"header,omitempty"`
	Sheet          string                    `json:"sheet,omitempty"`
	Member         string                    `json:"member,omitempty"`
	Mapping        map[rollcall.Field]string `json:"mapping,omitempty"`
	RegionColumn   string                    `json:"regionColumn,omitempty"`
	Region         string                    `json:"region,omitempty"`
	PhoneRule      string                    `json:"phoneRule,omitempty"`
	DryRun         bool                      `json:"dryRun,omitempty"`
	Duplicates     rollcall.DuplicateRule    `json:"duplicates,omitempty"`
	Match          rollcall.MatchField       `json:"match,omitempty"`
	Scope          rollcall.MatchScope       `json:"scope,omitempty"`
	ScopeLists     []string                  `json:"scopeLists,omitempty"`
	Mode           rollcall.ImportMode       `json:"mode,omitempty"`
	Strict         bool                      `json:"strict,omitempty"`
	MaxRejectShare *float64                  `json:"maxRejectShare,omitempty"`
	Again          bool                      `json:"again,omitempty"`
	DNC            rollcall.DNCRule          `json:"dnc,omitempty"`
}

func encodeOptions(o rollcall.ImportOptions) options {
	w := options{
		Encoding: o.Encoding, Delimiter: o.Delimiter, Sheet: o.Sheet, Member: o.Member, Mapping: o.Mapping, RegionColumn: o.RegionColumn, Region: o.Region,
		PhoneRule: string(o.PhoneRule), DryRun: o.DryRun, Duplicates: o.Duplicates, Match: o.Match, Scope: o.Scope, ScopeLists: o.ScopeLists, Mode: o.Mode,
		Strict: o.Strict, MaxRejectShare: o.MaxRejectShare, Again: o.Again, DNC: o.DNC,
	}
	if header, err := strconv.ParseBool(o.Header); err == nil {
		w.Header = &header
	}
	return w
}
