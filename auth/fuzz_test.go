package auth

import (
	"strings"
	"testing"

	"rollcall"
)

// FuzzVerify holds that no text is accepted but one that was issued. The only
// other spelling that mathematics allows is an ES256 signature (r, n−s) of the
// same claims, so for that algorithm what was signed is compared, not the text.
func FuzzVerify(f *testing.F) {
	x := newFixture()
	issued, signedByEC := map[string]bool{}, map[string]bool{}
	seed := func(token string) {
		f.Add(token)
		for _, cut := range []int{1, len(token) / 2} {
			f.Add(token[:len(token)-cut])
		}
		f.Add(token + ".AAAA")
		f.Add(strings.Replace(token, "A", "B", 1))
	}
	issue := func(token string) {
		issued[token] = true
		seed(token)
	}
	for _, alg := range []rollcall.Algorithm{rollcall.HS256, rollcall.HS384, rollcall.HS512, rollcall.RS256, rollcall.ES256} {
		app := x.apps[alg]
		for _, claims := range []string{"", `"exp":9999999999,"iat":1,"nbf":1.5,"jti":"1"`} {
			token := app.token(app.says(claims))
			issue(token)
			issue(must(x.key.Encrypt(token)))
			if alg == rollcall.ES256 {
				signedByEC[token[:strings.LastIndexByte(token, '.')]] = true
			}
		}
		seed(app.tokenWith(`{"alg":"none"}`, app.says("")))
		seed(app.tokenWith(`{"alg":"HS256","b64":false,"crit":["b64"]}`, app.says("")))
		seed(encode(`{"alg":"none"}`) + "." + encode(app.says("")) + ".")
		seed(app.token(`{"appid":"` + app.id + `","sub":"u-1"}`))
	}
	f.Add("")
	f.Add("{}")
	f.Fuzz(func(t *testing.T, token string) {
		x.store.asked = nil
		who, err := x.verify(token)
		if err != nil {
			if rollcall.CodeOf(err) != rollcall.CodeUnauthenticated {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if strings.Count(token, ".") == partsOfJWE-1 {
			// Encryption differs in each process of the fuzzer; what is inside must not.
			token = must(x.key.decrypt(strings.Split(token, ".")))
		}
		signed := token[:strings.LastIndexByte(token, '.')]
		if !issued[token] && !(who.App.Algorithm == rollcall.ES256 && signedByEC[signed]) {
			t.Fatalf("accepted as %s: %q", who.App.ClientID, token)
		}
	})
}

// FuzzClaims holds that claims which are read can be told apart and stored,
// whatever the payload.
func FuzzClaims(f *testing.F) {
	for _, payload := range []string{`{"appId":"cs-1","sub":"u-1"}`, `{"appId":"cs-1","sub":"u","exp":1.5e9,"nbf":0,"iat":-1}`, `{"appId":1}`, `{"appId":"cs-1","appId":"cs-2","sub":"u"}`, `[]`, `null`} {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		got, err := readClaims(encode(payload))
		if err != nil {
			return
		}
		if !isClientID(got.clientID) || !storable(got.subject) {
			t.Fatalf("%q gave %+v", payload, got)
		}
		if !strings.Contains(payload, "appId") && !strings.Contains(payload, `\`) {
			t.Fatalf("%q names no appId and gave %+v", payload, got)
		}
		if exp := got.lifetime.expires; !exp.IsZero() && (exp.Unix() < 0 || exp.After(endOfTime)) {
			t.Fatalf("%q expires at %v", payload, exp)
		}
	})
}
