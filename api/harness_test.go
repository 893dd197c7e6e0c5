package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall"
	"rollcall/auth"
	"rollcall/files"
	"rollcall/ingest"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) {
	// Each check is many requests on a real database; -rapid.checks asks for more.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	storetest.Main(m)
}

// The ids of the tests' world.
const (
	testAccount      = "67777ce93e25326494e00001"
	otherAccount     = "67777ce93e25326494e00002"
	testApplication  = "st-0603182c-7ffb-53c3-b307-47ca14b00001"
	secondInAccount  = "st-0603182c-7ffb-53c3-b307-47ca14b00002"
	otherApplication = "st-0603182c-7ffb-53c3-b307-47ca14b00003"
)

// clock ticks a millisecond with every look at it, so that no two writes have
// one time.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time {
	return storetest.Time.Add(time.Duration(c.ms.Add(1)) * time.Millisecond)
}

// client is an app of the tests and what it signs with.
type client struct {
	app    *rollcall.App
	secret []byte
	rsa    *rsa.PrivateKey
}

// world is an API on a real store, with real tokens.
type world struct {
	t       testing.TB
	store   *store.Store
	api     *API
	handler http.Handler
	files   *files.Files
	clock   *clock
	sealer  *auth.Sealer
	clients map[string]*client
	place   string // where uploads go
	log     *bytes.Buffer
	check   bool // hold every answer against the OpenAPI document
}

// newWorld registers the apps and builds the API. change may alter its
// configuration.
func newWorld(t testing.TB, s *store.Store, change ...func(*Config)) *world {
	t.Helper()
	sealer, err := auth.NewSealer(bytes.Repeat([]byte{7}, auth.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: s, clock: &clock{}, sealer: sealer, clients: map[string]*client{}, place: t.TempDir(), log: &bytes.Buffer{}, check: true}
	w.register("main", func(*rollcall.App) {})
	w.register("jti", func(a *rollcall.App) { a.EnforceJTI = true })
	w.register("rsa", func(a *rollcall.App) { a.Algorithm = rollcall.RS256 })
	w.register("noScope", func(a *rollcall.App) { a.Scopes = nil })
	w.register("secondApplication", func(a *rollcall.App) { a.Applications = []string{secondInAccount} })
	w.register("otherAccount", func(a *rollcall.App) { a.AccountID, a.Applications = otherAccount, []string{otherApplication} })
	w.api = w.newAPI(s, change...)
	w.handler = w.api.Handler()
	return w
}

func (w *world) newAPI(s *store.Store, change ...func(*Config)) *API {
	w.t.Helper()
	uploads, err := files.Open(context.Background(), files.Config{Place: w.place, Locks: s})
	if err != nil {
		w.t.Fatal(err)
	}
	w.files = uploads
	c := Config{
		Files: uploads, Importer: ingest.New(s, ingest.Settings{}), KeepFiles: 7 * 24 * time.Hour,
		Store: s, Verifier: auth.NewVerifier(s, w.sealer, nil, w.clock.now), Now: w.clock.now, Version: "test",
		Log: slog.New(slog.NewTextHandler(&lockedWriter{w: w.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&c)
	}
	a, err := New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// rsaKey is shared: making one takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func (w *world) register(name string, change func(*rollcall.App)) {
	w.t.Helper()
	id := auth.NewClientID()
	app := &rollcall.App{
		ClientID: id, Name: name, AccountID: testAccount, UserID: rollcall.NewID(rollcall.PrefixUser), Applications: []string{testApplication},
		Scopes: []rollcall.Scope{rollcall.ScopeCampaignManagement}, Algorithm: rollcall.HS256, CreatedAt: storetest.Time, UpdatedAt: storetest.Time,
	}
	change(app)
	c := &client{app: app}
	if app.Algorithm.Symmetric() {
		secret := auth.NewSecret()
		c.secret = []byte(secret)
		app.Keys = []rollcall.AppKey{auth.NewAppKey(w.sealer, id, secret)}
	} else {
		c.rsa = rsaKey()
		der, err := x509.MarshalPKIXPublicKey(&c.rsa.PublicKey)
		if err != nil {
			w.t.Fatal(err)
		}
		app.Keys = []rollcall.AppKey{auth.NewAppPublicKey(der)}
	}
	if err := w.store.CreateApp(context.Background(), app); err != nil {
		w.t.Fatal(err)
	}
	w.clients[name] = c
}

// token signs a token for a client as a well-behaved app would.
func (w *world) token(name string) string {
	w.t.Helper()
	c := w.clients[name]
	var key any = c.secret
	if c.rsa != nil {
		key = c.rsa
	}
	token, err := auth.Issue(c.app.Algorithm, key, auth.Claims{
		ClientID: c.app.ClientID, Subject: "tests", ID: rollcall.NewID(""), IssuedAt: storetest.Time, ExpiresAt: storetest.Time.Add(24 * time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// owner is the workspace of the client "main".
func (w *world) owner() rollcall.Owner {
	return rollcall.Owner{AccountKey: w.clients["main"].app.AccountKey, ApplicationID: testApplication}
}

// v2 is a path of the second version.
func v2(rest string) string {
	return strings.Replace(baseV2.prefix, "{streamId}", testApplication, 1) + rest
}

// request builds a request of the client "main" with all headers right.
func (w *world) request(method, target string, body string) *http.Request {
	var r *http.Request
	if body == "" {
		r = httptest.NewRequest(method, target, nil)
	} else {
		r = httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("auth", w.token("main"))
	r.Header.Set("iid", testApplication)
	r.Header.Set("accountId", testAccount)
	return r
}

// do sends a request and holds it and the answer against the OpenAPI document.
func (w *world) do(r *http.Request) *httptest.ResponseRecorder {
	w.t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if w.check {
		r.Body = io.NopCloser(bytes.NewReader(body))
		checkExchange(w.t, w.api, r, rec)
	}
	return rec
}

// call sends a good request and gives the status and the decoded answer.
func (w *world) call(method, target, body string) (int, answer) {
	w.t.Helper()
	rec := w.do(w.request(method, target, body))
	return rec.Code, decodeAnswer(w.t, rec.Body.Bytes())
}

// must is call for what has to succeed.
func (w *world) must(method, target, body string) answer {
	w.t.Helper()
	status, a := w.call(method, target, body)
	if status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s %v", method, target, status, a.Message, a.Errors)
	}
	return a
}

// answer is any answer of the API.
type answer struct {
	Status    string
	Message   string
	Data      json.RawMessage
	Errors    []problem
	RequestID string
}

func decodeAnswer(t testing.TB, body []byte) answer {
	t.Helper()
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("the answer is not JSON: %v: %q", err, body)
	}
	return a
}

func decodeData[T any](t testing.TB, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.Data, &v); err != nil {
		t.Fatalf("%v: %s", err, a.Data)
	}
	return v
}

// create makes a list by the API and gives its id.
func (w *world) create(name string, allowDuplicates bool) string {
	w.t.Helper()
	body, _ := json.Marshal(map[string]any{"name": name, "description": "d", "source": "passiveApi", "allowDuplicates": allowDuplicates})
	a := w.must(http.MethodPost, v2("/contactList/createContactList"), string(body))
	return decodeData[struct {
		ID string `json:"_id"`
	}](w.t, a).ID
}

func (w *world) revoke(name string) {
	w.t.Helper()
	_, err := w.store.UpdateApp(context.Background(), w.clients[name].app.ClientID, func(a *rollcall.App) error {
		a.Revoke(w.clock.now())
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
