// Package files keeps uploaded files: in a folder, or in an S3-compatible
// object store. No file is ever held in memory.
//
// A file comes whole ([Files.Put]) or in pieces, by the tus protocol, whose
// handler works on [Files.Composer]. Both ways end in the same place, under the
// upload's id; no name that a sender chose becomes part of a path. What is known
// of a file besides its bytes is in the database.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"rollcall"
)

// Config says where files are.
type Config struct {
	// Place is a folder, which is made with mode 0700 when it is missing, or
	// s3://bucket/prefix?region=…&endpoint=…; see [Open].
	Place string
	// Temp is the folder for the pieces and copies that an object store needs on
	// this machine. Empty: the system's folder for temporary files.
	Temp string
	// Locks keeps other processes from writing to the same file. nil: there is no
	// other process.
	Locks Locks
}

// Files is the place where uploaded files are. It is safe for concurrent use.
type Files struct {
	place  place
	locker *locker
}

// place is one kind of storage: a tus data store, and what imports need besides.
type place interface {
	handler.DataStore
	handler.TerminaterDataStore
	handler.LengthDeferrerDataStore
	// whole tells whether the file was finished.
	whole(ctx context.Context, id string) (bool, error)
	// local gives a path on this machine; release removes what was made for it.
	local(ctx context.Context, id string) (path string, release func(), err error)
	// remove removes all that is kept under an id, also when it is not much.
	remove(ctx context.Context, id string) error
	// list gives some of what is kept, in the order of ids, after one of them.
	list(ctx context.Context, after string) ([]Kept, error)
}

// Kept is what a place keeps under one id.
type Kept struct {
	ID        string
	ChangedAt time.Time // by the clock of the place
}

// Info is how much of a file is here.
type Info struct {
	Size  int64 // bytes it will have; [rollcall.UnknownSize] while that is not known
	Here  int64 // bytes that have come
	Whole bool  // all have, and the file can be read
}

// Open opens the place for files. The place s3://BUCKET/PREFIX takes the query
// parameters region, and endpoint for another service than Amazon's; the
// credentials are looked for where the AWS SDK looks: AWS_ACCESS_KEY_ID and
// AWS_SECRET_ACCESS_KEY, a profile, or the machine's role.
func Open(ctx context.Context, c Config) (*Files, error) {
	var p place
	var err error
	if strings.HasPrefix(c.Place, "s3://") {
		p, err = openBucket(ctx, c.Place, c.Temp)
	} else {
		p, err = openFolder(c.Place)
	}
	if err != nil {
		return nil, err
	}
	return &Files{place: p, locker: newLocker(c.Locks)}, nil
}

// Composer is what tusd's handler works on. Concatenation is not offered: a file
// that is sent over several connections at once is a rare thing here, and the
// pieces would each need an owner.
func (f *Files) Composer() *handler.StoreComposer {
	c := handler.NewStoreComposer()
	c.UseCore(f.place)
	c.UseTerminater(f.place)
	c.UseLengthDeferrer(f.place)
	c.UseLocker(f.locker)
	return c
}

// Put stores a whole file, and gives its size in bytes and its SHA-256 in
// hexadecimal. A file of more than limit bytes is too large; 0: any size is
// taken. Nothing is left behind on an error.
func (f *Files) Put(ctx context.Context, id string, r io.Reader, limit int64) (size int64, digest string, err error) {
	hash := sha256.New()
	if limit > 0 {
		r = &limitedReader{r: r, left: limit, limit: limit}
	}
	if size, err = f.write(ctx, id, io.TeeReader(r, hash)); err != nil {
		// The caller may be gone, and with it the context.
		return 0, "", errors.Join(err, f.place.remove(context.WithoutCancel(ctx), id))
	}
	return size, hex.EncodeToString(hash.Sum(nil)), nil
}

func (f *Files) write(ctx context.Context, id string, r io.Reader) (int64, error) {
	upload, err := f.place.NewUpload(ctx, handler.FileInfo{ID: id, SizeIsDeferred: true})
	if err != nil {
		return 0, err
	}
	size, err := upload.WriteChunk(ctx, 0, r)
	if err != nil {
		return 0, err
	}
	if err := f.place.AsLengthDeclarableUpload(upload).DeclareLength(ctx, size); err != nil {
		return 0, err
	}
	// An object store holds back a last piece that is too small to be any other;
	// now it knows that it is the last.
	if _, err := upload.WriteChunk(ctx, size, strings.NewReader("")); err != nil {
		return 0, err
	}
	return size, upload.FinishUpload(ctx)
}

// Info tells how much of a file is here. It is not found when nothing is kept
// under the id.
func (f *Files) Info(ctx context.Context, id string) (Info, error) {
	upload, err := f.place.GetUpload(ctx, id)
	if err != nil {
		return Info{}, known(err)
	}
	return f.infoOf(ctx, upload, id)
}

func (f *Files) infoOf(ctx context.Context, upload handler.Upload, id string) (Info, error) {
	info, err := upload.GetInfo(ctx)
	if err != nil {
		return Info{}, known(err)
	}
	if info.SizeIsDeferred {
		return Info{Size: rollcall.UnknownSize, Here: info.Offset}, nil
	}
	i := Info{Size: info.Size, Here: info.Offset}
	if i.Here == i.Size {
		i.Whole, err = f.place.whole(ctx, id)
	}
	return i, err
}

// Settle finishes a file of which the last byte has come, if it is not finished
// yet: a process may have ended between the two.
func (f *Files) Settle(ctx context.Context, id string) (Info, error) {
	upload, err := f.place.GetUpload(ctx, id)
	if err != nil {
		return Info{}, known(err)
	}
	i, err := f.infoOf(ctx, upload, id)
	if err != nil || i.Whole || i.Here != i.Size {
		return i, err
	}
	if err := upload.FinishUpload(ctx); err != nil {
		// Another process may have been faster.
		if done, lookErr := f.place.whole(ctx, id); lookErr != nil || !done {
			return i, errors.Join(err, lookErr)
		}
	}
	i.Whole = true
	return i, nil
}

// Local gives the path of a whole file on this machine: the file itself, or a
// copy that release removes. The file must not be changed.
func (f *Files) Local(ctx context.Context, id string) (path string, release func(), err error) {
	if err := f.needWhole(ctx, id); err != nil {
		return "", nil, err
	}
	return f.place.local(ctx, id)
}

// Digest reckons the SHA-256 of a whole file, in hexadecimal, by reading it once.
func (f *Files) Digest(ctx context.Context, id string) (string, error) {
	if err := f.needWhole(ctx, id); err != nil {
		return "", err
	}
	upload, err := f.place.GetUpload(ctx, id)
	if err != nil {
		return "", known(err)
	}
	r, err := upload.GetReader(ctx)
	if err != nil {
		return "", known(err)
	}
	defer r.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func (f *Files) needWhole(ctx context.Context, id string) error {
	i, err := f.Info(ctx, id)
	if err == nil && !i.Whole {
		return rollcall.Conflict(rollcall.ReasonInvalidState, "The file is not all here yet; go on with its upload.")
	}
	return err
}

// Delete removes a file, whole or not. It is no error when there is none.
func (f *Files) Delete(ctx context.Context, id string) error { return f.place.remove(ctx, id) }

// List gives some of the files that are kept, in the order of their ids and after
// one of them: for finding those that nobody knows. None: there are no more.
func (f *Files) List(ctx context.Context, after string) ([]Kept, error) {
	return f.place.list(ctx, after)
}

// known turns the protocol library's "not found" into ours.
func known(err error) error {
	if errors.Is(err, handler.ErrNotFound) {
		return rollcall.NotFound("There is no file with this id.")
	}
	return err
}

// limitedReader fails where [io.LimitedReader] would end: a file that is cut off
// must not look like a whole one.
type limitedReader struct {
	r           io.Reader
	left, limit int64
}

func (l *limitedReader) Read(b []byte) (int, error) {
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.r.Read(b)
	if l.left -= int64(n); l.left < 0 {
		return 0, rollcall.FileTooLarge(l.limit)
	}
	return n, err
}
