package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"rollcall"
)

// elements gives the rows of a JSON text one by one, as they stand: the elements
// of its array, or its lines.
type elements struct {
	in    *bufio.Reader
	array bool
	limit int // bytes of a row; of a longer one its beginning is given

	rows  int64 // given so far
	buf   []byte
	size  int // of the row, which buf may hold in part
	ended bool
}

// newElements reads text, which is UTF-8.
func newElements(text io.Reader, kind Kind, limit int) *elements {
	return &elements{in: bufio.NewReaderSize(text, 64<<10), array: kind == KindJSON, limit: limit}
}

// next gives the next row and whether it is over the limit; io.EOF after the
// last. The bytes are good until the next call.
func (e *elements) next() (raw []byte, long bool, err error) {
	e.buf, e.size = e.buf[:0], 0
	if e.array {
		err = e.element()
	} else {
		err = e.line()
	}
	if err != nil {
		return nil, false, err
	}
	e.rows++
	return e.buf, e.size > e.limit, nil
}

// keep appends to the row, up to the limit.
func (e *elements) keep(b []byte) {
	e.size += len(b)
	e.buf = append(e.buf, b[:max(0, min(len(b), e.limit-len(e.buf)))]...)
}

// line reads the next line that is not blank.
func (e *elements) line() error {
	for {
		piece, err := e.in.ReadSlice('\n')
		if len(e.buf) == 0 {
			piece = bytes.TrimLeft(piece, jsonSpace)
		}
		if e.keep(piece); errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if !errors.Is(err, io.EOF) && err != nil {
			return err
		}
		if e.size <= e.limit || e.size == len(e.buf) {
			e.buf = bytes.TrimRight(e.buf, jsonSpace)
			e.size = len(e.buf)
		}
		if e.size > 0 {
			return nil
		}
		if err != nil {
			return io.EOF
		}
	}
}

// element reads the next element of the array.
func (e *elements) element() error {
	if e.ended {
		return io.EOF
	}
	if e.rows == 0 {
		if err := e.expect('['); err != nil {
			return err
		}
	}
	c, err := e.peek()
	switch {
	case err != nil:
		return err
	case c == ']':
		return e.end()
	case e.rows > 0:
		if err := e.expect(','); err != nil {
			return err
		}
		if _, err := e.peek(); err != nil {
			return err
		}
	}
	return e.value()
}

// peek gives the next byte that is no space.
func (e *elements) peek() (byte, error) {
	for {
		c, err := e.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return 0, e.broken()
		case err != nil:
			return 0, err
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return c, e.in.UnreadByte()
		}
	}
}

func (e *elements) expect(want byte) error {
	c, err := e.peek()
	if err == nil && c != want {
		err = e.broken()
	}
	if err == nil {
		_, err = e.in.ReadByte()
	}
	return err
}

// value reads a value to its end.
func (e *elements) value() error {
	for at := (extent{}); ; {
		if _, err := e.in.Peek(1); errors.Is(err, io.EOF) {
			return e.broken()
		} else if err != nil {
			return err
		}
		window, _ := e.in.Peek(e.in.Buffered())
		n, done := at.end(window)
		e.keep(window[:n])
		_, _ = e.in.Discard(n) // they are buffered
		if done {
			return nil
		}
	}
}

// end makes sure that nothing stands after the array.
func (e *elements) end() error {
	if err := e.expect(']'); err != nil {
		return err
	}
	e.ended = true
	for {
		c, err := e.in.ReadByte()
		if err != nil {
			return err
		}
		if !bytes.ContainsRune([]byte(jsonSpace), rune(c)) {
			return e.broken()
		}
	}
}

// broken ends the reading of an array whose syntax is broken: what follows could
// be anything.
func (e *elements) broken() error {
	return rollcall.Invalid("file", fmt.Sprintf("The JSON of the file breaks off or is broken after row %d, and nothing behind it can be told. Mend it, or save the rows as JSON Lines, and import that.", e.rows))
}

var errOneObject = rollcall.Invalid("file", "The file is one JSON object, not an array of objects nor JSON Lines (one object on each line). Save the rows as one of these and import that.")
