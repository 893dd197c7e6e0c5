package api

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// The reference loads from this server alone, with no inline script.
func TestDocs(t *testing.T) {
	w := newWorld(t, sqlite(t))
	rec := w.do(httptest.NewRequest(http.MethodGet, "/docs", nil))
	page := rec.Body.String()
	if rec.Code != http.StatusOK || !strings.Contains(page, `src="/docs/scalar-`) || strings.Contains(page, "{{") || strings.Contains(page, "//") && strings.Contains(page, "https:") {
		t.Errorf("%d %s", rec.Code, page)
	}
	policy := rec.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "script-src 'self';") || !strings.Contains(policy, "connect-src 'self';") || strings.Contains(policy, "http") {
		t.Error(policy)
	}
	script, _, _ := strings.Cut(page[strings.Index(page, `src="/docs/scalar-`)+5:], `"`)
	packed := w.get(script, "br, gzip;q=0.8")
	plain := w.get(script, "identity, gzip;q=0")
	unpacked, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil || packed.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" || plain.Body.String() != string(text) {
		t.Errorf("the compressed script is not the plain one: %v", err)
	}
	for target, contentType := range map[string]string{"/docs/": "text/html", "/docs/init.js": "text/javascript", "/openapi.json": "application/json"} {
		if rec := w.get(target, ""); rec.Code != http.StatusOK || !strings.HasPrefix(rec.Header().Get("Content-Type"), contentType) {
			t.Errorf("%s: %d %v", target, rec.Code, rec.Header())
		}
	}
	if rec := w.get("/openapi.json", ""); rec.Body.String() != string(w.api.OpenAPI()) {
		t.Error("/openapi.json is not OpenAPI()")
	}
}

func (w *world) get(target, encoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept-Encoding", encoding)
	return w.do(r)
}

// The vendored build is the one that the lock names.
func TestDocs_Lock(t *testing.T) {
	lock, err := os.ReadFile("static/scalar.lock")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(lock))
	if len(fields) != 4 || !strings.HasPrefix(fields[2], "sha512-") {
		t.Fatalf("scalar.lock: %q", lock)
	}
	packed, err := os.Open("static/scalar-" + fields[1] + ".js.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, plain); err != nil {
		t.Fatal(err)
	}
	if got := "sha256-" + hex.EncodeToString(sum.Sum(nil)); got != fields[3] {
		t.Errorf("the vendored file is not the one that was locked: %s; run: make vendor", got)
	}
}
