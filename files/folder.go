package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tus/tusd/v2/pkg/handler"

	"rollcall"
)

// folder keeps files in a folder: the bytes in a file with the upload's id as its
// name, and beside it, in ID.info, what the protocol wants back.
//
// tusd has such a store too. It writes without a sync, so that what was
// acknowledged may be gone after a power cut, and it keeps each file's path, so
// that the folder can be neither moved nor mounted elsewhere on a second machine.
type folder struct{ dir string }

const (
	infoSuffix = ".info"
	newSuffix  = ".new" // of an ID.info that is being written
)

func openFolder(dir string) (*folder, error) {
	if dir == "" {
		return nil, rollcall.Invalid("files", "The place for files must be a folder or s3://bucket.")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for files: %w", err)
	}
	return &folder{dir: dir}, nil
}

// folderUpload is one file. It implements [handler.Upload].
type folderUpload struct {
	folder *folder
	info   handler.FileInfo
}

// folderInfo is what ID.info holds.
type folderInfo struct {
	Size     int64             `json:"size"` // -1 while it is not known
	Metadata map[string]string `json:"metadata,omitempty"`
}

// NewUpload begins a file. The id must be set.
func (f *folder) NewUpload(_ context.Context, info handler.FileInfo) (handler.Upload, error) {
	if !rollcall.IsUploadID(info.ID) {
		return nil, errors.New("files: not an upload's id")
	}
	file, err := os.OpenFile(f.path(info.ID), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	u := &folderUpload{folder: f, info: info}
	return u, u.writeInfo()
}

// GetUpload finds a file.
func (f *folder) GetUpload(_ context.Context, id string) (handler.Upload, error) {
	if !rollcall.IsUploadID(id) {
		return nil, handler.ErrNotFound
	}
	text, err := os.ReadFile(f.path(id) + infoSuffix)
	if err != nil {
		return nil, absent(err)
	}
	stat, err := os.Stat(f.path(id))
	if err != nil {
		return nil, absent(err)
	}
	var info folderInfo
	if err := json.Unmarshal(text, &info); err != nil {
		return nil, fmt.Errorf("files: %s%s: %w", id, infoSuffix, err)
	}
	u := &folderUpload{folder: f, info: handler.FileInfo{ID: id, Size: info.Size, MetaData: info.Metadata, Offset: stat.Size()}}
	if info.Size < 0 {
		u.info.Size, u.info.SizeIsDeferred = 0, true
	}
	return u, nil
}

func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return handler.ErrNotFound
	}
	return err
}

// AsTerminatableUpload is part of tusd's interface.
func (f *folder) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload {
	return u.(*folderUpload)
}

// AsLengthDeclarableUpload is part of tusd's interface.
func (f *folder) AsLengthDeclarableUpload(u handler.Upload) handler.LengthDeclarableUpload {
	return u.(*folderUpload)
}

func (f *folder) path(id string) string { return filepath.Join(f.dir, id) }

func (f *folder) whole(ctx context.Context, id string) (bool, error) {
	u, err := f.GetUpload(ctx, id)
	if err != nil {
		return false, known(err)
	}
	info, err := u.GetInfo(ctx)
	return err == nil && !info.SizeIsDeferred && info.Offset == info.Size, err
}

func (f *folder) local(_ context.Context, id string) (string, func(), error) {
	return f.path(id), func() {}, nil
}

func (f *folder) remove(_ context.Context, id string) error {
	if !rollcall.IsUploadID(id) {
		return nil
	}
	// The bytes go last: what is half removed is still listed, and removed later.
	for _, path := range []string{f.path(id) + infoSuffix + newSuffix, f.path(id) + infoSuffix, f.path(id)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// listChunk is how many files of a folder are looked at in one go.
const listChunk = 1000

func (f *folder) list(_ context.Context, after string) ([]Kept, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	var kept []Kept
	for _, e := range entries { // in the order of their names
		id := strings.TrimSuffix(e.Name(), infoSuffix)
		if id <= after || !rollcall.IsUploadID(id) || len(kept) > 0 && kept[len(kept)-1].ID == id {
			continue
		}
		stat, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if kept = append(kept, Kept{ID: id, ChangedAt: stat.ModTime()}); len(kept) == listChunk {
			break
		}
	}
	return slices.Clip(kept), nil
}

// WriteChunk writes what comes from offset on. What it counts is on the disk,
// whether or not more was to come.
func (u *folderUpload) WriteChunk(_ context.Context, offset int64, src io.Reader) (n int64, err error) {
	file, err := os.OpenFile(u.folder.path(u.info.ID), os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err = io.CopyBuffer(io.NewOffsetWriter(file, offset), src, make([]byte, copyBuffer))
	u.info.Offset = offset + n
	return n, errors.Join(err, file.Sync(), file.Close())
}

// copyBuffer is how much of a file is in memory on its way to the disk, in bytes.
const copyBuffer = 64 << 10

// GetInfo gives what is known of the file.
func (u *folderUpload) GetInfo(context.Context) (handler.FileInfo, error) { return u.info, nil }

// GetReader gives the bytes that are here.
func (u *folderUpload) GetReader(context.Context) (io.ReadCloser, error) {
	file, err := os.Open(u.folder.path(u.info.ID))
	if err != nil {
		return nil, absent(err)
	}
	return file, nil
}

// FinishUpload has nothing left to do.
func (u *folderUpload) FinishUpload(context.Context) error { return nil }

// Terminate removes the file.
func (u *folderUpload) Terminate(ctx context.Context) error { return u.folder.remove(ctx, u.info.ID) }

// DeclareLength says how many bytes the file will have.
func (u *folderUpload) DeclareLength(_ context.Context, length int64) error {
	u.info.Size, u.info.SizeIsDeferred = length, false
	return u.writeInfo()
}

// writeInfo replaces ID.info whole, so that a crash leaves the old one or the new.
func (u *folderUpload) writeInfo() error {
	info := folderInfo{Size: u.info.Size, Metadata: u.info.MetaData}
	if u.info.SizeIsDeferred {
		info.Size = rollcall.UnknownSize
	}
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	path := u.folder.path(u.info.ID) + infoSuffix
	if err := writeSynced(path+newSuffix, text); err != nil {
		return err
	}
	if err := os.Rename(path+newSuffix, path); err != nil {
		return err
	}
	return syncFolder(u.folder.dir)
}

func writeSynced(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
