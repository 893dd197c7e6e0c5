package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall"
)

// endTimeout bounds the writing of an import's end when the import itself was
// cancelled.
const endTimeout = 10 * time.Second

// fail leaves an import that could not be read to its end: to be gone on with
// when it was cancelled, else as failed.
func (r *run) fail(ctx context.Context, im *rollcall.Import, cause error) error {
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	defer r.describe(im)
	switch {
	case ctx.Err() != nil:
		return r.interrupted(after, im, cause)
	case rollcall.CodeOf(cause) == rollcall.CodeConflict:
		// Only the store answers so: another process has taken the import over, and
		// its end is for that one to write.
		return cause
	}
	_, err := r.store.EndImport(after, im, sentence(cause), r.q.Now())
	return errors.Join(cause, err)
}

// interrupted lets go of an import.
func (r *run) interrupted(ctx context.Context, im *rollcall.Import, cause error) error {
	message := fmt.Sprintf("The import was interrupted; %d rows are committed. The same command goes on from there", im.Counts.Rows)
	if err := r.store.PauseImport(ctx, im, r.q.Now()); err != nil {
		message += fmt.Sprintf(" after %.0f seconds", rollcall.ImportLease.Seconds())
	}
	return &rollcall.Error{Code: rollcall.CodeConflict, Reason: rollcall.ReasonInvalidState, Message: message + ".", Err: cause}
}

// sentence is what a person is told about a failure: never the inside of it.
func sentence(cause error) string {
	if e, ok := errors.AsType[*rollcall.Error](cause); ok {
		return e.Message
	}
	return "The import failed because of an internal fault; see the log."
}
