package auth

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall"
)

func TestVerify_EnforcedJTI(t *testing.T) {
	cases := map[string]struct{ claims, reason string }{
		"missing":    {``, "jti, which the app enforces"},
		"empty":      {`"jti":""`, "jti, which the app enforces"},
		"null":       {`"jti":null`, "jti, which the app enforces"},
		"number":     {`"jti":1`, "jti, which the app enforces"},
		"JTI":        {`"JTI":"1"`, "jti, which the app enforces"},
		"with NUL":   {`"jti":"\u0000"`, "jti, which the app enforces"},
		"256 bytes":  {fmt.Sprintf(`"jti":%q`, strings.Repeat("é", 128)), "jti, which the app enforces"},
		"255 bytes":  {fmt.Sprintf(`"jti":%q`, strings.Repeat("é", 127)+"e"), ""},
		"expired":    {`"jti":"1","exp":1`, "has expired"},
		"used twice": {`"jti":"1","jti":"1"`, "unique names"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			app := f.apps[rollcall.HS256]
			f.store.change(app.id, func(a *rollcall.App) { a.EnforceJTI = true })
			token := app.token(app.says(c.claims))
			_, err := f.verify(token)
			if c.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantRefused(t, err, token, c.reason)
			if len(f.store.used) != 0 {
				t.Errorf("a refused token spent its jti: %v", f.store.used)
			}
		})
	}
}

func TestVerify_RefusesAReplay(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	f.store.change(app.id, func(a *rollcall.App) { a.EnforceJTI = true })
	token := app.token(app.says(`"jti":"1"`))
	forged := token[:len(token)-2] + "AA"
	if _, err := f.verify(forged); err == nil {
		t.Fatal("a forged token was accepted")
	}
	if _, err := f.verify(token); err != nil {
		t.Fatalf("the first use, after a forgery with the same jti: %v", err)
	}
	_, err := f.verify(token)
	wantRefused(t, err, token, "used before")
	again := app.token(app.says(`"jti":"1","iat":1`)) // signed anew
	_, err = f.verify(again)
	wantRefused(t, err, again, "used before")
	wrapped := must(f.key.Encrypt(token)) // another text
	_, err = f.verify(wrapped)
	wantRefused(t, err, wrapped, "used before")
	if _, err := f.verify(app.token(app.says(`"jti":"2"`))); err != nil {
		t.Errorf("another jti: %v", err)
	}
}

func TestVerify_OneOfManyReplaysAtOnceWins(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	f.store.change(app.id, func(a *rollcall.App) { a.EnforceJTI = true })
	token := app.token(app.says(`"jti":"1"`))
	var wins atomic.Int32
	var calls sync.WaitGroup
	for range 16 {
		calls.Go(func() {
			if _, err := f.verify(token); err == nil {
				wins.Add(1)
			}
		})
	}
	calls.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d calls were accepted, want 1", wins.Load())
	}
}

// A jti is remembered for longer than any process could accept the token.
func TestVerify_RemembersAJTIUntilTheTokenIsDead(t *testing.T) {
	cases := map[string]time.Time{
		`"jti":"1"`: endOfTime,
		fmt.Sprintf(`"jti":"1","exp":%d`, noon.Unix()):      noon.Add(2 * Leeway),
		fmt.Sprintf(`"jti":"1","exp":%d`, endOfTime.Unix()): endOfTime,
	}
	for claims, want := range cases {
		f := newFixture()
		app := f.apps[rollcall.HS256]
		f.store.change(app.id, func(a *rollcall.App) { a.EnforceJTI = true })
		if _, err := f.verify(app.token(app.says(claims))); err != nil {
			t.Fatal(err)
		}
		if got := f.store.used[app.id+" 1"]; !got.Equal(want) {
			t.Errorf("%s: remembered until %v, want %v", claims, got, want)
		}
	}
}

func TestVerify_AsksTheRevisionOnce(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	unknown := testApp{id: NewClientID(), alg: rollcall.HS256, secret: NewSecret()}
	ask := func(why string, token string, want ...string) {
		t.Helper()
		f.store.asked = nil
		f.verify(token)
		if !slices.Equal(f.store.asked, want) {
			t.Errorf("%s: asked for %v, want %v", why, f.store.asked, want)
		}
	}
	token := app.token(app.says(""))
	ask("first use", token, app.id)
	ask("kept", token, app.id)
	f.store.change(app.id, func(*rollcall.App) {})
	ask("after a change", token, app.id)
	ask("wrong signature", token[:len(token)-2]+"AA", app.id)
	ask("encrypted", must(f.key.Encrypt(token)), app.id)
	ask("unknown app", unknown.token(unknown.says("")), unknown.id)
	ask("no client id to ask for", "garbage")
}

func TestVerify_PassesFailuresOfTheServerThrough(t *testing.T) {
	broken := errors.New("disk on fire")
	f := newFixture()
	app := f.apps[rollcall.HS256]
	token := app.token(app.says(`"jti":"1"`))

	failing := func(context.Context, string) (int64, error) { return 0, broken }
	if _, err := f.Verify(t.Context(), token, failing); err != broken {
		t.Errorf("revision failed: %v", err)
	}
	f.store.fail = broken
	if _, err := f.verify(token); err != broken {
		t.Errorf("App failed: %v", err)
	}
	f.store.fail = nil
	if _, err := f.verify(token); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Verify(t.Context(), token, failing); err != broken {
		t.Errorf("revision failed for a kept token: %v", err)
	}
	f.store.change(app.id, func(a *rollcall.App) { a.EnforceJTI = true })
	f.verify(app.token(app.says(`"jti":"2"`))) // the app is kept now
	f.store.fail = broken
	if _, err := f.verify(token); err != broken {
		t.Errorf("UseTokenID failed: %v", err)
	}
}

func TestVerify_FailsOnKeysThatTheServerCannotRead(t *testing.T) {
	other := must(NewSealer(bytes.Repeat([]byte{8}, MasterKeySize)))
	cases := map[string]struct {
		alg rollcall.Algorithm
		key func(id string) rollcall.AppKey
	}{
		"sealed with another master key": {rollcall.HS256, func(id string) rollcall.AppKey { return NewAppKey(other, id, NewSecret()) }},
		"sealed for another app":         {rollcall.HS256, func(string) rollcall.AppKey { return NewAppKey(newFixture().sealer, NewClientID(), NewSecret()) }},
		"not a public key":               {rollcall.RS256, func(string) rollcall.AppKey { return NewAppPublicKey([]byte("x")) }},
		"a public key of another kind": {rollcall.RS256, func(string) rollcall.AppKey {
			return NewAppPublicKey(must(x509.MarshalPKIXPublicKey(testEC().Public())))
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			app := f.apps[c.alg]
			f.store.change(app.id, func(a *rollcall.App) { a.Keys = []rollcall.AppKey{c.key(app.id)} })
			if _, err := f.verify(app.token(app.says(""))); err == nil || rollcall.CodeOf(err) != rollcall.CodeInternal {
				t.Errorf("err = %v, want an internal error", err)
			}
		})
	}
}
