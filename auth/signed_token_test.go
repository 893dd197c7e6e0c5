package auth

import (
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"rollcall"
)

func TestVerify_AcceptsEachAlgorithm(t *testing.T) {
	f := newFixture()
	for alg, app := range f.apps {
		for range 2 { // proven, then kept
			got, err := f.verify(app.token(app.says("")))
			if err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			if got.App.ClientID != app.id || got.Subject != "u-1" || !got.ExpiresAt.IsZero() {
				t.Errorf("%s: identity = %+v", alg, got)
			}
		}
	}
}

func TestVerify_RefusesWhatIsNoToken(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	good := app.token(app.says(""))
	parts := strings.Split(good, ".")
	flattened := fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2])
	cases := map[string]struct{ token, reason string }{
		"nothing":               {"", "there is no token"},
		"garbage":               {"garbage", "canonical form"},
		"only dots":             {"..", "header is not a JSON object"},
		"four dots":             {"....", "header is not a JSON object"},
		"two parts":             {parts[0] + "." + parts[1], "neither three parts nor five"},
		"four parts":            {good + ".AA", "neither three parts nor five"},
		"six parts":             {good + ".AA.AA.AA", "neither three parts nor five"},
		"seven parts":           {good + ".AA.AA.AA.AA", "canonical form"},
		"Bearer":                {"Bearer " + good, "a character that no compact token has"},
		"space before":          {" " + good, "a character that no compact token has"},
		"newline after":         {good + "\n", "a character that no compact token has"},
		"CRLF inside":           {good[:40] + "\r\n" + good[40:], "a character that no compact token has"},
		"padding":               {good + "=", "a character that no compact token has"},
		"standard alphabet":     {strings.Replace(good, ".", "+.", 1), "a character that no compact token has"},
		"NUL":                   {good + "\x00", "a character that no compact token has"},
		"one word":              {"garb", "neither three parts nor five"},
		"trailing letters":      {good + "AA", "canonical form"},
		"trailing four":         {good + "AAAA", "the signature does not match"},
		"JSON serialisation":    {flattened, "a character that no compact token has"},
		"no signature":          {parts[0] + "." + parts[1] + ".", "the signature does not match"},
		"signature cut":         {good[:len(good)-3], "the signature does not match"},
		"over 8 KiB":            {app.token(app.says(fmt.Sprintf(`"x":%q`, strings.Repeat("x", 7000)))), "longer than 8 KiB"},
		"header no JSON":        {encode("{") + "." + parts[1] + "." + parts[2], "header is not a JSON object"},
		"header null":           {app.tokenWith(`null`, app.says("")), "an algorithm that is not offered"},
		"header array":          {app.tokenWith(`[]`, app.says("")), "header is not a JSON object"},
		"header with a tail":    {app.tokenWith(`{"alg":"HS256"}{}`, app.says("")), "header is not a JSON object"},
		"payload no JSON":       {app.token("{"), "payload is not a JSON object"},
		"payload array":         {app.token("[]"), "payload is not a JSON object"},
		"payload with a tail":   {app.token(app.says("") + "x"), "payload is not a JSON object"},
		"payload not encrypted": {app.token(good), "payload is not a JSON object"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := f.verify(c.token)
			wantRefused(t, err, c.token, c.reason)
		})
	}
}

// The last character of base64 may hold bits that nothing reads; a lenient
// decoder would take several texts for one token.
func TestVerify_RefusesAnotherSpellingOfTheSameBytes(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	f := newFixture()
	app := f.apps[rollcall.HS256]
	good := app.token(app.says("")) // 32 bytes of HMAC end in a character with two unused bits
	last := strings.IndexByte(alphabet, good[len(good)-1])
	other := good[:len(good)-1] + string(alphabet[last|1])
	_, err := f.verify(other)
	wantRefused(t, err, other, "canonical form")
}

func TestVerify_RefusesHeaders(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	cases := map[string]struct{ header, reason string }{
		"alg none":              {`{"alg":"none"}`, "an algorithm that is not offered"},
		"alg None":              {`{"alg":"None"}`, "an algorithm that is not offered"},
		"alg NONE":              {`{"alg":"NONE"}`, "an algorithm that is not offered"},
		"alg nOnE":              {`{"alg":"nOnE"}`, "an algorithm that is not offered"},
		"alg empty":             {`{"alg":""}`, "an algorithm that is not offered"},
		"alg missing":           {`{"typ":"JWT"}`, "an algorithm that is not offered"},
		"alg null":              {`{"alg":null}`, "alg of the token's header is not a text"},
		"alg number":            {`{"alg":256}`, "alg of the token's header is not a text"},
		"alg list":              {`{"alg":["HS256"]}`, "alg of the token's header is not a text"},
		"alg in lower case":     {`{"alg":"hs256"}`, "an algorithm that is not offered"},
		"alg with a space":      {`{"alg":"HS256 "}`, "an algorithm that is not offered"},
		"alg twice":             {`{"alg":"none","alg":"HS256"}`, "unique names"},
		"ALG":                   {`{"ALG":"HS256"}`, "an algorithm that is not offered"},
		"EdDSA":                 {`{"alg":"EdDSA"}`, "an algorithm that is not offered"},
		"PS256":                 {`{"alg":"PS256"}`, "an algorithm that is not offered"},
		"HS384 instead":         {`{"alg":"HS384"}`, "another algorithm than HS256"},
		"RS256 instead":         {`{"alg":"RS256"}`, "another algorithm than HS256"},
		"ES256 instead":         {`{"alg":"ES256"}`, "another algorithm than HS256"},
		"crit":                  {`{"alg":"HS256","crit":["exp"],"exp":1}`, "the parameter crit"},
		"crit empty":            {`{"alg":"HS256","crit":[]}`, "the parameter crit"},
		"crit null":             {`{"alg":"HS256","crit":null}`, "the parameter crit"},
		"crit b64":              {`{"alg":"HS256","crit":["b64"],"b64":false}`, "the parameter crit"},
		"b64 without crit":      {`{"alg":"HS256","b64":false}`, "the parameter b64"},
		"zip":                   {`{"alg":"HS256","zip":"DEF"}`, "the parameter zip"},
		"a key brought along":   {`{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}`, "the parameter jwk"},
		"a chain brought along": {`{"alg":"HS256","x5c":["AAAA"]}`, "the parameter x5c"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			signed := app.tokenWith(c.header, app.says(""))
			unsigned := signed[:strings.LastIndexByte(signed, '.')+1]
			for _, token := range []string{signed, unsigned} {
				_, err := f.verify(token)
				wantRefused(t, err, token, c.reason)
			}
		})
	}
}

func TestVerify_IgnoresHeadersOfNoConcern(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	for _, header := range []string{`{"alg":"HS256"}`, `{"kid":"1","alg":"HS256","jku":"https://evil.example/keys"}`, ` { "alg" : "HS\u003256", "typ":"at+jwt", "x":{"y":[1]} } `} {
		if _, err := f.verify(app.tokenWith(header, app.says(""))); err != nil {
			t.Errorf("%s: %v", header, err)
		}
	}
}

// The classic: an RS256 key is public, so whoever has it could use it as an HMAC
// secret if the token's alg were believed.
func TestVerify_RefusesAPublicKeyUsedAsASecret(t *testing.T) {
	f := newFixture()
	publicKeys := map[rollcall.Algorithm]any{rollcall.RS256: testRSA().Public(), rollcall.ES256: testEC().Public()}
	for registered, public := range publicKeys {
		text := publicPEM(public)
		secrets := map[string][]byte{
			"PEM":                 text,
			"PEM without newline": text[:len(text)-1],
			"DER":                 must(x509.MarshalPKIXPublicKey(public)),
		}
		for name, secret := range secrets {
			for _, alg := range []rollcall.Algorithm{rollcall.HS256, rollcall.HS384, rollcall.HS512} {
				t.Run(fmt.Sprintf("%s as %s secret in %s", registered, alg, name), func(t *testing.T) {
					attacker := testApp{id: f.apps[registered].id, alg: alg, secret: string(secret)}
					token := attacker.token(attacker.says(""))
					_, err := f.verify(token)
					wantRefused(t, err, token, "another algorithm than "+string(registered))
				})
			}
		}
	}
}

func TestVerify_RefusesEveryAlgorithmButTheRegistered(t *testing.T) {
	f := newFixture()
	for registered, app := range f.apps {
		for alg := range f.apps {
			if alg == registered {
				continue
			}
			other := testApp{id: app.id, alg: alg, secret: app.secret}
			token := other.token(other.says(""))
			_, err := f.verify(token)
			wantRefused(t, err, token, "another algorithm than "+string(registered))
		}
	}
}

func TestVerify_RefusesAWrongSignature(t *testing.T) {
	f := newFixture()
	for alg, app := range f.apps {
		good := strings.Split(app.token(app.says("")), ".")
		other := strings.Split(app.token(app.says(`"admin":true`)), ".")
		tokens := map[string]string{
			"payload of another token":   good[0] + "." + other[1] + "." + good[2],
			"header changed":             encode(fmt.Sprintf(`{"alg":%q}`, alg)) + "." + good[1] + "." + good[2],
			"signature of another token": good[0] + "." + good[1] + "." + other[2],
			"signature of zeros":         good[0] + "." + good[1] + "." + encode(strings.Repeat("\x00", 64)),
			"no signature":               good[0] + "." + good[1] + ".",
			"signature and more":         good[0] + "." + good[1] + "." + encode(string(app.sign(good[0]+"."+good[1]))+"\x00"),
		}
		if alg.Symmetric() {
			forged := testApp{id: app.id, alg: alg, secret: NewSecret()}
			tokens["wrong secret"] = forged.token(forged.says(""))
			empty := testApp{id: app.id, alg: alg}
			tokens["empty secret"] = empty.token(empty.says(""))
		}
		for name, token := range tokens {
			t.Run(string(alg)+" "+name, func(t *testing.T) {
				_, err := f.verify(token)
				wantRefused(t, err, token, "the signature does not match")
			})
		}
	}
}

// An app's secret proves that app's tokens only.
func TestVerify_RefusesATokenThatNamesAnotherApp(t *testing.T) {
	f := newFixture()
	thief, victim := f.apps[rollcall.HS256], f.register(rollcall.HS256)
	token := thief.token(victim.says(""))
	_, err := f.verify(token)
	wantRefused(t, err, token, "the signature does not match")
}
