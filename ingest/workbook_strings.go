package ingest

import (
	"bufio"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"rollcall"
)

const (
	// cachedTexts is how many shared strings are kept in memory, one for each place
	// that their number hashes to.
	cachedTexts = 8192
	// cachedBytes is the longest that is kept.
	cachedBytes = 256
)

// sharedStrings are a workbook's texts, which its cells name by number. A large
// workbook has millions of them, so they lie in two files: the texts one after
// the other, and where each begins.
type sharedStrings struct {
	texts, starts *os.File
	count         int
	cache         []cachedText
	scratch       []byte
}

type cachedText struct {
	index int // plus one; 0: nothing
	text  string
}

// readSharedStrings lays out the texts.
func readSharedStrings(x *xmlTokens) (*sharedStrings, error) {
	s := &sharedStrings{cache: make([]cachedText, cachedTexts)}
	var err error
	if s.texts, err = scratchFile(); err == nil {
		s.starts, err = scratchFile()
	}
	if err == nil {
		err = s.fill(x)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// scratchFile makes a file that is gone with the process. Where a system does not
// allow to remove an open one, close does.
func scratchFile() (*os.File, error) {
	f, err := os.CreateTemp("", "rollcall-*")
	if err != nil {
		return nil, scratchError(err)
	}
	_ = os.Remove(f.Name())
	return f, nil
}

func scratchError(err error) error {
	return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The texts of the workbook could not be laid out in the folder for temporary files.", Err: err}
}

// fill writes the two files.
func (s *sharedStrings) fill(x *xmlTokens) error {
	texts, starts := bufio.NewWriterSize(s.texts, 64<<10), bufio.NewWriterSize(s.starts, 64<<10)
	var at uint64
	for {
		text, err := nextSharedString(x, s.scratch[:0])
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		// An error of these writers stays until they are flushed.
		_, _ = starts.Write(binary.LittleEndian.AppendUint64(nil, at))
		if err != nil {
			if err := errors.Join(texts.Flush(), starts.Flush()); err != nil {
				return scratchError(err)
			}
			return nil
		}
		_, _ = texts.Write(text)
		at += uint64(len(text))
		s.scratch = text
		s.count++
	}
}

// nextSharedString appends the next text; io.EOF after the last.
func nextSharedString(x *xmlTokens, b []byte) ([]byte, error) {
	reading, phonetic := false, false
	for {
		t, err := x.next()
		if errors.Is(err, io.EOF) {
			return b, damaged(io.EOF)
		}
		if err != nil {
			return b, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			reading = t.Name.Local == "t"
			phonetic = phonetic || t.Name.Local == "rPh"
		case xml.CharData:
			if reading && !phonetic && len(b) <= maxToken {
				b = appendUnescaped(b, t)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				reading = false
			case "rPh":
				phonetic = false
			case "si":
				return b, nil
			case "sst":
				return b, io.EOF
			}
		}
	}
}

// append appends the text of a number.
func (s *sharedStrings) append(b []byte, i int) ([]byte, error) {
	if i < 0 || i >= s.count {
		return b, damaged(errors.New("a cell names a text that is not there"))
	}
	place := &s.cache[i%cachedTexts]
	if place.index == i+1 {
		return append(b, place.text...), nil
	}
	var ends [16]byte
	if _, err := s.starts.ReadAt(ends[:], int64(i)*8); err != nil {
		return b, scratchError(err)
	}
	from, to := binary.LittleEndian.Uint64(ends[:8]), binary.LittleEndian.Uint64(ends[8:])
	start := len(b)
	b = append(b, make([]byte, to-from)...)
	if _, err := s.texts.ReadAt(b[start:], int64(from)); err != nil {
		return b, scratchError(err)
	}
	if to-from <= cachedBytes {
		*place = cachedText{i + 1, string(b[start:])}
	}
	return b, nil
}

func (s *sharedStrings) close() {
	for _, f := range []*os.File{s.texts, s.starts} {
		if f != nil {
			_ = f.Close()
			_ = os.Remove(f.Name()) // it is gone already where that is possible
		}
	}
}

// appendUnescaped appends a text with the characters that XML cannot hold, which
// spreadsheets write as _x000D_ (ST_Xstring of ECMA-376).
func appendUnescaped(b, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if c, ok := escaped(text[i:]); ok {
			b = utf8.AppendRune(b, c)
			i += len("_x0000_") - 1
			continue
		}
		b = append(b, text[i])
	}
	return b
}

func escaped(b []byte) (rune, bool) {
	if len(b) < 7 || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
