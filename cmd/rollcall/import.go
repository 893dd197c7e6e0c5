package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"rollcall"
	"rollcall/ingest"
	"rollcall/phone"
	"rollcall/server"
)

type importCommand struct {
	server.Storage
	File        string            `arg:"" help:"The CSV file."`
	Application string            `required:"" placeholder:"st-…" help:"The application that the list is in."`
	List        string            `required:"" help:"The list; it is made when there is none of this name."`
	Description string            `help:"Description of a new list; the file's name by default."`
	Map         map[string]string `mapsep:"none" placeholder:"FIELD=COLUMN" help:"Correct the mapping, for example --map phoneNumber=Mobile; may be repeated. An empty column unmaps the field."`
	Region      string            `placeholder:"US" help:"Country of numbers in national form (ISO 3166-1); the list's by default."`
	PhoneRule   string            `placeholder:"RULE" help:"e164: the form is enough; valid: the numbering plans know the number. The list's by default, valid for a new one."`
	DryRun      bool              `help:"Count everything, write nothing."`
	Rejects     string            `placeholder:"FILE" help:"Write the rejected rows here, with the reason for each."`
	JSON        bool              `name:"json" help:"Print one JSON object."`
}

// importAnswer is what --json prints. The last six counts add up to rows.
type importAnswer struct {
	ListID    string               `json:"listId"`
	ImportID  string               `json:"importId"`
	State     rollcall.ImportState `json:"state"`
	DryRun    bool                 `json:"dryRun"`
	Resumed   bool                 `json:"resumed"`
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
	result, err := i.takeTurn(c, ingest.New(b.Store), request)
	watch.end()
	if result == nil {
		return flagFault(err)
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
		Path: i.File, ListName: i.List, Description: i.Description, Region: strings.ToUpper(i.Region), PhoneRule: phone.Rule(i.PhoneRule),
		DryRun: i.DryRun, Rejects: i.Rejects, Now: time.Now, Worker: server.Worker(), Mapping: map[rollcall.Field]string{},
	}
	if q.Region != "" && !phone.KnownRegion(q.Region) {
		return q, rollcall.Invalid("region", "There is no region "+i.Region+"; give a country's two letters, for example US.")
	}
	if _, ok := phone.ParseRule(i.PhoneRule); !ok && i.PhoneRule != "" {
		return q, rollcall.Invalid("phone-rule", `The rule must be "e164" or "valid".`)
	}
	for name, column := range i.Map {
		field, ok := rollcall.ParseField(name)
		if !ok {
			return q, rollcall.Invalid("map", `There is no field "`+name+`"; the fields are: `+fieldNames()+".")
		}
		q.Mapping[field] = column
	}
	return q, nil
}

func fieldNames() string {
	var names []string
	for _, f := range rollcall.Fields() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
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
	case r.Counts.Rows == 0:
		return errNoRow
	case r.Counts.Rows == r.Counts.Rejected:
		return errNoGoodRow
	}
	return nil
}

func answerOfImport(r *ingest.Result) importAnswer {
	mapping := map[string]string{}
	for _, f := range rollcall.Fields() {
		mapping[string(f)] = *r.Mapping.Column(f)
	}
	n := r.Counts
	return importAnswer{
		ListID: r.ListID, ImportID: r.ImportID, State: r.State, DryRun: r.DryRun, Resumed: r.Resumed,
		Encoding: string(r.Format.Encoding), Delimiter: string(r.Format.Delimiter), Header: r.Format.Header, Mapping: mapping, Seconds: r.Duration.Seconds(),
		Rows: n.Rows, Added: n.Added, Updated: n.Updated, Unchanged: n.Unchanged, Duplicate: n.Duplicate, Rejected: n.Rejected, Blocked: n.Blocked,
	}
}

func (i *importCommand) summary(w io.Writer, r *ingest.Result) {
	what := "Imported into"
	if r.DryRun {
		what = "Dry run, nothing was written, for"
	}
	fmt.Fprintf(w, "%s %s in %s", what, i.List, r.Duration.Round(10*time.Millisecond))
	if r.Resumed {
		fmt.Fprintf(w, ", going on after the %d rows of an import that was cut short", r.ResumedFrom)
	}
	fmt.Fprintln(w, ".")
	for _, f := range rollcall.Fields() {
		if column := *r.Mapping.Column(f); column != "" {
			fmt.Fprintf(w, "  %-16s from the column %q\n", f, column)
		}
	}
	n := r.Counts
	fmt.Fprintf(w, "  rows       %12d\n", n.Rows)
	for _, o := range []struct {
		name  rollcall.Outcome
		count int64
	}{
		{rollcall.OutcomeAdded, n.Added}, {rollcall.OutcomeUpdated, n.Updated}, {rollcall.OutcomeUnchanged, n.Unchanged},
		{rollcall.OutcomeDuplicate, n.Duplicate}, {rollcall.OutcomeRejected, n.Rejected}, {rollcall.OutcomeBlocked, n.Blocked},
	} {
		fmt.Fprintf(w, "  %-10s %12d\n", o.name, o.count)
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
