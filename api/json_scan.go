package api

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
)

// The functions of this file take JSON apart without decoding it: 50,000
// contacts are some millions of values, of which most are only passed on. They
// rely on [encoding/json.Valid] having accepted the text, which keeps them
// small; on another text they may panic.

// members gives the names of an object, between their quotes as they were sent,
// and the values, in order.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for at := skipSpace(object, 1); object[at] != '}'; {
			nameEnd := stringEnd(object, at)
			name := object[at+1 : nameEnd-1]
			at = skipSpace(object, skipSpace(object, nameEnd)+1) // past the colon
			end := valueEnd(object, at)
			if !yield(name, object[at:end]) {
				return
			}
			at = skipComma(object, end)
		}
	}
}

// elements gives the values of an array in order.
func elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for at := skipSpace(array, 1); array[at] != ']'; {
			end := valueEnd(array, at)
			if !yield(array[at:end]) {
				return
			}
			at = skipComma(array, end)
		}
	}
}

func skipSpace(b []byte, at int) int {
	for b[at] == ' ' || b[at] == '\n' || b[at] == '\r' || b[at] == '\t' {
		at++
	}
	return at
}

func skipComma(b []byte, at int) int {
	if at = skipSpace(b, at); b[at] == ',' {
		at = skipSpace(b, at+1)
	}
	return at
}

// stringEnd gives the place after the string that begins at a quote.
func stringEnd(b []byte, at int) int {
	for at++; b[at] != '"'; at++ {
		if b[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// valueEnd gives the place after the value that begins here.
func valueEnd(b []byte, at int) int {
	switch b[at] {
	case '"':
		return stringEnd(b, at)
	case '{', '[':
		return nestedEnd(b, at)
	}
	for at < len(b) && strings.IndexByte(",]} \n\r\t", b[at]) < 0 {
		at++
	}
	return at
}

// nestedEnd gives the place after an object or array. Braces and brackets are
// balanced in valid JSON, so counting both as one is enough, and no depth can
// exhaust the stack.
func nestedEnd(b []byte, at int) int {
	for depth := 0; ; {
		switch b[at] {
		case '"':
			at = stringEnd(b, at)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		at++
		if depth == 0 {
			return at
		}
	}
}

// plainName decodes a name that members gave.
func plainName(name []byte) string {
	if bytes.IndexByte(name, '\\') < 0 {
		return string(name)
	}
	return plainString(quoted(name))
}

// plainString decodes a string with its quotes. Half a surrogate pair becomes
// U+FFFD, as everywhere in Go.
func plainString(value []byte) string {
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		panic(err) // json.Valid took it
	}
	return s
}

func quoted(name []byte) []byte {
	return append(append([]byte{'"'}, name...), '"')
}

// compact removes the space between the tokens of a value, which may be line
// breaks. It copies only where there is some.
func compact(value []byte) []byte {
	if !bytes.ContainsAny(value, " \n\r\t") {
		return value
	}
	var buf bytes.Buffer
	if err := json.Compact(&buf, value); err != nil {
		panic(err) // json.Valid took it
	}
	return buf.Bytes()
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			encoded, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string can always be encoded
			}
			return append(b, encoded...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
