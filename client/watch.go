package client

import (
	"context"
	"errors"
	"io"
	"time"
)

// errSilent is a connection on which nothing moved for too long.
var errSilent = errors.New("nothing came from the server for too long")

// watch ends a request on whose connection nothing moves. A limit of the whole
// time would not do: a large file may take any time.
type watch struct {
	timer    *time.Timer
	patience time.Duration
	cancel   context.CancelCauseFunc
}

func watchOver(ctx context.Context, patience time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watch{time.AfterFunc(patience, func() { cancel(errSilent) }), patience, cancel}
}

func (w *watch) moved() { w.timer.Reset(w.patience) }

func (w *watch) end() {
	w.timer.Stop()
	w.cancel(nil)
}

// reader notes every read of a body that is sent.
func (w *watch) reader(r io.Reader) io.Reader { return &watchedReader{r, w} }

type watchedReader struct {
	io.Reader
	watch *watch
}

// Read reads.
func (r *watchedReader) Read(b []byte) (int, error) {
	r.watch.moved()
	return r.Reader.Read(b)
}

// watchedBody is the body of an answer; closing it ends the watch.
type watchedBody struct {
	io.ReadCloser
	watch *watch
}

// Read reads.
func (b *watchedBody) Read(p []byte) (int, error) {
	b.watch.moved()
	return b.ReadCloser.Read(p)
}

// Close closes the body.
func (b *watchedBody) Close() error {
	defer b.watch.end()
	return b.ReadCloser.Close()
}
