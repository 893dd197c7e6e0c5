package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// TestWire plays every file of testdata/wire against a fresh API, on both
// engines. See testdata/wire/README.md for the files' form.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			steps := readScenario(t, file)
			limits := scenarioLimits(t, file)
			storetest.EachConfig(t, func(t *testing.T, c store.Config) {
				c.Limits = limits
				w := newWorld(t, storetest.Open(t, c))
				w.check = strings.HasSuffix(t.Name(), "sqlite") // once is enough, and it takes the most time
				vars := w.variables()
				for _, st := range steps {
					t.Run(st.name, func(t *testing.T) { w.t = t; w.play(st, vars) })
				}
			})
		})
	}
}

// variables are what a scenario may name in double braces from the start.
func (w *world) variables() map[string]string {
	vars := map[string]string{"iid": testApplication, "account": testAccount, "user": w.clients["main"].app.UserID, "org": w.clients["main"].app.OrgID}
	for _, b := range []base{baseV2, baseV1, baseV11, baseAPI} {
		vars[b.id] = strings.Replace(b.prefix, "{"+b.param+"}", testApplication, 1)
	}
	for name := range w.clients {
		vars["token "+name] = w.token(name)
	}
	return vars
}

// play sends one step and compares.
func (w *world) play(s step, vars map[string]string) {
	w.t.Helper()
	for _, g := range s.given {
		w.given(strings.Fields(expand(w.t, g, vars)), vars)
	}
	r := httptest.NewRequest(s.method, expand(w.t, s.target, vars), strings.NewReader(expand(w.t, s.body, vars)))
	for name, value := range map[string]string{"auth": vars["token main"], "iid": testApplication, "accountId": testAccount} {
		r.Header.Set(name, value)
	}
	for name, value := range s.headers {
		if r.Header.Set(name, expand(w.t, value, vars)); value == "" {
			r.Header.Del(name)
		}
	}
	rec := w.do(r)
	if rec.Code != s.status {
		w.t.Fatalf("status %d, want %d: %s", rec.Code, s.status, rec.Body)
	}
	for name, value := range s.wantHeaders {
		got := rec.Header().Get(name)
		if want := match(expand(w.t, value, vars), got, vars); got != want {
			w.t.Errorf("header %s: %q, want %q", name, got, want)
		}
	}
	if strings.TrimSpace(s.want) == "" {
		if rec.Body.Len() > 0 {
			w.t.Errorf("a body that nobody expected: %s", rec.Body)
		}
		return
	}
	if !strings.HasPrefix(rec.Header().Get("Content-Type"), "application/json") {
		w.matchFile(expand(w.t, s.want, vars), rec.Body.String(), vars)
		return
	}
	got := decodeValue(w.t, rec.Body.String())
	want := match(decodeValue(w.t, expand(w.t, s.want, vars)), got, vars)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// matchFile compares an answer that is no JSON as text. Within it, {{id cc-}},
// {{time}}, {{text}} and {{any}} stand for a part of it.
func (w *world) matchFile(want, got string, vars map[string]string) {
	w.t.Helper()
	var pattern strings.Builder
	var names []string
	rest := strings.TrimRight(want, "\n")
	for _, at := range braces.FindAllStringSubmatch(rest, -1) {
		before, after, _ := strings.Cut(rest, at[0])
		rule, name, _ := strings.Cut(at[1], " as ")
		kind, _, _ := strings.Cut(rule, " ")
		pattern.WriteString(regexp.QuoteMeta(before) + map[string]string{"any": `((?s:.*))`, "text": `(.+)`, "id": `([a-z]+-[0-9a-f-]{36})`, "time": `([0-9-]+T[0-9:.]+Z)`}[kind])
		rest, names = after, append(names, name)
	}
	found := regexp.MustCompile("^" + pattern.String() + regexp.QuoteMeta(rest) + "\n*$").FindStringSubmatch(got)
	if found == nil {
		w.t.Fatalf("the file is\n%s\nwant\n%s", got, want)
	}
	for i, name := range names {
		if name != "" {
			vars[name] = found[i+1]
		}
	}
}

// given makes what no call of the API can make yet.
func (w *world) given(words []string, vars map[string]string) {
	w.t.Helper()
	var err error
	ctx, now := context.Background(), w.clock.now()
	switch words[0] {
	case "campaign": // campaign NAME STATUS LIST-ID
		c := &rollcall.Campaign{ID: rollcall.NewID(rollcall.PrefixCampaign), Owner: w.owner(), Name: words[1], Channel: rollcall.ChannelVoice,
			Status: rollcall.CampaignStatus(words[2]), ContactLists: namedLists(words[3:]), CreatedAt: now, UpdatedAt: now}
		vars["campaign "+words[1]] = c.ID
		err = w.store.CreateCampaign(ctx, c)
	case "plan": // plan CAMPAIGN-NAME MODE: it calls at any time, twice, ten minutes apart, one skip allowed
		plan := rollcall.CampaignPlan{TimeZone: "UTC", ZoneFallback: callhours.FallbackCampaign, Order: rollcall.OrderFIFO, MaxAttempts: 2, RetryMinutes: 10, MaxSkips: 1,
			Hours: callhours.Hours{Frequency: callhours.Daily, Windows: []callhours.Window{{Every: true}}}}
		_, err = w.store.UpdateCampaign(ctx, w.owner(), vars["campaign "+words[1]], func(c *rollcall.Campaign) error {
			c.Plan, c.DialingMode = plan, rollcall.DialingMode(words[2])
			return nil
		})
	case "list": // list NAME TYPE SOURCE [PHONE-RULE]
		l := rollcall.NewContactList(rollcall.Source(words[3]), now)
		l.Owner, l.Name, l.Description, l.Type = w.owner(), words[1], "made by the test", rollcall.ListType(words[2])
		l.CreatedBy, l.UpdatedBy = vars["user"], vars["user"]
		if l.Source == rollcall.SourceLocalDrive {
			l.BeginFile(rollcall.File{ID: "693153a4f33d29f872f00001", Name: "people.csv"}, []string{"phone", " Priority"}, rollcall.Mapping{PhoneNumber: "phone"}, vars["user"], now)
		}
		vars["list "+words[1]] = l.ID
		err = w.store.CreateContactList(ctx, l)
	case "import": // import LIST-NAME COUNT: +15550000001 and so on, from a file, into a list of its own
		im, imErr := w.store.BeginImport(ctx, rollcall.ImportStart{Owner: w.owner(), User: vars["user"], ListName: words[1], Description: "made by the test",
			File: rollcall.File{ID: "693153a4f33d29f872f00002", Name: "people.csv"}, Digest: "d", Rules: rollcall.ImportRules{PhoneRule: phone.RuleE164}, Worker: "w"}, now)
		if imErr != nil {
			w.t.Fatal(imErr)
		}
		vars["import "+words[1]], vars["list "+words[1]] = im.ID, im.ListID
		b := &rollcall.Block{First: 1}
		for n, _ := strconv.Atoi(words[2]); len(b.Rows) < n; {
			number := phone.Number(15550000001 + len(b.Rows))
			b.Rows = append(b.Rows, rollcall.Row{Number: int64(len(b.Rows) + 1), Contact: rollcall.Contact{Phone: number, PhoneSent: number.String()}})
		}
		_, err = w.store.CommitBlock(ctx, im, b, now)
	case "imports": // imports run: all that wait; imports claimed: the next is a process's that does no more
		if words[1] == "run" {
			w.runImports()
		} else if w.claimImport() == nil {
			w.t.Fatal("there is no import to claim")
		}
	case "scrubs": // scrubs run: all that wait
		for job := w.claimScrub(); job != nil; job = w.claimScrub() {
			for more := true; more; {
				if more, err = job.Step(ctx, now); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	case "later": // later 20s
		d, parseErr := time.ParseDuration(words[1])
		if err = parseErr; err == nil {
			w.later(d)
		}
	case "contacts": // contacts LIST-NAME COUNT: +15550000001 and so on
		n, _ := strconv.Atoi(words[2])
		w.must(http.MethodPost, v2("/contactList/addContacts"), numbersBody(words[1], 15550000001, n))
	default:
		w.t.Fatalf("nothing is known of %q", words[0])
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// numbersBody is an addContacts body with n numbers in a row.
func numbersBody(list string, first, n int) string {
	var b strings.Builder
	b.WriteString(`{"contact_list_name":` + strconv.Quote(list) + `,"data":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"phoneNumber":"+` + strconv.Itoa(first+i) + `","firstName":"First","lastName":"Last","timeZone":"America/New_York","uniqueId":"C-` + strconv.Itoa(i) + `","contactPriority":"1","plan":"gold"}`)
	}
	b.WriteString("]}")
	return b.String()
}

// Every call has scenarios.
func TestWire_EveryRoute(t *testing.T) {
	for _, rt := range routes {
		if _, err := os.Stat("testdata/wire/" + rt.id + ".http"); err != nil {
			t.Error(err)
		}
	}
}

// namedLists names contact lists by their ids.
func namedLists(ids []string) []rollcall.Named {
	lists := make([]rollcall.Named, len(ids))
	for i, id := range ids {
		lists[i].ID = id
	}
	return lists
}
