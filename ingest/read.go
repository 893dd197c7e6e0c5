package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"rollcall"
)

const (
	// chunkBytes is how much text one normaliser works on at a time: some 2,500
	// rows. Handing it over costs nothing beside that. Larger chunks are no faster,
	// and chunks of 1 MiB took 55 MB more memory.
	chunkBytes = 256 << 10
	// maxRecord is the longest row that is read. A contact's fields may take 21 KiB.
	maxRecord = 1 << 20
)

// reader cuts a text into chunks that end where records end.
type reader struct {
	src     io.Reader // UTF-8, CSV
	scan    scanner
	size    int    // of a chunk, about
	rest    []byte // what was read beyond the last chunk; a record starts at its front
	pushed  []byte // a chunk to give again
	drop    bool   // the line under way is over the limit: the rest of it is dropped
	eof     bool
	read    atomic.Int64 // bytes of the text by now, but for what is dropped
	skipped int64        // of them, those that skip passed over
	buffers *sync.Pool
}

// newReader reads src, which is UTF-8 after the byte-order mark.
func newReader(src io.Reader, f *Format, size, limit int) *reader {
	return &reader{
		src: src, scan: f.scanner(limit), size: size,
		buffers: &sync.Pool{New: func() any { return new([]byte) }},
	}
}

// next gives the next chunk, or io.EOF. The caller releases it.
func (r *reader) next() ([]byte, error) {
	if chunk := r.pushed; chunk != nil {
		r.pushed = nil
		return chunk, nil
	}
	buf := r.rest
	for want := r.size; ; want = len(buf) + r.size {
		var err error
		if buf, err = r.fill(buf, want); err != nil {
			return nil, err
		}
		if buf = r.dropLine(buf); r.drop && !r.eof {
			continue
		}
		if end := r.border(buf); end > 0 {
			r.rest = append((*r.buffers.Get().(*[]byte))[:0], buf[end:]...)
			return buf[:end], nil
		}
		if r.eof {
			return nil, io.EOF
		}
	}
}

// release takes back the memory of a chunk.
func (r *reader) release(chunk []byte) { r.buffers.Put(&chunk) }

// fill reads until buf holds want bytes, or the text ends.
func (r *reader) fill(buf []byte, want int) ([]byte, error) {
	buf = slices.Grow(buf, max(0, want-len(buf)))
	for len(buf) < want && !r.eof {
		n, err := r.src.Read(buf[len(buf):want])
		buf = buf[:len(buf)+n]
		r.read.Add(int64(n))
		switch {
		case errors.Is(err, io.EOF):
			r.eof = true
		case err != nil:
			return nil, err
		}
	}
	return buf, nil
}

// dropLine drops the rest of a line over the limit.
func (r *reader) dropLine(buf []byte) []byte {
	if !r.drop {
		return buf
	}
	i := bytes.IndexByte(buf, r.scan.eol)
	if i < 0 {
		r.read.Add(-int64(len(buf)))
		return buf[:0]
	}
	r.read.Add(-int64(i + 1))
	r.drop = false
	return buf[:copy(buf, buf[i+1:])]
}

// border is the last place in buf where a record ends, or 0. Of a record over the
// limit the chunk gets what has been read, which is enough to know it by.
func (r *reader) border(buf []byte) int {
	if r.eof {
		return len(buf)
	}
	// Without quotes, lines are records. The last whole one is found at once.
	if r.scan.eol == '\n' && bytes.IndexByte(buf, '"') < 0 {
		if i := bytes.LastIndexByte(buf, '\n'); i >= 0 {
			return i + 1
		}
	}
	r.scan.reset(buf, false)
	for r.scan.next() {
		if r.scan.open {
			r.drop = true
			return len(buf)
		}
	}
	return r.scan.pos
}

// skip passes over n records.
func (r *reader) skip(n int64) error {
	for n > 0 {
		chunk, err := r.next()
		if errors.Is(err, io.EOF) {
			return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The file has fewer rows than were imported from it already."}
		}
		if err != nil {
			return err
		}
		s := scanner{delim: r.scan.delim, eol: r.scan.eol, limit: r.scan.limit}
		s.reset(chunk, true)
		for n > 0 && s.next() {
			n--
		}
		r.skipped += int64(s.pos)
		if n == 0 {
			r.pushed = chunk[s.pos:]
		} else {
			r.release(chunk)
		}
	}
	return nil
}

// countedReader counts what is read, for the progress, and stops when the import
// is cancelled.
type countedReader struct {
	ctx  context.Context
	r    io.Reader
	read *atomic.Int64
}

// Read reads.
func (c *countedReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.read.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		err = readError(err)
	}
	return n, err
}
