package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"rollcall"
)

const (
	// leaseSlack is how much longer than its request a call with a key counts as
	// under way: its last transaction may still be on its way to the disk.
	leaseSlack = 10 * time.Second
	// answerPatience bounds the keeping of an answer. The caller may be gone by then.
	answerPatience = 5 * time.Second
	// maxKeptCallAnswer bounds an answer that is kept for repetitions, in bytes. Only
	// that of an addContacts call with thousands of bad contacts is larger.
	maxKeptCallAnswer = 1 << 20
)

// headerReplayed tells that an answer is that of an earlier call.
const headerReplayed = "Idempotent-Replayed"

// carryOutOnce carries out a call that has an Idempotency-Key, or gives the answer
// of the call that it repeats.
func (a *API) carryOutOnce(c *call, rt *route, keys []string) {
	k, err := a.keyedCall(c, rt, keys)
	if err != nil {
		c.exchange.fail(err)
		return
	}
	kept, err := a.config.Store.BeginCall(c.Context(), k, a.config.Now())
	switch {
	case err != nil:
		c.exchange.fail(within("header", err))
	case kept != nil:
		c.exchange.replay(kept)
	default:
		a.answerOnce(c, rt, k)
	}
}

// keyedCall is the call as the store is to know it.
func (a *API) keyedCall(c *call, rt *route, keys []string) (*rollcall.KeyedCall, error) {
	key := ""
	if len(keys) == 1 { // of two it would be open which counts
		key = unquote(keys[0])
	}
	if err := rollcall.CheckCallKey(key); err != nil {
		return nil, within("header", err)
	}
	fingerprint, err := a.fingerprint(c, c.writesOf(rt))
	if err != nil {
		return nil, err
	}
	now := a.config.Now()
	return &rollcall.KeyedCall{
		ClientID: c.caller.App.ClientID, Key: key, Fingerprint: fingerprint,
		LeaseUntil: now.Add(a.config.RequestTimeout + leaseSlack), ExpiresAt: now.Add(a.config.IdempotencyTTL),
	}, nil
}

// unquote takes the quotes off that the header's draft asks for, and that hardly
// any client sends.
func unquote(key string) string {
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		return key[1 : len(key)-1]
	}
	return key
}

// writesOf says how this very request of a route writes.
func (c *call) writesOf(rt *route) writes {
	switch {
	case rt.writes != writesForm:
		return rt.writes
	case c.isForm():
		return writesStream
	}
	return writesWhole
}

// fingerprint is the same for a repetition of a request, and for no other; but of a
// file only the name and the length count.
func (a *API) fingerprint(c *call, w writes) (string, error) {
	h := sha256.New()
	note := func(parts ...string) {
		for _, part := range parts {
			io.WriteString(h, strconv.Itoa(len(part))+":"+part)
		}
	}
	note(c.Method, c.URL.EscapedPath(), c.URL.RawQuery)
	switch {
	case w != writesStream:
		body, err := c.readBody()
		if err != nil {
			return "", err
		}
		h.Write(body)
	case c.isForm():
		// Whoever repeats the call may put another boundary between the parts.
		f := c.form(a)
		note(strconv.FormatInt(c.ContentLength-int64(len(c.boundary())*(len(f.parts)+2)), 10))
		for _, p := range f.parts {
			note(p.name, string(p.data))
		}
		if f.file != nil {
			note(f.file.FileName())
		}
	default:
		note(strconv.FormatInt(c.ContentLength, 10))
		for _, name := range passedOn {
			note(c.Header.Get(name))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// answerOnce has the handler answer, and keeps the answer before it is sent: who
// repeats a call because no answer came must find it.
func (a *API) answerOnce(c *call, rt *route, k *rollcall.KeyedCall) {
	x := c.exchange
	c.key = k
	c.Request = c.WithContext(c.counted(c.Context()))
	held := hold(x.ResponseWriter)
	x.ResponseWriter = held
	ended := false
	defer func() {
		x.ResponseWriter = held.ResponseWriter
		if !ended { // it panicked: finish answers, as if nothing had been written
			x.status, x.bytes = 0, 0
			a.dropAnswer(c, k, http.StatusInternalServerError)
		}
	}()
	a.carryOut(c, rt)
	ended = true
	if keepable(c.writesOf(rt), held) {
		a.keepAnswer(c, k, held.kept())
	} else {
		a.dropAnswer(c, k, held.status)
	}
	held.send()
}

// keepable tells whether a repetition is to get this answer. It is to be carried
// out where another try may end otherwise: after a fault of ours, when it was too
// slow, and when a file broke off on its way.
func keepable(w writes, held *heldAnswer) bool {
	switch {
	case held.status >= http.StatusInternalServerError, len(held.body) > maxKeptCallAnswer, w == writesStream && held.status >= http.StatusBadRequest:
		return false
	}
	switch held.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return true
}

func (a *API) keepAnswer(c *call, k *rollcall.KeyedCall, answer rollcall.CallAnswer) {
	a.endCall(c, func(ctx context.Context) error { return a.config.Store.KeepAnswer(ctx, k, answer) })
}

func (a *API) dropAnswer(c *call, k *rollcall.KeyedCall, status int) {
	a.endCall(c, func(ctx context.Context) error { return a.config.Store.DropAnswer(ctx, k, status) })
}

// endCall ends a call with a key, also for a caller that hung up. An error is for
// the log alone: the answer is true all the same, and a repetition is refused, not
// carried out again.
func (a *API) endCall(c *call, end func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), answerPatience)
	defer cancel()
	if err := end(ctx); err != nil {
		a.config.Log.ErrorContext(ctx, "keep the answer of a call with an Idempotency-Key", slog.String("requestId", c.exchange.requestID), slog.Any("err", err))
	}
}

// replay answers with a kept answer.
func (x *exchange) replay(answer *rollcall.CallAnswer) {
	h := x.Header()
	for name, values := range answer.Header {
		h[name] = values
	}
	h.Set(headerReplayed, "true")
	x.WriteHeader(answer.Status)
	if len(answer.Body) > 0 { // a status may forbid one
		_, _ = x.Write(answer.Body)
	}
}

// heldAnswer is a response writer that holds the answer back.
type heldAnswer struct {
	http.ResponseWriter
	own    http.Header // what was there before the handler
	status int
	body   []byte
}

func hold(w http.ResponseWriter) *heldAnswer {
	return &heldAnswer{ResponseWriter: w, own: w.Header().Clone()}
}

// WriteHeader notes the status, the first time.
func (h *heldAnswer) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write holds the bytes.
func (h *heldAnswer) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	h.body = append(h.body, b...)
	return len(b), nil
}

// Unwrap lets [http.ResponseController] reach the connection.
func (h *heldAnswer) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// kept is the answer with the headers that the handler set.
func (h *heldAnswer) kept() rollcall.CallAnswer {
	set := http.Header{}
	for name, values := range h.Header() {
		if _, before := h.own[name]; !before {
			set[name] = values
		}
	}
	return rollcall.CallAnswer{Status: h.status, Header: set, Body: h.body}
}

// send writes the answer at last.
func (h *heldAnswer) send() {
	h.WriteHeader(http.StatusOK)
	h.ResponseWriter.WriteHeader(h.status)
	if len(h.body) > 0 {
		_, _ = h.ResponseWriter.Write(h.body)
	}
}
