package auth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall"
)

// noon is when the tests play.
var noon = time.Date(2025, time.December, 5, 12, 0, 0, 0, time.UTC)

// The keys of the tests are files that prove nothing anywhere else: the fuzzer
// runs in several processes, and a token of one must be good in all of them.
var (
	testRSA      = sync.OnceValue(func() *rsa.PrivateKey { return testKey("app_rsa.pem").(*rsa.PrivateKey) })
	testEC       = sync.OnceValue(func() *ecdsa.PrivateKey { return testKey("app_p256.pem").(*ecdsa.PrivateKey) })
	testTokenKey = sync.OnceValue(func() *TokenKey { return must(newTokenKey(testKey("token_key.pem").(*rsa.PrivateKey))) })
)

func testKey(file string) crypto.Signer {
	return must(ParsePrivateKey(must(os.ReadFile(filepath.Join("testdata", file)))))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// fakeApps is a store in memory.
type fakeApps struct {
	mu    sync.Mutex
	apps  map[string]*rollcall.App
	used  map[string]time.Time
	asked []string // the client ids that revision was asked for
	loads int
	fail  error // what App and UseTokenID fail with
}

func (f *fakeApps) App(_ context.Context, clientID string) (*rollcall.App, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loads++
	app, ok := f.apps[clientID]
	switch {
	case f.fail != nil:
		return nil, f.fail
	case !ok:
		return nil, rollcall.NotFound("There is no such app.")
	}
	return app, nil
}

func (f *fakeApps) UseTokenID(_ context.Context, clientID, tokenID string, until time.Time) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return false, f.fail
	}
	_, seen := f.used[clientID+" "+tokenID]
	f.used[clientID+" "+tokenID] = until
	return !seen, nil
}

func (f *fakeApps) revision(_ context.Context, clientID string) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, clientID)
	if app, ok := f.apps[clientID]; ok {
		return app.Revision, nil
	}
	return 0, nil
}

// change writes a new version of an app, as a store would.
func (f *fakeApps) change(clientID string, fn func(*rollcall.App)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	app := *f.apps[clientID]
	fn(&app)
	app.Revision++
	f.apps[clientID] = &app
}

// fixture is a verifier with one app for each algorithm.
type fixture struct {
	*Verifier
	store *fakeApps
	clock time.Time
	apps  map[rollcall.Algorithm]testApp
}

// testApp is an app as its owner sees it.
type testApp struct {
	id     string
	alg    rollcall.Algorithm
	secret string // of a symmetric algorithm
}

func newFixture() *fixture {
	f := &fixture{
		store: &fakeApps{apps: map[string]*rollcall.App{}, used: map[string]time.Time{}},
		clock: noon,
		apps:  map[rollcall.Algorithm]testApp{},
	}
	sealer := must(NewSealer(bytes.Repeat([]byte{7}, MasterKeySize)))
	f.Verifier = NewVerifier(f.store, sealer, testTokenKey(), func() time.Time { return f.clock })
	for _, alg := range []rollcall.Algorithm{rollcall.HS256, rollcall.HS384, rollcall.HS512, rollcall.RS256, rollcall.ES256} {
		f.apps[alg] = f.register(alg)
	}
	return f
}

func (f *fixture) register(alg rollcall.Algorithm) testApp {
	app := testApp{id: fmt.Sprintf("cs-00000000-0000-4000-8000-%012d", len(f.store.apps)), alg: alg}
	var key rollcall.AppKey
	switch alg {
	case rollcall.RS256:
		key = NewAppPublicKey(must(x509.MarshalPKIXPublicKey(testRSA().Public())))
	case rollcall.ES256:
		key = NewAppPublicKey(must(x509.MarshalPKIXPublicKey(testEC().Public())))
	default:
		app.secret = strings.Repeat(app.id[len(app.id)-1:]+"secret-", 8)
		key = NewAppKey(f.sealer, app.id, app.secret)
	}
	f.store.apps[app.id] = &rollcall.App{ClientID: app.id, Algorithm: alg, Keys: []rollcall.AppKey{key}, Revision: 1}
	return app
}

func (f *fixture) verify(token string) (*Identity, error) {
	return f.Verify(context.Background(), token, f.store.revision)
}

// token signs a payload with the app's own key and algorithm.
func (a testApp) token(payload string) string {
	return a.tokenWith(fmt.Sprintf(`{"alg":%q,"typ":"JWT"}`, a.alg), payload)
}

// tokenWith is token with a header of one's own; the signature stays right.
func (a testApp) tokenWith(header, payload string) string {
	input := encode(header) + "." + encode(payload)
	return input + "." + encode(string(a.sign(input)))
}

// sign is written without the library, so that both are held against each other.
func (a testApp) sign(input string) []byte {
	digest := sha256.Sum256([]byte(input))
	switch a.alg {
	case rollcall.RS256:
		return must(rsa.SignPKCS1v15(rand.Reader, testRSA(), crypto.SHA256, digest[:]))
	case rollcall.ES256:
		r, s, err := ecdsa.Sign(rand.Reader, testEC(), digest[:])
		must(0, err)
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	return hmacOf(a.alg, []byte(a.secret), input)
}

func hmacOf(alg rollcall.Algorithm, key []byte, input string) []byte {
	hashes := map[rollcall.Algorithm]func() hash.Hash{rollcall.HS256: sha256.New, rollcall.HS384: sha512.New384, rollcall.HS512: sha512.New}
	mac := hmac.New(hashes[alg], key)
	mac.Write([]byte(input))
	return mac.Sum(nil)
}

// says is a payload with the two claims that every token has, and more.
func (a testApp) says(more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"appId":%q,"sub":"u-1"%s}`, a.id, more)
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func publicPEM(key any) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(key))})
}

// wantRefused holds an error against the one refusal that callers ever see, and
// its cause against the reason that the log should give.
func wantRefused(t *testing.T, err error, token, reason string) {
	t.Helper()
	refusal, ok := errors.AsType[*rollcall.Error](err)
	if !ok {
		t.Fatalf("err = %v, want a refusal because %q", err, reason)
	}
	seen := *refusal
	seen.Err = nil
	if want := (rollcall.Error{Code: rollcall.CodeUnauthenticated, Field: "auth", Message: refusalMessage}); seen != want {
		t.Errorf("the caller sees %+v, want %+v", seen, want)
	}
	if !strings.Contains(refusal.Err.Error(), reason) {
		t.Errorf("the log says %q, want %q", refusal.Err, reason)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the log holds a part of the token: %v", err)
		}
	}
}
