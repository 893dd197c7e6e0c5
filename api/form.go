package api

import (
	"bufio"
	"errors"
	"io"
	"mime/multipart"
	"slices"

	"rollcall"
)

const (
	// filePart is the part of a form that holds the file. The others stand before it,
	// so that what is wrong with them is told before a gigabyte is sent.
	filePart    = "file"
	listPart    = "list"
	optionsPart = "options"

	// formBuffer is how much of a form is read at once, in bytes.
	formBuffer = 64 << 10
	// maxFormPart bounds a part of JSON in a form, in bytes.
	maxFormPart = 1 << 20
)

// fileForm is a body of parts (RFC 7578), read as far as the beginning of its file.
type fileForm struct {
	body   *stream
	reader *multipart.Reader
	parts  []formPart
	file   *multipart.Part // nil: none was met
	err    error           // why there is none; nil: a part that no form may have stands before it
}

// formPart is a part before the file. It has a byte more than maxFormPart where it is
// too large, and an error where it broke off.
type formPart struct {
	name string
	data []byte
	err  error
}

// form gives the call's form. Nothing is read twice: what its parts say may be needed
// before they are understood, to tell calls with one Idempotency-Key apart.
func (c *call) form(a *API) *fileForm {
	if c.opened == nil {
		c.opened = a.openForm(c)
	}
	return c.opened
}

func (a *API) openForm(c *call) *fileForm {
	f := &fileForm{body: a.newStream(c)}
	f.reader = multipart.NewReader(bufio.NewReaderSize(f.body, formBuffer), c.boundary())
	for {
		part, err := f.reader.NextPart()
		switch {
		case errors.Is(err, io.EOF) && f.body.err == nil:
			f.err = rollcall.Invalid("body.file", "The form needs a part called file, which holds the file, after the others.")
			return f
		case err != nil:
			f.err = f.body.formError(err)
			return f
		case part.FormName() == filePart:
			f.file = part
			return f
		}
		p := formPart{name: part.FormName()}
		p.data, p.err = io.ReadAll(io.LimitReader(part, maxFormPart+1))
		again := slices.ContainsFunc(f.parts, func(o formPart) bool { return o.name == p.name })
		f.parts = append(f.parts, p)
		// Of what no form may have, the rest is not worth reading.
		if again || p.err != nil || len(p.data) > maxFormPart || p.name != listPart && p.name != optionsPart {
			return f
		}
	}
}

// decode reads a part of JSON.
func (p *formPart) decode(into any) error {
	field := "body." + p.name
	switch {
	case p.err != nil:
		return &rollcall.Error{Code: rollcall.CodeInvalid, Field: field, Message: "The form broke off in this part.", Err: p.err}
	case len(p.data) > maxFormPart:
		return &rollcall.Error{Code: rollcall.CodeTooLarge, Field: field, Message: "The part is too large."}
	}
	object, err := checkObject(p.data)
	if err != nil {
		return &rollcall.Error{Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidJSON, Field: field, Message: "The part " + p.name + " must be a JSON object in UTF-8.", Err: err}
	}
	return within(field, decodeMembers(object, into))
}
