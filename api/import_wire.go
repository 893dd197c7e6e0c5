package api

import (
	"math"
	"strings"
	"time"

	"rollcall"
	"rollcall/ingest"
	"rollcall/phone"
)

// importOptions are how a file is to be imported, on the wire.
type importOptions struct {
	Encoding       *string            `json:"encoding" required:"false" example:"windows-1252" doc:"Of a text file: utf-8, utf-16le, utf-16be, windows-1252 or iso-8859-1. Absent: found out."`
	Delimiter      *string            `json:"delimiter" required:"false" example:";" doc:"Of CSV: one of , ; | or tab. Absent: found out."`
	Header         *bool              `json:"header" required:"false" example:"true" doc:"Whether the first row names the columns. Absent: found out."`
	Sheet          *string            `json:"sheet" required:"false" example:"Contacts" doc:"Of a workbook: the sheet's name, or its number from 1. Absent: the first that is visible and holds rows."`
	Member         *string            `json:"member" required:"false" example:"contacts.csv" doc:"Of a ZIP archive with several files: the one to import."`
	Mapping        *map[string]string `json:"mapping" required:"false" example:"{\"phoneNumber\":\"Mobile\"}" doc:"Corrects the mapping: a field's name to a column's. An empty column leaves the field out. What is said here is remembered for the next file with the same header."`
	RegionColumn   *string            `json:"regionColumn" required:"false" example:"Country" doc:"The column that tells each number's country; - for none. Absent: found out."`
	Region         *string            `json:"region" required:"false" pattern:"^([A-Za-z]{2})?$" example:"US" doc:"The country of numbers in national form where no column tells. Absent: the list's."`
	PhoneRule      *string            `json:"phoneRule" required:"false" enum:"e164,valid,mobile" example:"valid" doc:"What counts as a phone number. Absent: the list's rule; of a new list valid."`
	DryRun         *bool              `json:"dryRun" required:"false" default:"false" example:"false" doc:"Gives every count and the ledger, and writes nothing into the list."`
	Duplicates     *string            `json:"duplicates" required:"false" enum:"skip,update,fillBlanks,allow" example:"skip" doc:"What becomes of a row that matches a contact: it is left out, replaces what the contact has, fills what it lacks, or becomes another contact. Absent: allow where the list allows duplicates, else skip."`
	Match          *string            `json:"match" required:"false" enum:"phoneNumber,uniqueId" example:"phoneNumber" doc:"What makes a row and a contact the same. Absent: phoneNumber."`
	Scope          *string            `json:"scope" required:"false" enum:"list,lists,account" example:"list" doc:"Where contacts that a row may match are looked for: in this list, also in those that scopeLists names, or in the whole account. Contacts of other lists are never changed: a row that matches one is a duplicate. Absent: list."`
	ScopeLists     *[]string          `json:"scopeLists" required:"false" nullable:"false" example:"[\"Customers\"]" doc:"Names of lists, for the scope lists; at most 50."`
	Mode           *string            `json:"mode" required:"false" enum:"append,replace" example:"append" doc:"replace: when the file is read to its end, its contacts take the place of all that the list holds, at one moment; until then readers see the list as it was. Absent: append."`
	Strict         *bool              `json:"strict" required:"false" default:"false" example:"false" doc:"All rows or none: one bad row, and nothing is imported."`
	MaxRejectShare *float64           `json:"maxRejectShare" required:"false" minimum:"0" maximum:"1" example:"0.05" doc:"With a larger share of bad rows nothing is imported."`
	DNC            *string            `json:"dnc" required:"false" enum:"keep,count,drop" default:"keep" example:"drop" doc:"What becomes of a row whose number a DNC list blocks: one of the application, or a global one of the account. keep: it becomes a contact, which campaigns leave out. count: the same, and onDnc counts such rows. drop: it does not become a contact, and counts as blocked and onDnc."`
	Again          *bool              `json:"again" required:"false" default:"false" example:"false" doc:"Imports a file even though its content was imported into the list before."`
}

// exact has a misspelt option refused: without dryRun an import writes.
func (w *importOptions) exact() string { return "option" }

func (w *importOptions) domain() rollcall.ImportOptions {
	o := rollcall.ImportOptions{
		Encoding: deref(w.Encoding), Delimiter: deref(w.Delimiter), Sheet: deref(w.Sheet), Member: deref(w.Member),
		RegionColumn: deref(w.RegionColumn), Region: strings.ToUpper(deref(w.Region)), PhoneRule: phone.Rule(deref(w.PhoneRule)), DryRun: deref(w.DryRun),
		Duplicates: rollcall.DuplicateRule(deref(w.Duplicates)), Match: rollcall.MatchField(deref(w.Match)), Scope: rollcall.MatchScope(deref(w.Scope)),
		ScopeLists: deref(w.ScopeLists), Mode: rollcall.ImportMode(deref(w.Mode)), Strict: deref(w.Strict), MaxRejectShare: w.MaxRejectShare, Again: deref(w.Again),
		DNC: rollcall.DNCRule(deref(w.DNC)),
	}
	if w.Header != nil {
		o.Header = map[bool]string{true: "true", false: "false"}[*w.Header]
	}
	for field, column := range deref(w.Mapping) {
		if o.Mapping == nil {
			o.Mapping = map[rollcall.Field]string{}
		}
		o.Mapping[rollcall.Field(field)] = column
	}
	return o
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// wireImport is an import on the wire.
type wireImport struct {
	ImportID        string          `json:"importId" example:"im-0603182c-7ffb-43c3-b307-47ca14b4c0de"`
	ContactListID   string          `json:"contactListId" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11" doc:"Empty for a dry run into a list that is not there."`
	ContactListName string          `json:"contactListName" example:"Renewals"`
	State           string          `json:"state" enum:"queued,running,done,failed,cancelled" example:"running"`
	DryRun          bool            `json:"dryRun" example:"false"`
	File            importedFile    `json:"file"`
	CreatedBy       string          `json:"createdBy" example:"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52"`
	CreatedAt       timestamp       `json:"createdAt"`
	StartedAt       *timestamp      `json:"startedAt,omitempty" doc:"When rows began to be read, the last time."`
	EndedAt         *timestamp      `json:"endedAt,omitempty"`
	Progress        importProgress  `json:"progress"`
	Counts          importCounts    `json:"counts" doc:"Of what is committed. The six outcomes add up to rows, always."`
	Failure         *importFailure  `json:"failure,omitempty" doc:"Why the import failed, or that it was cancelled."`
	Corrects        string          `json:"corrects,omitempty" doc:"The import into the same list whose rejects this file is, mended. Absent: of none."`
	Undo            *importUndo     `json:"undo,omitempty" doc:"Present once somebody asked for it."`
	Options         importRules     `json:"options" doc:"What was asked for, completed."`
	Understood      *understoodFile `json:"understood,omitempty" doc:"How the file was understood; absent until that is known."`
}

type importedFile struct {
	FileID   string `json:"fileId" pattern:"^[0-9a-f]{24}$" example:"693153a4f33d29f872f0a1b2"`
	FileName string `json:"fileName" example:"contacts.csv"`
	Bytes    int64  `json:"bytes" example:"94371840"`
	Digest   string `json:"digest,omitempty" doc:"SHA-256 of the file's bytes; absent until it was reckoned." example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	UploadID string `json:"uploadId,omitempty" doc:"Absent for a file that a command on the server read." example:"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f"`
}

type importProgress struct {
	BytesRead     int64    `json:"bytesRead" example:"31457280" doc:"Of the file, up to the last row that is committed, about."`
	Bytes         int64    `json:"bytes" example:"94371840"`
	RowsRead      int64    `json:"rowsRead" example:"333000"`
	RowsExpected  *int64   `json:"rowsExpected,omitempty" example:"1000000" doc:"About how many rows the file has, by what is committed of it; exact when all is."`
	RowsPerSecond *float64 `json:"rowsPerSecond,omitempty" example:"71000" doc:"Since the import last began to read rows, or went on with them; absent while it cannot be told, also for being below 0.05."`
	SecondsLeft   *float64 `json:"secondsLeft,omitempty" example:"9.4" doc:"About, at this rate; absent while it cannot be told."`
}

type importCounts struct {
	Rows      int64 `json:"rows" example:"333000"`
	Added     int64 `json:"added" example:"323000"`
	Updated   int64 `json:"updated" example:"0"`
	Unchanged int64 `json:"unchanged" example:"0"`
	Duplicate int64 `json:"duplicate" example:"6700"`
	Rejected  int64 `json:"rejected" example:"3300"`
	Blocked   int64 `json:"blocked" example:"0"`
	Corrected int64 `json:"corrected" example:"0" doc:"Of the import of a mended rejects file: how many rejects of the import that it names in corrects its rows corrected, each once: they ended neither rejected nor blocked, and are among the outcomes too."`
	Mended    int64 `json:"mended" example:"0" doc:"How many of the import's own rejects the imports of mended files have corrected since, and have not been undone."`
	OnDNC     int64 `json:"onDnc" example:"0" doc:"With the option dnc count or drop: rows of any outcome but rejected whose number a DNC list blocked when they were settled, but for those of erased persons. They are among the outcomes too."`
}

type importFailure struct {
	Code    string `json:"code" example:"too_many_rejects" doc:"Stable, in snake_case."`
	Message string `json:"message" example:"Nothing was imported: 7 of 100 rows are bad, more than the share of 0.05 that was allowed."`
}

type importUndo struct {
	State    string     `json:"state" enum:"queued,running,done,failed" example:"done"`
	Removed  int64      `json:"removed" example:"322990" doc:"Contacts that the import had added, and that are gone."`
	Restored int64      `json:"restored" example:"0" doc:"Contacts that are as they were before the import; of a replacement, all that the list held before but those that gave way to a contact that is kept."`
	Kept     int64      `json:"kept" example:"10" doc:"Contacts that were left as they are, because they were changed since; the call getKeptContacts lists them."`
	Missing  int64      `json:"missing" example:"0" doc:"Contacts that somebody had deleted since."`
	Failure  string     `json:"failure,omitempty" doc:"Why it could not be carried out."`
	EndedAt  *timestamp `json:"endedAt,omitempty"`
}

// importRules are the options that decide outcomes, as they hold.
type importRules struct {
	Duplicates     string   `json:"duplicates" example:"skip"`
	Match          string   `json:"match" example:"phoneNumber"`
	Scope          string   `json:"scope" example:"list"`
	ScopeLists     []string `json:"scopeLists" nullable:"false"`
	Mode           string   `json:"mode" example:"append"`
	Strict         bool     `json:"strict" example:"false"`
	MaxRejectShare *float64 `json:"maxRejectShare,omitempty" example:"0.05"`
	PhoneRule      string   `json:"phoneRule,omitempty" example:"valid"`
	Region         string   `json:"region,omitempty" example:"US"`
	DNC            string   `json:"dnc,omitempty" enum:"keep,count,drop" example:"count"`
}

// understoodFile is how a file was understood.
type understoodFile struct {
	Format      string             `json:"format" enum:"csv,xlsx,json,ndjson" example:"csv"`
	Compression string             `json:"compression,omitempty" enum:"gzip,zip" example:"gzip"`
	Member      string             `json:"member,omitempty" doc:"Of a ZIP archive: the file that is read."`
	Sheet       string             `json:"sheet,omitempty" doc:"Of a workbook: the sheet that is read."`
	Sheets      []string           `json:"sheets,omitempty" doc:"Of a workbook: all that are visible."`
	Encoding    string             `json:"encoding" example:"UTF-8"`
	Delimiter   string             `json:"delimiter" example:","`
	Header      bool               `json:"header" example:"true"`
	Exporter    string             `json:"exporter,omitempty" example:"Google Contacts" doc:"The program that wrote the file, where its columns tell."`
	Mapping     mapping            `json:"mapping"`
	Columns     []understoodColumn `json:"columns" nullable:"false"`
	Warnings    []string           `json:"warnings" nullable:"false" doc:"What may be wrong, a sentence each."`
	Corrects    string             `json:"corrects,omitempty" doc:"The import into the same list whose rejects this file is, mended. Absent: of none."`
}

// understoodColumn is how a column was understood.
type understoodColumn struct {
	Name       string   `json:"name" example:"Mobile"`
	Fields     []string `json:"fields" nullable:"false" example:"[\"phoneNumber\"]" doc:"The fields that it fills; none: it is kept with the contact under its name."`
	Role       string   `json:"role,omitempty" enum:"phoneFallback,region,ledger,own" doc:"phoneFallback: it has the number of rows whose phone column is blank. region: it tells the country of the row's number. ledger: it is what a rejects file has in front. own: Rollcall gave it to the contact itself, in a file that it exported."`
	By         string   `json:"by,omitempty" enum:"caller,corrected,remembered,exporter,name,misspelt,content" doc:"How that was found."`
	Confidence float64  `json:"confidence" minimum:"0" maximum:"1" example:"0.95"`
	Suggestion string   `json:"suggestion,omitempty" doc:"The field that it could be instead."`
	Content    string   `json:"content,omitempty" doc:"What most of its first cells look like."`
	Samples    []string `json:"samples" nullable:"false" example:"[\"+1 202 555 0143\"]" doc:"Up to three of its first different cells."`
}

// importPage is a page of imports.
type importPage struct {
	Results    []wireImport `json:"results" nullable:"false" doc:"The imports, the newest first."`
	Limit      int          `json:"limit" example:"50"`
	HasMore    bool         `json:"hasMore" example:"false"`
	NextCursor string       `json:"nextCursor,omitempty" doc:"Present when hasMore: the cursor of what comes after."`
}

func encodeImport(im *rollcall.Import, now time.Time) wireImport {
	o := &im.Options
	w := wireImport{
		ImportID: im.ID, ContactListID: im.ListID, ContactListName: im.ListName, State: string(im.State), DryRun: o.DryRun,
		File:      importedFile{FileID: im.File.ID, FileName: im.File.Name, Bytes: im.Bytes, Digest: im.Digest, UploadID: im.UploadID},
		CreatedBy: im.User, CreatedAt: timestamp(im.CreatedAt), StartedAt: timeOrAbsent(im.StartedAt), EndedAt: timeOrAbsent(im.EndedAt),
		Progress: progressOf(im, now), Counts: importCounts(im.Counts), Corrects: im.Corrects, Undo: undoOf(&im.Undo),
		Options: importRules{
			Duplicates: string(o.Duplicates), Match: string(o.Match), Scope: string(o.Scope), ScopeLists: append([]string{}, o.ScopeLists...), Mode: string(o.Mode),
			Strict: o.Strict, MaxRejectShare: o.MaxRejectShare, PhoneRule: string(o.PhoneRule), Region: o.Region, DNC: string(o.DNC),
		},
	}
	if im.FailureCode != "" {
		w.Failure = &importFailure{Code: im.FailureCode, Message: im.Failure}
	}
	if u, err := ingest.ParseUnderstanding(im.Answer); err == nil && im.Answer != "" {
		w.Understood = encodeUnderstanding(&u)
	}
	return w
}

func timeOrAbsent(t time.Time) *timestamp {
	if t.IsZero() {
		return nil
	}
	return (*timestamp)(&t)
}

// progressOf reckons rate and time left from what is committed.
func progressOf(im *rollcall.Import, now time.Time) importProgress {
	p := importProgress{BytesRead: im.BytesRead, Bytes: im.Bytes, RowsRead: im.Counts.Rows}
	if im.State == rollcall.ImportDone {
		p.BytesRead, p.RowsExpected = p.Bytes, &p.RowsRead
		return p
	}
	if im.State != rollcall.ImportRunning || im.StartedAt.IsZero() || im.BytesRead <= 0 || im.Counts.Rows == 0 {
		return p
	}
	expected := int64(math.Round(float64(im.Counts.Rows) * float64(im.Bytes) / float64(im.BytesRead)))
	p.RowsExpected = &expected
	seconds := now.Sub(im.StartedAt).Seconds()
	if rows := im.Counts.Rows - im.StartedRows; rows > 0 && seconds > 0 {
		rate := math.Round(float64(rows)/seconds*10) / 10
		if rate == 0 {
			return p // too slow for a number to tell, and no time left follows from it
		}
		left := math.Round(float64(max(0, expected-im.Counts.Rows))/rate*10) / 10
		p.RowsPerSecond, p.SecondsLeft = &rate, &left
	}
	return p
}

func undoOf(u *rollcall.Undo) *importUndo {
	if u.State == rollcall.UndoNone && u.Failure == "" {
		return nil
	}
	w := &importUndo{State: string(u.State), Removed: u.Removed, Restored: u.Restored, Kept: u.Kept, Missing: u.Missing, Failure: u.Failure, EndedAt: timeOrAbsent(u.EndedAt)}
	if u.State == rollcall.UndoNone {
		w.State = "failed"
	}
	return w
}

func encodeUnderstanding(u *ingest.Understanding) *understoodFile {
	f := &u.Format
	w := &understoodFile{
		Format: string(f.Kind), Compression: string(f.Compression), Member: f.Member, Sheet: f.Sheet, Sheets: f.Sheets, Encoding: string(f.Encoding),
		Delimiter: string(rune(f.Delimiter)), Header: f.Header, Exporter: u.Answer.Exporter, Mapping: wireMapping(u.Mapping, version2),
		Columns: make([]understoodColumn, len(u.Answer.Columns)), Warnings: append([]string{}, u.Answer.Warnings...), Corrects: u.Corrects,
	}
	for i, c := range u.Answer.Columns {
		w.Columns[i] = understoodColumn{
			Name: c.Name, Fields: []string{}, Role: c.Role, By: c.By, Confidence: c.Confidence, Suggestion: string(c.Suggestion), Content: c.Content, Samples: append([]string{}, c.Samples...),
		}
		for _, field := range c.Fields {
			w.Columns[i].Fields = append(w.Columns[i].Fields, string(field))
		}
	}
	return w
}
