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

// How much of a file one request carries, in bytes. It begins large, and shrinks to
// what a proxy lets through that limits the size of bodies: a common default is 1 MiB.
const (
	largestPiece  = 8 << 20
	smallestPiece = 64 << 10
)

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
	from, most := int64(-1), int64(-1) // from is not known: the server is to be asked
	err := c.persist(ctx, func() (headway bool, err error) {
		if from < 0 {
			if from, err = c.uploadOffset(ctx, id); err != nil {
				from = -1
				return false, err
			}
			// What came before a connection broke is headway too.
			headway, most = from > most, max(from, most)
		}
		for sent(from); from < size; sent(from) {
			next, err := c.sendPiece(ctx, id, file, from, size, sent)
			if err != nil {
				from = -1
				return headway, err
			}
			from, most, headway = next, next, true
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
	n := min(c.piece, size-from)
	header := tusHeader()
	header.Set("Content-Type", "application/offset+octet-stream")
	header.Set("Upload-Offset", strconv.FormatInt(from, 10))
	body := &counted{Reader: io.NewSectionReader(file, from, n), at: from, sent: sent}
	answer, err := c.send(ctx, request{method: http.MethodPatch, path: "/uploads/" + id, header: header, body: body, size: n, patience: patience})
	if err != nil {
		return 0, lostPlace(c.shrink(err))
	}
	answer.Body.Close()
	return offsetOf(answer)
}

// shrink makes pieces smaller, and the failure passing, where something before the
// server found one too large: the server itself would have given its reason.
func (c *Client) shrink(err error) error {
	e, ok := errors.AsType[*rollcall.Error](err)
	if ok && e.Code == rollcall.CodeTooLarge && e.Reason == "" && c.piece > smallestPiece {
		c.piece /= 2
		return &passing{error: err, quiet: true}
	}
	return err
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
