package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"rollcall"
)

func TestVerify_KeepsWhatItProved(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	token := app.token(app.says(""))
	first := must(f.verify(token))
	second := must(f.verify(token))
	if first != second {
		t.Error("the second use proved the token again")
	}
	must(f.verify(app.token(app.says(`"iat":1`))))
	if f.store.loads != 1 {
		t.Errorf("the app was loaded %d times, want 1", f.store.loads)
	}
}

func TestVerify_ShutsOutAtOnce(t *testing.T) {
	cases := map[string]struct {
		change func(*rollcall.App)
		reason string
	}{
		"a revoked app":              {func(a *rollcall.App) { a.Revoke(noon) }, "unknown, revoked or without a key"},
		"a revoked app with its key": {func(a *rollcall.App) { a.Revoked = true }, "unknown, revoked or without a key"},
		"an app without keys":        {func(a *rollcall.App) { a.Keys = nil }, "unknown, revoked or without a key"},
		"a plain token":              {func(a *rollcall.App) { a.EnforceJWE = true }, "not encrypted"},
		"a token without jti":        {func(a *rollcall.App) { a.EnforceJTI = true }, "jti"},
		"another algorithm":          {func(a *rollcall.App) { a.Algorithm = rollcall.HS512 }, "another algorithm than HS512"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			app := f.apps[rollcall.HS256]
			token := app.token(app.says(""))
			must(f.verify(token))
			f.store.change(app.id, c.change)
			for range 2 {
				_, err := f.verify(token)
				wantRefused(t, err, token, c.reason)
			}
		})
	}
}

func TestVerify_ShutsOutADeletedApp(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	token := app.token(app.says(""))
	must(f.verify(token))
	delete(f.store.apps, app.id)
	_, err := f.verify(token)
	wantRefused(t, err, token, "unknown, revoked or without a key")
}

// A store that gives an older app than the revision it told must not revive it.
func TestVerify_FailsOnAStaleApp(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]

	_, err := f.Verify(t.Context(), app.token(app.says("")), func(context.Context, string) (int64, error) { return 2, nil })
	if err == nil || rollcall.CodeOf(err) != rollcall.CodeInternal {
		t.Errorf("err = %v, want an internal error", err)
	}
}

func TestVerify_RotatesSecrets(t *testing.T) {
	f := newFixture()
	old := f.apps[rollcall.HS256]
	fresh := testApp{id: old.id, alg: old.alg, secret: NewSecret()}
	oldToken, freshToken := old.token(old.says("")), fresh.token(fresh.says(""))
	must(f.verify(oldToken))
	_, err := f.verify(freshToken)
	wantRefused(t, err, freshToken, "the signature does not match")

	f.store.change(old.id, func(a *rollcall.App) {
		if err := a.AddKey(NewAppKey(f.sealer, a.ClientID, fresh.secret), noon); err != nil {
			t.Fatal(err)
		}
	})
	must(f.verify(oldToken))
	must(f.verify(freshToken))

	f.store.change(old.id, func(a *rollcall.App) {
		if err := a.RetireOldKeys(noon); err != nil {
			t.Fatal(err)
		}
	})
	_, err = f.verify(oldToken)
	wantRefused(t, err, oldToken, "the signature does not match")
	must(f.verify(freshToken))
}

func TestVerify_AKeptTokenDiesAtItsTime(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	token := app.token(app.says(fmt.Sprintf(`"nbf":%d,"exp":%d`, noon.Unix(), noon.Unix()+10)))
	must(f.verify(token))
	f.clock = noon.Add(10*time.Second + Leeway)
	must(f.verify(token))
	f.clock = f.clock.Add(time.Millisecond)
	_, err := f.verify(token)
	wantRefused(t, err, token, "has expired")

	f.clock = noon
	must(f.verify(token))
	f.clock = noon.Add(-2 * Leeway) // a clock that is set back
	_, err = f.verify(token)
	wantRefused(t, err, token, "not valid yet")
}

func TestTokenCache_IsBounded(t *testing.T) {
	cache := newTokenCache()
	for i := range 3 * maxTokens {
		sum := tokenSum(sha256.Sum256(fmt.Append(nil, i)))
		cache.put(sum, &verifiedToken{})
		if _, ok := cache.get(sum); !ok {
			t.Fatal("what was just put is not there")
		}
	}
	kept := 0
	for i := range cache.shards {
		kept += len(cache.shards[i].entries)
	}
	if kept > maxTokens || kept < maxTokens*9/10 {
		t.Errorf("%d tokens are kept, want at most %d and nearly as many", kept, maxTokens)
	}
}
