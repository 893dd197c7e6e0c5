package api

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"rollcall"
)

// tusWriter holds back what tusd answers, so that it can be said in the
// contract's words.
type tusWriter struct {
	exchange *exchange
	header   http.Header
	status   int
	body     bytes.Buffer
}

// Header gives the headers of the answer.
func (w *tusWriter) Header() http.Header { return w.header }

// WriteHeader notes the status.
func (w *tusWriter) WriteHeader(status int) { w.status = status }

// Write keeps the answer's text, which tusd writes for failures only.
func (w *tusWriter) Write(b []byte) (int, error) { return w.body.Write(b) }

// Unwrap lets [http.ResponseController] reach the connection.
func (w *tusWriter) Unwrap() http.ResponseWriter { return w.exchange }

// tusError is a failure with a status that the protocol asks for.
type tusError struct {
	status int
	problem
}

// Error gives the message.
func (e *tusError) Error() string { return e.Message }

// tusErrors are the failures of the protocol by tusd's name. The statuses are
// tusd's, which clients know: they try again after 409, 423 and what begins with
// 5, and no other. A silent or broken connection is 503 instead of 500: the fault
// is not ours. Another Content-Type is 415, as the protocol has it; tusd's is 400.
var tusErrors = map[string]*tusError{
	"ERR_UNSUPPORTED_VERSION":         {http.StatusPreconditionFailed, problem{"unsupported_version", "header.Tus-Resumable", "This server speaks tus 1.0.0; send the header Tus-Resumable: 1.0.0."}},
	"ERR_MAX_SIZE_EXCEEDED":           {http.StatusRequestEntityTooLarge, problem{"too_large", "header.Upload-Length", "The file is larger than this server takes; OPTIONS tells the limit in the header Tus-Max-Size."}},
	"ERR_UPLOAD_SIZE_EXCEEDED":        {http.StatusRequestEntityTooLarge, problem{"too_large", "body", "The body goes beyond the length that the upload was to have."}},
	"ERR_INVALID_CONTENT_TYPE":        {http.StatusUnsupportedMediaType, problem{"unsupported_media_type", "header.Content-Type", "The Content-Type must be application/offset+octet-stream."}},
	"ERR_INVALID_UPLOAD_LENGTH":       {http.StatusBadRequest, problem{"invalid_field", "header.Upload-Length", "The header Upload-Length must be the file's number of bytes, not less than has come, and said once."}},
	"ERR_INVALID_UPLOAD_LENGTH_DEFER": {http.StatusBadRequest, problem{"invalid_field", "header.Upload-Defer-Length", "The header Upload-Defer-Length must be 1."}},
	"ERR_AMBIGUOUS_UPLOAD_LENGTH":     {http.StatusBadRequest, problem{"invalid_field", "header.Upload-Length", "Send Upload-Length or Upload-Defer-Length, not both."}},
	"ERR_INVALID_OFFSET":              {http.StatusBadRequest, problem{"invalid_field", "header.Upload-Offset", "The header Upload-Offset must be the number of bytes that have come, as HEAD tells it."}},
	"ERR_MISMATCHED_OFFSET":           {http.StatusConflict, problem{"mismatched_offset", "header.Upload-Offset", "The header Upload-Offset is not the number of bytes that have come; ask for it with HEAD."}},
	"ERR_UPLOAD_LOCKED":               {http.StatusLocked, problem{"upload_locked", "", "Another request is writing to this upload; try again."}},
	"ERR_LOCK_TIMEOUT":                {http.StatusLocked, problem{"upload_locked", "", "Another request is writing to this upload; try again."}},
	"ERR_UPLOAD_INTERRUPTED":          {http.StatusBadRequest, problem{"upload_interrupted", "body", "Another request went on with this upload; ask for its offset with HEAD."}},
	"ERR_UNEXPECTED_EOF":              {http.StatusBadRequest, problem{"invalid_field", "body", "The body broke off before its end; go on from the offset that HEAD tells."}},
	"ERR_READ_TIMEOUT":                {http.StatusServiceUnavailable, problem{"timeout", "body", "Nothing came for too long; go on from the offset that HEAD tells."}},
	"ERR_CONNECTION_RESET":            {http.StatusServiceUnavailable, problem{"timeout", "body", "The connection broke; go on from the offset that HEAD tells."}},
}

// tusProblem turns tusd's answer, "ERR_NAME: text", into an error of ours. To
// HEAD it answers without a text. What has no name of the protocol is our fault,
// and its text is for the log.
func tusProblem(status int, text string) error {
	name, _, _ := strings.Cut(text, ":")
	if e, ok := tusErrors[name]; ok {
		return e
	}
	switch status {
	case http.StatusNotFound:
		return rollcall.NotFound("There is no upload with this id.")
	case http.StatusInternalServerError:
		return errors.New("tus: " + strings.TrimSpace(text))
	}
	return &tusError{status, problem{"invalid_field", "", "The request does not follow the protocol tus 1.0.0."}}
}
