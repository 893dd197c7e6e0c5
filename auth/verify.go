package auth

import (
	"context"
	"crypto/sha256"
	"time"

	"rollcall"
)

// Apps is what the verifier needs of the store.
type Apps interface {
	// App gives the app with this client id, revoked ones included, and
	// [rollcall.CodeNotFound] when there is none. What it gives is never changed
	// afterwards.
	App(ctx context.Context, clientID string) (*rollcall.App, error)

	// UseTokenID records that the app used this token id, until the given time at
	// least. fresh is false where it was recorded before. Of any number of calls
	// with one id, in all processes and across restarts, one is fresh.
	UseTokenID(ctx context.Context, clientID, tokenID string, until time.Time) (fresh bool, err error)
}

// RevisionFunc tells the app's present revision in the database; 0 when there is
// no such app. The verifier asks it rather than [Apps], so that a caller can read
// the revision together with what else its call needs.
type RevisionFunc func(ctx context.Context, clientID string) (int64, error)

// Identity is who signed a token. It is shared with other callers: read only.
type Identity struct {
	App       *rollcall.App
	Subject   string    // the claim sub
	ExpiresAt time.Time // the claim exp, without leeway; zero: never
}

// Verifier verifies the tokens of apps. It is safe for concurrent use.
//
// It keeps verified tokens, and apps with their opened keys, in memory. Both
// count only while the app's revision in the database is the one they were kept
// at, so what one process revokes or rotates is over in all of them at once.
type Verifier struct {
	apps   Apps
	sealer *Sealer
	key    *TokenKey
	now    func() time.Time
	decoys *decoys
	tokens *tokenCache
	known  *bounded[string, *knownApp]
}

// NewVerifier makes a verifier. key decrypts encrypted tokens; nil refuses them.
// now is the clock.
func NewVerifier(apps Apps, sealer *Sealer, key *TokenKey, now func() time.Time) *Verifier {
	return &Verifier{
		apps:   apps,
		sealer: sealer,
		key:    key,
		now:    now,
		decoys: newDecoys(),
		tokens: newTokenCache(),
		known:  &bounded[string, *knownApp]{limit: maxKnownApps},
	}
}

// Verify tells who signed a token, in compact serialisation, signed (RFC 7515) or
// signed and then encrypted (RFC 7519, section 5.2).
//
// It asks revision exactly once for every token that an app could have signed,
// known or not, kept or not; what nobody could have signed (malformed, without
// appId or sub, with an algorithm that is not offered) is refused without asking.
// Every refusal is the same [rollcall.CodeUnauthenticated] with the reason in
// Err; what fails in the database or in the server's own keys is passed through
// as it came.
func (v *Verifier) Verify(ctx context.Context, token string, revision RevisionFunc) (*Identity, error) {
	if len(token) > MaxTokenSize {
		return nil, refuse("the token is longer than 8 KiB")
	}
	sum := tokenSum(sha256.Sum256([]byte(token)))
	kept, ok := v.tokens.get(sum)
	if !ok {
		return v.prove(ctx, token, sum, revision)
	}
	app := kept.identity.App
	current, err := revision(ctx, app.ClientID)
	if err != nil {
		return nil, err
	}
	if current != app.Revision {
		v.tokens.drop(sum)
		asked := func(context.Context, string) (int64, error) { return current, nil }
		return v.prove(ctx, token, sum, asked)
	}
	if err := kept.lifetime.check(app.ClientID, v.now()); err != nil {
		v.tokens.drop(sum)
		return nil, err
	}
	return &kept.identity, nil
}

// prove verifies a token from its text, and keeps it if it may be used again.
func (v *Verifier) prove(ctx context.Context, text string, sum tokenSum, revision RevisionFunc) (*Identity, error) {
	token, err := readToken(text, v.key)
	if err != nil {
		return nil, err
	}
	current, err := revision(ctx, token.claims.clientID)
	if err != nil {
		return nil, err
	}
	app, err := v.app(ctx, token.claims.clientID, current)
	if err != nil {
		return nil, err
	}
	if err := token.proveBy(app, v.decoys); err != nil {
		return nil, err
	}
	if err := v.admit(ctx, token, app.record); err != nil {
		return nil, err
	}
	said := token.claims
	proven := &verifiedToken{
		identity: Identity{App: app.record, Subject: said.subject, ExpiresAt: said.lifetime.expires},
		lifetime: said.lifetime,
	}
	if !app.record.EnforceJTI {
		v.tokens.put(sum, proven)
	}
	return &proven.identity, nil
}

// admit holds a token whose signature is right against the app's rules. A jti is
// spent last here, so that only a token that is right in all else is used up. What
// the door refuses after that (a missing header, the rate limit) has used it.
func (v *Verifier) admit(ctx context.Context, token *signedToken, app *rollcall.App) error {
	if app.EnforceJWE && !token.encrypted {
		return refuseApp(app.ClientID, "the token is not encrypted, which the app enforces")
	}
	if err := token.claims.lifetime.check(app.ClientID, v.now()); err != nil {
		return err
	}
	if !app.EnforceJTI {
		return nil
	}
	id := token.claims.tokenID
	if !storable(id) || len(id) > maxTokenID {
		return refuseApp(app.ClientID, "the claim jti, which the app enforces, is missing, empty, not a text or longer than 255 bytes")
	}
	fresh, err := v.apps.UseTokenID(ctx, app.ClientID, id, token.claims.lifetime.rememberUntil())
	if err != nil {
		return err
	}
	if !fresh {
		return refuseApp(app.ClientID, "the claim jti was used before")
	}
	return nil
}
