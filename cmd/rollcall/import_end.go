package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"rollcall"
	"rollcall/ingest"
)

// importAnswer is what --json prints. The counts from Added to Blocked add up to
// Rows; Corrected and OnDNC count some of them once more.
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
	OnDNC     int64                `json:"onDnc"`
	Corrects  string               `json:"corrects,omitempty"` // the import whose rejects the file was, mended
}

// What an import ends with that gives its list no contact.
var (
	errNoGoodRow = errors.New("no row of the file is good; --rejects FILE tells why for each")
	errNoRow     = errors.New("the file has a header, and no row")
)

// importEnd is what became of an import, wherever it ran.
type importEnd struct {
	answer   importAnswer
	duration time.Duration
	wentOn   string // what was gone on with; empty: it began anew
	warnings []string
	list     string // a sentence about the list; empty for a dry run
}

// count takes over counts.
func (e *importEnd) count(n rollcall.ImportCounts) {
	a := &e.answer
	a.Seconds = e.duration.Seconds()
	a.Rows, a.Added, a.Updated, a.Unchanged, a.Duplicate, a.Rejected, a.Blocked, a.Corrected, a.OnDNC =
		n.Rows, n.Added, n.Updated, n.Unchanged, n.Duplicate, n.Rejected, n.Blocked, n.Corrected, n.OnDNC
}

// of gives the count of one outcome.
func (a *importAnswer) of(o rollcall.Outcome) int64 {
	return rollcall.ImportCounts{
		Added: a.Added, Updated: a.Updated, Unchanged: a.Unchanged, Duplicate: a.Duplicate, Rejected: a.Rejected, Blocked: a.Blocked,
	}.Of(o)
}

// show prints the end of an import that read its file to the end.
func (i *importCommand) show(c *console, e *importEnd) error {
	var err error
	if i.JSON {
		err = c.writeJSON(e.answer)
	} else {
		i.summary(c.out, e)
	}
	switch {
	case err != nil:
		return err
	case e.answer.Rows == 0:
		return errNoRow
	case e.answer.Rows == e.answer.Rejected:
		return errNoGoodRow
	}
	return nil
}

func (i *importCommand) summary(w io.Writer, e *importEnd) {
	what := "Imported into"
	if e.answer.DryRun {
		what = "Dry run, nothing was written into the list, for"
	}
	fmt.Fprintf(w, "%s %s in %s", what, i.List, e.duration.Round(10*time.Millisecond))
	if e.wentOn != "" {
		fmt.Fprint(w, ", "+e.wentOn)
	}
	fmt.Fprintln(w, ".")
	for _, f := range rollcall.Fields() {
		if column := e.answer.Mapping[string(f)]; column != "" {
			fmt.Fprintf(w, "  %-16s from the column %q\n", f, column)
		}
	}
	for _, warning := range e.warnings {
		fmt.Fprintln(w, "  note: "+warning)
	}
	fmt.Fprintf(w, "  rows       %12d\n", e.answer.Rows)
	for _, o := range rollcall.Outcomes() {
		fmt.Fprintf(w, "  %-10s %12d\n", o, e.answer.of(o))
	}
	if rollcall.DNCRule(i.DNC).Checks() {
		fmt.Fprintf(w, "Of the rows, %d have a number that a DNC list blocks; --ledger FILE names the list of each.\n", e.answer.OnDNC)
	}
	if e.answer.Corrects != "" {
		fmt.Fprintf(w, "It corrects %d of the rejects of %s.\n", e.answer.Corrected, e.answer.Corrects)
	}
	if e.list != "" {
		fmt.Fprintln(w, e.list)
	}
	if e.answer.Rejected > 0 && i.Rejects != "" {
		fmt.Fprintf(w, "The rejected rows are in %s.\n", i.Rejects)
	} else if e.answer.Rejected > 0 {
		fmt.Fprintln(w, "Run it again with --dry-run --rejects FILE to see which rows were rejected, and why.")
	}
}
