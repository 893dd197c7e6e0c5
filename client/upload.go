package client

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"

	"rollcall"
)

// piece is how much of a file one request carries, in bytes: many on a good line,
// yet not so much that a proxy with a limit of the body's size refuses it.
const piece = 8 << 20

// ErrNoUpload is that the server has the upload no more: it expired, or somebody
// removed it. The file is to be sent anew.
var ErrNoUpload = errors.New("the server has the upload no more")

// CreateUpload begins to send a file of this many bytes, by tus 1.0.0
// (https://tus.io/protocols/resumable-upload), and gives the upload's id.
func (c *Client) CreateUpload(ctx context.Context, fileName string, size int64) (id string, err error) {
	header := tusHeader()
	header.Set("Upload-Length", strconv.FormatInt(size, 10))
	header.Set("Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte(fileName)))
	// Where the answer is lost, no second upload is made.
	header.Set(rollcall.CallKeyHeader, rollcall.NewID("up-"))
	err = c.persist(ctx, func() (bool, error) {
		answer, err := c.send(ctx, request{method: http.MethodPost, path: "/uploads", header: header, patience: patience})
		if err != nil {
			return false, err
		}
		answer.Body.Close()
		if id = path.Base(answer.Header.Get("Location")); !rollcall.IsUploadID(id) {
			return true, &rollcall.Error{Code: rollcall.CodeInternal, Message: "The server did not say under which id it takes the file; look at --server, and at what stands before it."}
		}
		return true, nil
	})
	return id, err
}

// SendUpload sends what the server lacks of a file, and goes on from where it is
// after every broken connection. Sent is told how many bytes of the file are on
// the server or on their way; it is called from another goroutine at times. The
// error is [ErrNoUpload] where the upload is gone.
func (c *Client) SendUpload(ctx context.Context, id string, file io.ReaderAt, size int64, sent func(int64)) error {
	from := int64(-1) // not known: the server is to be asked
	err := c.persist(ctx, func() (headway bool, err error) {
		if from < 0 {
			if from, err = c.uploadOffset(ctx, id); err != nil {
				from = -1
				return false, err
			}
		}
		for sent(from); from < size; sent(from) {
			next, err := c.sendPiece(ctx, id, file, from, size, sent)
			if err != nil {
				from = -1
				return headway, err
			}
			from, headway = next, true
		}
		return true, nil
	})
	if rollcall.CodeOf(err) == rollcall.CodeNotFound && err != nil {
		return ErrNoUpload
	}
	return err
}

// uploadOffset asks where an upload has to go on, in bytes.
func (c *Client) uploadOffset(ctx context.Context, id string) (int64, error) {
	answer, err := c.send(ctx, request{method: http.MethodHead, path: "/uploads/" + id, header: tusHeader(), patience: patience})
	if err != nil {
		return 0, err
	}
	answer.Body.Close()
	return offsetOf(answer)
}

// sendPiece sends the next bytes, and gives the offset after them.
func (c *Client) sendPiece(ctx context.Context, id string, file io.ReaderAt, from, size int64, sent func(int64)) (int64, error) {
	n := min(piece, size-from)
	header := tusHeader()
	header.Set("Content-Type", "application/offset+octet-stream")
	header.Set("Upload-Offset", strconv.FormatInt(from, 10))
	body := &counted{Reader: io.NewSectionReader(file, from, n), at: from, sent: sent}
	answer, err := c.send(ctx, request{method: http.MethodPatch, path: "/uploads/" + id, header: header, body: body, size: n, patience: patience})
	if err != nil {
		return 0, lostPlace(err)
	}
	answer.Body.Close()
	return offsetOf(answer)
}

// lostPlace marks as passing what asking for the offset mends: bytes of an earlier
// request came after all, or the body broke off.
func lostPlace(err error) error {
	e, ok := errors.AsType[*rollcall.Error](err)
	if _, already := errors.AsType[*passing](err); ok && !already && (e.Reason == "mismatched_offset" || e.Code == rollcall.CodeInvalid && e.Field == "body") {
		return &passing{error: err}
	}
	return err
}

func offsetOf(answer *http.Response) (int64, error) {
	n, err := strconv.ParseInt(answer.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || n < 0 {
		return 0, &rollcall.Error{Code: rollcall.CodeInternal, Message: "The server did not say how much of the file it has; look at --server, and at what stands before it."}
	}
	return n, nil
}

func tusHeader() http.Header { return http.Header{"Tus-Resumable": {"1.0.0"}} }

// counted tells how far a body was read.
type counted struct {
	io.Reader
	at   int64
	sent func(int64)
}

// Read reads.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.at += int64(n)
	c.sent(c.at)
	return n, err
}
