package auth

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"rollcall"
)

// keyOf is what Issue signs with for an app of the fixture.
func keyOf(app testApp) any {
	switch app.alg {
	case rollcall.RS256:
		return testRSA()
	case rollcall.ES256:
		return testEC()
	}
	return []byte(app.secret)
}

func TestIssue_IsVerified(t *testing.T) {
	f := newFixture()
	for alg, app := range f.apps {
		f.store.change(app.id, func(a *rollcall.App) { a.EnforceJTI = true })
		token, err := Issue(alg, keyOf(app), Claims{ClientID: app.id, Subject: "Zoë", ID: "1", IssuedAt: noon, ExpiresAt: noon.Add(time.Hour)})
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		got, err := f.verify(token)
		if err != nil || got.Subject != "Zoë" || !got.ExpiresAt.Equal(noon.Add(time.Hour)) {
			t.Errorf("%s: %+v, %v", alg, got, err)
		}
	}
}

func TestIssue_LeavesOutWhatIsNotGiven(t *testing.T) {
	app := newFixture().apps[rollcall.HS256]
	token := must(Issue(app.alg, keyOf(app), Claims{ClientID: app.id, Subject: "u-1"}))
	payload := must(strictBase64.DecodeString(strings.Split(token, ".")[1]))
	if string(payload) != app.says("") {
		t.Errorf("payload = %s", payload)
	}
	if signed := token[:strings.LastIndexByte(token, '.')]; token != signed+"."+encode(string(app.sign(signed))) {
		t.Error("the signature is not the HMAC of the secret's characters")
	}
}

func TestIssue_RefusesWhatCannotBeVerified(t *testing.T) {
	id := NewClientID()
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	good := Claims{ClientID: id, Subject: "u-1"}
	cases := map[string]struct {
		alg    rollcall.Algorithm
		key    any
		claims Claims
	}{
		"no client id":       {rollcall.HS256, []byte(NewSecret()), Claims{Subject: "u-1"}},
		"no subject":         {rollcall.HS256, []byte(NewSecret()), Claims{ClientID: id}},
		"short secret":       {rollcall.HS512, []byte(NewSecret())[:63], good},
		"no secret":          {rollcall.HS256, []byte(nil), good},
		"secret as a string": {rollcall.HS256, NewSecret(), good},
		"RSA key for HS256":  {rollcall.HS256, testRSA(), good},
		"secret for RS256":   {rollcall.RS256, []byte(NewSecret()), good},
		"EC key for RS256":   {rollcall.RS256, testEC(), good},
		"P-384 for ES256":    {rollcall.ES256, p384, good},
		"no key":             {rollcall.RS256, nil, good},
		"none":               {"none", testRSA(), good},
		"an empty algorithm": {"", []byte(NewSecret()), good},
	}
	for name, c := range cases {
		if token, err := Issue(c.alg, c.key, c.claims); err == nil {
			t.Errorf("%s: issued %s", name, token)
		}
	}
}

func TestParsePrivateKey_ReadsWhatOpensslWrites(t *testing.T) {
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	sec1 := block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(testEC())))
	for name, c := range map[string]struct {
		text []byte
		want crypto.Signer
	}{
		"RSA, PKCS #8":        {block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(testRSA()))), testRSA()},
		"RSA, PKCS #1":        {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testRSA())), testRSA()},
		"EC, PKCS #8":         {block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(testEC()))), testEC()},
		"EC, SEC 1":           {sec1, testEC()},
		"EC, with parameters": {append(block("EC PARAMETERS", []byte{6, 8}), sec1...), testEC()},
	} {
		got, err := ParsePrivateKey(c.text)
		if err != nil || !got.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(c.want.Public()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParsePrivateKey_SaysWhatIsWrong(t *testing.T) {
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	pkcs8 := func(key any) []byte { return block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))) }
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	good := pkcs8(testEC())
	cases := map[string]struct {
		text []byte
		hint string
	}{
		"nothing":         {nil, "one block of PEM"},
		"garbage":         {[]byte("garbage"), "one block of PEM"},
		"two keys":        {append(bytes.Clone(good), good...), "one block of PEM"},
		"damaged":         {block("PRIVATE KEY", []byte("x")), "damaged"},
		"a public key":    {publicPEM(testEC().Public()), "not a private key"},
		"with passphrase": {block("ENCRYPTED PRIVATE KEY", []byte("x")), "passphrase"},
		"old passphrase":  {[]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"), "passphrase"},
		"Ed25519":         {pkcs8(ed), "RSA of 2048 to 8192 bits"},
		"X25519":          {pkcs8(must(ecdh.X25519().GenerateKey(rand.Reader))), "cannot sign"},
		"weak RSA":        {pkcs8(must(rsa.GenerateKey(rand.Reader, 1024))), "RSA of 2048 to 8192 bits"},
	}
	for name, c := range cases {
		_, err := ParsePrivateKey(c.text)
		e, ok := errors.AsType[*rollcall.Error](err)
		if !ok || e.Code != rollcall.CodeInvalid || e.Field != "private-key" || !strings.Contains(e.Message, c.hint) {
			t.Errorf("%s: err = %v, want %q", name, err, c.hint)
		}
	}
}
