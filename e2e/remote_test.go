package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"rollcall"
)

// remote is a machine that knows a server only by its address and an app's
// credentials.
type remote struct {
	home     string
	clientID string
	env      []string
}

// remote registers an app, and gives a machine that has its credentials.
func (p place) remote(t testing.TB, flags ...string) remote {
	t.Helper()
	var app struct{ ClientID, ClientSecret string }
	out := p.run(t, append([]string{"app", "create", "--name", "Remote", "--account", account, "--application", application, "--json"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &app); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return remote{home: t.TempDir(), clientID: app.ClientID, env: []string{"ROLLCALL_CLIENT_SECRET=" + app.ClientSecret}}
}

// command makes the command that imports a file on a server.
func (r remote) command(server, file string, flags ...string) *exec.Cmd {
	args := []string{"import", file, "--server", server, "--account", account, "--application", application}
	if r.clientID != "" {
		args = append(args, "--client-id", r.clientID)
	}
	cmd := exec.Command(binary, append(args, flags...)...)
	cmd.Dir = r.home
	cmd.Env = append([]string{"HOME=" + r.home, "XDG_CACHE_HOME=" + r.home}, r.env...)
	return cmd
}

// ended is a command that has ended.
type ended struct {
	out, errs string
	status    int
}

// end waits for a command that was started with its outputs in buffers.
func end(cmd *exec.Cmd, out, errs *bytes.Buffer) ended {
	cmd.Wait()
	return ended{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// start starts a command whose end is to be waited for.
func start(t testing.TB, cmd *exec.Cmd) (wait func() ended) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return func() ended { return end(cmd, &out, &errs) }
}

// result gives what a command printed with --json; it must have succeeded.
func (e ended) result(t testing.TB) (r importResult) {
	t.Helper()
	if err := json.Unmarshal([]byte(e.out), &r); err != nil || e.status != 0 {
		t.Fatalf("%v: status %d\n%s%s", err, e.status, e.out, e.errs)
	}
	return r
}

// wideFile is a file of some 100 bytes a row: see bigFile.
func wideFile(t *testing.T, n int) (path string, size int64, want rollcall.ImportCounts) {
	path, want = bigFile(t, n)
	text, err := os.ReadFile(path)
	if err == nil {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte(","+strings.Repeat("wide ", 16)+"\n"))
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, int64(len(text)), want
}

// digestOf gives the SHA-256 of a file, hexadecimal.
func digestOf(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// arrived gives the digest of what the server got for an import.
func (c client) arrived(t *testing.T, base string, r importResult) string {
	var im struct{ File struct{ Digest string } }
	c.must(t, base, "GET", "/"+r.ListID+"/imports/"+r.ImportID, nil, &im)
	return im.File.Digest
}

// imports counts the imports into a list.
func (c client) imports(t *testing.T, base, list string) int {
	var page struct{ Results []struct{} }
	c.must(t, base, "GET", "/"+list+"/imports", nil, &page)
	return len(page.Results)
}

var anyImport = regexp.MustCompile(`im-[0-9a-f-]{36}`)

func TestRemoteImport_GivesWhatTheLocalOneGives(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		c, r := p.register(t), p.remote(t, "--enforce-jti")
		s := p.serve(t)
		file, want := bigFile(t, 1000)
		flags := func(name string) []string {
			return []string{"--list", name, "--phone-rule", "e164", "--json", "--rejects", filepath.Join(r.home, name+".csv"), "--ledger", filepath.Join(r.home, name+".ndjson")}
		}
		dry := start(t, r.command(s.url, file, append(flags("Remote"), "--dry-run")...))().result(t)
		if len(c.lists(t, s.url)) != 0 {
			t.Error("a dry run must write nothing")
		}
		real := start(t, r.command(s.url, file, flags("Remote")...))()
		far := real.result(t)
		if !strings.Contains(real.out, `"resumed":true`) {
			t.Errorf("the file was sent again after the dry run: %s", real.out)
		}
		var near importResult
		if err := json.Unmarshal([]byte(p.run(t, append([]string{"import", file, "--application", application}, flags("Local")...)...)), &near); err != nil {
			t.Fatal(err)
		}
		if far.outcomes() != want || dry.outcomes() != want || near.outcomes() != want || far.State != "done" {
			t.Errorf("remote %+v, dry %+v, local %+v, want %+v", far, dry, near, want)
		}
		if l := c.lists(t, s.url)["Remote"]; l.TotalRecordCount != want.Added || l.ID != far.ListID {
			t.Errorf("%+v", l)
		}
		for _, kind := range []string{".csv", ".ndjson"} {
			if there, here := settled(t, r.home+"/Remote"+kind), settled(t, r.home+"/Local"+kind); there != here || here == "" {
				t.Errorf("%s: remote\n%.500s\nlocal\n%.500s", kind, there, here)
			}
		}
		if notes, _ := filepath.Glob(r.home + "/rollcall/*"); len(notes) != 0 {
			t.Errorf("the notes are still there: %v", notes)
		}
		again := start(t, r.command(s.url, file, flags("Remote")...))()
		if again.status != 1 || !strings.Contains(again.errs, "exactly this content") || again.out != "" {
			t.Errorf("again: %+v", again)
		}
	})
}

var anyContact = regexp.MustCompile(`cc-[0-9a-f-]{36}`)

// settled is what a rejects file or a ledger says, without ids.
func settled(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return anyContact.ReplaceAllString(anyImport.ReplaceAllString(string(b), "im"), "cc")
}

func TestRemoteImport_Credentials(t *testing.T) {
	p := place{data: t.TempDir()}
	c := p.register(t)
	s := p.serve(t)
	file, _ := bigFile(t, 10)
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, public := writeKeys(t, key)
	secretFile, keyFile := filepath.Join(dir, "secret"), filepath.Join(dir, "server.pem")
	usual, signing := p.remote(t), p.remote(t, "--algorithm", "ES256", "--public-key", public)
	if err := os.WriteFile(secretFile, []byte(strings.TrimPrefix(usual.env[0], "ROLLCALL_CLIENT_SECRET=")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong, fromFile, token, none := usual, usual, usual, usual
	wrong.env, fromFile.env = []string{usual.env[0] + "x"}, nil
	none.env, none.clientID = nil, ""
	token.env, token.clientID = []string{"ROLLCALL_TOKEN=" + c.token}, ""
	encrypted := p.encrypted(t, keyFile)
	for name, try := range map[string]struct {
		r      remote
		flags  []string
		status int
		says   string
	}{
		"secret in the variable": {usual, nil, 0, ""},
		"secret in a file":       {fromFile, []string{"--client-secret-file", secretFile}, 0, ""},
		"private key":            {signing, []string{"--private-key", private}, 0, ""},
		"ready token":            {token, nil, 0, ""},
		"encrypted tokens":       {encrypted, []string{"--encryption-key", keyFile}, 0, ""},
		"wrong secret":           {wrong, nil, 1, "does not accept these credentials"},
		"no secret":              {fromFile, nil, 2, "ROLLCALL_CLIENT_SECRET"},
		"nobody":                 {none, nil, 2, "ROLLCALL_TOKEN"},
		"tokens not encrypted":   {encrypted, nil, 1, "does not accept these credentials"},
	} {
		got := start(t, try.r.command(s.url, file, append(try.flags, "--list", name, "--phone-rule", "e164")...))()
		if got.status != try.status || !strings.Contains(got.errs, try.says) {
			t.Errorf("%s: %+v", name, got)
		}
		if _, there := c.lists(t, s.url)[name]; there != (try.status == 0) {
			t.Errorf("%s: the list is there: %v", name, there)
		}
	}
}

// encrypted registers an app whose tokens must be encrypted and are good for one
// call, and keeps the key for that in a file.
func (p place) encrypted(t *testing.T, keyFile string) remote {
	var app struct{ ClientID, ClientSecret, EncryptionKey string }
	out := p.run(t, "app", "create", "--name", "N", "--account", account, "--application", application, "--enforce-jti", "--enforce-jwe", "--json")
	err := json.Unmarshal([]byte(out), &app)
	if err == nil {
		err = os.WriteFile(keyFile, []byte(app.EncryptionKey), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return remote{home: t.TempDir(), clientID: app.ClientID, env: []string{"ROLLCALL_CLIENT_SECRET=" + app.ClientSecret}}
}

func TestRemoteImport_OverAServerThatIsKilledAndComesBack(t *testing.T) {
	t.Parallel()
	p := place{data: t.TempDir()}
	c, r := p.register(t), p.remote(t)
	s := p.serve(t, "--import-block", "2000")
	file, want := bigFile(t, 200_000)
	l := newLine(t, s.url)
	wait := start(t, r.command(l.url, file, "--list", "L", "--phone-rule", "e164", "--json"))
	await(t, "the first block", func() bool { return c.lists(t, s.url)["L"].TotalRecordCount > 0 })
	s.kill()
	s = p.serve(t)
	if n := c.lists(t, s.url)["L"].TotalRecordCount; n >= want.Added {
		t.Fatalf("killed too late to prove anything: %d", n)
	}
	l.to(s.url)
	got := wait().result(t)
	if n := c.lists(t, s.url)["L"].TotalRecordCount; got.outcomes() != want || n != want.Added {
		t.Errorf("got %+v, want %+v; the list has %d", got.outcomes(), want, n)
	}
	if out := p.run(t, "doctor"); !strings.Contains(out, "ok      counts") {
		t.Error(out)
	}
}

func TestRemoteImport_OverAConnectionThatKeepsBreaking(t *testing.T) {
	t.Parallel()
	p := place{data: t.TempDir()}
	c, r := p.register(t), p.remote(t, "--enforce-jti")
	s := p.serve(t)
	file, size, want := wideFile(t, 100_000)
	const cuts = 6
	l := newLine(t, s.url)
	l.cutAtRandom(t, cuts, size/(cuts+1))
	got := start(t, r.command(l.url, file, "--list", "L", "--phone-rule", "e164", "--json"))().result(t)
	if got.outcomes() != want {
		t.Errorf("got %+v, want %+v", got.outcomes(), want)
	}
	if digest := c.arrived(t, s.url, got); digest != digestOf(t, file) {
		t.Errorf("another file arrived: %s", digest)
	}
	if l.left() > 0 {
		t.Errorf("%d cuts were not made", l.left())
	}
	t.Logf("%d bytes went over the line for a file of %d", l.sent(), size)
}

func TestRemoteImport_KilledWhileItSendsGoesOnWithTheUpload(t *testing.T) {
	t.Parallel()
	p := place{data: t.TempDir()}
	c, r := p.register(t), p.remote(t)
	s := p.serve(t)
	file, size, want := wideFile(t, 100_000)
	l := newLine(t, s.url)
	blocked := l.blockAfter(size / 2)
	command := r.command(l.url, file, "--list", "L", "--phone-rule", "e164", "--json")
	wait := start(t, command)
	<-blocked
	command.Process.Kill()
	wait()
	l.unblock()
	got := start(t, r.command(l.url, file, "--list", "L", "--phone-rule", "e164", "--json"))()
	if result := got.result(t); result.outcomes() != want || c.arrived(t, s.url, result) != digestOf(t, file) || !strings.Contains(got.out, `"resumed":true`) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// What was on its way when the command was killed may have been lost.
	if sent := l.sent(); sent < size || sent > size+1<<20 {
		t.Errorf("%d bytes went over the line for a file of %d", sent, size)
	}
}

func TestRemoteImport_InterruptedLeavesTheServerAtWork(t *testing.T) {
	t.Parallel()
	p := place{data: t.TempDir()}
	c, r := p.register(t), p.remote(t)
	s := p.serve(t, "--import-block", "2000")
	file, want := bigFile(t, 200_000)
	command := r.command(s.url, file, "--list", "L", "--phone-rule", "e164", "--json")
	wait := start(t, command)
	await(t, "the first block", func() bool { return c.lists(t, s.url)["L"].TotalRecordCount > 0 })
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var said importResult
	cut := wait()
	if err := json.Unmarshal([]byte(cut.out), &said); err != nil || cut.status != 1 || said.State != "running" || !strings.Contains(cut.errs, said.ImportID+" goes on at the server") {
		t.Fatalf("%v: %+v", err, cut)
	}
	got := start(t, r.command(s.url, file, "--list", "L", "--phone-rule", "e164", "--json"))().result(t)
	if got.outcomes() != want || got.ImportID != said.ImportID || c.imports(t, s.url, got.ListID) != 1 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRemoteImport_ALostAnswerImportsOnce(t *testing.T) {
	t.Parallel()
	p := place{data: t.TempDir()}
	c, r := p.register(t), p.remote(t)
	s := p.serve(t)
	file, want := bigFile(t, 1000)
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	var lost atomic.Int64
	proxy := &httputil.ReverseProxy{
		Rewrite: func(q *httputil.ProxyRequest) { q.SetURL(target) },
		ModifyResponse: func(answer *http.Response) error {
			if answer.Request.Method == http.MethodPost && strings.HasSuffix(answer.Request.URL.Path, "/imports") && lost.Add(1) <= 2 {
				panic(http.ErrAbortHandler)
			}
			return nil
		},
	}
	between := httptest.NewServer(proxy)
	defer between.Close()
	got := start(t, r.command(between.URL, file, "--list", "L", "--phone-rule", "e164", "--json"))().result(t)
	if got.outcomes() != want || lost.Load() < 3 {
		t.Errorf("got %+v, want %+v; %d answers", got.outcomes(), want, lost.Load())
	}
	if n := c.imports(t, s.url, got.ListID); n != 1 {
		t.Errorf("%d imports", n)
	}
}
