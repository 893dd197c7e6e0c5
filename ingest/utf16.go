package ingest

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// utf16Decoder gives UTF-16 as UTF-8 (RFC 2781). Half of a surrogate pair, and half of
// a code unit at the end, become bytes that are not UTF-8, so that their row is
// rejected: the decoder of x/text would put U+FFFD in their place, and the row could
// not be told from a good one.
type utf16Decoder struct {
	transform.NopResetter
	order binary.ByteOrder
}

// notText is no byte of any UTF-8 (RFC 3629, section 1).
const notText = 0xff

func (d utf16Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		size, r := d.next(src[nSrc:], atEOF)
		switch {
		case size == 0:
			return nDst, nSrc, transform.ErrShortSrc
		case nDst+max(1, utf8.RuneLen(r)) > len(dst):
			return nDst, nSrc, transform.ErrShortDst
		case r < 0:
			dst[nDst] = notText
			nDst++
		default:
			nDst += utf8.EncodeRune(dst[nDst:], r)
		}
		nSrc += size
	}
	return nDst, nSrc, nil
}

// next reads a character, and how many bytes it has: none where more are to come, and
// it is negative where they are no character.
func (d utf16Decoder) next(src []byte, atEOF bool) (size int, r rune) {
	if len(src) < 2 {
		if atEOF {
			return len(src), -1
		}
		return 0, 0
	}
	r = rune(d.order.Uint16(src))
	switch {
	case !utf16.IsSurrogate(r):
		return 2, r
	case len(src) < 4 && !atEOF:
		return 0, 0
	case len(src) >= 4:
		if pair := utf16.DecodeRune(r, rune(d.order.Uint16(src[2:]))); pair != utf8.RuneError {
			return 4, pair
		}
	}
	return 2, -1
}
