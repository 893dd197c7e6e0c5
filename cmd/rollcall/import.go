package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"rollcall"
	"rollcall/ingest"
	"rollcall/phone"
	"rollcall/server"
)

type importCommand struct {
	server.Storage
	File        string `arg:"" help:"The file: CSV, XLSX, JSON or JSON Lines; all but XLSX also packed by gzip or ZIP."`
	Application string `required:"" placeholder:"st-…" help:"The application that the list is in."`
	List        string `required:"" help:"The list; it is made when there is none of this name."`
	Description string `help:"Description of a new list; the file's name by default."`
	importOptions
	Rejects string `placeholder:"FILE" help:"Write the rejected rows here, with the reason for each."`
	Ledger  string `placeholder:"FILE" help:"Write what became of each row here: CSV, or NDJSON where the name ends in .ndjson."`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// importOptions are the flags that say how to import.
type importOptions struct {
	Encoding       string            `placeholder:"NAME" help:"Of the file: utf-8, utf-16le, utf-16be, windows-1252 or iso-8859-1; found out by default."`
	Delimiter      string            `placeholder:"CHAR" help:"Of CSV: one of , ; | or tab; found out by default."`
	Header         *bool             `negatable:"" help:"The first row names the columns, or does not; found out by default."`
	Sheet          string            `placeholder:"NAME" help:"Of a workbook: the sheet's name or its number from 1; the first with something in it by default."`
	Member         string            `placeholder:"NAME" help:"Of a ZIP archive of several files: the one to import."`
	Map            map[string]string `mapsep:"none" placeholder:"FIELD=COLUMN" help:"Correct the mapping, for example --map phoneNumber=Mobile; may be repeated. An empty column unmaps the field."`
	RegionColumn   string            `placeholder:"COLUMN" help:"The column that holds each number's country; - for none."`
	Region         string            `placeholder:"US" help:"Country of numbers in national form (ISO 3166-1) where no column tells; the list's by default."`
	PhoneRule      string            `placeholder:"RULE" help:"e164: the form is enough; valid: the numbering plans know the number; mobile: and it can be a mobile. The list's by default, valid for a new one."`
	DryRun         bool              `help:"Count everything, write nothing into the list."`
	Duplicates     string            `placeholder:"RULE" help:"Rows that match a contact: skip, update, fillBlanks or allow. skip by default; allow where the list allows duplicates."`
	Match          string            `placeholder:"FIELD" help:"What makes them match: phoneNumber (default) or uniqueId."`
	Scope          string            `placeholder:"SCOPE" help:"Where matches are looked for: list (default), lists (with --scope-list) or account."`
	ScopeList      []string          `sep:"none" placeholder:"NAME" help:"Another list to look for matches in; may be repeated."`
	Mode           string            `placeholder:"MODE" help:"append (default), or replace: the list holds nothing but this file's contacts afterwards, and readers see the old ones until then."`
	Strict         bool              `help:"All rows or none."`
	MaxRejectShare *float64          `placeholder:"0.05" help:"Import nothing where a larger share of the rows is bad; 0 to 1."`
	Again          bool              `help:"Import a file whose content was imported into the list before."`
}

// importAnswer is what --json prints. The last six counts add up to rows.
type importAnswer struct {
	ListID    string               `json:"listId"`
	ImportID  string               `json:"importId"`
	State     rollcall.ImportState `json:"state"`
	DryRun    bool                 `json:"dryRun"`
	Resumed   bool                 `json:"resumed"`
	Format    ingest.Kind          `json:"format"`
	Packed    ingest.Compression   `json:"compression"`
	Member    string               `json:"member"`
	Sheet     string               `json:"sheet"`
	Encoding  string               `json:"encoding"`
	Delimiter string               `json:"delimiter"`
	Header    bool                 `json:"header"`
	Mapping   map[string]string    `json:"mapping"`
	Seconds   float64              `json:"seconds"`
	Rows      int64                `json:"rows"`
	Added     int64                `json:"added"`
	Updated   int64                `json:"updated"`
	Unchanged int64                `json:"unchanged"`
	Duplicate int64                `json:"duplicate"`
	Rejected  int64                `json:"rejected"`
	Blocked   int64                `json:"blocked"`
	Corrected int64                `json:"corrected"`
}

// What an import ends with that gives its list no contact.
var (
	errNoGoodRow = errors.New("no row of the file is good; --rejects FILE tells why for each")
	errNoRow     = errors.New("the file has a header, and no row")
)

// Run imports a file.
func (i *importCommand) Run(c *console) error {
	request, err := i.request()
	if err != nil {
		return asUsage(err)
	}
	b, err := c.open(i.Storage)
	if err != nil {
		return err
	}
	defer b.Close()
	if request.Owner, request.User, err = b.Store.Workspace(c, i.Application); err != nil {
		return err
	}
	watch := newProgress(c.err)
	request.Progress = watch.report
	result, err := i.takeTurn(c, ingest.New(b.Store, ingest.Settings{}), request)
	watch.end()
	if result == nil {
		return flagFault(err)
	}
	if ledgerErr := i.writeLedger(c, b.Store, result.Import); ledgerErr != nil {
		err = errors.Join(err, ledgerErr)
	}
	if err != nil {
		// A program wants the ids and the counts of what is committed all the same.
		if i.JSON {
			err = errors.Join(err, c.writeJSON(answerOfImport(result)))
		}
		return err
	}
	return i.show(c, result)
}

// flagFault makes what the import finds wrong in a flag a usage error, under the
// flag's name; what is wrong with the file stays a failure.
func flagFault(err error) error {
	e, ok := errors.AsType[*rollcall.Error](err)
	if !ok || e.Code != rollcall.CodeInvalid || e.Field == "" || e.Field == "file" {
		return err
	}
	if e.Field == "name" {
		e.Field = "list"
	}
	return usageError{err}
}

func (i *importCommand) request() (ingest.Request, error) {
	q := ingest.Request{
		Path: i.File, ListName: i.List, Description: i.Description, Rejects: i.Rejects, Now: time.Now, Worker: server.Worker(), Options: i.options(),
	}
	return q, q.Options.Validate()
}

// options are the flags as options of an import.
func (f *importOptions) options() rollcall.ImportOptions {
	o := rollcall.ImportOptions{
		Encoding: f.Encoding, Delimiter: f.Delimiter, Sheet: f.Sheet, Member: f.Member,
		RegionColumn: f.RegionColumn, Region: strings.ToUpper(f.Region), PhoneRule: phone.Rule(f.PhoneRule), DryRun: f.DryRun,
		Duplicates: rollcall.DuplicateRule(f.Duplicates), Match: rollcall.MatchField(f.Match), Scope: rollcall.MatchScope(f.Scope), ScopeLists: f.ScopeList,
		Mode: rollcall.ImportMode(f.Mode), Strict: f.Strict, MaxRejectShare: f.MaxRejectShare, Again: f.Again,
	}
	if f.Header != nil {
		o.Header = strconv.FormatBool(*f.Header)
	}
	for name, column := range f.Map {
		if o.Mapping == nil {
			o.Mapping = map[rollcall.Field]string{}
		}
		o.Mapping[rollcall.Field(name)] = column
	}
	return o
}

// turnPause is how often an import that waits for another one asks again.
const turnPause = 2 * time.Second

// takeTurn runs the import, and waits while another one into the list is alive:
// one that was killed stops being so when its lease has run out.
func (i *importCommand) takeTurn(ctx context.Context, importer *ingest.Importer, q ingest.Request) (*ingest.Result, error) {
	told := false
	for {
		result, err := importer.Run(ctx, q)
		e, ok := errors.AsType[*rollcall.Error](err)
		if !ok || e.Reason != rollcall.ReasonImportRunning {
			return result, err
		}
		if c, ok := ctx.(*console); ok && !told {
			fmt.Fprintln(c.err, "rollcall: "+e.Message+" Waiting for it.")
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(turnPause):
		}
	}
}

func (i *importCommand) show(c *console, r *ingest.Result) error {
	var err error
	if i.JSON {
		err = c.writeJSON(answerOfImport(r))
	} else {
		i.summary(c.out, r)
	}
	switch {
	case err != nil:
		return err
	case r.Import.Counts.Rows == 0:
		return errNoRow
	case r.Import.Counts.Rows == r.Import.Counts.Rejected:
		return errNoGoodRow
	}
	return nil
}

func answerOfImport(r *ingest.Result) importAnswer {
	mapping := map[string]string{}
	for _, f := range rollcall.Fields() {
		mapping[string(f)] = *r.Answer.Mapping.Column(f)
	}
	im, f := r.Import, r.Answer.Format
	n := im.Counts
	return importAnswer{
		ListID: im.ListID, ImportID: im.ID, State: im.State, DryRun: im.Options.DryRun, Resumed: r.Resumed,
		Format: f.Kind, Packed: f.Compression, Member: f.Member, Sheet: f.Sheet,
		Encoding: string(f.Encoding), Delimiter: string(f.Delimiter), Header: f.Header, Mapping: mapping, Seconds: r.Duration.Seconds(),
		Rows: n.Rows, Added: n.Added, Updated: n.Updated, Unchanged: n.Unchanged, Duplicate: n.Duplicate, Rejected: n.Rejected, Blocked: n.Blocked, Corrected: n.Corrected,
	}
}

func (i *importCommand) summary(w io.Writer, r *ingest.Result) {
	what := "Imported into"
	if r.Import.Options.DryRun {
		what = "Dry run, nothing was written into the list, for"
	}
	fmt.Fprintf(w, "%s %s in %s", what, i.List, r.Duration.Round(10*time.Millisecond))
	if r.Resumed {
		fmt.Fprintf(w, ", going on after the %d rows of an import that was cut short", r.ResumedFrom)
	}
	fmt.Fprintln(w, ".")
	for _, f := range rollcall.Fields() {
		if column := *r.Answer.Mapping.Column(f); column != "" {
			fmt.Fprintf(w, "  %-16s from the column %q\n", f, column)
		}
	}
	for _, warning := range r.Answer.Answer.Warnings {
		fmt.Fprintln(w, "  note: "+warning)
	}
	n := r.Import.Counts
	fmt.Fprintf(w, "  rows       %12d\n", n.Rows)
	for _, o := range rollcall.Outcomes() {
		fmt.Fprintf(w, "  %-10s %12d\n", o, n.Of(o))
	}
	if r.Answer.Corrects != "" {
		fmt.Fprintf(w, "It mends the rejects of %s: %d of them are in the list now.\n", r.Answer.Corrects, n.Corrected)
	}
	if r.List != nil {
		fmt.Fprintf(w, "The list %s is %s and has %d contacts.\n", r.List.ID, r.List.Status, r.List.TotalRecordCount)
	}
	if n.Rejected > 0 && i.Rejects != "" {
		fmt.Fprintf(w, "The rejected rows are in %s.\n", i.Rejects)
	} else if n.Rejected > 0 {
		fmt.Fprintln(w, "Run it again with --dry-run --rejects FILE to see which rows were rejected, and why.")
	}
}
