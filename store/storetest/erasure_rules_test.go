package storetest_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

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
		runs := must(s.Runs(ctx, o, campaign.ID, 0, 1))(t)
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
		rec := must(s.RunRecord(ctx, o, must(s.Runs(ctx, o, c.ID, 0, 1))(t)[0].ID))(t)
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
