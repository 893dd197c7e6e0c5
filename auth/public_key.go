package auth

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"rollcall"
)

// The size of an RSA modulus in bits. RFC 7518, section 3.3, asks for 2048; the
// upper limit keeps one verification from costing milliseconds.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// ParsePublicKey reads the public key that an app registers for RS256 (RSA, 2048
// to 8192 bits) or ES256 (P-256): one PEM block PUBLIC KEY, which is PKIX
// (RFC 5280, section 4.1). It gives the key as DER in canonical form.
//
// A certificate is refused with a hint: Rollcall would not heed its expiry or
// its issuer, and taking it would suggest otherwise. Errors are
// [rollcall.CodeInvalid] on the field "public-key".
func ParsePublicKey(text []byte, alg rollcall.Algorithm) (der []byte, err error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, badPublicKey("The public key must be PEM text that begins with -----BEGIN PUBLIC KEY-----.")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, badPublicKey("Send one public key only; something follows it.")
	case block.Type != "PUBLIC KEY":
		return nil, badPublicKey(pemHint(block.Type))
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, badPublicKey("The public key is damaged: its content is not PKIX.")
	}
	if problem := publicKeyProblem(key, alg); problem != "" {
		return nil, badPublicKey(problem)
	}
	return x509.MarshalPKIXPublicKey(key)
}

// pemHint says how to get to a public key from what was sent instead.
func pemHint(blockType string) string {
	switch blockType {
	case "CERTIFICATE":
		return "This is a certificate; send its public key: openssl x509 -pubkey -noout -in cert.pem"
	case "RSA PUBLIC KEY":
		return "This is a PKCS #1 key; convert it: openssl rsa -RSAPublicKey_in -pubout -in key.pem"
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return "This is a private key, which must never leave its owner: make a new pair and send only the public key."
	}
	return "The public key must be PEM text that begins with -----BEGIN PUBLIC KEY-----."
}

// publicKeyProblem says, in one sentence, why a key does not fit an algorithm;
// empty: it fits. It is asked when a key is registered and again whenever one is
// taken from the store, so that a key of one kind never meets an algorithm of
// another.
func publicKeyProblem(key crypto.PublicKey, alg rollcall.Algorithm) string {
	switch alg {
	case rollcall.RS256:
		rsaKey, ok := key.(*rsa.PublicKey)
		if !ok {
			return "RS256 needs an RSA key; this is of another kind."
		}
		return rsaKeyProblem(rsaKey)
	case rollcall.ES256:
		if ecKey, ok := key.(*ecdsa.PublicKey); !ok || ecKey.Curve != elliptic.P256() {
			return "ES256 needs an elliptic curve key on P-256 (prime256v1); this is another."
		}
		return ""
	}
	return string(alg) + " is not an algorithm with a public key; choose RS256 or ES256."
}

func rsaKeyProblem(key *rsa.PublicKey) string {
	if bits := key.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return fmt.Sprintf("RS256 needs an RSA key of %d to %d bits; this has %d.", minRSABits, maxRSABits, bits)
	}
	if key.E < 3 || key.E%2 == 0 {
		return "The RSA key's exponent is unsafe; make the key with the usual 65537."
	}
	return ""
}

func badPublicKey(message string) error { return rollcall.Invalid("public-key", message) }
