package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// look finds what a file is and how it is packed, from its beginning and, of an
// archive, its directory.
func (s *source) look(ctx context.Context) error {
	head := make([]byte, min(sniffBytes, s.info.Size()))
	if _, err := s.file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return readError(err)
	}
	var err error
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")):
		err = s.lookIntoArchive(ctx)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		s.compression = CompressionGzip
	case bytes.HasPrefix(head, []byte(compoundFile)):
		err = refuseCompound(s.file, head)
	}
	if err == nil && s.book == nil {
		err = s.lookAtText()
	}
	if err != nil {
		return err
	}
	if err := s.hints.fit(s.kind, s.compression); err != nil || s.book == nil {
		return err
	}
	return s.book.choose(ctx, s.hints.sheet)
}

// lookIntoArchive tells a workbook from an archive of files.
func (s *source) lookIntoArchive(ctx context.Context) error {
	a, err := openArchive(s.file, s.info.Size(), s.most)
	if err != nil {
		return err
	}
	book, err := a.isWorkbook()
	switch {
	case err != nil:
		return err
	case book:
		s.kind = KindXLSX
		s.book, err = openWorkbook(ctx, a)
		return err
	}
	s.archive, s.compression = a, CompressionZIP
	s.member, err = a.member(s.hints.member)
	return err
}

// lookAtText tells JSON from CSV, and refuses what is neither.
func (s *source) lookAtText() error {
	head, whole, err := s.head(sniffBytes)
	if err != nil {
		return err
	}
	if err := refuseOther(head, s.compression != CompressionNone); err != nil {
		return err
	}
	// Of the encodings by evidence, which nothing is known of yet, JSON has UTF-8
	// alone (RFC 8259, section 8.1).
	if s.encoding, s.mark, err = s.hints.encodingOf(head, &evidence{}); err != nil {
		return err
	}
	s.kind, err = findKind(s.encoding.decodeSample(head[s.mark:]), whole)
	return err
}

// head gives the first n bytes of what is in the file, and whether that is all.
func (s *source) head(n int) (b []byte, whole bool, err error) {
	r, err := s.content(context.Background(), new(atomic.Int64))
	if err != nil {
		return nil, false, err
	}
	b, err = io.ReadAll(io.LimitReader(r, int64(n)+1))
	if errors.Is(err, errDamaged) && len(b) > 0 {
		return b[:min(n, len(b))], false, nil // the survey tells how far it can be read
	}
	return b[:min(n, len(b))], len(b) <= n, err
}

// content gives what is in the file from its start, unpacked, and counts what is
// read of the file.
func (s *source) content(ctx context.Context, read *atomic.Int64) (io.Reader, error) {
	if s.compression == CompressionZIP {
		return s.archive.open(ctx, s.member, read)
	}
	raw := &countedReader{ctx: ctx, r: io.NewSectionReader(s.file, 0, s.info.Size()), read: read}
	if s.compression == CompressionGzip {
		return gunzip(raw, s.most)
	}
	return raw, nil
}

// text gives the file as CSV in UTF-8, from its first record.
func (s *source) text(ctx context.Context, f *Format, read *atomic.Int64, limit int) (io.Reader, error) {
	if s.book != nil {
		rows, err := s.book.rows(ctx, read, len(f.Columns), limit, f.preamble())
		if err != nil {
			return nil, err
		}
		return &records{next: rows.next}, nil
	}
	content, err := s.content(ctx, read)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, content, int64(f.markLen())); err != nil {
		return nil, err
	}
	text := f.Encoding.decode(content)
	if f.Kind.json() {
		return newJSONText(text, f.Kind, f.Columns, limit), nil
	}
	return text, nil
}
