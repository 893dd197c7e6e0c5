package rollcall

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Upload is a file on its way in, or here, for imports to read.
type Upload struct {
	ID        string // up-…
	Owner     Owner
	User      string // u-…, who sent it
	FileName  string // as the sender calls it; never a path
	Metadata  string // the header Upload-Metadata that a resumable upload began with, as it came; empty: none
	Size      int64  // bytes it will have; -1 while that is not known
	Complete  bool   // all of it is here
	Digest    string // SHA-256 of its bytes, hexadecimal; empty until it was reckoned
	CreatedAt time.Time
	UpdatedAt time.Time // when something of it came last
}

// UnknownSize stands for the size of a file whose sender does not know it yet.
const UnknownSize = -1

// MaxFileName is the longest name of a file, in characters: what common file
// systems take.
const MaxFileName = 255

// unnamed is what a file is called whose sender gave it no name.
const unnamed = "file"

// UploadPage is a part of an application's uploads, the newest first: those that
// come after the one that BeforeTime and BeforeID name, or all when BeforeID is
// empty.
type UploadPage struct {
	BeforeTime time.Time
	BeforeID   string
	Limit      int
}

// UploadLease is how long a process may write to an upload without a sign of
// life before another may.
const UploadLease = 15 * time.Second

// NewUpload is a file of which nothing has come yet.
func NewUpload(owner Owner, user, fileName string, size int64, now time.Time) (*Upload, error) {
	name, err := CleanFileName(fileName)
	if err != nil {
		return nil, err
	}
	return &Upload{ID: NewID(PrefixUpload), Owner: owner, User: user, FileName: name, Size: size, CreatedAt: now, UpdatedAt: now}, nil
}

// Arrived says that the whole file is here. The digest may be empty.
func (u *Upload) Arrived(size int64, digest string, now time.Time) {
	u.Size, u.Digest, u.Complete, u.UpdatedAt = size, digest, true, now
}

// CleanFileName makes a name of what a sender calls a file: the last element of
// a path in either spelling, without control characters. It is for people to
// read; nothing is ever stored under it.
func CleanFileName(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", Invalid("fileName", "The file's name must be in UTF-8.")
	}
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) {
			return -1
		}
		return r
	}, name))
	switch {
	case utf8.RuneCountInString(name) > MaxFileName:
		return "", Invalid("fileName", fmt.Sprintf("The file's name is longer than %d characters; shorten it.", MaxFileName))
	case name == "" || name == "." || name == "..":
		return unnamed, nil
	}
	return name, nil
}

// IsUploadID tells whether s has the form of an upload's id as [NewID] writes
// it. Only such a text may become part of a path or of an object's name.
func IsUploadID(s string) bool {
	text, found := strings.CutPrefix(s, PrefixUpload)
	if !found || len(text) != 36 {
		return false
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	return err == nil && len(raw) == 16 && formatUUID([16]byte(raw)) == text
}

// FileTooLarge is a file over the limit of its size in bytes.
func FileTooLarge(limit int64) *Error {
	return &Error{Code: CodeTooLarge, Field: "file", Message: fmt.Sprintf("The file is larger than %d bytes; split it.", limit)}
}
