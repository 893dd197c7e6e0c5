package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall"
)

func TestDemo_ThePrintedCurlLineAnswers(t *testing.T) {
	p := place{data: t.TempDir()}
	for range 2 { // the second start finds the demo already there
		s := p.serve(t, "--demo")
		line := s.readUntil(t, "curl ")
		out, err := exec.Command("sh", "-c", line).Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if diff := cmp.Diff(sampleLists(t), masked(t, out)); diff != "" {
			t.Errorf("the demo is not the sample (-sample +demo):\n%s", diff)
		}
		if status := s.stop(t); status != 0 {
			t.Errorf("status %d", status)
		}
	}
}

// sampleLists are the lists of the public page's sample, masked.
func sampleLists(t *testing.T) []map[string]any {
	t.Helper()
	text, err := os.ReadFile("../api/testdata/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	return masked(t, text)
}

// masked gives the first six lists of an answer, without ids and times.
func masked(t *testing.T, answer []byte) []map[string]any {
	t.Helper()
	var got struct {
		Status string
		Data   []map[string]any
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.Status != "success" || len(got.Data) < 6 {
		t.Fatalf("%v: %s", err, answer)
	}
	lists := got.Data[:6]
	for _, l := range lists {
		delete(l, "_id")
		delete(l, "updatedAt")
		for _, f := range l["files"].([]any) {
			delete(f.(map[string]any), "fileId")
		}
		for _, c := range l["campaignInUse"].([]any) {
			delete(c.(map[string]any), "id")
		}
	}
	return lists
}

func TestServe_RefusesAFolderThatAnotherServerUses(t *testing.T) {
	p := place{data: t.TempDir()}
	p.serve(t)
	_, errs, status := p.try("serve", "--listen", "127.0.0.1:0")
	if status != 1 || !strings.Contains(errs, "Another Rollcall server is using the folder") {
		t.Errorf("status %d: %s", status, errs)
	}
}

func TestCommands_ExitStatuses(t *testing.T) {
	p := place{data: t.TempDir()}
	empty := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	bad, headerOnly := filepath.Join(t.TempDir(), "bad.csv"), filepath.Join(t.TempDir(), "header.csv")
	for path, text := range map[string]string{bad: "Phone\n12\n", headerOnly: "Phone\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.register(t)
	for args, want := range map[string]int{
		"version":                          0,
		"version --json":                   0,
		"doctor":                           0,
		"app list":                         0,
		"app list --database nonsense://x": 2,
		"--help":                           0,
		"nonsense":                         2,
		"serve --nonsense":                 2,
		"app create --name N --account short --application st-x":                                 2,
		"app create --name N --account " + account + " --application x":                          2,
		"app create --name N --account " + account + " --application st-x --scope all":           2,
		"app create --name N --account " + account + " --application st-x --algorithm none":      2,
		"app create --name N --account " + account + " --application st-x --algorithm RS256":     2,
		"token --client-id cs-unknown":                                                           1,
		"token":                                                                                  2,
		"app revoke --client-id cs-unknown":                                                      1,
		"import /does/not/exist --application " + application + " --list L":                      1,
		"import " + empty + " --application " + application + " --list L":                        1,
		"import " + empty + " --application st-unknown --list L":                                 1,
		"import " + empty + " --application " + application:                                      2,
		"import " + empty + " --application " + application + " --list L --region XX":            2,
		"import " + empty + " --application " + application + " --list L --map nope=x":           2,
		"import " + bad + " --application " + application + " --list L --map phoneNumber=Nope":   2,
		"import " + bad + " --application " + application + " --list " + strings.Repeat("x", 49): 2,
		"import " + bad + " --application " + application + " --list L --dry-run":                1, // no row is good
		"import " + headerOnly + " --application " + application + " --list Header":              1,
	} {
		out, errs, status := p.try(strings.Fields(args)...)
		if status != want || want != 0 && errs == "" || want == 2 && out != "" {
			t.Errorf("rollcall %s: status %d, want %d\nout: %s\nerr: %s", args, status, want, out, errs)
		}
	}
}

func TestApps_RotateAndRevokeShowAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		s := p.serve(t)
		var app struct{ ClientID, ClientSecret string }
		if err := json.Unmarshal([]byte(p.run(t, "app", "create", "--name", "N", "--account", account, "--application", application, "--json")), &app); err != nil {
			t.Fatal(err)
		}
		token := func() client { return client{strings.TrimSpace(p.run(t, "token", "--client-id", app.ClientID))} }
		works := func(what string, c client, want bool) {
			t.Helper()
			status, _, err := c.call(s.url, "POST", "/getAllListDetails", nil, nil)
			if err != nil || (status == 200) != want || !want && status != 401 {
				t.Errorf("%s: %d %v", what, status, err)
			}
		}
		old := token()
		works("first secret", old, true)
		p.run(t, "app", "rotate", "--client-id", app.ClientID)
		fresh := token()
		works("old secret during the rotation", old, true)
		works("new secret during the rotation", fresh, true)
		if _, _, status := p.try("app", "rotate", "--client-id", app.ClientID); status != 1 {
			t.Errorf("a third secret: status %d", status)
		}
		p.run(t, "app", "rotate", "--finish", "--client-id", app.ClientID)
		works("old secret after the rotation", old, false)
		works("new secret after the rotation", fresh, true)
		p.run(t, "app", "revoke", "--client-id", app.ClientID)
		works("revoked", fresh, false)
	})
}

func TestApps_EncryptedTokensAndOneCallTokens(t *testing.T) {
	p := place{data: t.TempDir()}
	s := p.serve(t)
	var app struct{ ClientID, EncryptionKey string }
	out := p.run(t, "app", "create", "--name", "N", "--account", account, "--application", application, "--enforce-jti", "--enforce-jwe", "--algorithm", "HS512", "--json")
	if err := json.Unmarshal([]byte(out), &app); err != nil || !strings.Contains(app.EncryptionKey, "PUBLIC KEY") {
		t.Fatalf("%v: %s", err, out)
	}
	c := client{strings.TrimSpace(p.run(t, "token", "--client-id", app.ClientID))}
	if parts := strings.Count(c.token, "."); parts != 4 {
		t.Errorf("the token is not encrypted: %d dots", parts)
	}
	c.must(t, s.url, "POST", "/getAllListDetails", nil, nil)
	if status, _, _ := c.call(s.url, "POST", "/getAllListDetails", nil, nil); status != 401 {
		t.Errorf("replayed: %d", status)
	}
	s.stop(t)
	s = p.serve(t)
	if status, _, _ := c.call(s.url, "POST", "/getAllListDetails", nil, nil); status != 401 {
		t.Errorf("replayed after a restart: %d", status)
	}
}

func TestImport_WhileTheServerRuns(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		c := p.register(t)
		s := p.serve(t)
		file := filepath.Join(t.TempDir(), "contact list.csv")
		text := "\ufefffirstName;Mobile; Priority\nAna;(202) 555-0143;1\nBob;12;\nCleo;+1 202 555 0143;2\nDan;+44 7700 900123;\n\"Eve\nX\";2025550144;\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		args := []string{"import", file, "--application", application, "--list", "Renewals", "--region", "US", "--rejects", rejects, "--json"}
		var dry, real, again importResult
		for _, run := range []struct {
			into *importResult
			args []string
		}{{&dry, append(args, "--dry-run")}, {&real, args}, {&again, append(args, "--again")}} {
			if err := json.Unmarshal([]byte(p.run(t, run.args...)), run.into); err != nil {
				t.Fatal(err)
			}
			if run.into.sum() != run.into.Rows {
				t.Errorf("the outcomes do not add up: %+v", run.into)
			}
			if run.into == &dry && len(c.lists(t, s.url)) != 0 {
				t.Error("a dry run must write nothing")
			}
		}
		want := rollcall.ImportCounts{Rows: 5, Added: 2, Duplicate: 1, Rejected: 2} // 07700 900123 is for fiction: no plan knows it
		if real.outcomes() != want || dry.outcomes() != want {
			t.Errorf("real %+v, dry %+v", real, dry)
		}
		if again.outcomes() != (rollcall.ImportCounts{Rows: 5, Duplicate: 3, Rejected: 2}) {
			t.Errorf("again %+v", again)
		}
		l := c.lists(t, s.url)["Renewals"]
		if l.TotalRecordCount != 2 || l.Status != "Validated" || strings.Join(l.Columns, "|") != "firstName|Mobile| Priority" || len(l.Files) != 2 || l.Files[0].FileName != "contact list.csv" {
			t.Errorf("%+v", l)
		}
		if b, err := os.ReadFile(rejects); err != nil || strings.Count(string(b), "\n") < 3 || !strings.Contains(string(b), "2 phone_too_short: ") {
			t.Errorf("%v: %s", err, b)
		}
	})
}

// TestImport_CountsRowsOnDNC: here, on another server, as a dry run and for a person.
func TestImport_CountsRowsOnDNC(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		c, r := p.register(t), p.remote(t)
		s := p.serve(t)
		dnc, people := filepath.Join(t.TempDir(), "dnc.csv"), filepath.Join(t.TempDir(), "people.csv")
		for path, text := range map[string]string{
			dnc:    "Number,Valid until\n+442079460101,\n+4490*,\n+442079460104,2020-01-01\n",
			people: "Phone\n+442079460101\n+442079460101\n+442079460102\n+449012345678\n+442079460104\n12\n",
		} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p.run(t, "import", dnc, "--application", application, "--list", "Registry", "--type", "dnc")
		flags := func(list string, more ...string) []string {
			return append([]string{"--list", list, "--phone-rule", "e164", "--dnc", "count"}, more...)
		}
		local := func(more ...string) []string {
			return append([]string{"import", people, "--application", application}, more...)
		}
		ledger := filepath.Join(t.TempDir(), "ledger.csv")
		var near, dry importResult
		for into, args := range map[*importResult][]string{&near: flags("Local", "--json", "--ledger", ledger), &dry: flags("Dry", "--json", "--dry-run")} {
			if err := json.Unmarshal([]byte(p.run(t, local(args...)...)), into); err != nil {
				t.Fatal(err)
			}
		}
		far := start(t, r.command(s.url, people, flags("Remote", "--json")...))().result(t)
		want := rollcall.ImportCounts{Rows: 6, Added: 4, Duplicate: 1, Rejected: 1, OnDNC: 3}
		if near.outcomes() != want || dry.outcomes() != want || far.outcomes() != want {
			t.Errorf("local %+v, dry %+v, remote %+v, want %+v", near, dry, far, want)
		}
		if l := c.lists(t, s.url)["Local"]; l.TotalRecordCount != 4 {
			t.Errorf("%+v", l)
		}
		if b, err := os.ReadFile(ledger); err != nil || strings.Count(string(b), ",Registry\r\n") != 3 {
			t.Errorf("%v: %s", err, b)
		}
		if out := p.run(t, local(flags("Local", "--again")...)...); !strings.Contains(out, "Of the rows, 3 have a number that a DNC list blocks") {
			t.Error(out)
		}
		if _, errs, status := p.try(local("--list", "Bad", "--dnc", "counted")...); status != 2 || !strings.Contains(errs, `"keep", "count", "drop"`) {
			t.Errorf("%d: %s", status, errs)
		}
	})
}

func TestDoctor_FindsAnotherMasterKey(t *testing.T) {
	p := place{data: t.TempDir()}
	p.register(t)
	key := filepath.Join(p.data, "master.key")
	if err := os.WriteFile(key, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, status := p.try("doctor")
	if status != 1 || !strings.Contains(out, "not the master key") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

func TestCommands_AnEmptyVariableIsNone(t *testing.T) {
	p := place{data: t.TempDir()}
	cmd := p.command("app", "list")
	cmd.Env = append(cmd.Env, "ROLLCALL_CONNECTIONS=", "ROLLCALL_JSON=", "ROLLCALL_MASTER_KEY=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestMasterKey_IsNotMadeAnewForADatabaseThatHasOne(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		p.register(t)
		key := filepath.Join(p.data, "master.key")
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		_, errs, status := p.try("app", "list")
		if status != 1 || !strings.Contains(errs, "Restore master.key") {
			t.Errorf("status %d: %s", status, errs)
		}
		if _, err := os.Stat(key); !os.IsNotExist(err) {
			t.Errorf("a key was made: %v", err)
		}
	})
}

func TestImport_RefusesAPipeAtOnce(t *testing.T) {
	p := place{data: t.TempDir()}
	p.register(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, status := p.try("import", pipe, "--application", application, "--list", "L")
	if status != 1 || !strings.Contains(errs, "not a regular file") {
		t.Errorf("status %d: %s", status, errs)
	}
}

func TestImport_RefusesAFileOverTheLimit(t *testing.T) {
	p := place{data: t.TempDir()}
	p.register(t)
	file := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(file, []byte("phoneNumber\n+12025550143\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, status := p.try("import", file, "--application", application, "--list", "L", "--max-file", "20")
	if status != 1 || !strings.Contains(errs, "The file is larger than 20 bytes") {
		t.Errorf("status %d: %s", status, errs)
	}
	p.run(t, "import", file, "--application", application, "--list", "L", "--max-file", "25")
}

func TestImport_OfAMendedRejectsFile(t *testing.T) {
	p := place{data: t.TempDir()}
	c := p.register(t)
	s := p.serve(t)
	dir := t.TempDir()
	file, rejects := filepath.Join(dir, "a.csv"), filepath.Join(dir, "rejects.csv")
	if err := os.WriteFile(file, []byte("Phone,City\n+12025550143,Washington\n12,Oslo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, "import", file, "--application", application, "--list", "L", "--rejects", rejects)
	text, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rejects, []byte(strings.Replace(string(text), "12,Oslo", "+4721234567,Oslo", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, "import", rejects, "--application", application, "--list", "L")
	if l := c.lists(t, s.url)["L"]; l.TotalRecordCount != 2 || strings.Join(l.Columns, "|") != "Phone|City" {
		t.Errorf("%+v", l)
	}
}

func TestMetrics_NothingOfACallersChoiceBecomesALabel(t *testing.T) {
	p := place{data: t.TempDir()}
	s := p.serve(t)
	for _, path := range []string{"/nowhere", "/campaign/api/v2/public/st-1/campaign/contactList/getAllListDetails"} {
		request, err := http.NewRequestWithContext(t.Context(), "SECRETMETHOD", s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	if text := p.metrics(t, s.url); strings.Contains(text, "SECRETMETHOD") || strings.Contains(text, "nowhere") || !strings.Contains(text, `method="any"`) {
		t.Error("a label holds what the caller chose")
	}
}
