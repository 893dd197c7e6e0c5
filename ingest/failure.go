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
// when its process ends, else as cancelled or as failed.
func (r *run) fail(ctx context.Context, cause error) error {
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	e, told := errors.AsType[*rollcall.Error](cause)
	switch {
	case told && e.Reason == rollcall.ReasonCancelled:
	case ctx.Err() != nil:
		return r.interrupted(after, cause)
	case told && e.Reason == rollcall.ReasonTakenOver:
		// Its end is for the other process to write.
		return cause
	}
	_, err := r.store.EndImport(after, r.im, failureOf(cause), r.now())
	return errors.Join(cause, err)
}

// interrupted lets go of an import.
func (r *run) interrupted(ctx context.Context, cause error) error {
	message := fmt.Sprintf("The import was interrupted; %d rows are committed. The same command goes on from there", r.im.Counts.Rows)
	if err := r.store.PauseImport(ctx, r.im, r.now()); err != nil {
		message += fmt.Sprintf(" after %.0f seconds", rollcall.ImportLease.Seconds())
	}
	return &rollcall.Error{Code: rollcall.CodeConflict, Reason: rollcall.ReasonInvalidState, Message: message + ".", Err: cause}
}

// failureOf is what an import notes of an error: a stable word, and a sentence for
// a person, never the inside of it.
func failureOf(cause error) *rollcall.Failure {
	e, told := errors.AsType[*rollcall.Error](cause)
	if !told || e.Code == rollcall.CodeInternal && e.Message == "" {
		return &rollcall.Failure{Code: rollcall.FailureInternal, Message: "The import failed because of an internal fault; see the log."}
	}
	f := &rollcall.Failure{Code: e.Reason, Message: e.Message}
	if f.Code == "" {
		f.Code = string(e.Code)
	}
	return f
}
