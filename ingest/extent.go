package ingest

import (
	"bytes"
	"encoding/json"
)

// extent finds where a JSON value ends, without reading what is in it: a text
// that is no JSON has an end too, and json.Valid tells the two apart afterwards.
// It can be handed a value in pieces.
type extent struct {
	depth    int
	inString bool
	escaped  bool
}

// end is how many bytes of b belong to the value, and whether it ends there.
func (e *extent) end(b []byte) (n int, done bool) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case e.escaped:
			e.escaped = false
		case e.inString && c == '\\':
			e.escaped = true
		case c == '"':
			e.inString = !e.inString
			if !e.inString && e.depth == 0 {
				return i + 1, true
			}
		case e.inString:
		case c == '{' || c == '[':
			e.depth++
		case c == '}' || c == ']':
			if e.depth == 0 {
				return i, true
			}
			if e.depth--; e.depth == 0 {
				return i + 1, true
			}
		case e.depth == 0 && (c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			return i, true
		}
	}
	return len(b), false
}

// take cuts the value off that b, which is valid JSON, goes on with.
func take(b []byte) (value, rest []byte) {
	b = bytes.TrimLeft(b, jsonSpace+",:")
	var e extent
	n, _ := e.end(b)
	return b[:n], b[n:]
}

// members gives the names and values of an object, which is valid JSON, in their
// order, as they stand.
func members(object []byte, visit func(name, value []byte)) {
	rest := object[1:]
	for {
		var name, value []byte
		if name, rest = take(rest); len(name) == 0 {
			return
		}
		value, rest = take(rest)
		visit(name, value)
	}
}

// appendString appends the text of a JSON string, which is valid UTF-8.
func appendString(b, quoted []byte) []byte {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return append(b, inside...)
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is valid, and half a surrogate pair becomes U+FFFD
	return append(b, s...)
}
