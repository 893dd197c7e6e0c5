package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// success is the envelope of what succeeded (contract, section 1).
type success[T any] struct {
	Status  string `json:"status" enum:"success" doc:"Always success."`
	Message string `json:"message" doc:"What was done; may be empty, is always present."`
	Data    T      `json:"data"`
}

// reply is what a handler answers with: a message and data, or the whole body
// where it was encoded by hand, or what writes an answer that is no envelope, or a
// status alone.
type reply struct {
	status  int // 0: 200
	message string
	data    any
	body    []byte
	stream  func(*exchange) error
}

var headerJSON = []string{"application/json; charset=utf-8"}

// answer writes a success.
func (x *exchange) answer(r reply) {
	switch {
	case r.stream != nil:
		x.answerStream(r.stream)
		return
	case r.status != 0 && r.data == nil:
		x.WriteHeader(r.status)
		return
	case r.body != nil:
		x.writeBody(http.StatusOK, r.body)
		return
	}
	x.writeJSON(cmp.Or(r.status, http.StatusOK), success[any]{Status: "success", Message: r.message, Data: r.data})
}

// errCallerGone is an answer that its caller no longer takes.
var errCallerGone = errors.New("the caller no longer takes the answer")

// answerStream lets an answer be written bit by bit. Where that fails after the
// first bytes, the connection is broken off: a file must not look whole that is not.
func (x *exchange) answerStream(write func(*exchange) error) {
	err := write(x)
	switch {
	case err == nil:
		return
	case x.status == 0:
		x.Header().Del("Content-Disposition")
		x.fail(err)
		return
	}
	x.cause, x.status = err, http.StatusInternalServerError
	if errors.Is(err, errCallerGone) || errors.Is(err, context.Canceled) {
		x.status = statusClientGone
	}
	panic(http.ErrAbortHandler)
}

// writeBody writes an encoded answer. An error means that the caller is gone,
// which nobody can be told.
func (x *exchange) writeBody(status int, body []byte) {
	h := x.Header()
	h["Content-Type"] = headerJSON
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.WriteHeader(status)
	_, _ = x.Write(body)
}

func (x *exchange) writeJSON(status int, v any) {
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	x.writeBody(status, encodeJSON(buf, v))
}

// buffers are for answers that are written at once and not kept.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooledBuffer bounds what one large answer leaves in memory, in bytes.
const maxPooledBuffer = 1 << 20

func putBuffer(b *bytes.Buffer) {
	if b.Cap() <= maxPooledBuffer {
		b.Reset()
		buffers.Put(b)
	}
}

// encodeJSON encodes into buf. Only this package's own structs come here, and
// they can always be encoded. <, > and & stay as they are: the answer is no HTML.
func encodeJSON(buf *bytes.Buffer, v any) []byte {
	e := json.NewEncoder(buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// timestamp is a time on the wire: ISO 8601, UTC, exactly three decimals
// (contract, section 1).
type timestamp time.Time

const timestampLayout = "2006-01-02T15:04:05.000Z"

func appendTimestamp(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, timestampLayout) }

// MarshalText writes the time; encoding/json calls it.
func (t timestamp) MarshalText() ([]byte, error) { return appendTimestamp(nil, time.Time(t)), nil }
