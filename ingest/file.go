package ingest

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"rollcall"
)

// source is the file that is imported. It is read twice: once for its digest
// and encoding, then for its rows.
type source struct {
	file  *os.File
	info  fs.FileInfo
	name  string
	hints hints
	most  int64 // bytes that may be unpacked

	// What look finds.
	kind        Kind
	compression Compression
	archive     *archive  // of a ZIP archive
	member      *zip.File // of a ZIP archive: what is read
	book        *workbook // of a workbook
	encoding    Encoding  // of JSON
	mark        int       // of JSON: bytes of its byte-order mark

	// What survey finds.
	digest   string
	evidence evidence
	keys     []string // of JSON: the names of its fields
	rows     int64    // of JSON
}

// openSource opens a file for import. Most is how many bytes may be unpacked of
// it; 0 stands for MaxUnpacked.
func openSource(path string, o Overrides, most int64) (*source, error) {
	hints, err := o.check()
	if err != nil {
		return nil, err
	}
	if most == 0 {
		most = MaxUnpacked
	}
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
	return &source{file: f, info: info, name: plainName(filepath.Base(path)), hints: hints, most: most}, nil
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

func (s *source) close() {
	if s.book != nil {
		s.book.close()
	}
	_ = s.file.Close() // it was only read
}
