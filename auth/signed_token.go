package auth

import (
	"bytes"

	"github.com/go-jose/go-jose/v4"

	"rollcall"
)

// signedToken is a compact JWS that was read but not yet proven.
type signedToken struct {
	parts     compact
	alg       rollcall.Algorithm // what the token claims: it chooses a decoy, nothing else
	claims    claims
	encrypted bool // it arrived inside a JWE
}

// readToken reads a token, signed or encrypted. key decrypts; where it is nil,
// encrypted tokens are refused.
func readToken(text string, key *TokenKey) (*signedToken, error) {
	parts, err := splitCompact(text)
	if err != nil {
		return nil, err
	}
	if len(parts) != partsOfJWE {
		return readSigned(parts)
	}
	if key == nil {
		return nil, refuse("the token is encrypted and the server has no key for that")
	}
	inner, err := key.decrypt(parts)
	if err != nil {
		return nil, err
	}
	if parts, err = splitCompact(inner); err != nil {
		return nil, err
	}
	token, err := readSigned(parts)
	if err != nil {
		return nil, err
	}
	token.encrypted = true
	return token, nil
}

// readSigned reads a compact JWS. What it refuses, it refuses whichever app the
// token names, so the time it takes tells nothing.
func readSigned(parts compact) (*signedToken, error) {
	if len(parts) != partsOfJWS {
		return nil, refuse("the token has neither three parts nor five")
	}
	head, err := readHeader(parts[0])
	if err != nil {
		return nil, err
	}
	alg, err := rollcall.ParseAlgorithm(head.alg)
	if err != nil {
		return nil, refuse("the token claims an algorithm that is not offered")
	}
	said, err := readClaims(parts[1])
	if err != nil {
		return nil, err
	}
	return &signedToken{parts: parts, alg: alg, claims: said}, nil
}

// proveBy tells whether the app's record proves the token: its algorithm with
// one of its live keys. The record's algorithm is the only one that the library
// is told to accept, and its keys have the type that this algorithm needs.
func (t *signedToken) proveBy(app *knownApp, decoys *decoys) error {
	id := t.claims.clientID
	if len(app.keys) == 0 {
		decoys.verify(t)
		return refuseApp(id, "unknown, revoked or without a key")
	}
	if app.record.Algorithm != t.alg {
		decoys.verify(t)
		return refuseApp(id, "the token claims another algorithm than "+string(app.record.Algorithm)+", which the app is registered with")
	}
	if !t.verify(app.record.Algorithm, app.keys) {
		return refuseApp(id, "the signature does not match")
	}
	return nil
}

// verify checks the signature against each key in turn. An HMAC is compared in
// constant time by the library, and its key must be as long as the hash.
func (t *signedToken) verify(alg rollcall.Algorithm, keys []any) bool {
	jws, err := jose.ParseSignedCompact(t.parts.String(), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	if err != nil {
		return false
	}
	for _, key := range keys {
		payload, err := jws.Verify(key)
		if err != nil {
			continue
		}
		// What was proven must be what was read.
		read, err := strictBase64.DecodeString(t.parts[1])
		return err == nil && bytes.Equal(payload, read)
	}
	return false
}
