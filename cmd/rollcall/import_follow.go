package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"rollcall"
	"rollcall/client"
	"rollcall/ingest"
)

// follow tells how far the import is until it has ended, and fetches its files.
func (r *remoteImport) follow(ctx context.Context, im *client.Import) (*importEnd, error) {
	im, err := r.server.Follow(ctx, im, r.tell)
	if err != nil {
		goesOn := rollcall.Conflict(rollcall.ReasonInvalidState, "The import "+im.ImportID+" goes on at the server without this command; the same command follows it again.")
		if errors.Is(err, context.Canceled) {
			goesOn.Err = err
			return r.endOf(r.lastLook(ctx, im)), goesOn
		}
		if rollcall.CodeOf(err) == rollcall.CodeNotFound { // it went with its list
			return r.endOf(im), errors.Join(atFlags(err), r.notes.drop(r.asked))
		}
		return r.endOf(im), errors.Join(atFlags(err), goesOn)
	}
	end := r.endOf(im)
	if err := r.fetch(ctx, im); err != nil {
		return end, errors.Join(err, rollcall.Conflict(rollcall.ReasonInvalidState, "The import has ended, but its files are not written; the same command fetches them."))
	}
	if im.State != rollcall.ImportDone {
		return end, errors.Join(failureOf(im), r.notes.drop(r.asked))
	}
	if im.DryRun {
		return end, r.notes.drop(r.asked) // the file is there for the real import
	}
	list, err := r.server.List(ctx, im.ContactListID)
	if err != nil {
		return end, atFlags(err)
	}
	end.list = fmt.Sprintf("The list %s is %s and has %d contacts.", list.ID, list.Status, list.TotalRecordCount)
	return end, r.notes.end(r.asked)
}

// lastLookTime bounds the last question about an import that is left alone.
const lastLookTime = 2 * time.Second

// lastLook asks once more for an import, or gives what was known of it.
func (r *remoteImport) lastLook(ctx context.Context, im *client.Import) *client.Import {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLookTime)
	defer cancel()
	if now, err := r.server.Import(ctx, im.ImportID); err == nil {
		return now
	}
	return im
}

func failureOf(im *client.Import) error {
	if im.Failure != nil {
		return rollcall.Conflict(im.Failure.Code, im.Failure.Message)
	}
	return rollcall.Conflict(rollcall.ReasonInvalidState, "The import is "+string(im.State)+".")
}

func (r *remoteImport) tell(im *client.Import) {
	s := step{stage: "load", done: im.Progress.BytesRead, total: im.Progress.Bytes}
	s.beside = fmt.Sprintf("%d rows, %d rejected", im.Counts.Rows, im.Counts.Rejected)
	s.line = fmt.Sprintf("%d rows committed, %d rejected", im.Counts.Rows, im.Counts.Rejected)
	if im.State == rollcall.ImportQueued {
		s.beside, s.line = "waiting", "the import waits for its turn"
	}
	r.watch.show(s)
}

// fetch writes the files that the flags ask for.
func (r *remoteImport) fetch(ctx context.Context, im *client.Import) error {
	i := r.command
	if i.Rejects != "" && (im.State == rollcall.ImportDone || im.Failure != nil && rollcall.RefusedWhole(im.Failure.Code)) {
		err := r.server.Rejects(ctx, im.ImportID, func(from io.Reader) error { return copyFile(i.Rejects, from) })
		if err != nil {
			return atFlags(err)
		}
	}
	if i.Ledger == "" {
		return nil
	}
	return atFlags(r.server.Ledger(ctx, im.ImportID, string(ledgerFormat(i.Ledger)), func(from io.Reader) error { return copyFile(i.Ledger, from) }))
}

func copyFile(path string, from io.Reader) error {
	return writeFile(path, func(w io.Writer) error {
		_, err := io.Copy(w, from)
		return err
	})
}

// endOf is what is known of an import by now.
func (r *remoteImport) endOf(im *client.Import) *importEnd {
	e := &importEnd{duration: time.Since(r.began), wentOn: r.wentOn, answer: importAnswer{
		ListID: im.ContactListID, ImportID: im.ImportID, State: im.State, DryRun: im.DryRun, Resumed: r.wentOn != "", Mapping: map[string]string{},
	}}
	if u := im.Understood; u != nil {
		a := &e.answer
		a.Format, a.Packed, a.Member, a.Sheet = ingest.Kind(u.Format), ingest.Compression(u.Compression), u.Member, u.Sheet
		a.Encoding, a.Delimiter, a.Header, a.Mapping = u.Encoding, u.Delimiter, u.Header, u.Mapping
		e.warnings, a.Corrects = u.Warnings, u.Corrects
	}
	e.count(rollcall.ImportCounts(im.Counts))
	return e
}

// atFlags puts what a server found wrong under the names of flags, as far as it is
// about them.
func atFlags(err error) error {
	known := rollcall.Errors(err)
	if len(known) == 0 {
		return err
	}
	told := make([]error, len(known))
	for i, e := range known {
		told[i] = atFlag(e)
	}
	return errors.Join(told...)
}

func atFlag(e *rollcall.Error) error {
	moved := *e
	place, field, inside := strings.Cut(e.Field, ".")
	switch {
	case !inside:
		return e
	case e.Code == rollcall.CodeUnauthenticated:
		moved.Field, moved.Message = "", "The server does not accept these credentials: "+e.Message+" Look at --client-id, at the secret or key, and at the clock."
	case place == "body" && strings.HasPrefix(field, "options."), place == "body" && strings.HasPrefix(field, "list."):
		_, moved.Field, _ = strings.Cut(field, ".")
	case field == "iid" || field == "accountId":
		moved.Field = field
	default:
		moved.Field = ""
	}
	return &moved
}
