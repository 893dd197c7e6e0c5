package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"rollcall"
	"rollcall/ingest"
	"rollcall/server"
)

// here imports a file into the database that the flags name. What it gives is nil
// where no import began.
func (i *importCommand) here(c *console, options rollcall.ImportOptions) (*importEnd, error) {
	// What cannot be looked at is told of when it is opened.
	if file, err := os.Stat(i.File); err == nil && i.MaxFile > 0 && file.Size() > i.MaxFile {
		return nil, rollcall.FileTooLarge(i.MaxFile)
	}
	defer ingest.LessGarbage()()
	b, err := c.open(i.Storage)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	q := ingest.Request{
		Path: i.File, ListName: i.List, Description: i.Description, Rejects: i.Rejects, Now: time.Now, Worker: server.Worker(), Options: options,
	}
	if q.Owner, q.User, err = b.Store.Workspace(c, i.Application); err != nil {
		return nil, err
	}
	watch := newProgress(c.err)
	q.Progress = watch.report
	result, err := i.takeTurn(c, ingest.New(b.Store, ingest.Settings{}), q)
	watch.end()
	if result == nil {
		return nil, err
	}
	if ledgerErr := i.writeLedger(c, b.Store, result.Import); ledgerErr != nil {
		err = errors.Join(err, ledgerErr)
	}
	return endHere(result), err
}

// endHere is what became of an import that this process ran.
func endHere(r *ingest.Result) *importEnd {
	im, f, n := r.Import, r.Answer.Format, r.Import.Counts
	e := &importEnd{
		duration: r.Duration, warnings: r.Answer.Answer.Warnings,
		answer: importAnswer{
			ListID: im.ListID, ImportID: im.ID, State: im.State, DryRun: im.Options.DryRun, Resumed: r.Resumed,
			Format: f.Kind, Packed: f.Compression, Member: f.Member, Sheet: f.Sheet,
			Encoding: string(f.Encoding), Delimiter: string(f.Delimiter), Header: f.Header, Mapping: map[string]string{}, Corrects: r.Answer.Corrects,
		},
	}
	for _, field := range rollcall.Fields() {
		e.answer.Mapping[string(field)] = *r.Answer.Mapping.Column(field)
	}
	e.count(n)
	if r.Resumed {
		e.wentOn = fmt.Sprintf("going on after the %d rows of an import that was cut short", r.ResumedFrom)
	}
	if l := r.List; l != nil {
		e.list = fmt.Sprintf("The list %s is %s and has %d contacts.", l.ID, l.Status, l.TotalRecordCount)
	}
	return e
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
