package ingest

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"rollcall"
)

const (
	// MaxUnpacked is how much a packed file may hold unless the request says
	// otherwise, in bytes. Nothing of it is held in memory or on a disk.
	MaxUnpacked = 64 << 30
	// maxRatio is how many bytes one packed byte may become, on the average from
	// ratioFrom on. Rows of 1 KB that differ in their number alone come to 190, rows
	// that do not differ at all to 350; a bomb has some 1,000.
	maxRatio  = 500
	ratioFrom = 16 << 20
)

// errDamaged is the cause of errors about a packed file that cannot be unpacked.
var errDamaged = errors.New("ingest: the packed data is damaged")

// damaged makes an error of an unpacker one for people. Errors of ours, from
// below, stay as they are.
func damaged(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // to whoever reads on, EOF is a good end
	}
	if _, ours := errors.AsType[*rollcall.Error](err); err == nil || ours ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &rollcall.Error{
		Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidField, Field: "file",
		Message: "The file is damaged: what is packed in it breaks off or is not what was packed. Get or pack it anew.",
		Err:     fmt.Errorf("%w: %w", errDamaged, err),
	}
}

// damagedAfter says how far a damaged file can be read.
func damagedAfter(rows int64, err error) error {
	return &rollcall.Error{
		Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidField, Field: "file",
		Message: fmt.Sprintf("The file is damaged: reading stopped after row %d, and what follows is lost. Get or pack it anew.", rows),
		Err:     err,
	}
}

var errBomb = rollcall.Invalid("file", fmt.Sprintf("The file is packed more than %d to 1, as no list of contacts is. Import it unpacked.", maxRatio))

func errTooLarge(most int64) error {
	return &rollcall.Error{
		Code: rollcall.CodeTooLarge, Reason: rollcall.ReasonInvalidField, Field: "file",
		Message: fmt.Sprintf("Unpacked, the file has more than %d bytes, the most that is allowed. Split it.", most),
	}
}

// tally counts what is read.
type tally struct {
	r io.Reader
	n int64
}

// Read reads.
func (t *tally) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	return n, err
}

// guard watches over an unpacker: its size, its ratio, its errors.
type guard struct {
	unpacked io.Reader
	packed   *tally
	out      int64
	most     int64 // bytes that may come out
}

// Read reads.
func (g *guard) Read(p []byte) (int, error) {
	n, err := g.unpacked.Read(p)
	g.out += int64(n)
	switch {
	case g.out > g.most:
		return 0, errTooLarge(g.most)
	case g.out > ratioFrom && g.out/maxRatio > g.packed.n:
		return 0, errBomb
	case err != nil && !errors.Is(err, io.EOF):
		err = damaged(err)
	}
	return n, err
}

// gunzip unpacks gzip.
func gunzip(packed io.Reader, most int64) (io.Reader, error) {
	t := &tally{r: packed}
	z, err := gzip.NewReader(t)
	if err != nil {
		return nil, damaged(err)
	}
	return &guard{unpacked: z, packed: t, most: most}, nil
}

// inflate unpacks deflate.
func inflate(packed io.Reader, most int64) *guard {
	t := &tally{r: packed}
	return &guard{unpacked: flate.NewReader(t), packed: t, most: most}
}
