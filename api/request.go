package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"rollcall"
)

// maxRequestID bounds a request id that the caller chose, in characters.
const maxRequestID = 64

// exchange is one request and its answer: the response writer that every handler
// gets, and what the log will say.
type exchange struct {
	http.ResponseWriter
	requestID string
	start     time.Time
	// connection ends when the caller hangs up. The request's own context has the
	// time limit besides, which does not hold for files.
	connection context.Context //nolint:containedctx // it is the connection's, and so the exchange's
	status     int             // 0: nothing is written yet
	bytes      int64
	app        *rollcall.App // whose token it was, once that is proven
	cause      error         // why it failed, for the log only
}

// Values of headers that all answers share. They are never changed, so that no
// request has to allocate them.
var (
	headerNosniff = []string{"nosniff"}
	headerNoStore = []string{"no-store"}
)

// serve is the outermost handler.
func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, requestID: requestID(r), start: time.Now(), connection: r.Context()}
	h := w.Header()
	h["X-Request-Id"] = []string{x.requestID}
	h["X-Content-Type-Options"] = headerNosniff
	h["Cache-Control"] = headerNoStore
	ctx, cancel := context.WithTimeout(r.Context(), a.config.RequestTimeout)
	defer cancel()
	r = r.WithContext(ctx)
	if r.ContentLength != 0 {
		// The context does not reach a read that waits for a slow sender. The error
		// is that this writer knows no deadlines: then the context must do.
		_ = http.NewResponseController(w).SetReadDeadline(x.start.Add(a.config.RequestTimeout))
	}
	defer a.finish(x, r)
	if clean := path.Clean(r.URL.Path); clean != r.URL.Path && clean+"/" != r.URL.Path {
		// The mux would redirect to the clean path, and a redirect is no envelope.
		x.fail(rollcall.NotFound(noSuchPath))
		return
	}
	a.mux.ServeHTTP(x, r)
}

const noSuchPath = "There is no such path; the API reference at /docs lists them all."

// finish ends a request, also one whose handler panicked: nothing leaves
// without an answer and a line in the log.
func (a *API) finish(x *exchange, r *http.Request) {
	if v := recover(); v != nil {
		err, _ := v.(error)
		aborted, broken := errors.Is(err, http.ErrAbortHandler), x.status != 0
		if !aborted {
			x.fail(fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}
		if aborted || broken {
			// Half an answer is out. Only a broken connection tells the caller.
			defer panic(http.ErrAbortHandler)
		}
	}
	d := time.Since(x.start)
	_, route, _ := strings.Cut(r.Pattern, " ")
	a.log(x, r, route, d)
	a.config.Observe(route, r.Method, x.status, d)
}

// log writes the request's one line. The route stands for the path, which holds
// ids, and the query, which may hold anything.
func (a *API) log(x *exchange, r *http.Request, route string, d time.Duration) {
	level := slog.LevelInfo
	if x.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if !a.config.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := make([]slog.Attr, 0, 9)
	attrs = append(attrs, slog.String("method", r.Method), slog.String("route", route), slog.Int("status", x.status),
		slog.Int64("bytes", x.bytes), slog.Float64("durationMs", float64(d.Microseconds())/1000), slog.String("requestId", x.requestID))
	if x.app != nil {
		attrs = append(attrs, slog.String("clientId", x.app.ClientID), slog.String("account", x.app.AccountID))
	}
	if x.cause != nil {
		attrs = append(attrs, slog.String("cause", loggable(x.status, x.cause)))
	}
	a.config.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// loggable is what the log may hold of an error. A message about what the caller
// sent may quote it, a name or a number; so of these only the codes and the
// fields are told. Our faults and refused tokens are told whole: they quote nothing.
func loggable(status int, err error) string {
	if status >= http.StatusInternalServerError || status == http.StatusUnauthorized {
		return err.Error()
	}
	if e, ok := errors.AsType[*tusError](err); ok {
		return e.Code + " " + e.Field
	}
	var told []string
	for _, e := range rollcall.Errors(err) {
		told = append(told, strings.TrimSpace(problemCode(e)+" "+e.Field))
	}
	return strings.Join(told, ", ")
}

// requestID takes the caller's id where it is short and harmless in a log, else
// makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > maxRequestID || strings.ContainsFunc(id, notInRequestID) {
		return rand.Text()
	}
	return id
}

func notInRequestID(c rune) bool {
	return !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')
}

// WriteHeader notes the status.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(b)
	x.bytes += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// unknownPath tells what is wrong with a request that no route takes: the
// method, or the path.
func (a *API) unknownPath(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(probe); known(method, pattern, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return rollcall.NotFound(noSuchPath)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return &methodError{method: r.Method, allowed: allowed}
}

// methodError is a known path with a method that it does not have.
type methodError struct {
	method  string
	allowed []string
}

func (e *methodError) Error() string {
	return "This path does not take the method " + e.method + "; it takes " + strings.Join(e.allowed, ", ") + "."
}
