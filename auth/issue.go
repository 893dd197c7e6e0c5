package auth

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"

	"rollcall"
)

// Claims is what an issued token says. ClientID and Subject are required.
type Claims struct {
	ClientID  string
	Subject   string
	ID        string    // jti; empty: none
	IssuedAt  time.Time // iat, in whole seconds; zero: none
	ExpiresAt time.Time // exp, in whole seconds; zero: none, the token never expires
}

// payload is Claims on the wire (RFC 7519, section 4.1; appId: contract, section 1).
type payload struct {
	AppID     string `json:"appId"`
	Subject   string `json:"sub"`
	ID        string `json:"jti,omitempty"`
	IssuedAt  int64  `json:"iat,omitempty"`
	ExpiresAt int64  `json:"exp,omitempty"`
}

// Issue signs a token as an app would: a compact JWS. key is the secret as a
// []byte for HS256, HS384 and HS512 (at least 32, 48 and 64 bytes: RFC 7518,
// section 3.2), and a [crypto.Signer] for RS256 (RSA) and ES256 (P-256).
func Issue(alg rollcall.Algorithm, key any, c Claims) (string, error) {
	if !isClientID(c.ClientID) {
		return "", rollcall.Invalid("client-id", `The client id must be one that Rollcall gave: "cs-" and a UUID.`)
	}
	if !storable(c.Subject) {
		return "", rollcall.Invalid("subject", "The subject must not be empty.")
	}
	content, err := json.Marshal(payload{c.ClientID, c.Subject, c.ID, unixSeconds(c.IssuedAt), unixSeconds(c.ExpiresAt)})
	if err != nil {
		return "", err
	}
	key, err = signingKey(alg, key)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: key}, options)
	if err != nil {
		return "", fmt.Errorf("auth: sign with %s: %w", alg, err)
	}
	jws, err := signer.Sign(content)
	if err != nil {
		return "", fmt.Errorf("auth: sign with %s: %w", alg, err)
	}
	return jws.CompactSerialize()
}

// signingKey gives the key in the form that the library takes.
func signingKey(alg rollcall.Algorithm, key any) (any, error) {
	if secret, ok := key.([]byte); ok && alg.Symmetric() {
		return secret, nil
	}
	signer, ok := key.(crypto.Signer)
	if !ok || alg.Symmetric() {
		return nil, fmt.Errorf("auth: a key of type %T cannot sign with %s", key, alg)
	}
	if problem := publicKeyProblem(signer.Public(), alg); problem != "" {
		return nil, rollcall.Invalid("private-key", problem)
	}
	return cryptosigner.Opaque(signer), nil
}

func unixSeconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// ParsePrivateKey reads the private key of an app from PEM: PKCS #8, or the older
// forms RSA PRIVATE KEY (PKCS #1) and EC PRIVATE KEY (SEC 1); RSA of 2048 to 8192
// bits, or P-256. Encrypted keys are refused with a hint. Errors are
// [rollcall.CodeInvalid] on the field "private-key".
func ParsePrivateKey(text []byte) (crypto.Signer, error) {
	block, text := pem.Decode(skipParameters(text))
	if block == nil || len(bytes.TrimSpace(text)) > 0 {
		return nil, badPrivateKey("The private key must be one block of PEM text, for example -----BEGIN PRIVATE KEY-----.")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, badPrivateKey("The private key has a passphrase; take it off: openssl pkey -in key.pem -out plain.pem")
	}
	key, err := parsePrivate(block)
	if err != nil {
		return nil, badPrivateKey("The private key is damaged or not a private key.")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, badPrivateKey("This kind of key cannot sign.")
	}
	if publicKeyProblem(signer.Public(), rollcall.RS256) != "" && publicKeyProblem(signer.Public(), rollcall.ES256) != "" {
		return nil, badPrivateKey("The private key must be RSA of 2048 to 8192 bits (RS256) or on the curve P-256 (ES256).")
	}
	return signer, nil
}

func parsePrivate(block *pem.Block) (any, error) {
	switch block.Type {
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	}
	return nil, errors.New("not a private key")
}

// skipParameters drops the block that openssl ecparam writes before the key.
func skipParameters(text []byte) []byte {
	if block, rest := pem.Decode(text); block != nil && block.Type == "EC PARAMETERS" {
		return rest
	}
	return text
}

func badPrivateKey(message string) error { return rollcall.Invalid("private-key", message) }
