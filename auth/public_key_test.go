package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"rollcall"
)

func TestParsePublicKey_GivesCanonicalDER(t *testing.T) {
	for alg, key := range map[rollcall.Algorithm]any{rollcall.RS256: testRSA().Public(), rollcall.ES256: testEC().Public()} {
		text := publicPEM(key)
		for name, text := range map[string][]byte{
			"as openssl writes it": text,
			"with text before":     append([]byte("my key\n"), text...),
			"with CRLF":            bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
			"with blank lines":     append(text[:len(text):len(text)], "\n \n"...),
		} {
			der, err := ParsePublicKey(text, alg)
			if err != nil || !bytes.Equal(der, must(x509.MarshalPKIXPublicKey(key))) {
				t.Errorf("%s %s: %v", alg, name, err)
			}
		}
	}
}

func TestParsePublicKey_SaysWhatIsWrong(t *testing.T) {
	edPublic, _, _ := ed25519.GenerateKey(rand.Reader)
	weak := must(rsa.GenerateKey(rand.Reader, 1024))
	evil := &rsa.PublicKey{N: testRSA().N, E: 1}
	giant := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), maxRSABits, 1), E: 65537}
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	rsaText, ecText := publicPEM(testRSA().Public()), publicPEM(testEC().Public())
	cases := map[string]struct {
		text []byte
		alg  rollcall.Algorithm
		hint string
	}{
		"nothing":            {nil, rollcall.RS256, "must be PEM text"},
		"DER":                {must(x509.MarshalPKIXPublicKey(testRSA().Public())), rollcall.RS256, "must be PEM text"},
		"damaged":            {block("PUBLIC KEY", []byte("x")), rollcall.RS256, "damaged"},
		"a certificate":      {block("CERTIFICATE", []byte("x")), rollcall.RS256, "openssl x509 -pubkey"},
		"PKCS #1":            {block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&testRSA().PublicKey)), rollcall.RS256, "openssl rsa -RSAPublicKey_in"},
		"a private key":      {block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(testRSA()))), rollcall.RS256, "never leave its owner"},
		"something else":     {block("X", nil), rollcall.RS256, "must be PEM text"},
		"two keys":           {append(bytes.Clone(rsaText), rsaText...), rollcall.RS256, "one public key only"},
		"RSA of 1024 bits":   {publicPEM(&weak.PublicKey), rollcall.RS256, "2048 to 8192 bits; this has 1024"},
		"RSA of 8193 bits":   {publicPEM(giant), rollcall.RS256, "this has 8193"},
		"RSA with exponent":  {publicPEM(evil), rollcall.RS256, "exponent is unsafe"},
		"EC for RS256":       {ecText, rollcall.RS256, "RS256 needs an RSA key"},
		"RSA for ES256":      {rsaText, rollcall.ES256, "ES256 needs an elliptic curve key on P-256"},
		"P-384 for ES256":    {publicPEM(&p384.PublicKey), rollcall.ES256, "on P-256"},
		"Ed25519":            {publicPEM(edPublic), rollcall.ES256, "on P-256"},
		"with HS256":         {rsaText, rollcall.HS256, "choose RS256 or ES256"},
		"with an empty name": {rsaText, "", "choose RS256 or ES256"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePublicKey(c.text, c.alg)
			e, ok := errors.AsType[*rollcall.Error](err)
			if !ok || e.Code != rollcall.CodeInvalid || e.Field != "public-key" || !strings.Contains(e.Message, c.hint) {
				t.Errorf("err = %v, want %q", err, c.hint)
			}
		})
	}
}
