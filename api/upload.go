package api

import (
	"context"
	"encoding/base64"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rollcall"
)

// The limits of getUploads' query.
const (
	defaultUploads = 50
	maxUploads     = 200
)

// settlePatience is how long the work may take that follows the last byte of an
// upload: it must be done also for a sender that hung up.
const settlePatience = time.Minute

// createUpload takes a file whole, as a form, or begins a resumable upload.
func (a *API) createUpload(_ context.Context, c *call) (reply, error) {
	if c.Header.Get(headerTus) != "" {
		return a.beginTus(c)
	}
	if c.isForm() {
		return a.uploadForm(c)
	}
	return reply{}, rollcall.Invalid("header.Content-Type", "Send the file as multipart/form-data with one part, file, or begin a resumable upload with the header Tus-Resumable: 1.0.0.")
}

// isForm tells whether the body is a form (RFC 7578).
func (c *call) isForm() bool { return c.boundary() != "" }

// boundary is what stands between the parts of a form; empty where there is none.
func (c *call) boundary() string {
	kind, params, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return ""
	}
	return params["boundary"]
}

// getUpload gives one upload.
func (a *API) getUpload(ctx context.Context, c *call) (reply, error) {
	u, err := a.upload(ctx, c)
	if err != nil {
		return reply{}, err
	}
	return reply{message: "Upload retrieved successfully", data: a.encodeUpload(u)}, nil
}

// getUploads gives a page of the application's uploads.
func (a *API) getUploads(ctx context.Context, c *call) (reply, error) {
	limit, limitErr := queryNumber(c.URL.RawQuery, "limit", defaultUploads, 1, maxUploads)
	page, cursorErr := queryUploadCursor(c.URL.RawQuery)
	if err := firstOfEach(limitErr, cursorErr); err != nil {
		return reply{}, err
	}
	page.Limit = int(limit) + 1 // one more tells whether there are more
	uploads, err := a.config.Store.Uploads(ctx, c.owner(), page)
	if err != nil {
		return reply{}, err
	}
	data := uploadPage{Results: []upload{}, Limit: int(limit), HasMore: len(uploads) > int(limit)}
	for _, u := range uploads[:min(len(uploads), int(limit))] {
		data.Results = append(data.Results, a.encodeUpload(u))
		data.NextCursor = uploadCursor(u)
	}
	if !data.HasMore {
		data.NextCursor = ""
	}
	return reply{message: "Uploads retrieved successfully", data: data}, nil
}

// deleteUpload forgets an upload, whole or not, and removes its file. The row
// goes first: an import that is asked for at this moment finds both or neither.
func (a *API) deleteUpload(ctx context.Context, c *call) (reply, error) {
	if err := c.tusVersion(false); err != nil {
		return reply{}, err
	}
	id, err := c.uploadID()
	if err != nil {
		return reply{}, err
	}
	if err := a.config.Store.DeleteUpload(ctx, c.owner(), id); err != nil {
		return reply{}, err
	}
	if err := a.config.Files.Delete(ctx, id); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, nil
}

// upload gives the upload that the path names.
func (a *API) upload(ctx context.Context, c *call) (*rollcall.Upload, error) {
	id, err := c.uploadID()
	if err != nil {
		return nil, err
	}
	return a.config.Store.Upload(ctx, c.owner(), id)
}

// uploadID gives the path's id. One that is none of ours is not found without
// asking: the database must not see arbitrary bytes.
func (c *call) uploadID() (string, error) {
	id := c.PathValue("uploadId")
	if !rollcall.IsUploadID(id) {
		return "", rollcall.NotFound("There is no upload with this id.")
	}
	return id, nil
}

// forgetUpload takes back what a failed call has begun. The row goes first: while
// an import names it, as it may after a commit whose answer was lost, the row stays
// and the file must too.
func (a *API) forgetUpload(c *call, u *rollcall.Upload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.exchange.connection), settlePatience)
	defer cancel()
	// What cannot be removed now expires.
	if err := a.config.Store.DeleteUpload(ctx, u.Owner, u.ID); err == nil || rollcall.CodeOf(err) == rollcall.CodeNotFound {
		_ = a.config.Files.Delete(ctx, u.ID)
	}
}

// uploadCursor is the place after an upload.
func uploadCursor(u *rollcall.Upload) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(u.CreatedAt.UnixMilli(), 10) + " " + u.ID))
}

// queryUploadCursor reads the query's cursor.
func queryUploadCursor(query string) (page rollcall.UploadPage, err error) {
	text, _, err := queryValue(query, "cursor")
	if err != nil || text == "" {
		return page, err
	}
	b, decodeErr := base64.RawURLEncoding.Strict().DecodeString(text)
	millis, id, _ := strings.Cut(string(b), " ")
	ms, parseErr := strconv.ParseInt(millis, 10, 64)
	if decodeErr != nil || parseErr != nil || !rollcall.IsUploadID(id) {
		return page, rollcall.Invalid("query.cursor", "The cursor is not one that this call gave; begin again without it.")
	}
	return rollcall.UploadPage{BeforeTime: time.UnixMilli(ms), BeforeID: id}, nil
}
