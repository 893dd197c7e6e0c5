package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// status asks for a path and gives the answer's status, or 0 for no answer.
func status(t testing.TB, url string) int {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(url)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

func TestHealth_ReadyUntilToldToStop(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		s := p.serve(t, "--shutdown-delay", "3s")
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/openapi.json": 200, "/docs": 200, "/nowhere": 404, "//healthz": 404, "/campaign/../readyz": 404} {
			if got := status(t, s.url+path); got != want {
				t.Errorf("%s: %d, want %d", path, got, want)
			}
		}
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		await(t, "not ready", func() bool { return status(t, s.url+"/readyz") == http.StatusServiceUnavailable })
		if got := status(t, s.url+"/healthz"); got != 200 {
			t.Errorf("alive while it stops: %d", got)
		}
		if got := s.wait(t); got != 0 {
			t.Errorf("exit status %d", got)
		}
	})
}

func TestServe_AHeaderThatIsTooLarge(t *testing.T) {
	p := place{data: t.TempDir()}
	s := p.serve(t)
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/docs", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Large", strings.Repeat("x", 64<<10))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d", response.StatusCode)
	}
}

func TestApps_WithKeysOfTheirOwn(t *testing.T) {
	p := place{data: t.TempDir()}
	s := p.serve(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for algorithm, key := range map[string]crypto.Signer{"RS256": rsaKey, "ES256": ecKey} {
		private, public := writeKeys(t, key)
		var app struct{ ClientID, ClientSecret string }
		out := p.run(t, "app", "create", "--name", algorithm, "--account", account, "--application", application, "--algorithm", algorithm, "--public-key", public, "--json")
		if err := json.Unmarshal([]byte(out), &app); err != nil || app.ClientSecret != "" {
			t.Fatalf("%v: %s", err, out)
		}
		c := client{strings.TrimSpace(p.run(t, "token", "--client-id", app.ClientID, "--private-key", private))}
		c.must(t, s.url, "POST", "/getAllListDetails", nil, nil)
		if _, _, status := p.try("token", "--client-id", app.ClientID); status != 2 {
			t.Errorf("%s without its private key: status %d", algorithm, status)
		}
	}
}

// writeKeys writes a key pair as PEM and gives the two paths.
func writeKeys(t *testing.T, key crypto.Signer) (private, public string) {
	t.Helper()
	privateDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	private, public = filepath.Join(dir, "private.pem"), filepath.Join(dir, "public.pem")
	for path, block := range map[string]*pem.Block{private: {Type: "PRIVATE KEY", Bytes: privateDER}, public: {Type: "PUBLIC KEY", Bytes: publicDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return private, public
}
