package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"rollcall"
)

// statuses maps the kind of an error to its HTTP status (contract, section 1).
// It is the only such map.
var statuses = map[rollcall.Code]int{
	rollcall.CodeInvalid:         http.StatusBadRequest,
	rollcall.CodeUnauthenticated: http.StatusUnauthorized,
	rollcall.CodeForbidden:       http.StatusForbidden,
	rollcall.CodeNotFound:        http.StatusNotFound,
	rollcall.CodeTimeout:         http.StatusRequestTimeout,
	rollcall.CodeConflict:        http.StatusConflict,
	rollcall.CodeTooLarge:        http.StatusRequestEntityTooLarge,
	rollcall.CodeRateLimited:     http.StatusTooManyRequests,
	rollcall.CodeInternal:        http.StatusInternalServerError,
}

// statusClientGone is for the log and the metrics alone: the caller hung up, so
// nobody saw the answer.
const statusClientGone = 499

// failure is the envelope of everything that did not succeed.
type failure struct {
	Status    string    `json:"status" enum:"error" doc:"Always error."`
	Message   string    `json:"message" doc:"One sentence that a person can act on."`
	Errors    []problem `json:"errors" nullable:"false" doc:"All that is wrong with the request."`
	RequestID string    `json:"requestId" doc:"To be named when asking for help; the log of the server has it too."`
}

// problem is one thing that is wrong.
type problem struct {
	Code    string `json:"code" doc:"Stable, in snake_case." example:"invalid_field"`
	Field   string `json:"field,omitempty" doc:"Where it is, for example body.name, query.type or header.iid." example:"body.name"`
	Message string `json:"message" doc:"One sentence that a person can act on."`
}

// internalMessage is all that a caller learns of our faults.
const internalMessage = "Something went wrong on our side; try again, and name the requestId if it happens again."

// fail answers with an error, and keeps its cause for the log.
func (x *exchange) fail(err error) {
	x.cause = err
	if x.status != 0 {
		return // an answer is out already
	}
	status, problems := describe(err)
	if wait := retryAfter(err); wait > 0 || status == http.StatusTooManyRequests {
		x.Header().Set("Retry-After", strconv.Itoa(max(1, wait)))
	}
	x.writeJSON(status, failure{Status: "error", Message: summary(problems), Errors: problems, RequestID: x.requestID})
	if status == http.StatusInternalServerError && errors.Is(err, context.Canceled) {
		x.status = statusClientGone // not our fault, so it must not look like it
	}
}

// describe gives the status and the problems of an error. The first problem
// decides the status. What is not a [rollcall.Error] is our fault, and nothing
// of it is told.
func describe(err error) (int, []problem) {
	if e, ok := errors.AsType[*methodError](err); ok {
		return http.StatusMethodNotAllowed, []problem{{Code: "method_not_allowed", Message: e.Error()}}
	}
	if e, ok := errors.AsType[*tusError](err); ok {
		return e.status, []problem{e.problem}
	}
	var problems []problem
	status := http.StatusInternalServerError
	for _, e := range rollcall.Errors(err) {
		code := cmp.Or(statuses[e.Code], http.StatusInternalServerError)
		if code == http.StatusInternalServerError {
			problems = nil
			break
		}
		if len(problems) == 0 {
			status = code
		}
		problems = append(problems, problem{Code: problemCode(e), Field: e.Field, Message: e.Message})
	}
	if len(problems) == 0 {
		return http.StatusInternalServerError, []problem{{Code: string(rollcall.CodeInternal), Message: internalMessage}}
	}
	return status, problems
}

// problemCode is the code on the wire: the finer reason where there is one.
func problemCode(e *rollcall.Error) string {
	if e.Reason == "" && e.Code == rollcall.CodeInvalid {
		return rollcall.ReasonInvalidField
	}
	return cmp.Or(e.Reason, string(e.Code))
}

func summary(problems []problem) string {
	if len(problems) == 1 {
		return problems[0].Message
	}
	return fmt.Sprintf("%d things are wrong with the request; errors lists them.", len(problems))
}

// retryAfter is in whole seconds (RFC 9110, section 10.2.3), rounded up: who
// comes back then is not turned away again for having been early.
// It is 0 where the error does not say.
func retryAfter(err error) int {
	var wait time.Duration
	if e, ok := errors.AsType[*rollcall.Error](err); ok {
		wait = e.RetryAfter
	}
	return int(math.Ceil(wait.Seconds()))
}

// within puts the fields of errors into the part of the request that they are
// about: "name" becomes "body.name".
func within(place string, err error) error {
	known := rollcall.Errors(err)
	if len(known) == 0 || rollcall.CodeOf(err) == rollcall.CodeInternal {
		return err
	}
	moved := make([]error, len(known))
	for i, e := range known {
		m := *e
		if m.Field != "" {
			m.Field = place + "." + m.Field
		}
		moved[i] = &m
	}
	return errors.Join(moved...)
}

// firstOfEach joins errors and keeps the first about each field: a field of the
// wrong type would else also be said to be missing.
func firstOfEach(errs ...error) error {
	var kept []error
	seen := map[string]bool{}
	for _, e := range rollcall.Errors(errors.Join(errs...)) {
		if !seen[e.Field] {
			seen[e.Field] = true
			kept = append(kept, e)
		}
	}
	return errors.Join(kept...)
}
