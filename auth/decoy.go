package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"

	"rollcall"
)

// decoys are keys that prove nothing. A token that no live key could prove is
// verified with the one of its kind, so that it takes as long to refuse as a
// token with a wrong signature. The result is thrown away.
type decoys struct {
	secret []byte
	rsa    *rsa.PublicKey
	ecdsa  *ecdsa.PublicKey
}

// newDecoys makes the keys. The RSA modulus is a random odd number rather than a
// product of two primes, which would take most of the start: verifying costs the
// same, and there is no private key to lose.
func newDecoys() *decoys {
	modulus := make([]byte, minRSABits/8)
	rand.Read(modulus)
	modulus[0] |= 0x80
	modulus[len(modulus)-1] |= 1
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("auth: " + err.Error()) // P-256 with the system's randomness cannot fail
	}
	return &decoys{
		secret: []byte(NewSecret()),
		rsa:    &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537},
		ecdsa:  &curve.PublicKey,
	}
}

// verify spends the time that verifying t would take.
func (d *decoys) verify(t *signedToken) {
	var key any
	switch t.alg {
	case rollcall.RS256:
		key = d.rsa
	case rollcall.ES256:
		key = d.ecdsa
	default:
		key = d.secret
	}
	_ = t.verify(t.alg, []any{key})
}
