package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"rollcall"
)

// encryptTo makes an encrypted token in any way that the library offers.
func encryptTo(key any, alg jose.KeyAlgorithm, enc jose.ContentEncryption, plain string, options *jose.EncrypterOptions) string {
	encrypter := must(jose.NewEncrypter(enc, jose.Recipient{Algorithm: alg, Key: key}, options))
	return must(must(encrypter.Encrypt([]byte(plain))).CompactSerialize())
}

func TestVerify_AcceptsEncryptedTokens(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.ES256]
	f.store.change(app.id, func(a *rollcall.App) { a.EnforceJWE = true })
	jws := app.token(app.says(""))
	block, _ := pem.Decode([]byte(f.key.PublicPEM()))
	public := must(x509.ParsePKIXPublicKey(block.Bytes))
	tokens := map[string]string{"by the server": must(f.key.Encrypt(jws))}
	for enc := range contentTags {
		tokens[string(enc)] = encryptTo(public, jose.RSA_OAEP_256, enc, jws, nil)
	}
	tokens["cty jwt"] = encryptTo(public, jose.RSA_OAEP_256, jose.A256GCM, jws, (&jose.EncrypterOptions{}).WithContentType("jwt"))
	for name, token := range tokens {
		for range 2 {
			if got, err := f.verify(token); err != nil || got.App.ClientID != app.id {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	}
	_, err := f.verify(jws)
	wantRefused(t, err, jws, "not encrypted, which the app enforces")
}

func TestVerify_RefusesEncryptedTokens(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	jws := app.token(app.says(""))
	public, foreign := &testTokenKey().private.PublicKey, must(rsa.GenerateKey(rand.Reader, 2048))
	oaep, gcm := jose.RSA_OAEP_256, jose.A256GCM
	with := func() *jose.EncrypterOptions { return &jose.EncrypterOptions{} }
	good := strings.Split(encryptTo(public, oaep, gcm, jws, nil), ".")
	change := func(part int, text string) string {
		parts := append([]string(nil), good...)
		parts[part] = text
		return strings.Join(parts, ".")
	}
	bomb := with()
	bomb.Compression = jose.DEFLATE
	forged := testApp{id: app.id, alg: app.alg, secret: NewSecret()}
	cases := map[string]struct{ token, reason string }{
		"for another server":         {encryptTo(&foreign.PublicKey, oaep, gcm, jws, nil), "cannot be decrypted"},
		"compressed":                 {encryptTo(public, oaep, gcm, strings.Repeat("A", 1<<20), bomb), "the parameter zip"},
		"RSA1_5":                     {encryptTo(public, jose.RSA1_5, gcm, jws, nil), "a way that is not offered"},
		"RSA-OAEP with SHA-1":        {encryptTo(public, jose.RSA_OAEP, gcm, jws, nil), "a way that is not offered"},
		"A192GCM":                    {encryptTo(public, oaep, jose.A192GCM, jws, nil), "a way that is not offered"},
		"with a shared key":          {encryptTo(make([]byte, 32), jose.DIRECT, gcm, jws, nil), "a way that is not offered"},
		"with a password":            {encryptTo("password", jose.PBES2_HS256_A128KW, gcm, jws, nil), "a way that is not offered"},
		"crit":                       {encryptTo(public, oaep, gcm, jws, with().WithHeader("crit", []string{"exp"})), "the parameter crit"},
		"cty of something else":      {encryptTo(public, oaep, gcm, jws, with().WithContentType("json")), "does not say that it holds a JWT"},
		"claims without a signature": {encryptTo(public, oaep, gcm, app.says(""), nil), "a character that no compact token has"},
		"nothing inside":             {encryptTo(public, oaep, gcm, "", nil), "there is no token"},
		"an encrypted one inside":    {encryptTo(public, oaep, gcm, strings.Join(good, "."), nil), "neither three parts nor five"},
		"forged inside":              {encryptTo(public, oaep, gcm, forged.token(forged.says("")), nil), "the signature does not match"},
		"alg none inside":            {encryptTo(public, oaep, gcm, app.tokenWith(`{"alg":"none"}`, app.says("")), nil), "an algorithm that is not offered"},
		"whitespace inside":          {encryptTo(public, oaep, gcm, jws+"\n", nil), "a character that no compact token has"},
		"header changed":             {change(0, encode(`{"enc":"A256GCM","alg":"RSA-OAEP-256"}`)), "cannot be decrypted"},
		"header without enc":         {change(0, encode(`{"alg":"RSA-OAEP-256"}`)), "a way that is not offered"},
		"another key":                {change(1, encode(strings.Repeat("\x01", 256))), "cannot be decrypted"},
		"no key":                     {change(1, ""), "cannot be decrypted"},
		"another nonce":              {change(2, encode(strings.Repeat("\x01", 12))), "cannot be decrypted"},
		"no nonce":                   {change(2, ""), "cannot be decrypted"},
		"ciphertext cut":             {change(3, good[3][:8]), "cannot be decrypted"},
		"another tag":                {change(4, encode(strings.Repeat("\x01", 16))), "cannot be decrypted"},
		"short tag":                  {change(4, encode("\x01")), "the wrong length"},
		"no tag":                     {change(4, ""), "the wrong length"},
		"not base64":                 {change(3, "A"), "canonical form"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := f.verify(c.token)
			wantRefused(t, err, c.token, c.reason)
		})
	}
}

// The library would join ciphertext and tag before it decrypts, so the border
// between the two could wander and give a second text for one token.
func TestVerify_RefusesATagThatTookFromTheCiphertext(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	parts := strings.Split(must(f.key.Encrypt(app.token(app.says("")))), ".")
	ciphertext, tag := must(strictBase64.DecodeString(parts[3])), must(strictBase64.DecodeString(parts[4]))
	border := len(ciphertext) - 3
	parts[3], parts[4] = encode(string(ciphertext[:border])), encode(string(ciphertext[border:])+string(tag))
	token := strings.Join(parts, ".")
	_, err := f.verify(token)
	wantRefused(t, err, token, "the wrong length")
}

// One character changed anywhere, however little it matters, is another token.
func TestVerify_RefusesEveryChangeOfOneCharacter(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	f := newFixture()
	app := f.apps[rollcall.HS256]
	jws := app.token(app.says(""))
	for _, token := range []string{jws, must(f.key.Encrypt(jws))} {
		for i := range len(token) {
			at := strings.IndexByte(alphabet, token[i])
			if at < 0 {
				continue
			}
			for bit := 1; bit < 64; bit <<= 5 {
				changed := token[:i] + string(alphabet[at^bit]) + token[i+1:]
				if _, err := f.verify(changed); err == nil {
					t.Fatalf("character %d of %q may be another", i, token)
				}
			}
		}
	}
}

func TestVerify_WithoutATokenKeyRefusesEncryptedTokens(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	jws := app.token(app.says(""))
	token := must(f.key.Encrypt(jws))
	f.key = nil
	_, err := f.verify(token)
	wantRefused(t, err, token, "the server has no key")
	must(f.verify(jws))
}

func TestTokenKey_SurvivesTheStore(t *testing.T) {
	key := testTokenKey()
	again, err := ParseTokenKey(key.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if !again.private.Equal(key.private) || again.PublicPEM() != key.PublicPEM() {
		t.Error("the key read back is another")
	}
	if _, err := ParsePublicKey([]byte(key.PublicPEM()), rollcall.RS256); err != nil {
		t.Errorf("the public key is no PEM: %v", err)
	}
}

func TestNewTokenKey_MakesAKeyOfItsOwn(t *testing.T) {
	first, second := must(NewTokenKey()), must(NewTokenKey())
	if first.PublicPEM() == second.PublicPEM() || first.private.N.BitLen() != 2048 {
		t.Error("two keys are one, or not of 2048 bits")
	}
}

func TestParseTokenKey_RefusesWhatIsNoRSAKey(t *testing.T) {
	for name, der := range map[string][]byte{
		"nothing":  nil,
		"garbage":  []byte("garbage"),
		"P-256":    must(x509.MarshalPKCS8PrivateKey(testEC())),
		"too weak": must(x509.MarshalPKCS8PrivateKey(must(rsa.GenerateKey(rand.Reader, 1024)))),
	} {
		if _, err := ParseTokenKey(der); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
