package main

import (
	"errors"
	"strconv"
	"strings"

	"rollcall"
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
	remoteFlags
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
	Type           string            `enum:"call,dnc," default:"" placeholder:"TYPE" help:"Of the list: call (people to call, the usual), or dnc (numbers not to call)."`
	DNC            string            `name:"dnc" placeholder:"RULE" help:"Rows whose number a DNC list blocks: keep (default); count, which imports and counts them; or drop, which leaves them out and counts them as blocked."`
	Again          bool              `help:"Import a file whose content was imported into the list before."`
}

// Run imports a file, here or on another server.
func (i *importCommand) Run(c *console) error {
	options := i.options()
	if err := options.Validate(); err != nil {
		return asUsage(err)
	}
	carryOut := i.here
	if i.Server != "" {
		carryOut = i.there
	}
	end, err := carryOut(c, options)
	if end == nil {
		return flagFault(err)
	}
	if err != nil {
		// A program wants the ids and the counts of what is committed all the same.
		if i.JSON {
			err = errors.Join(err, c.writeJSON(end.answer))
		}
		return err
	}
	return i.show(c, end)
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

// options are the flags as options of an import.
func (f *importOptions) options() rollcall.ImportOptions {
	o := rollcall.ImportOptions{
		Encoding: f.Encoding, Delimiter: f.Delimiter, Sheet: f.Sheet, Member: f.Member,
		RegionColumn: f.RegionColumn, Region: strings.ToUpper(f.Region), PhoneRule: phone.Rule(f.PhoneRule), DryRun: f.DryRun,
		Duplicates: rollcall.DuplicateRule(f.Duplicates), Match: rollcall.MatchField(f.Match), Scope: rollcall.MatchScope(f.Scope), ScopeLists: f.ScopeList,
		Mode: rollcall.ImportMode(f.Mode), Strict: f.Strict, MaxRejectShare: f.MaxRejectShare, Again: f.Again,
		ListType: rollcall.ListType(f.Type), DNC: rollcall.DNCRule(f.DNC),
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
