package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"rollcall"
)

// surveyBuffer is how much the survey reads at once.
const surveyBuffer = 256 << 10

// source is the file that is imported. It is read twice: once for its digest
// and encoding, then for its rows.
type source struct {
	file     *os.File
	info     fs.FileInfo
	name     string
	digest   string
	evidence evidence
}

// openSource opens a file for import.
func openSource(path string) (*source, error) {
	// Before it is opened: to open a pipe waits for whoever writes into it, and a
	// pipe can neither be read twice nor gone on with after a crash.
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, rollcall.Invalid("file", path+" is not a regular file; save it as one first.")
	}
	if err != nil {
		return nil, fileError(path, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	if info, err = f.Stat(); err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return &source{file: f, info: info, name: plainName(filepath.Base(path))}, nil
}

// plainName makes a file's name text: a file system takes any bytes, a database
// does not.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
}

func fileError(path string, err error) error {
	message := "The file " + path + " cannot be opened."
	switch {
	case errors.Is(err, fs.ErrNotExist):
		message = "There is no file " + path + "."
	case errors.Is(err, fs.ErrPermission):
		message = "The file " + path + " may not be read by this user."
	}
	return &rollcall.Error{Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidField, Field: "file", Message: message, Err: err}
}

func readError(err error) error {
	return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The file could not be read to its end.", Err: err}
}

// survey reads the whole file for its digest and for the evidence on its
// encoding. A sample would not do for either: the first accented letter of a
// list of a million names may stand anywhere.
func (s *source) survey(ctx context.Context, p *progress) error {
	hash := sha256.New()
	all := io.MultiWriter(hash, &s.evidence)
	in := &countedReader{ctx: ctx, r: io.NewSectionReader(s.file, 0, s.info.Size()), read: &p.bytes}
	// The wrapper hides ReadFrom and WriteTo, so that the buffer is used.
	if _, err := io.CopyBuffer(struct{ io.Writer }{all}, in, make([]byte, surveyBuffer)); err != nil {
		return err
	}
	s.evidence.end()
	s.digest = hex.EncodeToString(hash.Sum(nil))
	return nil
}

// head gives the first n bytes, or all there are.
func (s *source) head(n int64) ([]byte, error) {
	b := make([]byte, min(n, s.info.Size()))
	if _, err := io.ReadFull(io.NewSectionReader(s.file, 0, int64(len(b))), b); err != nil {
		return nil, readError(err)
	}
	return b, nil
}

// content gives the file from its start, counting what is read.
func (s *source) content(ctx context.Context, p *progress) io.Reader {
	return &countedReader{ctx: ctx, r: io.NewSectionReader(s.file, 0, s.info.Size()), read: &p.bytes}
}

// unchanged fails when somebody wrote to the file since it was opened: its rows
// would then be a mixture of two states.
func (s *source) unchanged() error {
	now, err := s.file.Stat()
	if err != nil {
		return readError(err)
	}
	if now.Size() != s.info.Size() || !now.ModTime().Equal(s.info.ModTime()) {
		return rollcall.Invalid("file", "The file "+s.name+" was changed while it was imported. Import it again when it is complete.")
	}
	return nil
}

func (s *source) close() { _ = s.file.Close() } // it was only read
