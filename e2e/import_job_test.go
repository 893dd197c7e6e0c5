package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall"
	"rollcall/store/storetest"
)

// job is what these tests read of an import.
type job struct {
	ImportID, ContactListID, State, Corrects string
	Counts                                   rollcall.ImportCounts
	Failure                                  *struct{ Code, Message string }
	Undo                                     *struct {
		State                            string
		Removed, Restored, Kept, Missing int64
	}
}

// at sends a request to a path after the base, and gives the answer's body.
func (c client) at(t testing.TB, base, method, path, contentType string, body io.Reader) (int, []byte, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, base+"/campaign/api/v2/public/"+application+"/campaign"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("auth", c.token)
	r.Header.Set("iid", application)
	r.Header.Set("accountId", account)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return response.StatusCode, b, err
}

// send sends a form with JSON parts, and the file last.
func (c client) send(t testing.TB, base, path, file string, parts map[string]string) job {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for _, name := range []string{"list", "options"} {
		if text, given := parts[name]; given {
			if err := w.WriteField(name, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile("file", "people.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(file)) // into memory
	_ = w.Close()
	status, body, err := c.at(t, base, "POST", path, w.FormDataContentType(), &form)
	if err != nil || status != http.StatusAccepted {
		t.Fatalf("POST %s: %d %s %v", path, status, body, err)
	}
	return decodeJob(t, body)
}

func decodeJob(t testing.TB, body []byte) job {
	t.Helper()
	var envelope struct{ Data job }
	if err := json.Unmarshal(body, &envelope); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return envelope.Data
}

// until asks for an import until a condition holds.
func (c client) until(t testing.TB, base, id string, holds func(job) bool) job {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		status, body, err := c.at(t, base, "GET", "/imports/"+id, "", nil)
		if err == nil && status == http.StatusOK {
			if j := decodeJob(t, body); holds(j) {
				return j
			}
		}
		if time.Now().After(end) {
			t.Fatalf("the import %s never came so far: %d %s %v", id, status, body, err)
		}
	}
}

func over(j job) bool { return j.State == "done" || j.State == "failed" || j.State == "cancelled" }

// TestImportJob_FromFileToUndo: a list made from a file, its ledger and rejects, the
// rejects mended and sent again, and all of it undone.
func TestImportJob_FromFileToUndo(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		c, s := p.register(t), p.serve(t)
		file := "First name,Mobile,City\nAna,(202) 555-0143,Rome\nBob,12,Oslo\nCleo,+1 202 555 0143,Bern\nDan,,Graz\n"
		first := c.send(t, s.url, "/imports", file, map[string]string{"list": `{"name":"Renewals"}`, "options": `{"region":"US"}`})
		done := c.until(t, s.url, first.ImportID, over)
		if want := (rollcall.ImportCounts{Rows: 4, Added: 1, Duplicate: 1, Rejected: 2}); done.State != "done" || done.Counts != want {
			t.Fatalf("%+v", done)
		}
		_, ledger, _ := c.at(t, s.url, "GET", "/imports/"+first.ImportID+"/ledger", "", nil)
		if lines := strings.Split(strings.TrimSpace(string(ledger)), "\r\n"); len(lines) != 5 || !strings.HasPrefix(lines[3], "3,duplicate,duplicate_in_file,") || !strings.HasPrefix(lines[4], "4,rejected,phone_missing,") {
			t.Errorf("%s", ledger)
		}
		_, rejects, _ := c.at(t, s.url, "GET", "/imports/"+first.ImportID+"/rejects", "", nil)
		mended := strings.Replace(string(rejects), ",12,", ",2025550144,", 1)
		if mended == string(rejects) || !strings.HasPrefix(mended, "rejected "+first.ImportID+",First name,") {
			t.Fatalf("%s", rejects)
		}
		second := c.until(t, s.url, c.send(t, s.url, "/contactList/"+done.ContactListID+"/imports", mended, nil).ImportID, over)
		if second.Corrects != first.ImportID || second.Counts.Corrected != 1 || second.Counts.Added != 1 || second.Counts.Rejected != 1 {
			t.Errorf("%+v", second)
		}
		if first = c.until(t, s.url, first.ImportID, over); first.Counts.Corrected != 0 || first.Counts.Mended != 1 {
			t.Errorf("%+v", first)
		}
		for _, id := range []string{first.ImportID, second.ImportID} {
			if status, body, err := c.at(t, s.url, "POST", "/imports/"+id+"/undo", "", nil); status != http.StatusAccepted {
				t.Fatalf("%d %s %v", status, body, err)
			}
			if j := c.until(t, s.url, id, func(j job) bool { return j.Undo != nil && j.Undo.State == "done" }); j.Undo.Removed != 1 {
				t.Errorf("%+v", j.Undo)
			}
		}
		if l := c.lists(t, s.url)["Renewals"]; l.TotalRecordCount != 0 || len(l.Files) != 0 {
			t.Errorf("%+v", l)
		}
		s.stop(t)
		p.run(t, "doctor")
	})
}

// people makes a file with duplicates and bad rows.
func people(rows int) string {
	var b strings.Builder
	b.WriteString("phoneNumber,firstName,uniqueId\n")
	for i := range rows {
		number := fmt.Sprint(14150000000 + i*7919%rows) // each once, in no order
		switch i % 50 {
		case 17:
			number = "12"
		case 31:
			number = fmt.Sprint(14150000000 + i/2)
		}
		fmt.Fprintf(&b, "%s,Name %d,C-%d\n", number, i, i)
	}
	return b.String()
}

// content is a list's contacts without what differs from run to run.
func (c client) content(t testing.TB, base, list string) []string {
	t.Helper()
	status, body, err := c.at(t, base, "GET", "/contactList/"+list+"/export?format=ndjson", "", nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%d %s %v", status, body, err)
	}
	var all []string
	for line := range strings.Lines(string(body)) {
		_, rest, _ := strings.Cut(line, `"updatedAt"`)
		_, rest, _ = strings.Cut(rest, ",")
		all = append(all, rest)
	}
	return all
}

// kills is how often the tests of kills kill: a few times, or as ROLLCALL_KILLS says.
func kills(t testing.TB, few int) int {
	t.Helper()
	text := os.Getenv("ROLLCALL_KILLS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("ROLLCALL_KILLS must be a number, not %q", text)
	}
	return n
}

// importArgs make blocks small, so that a kill meets one of many.
var importArgs = []string{"--import-block", "100", "--rate-limit", "0", "--import-workers", "1"}

const (
	killRows = 8000
	killsPer = 6 // kills of one import at most
)

// calmly imports the file once without any disturbance.
func (c client) calmly(t testing.TB, base, file string) (job, []string) {
	t.Helper()
	j := c.until(t, base, c.send(t, base, "/imports", file, map[string]string{"list": `{"name":"Calm"}`, "options": `{"phoneRule":"e164"}`}).ImportID, over)
	if j.State != "done" {
		t.Fatalf("%+v", j)
	}
	return j, c.content(t, base, j.ContactListID)
}

// TestKill_AnImportGoesOn: whenever the server is killed while it runs an import, the
// next one goes on with it, and in the end list, counts and ledger are those of an
// import that ran through.
func TestKill_AnImportGoesOn(t *testing.T) {
	p := place{data: t.TempDir()}
	c, s := p.register(t), p.serve(t, importArgs...)
	file := people(killRows)
	calm, want := c.calmly(t, s.url, file)
	random := rand.New(rand.NewPCG(1, 2))
	total := kills(t, 8)
	for done, n := 0, 0; done < total; n++ {
		j := c.send(t, s.url, "/imports", file, map[string]string{"list": fmt.Sprintf(`{"name":"Killed %d"}`, n), "options": `{"phoneRule":"e164"}`})
		for range min(killsPer, total-done) {
			time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond) // anywhere in the import; no moment is waited for
			s.kill()
			done++
			s = p.serve(t, importArgs...)
		}
		j = c.until(t, s.url, j.ImportID, over)
		if got := c.content(t, s.url, j.ContactListID); j.State != "done" || j.Counts != calm.Counts || !slices.Equal(got, want) {
			t.Fatalf("after %d kills: %+v, calmly %+v; %d contacts, calmly %d", done, j, calm, len(got), len(want))
		}
	}
	s.stop(t)
	p.run(t, "doctor")
}

// TestKill_AnotherProcessTakesOver: on PostgreSQL the job of a process that was killed
// goes on in another one that is alive.
func TestKill_AnotherProcessTakesOver(t *testing.T) {
	t.Parallel()
	p := place{data: t.TempDir(), database: storetest.PostgresURL(t)}
	c := p.register(t)
	args := append([]string{"--files", t.TempDir()}, importArgs...)
	pair := []*process{p.serve(t, args...), p.serve(t, args...)}
	file := people(killRows)
	calm, want := c.calmly(t, pair[0].url, file)
	random := rand.New(rand.NewPCG(3, 4))
	total, met := kills(t, 1), 0
	for n := 0; met < total; n++ {
		if n == 5*total {
			t.Fatalf("of %d kills only %d met an import that was running", n, met)
		}
		victim, other := pair[n%2], pair[1-n%2]
		// The process that is asked runs it: its workers are woken, those of the other one look now and then.
		j := c.send(t, victim.url, "/imports", file, map[string]string{"list": fmt.Sprintf(`{"name":"Killed %d"}`, n), "options": `{"phoneRule":"e164"}`})
		least := int64(random.IntN(killRows / 2))
		c.until(t, victim.url, j.ImportID, func(j job) bool { return j.Counts.Rows > least || over(j) })
		victim.kill()
		if !over(c.until(t, other.url, j.ImportID, func(job) bool { return true })) {
			met++
		}
		pair[n%2] = p.serve(t, args...)
		j = c.until(t, other.url, j.ImportID, over)
		if got := c.content(t, other.url, j.ContactListID); j.State != "done" || j.Counts != calm.Counts || !slices.Equal(got, want) {
			t.Fatalf("kill %d: %+v, calmly %+v; %d contacts, calmly %d", n+1, j, calm, len(got), len(want))
		}
	}
	p.run(t, "doctor")
}
