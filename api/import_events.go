package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"rollcall"
)

// eventPace is how a stream of events passes its time.
type eventPace struct {
	// every is how often it looks for news. It asks the database, so that any process
	// can tell of an import that another one runs.
	every time.Duration
	// alive is after how long without news a comment is sent, so that proxies keep
	// the connection.
	alive time.Duration
	// longest ends a stream; browsers and other clients connect again by themselves.
	longest time.Duration
}

var usualPace = eventPace{every: 500 * time.Millisecond, alive: 15 * time.Second, longest: 30 * time.Minute}

// getImportEvents tells how far an import is, as it goes (Server-Sent Events,
// WHATWG HTML, section 9.2): an event "progress" with the import whenever
// something of it has changed, and an event "end" when nothing will change by
// itself any more.
func (a *API) getImportEvents(ctx context.Context, c *call) (reply, error) {
	im, err := a.pathImport(ctx, c)
	if err != nil {
		return reply{}, err
	}
	return reply{stream: func(x *exchange) error { return a.tell(x, c.owner(), im) }}, nil
}

// tell writes events until the import has ended.
func (a *API) tell(x *exchange, owner rollcall.Owner, im *rollcall.Import) error {
	h := x.Header()
	h.Set("Content-Type", typeEvents)
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers answers would hold the news back
	x.WriteHeader(http.StatusOK)
	// A deadline for a body would end the connection's watch for a caller that hangs
	// up, and with it the stream. An error is that the writer knows none.
	_ = http.NewResponseController(x).SetReadDeadline(time.Time{})
	ctx, cancel := context.WithTimeout(x.connection, a.pace.longest)
	defer cancel()
	tick := time.NewTicker(a.pace.every)
	defer tick.Stop()
	var last []byte
	quiet := time.Now()
	for {
		news := encodeEvent(encodeImport(im, a.config.Now()))
		switch {
		case settled(im):
			return x.event("end", news)
		case !bytes.Equal(news, last):
			if err := x.event("progress", news); err != nil {
				return err
			}
			last, quiet = news, time.Now()
		case time.Since(quiet) > a.pace.alive:
			if err := x.send([]byte(": still there\n\n")); err != nil {
				return err
			}
			quiet = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil // the caller hung up, or is to connect again
		case <-a.closing:
			return nil
		case <-tick.C:
		}
		now, err := a.config.Store.Import(ctx, owner, im.ID)
		if err != nil {
			return nil //nolint:nilerr // its list was deleted, or the caller hung up: there is no more news
		}
		im = now
	}
}

// settled tells whether nothing of the import will change by itself.
func settled(im *rollcall.Import) bool {
	return im.State.Ended() && im.Undo.State != rollcall.UndoQueued && im.Undo.State != rollcall.UndoRunning
}

func encodeEvent(w wireImport) []byte {
	b, err := json.Marshal(w)
	if err != nil {
		panic(err) // only this package's own structs
	}
	return b
}

// event sends one event.
func (x *exchange) event(name string, data []byte) error {
	return x.send([]byte("event: " + name + "\ndata: " + string(data) + "\n\n"))
}

// send sends bytes at once, and gives the caller some time to take them.
func (x *exchange) send(b []byte) error {
	control := http.NewResponseController(x)
	// An error is that the writer knows no deadlines.
	_ = control.SetWriteDeadline(time.Now().Add(time.Minute))
	if _, err := x.Write(b); err != nil {
		return errCallerGone
	}
	return control.Flush()
}
