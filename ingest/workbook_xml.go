package ingest

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"

	"rollcall"
)

// maxToken is the longest tag or text that is read of a workbook, in bytes. A
// cell of Excel holds 32,767 characters at most.
const maxToken = 4 << 20

var errLongToken = rollcall.Invalid("file", "A cell of the workbook holds more than 4 MiB, which no spreadsheet writes. Save it as CSV (UTF-8) and import that.")

// xmlTokens reads XML without holding more than one token of it.
type xmlTokens struct {
	*xml.Decoder
	budget *budget
}

func newXML(r io.Reader) *xmlTokens {
	b := &budget{r: r}
	return &xmlTokens{Decoder: xml.NewDecoder(bufio.NewReaderSize(b, 64<<10)), budget: b}
}

// next gives the next token, whose prefixes are left out of account; io.EOF at
// the end of the text, wherever that is.
func (x *xmlTokens) next() (xml.Token, error) {
	x.budget.left = maxToken
	t, err := x.RawToken()
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return t, err
}

// budget bounds what is read for one token.
type budget struct {
	r    io.Reader
	left int
}

// Read reads.
func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongToken
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}

// attribute gives an attribute's value.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
