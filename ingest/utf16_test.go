package ingest

import (
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"golang.org/x/text/transform"
	"pgregory.net/rapid"
)

// TestUTF16Decoder: halves of characters become what is not UTF-8, however the bytes
// are cut on their way.
func TestUTF16Decoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var order interface {
			binary.ByteOrder
			binary.AppendByteOrder
		} = binary.LittleEndian
		if rapid.Bool().Draw(t, "big") {
			order = binary.BigEndian
		}
		var in []byte
		var want strings.Builder
		for range rapid.IntRange(0, 3000).Draw(t, "characters") {
			switch c := rapid.Rune().Draw(t, "character"); {
			case c%7 == 0: // the second half alone, which no character after it can complete
				in = order.AppendUint16(in, 0xdc00+uint16(c&0x3ff))
				want.WriteByte(notText)
			case c%11 == 0: // the first half, before a letter
				in = order.AppendUint16(in, 0xd800+uint16(c&0x3ff))
				in = order.AppendUint16(in, 'a')
				want.WriteByte(notText)
				want.WriteByte('a')
			default:
				for _, unit := range utf16.AppendRune(nil, c) {
					in = order.AppendUint16(in, unit)
				}
				want.WriteRune(c)
			}
		}
		if rapid.Bool().Draw(t, "cut") {
			in = append(in, 'x')
			want.WriteByte(notText)
		}
		source := io.Reader(strings.NewReader(string(in)))
		if rapid.Bool().Draw(t, "slow") {
			source = iotest.OneByteReader(source)
		}
		got, err := io.ReadAll(transform.NewReader(source, utf16Decoder{order: order}))
		if err != nil || string(got) != want.String() {
			t.Fatalf("%q, %v\nwant %q", got, err, want.String())
		}
	})
}
