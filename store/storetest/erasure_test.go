package storetest_test

import (
	"bytes"
	"compress/flate"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
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

// The person of these tests, and what tells of her.
const wanda phone.Number = 12025550143

var tellTales = []string{"2025550143", "2025550199", "555-0143", "own-gone", "Wanda"}

func wandaContact() rollcall.Contact {
	return rollcall.Contact{Phone: wanda, PhoneSent: "+1 (202) 555-0143", FirstName: rollcall.Given("Wanda"), UniqueID: rollcall.Given("own-gone"), TimeZone: rollcall.Given("UTC")}
}

// row makes a block of contacts, from the first row on.
func rowsOf(contacts ...rollcall.Contact) *rollcall.Block {
	b := &rollcall.Block{First: 1}
	for i, c := range contacts {
		b.Rows = append(b.Rows, rollcall.Row{Number: int64(i + 1), Contact: c})
	}
	return b
}

// traces reads every column of every table of a database, and says where it tells of
// the person.
func traces(t testing.TB, c store.Config) (found []string) {
	t.Helper()
	driver, source, tables := "pgx", c.DatabaseURL, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
	if source == "" {
		driver, source, tables = "sqlite", filepath.Join(c.DataDir, store.DatabaseFile), "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
	}
	db := must(sql.Open(driver, source))(t)
	defer db.Close()
	var names []string
	rows := must(db.QueryContext(ctx, tables))(t)
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil || len(names) < 20 {
		t.Fatal(err, names)
	}
	for _, name := range names {
		found = append(found, tracesIn(t, db, name)...)
	}
	return found
}

func tracesIn(t testing.TB, db *sql.DB, table string) (found []string) {
	t.Helper()
	rows := must(db.QueryContext(ctx, `SELECT * FROM "`+table+`"`))(t)
	defer rows.Close()
	columns := must(rows.Columns())(t)
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			text := fmt.Sprint(v)
			if raw, ok := v.([]byte); ok {
				inflated, _ := io.ReadAll(flate.NewReader(bytes.NewReader(raw))) // of a ledger
				text = string(raw) + " " + string(inflated)
			}
			for _, word := range tellTales {
				if strings.Contains(text, word) {
					found = append(found, table+"."+columns[i]+" has "+word)
				}
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// running makes a campaign over a list, which runs.
func running(t testing.TB, s *store.Store, l *rollcall.ContactList) *rollcall.Campaign {
	t.Helper()
	return must(play(s, ready(t, s, l)))(t)
}

func play(s *store.Store, c *rollcall.Campaign) (*rollcall.Campaign, error) {
	return s.TriggerCampaign(ctx, c.Owner, c.ID, c.Channel, rollcall.StepPlay, "u-1", storetest.Time)
}

// ready makes a campaign over a list.
func ready(t testing.TB, s *store.Store, l *rollcall.ContactList) *rollcall.Campaign {
	t.Helper()
	c := &rollcall.Campaign{ID: rollcall.NewID(rollcall.PrefixCampaign), Owner: l.Owner, Name: "over " + l.Name, Channel: rollcall.ChannelVoice, Status: rollcall.CampaignReady,
		Priority: 3, DialingMode: rollcall.ModeAgentless, ContactLists: []rollcall.Named{{ID: l.ID}}, CreatedAt: storetest.Time, UpdatedAt: storetest.Time,
		Plan: rollcall.CampaignPlan{Hours: callhours.Hours{Frequency: callhours.Daily, Windows: []callhours.Window{{Every: true}}},
			TimeZone: "UTC", ZoneFallback: callhours.FallbackCampaign, Order: rollcall.OrderFIFO, MaxAttempts: 3, RetryMinutes: 30}}
	if err := s.CreateCampaign(ctx, c); err != nil {
		t.Fatal(err)
	}
	return c
}

func claims(t testing.TB, s *store.Store, c *rollcall.Campaign, n int) []rollcall.Claim {
	t.Helper()
	return must(s.Claim(ctx, c.Owner, c.ID, rollcall.ClaimRequest{Limit: n, Agent: "u-2"}, storetest.Time))(t).Claims
}

// haunted is a database in which the person is wherever a person can be.
type haunted struct {
	config store.Config
	s      *store.Store
	o, far rollcall.Owner
	lists  map[string]*rollcall.ContactList

	updated, replaced, gathering *rollcall.Import
	leased, dialled              *rollcall.Campaign
	claim, called                rollcall.Claim
}

func haunt(t *testing.T, c store.Config) *haunted {
	t.Helper()
	h := &haunted{config: c, s: storetest.Open(t, c), lists: map[string]*rollcall.ContactList{}}
	s := h.s
	h.o = storetest.Owner(t, s)
	h.far = rollcall.Owner{AccountKey: h.o.AccountKey, ApplicationID: "st-far"}
	storetest.App(t, s, "67777ce93e25326494e00001", h.far.ApplicationID)
	list := func(name string, contacts ...rollcall.Contact) *rollcall.ContactList {
		l := storetest.List(t, s, h.o, name)
		h.lists[name] = l
		if len(contacts) > 0 {
			must(s.AddContacts(ctx, h.o, l.ID, contacts, "u-1", storetest.Time))(t)
		}
		return l
	}
	h.leased = running(t, s, list("called", append([]rollcall.Contact{wandaContact()}, numbers(2)...)...))
	h.claim = claims(t, s, h.leased, 1)[0]

	// A list with duplicates, of another application.
	twice := storetest.NewList(h.far, "twice")
	twice.AllowDuplicates = true
	h.lists["twice"] = twice
	if err := s.CreateContactList(ctx, twice); err != nil {
		t.Fatal(err)
	}
	must(s.AddContacts(ctx, h.far, twice.ID, append(numbers(1), wandaContact(), wandaContact()), "u-1", storetest.Time))(t)

	// A DNC list that had another entry of the number before.
	dnc := dncList(t, s, h.o, "dnc", false)
	h.lists["dnc"] = dnc
	must(s.AddContacts(ctx, h.o, dnc.ID, []rollcall.Contact{entry(wanda, `{"reason":"Wanda asked"}`), entry(-1900, ""), entry(-wanda, "")}, "u-1", storetest.Time))(t)
	must(s.AddContacts(ctx, h.o, dnc.ID, []rollcall.Contact{entry(wanda, `{"reason":"Wanda asked again"}`)}, "u-1", storetest.Time.Add(time.Hour)))(t)

	// A file that brought her in, another that changed her by her own id.
	imported := list("imported")
	other := numbers(3)[2]
	other.UniqueID = rollcall.Given("own-stays")
	run(t, s, imported, "first.csv", rowsOf(wandaContact(), other), func(im *rollcall.Import) {
		im.Answer = `{"Columns":[{"Name":"First","Samples":["Wanda"]}]}`
	})
	again := wandaContact()
	again.LastName, again.Phone, again.PhoneSent = rollcall.Given("Changed"), 12025550199, "+12025550199"
	again.FirstName = rollcall.Given("W.")
	h.updated = run(t, s, imported, "second.csv", rowsOf(again), withRule(rollcall.DuplicatesUpdate), func(im *rollcall.Import) { im.Options.Match = rollcall.MatchUniqueID })
	if h.updated.Counts.Updated != 1 {
		t.Fatalf("%+v", h.updated.Counts)
	}
	h.dialled = running(t, s, imported)
	h.called = claims(t, s, h.dialled, 1)[0]
	must(s.RecordOutcome(ctx, h.o, h.called.ID, rollcall.Attempt{Outcome: rollcall.Busy, SessionID: "of Wanda", Detail: "Wanda was busy", Duration: time.Second}, storetest.Time))(t)

	// Contents that a replacement took away, and contents that one gathers.
	replace := func(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace }
	h.replaced = run(t, s, list("replaced", wandaContact(), numbers(2)[0]), "replacement.csv", rowsOf(numbers(5)...), replace)
	queue(t, s, list("gathered", wandaContact(), numbers(1)[0]), "gathering.csv", replace, func(im *rollcall.Import) { im.Answer = `{"Columns":[{"Samples":["Wanda"]}]}` })
	h.gathering = begun(t, s, "w1", storetest.Time)
	must(s.CommitBlock(ctx, h.gathering, rowsOf(append(numbers(4), wandaContact())...), storetest.Time))(t)

	// A list that is deleted and not yet purged.
	gone := list("gone", wandaContact())
	must(s.DeleteContactList(ctx, h.o, gone.ID, "u-1", storetest.Time))(t)
	return h
}

func (h *haunted) erase(t testing.TB, who rollcall.Person) *rollcall.Erased {
	t.Helper()
	return must(h.s.Erase(ctx, h.o, who, "u-9", storetest.Time.Add(2*time.Hour)))(t)
}

// noTrace reads the database, when all that waits to be purged still stands in it.
func (h *haunted) noTrace(t testing.TB, when string) {
	t.Helper()
	if found := traces(t, h.config); len(found) > 0 {
		t.Errorf("%s:\n%s", when, strings.Join(found, "\n"))
	}
}

func (h *haunted) count(t testing.TB, list string, want int64) {
	t.Helper()
	checkCount(t, h.s, h.lists[list].Owner, h.lists[list].ID, want)
}

func TestErase_LeavesNothingOfThePerson(t *testing.T) {
	for by, who := range map[string]rollcall.Person{"number": {Phone: wanda}, "own id": {UniqueID: "own-gone"}} {
		t.Run(by, func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, c store.Config) {
				h := haunt(t, c)
				before := strings.Join(traces(t, c), " ")
				for _, place := range []string{"contacts.phone", "contacts.extra", "contact_unique_ids.", "import_changes.before", "import_ledger.body", "imports.answer", "run_contacts.phone", "run_contacts.last", "attempts.phone", "attempts.detail", "dnc_history.phone"} {
					if !strings.Contains(before, place) {
						t.Errorf("the person is not in %s", place)
					}
				}
				if by == "number" {
					// The contact has another number by now, so that the number is not enough.
					h.erase(t, rollcall.Person{Phone: 12025550199})
				}
				got := h.erase(t, who)
				h.noTrace(t, "erased")
				if by == "own id" && (got.Numbers != 2 || got.Contacts != 5 || got.OtherLists != 1 || got.Runs != 2 || got.Attempts != 1 || got.DNCEntries != 2 || got.History != 1) {
					t.Errorf("%+v", got)
				}
				if len(got.Lists) < 3 || got.Remaining {
					t.Errorf("%+v", got)
				}
				for list, want := range map[string]int64{"called": 2, "twice": 1, "dnc": 1, "imported": 1, "replaced": 5, "gathered": 1} {
					h.count(t, list, want)
				}
				if again := h.erase(t, rollcall.Person{Phone: wanda}); !cmp.Equal(*again, rollcall.Erased{Numbers: 1}) {
					t.Errorf("a second time: %+v", again)
				}
				h.afterwards(t)
			})
		})
	}
}

// afterwards goes on with all that was under way, and takes back all that can be.
func (h *haunted) afterwards(t *testing.T) {
	t.Helper()
	s := h.s
	if err := s.ReleaseClaim(ctx, h.o, h.claim.ID, storetest.Time); reason(err) != "conflict invalid_state" || !strings.Contains(err.Error(), "erased") {
		t.Errorf("a withdrawn claim: %v", err)
	}
	told := rollcall.Attempt{Outcome: rollcall.NoAnswer, SessionID: "of Wanda", Detail: "Wanda did not answer"}
	for range 2 {
		if out := must(s.RecordOutcome(ctx, h.o, h.claim.ID, told, storetest.Time))(t); out.Standing.Reason != rollcall.ReasonErased {
			t.Errorf("a late outcome: %+v", out)
		}
	}
	if dialled, total, err := s.Dialled(ctx, h.o, h.dialled.ID, 1, 10); err != nil || total != 1 || dialled[0].PhoneNumber != "" || dialled[0].Last.Outcome != rollcall.Busy {
		t.Errorf("%+v of %d, %v", dialled, total, err)
	}
	if r := must(s.Runs(ctx, h.o, h.leased.ID, 0, 1))(t)[0]; r.Done[rollcall.ReasonErased] != 1 || r.Leased != 0 || r.Walked != 1 || r.Outcomes[rollcall.NoAnswer] != 1 {
		t.Errorf("the run: %+v", r)
	}
	more := rowsOf(wandaContact())
	more.First, more.Rows[0].Number = 6, 6
	if counts := must(s.CommitBlock(ctx, h.gathering, more, storetest.Time))(t); counts.Blocked != 1 {
		t.Errorf("gathered on: %+v", counts)
	}
	must(s.EndImport(ctx, h.gathering, nil, storetest.Time))(t)
	h.count(t, "gathered", 4)
	if u := undo(t, s, h.replaced).Undo; u.Restored != 1 || u.Removed != 5 {
		t.Errorf("the replacement undone: %+v", u)
	}
	h.count(t, "replaced", 1)
	h.stop(t, h.dialled)
	if u := undo(t, s, h.updated).Undo; u.Restored != 0 || u.Missing+u.Kept != 1 {
		t.Errorf("the update undone: %+v", u)
	}
	h.count(t, "imported", 1)
	if u := undo(t, s, must(s.Import(ctx, h.o, h.gathering.ID))(t)).Undo; u.State != rollcall.UndoDone {
		t.Errorf("%+v", u)
	}
	h.count(t, "gathered", 1)
	for more := true; more; {
		more = must(s.Purge(ctx, storetest.Time))(t)
	}
	h.noTrace(t, "after all was taken back")
}

func (h *haunted) stop(t testing.TB, c *rollcall.Campaign) {
	t.Helper()
	must(h.s.TriggerCampaign(ctx, h.o, c.ID, c.Channel, rollcall.StepStop, "u-1", storetest.Time))(t)
}
