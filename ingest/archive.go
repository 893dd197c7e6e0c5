package ingest

import (
	"archive/zip"
	"context"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"rollcall"
)

// maxDirectory is how much is read of an archive's directory, in bytes: some
// 100,000 names. It is held in memory.
const maxDirectory = 8 << 20

// archive is a ZIP file (PKWARE's APPNOTE), also with 64-bit sizes. The names in
// it are looked up and shown; they never become paths.
type archive struct {
	files []*zip.File
	most  int64 // bytes that may be unpacked
}

// openArchive reads an archive's directory.
func openArchive(file io.ReaderAt, size, most int64) (*archive, error) {
	bounded := &directoryReader{r: file, left: maxDirectory}
	z, err := zip.NewReader(bounded, size)
	switch {
	case errors.Is(err, errDirectory):
		return nil, rollcall.Invalid("file", "The archive holds too many files. Import one of them by itself.")
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, &rollcall.Error{
			Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidField, Field: "file",
			Message: "The file is a ZIP archive whose directory is missing or damaged; it was perhaps not copied whole. Get or pack it anew.", Err: err,
		}
	}
	bounded.read = true
	return &archive{files: z.File, most: most}, nil
}

var errDirectory = errors.New("ingest: the archive's directory is too large")

// directoryReader bounds what is read of an archive while it is opened; later
// reads go on without it.
type directoryReader struct {
	r    io.ReaderAt
	left int64
	read bool // the directory
}

// ReadAt reads.
func (d *directoryReader) ReadAt(p []byte, at int64) (int, error) {
	n, err := d.r.ReadAt(p, at)
	if !d.read {
		if d.left -= int64(n); d.left < 0 {
			return 0, errDirectory
		}
	}
	return n, err
}

// has tells whether there is a file whose name fits.
func (a *archive) has(fits func(name string) bool) bool {
	return slices.ContainsFunc(a.files, func(f *zip.File) bool { return fits(f.Name) })
}

// member finds the file that is imported: the one of that name, or the only one.
func (a *archive) member(name string) (*zip.File, error) {
	var all, found []*zip.File
	for _, f := range a.files {
		if hidden(f) {
			continue
		}
		all = append(all, f)
		if f.Name == name || plainName(f.Name) == name {
			found = append(found, f)
		}
	}
	switch {
	case len(all) == 0:
		return nil, rollcall.Invalid("file", "The archive holds no file.")
	case name == "" && len(all) == 1:
		return all[0], readable(all[0])
	case name == "":
		return nil, rollcall.Invalid("member", "The archive holds several files; say which one to import. They are: "+listNames(memberNames(all)))
	case len(found) == 0:
		return nil, rollcall.Invalid("member", "The archive holds no file "+strconv.Quote(name)+". Its files are: "+listNames(memberNames(all)))
	case len(found) > 1:
		return nil, rollcall.Invalid("member", "The archive holds several files of the name "+strconv.Quote(name)+". Unpack it and import one of them.")
	}
	return found[0], readable(found[0])
}

// hidden tells whether a member is no file of a person's: a folder, or what
// programs put beside (__MACOSX/, .DS_Store).
func hidden(f *zip.File) bool {
	return strings.HasSuffix(f.Name, "/") || f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") ||
		strings.HasPrefix(path.Base(strings.ReplaceAll(f.Name, `\`, "/")), ".")
}

func memberNames(files []*zip.File) []string {
	var names []string
	for _, f := range files {
		names = append(names, plainName(f.Name))
	}
	return names
}

// listNames lists names for a message.
func listNames(names []string) string {
	const most, longest = 50, 80
	var quoted []string
	for _, name := range names[:min(most, len(names))] {
		quoted = append(quoted, strconv.Quote(clip(name, longest)))
	}
	list := strings.Join(quoted, ", ")
	if n := len(names) - most; n > 0 {
		list += " and " + strconv.Itoa(n) + " more"
	}
	return list + "."
}

// readable refuses what cannot be unpacked.
func readable(f *zip.File) error {
	const encrypted = 1
	switch {
	case f.Flags&encrypted != 0:
		return rollcall.Invalid("file", "The archive is protected by a password. Unpack it and import the file in it.")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return rollcall.Invalid("file", "The archive is packed by a method that is not read here (number "+strconv.Itoa(int(f.Method))+"). Pack it anew with the usual one (deflate).")
	}
	return nil
}

// open gives a member's content, and counts what is read of the file.
func (a *archive) open(ctx context.Context, f *zip.File, read *atomic.Int64) (io.Reader, error) {
	if err := readable(f); err != nil {
		return nil, err
	}
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, damaged(err)
	}
	g := inflate(&countedReader{ctx: ctx, r: raw, read: read}, a.most)
	if f.Method == zip.Store {
		g.unpacked = g.packed
	}
	g.unpacked = &checked{r: g.unpacked, sum: crc32.NewIEEE(), want: f.CRC32, size: f.UncompressedSize64}
	return g, nil
}

// checked holds a member's content against the directory at its end.
type checked struct {
	r    io.Reader
	sum  hash.Hash32
	want uint32
	size uint64
	n    uint64
}

// Read reads.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += uint64(n)
	_, _ = c.sum.Write(p[:n]) // a hash never fails
	if errors.Is(err, io.EOF) && (c.n != c.size || c.sum.Sum32() != c.want) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
