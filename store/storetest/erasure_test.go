package storetest_test

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
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
	if r := must(s.Runs(ctx, h.o, h.leased.ID, 1))(t)[0]; r.Done[rollcall.ReasonErased] != 1 || r.Leased != 0 || r.Walked != 1 || r.Outcomes[rollcall.NoAnswer] != 1 {
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

// TestErase_ANumberStaysOut: whichever way it is tried.
func TestErase_ANumberStaysOut(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		o := storetest.Owner(t, s)
		l, dnc := storetest.List(t, s, o, "a"), dncList(t, s, o, "dnc", true)
		must(s.AddContacts(ctx, o, l.ID, numbers(2)[:1], "u-1", storetest.Time))(t)
		if got := must(s.Erase(ctx, o, rollcall.Person{Phone: wanda}, "u-9", storetest.Time))(t); !cmp.Equal(*got, rollcall.Erased{Numbers: 1}) {
			t.Errorf("nobody there: %+v", got)
		}
		added := must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{wandaContact(), numbers(2)[1], wandaContact()}, "u-1", storetest.Time))(t)
		if want := (rollcall.Added{Received: 3, Added: 1, Erased: []int{0, 2}}); !cmp.Equal(added, want) {
			t.Errorf("added: %+v", added)
		}
		if added := must(s.AddContacts(ctx, o, dnc.ID, []rollcall.Contact{entry(wanda, `{"reason":"Wanda asked"}`), entry(-1202, ""), entry(-wanda, "")}, "u-1", storetest.Time))(t); !cmp.Equal(added, rollcall.Added{Received: 3, Added: 1, Erased: []int{0, 2}}) {
			t.Errorf("an entry: %+v", added)
		}
		_, _, err := s.UpdateContact(ctx, o, l.ID, rollcall.ContactID(l.ContactSpace, 1), "u-1", storetest.Time, func(l *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
			sent := "+1 (202) 555-0143"
			return c.Change(rollcall.ContactChange{PhoneSent: &sent}, l)
		})
		if reason(err) != "conflict erased" {
			t.Errorf("an update: %v", err)
		}
		matches := must(s.LookUpDNC(ctx, o, []phone.Number{wanda, 12025550144}, storetest.Time, storetest.Time.Add(time.Millisecond)))(t)
		if !matches[0].Erased || matches[1].Erased {
			t.Errorf("looked up: %+v", matches)
		}
		if before := must(s.LookUpDNC(ctx, o, []phone.Number{wanda}, storetest.Time.Add(-time.Hour), storetest.Time))(t); before[0].Erased {
			t.Error("it counts as erased before it was")
		}
		eraseImports(t, s, o, l)
		if found := traces(t, c); len(found) > 0 {
			t.Error(strings.Join(found, "\n"))
		}
		page, total, err := s.Erasures(ctx, o.AccountKey, 0, 10)
		if err != nil || total != 1 || len(page) != 1 || page[0].By != "u-9" || !page[0].At.Equal(storetest.Time) || !strings.HasPrefix(page[0].ID(), "er-") {
			t.Errorf("%v of %d, %v", page, total, err)
		}
		lifted := must(s.LiftErasure(ctx, o.AccountKey, wanda))(t)
		if lifted.Hash != page[0].Hash || lifted.Hash <= 0 {
			t.Errorf("lifted %v", lifted)
		}
		if _, err := s.LiftErasure(ctx, o.AccountKey, wanda); rollcall.CodeOf(err) != rollcall.CodeNotFound {
			t.Errorf("lifted twice: %v", err)
		}
		if added := must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{wandaContact()}, "u-1", storetest.Time))(t); added.Added != 1 {
			t.Errorf("after it was lifted: %+v", added)
		}
	})
}

// eraseImports tries every kind of import.
func eraseImports(t *testing.T, s *store.Store, o rollcall.Owner, l *rollcall.ContactList) {
	t.Helper()
	fresh := numbers(9)[8]
	fresh.UniqueID = rollcall.Given("own-stays")
	for name, change := range map[string]func(*rollcall.ImportOptions){
		"plain":  func(*rollcall.ImportOptions) {},
		"update": func(o *rollcall.ImportOptions) { o.Duplicates = rollcall.DuplicatesUpdate },
		"own id": func(o *rollcall.ImportOptions) {
			o.Match = rollcall.MatchUniqueID
			o.Duplicates = rollcall.DuplicatesFillBlanks
		},
		"allow":   func(o *rollcall.ImportOptions) { o.Duplicates = rollcall.DuplicatesAllow },
		"account": func(o *rollcall.ImportOptions) { o.Scope = rollcall.ScopeAccount },
		"drop":    func(o *rollcall.ImportOptions) { o.DNC = rollcall.DNCDrop },
		"replace": func(o *rollcall.ImportOptions) { o.Mode = rollcall.ModeReplace },
		"dry run": func(o *rollcall.ImportOptions) { o.DryRun = true },
		"refused": nil,
	} {
		im := begunFor(t, s, l, name, change)
		now, b := storetest.Time, rowsOf(wandaContact(), fresh)
		var counts rollcall.ImportCounts
		switch name {
		case "dry run":
			dry := must(s.NewDryRun(ctx, im))(t)
			counts = must(dry.CountBlock(ctx, im, b, now))(t)
			if err := dry.Close(); err != nil {
				t.Error(err)
			}
		case "refused":
			counts = must(s.RefuseBlock(ctx, im, b, rollcall.Remark{Code: "x", Message: "x"}, now))(t)
		default:
			counts = must(s.CommitBlock(ctx, im, b, now))(t)
		}
		if counts.Rows != 2 || counts.Blocked != 1 || counts.Check() != nil {
			t.Errorf("%s: %+v", name, counts)
		}
		must(s.EndImport(ctx, im, nil, now))(t)
		ledger, _, err := s.LedgerPage(ctx, im, 0, nil)
		if err != nil || ledger[0].Outcome != rollcall.OutcomeBlocked || ledger[0].Code != rollcall.CodeErased || ledger[0].UniqueID != "" || ledger[1].UniqueID != "own-stays" {
			t.Errorf("%s: %+v, %v", name, ledger, err)
		}
	}
	if wrong := must(s.CheckCounts(ctx))(t); len(wrong) != 0 {
		t.Errorf("%+v", wrong)
	}
}

func begunFor(t *testing.T, s *store.Store, l *rollcall.ContactList, name string, change func(*rollcall.ImportOptions)) *rollcall.Import {
	t.Helper()
	queue(t, s, l, name, func(im *rollcall.Import) {
		if change != nil {
			change(&im.Options)
		}
	})
	return begun(t, s, "w1", storetest.Time)
}

// TestErase_AClaimOfAContactThatIsStillThere: the claim that comes between the two
// finds the number suppressed.
func TestErase_AClaimOfAContactThatIsStillThere(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		// Without the key nobody is found, and a contact can come in beside an erasure.
		s, careless := storetest.Open(t, c), storetest.Open(t, c)
		careless.SetErasureKey([]byte("another master key"))
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		must(s.Erase(ctx, o, rollcall.Person{Phone: wanda}, "u-9", storetest.Time))(t)
		if added := must(careless.AddContacts(ctx, o, l.ID, append(numbers(1), wandaContact()), "u-1", storetest.Time))(t); added.Added != 2 {
			t.Fatalf("with another master key: %+v", added)
		}
		campaign := running(t, s, l)
		if got := claims(t, s, campaign, 10); len(got) != 1 || got[0].Number == wanda {
			t.Errorf("handed out: %+v", got)
		}
		runs := must(s.Runs(ctx, o, campaign.ID, 1))(t)
		if runs[0].Done[rollcall.ReasonErased] != 1 {
			t.Errorf("%+v", runs[0])
		}
		must(s.Erase(ctx, o, rollcall.Person{Phone: wanda}, "u-9", storetest.Time))(t)
		if found := traces(t, c); len(found) > 0 {
			t.Error(strings.Join(found, "\n"))
		}
		none := must(store.Open(ctx, c))(t)
		defer none.Close()
		if _, err := none.AddContacts(ctx, o, l.ID, numbers(3)[2:], "u-1", storetest.Time); rollcall.CodeOf(err) != rollcall.CodeInternal {
			t.Errorf("without a key: %v", err)
		}
	})
}

func TestErase_AnotherAccountIsNotConcerned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		app := storetest.App(t, s, "67777ce93e25326494e00002", "st-other")
		other := rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: app.Applications[0]}
		l := storetest.List(t, s, other, "theirs")
		must(s.AddContacts(ctx, other, l.ID, []rollcall.Contact{wandaContact()}, "u-1", storetest.Time))(t)
		got := must(s.Erase(ctx, o, rollcall.Person{Phone: wanda}, "u-9", storetest.Time))(t)
		if !cmp.Equal(*got, rollcall.Erased{Numbers: 1}) {
			t.Errorf("%+v", got)
		}
		if got := must(s.Erase(ctx, o, rollcall.Person{UniqueID: "own-gone"}, "u-9", storetest.Time))(t); !cmp.Equal(*got, rollcall.Erased{}) {
			t.Errorf("by own id: %+v", got)
		}
		checkCount(t, s, other, l.ID, 1)
		again := wandaContact()
		again.Phone++
		if added := must(s.AddContacts(ctx, other, l.ID, []rollcall.Contact{again, wandaContact()}, "u-1", storetest.Time))(t); added.Added != 1 || added.Duplicates != 1 {
			t.Errorf("%+v", added)
		}
		if _, total, err := s.Erasures(ctx, other.AccountKey, 0, 10); err != nil || total != 0 {
			t.Error(total, err)
		}
	})
}

// TestErase_AgainstWriters: whoever adds, claims and imports meanwhile, from whichever
// process, nothing of the person is left in the end.
func TestErase_AgainstWriters(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		s, other := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		must(s.AddContacts(ctx, o, l.ID, numbers(3), "u-1", storetest.Time))(t)
		campaign := running(t, s, l)
		var wait sync.WaitGroup
		stop, cancel := context.WithCancel(ctx)
		for i := range 3 {
			wait.Go(func() {
				for n := 0; stop.Err() == nil; n++ {
					person := wandaContact()
					person.Phone += phone.Number(n % 3 * 1000)
					if _, err := other.AddContacts(ctx, o, l.ID, []rollcall.Contact{person}, "u-1", storetest.Time); err != nil {
						t.Error(err)
						return
					}
					if _, err := other.Claim(ctx, o, campaign.ID, rollcall.ClaimRequest{Limit: 2, Agent: "u-2"}, storetest.Time); err != nil {
						t.Error(i, err)
						return
					}
				}
			})
		}
		for _, number := range []phone.Number{wanda + 2000, wanda, wanda + 1000} {
			must(s.Erase(ctx, o, rollcall.Person{Phone: number}, "u-9", storetest.Time))(t)
		}
		cancel()
		wait.Wait()
		if found := traces(t, c); len(found) > 0 {
			t.Error(strings.Join(found, "\n"))
		}
		checkCount(t, s, o, l.ID, 3)
	})
}

func TestErase_WhoItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		for _, who := range []rollcall.Person{{}, {Phone: wanda, UniqueID: "x"}, {UniqueID: strings.Repeat("x", rollcall.MaxFieldBytes+1)}, {Phone: -1900}} {
			if _, err := s.Erase(ctx, o, who, "u-9", storetest.Time); rollcall.CodeOf(err) != rollcall.CodeInvalid {
				t.Errorf("%+v: %v", who, err)
			}
		}
	})
}

// hurried is a context whose deadline comes after so many looks at it.
type hurried struct {
	context.Context
	looks int
}

func (h *hurried) Err() error {
	if h.looks--; h.looks < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestErase_GoesOnWhereItWasBrokenOff: wherever the time for a call ends, counts are
// exact and the number is suppressed, and the next call does the rest.
func TestErase_GoesOnWhereItWasBrokenOff(t *testing.T) {
	for by, who := range map[string]rollcall.Person{"number": {Phone: wanda}, "own id": {UniqueID: "own-gone"}} {
		t.Run(by, func(t *testing.T) { eraseInPieces(t, who) })
	}
}

func eraseInPieces(t *testing.T, who rollcall.Person) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		h := haunt(t, c)
		var contacts, calls int64
		for looks := 0; ; looks++ {
			got, err := h.s.Erase(&hurried{ctx, looks}, h.o, who, "u-9", storetest.Time)
			if looks == 0 && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("no time at all: %v", err)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				continue // not even the own id could be looked for
			}
			if err != nil {
				t.Fatal(err)
			}
			contacts, calls = contacts+got.Contacts, calls+1
			if wrong := must(h.s.CheckCounts(ctx))(t); len(wrong) != 0 {
				t.Fatalf("after call %d: %+v", calls, wrong)
			}
			if !got.Remaining {
				break
			}
		}
		if calls < 4 || who.Phone != 0 && contacts != 4 {
			t.Errorf("%d contacts in %d calls", contacts, calls)
		}
		h.erase(t, rollcall.Person{Phone: 12025550199})
		h.noTrace(t, "in the end")
	})
}

// TestErase_AnOwnIDIsRememberedUntilAllIsDone: the contact that tells the number goes
// before the run that has called it, and the next call still finds that.
func TestErase_AnOwnIDIsRememberedUntilAllIsDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		called, named := storetest.List(t, s, o, "called"), storetest.List(t, s, o, "named")
		must(s.AddContacts(ctx, o, called.ID, []rollcall.Contact{{Phone: wanda, PhoneSent: "+12025550143"}}, "u-1", storetest.Time))(t)
		must(s.AddContacts(ctx, o, named.ID, []rollcall.Contact{wandaContact()}, "u-1", storetest.Time))(t)
		c := running(t, s, called)
		claims(t, s, c, 1)
		if _, _, err := s.DeleteContact(ctx, o, called.ID, ids(t, s, o, called.ID)[0], "u-1", storetest.Time); err != nil {
			t.Fatal(err)
		}
		who, brokenOff := rollcall.Person{UniqueID: "own-gone"}, false
		for looks := 1; ; looks++ {
			got, err := s.Erase(&hurried{ctx, looks}, o, who, "u-9", storetest.Time)
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			if err == nil && !got.Remaining {
				break
			}
			brokenOff = brokenOff || got != nil && got.Contacts == 1
		}
		if !brokenOff {
			t.Error("no call was broken off after the contact was gone")
		}
		rec := must(s.RunRecord(ctx, o, must(s.Runs(ctx, o, c.ID, 1))(t)[0].ID))(t)
		rows := 0
		err := rec.Contacts(ctx, func(page []store.RecordedContact) error {
			for _, r := range page {
				if rows++; r.Number != 0 {
					t.Errorf("the run still has %s", r.Number)
				}
			}
			return nil
		})
		if err != nil || rows != 1 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
}

// TestErase_ContactabilityTellsOnlyThat: from the suppression on, a number is told to be
// erased and nothing else, also while its contact is still in the list. That contact is
// handed out to nobody, and counts until the erasure has come to it; then none is left
// that the counts would have to leave out.
func TestErase_ContactabilityTellsOnlyThat(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l, dnc := storetest.List(t, s, o, "People"), storetest.NewList(o, "dnc")
		dnc.Type, dnc.GlobalDNC = rollcall.ListDNC, true
		if err := s.CreateContactList(ctx, dnc); err != nil {
			t.Fatal(err)
		}
		must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{wandaContact(), {Phone: 12025550101, PhoneSent: "+12025550101"}}, "u-1", storetest.Time))(t)
		must(s.AddContacts(ctx, o, dnc.ID, []rollcall.Contact{{Phone: -1202555014}}, "u-1", storetest.Time))(t)
		c := running(t, s, l)
		fate := func(n phone.Number) *rollcall.NumberFate {
			return must(s.NumberFate(ctx, o, c.ID, n, storetest.Time))(t)
		}
		if f := fate(wanda); f.Erased || len(f.Contacts) != 1 || len(f.Contacts[0].Blocking) != 1 {
			t.Fatalf("before: %+v", f)
		}
		brokenOff := false
		for looks := 1; ; looks++ {
			got, err := s.Erase(&hurried{ctx, looks}, o, rollcall.Person{Phone: wanda}, "u-9", storetest.Time)
			if err != nil {
				t.Fatal(err)
			}
			if f := fate(wanda); !f.Erased || len(f.Contacts) != 0 || len(f.Gone) != 0 {
				t.Errorf("with time for %d looks: %+v", looks, f)
			}
			if total := must(s.Contactability(ctx, o, c.ID, storetest.Time))(t).Total; total != 1 {
				brokenOff = true
			} else if !got.Remaining {
				break
			}
		}
		if !brokenOff {
			t.Error("no call was broken off before the contact was gone")
		}
		if n := must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{wandaContact()}, "u-1", storetest.Time))(t); len(n.Erased) != 1 {
			t.Errorf("added again: %+v", n)
		}
		if got := must(s.Contactability(ctx, o, c.ID, storetest.Time))(t); got.Total != 1 || got.Counts[rollcall.WhenNow] != 1 {
			t.Errorf("%+v", got)
		}
		if f := fate(12025550101); f.Erased || len(f.Contacts) != 1 {
			t.Errorf("another number: %+v", f)
		}
		must(s.LiftErasure(ctx, o.AccountKey, wanda))(t)
		if f := fate(wanda); f.Erased || len(f.Contacts) != 0 {
			t.Errorf("lifted: %+v", f)
		}
	})
}
