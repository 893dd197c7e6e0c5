package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rollcall"
)

// maxRefusal bounds how much of a refusal is read, in bytes.
const maxRefusal = 1 << 20

// codes are the kinds of errors by HTTP status.
var codes = map[int]rollcall.Code{
	http.StatusBadRequest:            rollcall.CodeInvalid,
	http.StatusUnauthorized:          rollcall.CodeUnauthenticated,
	http.StatusForbidden:             rollcall.CodeForbidden,
	http.StatusNotFound:              rollcall.CodeNotFound,
	http.StatusGone:                  rollcall.CodeNotFound,
	http.StatusRequestTimeout:        rollcall.CodeTimeout,
	http.StatusConflict:              rollcall.CodeConflict,
	http.StatusRequestEntityTooLarge: rollcall.CodeTooLarge,
	http.StatusTooManyRequests:       rollcall.CodeRateLimited,
}

// problem is one thing that the server found wrong.
type problem struct{ Code, Field, Message string }

// refusalOf turns an answer that is no success into an error.
func refusalOf(answer *http.Response, fresh bool) error {
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		return &rollcall.Error{Code: rollcall.CodeInvalid, Field: "server", Message: "The server sends callers to another address; give that one: " + answer.Header.Get("Location")}
	}
	var said struct{ Errors []problem }
	// An answer that is not of the API's form has its status alone.
	_ = json.NewDecoder(io.LimitReader(answer.Body, maxRefusal)).Decode(&said)
	if len(said.Errors) == 0 {
		said.Errors = []problem{{Message: fmt.Sprintf("The server answered with the status %d (%s).", answer.StatusCode, http.StatusText(answer.StatusCode))}}
	}
	code, known := codes[answer.StatusCode]
	if !known {
		code = rollcall.CodeInternal
	}
	var errs []error
	for _, p := range said.Errors {
		errs = append(errs, &rollcall.Error{Code: code, Reason: p.Code, Field: p.Field, Message: p.Message})
	}
	err := errs[0]
	if len(errs) > 1 {
		err = errors.Join(errs...)
	}
	return whetherPassing(answer, said.Errors[0], err, fresh)
}

// whetherPassing marks what another try may mend.
func whetherPassing(answer *http.Response, first problem, err error, fresh bool) error {
	p := &passing{error: err, after: retryAfter(answer.Header.Get("Retry-After"))}
	switch status := answer.StatusCode; {
	case status >= http.StatusInternalServerError && status != http.StatusNotImplemented,
		status == http.StatusLocked, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout,
		first.Code == rollcall.ReasonCallInProgress:
		return p
	case status == http.StatusUnauthorized && fresh:
		// A token that is good for one call may be spent by a request whose
		// connection broke, and which the library sent again.
		p.once = true
		return p
	}
	return err
}

// retryAfter reads the header in its form of seconds (RFC 9110, section 10.2.3).
func retryAfter(text string) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}
