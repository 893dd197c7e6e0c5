package rollcall

import (
	"errors"
	"time"
)

// Code is the kind of an error: what a caller can do about it. Each door maps
// it to its own language (an HTTP status, an exit status) in one place.
type Code string

// The codes. An error of another type counts as CodeInternal.
const (
	CodeInvalid         Code = "invalid"         // the caller sent something wrong and can mend it
	CodeUnauthenticated Code = "unauthenticated" // who is calling is not proven
	CodeForbidden       Code = "forbidden"       // who is calling may not do this
	CodeNotFound        Code = "not_found"       // no such thing in this account
	CodeConflict        Code = "conflict"        // the present state does not allow it
	CodeTooLarge        Code = "too_large"       // over a limit of size
	CodeRateLimited     Code = "rate_limited"    // too often; see RetryAfter
	CodeTimeout         Code = "timeout"         // the caller sent too slowly
	CodeInternal        Code = "internal"        // our fault
)

// Reasons: finer than a code, stable, and part of the wire contract (section 1).
const (
	ReasonMissingHeader   = "missing_header"
	ReasonInvalidField    = "invalid_field"
	ReasonTimeZoneUnknown = "time_zone_unknown" // no zone of the IANA database
	ReasonInvalidJSON     = "invalid_json"
	ReasonNameTaken       = "name_taken"
	ReasonListInUse       = "list_in_use"
	ReasonInUse           = "in_use" // a campaign names it
	ReasonInvalidState    = "invalid_state"
	ReasonImportRunning   = "import_running"   // another import into the list is alive; it will end
	ReasonAlreadyImported = "already_imported" // the file's content was imported into the list before
	ReasonTakenOver       = "taken_over"       // another process goes on with it, or its list is gone: its end is not the caller's to write
	ReasonCancelled       = "cancelled"        // somebody asked for the end of what was under way
	ReasonLimitReached    = "limit_reached"    // the account has all that its limits allow

	ReasonKeyReused       = "idempotency_key_reused" // the Idempotency-Key came with another request before
	ReasonCallInProgress  = "request_in_progress"    // the first call with the key is under way
	ReasonCallAlreadyDone = "already_carried_out"    // the first call with the key wrote, and its answer is not there
	ReasonNumberTaken     = "number_taken"           // another contact of the list has the phone number
	ReasonExpiry          = "expiry_invalid"         // an entry's expiry is no date
	ReasonCountChanged    = "count_changed"          // a filter takes another number of contacts than was confirmed
)

// Error is the only error type that carries a message for a person outside.
// Err, the cause, may be logged but is never sent to a caller.
type Error struct {
	Code       Code
	Reason     string        // one of the Reason constants; empty: the code says it all
	Field      string        // the field as the caller named it, for example "name"
	Message    string        // one sentence a person can act on
	RetryAfter time.Duration // when to try again, where that is known: for CodeRateLimited always
	Err        error
}

// Error gives the message and the cause, for logs.
func (e *Error) Error() string {
	s := e.Message
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Invalid is a field that breaks a rule.
func Invalid(field, message string) *Error {
	return &Error{Code: CodeInvalid, Reason: ReasonInvalidField, Field: field, Message: message}
}

// NotFound says that there is no such thing in the caller's account.
func NotFound(message string) *Error { return &Error{Code: CodeNotFound, Message: message} }

// Conflict says that the present state does not allow the call.
func Conflict(reason, message string) *Error {
	return &Error{Code: CodeConflict, Reason: reason, Message: message}
}

// CodeOf gives the code of an error; CodeInternal for one of another type.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// Errors collects every *Error in a tree of joined errors, in order, so that a
// caller learns all that is wrong with a request at once.
func Errors(err error) []*Error {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case nil:
		return nil
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, sub := range e.Unwrap() {
			all = append(all, Errors(sub)...)
		}
		return all
	case interface{ Unwrap() error }:
		return Errors(e.Unwrap())
	}
	return nil
}
