package api

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"rollcall"
)

// stream is a body that may take as long as it likes while bytes of it arrive.
// The time limit of a request is for bodies that are read whole; a file of
// gigabytes needs longer, and what must end is only a sender that fell silent.
type stream struct {
	body    io.Reader
	control *http.ResponseController
	silence time.Duration // how long the sender may send nothing
	err     error         // that reading ended with; not its end
}

func (a *API) newStream(c *call) *stream {
	s := &stream{body: c.Body, control: http.NewResponseController(c.exchange), silence: a.config.RequestTimeout}
	s.extend()
	return s
}

// Read reads what has come, and gives the sender more time.
func (s *stream) Read(b []byte) (int, error) {
	n, err := s.body.Read(b)
	if n > 0 {
		s.extend()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// extend moves the connection's deadlines. The one for writing is the server's
// limit for the whole request, and must leave time for the answer. An error is
// that the writer knows no deadlines: then there are none to move.
func (s *stream) extend() {
	now := time.Now()
	_ = s.control.SetReadDeadline(now.Add(s.silence))
	_ = s.control.SetWriteDeadline(now.Add(2 * s.silence))
}

// end takes the deadline away after the last byte; see readBody for why. It is not
// for a body that broke off: the server reads what is left of that before it
// answers, and without a deadline would wait for ever.
func (s *stream) end() { _ = s.control.SetReadDeadline(time.Time{}) }

// formError says what was wrong with a form that could not be read to its end.
func (s *stream) formError(err error) error {
	if errors.Is(s.err, os.ErrDeadlineExceeded) {
		return bodyError(s.err)
	}
	return &rollcall.Error{Code: rollcall.CodeInvalid, Field: "body", Message: "The form broke off before its end, or is not multipart/form-data.", Err: err}
}
