package ingest

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"

	"rollcall"
)

// Encoding is how a file's characters are written as bytes.
type Encoding string

// The encodings. All but the last are told apart; Windows-1252 stands for
// ISO-8859-1 too, which has the same printable characters and fewer, unless the
// caller says so.
const (
	UTF8        Encoding = "UTF-8"
	UTF16LE     Encoding = "UTF-16LE"
	UTF16BE     Encoding = "UTF-16BE"
	Windows1252 Encoding = "windows-1252"
	ISO88591    Encoding = "ISO-8859-1"
)

// enoughEvidence is how many characters beyond ASCII settle a file's encoding.
// Counting them all would cost as much as reading the file again.
const enoughEvidence = 1 << 16

// evidence is what the bytes beyond ASCII say about a file without a mark: how
// many characters they make in UTF-8, and how many bytes make none. High are the bytes
// beyond ASCII, and packed those of them that stand together in words.
type evidence struct {
	multi, broken int
	high, packed  int
	run           int    // bytes beyond ASCII that stand together at the end of what was seen, each another than the one before
	last          byte   // of them; 0: none
	rest          []byte // the start of a character whose end is yet to come
}

// wordOfHigh is how many bytes beyond ASCII stand together in words of another alphabet,
// and not in those of Latin letters some of which have accents.
const wordOfHigh = 4

// Write takes the next bytes of the file.
func (e *evidence) Write(p []byte) (int, error) {
	n := len(p)
	if e.multi+e.broken >= enoughEvidence {
		return n, nil
	}
	e.pack(p)
	if len(e.rest) > 0 {
		p = append(e.rest, p...)
	}
	e.rest = bytes.Clone(e.count(p))
	return n, nil
}

// count counts, and gives back the start of a character that p cuts.
func (e *evidence) count(p []byte) []byte {
	for {
		p = p[asciiPrefix(p):]
		if len(p) == 0 || !utf8.FullRune(p) {
			return p
		}
		r, size := utf8.DecodeRune(p)
		if r == utf8.RuneError && size == 1 {
			e.broken++
		} else {
			e.multi++
		}
		p = p[size:]
	}
}

// pack counts the bytes beyond ASCII that stand together.
func (e *evidence) pack(p []byte) {
	for len(p) > 0 {
		if ascii := asciiPrefix(p); ascii > 0 {
			e.run, e.last, p = 0, 0, p[ascii:]
			continue
		}
		same := p[0] == e.last // rows of blanks and dashes are no words
		e.high, e.last, p = e.high+1, p[0], p[1:]
		if same {
			continue
		}
		e.run++
		switch {
		case e.run == wordOfHigh:
			e.packed += wordOfHigh
		case e.run > wordOfHigh:
			e.packed++
		}
	}
}

// latin tells whether a file that is not UTF-8 can be in Western letters of a byte each:
// in those of another alphabet whole words are beyond ASCII.
func (e *evidence) latin() bool { return e.packed < 5*wordOfHigh || e.packed*2 < e.high }

// end notes that the file ends: a character cut by it is broken.
func (e *evidence) end() { e.broken += len(e.rest); e.rest = nil }

// utf8 tells whether the file is UTF-8. A few broken bytes among good
// characters are damage to some rows; broken bytes alone are another encoding.
func (e *evidence) utf8() bool { return e.broken == 0 || e.multi > e.broken }

// asciiPrefix is how many bytes at the start of p are ASCII.
func asciiPrefix(p []byte) int {
	i := 0
	for ; i+8 <= len(p); i += 8 {
		if binary.LittleEndian.Uint64(p[i:])&0x8080808080808080 != 0 {
			break
		}
	}
	for i < len(p) && p[i] < utf8.RuneSelf {
		i++
	}
	return i
}

var marks = []struct {
	mark     string
	encoding Encoding
}{
	{"\xef\xbb\xbf", UTF8},
	{"\xff\xfe", UTF16LE},
	{"\xfe\xff", UTF16BE},
}

// encodingOf tells the encoding of a file as the caller says, else as found, and how
// long its byte-order mark is.
func (h *hints) encodingOf(head []byte, ev *evidence) (enc Encoding, mark int, err error) {
	if h.encoding == "" {
		return findEncoding(head, ev)
	}
	for _, m := range marks {
		if m.encoding == h.encoding && bytes.HasPrefix(head, []byte(m.mark)) {
			return m.encoding, len(m.mark), nil
		}
	}
	return h.encoding, 0, nil
}

// findEncoding tells the encoding of a file from its head and the evidence of
// the whole, and how long its byte-order mark is.
func findEncoding(head []byte, ev *evidence) (enc Encoding, mark int, err error) {
	if bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")) || bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")) {
		return "", 0, rollcall.Invalid("file", "The file is in UTF-32. Save it as UTF-8 and import that.")
	}
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			return m.encoding, len(m.mark), nil
		}
	}
	if enc := utf16Pattern(head); enc != "" {
		return enc, 0, nil
	}
	if ev.utf8() {
		return UTF8, 0, nil
	}
	return Windows1252, 0, nil
}

var errOtherAlphabet = rollcall.Invalid("file", "The file is neither in UTF-8 nor in Western letters; it may be in Cyrillic, Greek or another alphabet. Save it as UTF-8 and import that, or set the encoding to windows-1252 if it is that.")

// utf16Pattern finds UTF-16 without a mark. Of text that is mostly Latin, every other
// byte is NUL. Of text in another alphabet, digits and line ends have NULs at the same
// places, and its letters a byte that no text of single bytes is full of: alphabets
// stand before U+2000.
func utf16Pattern(head []byte) Encoding {
	var nul, low [2]int // by the byte's place in its pair; low is below 0x20
	for i, b := range head {
		if b == 0 {
			nul[i&1]++
		}
		if b < 0x20 {
			low[i&1]++
		}
	}
	pairs := len(head) / 2
	for high, enc := range []Encoding{UTF16BE, UTF16LE} {
		alphabet := nul[high]*10 >= pairs && low[high]*10 >= pairs*9
		if pairs > 0 && (nul[high]*10 >= pairs*4 || alphabet) && nul[1-high]*20 < pairs {
			return enc
		}
	}
	return ""
}

// decoder is nil for UTF-8, which is passed on as it stands. Its faults, and those of
// UTF-16, are rejected row by row.
func (e Encoding) decoder() *encoding.Decoder {
	switch e {
	case UTF16LE:
		return &encoding.Decoder{Transformer: utf16Decoder{order: binary.LittleEndian}}
	case UTF16BE:
		return &encoding.Decoder{Transformer: utf16Decoder{order: binary.BigEndian}}
	case Windows1252:
		return charmap.Windows1252.NewDecoder()
	case ISO88591:
		return charmap.ISO8859_1.NewDecoder()
	}
	return nil
}

// decode gives r, which stands after the byte-order mark, as UTF-8.
func (e Encoding) decode(r io.Reader) io.Reader {
	if d := e.decoder(); d != nil {
		return transform.NewReader(r, d)
	}
	return r
}

// decodeSample gives the beginning of a file as UTF-8. What the sample cuts at
// its end may come out wrong.
func (e Encoding) decodeSample(b []byte) []byte {
	d := e.decoder()
	if d == nil {
		return b
	}
	text, _ := d.Bytes(b) // the decoders replace what they cannot read, and never fail
	return text
}
