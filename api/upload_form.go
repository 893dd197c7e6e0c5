package api

import (
	"context"
	"errors"
	"io"
	"mime/multipart"

	"rollcall"
	"rollcall/store"
)

// uploadForm takes a whole file from a form (RFC 7578). The file goes to its place
// as it is read; it is never in memory.
func (a *API) uploadForm(c *call) (reply, error) {
	f := c.form(a)
	if len(f.parts) > 0 || f.file == nil && rollcall.Errors(f.err)[0].Field == "body.file" {
		return reply{}, wrongParts()
	}
	if f.file == nil {
		return reply{}, f.err
	}
	// Not the request's own context: that has its time limit.
	u, err := a.takeFile(c.exchange.connection, c, f)
	if err != nil {
		return reply{}, err
	}
	return reply{message: "File uploaded successfully", data: a.encodeUpload(u)}, nil
}

// takeFile makes an upload of a part of a form. Nothing of it counts as carrying
// out the call: it may be repeated until all of the file is here.
func (a *API) takeFile(ctx context.Context, c *call, f *fileForm) (*rollcall.Upload, error) {
	ctx = store.Preparing(ctx)
	u, err := rollcall.NewUpload(c.owner(), c.user(), f.file.FileName(), rollcall.UnknownSize, a.config.Now())
	if err != nil {
		return nil, within("body", err)
	}
	if err := a.config.Store.CreateUpload(ctx, u); err != nil {
		return nil, err
	}
	size, digest, err := a.storePart(c, u, f)
	if err != nil {
		return nil, err
	}
	return a.config.Store.UpdateUpload(ctx, u.Owner, u.ID, func(u *rollcall.Upload) error {
		u.Arrived(size, digest, a.config.Now())
		return nil
	})
}

// storePart stores the file and makes sure that the form ends behind it. On an
// error nothing is left of the upload.
func (a *API) storePart(c *call, u *rollcall.Upload, f *fileForm) (size int64, digest string, err error) {
	source := &partReader{part: f.file}
	size, digest, err = a.config.Files.Put(c.exchange.connection, u.ID, source, a.config.MaxFile)
	switch {
	case source.err != nil:
		err = f.body.formError(source.err)
	case err != nil:
		err = within("body", err)
	default:
		if _, next := f.reader.NextPart(); next == nil {
			err = rollcall.Invalid("body.file", "The file must be the last part of the form; nothing may follow it.")
		} else if !errors.Is(next, io.EOF) || f.body.err != nil {
			err = f.body.formError(next)
		}
	}
	if err != nil {
		a.forgetUpload(c, u)
		return 0, "", err
	}
	f.body.end()
	return size, digest, nil
}

func wrongParts() error {
	return rollcall.Invalid("body.file", "The form must have one part, called file, which holds the file, and no other.")
}

// partReader keeps the error that a part ended with, so that it can be told from
// one of the place where the file goes.
type partReader struct {
	part *multipart.Part
	err  error
}

func (p *partReader) Read(b []byte) (int, error) {
	n, err := p.part.Read(b)
	if err != nil && err != io.EOF { //nolint:errorlint // as io.Reader says
		p.err = err
	}
	return n, err
}
