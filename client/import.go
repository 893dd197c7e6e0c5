package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"rollcall"
)

// Call is a call that makes an import, as it can be kept and repeated.
type Call struct {
	Path string          `json:"path"`
	Body json.RawMessage `json:"body"`
	Key  string          `json:"key"` // Idempotency-Key
	// ImportID is the import that it made; empty: no answer came yet.
	ImportID string `json:"importId,omitempty"`
}

// NewCall is the call that imports an upload into a list: one that is there, or,
// where list is nil, a new one.
func NewCall(list *List, fresh NewList, uploadID string, options rollcall.ImportOptions) (*Call, error) {
	path, body := "/imports", map[string]any{"uploadId": uploadID, "options": encodeOptions(options)}
	if list != nil {
		path = "/contactList/" + url.PathEscape(list.ID) + "/imports"
	} else {
		body["list"] = fresh
	}
	text, err := json.Marshal(body)
	return &Call{Path: path, Body: text, Key: rollcall.NewID("im-")}, err
}

// CreateImport makes an import, once, however often it is called with the same
// call. The error is [ErrNoUpload] where the upload is gone.
func (c *Client) CreateImport(ctx context.Context, call *Call, uploadID string) (*Import, error) {
	var im Import
	r := request{method: http.MethodPost, path: call.Path, header: http.Header{}, patience: createPatience}
	r.header.Set(rollcall.CallKeyHeader, call.Key)
	err := c.call(ctx, r, call.Body, &im)
	e, ok := errors.AsType[*rollcall.Error](err)
	switch {
	case ok && e.Reason == rollcall.ReasonCallAlreadyDone:
		return c.importOf(ctx, uploadID, err)
	case ok && e.Code == rollcall.CodeNotFound && e.Field == "body.uploadId":
		return nil, ErrNoUpload
	case err != nil:
		return nil, err
	}
	return &im, nil
}

// importOf finds the import that a call made whose answer is lost on the server
// too: the newest of the upload.
func (c *Client) importOf(ctx context.Context, uploadID string, lost error) (*Import, error) {
	cursor := ""
	for {
		var page struct {
			Results    []Import
			NextCursor string
		}
		r := request{method: http.MethodGet, path: "/imports?limit=200&cursor=" + url.QueryEscape(cursor)}
		if err := c.call(ctx, r, nil, &page); err != nil {
			return nil, err
		}
		for i := range page.Results {
			if page.Results[i].File.UploadID == uploadID {
				return &page.Results[i], nil
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			return nil, lost
		}
	}
}

// Import asks for an import.
func (c *Client) Import(ctx context.Context, id string) (*Import, error) {
	var im Import
	return &im, c.call(ctx, request{method: http.MethodGet, path: "/imports/" + url.PathEscape(id)}, nil, &im)
}

// The pauses between two questions about an import that is under way.
const (
	firstLook = 100 * time.Millisecond
	lastLook  = 2 * time.Second
)

// Follow asks for an import until it has ended, and tells each answer. It gives the
// last one, also with an error: what came before a broken connection, or before ctx
// ended. It asks instead of listening to the server's events, since what stands
// between may hold a stream back.
func (c *Client) Follow(ctx context.Context, im *Import, tell func(*Import)) (*Import, error) {
	for pause := firstLook; ; pause = min(pause*3/2, lastLook) {
		tell(im)
		if im.State.Ended() {
			return im, nil
		}
		if err := rest(ctx, pause); err != nil {
			return im, err
		}
		now, err := c.Import(ctx, im.ImportID)
		if err != nil {
			return im, err
		}
		im = now
	}
}

// FindList finds the contact list of a name, whatever its case; nil: there is none.
func (c *Client) FindList(ctx context.Context, name string) (*List, error) {
	var all []List
	if err := c.call(ctx, request{method: http.MethodPost, path: "/contactList/getAllListDetails"}, nil, &all); err != nil {
		return nil, err
	}
	for i := range all {
		if rollcall.NameKey(all[i].Name) == rollcall.NameKey(name) {
			return &all[i], nil
		}
	}
	return nil, nil
}

// List asks for a contact list.
func (c *Client) List(ctx context.Context, id string) (*List, error) {
	var l List
	return &l, c.call(ctx, request{method: http.MethodGet, path: "/contactList/" + url.PathEscape(id)}, nil, &l)
}

// Cancel asks an import to end.
func (c *Client) Cancel(ctx context.Context, id string) error {
	return c.call(ctx, request{method: http.MethodPost, path: "/imports/" + url.PathEscape(id) + "/cancel"}, nil, nil)
}

// Rejects writes the rejected rows of an import. Write is called with the answer's
// body, once more from its beginning after a broken connection.
func (c *Client) Rejects(ctx context.Context, id string, write func(io.Reader) error) error {
	return c.download(ctx, "/imports/"+url.PathEscape(id)+"/rejects", write)
}

// Ledger writes what became of each row, as csv or ndjson. See [Client.Rejects].
func (c *Client) Ledger(ctx context.Context, id, format string, write func(io.Reader) error) error {
	return c.download(ctx, "/imports/"+url.PathEscape(id)+"/ledger?format="+url.QueryEscape(format), write)
}

func (c *Client) download(ctx context.Context, path string, write func(io.Reader) error) error {
	return c.persist(ctx, func() (bool, error) {
		answer, err := c.send(ctx, request{method: http.MethodGet, path: path, patience: patience})
		if err != nil {
			return false, err
		}
		defer answer.Body.Close()
		body := &faultyReader{Reader: answer.Body}
		err = write(body)
		if body.err != nil {
			return false, c.broken(ctx, ctx, body.err)
		}
		return err == nil, err
	})
}

// faultyReader tells a connection that broke from a disk that is full.
type faultyReader struct {
	io.Reader
	err error
}

// Read reads.
func (r *faultyReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
