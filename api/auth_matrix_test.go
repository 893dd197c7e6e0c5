package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/storetest"
)

// attempt is one way to come to a route, and what must come of it.
type attempt struct {
	status int
	code   string
	change func(w *world, r *http.Request)
}

// attempts are tried on every route and every path of it. What begins with "v2"
// or "v1" holds for paths of that version only.
var attempts = map[string]attempt{
	"no token":         {401, "unauthenticated", func(_ *world, r *http.Request) { r.Header.Del("auth") }},
	"empty token":      {401, "unauthenticated", func(_ *world, r *http.Request) { r.Header.Set("auth", "") }},
	"two tokens":       {401, "unauthenticated", func(_ *world, r *http.Request) { r.Header.Add("auth", r.Header.Get("auth")) }},
	"garbage":          {401, "unauthenticated", func(_ *world, r *http.Request) { r.Header.Set("auth", "a.b.c") }},
	"bearer":           {401, "unauthenticated", func(_ *world, r *http.Request) { r.Header.Set("auth", "Bearer "+r.Header.Get("auth")) }},
	"only in a cookie": {401, "unauthenticated", func(_ *world, r *http.Request) { moveToken(r, "Cookie", "auth=") }},
	"authorization":    {401, "unauthenticated", func(_ *world, r *http.Request) { moveToken(r, "Authorization", "Bearer ") }},
	"alg none":         {401, "unauthenticated", setToken(func(w *world) string { return w.forge("main", `{"alg":"none"}`, nil, nil) })},
	"alg none, signed": {401, "unauthenticated", setToken(func(w *world) string { return w.forge("main", `{"alg":"none"}`, nil, w.clients["main"].secret) })},
	"other HMAC":       {401, "unauthenticated", setToken(func(w *world) string { return w.forge("main", `{"alg":"HS512"}`, nil, w.clients["main"].secret) })},
	"HS/RS with PEM": {401, "unauthenticated", setToken(func(w *world) string {
		return w.forge("rsa", `{"alg":"HS256"}`, nil, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: w.publicKey("rsa")}))
	})},
	"HS/RS confusion":   {401, "unauthenticated", setToken(func(w *world) string { return w.forge("rsa", `{"alg":"HS256"}`, nil, w.publicKey("rsa")) })},
	"wrong secret":      {401, "unauthenticated", setToken(func(w *world) string { return w.forge("main", "", nil, []byte(strings.Repeat("x", 64))) })},
	"another's secret":  {401, "unauthenticated", setToken(func(w *world) string { return w.forge("main", "", nil, w.clients["otherAccount"].secret) })},
	"expired":           {401, "unauthenticated", setClaims(map[string]any{"exp": storetest.Time.Add(-2 * time.Minute).Unix()})},
	"not yet valid":     {401, "unauthenticated", setClaims(map[string]any{"nbf": storetest.Time.Add(time.Hour).Unix()})},
	"issued later":      {401, "unauthenticated", setClaims(map[string]any{"iat": storetest.Time.Add(time.Hour).Unix()})},
	"appid misspelt":    {401, "unauthenticated", setToken(func(w *world) string { return w.forgeAppid("main") })},
	"unknown app":       {401, "unauthenticated", setClaims(map[string]any{"appId": "cs-00000000-0000-4000-8000-000000000000"})},
	"no subject":        {401, "unauthenticated", setClaims(map[string]any{"sub": nil})},
	"other account":     {403, "forbidden", func(w *world, r *http.Request) { r.Header.Set("auth", w.token("otherAccount")) }},
	"other application": {403, "forbidden", func(w *world, r *http.Request) { r.Header.Set("auth", w.token("secondApplication")) }},
	"missing scope":     {403, "forbidden", func(w *world, r *http.Request) { r.Header.Set("auth", w.token("noScope")) }},
	"replayed jti":      {401, "unauthenticated", replay},
	"no jti":            {401, "unauthenticated", setToken(func(w *world) string { return w.forge("jti", "", map[string]any{"jti": nil}, w.clients["jti"].secret) })},

	"no iid":                          {400, "missing_header", func(_ *world, r *http.Request) { r.Header.Del("iid") }},
	"v2 no accountId":                 {400, "missing_header", func(_ *world, r *http.Request) { r.Header.Del("accountId") }},
	"v2 accountId in the query only":  {400, "missing_header", func(_ *world, r *http.Request) { r.Header.Del("accountId"); setQuery(r, testAccount) }},
	"v1 no accountId":                 {400, "missing_header", func(_ *world, r *http.Request) { r.Header.Del("accountId") }},
	"v1 another account in the query": {403, "forbidden", func(_ *world, r *http.Request) { r.Header.Del("accountId"); setQuery(r, otherAccount) }},
	"v1 query and header disagree":    {403, "forbidden", func(_ *world, r *http.Request) { setQuery(r, otherAccount) }},
	"iid is not the path's":           {403, "forbidden", func(_ *world, r *http.Request) { r.Header.Set("iid", secondInAccount) }},
	"two iids":                        {403, "forbidden", func(_ *world, r *http.Request) { r.Header.Add("iid", secondInAccount) }},
	"accountId is another's":          {403, "forbidden", func(_ *world, r *http.Request) { r.Header.Set("accountId", otherAccount) }},
	"two accountIds":                  {403, "forbidden", func(_ *world, r *http.Request) { r.Header.Add("accountId", otherAccount) }},
	"query disagrees":                 {403, "forbidden", func(_ *world, r *http.Request) { setQuery(r, otherAccount) }},
	"path is another application": {403, "forbidden", func(_ *world, r *http.Request) {
		setApplication(r, otherApplication)
		r.Header.Set("iid", otherApplication)
	}},
	"path is no application": {403, "forbidden", func(_ *world, r *http.Request) { setApplication(r, "st-%00'"); r.Header.Set("iid", testApplication) }},
}

// Every route, on every path, refuses every attempt. A new route is covered by
// being in the table.
func TestAuthMatrix(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, rt := range routes {
			for _, b := range rt.bases {
				if rt.scope == anyone {
					t.Run(rt.id+"/"+b.id+"/no token is needed", func(t *testing.T) { w.t = t; w.openToAll(rt, b) })
					continue
				}
				for _, name := range slices.Sorted(maps.Keys(attempts)) {
					if strings.HasPrefix(name, "v1") && b.wire != version1 || strings.HasPrefix(name, "v2") && b.wire != version2 {
						continue
					}
					t.Run(rt.id+"/"+b.id+"/"+name, func(t *testing.T) { w.t = t; w.attempt(rt, b, attempts[name]) })
				}
				t.Run(rt.id+"/"+b.id+"/let in", func(t *testing.T) { w.t = t; w.letIn(rt, b) })
			}
		}
	})
}

func (w *world) attempt(rt route, b base, try attempt) {
	w.t.Helper()
	r := w.routeRequest(rt, b)
	try.change(w, r)
	rec := w.do(r)
	a := decodeAnswer(w.t, rec.Body.Bytes())
	if rec.Code != try.status || a.Status != "error" || len(a.Errors) == 0 || a.Errors[0].Code != try.code {
		w.t.Errorf("%d %s, want %d %s", rec.Code, rec.Body, try.status, try.code)
	}
}

// letIn makes sure that the matrix does not pass because everything is refused.
func (w *world) letIn(rt route, b base) {
	w.t.Helper()
	for _, client := range []string{"main", "rsa", "jti"} {
		r := w.routeRequest(rt, b)
		r.Header.Set("auth", w.token(client))
		if rec := w.do(r); rec.Code == 401 || rec.Code == 403 {
			w.t.Errorf("%s: %d %s", client, rec.Code, rec.Body)
		}
	}
}

// openToAll makes sure that a call for anyone tells nothing of anybody: it answers
// the same, and no body, whoever asks.
func (w *world) openToAll(rt route, b base) {
	w.t.Helper()
	bare := w.routeRequest(rt, b)
	bare.Header = http.Header{}
	stranger := w.routeRequest(rt, b)
	stranger.Header.Set("auth", "a.b.c")
	var seen []http.Header
	for _, r := range []*http.Request{bare, stranger, w.routeRequest(rt, b)} {
		rec := w.do(r)
		if rec.Code != http.StatusNoContent || rec.Body.Len() > 0 {
			w.t.Errorf("%d %s", rec.Code, rec.Body)
		}
		rec.Header().Del("X-Request-Id")
		seen = append(seen, rec.Header())
	}
	if diff := cmp.Diff(seen[0], seen[1]) + cmp.Diff(seen[0], seen[2]); diff != "" {
		w.t.Error(diff)
	}
}

func (w *world) routeRequest(rt route, b base) *http.Request {
	target := strings.Replace(b.prefix, "{"+b.param+"}", testApplication, 1) + strings.NewReplacer(
		"{contactListId}", "cl-00000000-0000-4000-8000-000000000000", "{uploadId}", "up-00000000-0000-4000-8000-000000000000",
		"{contactId}", "cc-00000000-0000-8000-8000-000000000001", "{importId}", "im-00000000-0000-4000-8000-000000000000",
		"{campaignId}", "cd-00000000-0000-4000-8000-000000000000", "{campaignInstanceId}", "cid-00000000-0000-4000-8000-000000000000", "{claimId}", "ck-00000000-4008-8002-8000-000000c00001").Replace(rt.path)
	return w.request(rt.method, target, "")
}

func setToken(token func(w *world) string) func(*world, *http.Request) {
	return func(w *world, r *http.Request) { r.Header.Set("auth", token(w)) }
}

func setClaims(claims map[string]any) func(*world, *http.Request) {
	return setToken(func(w *world) string { return w.forge("main", "", claims, w.clients["main"].secret) })
}

func setQuery(r *http.Request, account string) { r.URL.RawQuery = "accountId=" + account }

func setApplication(r *http.Request, id string) {
	other := httptest.NewRequest(r.Method, strings.Replace(r.URL.Path, testApplication, id, 1), nil)
	r.URL = other.URL
}

func moveToken(r *http.Request, header, prefix string) {
	r.Header.Set(header, prefix+r.Header.Get("auth"))
	r.Header.Del("auth")
}

// replay uses a token up, and then uses it again.
func replay(w *world, r *http.Request) {
	r.Header.Set("auth", w.token("jti"))
	first := r.Clone(context.Background())
	if rec := w.do(first); rec.Code == http.StatusUnauthorized {
		w.t.Errorf("the first use was refused: %s", rec.Body)
	}
}

// forge signs a token by hand with HMAC-SHA-256: nil claims take a good one's
// away, a nil key leaves it unsigned.
func (w *world) forge(name, header string, change map[string]any, key []byte) string {
	claims := map[string]any{"appId": w.clients[name].app.ClientID, "sub": "tests", "exp": storetest.Time.Add(time.Hour).Unix(), "jti": "forged"}
	for k, v := range change {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	if header == "" {
		header = `{"alg":"HS256","typ":"JWT"}`
	}
	payload, _ := json.Marshal(claims)
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	if key == nil {
		return signed + "."
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (w *world) forgeAppid(name string) string {
	id := w.clients[name].app.ClientID
	return w.forge(name, "", map[string]any{"appId": nil, "appid": id, "AppId": id, "app_id": id, "appID": id}, w.clients[name].secret)
}

func (w *world) publicKey(name string) []byte {
	der, err := x509.MarshalPKIXPublicKey(&w.clients[name].rsa.PublicKey)
	if err != nil {
		w.t.Fatal(err)
	}
	return der
}

// A good forgery must be let in, or the forged attempts prove nothing.
func TestAuthMatrix_ForgeIsGood(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	r := w.request(http.MethodPost, v2("/contactList/getAllListDetails"), "")
	r.Header.Set("auth", w.forge("main", "", nil, w.clients["main"].secret))
	if rec := w.do(r); rec.Code != http.StatusOK {
		t.Fatal(rec.Code, rec.Body)
	}
}

// What one process revokes or rotates is over in all at once.
func TestAuth_Revoked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := w.newAPI(s).Handler()
		list := func() int {
			rec := httptest.NewRecorder()
			other.ServeHTTP(rec, w.request(http.MethodPost, v2("/contactList/getAllListDetails"), ""))
			return rec.Code
		}
		if got := list(); got != http.StatusOK {
			t.Fatal(got)
		}
		w.revoke("main")
		if got := list(); got != http.StatusUnauthorized {
			t.Errorf("a revoked app got %d", got)
		}
	})
}
