package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"sync/atomic"
)

// surveyBuffer is how much the survey reads at once.
const surveyBuffer = 256 << 10

// survey reads the whole file for its digest, and what is in it for the evidence
// on its encoding, or for the names of its fields. A sample would not do for any:
// the first accented letter of a list of a million names may stand anywhere. So
// what is packed in it is known to be whole before anything is written.
func (s *source) survey(ctx context.Context, p *progress) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	hash := sha256.New()
	if s.kind == KindCSV && s.compression == CompressionNone {
		// By far the most files: they are read once for both.
		content, err := s.content(ctx, &p.bytes)
		if err != nil {
			return err
		}
		if err := copyAll(io.MultiWriter(hash, &s.evidence), content); err != nil {
			return err
		}
		s.evidence.end()
	} else {
		file := &countedReader{ctx: ctx, r: io.NewSectionReader(s.file, 0, s.info.Size()), read: new(atomic.Int64)}
		if err := copyAll(hash, file); err != nil {
			return err
		}
		if err := s.study(ctx, &p.bytes); err != nil {
			return s.sayHowFar(ctx, err)
		}
		p.bytes.Store(s.info.Size())
	}
	s.digest = hex.EncodeToString(hash.Sum(nil))
	return nil
}

// copyAll copies with a large buffer. The wrapper hides ReadFrom and WriteTo,
// which would not use it.
func copyAll(to io.Writer, from io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{to}, from, make([]byte, surveyBuffer))
	return err
}

// study reads what is in the file.
func (s *source) study(ctx context.Context, read *atomic.Int64) error {
	if s.book != nil {
		return s.book.survey(ctx, read)
	}
	content, err := s.content(ctx, read)
	if err != nil {
		return err
	}
	if s.kind.json() {
		if _, err := io.CopyN(io.Discard, content, int64(s.mark)); err != nil {
			return err
		}
		s.keys, s.rows, err = jsonKeys(s.encoding.decode(content), s.kind)
		return err
	}
	defer s.evidence.end()
	return copyAll(&s.evidence, content)
}

// sayHowFar adds to an error about a damaged file how many of its rows can be
// read.
func (s *source) sayHowFar(ctx context.Context, err error) error {
	if !errors.Is(err, errDamaged) {
		return err
	}
	if s.kind.json() {
		return damagedAfter(s.rows, err)
	}
	f, sniffed := sniffSource(s)
	if sniffed != nil {
		return damagedAfter(0, err)
	}
	text, opened := s.text(ctx, f, new(atomic.Int64), maxRecord)
	if opened != nil {
		return damagedAfter(0, err)
	}
	return damagedAfter(f.countWhole(text)-f.preamble(), err)
}

// countWhole counts the records of a text that are there whole before it breaks
// off.
func (f *Format) countWhole(text io.Reader) int64 {
	short := &untilFault{r: text}
	r := newReader(short, f, chunkBytes, maxRecord)
	n := int64(0)
	for {
		chunk, err := r.next()
		if err != nil {
			if n > 0 && short.last != f.LineEnd {
				n-- // it is cut
			}
			return max(n, f.preamble())
		}
		s := f.scanner(maxRecord)
		for s.reset(chunk, true); s.next(); {
			n++
		}
		r.release(chunk)
	}
}

// untilFault takes an error for the end.
type untilFault struct {
	r    io.Reader
	last byte
}

// Read reads.
func (u *untilFault) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if n > 0 {
		u.last = p[n-1]
	}
	if err != nil {
		err = io.EOF
	}
	return n, err
}
