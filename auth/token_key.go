package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"rollcall"
)

// keyEncryption is how the content key of an encrypted token is encrypted to the
// server (RFC 7518, section 4.3). RSA1_5 is not offered: it invites padding
// oracles.
const keyEncryption = jose.RSA_OAEP_256

// contentTags are the offered ways to encrypt a token's content, with the length
// of the tag of each in bytes (RFC 7518, sections 5.2 and 5.3).
var contentTags = map[jose.ContentEncryption]int{
	jose.A128GCM:       16,
	jose.A256GCM:       16,
	jose.A128CBC_HS256: 16,
	jose.A256CBC_HS512: 32,
}

// TokenKey is the server's RSA key for encrypted tokens: its public part is
// given to apps, its private part decrypts. All processes on one database share
// it; the store keeps it sealed. It is safe for concurrent use.
type TokenKey struct {
	private   *rsa.PrivateKey
	der       []byte
	publicPEM string
}

// NewTokenKey makes a key of 2048 bits, in a fraction of a second.
func NewTokenKey() (*TokenKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		return nil, err
	}
	return newTokenKey(private)
}

// ParseTokenKey reads what [TokenKey.Marshal] wrote: PKCS #8, ASN.1 DER, with an
// RSA key of 2048 to 8192 bits.
func ParseTokenKey(der []byte) (*TokenKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("auth: token key: %w", err)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("auth: token key: not an RSA key")
	}
	return newTokenKey(private)
}

// newTokenKey writes both forms of the key at once, where an error can still be
// returned.
func newTokenKey(private *rsa.PrivateKey) (*TokenKey, error) {
	if bits := private.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("auth: token key: %d bits, not %d to %d", bits, minRSABits, maxRSABits)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	return &TokenKey{private: private, der: der, publicPEM: string(text)}, nil
}

// Marshal gives the private key as PKCS #8, ASN.1 DER, to be sealed and stored.
func (k *TokenKey) Marshal() []byte { return append([]byte(nil), k.der...) }

// PublicPEM gives the public key as PKIX in PEM, for those who encrypt tokens.
func (k *TokenKey) PublicPEM() string { return k.publicPEM }

// Encrypt wraps a signed token (RFC 7519, section 5.2): RSA-OAEP-256, A256GCM,
// cty JWT.
func (k *TokenKey) Encrypt(jws string) (string, error) { return EncryptTo(&k.private.PublicKey, jws) }

// EncryptTo wraps a signed token as [TokenKey.Encrypt] does, for the server whose
// public key this is.
func EncryptTo(key *rsa.PublicKey, jws string) (string, error) {
	options := (&jose.EncrypterOptions{}).WithContentType("JWT")
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: keyEncryption, Key: key}, options)
	if err != nil {
		return "", err
	}
	jwe, err := encrypter.Encrypt([]byte(jws))
	if err != nil {
		return "", err
	}
	return jwe.CompactSerialize()
}

// ParseEncryptionKey reads a server's public key, as [TokenKey.PublicPEM] writes
// it. Errors are [rollcall.CodeInvalid] on the field "encryption-key".
func ParseEncryptionKey(text []byte) (*rsa.PublicKey, error) {
	if block, _ := pem.Decode(text); block != nil && block.Type == "PUBLIC KEY" {
		if key, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
			if public, ok := key.(*rsa.PublicKey); ok && public.N.BitLen() >= minRSABits && public.N.BitLen() <= maxRSABits {
				return public, nil
			}
		}
	}
	return nil, rollcall.Invalid("encryption-key", "The key must be the server's public key in PEM, as rollcall app create shows it: -----BEGIN PUBLIC KEY-----.")
}

// decrypt gives the signed token inside an encrypted one. Every failure of the
// cryptography is one error: telling them apart would help to guess plaintexts.
func (k *TokenKey) decrypt(parts compact) (string, error) {
	head, err := readHeader(parts[0])
	if err != nil {
		return "", err
	}
	enc := jose.ContentEncryption(head.enc)
	tagSize, offered := contentTags[enc]
	switch {
	case head.alg != string(keyEncryption) || !offered:
		return "", refuse("the token is encrypted in a way that is not offered")
	case !head.holdsJWT():
		return "", refuse("the encrypted token does not say that it holds a JWT")
	case len(parts[4]) != encodedLen(tagSize):
		// The library takes a longer tag as the end of the ciphertext, which
		// would let the border between the two move.
		return "", refuse("the encrypted token's tag has the wrong length")
	}
	jwe, err := jose.ParseEncryptedCompact(parts.String(), []jose.KeyAlgorithm{keyEncryption}, []jose.ContentEncryption{enc})
	if err != nil {
		return "", refuse("the encrypted token is malformed")
	}
	plain, err := jwe.Decrypt(k.private)
	if err != nil {
		return "", refuse("the encrypted token cannot be decrypted with the server's key")
	}
	return string(plain), nil
}
