package auth

import (
	"encoding/base64"
	"strings"

	"github.com/go-jose/go-jose/v4/json"
)

// MaxTokenSize is the longest token that is looked at, in bytes. A longer one is
// refused before any work is done on it.
const MaxTokenSize = 8 << 10

// The number of parts of the compact serialisations: RFC 7515, section 7.1, and
// RFC 7516, section 7.1.
const (
	partsOfJWS = 3
	partsOfJWE = 5
)

// strictBase64 is base64url without padding that refuses stray bits in the last
// character (RFC 4648, section 3.5). It still skips line breaks, so
// [splitCompact] looks at every character first.
var strictBase64 = base64.RawURLEncoding.Strict()

// compact is a token in a compact serialisation, split at its dots: every part
// is base64url in the one spelling that its bytes have.
type compact []string

// String joins the parts again.
func (c compact) String() string { return strings.Join(c, ".") }

// splitCompact takes a token apart. The library reads base64 leniently and signs
// what it decoded, so without this several texts would pass as one token.
func splitCompact(token string) (compact, error) {
	if token == "" {
		return nil, refuse("there is no token")
	}
	for i := range len(token) {
		if !isBase64URL(token[i]) && token[i] != '.' {
			return nil, refuse("the token holds a character that no compact token has")
		}
	}
	// One part more than any token has is enough to tell; a dot in it is refused.
	parts := strings.SplitN(token, ".", partsOfJWE+1)
	for _, part := range parts {
		if _, err := strictBase64.DecodeString(part); err != nil {
			return nil, refuse("a part of the token is not base64url in its canonical form")
		}
	}
	return parts, nil
}

func isBase64URL(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

func encodedLen(n int) int { return strictBase64.EncodedLen(n) }

// header is what Rollcall reads of a JOSE header. Other parameters are ignored,
// as RFC 7515, section 4, asks, save those in refusedParameters.
type header struct {
	alg, enc, cty string
}

// refusedParameters make a token unacceptable by their mere presence.
var refusedParameters = []string{
	"crit", // extensions that must be understood; we understand none (RFC 7515, section 4.1.11)
	"b64",  // an unencoded payload (RFC 7797), which the library would honour even without crit
	"zip",  // compression: a small token could grow large before it is proven
	"jwk",  // a key or a chain that the token brings along: ours come from the app's
	"x5c",  // record only, and nobody shall make us parse another
}

// readHeader decodes a header, the first part of a token.
func readHeader(part string) (header, error) {
	members, err := readObject(part)
	if err != nil {
		return header{}, refuse("the token's header is not a JSON object with unique names")
	}
	for _, name := range refusedParameters {
		if _, there := members[name]; there {
			return header{}, refuse("the token's header has the parameter " + name)
		}
	}
	var h header
	for name, into := range map[string]*string{"alg": &h.alg, "enc": &h.enc, "cty": &h.cty} {
		value, there := members[name]
		if !there {
			continue
		}
		text, ok := stringOf(value)
		if !ok {
			return header{}, refuse("the parameter " + name + " of the token's header is not a text")
		}
		*into = text
	}
	return h, nil
}

// holdsJWT reads cty: "JWT", whatever its case, says that a signed token is
// inside (RFC 7519, section 5.2). Many clients leave it out.
func (h header) holdsJWT() bool { return h.cty == "" || strings.EqualFold(h.cty, "JWT") }

// readObject decodes a part that is a JSON object. The library's own decoder is
// used because, unlike the standard one, it matches names exactly and refuses a
// name that comes twice (RFC 7519, section 4); and what signs and what reads
// then agree by construction.
func readObject(part string) (map[string]json.RawMessage, error) {
	raw, err := strictBase64.DecodeString(part)
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	err = json.Unmarshal(raw, &members)
	return members, err
}

// stringOf gives the value of a JSON string; ok is false for any other value,
// null included.
func stringOf(value json.RawMessage) (text string, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	err := json.Unmarshal(value, &text)
	return text, err == nil
}
