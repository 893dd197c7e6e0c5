// Package e2e runs the whole program, as a person or another program would.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall"
	"rollcall/store/storetest"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rollcall-e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "rollcall")
	if out, err := exec.Command("go", "build", "-o", binary, "rollcall/cmd/rollcall").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	storetest.Main(m, func() { os.RemoveAll(dir) })
}

// place is a data folder, and a database for the engine under test.
type place struct {
	data, database string
}

// eachEngine runs a test in a fresh place on SQLite and on PostgreSQL.
func eachEngine(t *testing.T, test func(t *testing.T, p place)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, place{data: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, place{data: t.TempDir(), database: storetest.PostgresURL(t)})
	})
}

// command makes a command on the place; settings go by variables, which so are
// tested as well.
func (p place) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "ROLLCALL_DATA="+p.data)
	if p.database != "" {
		cmd.Env = append(cmd.Env, "ROLLCALL_DATABASE="+p.database)
	}
	return cmd
}

// run runs a command that must succeed, and gives its standard output.
func (p place) run(t testing.TB, args ...string) string {
	t.Helper()
	out, errs, status := p.try(args...)
	if status != 0 {
		t.Fatalf("rollcall %s: status %d\n%s%s", strings.Join(args, " "), status, out, errs)
	}
	return out
}

// try runs a command, and gives its two outputs and its exit status.
func (p place) try(args ...string) (out, errs string, status int) {
	cmd := p.command(args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return o.String(), e.String(), exit.ExitCode()
	}
	if err != nil {
		return o.String(), e.String() + err.Error(), -1
	}
	return o.String(), e.String(), 0
}

// process is a running server.
type process struct {
	cmd     *exec.Cmd
	url     string
	greeted string // what was read of its standard output
	out     *bufio.Reader
	done    chan error
	log     *bytes.Buffer
}

var listens = regexp.MustCompile(`listens on (http://[0-9.:]+)`)

// serve starts a server on a free port, and waits until it listens.
func (p place) serve(t testing.TB, args ...string) *process {
	t.Helper()
	s := &process{cmd: p.command(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...), done: make(chan error, 1), log: &bytes.Buffer{}}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.kill() })
	lines := bufio.NewReader(out)
	for s.url == "" {
		line, err := lines.ReadString('\n')
		s.greeted += line
		if found := listens.FindStringSubmatch(line); found != nil {
			s.url = found[1]
		}
		if err != nil {
			s.cmd.Wait()
			t.Fatalf("the server did not start: %s", s.log)
		}
	}
	s.out = lines
	go func() { s.done <- s.cmd.Wait() }()
	return s
}

// readUntil reads the server's further output up to a line that holds text.
func (s *process) readUntil(t testing.TB, text string) string {
	t.Helper()
	for {
		line, err := s.out.ReadString('\n')
		s.greeted += line
		if strings.Contains(line, text) {
			return line
		}
		if err != nil {
			t.Fatalf("no line with %q in: %s", text, s.greeted)
		}
	}
}

// kill ends the server as a power cut would, for the process.
func (s *process) kill() {
	s.cmd.Process.Kill()
	<-s.done
	s.done <- nil
}

// stop asks the server to stop, and gives its exit status.
func (s *process) stop(t testing.TB) int {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return s.wait(t)
}

// wait waits for the server to end, and gives its exit status.
func (s *process) wait(t testing.TB) int {
	t.Helper()
	select {
	case err := <-s.done:
		s.done <- nil
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		return 0
	case <-time.After(30 * time.Second):
		t.Fatal("the server did not stop")
		return -1
	}
}

const (
	account     = "67777ce93e25326494e00001"
	application = "st-0603182c-7ffb-53c3-b307-47ca14b00001"
)

// client calls the API as a registered app.
type client struct {
	token string
}

// register makes an app and a token for it.
func (p place) register(t testing.TB) client {
	t.Helper()
	var app struct{ ClientID, ClientSecret string }
	out := p.run(t, "app", "create", "--name", "Tests", "--account", account, "--application", application, "--json")
	if err := json.Unmarshal([]byte(out), &app); err != nil || app.ClientID == "" || app.ClientSecret == "" {
		t.Fatalf("%v: %s", err, out)
	}
	return client{token: strings.TrimSuffix(p.run(t, "token", "--client-id", app.ClientID), "\n")}
}

// call calls the API; data receives the answer's data where it is not nil.
func (c client) call(base, method, path string, body, data any) (status int, message string, err error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, "", err
		}
		content = bytes.NewReader(b)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, base+"/campaign/api/v2/public/"+application+"/campaign/contactList"+path, content)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("auth", c.token)
	request.Header.Set("iid", application)
	request.Header.Set("accountid", account)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	var envelope struct {
		Message string
		Data    json.RawMessage
	}
	if err := json.NewDecoder(response.Body).Decode(&envelope); err != nil {
		return response.StatusCode, "", err
	}
	if data != nil && len(envelope.Data) > 0 {
		err = json.Unmarshal(envelope.Data, data)
	}
	return response.StatusCode, envelope.Message, err
}

// must calls the API, and fails the test unless it answers 200.
func (c client) must(t testing.TB, base, method, path string, body, data any) {
	t.Helper()
	status, message, err := c.call(base, method, path, body, data)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s %s: %d %s %v", method, path, status, message, err)
	}
}

// list is what these tests read of a contact list.
type list struct {
	ID               string `json:"_id"`
	Name             string `json:"name"`
	Status           string `json:"status"`
	Source           string `json:"source"`
	TotalRecordCount int64  `json:"totalRecordCount"`
	Columns          []string
	Files            []struct{ FileID, FileName string }
}

func (c client) lists(t testing.TB, base string) map[string]list {
	t.Helper()
	var all []list
	c.must(t, base, "POST", "/getAllListDetails", nil, &all)
	byName := map[string]list{}
	for _, l := range all {
		byName[l.Name] = l
	}
	return byName
}

// walk counts the contacts of a list by cursor, and fails on one that comes twice.
func (c client) walk(t testing.TB, base, id string) (n int64) {
	t.Helper()
	seen := map[string]bool{}
	cursor := ""
	for {
		var page struct {
			Results []struct {
				ID string `json:"_id"`
			}
			HasMore    bool
			NextCursor string
		}
		c.must(t, base, "GET", "/"+id+"/getAllContacts?limit=1000&cursor="+cursor, nil, &page)
		for _, contact := range page.Results {
			if seen[contact.ID] {
				t.Fatalf("the contact %s came twice", contact.ID)
			}
			seen[contact.ID] = true
		}
		if !page.HasMore {
			return int64(len(seen))
		}
		cursor = page.NextCursor
	}
}

// contacts makes n contacts with distinct numbers.
func contacts(from, n int) []map[string]any {
	out := make([]map[string]any, n)
	for i := range out {
		out[i] = map[string]any{"phoneNumber": fmt.Sprintf("+1%010d", 2025550000+from+i), "firstName": "Ana", "segment": i % 7}
	}
	return out
}

// importResult is what `rollcall import --json` prints.
type importResult struct {
	ListID, ImportID, State                                       string
	Rows, Added, Updated, Unchanged, Duplicate, Rejected, Blocked int64
	OnDNC                                                         int64
}

func (r importResult) sum() int64 {
	return r.Added + r.Updated + r.Unchanged + r.Duplicate + r.Rejected + r.Blocked
}

// outcomes is for comparing results without their ids.
func (r importResult) outcomes() rollcall.ImportCounts {
	return rollcall.ImportCounts{Rows: r.Rows, Added: r.Added, Updated: r.Updated, Unchanged: r.Unchanged, Duplicate: r.Duplicate, Rejected: r.Rejected, Blocked: r.Blocked, OnDNC: r.OnDNC}
}

// metrics reads /metrics.
func (p place) metrics(t testing.TB, base string) string {
	t.Helper()
	response, err := http.Get(base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
