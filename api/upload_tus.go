package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tus/tusd/v2/pkg/handler"
	"golang.org/x/exp/slog"

	"rollcall"
)

// Resumable uploads are tus 1.0.0 (https://tus.io/protocols/resumable-upload):
// the core, creation, creation with upload, a length that is said later,
// termination, expiration. tusd's handler does the protocol's work behind the
// checks of every call; what it answers is turned into the contract's envelope.

// The headers of the protocol.
const (
	headerTus           = "Tus-Resumable"
	headerUploadOffset  = "Upload-Offset"
	headerUploadExpires = "Upload-Expires"
	tusVersion1         = "1.0.0"
)

// passedOn are the headers of tusd's answers that a caller gets.
var passedOn = []string{headerUploadOffset, "Upload-Length", "Upload-Defer-Length"}

// newTus builds the protocol's handler; nil without a place for files.
func newTus(c Config) (*handler.UnroutedHandler, error) {
	if c.Files == nil {
		return nil, nil
	}
	return handler.NewUnroutedHandler(handler.Config{
		StoreComposer: c.Files.Composer(), MaxSize: c.MaxFile, NetworkTimeout: c.RequestTimeout,
		Cors: &handler.CorsConfig{Disable: true},
		// Its log would hold ids and names; what went wrong comes with its answer.
		Logger: slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1})),
		PreUploadCreateCallback: func(hook handler.HookEvent) (handler.HTTPResponse, handler.FileInfoChanges, error) {
			changes, err := hook.Context.Value(creationKey{}).(*creation).begin(hook)
			return handler.HTTPResponse{}, changes, err
		},
	})
}

// creation is an upload that is about to be made.
type creation struct {
	api    *API
	call   *call
	upload *rollcall.Upload // nil: not yet
	err    error            // why it could not be made
}

type creationKey struct{}

// begin gives the upload its id and its row, once tusd has found the request
// good. The row comes before the file: no file can be there that nobody knows.
func (n *creation) begin(hook handler.HookEvent) (handler.FileInfoChanges, error) {
	size, meta := hook.Upload.Size, hook.Upload.MetaData
	if hook.Upload.SizeIsDeferred {
		size = rollcall.UnknownSize
	}
	u, err := rollcall.NewUpload(n.call.owner(), n.call.user(), cmp.Or(meta["filename"], meta["name"]), size, n.api.config.Now())
	if err != nil {
		n.err = within("header."+headerUploadMetadata, err)
		return handler.FileInfoChanges{}, n.err
	}
	u.Metadata = n.call.Header.Get(headerUploadMetadata)
	if n.err = n.api.config.Store.CreateUpload(n.call.exchange.connection, u); n.err != nil {
		return handler.FileInfoChanges{}, n.err
	}
	n.upload = u
	return handler.FileInfoChanges{ID: u.ID, MetaData: handler.MetaData{"filename": u.FileName}}, nil
}

// beginTus makes a resumable upload, and takes the bytes that came with the
// request. On an error nothing is left of it, since the caller does not learn its
// id.
func (a *API) beginTus(c *call) (reply, error) {
	if err := c.tusVersion(true); err != nil {
		return reply{}, err
	}
	if err := cmp.Or(a.fits(c, 0), checkMetadata(c.Header.Get(headerUploadMetadata))); err != nil {
		return reply{}, err
	}
	n := &creation{api: a, call: c}
	err := a.runTus(c, "", n, a.tus.PostFile)
	if n.err != nil {
		err = n.err
	}
	if err == nil {
		var u *rollcall.Upload
		if u, err = a.settle(c, n.upload, true); err == nil {
			c.exchange.Header().Set("Location", c.URL.EscapedPath()+"/"+u.ID)
			a.sayExpiry(c, u)
			return reply{status: http.StatusCreated}, nil
		}
	}
	if n.upload != nil {
		a.forgetUpload(c, n.upload)
	}
	return reply{}, err
}

// headUpload tells where a resumable upload has to go on.
func (a *API) headUpload(ctx context.Context, c *call) (reply, error) {
	u, err := a.tusUpload(ctx, c, false)
	if err != nil {
		return reply{}, err
	}
	if err := a.runTus(c, u.ID, nil, a.tus.HeadFile); err != nil {
		return reply{}, err
	}
	if u.Metadata != "" {
		c.exchange.Header().Set(headerUploadMetadata, u.Metadata)
	}
	if !u.Complete {
		if u, err = a.settle(c, u, false); err != nil {
			return reply{}, err
		}
	}
	a.sayExpiry(c, u)
	return reply{status: http.StatusOK}, nil
}

// patchUpload takes more of a resumable upload. Whatever came of it before it
// broke off stays.
func (a *API) patchUpload(ctx context.Context, c *call) (reply, error) {
	u, err := a.tusUpload(ctx, c, true)
	if err != nil {
		return reply{}, err
	}
	offset, _ := strconv.ParseInt(c.Header.Get(headerUploadOffset), 10, 64) // tusd refuses another
	if err := a.fits(c, offset); err != nil {
		return reply{}, err
	}
	if !u.Complete {
		// It must not expire while bytes of it come.
		if u, err = a.config.Store.UpdateUpload(ctx, u.Owner, u.ID, a.touch); err != nil {
			return reply{}, err
		}
	}
	was := u.Complete
	err = a.runTus(c, u.ID, nil, a.tus.PatchFile)
	if !was || err != nil {
		var settleErr error
		u, settleErr = a.settle(c, u, true)
		err = cmp.Or(err, settleErr)
	}
	if err == nil && u.Complete && u.Size == offset {
		err = a.goesOnNowhere(c, u)
	}
	if err != nil {
		return reply{}, err
	}
	if !was {
		a.sayExpiry(c, u)
	}
	return reply{status: http.StatusNoContent}, nil
}

// goesOnNowhere refuses what a request would add to a complete upload, which tusd passes
// over: bytes, or another length.
func (a *API) goesOnNowhere(c *call, u *rollcall.Upload) error {
	if length := c.Header.Get("Upload-Length"); length != "" && length != strconv.FormatInt(u.Size, 10) {
		return tusErrors["ERR_INVALID_UPLOAD_LENGTH"]
	}
	body := a.newStream(c)
	switch _, err := io.ReadFull(body, make([]byte, 1)); {
	case err == nil:
		return tusErrors["ERR_UPLOAD_SIZE_EXCEEDED"]
	case errors.Is(err, io.EOF), errors.Is(err, http.ErrBodyReadAfterClose): // tusd has read it to its end
		body.end()
		return nil
	default:
		return bodyError(err)
	}
}

func (a *API) touch(u *rollcall.Upload) error {
	u.UpdatedAt = a.config.Now()
	return nil
}

// tusUpload checks the protocol's version, and gives the upload of the path.
func (a *API) tusUpload(ctx context.Context, c *call, need bool) (*rollcall.Upload, error) {
	if err := c.tusVersion(need); err != nil {
		return nil, err
	}
	return a.upload(ctx, c)
}

// uploadOptions tells what of the protocol is offered. It needs no token.
func (a *API) uploadOptions(_ context.Context, c *call) (reply, error) {
	h := c.exchange.Header()
	h.Set(headerTus, tusVersion1)
	h.Set("Tus-Version", tusVersion1)
	extensions := a.tus.SupportedExtensions()
	if a.config.KeepFiles > 0 {
		extensions += ",expiration"
	}
	h.Set("Tus-Extension", extensions)
	if a.config.MaxFile > 0 {
		h.Set("Tus-Max-Size", strconv.FormatInt(a.config.MaxFile, 10))
	}
	return reply{status: http.StatusNoContent}, nil
}

// tusVersion holds the caller's version of the protocol against ours. Where it is
// not needed, it may be left out.
func (c *call) tusVersion(need bool) error {
	c.exchange.Header().Set(headerTus, tusVersion1)
	given := c.Header.Get(headerTus)
	if given == tusVersion1 || given == "" && !need {
		return nil
	}
	c.exchange.Header().Set("Tus-Version", tusVersion1)
	return tusErrors["ERR_UNSUPPORTED_VERSION"]
}

// fits refuses a body that would take the file over its limit. tusd does not,
// where it knows the body's length but not yet the file's.
func (a *API) fits(c *call, offset int64) error {
	if limit := a.config.MaxFile; limit > 0 && c.ContentLength > limit-offset {
		return rollcall.FileTooLarge(limit)
	}
	return nil
}

// sayExpiry says when the file will be removed.
func (a *API) sayExpiry(c *call, u *rollcall.Upload) {
	if at, expires := a.expiry(u); expires {
		c.exchange.Header().Set(headerUploadExpires, at.UTC().Format(http.TimeFormat))
	}
}

// settle notes in the row what has come of the file, also for a sender that hung
// up meanwhile. Only one that sent bytes puts the file's expiry off.
func (a *API) settle(c *call, u *rollcall.Upload, sent bool) (*rollcall.Upload, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.exchange.connection), settlePatience)
	defer cancel()
	info, err := a.config.Files.Settle(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	return a.config.Store.UpdateUpload(ctx, u.Owner, u.ID, func(u *rollcall.Upload) error {
		if info.Whole && !u.Complete {
			u.Arrived(info.Size, u.Digest, a.config.Now())
		} else if !u.Complete {
			u.Size = info.Size
			if sent {
				return a.touch(u)
			}
		}
		return nil
	})
}

// runTus lets tusd work on the request, for as long as bytes arrive, and puts the
// headers of its answer into ours.
func (a *API) runTus(c *call, id string, n *creation, work http.HandlerFunc) error {
	body := a.newStream(c) // the first byte, too, may take its time
	ctx, cancel := context.WithCancel(context.WithValue(c.exchange.connection, creationKey{}, n))
	defer cancel()
	r := c.WithContext(ctx)
	r.URL = &url.URL{Path: "/" + id}
	w := &tusWriter{exchange: c.exchange, header: http.Header{}}
	work(w, r)
	if w.status >= http.StatusBadRequest {
		return tusProblem(w.status, w.body.String())
	}
	body.end()
	for _, name := range passedOn {
		if value := w.header.Get(name); value != "" {
			c.exchange.Header().Set(name, value)
		}
	}
	return nil
}
