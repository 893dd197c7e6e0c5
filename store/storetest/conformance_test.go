package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var ctx = context.Background()

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func reason(err error) string {
	if e, ok := errors.AsType[*rollcall.Error](err); ok {
		return string(e.Code) + " " + e.Reason
	}
	return fmt.Sprint(err)
}

func TestContactLists_CreateAndLoad(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.NewList(o, "Renewals – Ürün 🎉")
		l.Columns, l.Files = []string{"a", " Priority"}, []rollcall.File{{ID: "0123", Name: "x.csv"}}
		l.AllowDuplicates, l.PhoneRule, l.Region, l.GlobalDNC = true, phone.RuleValid, "US", true
		if err := s.CreateContactList(ctx, l); err != nil {
			t.Fatal(err)
		}
		got := must(s.ContactList(ctx, o, l.ID))(t)
		if diff := cmp.Diff(l, got); diff != "" {
			t.Error(diff)
		}
		byName := must(s.ContactListByName(ctx, o, "RENEWALS – üRÜN 🎉"))(t)
		if byName.ID != l.ID {
			t.Errorf("by name: %s", byName.ID)
		}
	})
}

func TestContactLists_Create_ErrNameTakenWhateverItsCase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		storetest.List(t, s, o, "Straße K")
		err := s.CreateContactList(ctx, storetest.NewList(o, "STRAßE \u212a")) // Kelvin sign
		if reason(err) != "conflict name_taken" {
			t.Errorf("got %v", err)
		}
		other := storetest.List(t, s, o, "Other")
		name := "straße k"
		_, err = s.UpdateContactList(ctx, o, other.ID, func(l *rollcall.ContactList) error {
			return l.Change(rollcall.ContactListChange{Name: &name}, "u-2", storetest.Time)
		})
		if reason(err) != "conflict name_taken" {
			t.Errorf("rename: got %v", err)
		}
	})
}

func TestContactLists_Create_SameNameAtTheSameMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		for i := range 20 {
			var wg sync.WaitGroup
			errs := make([]error, 2)
			for j, s := range []*store.Store{a, b} {
				wg.Go(func() {
					errs[j] = s.CreateContactList(ctx, storetest.NewList(o, fmt.Sprintf([]string{"list %d", "LIST %d"}[j], i)))
				})
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) || reason(errors.Join(errs...)) != "conflict name_taken" {
				t.Fatalf("want one success and one name_taken, got %v and %v", errs[0], errs[1])
			}
		}
	})
}

func TestContactLists_OrderTypeAndOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		other := storetest.App(t, s, "67777ce93e25326494e00002", "st-other")
		make := func(name, id string, typ rollcall.ListType, age int) {
			l := storetest.NewList(o, name)
			l.ID, l.Type, l.UpdatedAt = id, typ, storetest.Time.Add(-time.Duration(age)*time.Hour)
			if err := s.CreateContactList(ctx, l); err != nil {
				t.Fatal(err)
			}
		}
		make("old", "cl-1", rollcall.ListCall, 3)
		make("tie b", "cl-b", rollcall.ListCall, 2)
		make("tie C", "cl-B", rollcall.ListDNC, 2)
		make("new", "cl-0", rollcall.ListCall, 1)
		if _, _, err := s.ContactLists(ctx, rollcall.Owner{AccountKey: other.AccountKey, ApplicationID: o.ApplicationID}, ""); err == nil {
			t.Error("another account's application must not be found")
		}
		for typ, want := range map[rollcall.ListType]string{"": "cl-0 cl-B cl-b cl-1", rollcall.ListCall: "cl-0 cl-b cl-1", rollcall.ListDNC: "cl-B"} {
			lists, _, err := s.ContactLists(ctx, o, typ)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, l := range lists {
				ids = append(ids, l.ID)
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("type %q: got %s, want %s", typ, got, want)
			}
		}
	})
}

func TestContactLists_AnotherOwnerFindsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "mine")
		app := storetest.App(t, s, "67777ce93e25326494e00002", "st-other")
		for _, stranger := range []rollcall.Owner{{AccountKey: app.AccountKey, ApplicationID: "st-other"}, {AccountKey: app.AccountKey, ApplicationID: o.ApplicationID}, {AccountKey: o.AccountKey, ApplicationID: "st-other"}} {
			_, err1 := s.ContactList(ctx, stranger, l.ID)
			_, err2 := s.ContactListByName(ctx, stranger, l.Name)
			_, err3 := s.UpdateContactList(ctx, stranger, l.ID, func(*rollcall.ContactList) error { return nil })
			_, err4 := s.DeleteContactList(ctx, stranger, l.ID)
			_, err5 := s.AddContacts(ctx, stranger, l.ID, numbers(1), "u-1", storetest.Time)
			_, _, err6 := s.Contacts(ctx, stranger, l.ID, rollcall.ContactPage{Limit: 1})
			for i, err := range []error{err1, err2, err3, err4, err5, err6} {
				if rollcall.CodeOf(err) != rollcall.CodeNotFound {
					t.Errorf("%v, call %d: %v", stranger, i+1, err)
				}
			}
		}
	})
}

func TestContactLists_Delete_ErrInUseNamesTheCampaigns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "used")
		for _, name := range []string{"Second thoughts", "A first"} {
			c := &rollcall.Campaign{ID: rollcall.NewID(rollcall.PrefixCampaign), Owner: o, Name: name, Channel: rollcall.ChannelSMS, Status: rollcall.CampaignActive, ContactListIDs: []string{l.ID}, CreatedAt: storetest.Time, UpdatedAt: storetest.Time}
			if err := s.CreateCampaign(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.DeleteContactList(ctx, o, l.ID)
		if reason(err) != "conflict list_in_use" || !strings.Contains(err.Error(), "Second thoughts, A first") {
			t.Errorf("got %v", err)
		}
		if got := must(s.ContactList(ctx, o, l.ID))(t); !got.InUse() || len(got.Campaigns) != 2 {
			t.Errorf("%+v", got)
		}
	})
}

func TestContactLists_DeletePurgesEverything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "gone")
		if _, err := s.AddContacts(ctx, o, l.ID, numbers(12_000), "u-1", storetest.Time); err != nil {
			t.Fatal(err)
		}
		gone := must(s.DeleteContactList(ctx, o, l.ID))(t)
		if gone.TotalRecordCount != 12_000 {
			t.Errorf("as it was: %d", gone.TotalRecordCount)
		}
		rounds := 0
		for more := true; more; rounds++ {
			more = must(s.Purge(ctx, storetest.Time))(t)
		}
		if rounds != 4 { // two chunks, the list itself, and the look that finds nothing
			t.Errorf("%d rounds", rounds)
		}
		again := storetest.List(t, s, o, "gone")
		if contacts, _, err := s.Contacts(ctx, o, again.ID, rollcall.ContactPage{Limit: 10}); err != nil || len(contacts) != 0 {
			t.Errorf("%v, %d contacts", err, len(contacts))
		}
	})
}

// numbers makes contacts with distinct numbers.
func numbers(n int) []rollcall.Contact {
	out := make([]rollcall.Contact, n)
	for i := range out {
		out[i] = rollcall.Contact{Phone: phone.Number(14155550000 + i), PhoneSent: fmt.Sprintf("+%d", 14155550000+i)}
	}
	return out
}

func TestContacts_EveryFieldComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "full")
		full := rollcall.Contact{
			Phone: 14155550100, PhoneSent: "(415) 555-0100", FirstName: rollcall.Given("Ana"), LastName: rollcall.Given(""), TimeZone: rollcall.Given("America/New_York"),
			UniqueID: rollcall.Given("7"), ContactPriority: rollcall.Given("3"), Extra: `{"uniqueId":7,"city":"Łódź \u0000"}`,
		}
		bare := rollcall.Contact{Phone: 14155550101, PhoneSent: "+14155550101"}
		if _, err := s.AddContacts(ctx, o, l.ID, []rollcall.Contact{full, bare}, "u-1", storetest.Time); err != nil {
			t.Fatal(err)
		}
		got, list, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		full.Seq, full.CreatedAt, full.UpdatedAt = 1, storetest.Time, storetest.Time
		bare.Seq, bare.CreatedAt, bare.UpdatedAt = 2, storetest.Time, storetest.Time
		if diff := cmp.Diff([]rollcall.Contact{full, bare}, got); diff != "" {
			t.Error(diff)
		}
		if list.TotalRecordCount != 2 || !list.UpdatedAt.Equal(storetest.Time) {
			t.Errorf("%+v", list)
		}
	})
}

func TestContacts_DuplicatesByTheListsSetting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "dup")
		add := func(spellings ...string) rollcall.Added {
			var contacts []rollcall.Contact
			for _, spelling := range spellings {
				contacts = append(contacts, rollcall.Contact{Phone: 14155550100, PhoneSent: spelling})
			}
			return must(s.AddContacts(ctx, o, l.ID, contacts, "u-1", storetest.Time))(t)
		}
		if got := add("first", "second"); got != (rollcall.Added{Received: 2, Added: 1, Duplicates: 1}) {
			t.Errorf("skip: %+v", got)
		}
		allow := func(yes bool) {
			must(s.UpdateContactList(ctx, o, l.ID, func(l *rollcall.ContactList) error {
				return l.Change(rollcall.ContactListChange{AllowDuplicates: &yes}, "u-1", storetest.Time)
			}))(t)
		}
		allow(true)
		if got := add("third", "fourth"); got != (rollcall.Added{Received: 2, Added: 2}) {
			t.Errorf("allow: %+v", got)
		}
		allow(false)
		if got := add("fifth"); got != (rollcall.Added{Received: 1, Duplicates: 1}) {
			t.Errorf("skip again: %+v", got)
		}
		contacts, list, _ := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 10})
		var sent []string
		for _, c := range contacts {
			sent = append(sent, c.PhoneSent)
		}
		if got := strings.Join(sent, " "); got != "first third fourth" || list.TotalRecordCount != 3 {
			t.Errorf("got %q, count %d", got, list.TotalRecordCount)
		}
	})
}

func TestContacts_TwoProcessesAddTheSameNumbers(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		l := storetest.List(t, a, o, "race")
		var wg sync.WaitGroup
		for _, s := range []*store.Store{a, b, a, b} {
			wg.Go(func() {
				for i := range 25 {
					if _, err := s.AddContacts(ctx, o, l.ID, numbers(10*(i+1)), "u-1", storetest.Time); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		checkCount(t, b, o, l.ID, 250)
	})
}

func checkCount(t testing.TB, s *store.Store, o rollcall.Owner, list string, want int64) {
	t.Helper()
	if got := must(s.ContactList(ctx, o, list))(t).TotalRecordCount; got != want {
		t.Errorf("totalRecordCount %d, want %d", got, want)
	}
	if wrong := must(s.CheckCounts(ctx))(t); len(wrong) != 0 {
		t.Errorf("counts that are not the number of contacts: %+v", wrong)
	}
}

func TestFreshness_EveryWriteShowsInTheOtherProcessAtOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		writer, reader := storetest.Open(t, c), storetest.Open(t, c)
		app := storetest.App(t, writer, "67777ce93e25326494e00001", "st-1")
		o := rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: "st-1"}
		last := must(reader.Freshness(ctx, app.ClientID, "st-1"))(t)
		l := storetest.NewList(o, "list")
		var im *rollcall.Import
		steps := map[string]func() error{
			"1 create": func() error { return writer.CreateContactList(ctx, l) },
			"2 add": func() error {
				_, err := writer.AddContacts(ctx, o, l.ID, numbers(1), "u-1", storetest.Time)
				return err
			},
			"3 update": func() error {
				_, err := writer.UpdateContactList(ctx, o, l.ID, func(*rollcall.ContactList) error { return nil })
				return err
			},
			"4 begin import": func() (err error) { im, err = writer.BeginImport(ctx, start(o, "list", "d1"), storetest.Time); return },
			"5 commit block": func() error { _, err := writer.CommitBlock(ctx, im, block(1, 3), storetest.Time); return err },
			"6 end import":   func() error { _, err := writer.EndImport(ctx, im, "", storetest.Time); return err },
			"7 delete":       func() error { _, err := writer.DeleteContactList(ctx, o, l.ID); return err },
			"8 rotate secret": func() error {
				_, err := writer.UpdateApp(ctx, app.ClientID, func(*rollcall.App) error { return nil })
				return err
			},
		}
		names := make([]string, 0, len(steps))
		for name := range steps {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if err := steps[name](); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			now := must(reader.Freshness(ctx, app.ClientID, "st-1"))(t)
			if now == last {
				t.Errorf("%s: the other process did not notice", name)
			}
			last = now
		}
		must(writer.UpdateApp(ctx, app.ClientID, func(a *rollcall.App) error { a.Revoke(storetest.Time); return nil }))(t)
		if got := must(reader.Freshness(ctx, app.ClientID, "st-1"))(t); got != (store.Freshness{}) {
			t.Errorf("revoked: %+v", got)
		}
	})
}

func TestFreshness_SharedLookUpsNeverTellThePast(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		writer, reader := storetest.Open(t, c), storetest.Open(t, c)
		app := storetest.App(t, writer, "67777ce93e25326494e00001", "st-1")
		o := rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: "st-1"}
		l := storetest.List(t, writer, o, "list")
		done := make(chan struct{})
		var wg sync.WaitGroup
		for range 8 { // keeps look-ups under way all the time
			wg.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						reader.Freshness(ctx, app.ClientID, "st-1")
					}
				}
			})
		}
		version := must(writer.Freshness(ctx, app.ClientID, "st-1"))(t).Version
		for range 100 {
			must(writer.UpdateContactList(ctx, o, l.ID, func(*rollcall.ContactList) error { return nil }))(t)
			version++
			if got := must(reader.Freshness(ctx, app.ClientID, "st-1"))(t).Version; got != version {
				t.Errorf("version %d, want %d", got, version)
			}
		}
		close(done)
		wg.Wait()
	})
}

func TestApps_RoundTrip(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		app := storetest.App(t, s, "67777ce93e25326494e00001", "st-1")
		must(s.UpdateApp(ctx, app.ClientID, func(a *rollcall.App) error {
			return a.AddKey(rollcall.AppKey{ID: "k1", Sealed: []byte{1, 0, 255}}, storetest.Time)
		}))(t)
		got := must(s.App(ctx, app.ClientID))(t)
		app.Keys, app.Revision = []rollcall.AppKey{{ID: "k1", Sealed: []byte{1, 0, 255}, CreatedAt: storetest.Time}}, 2
		if diff := cmp.Diff(app, got); diff != "" {
			t.Error(diff)
		}
		if _, err := s.App(ctx, "cs-none"); rollcall.CodeOf(err) != rollcall.CodeNotFound {
			t.Errorf("got %v", err)
		}
		if all := must(s.Apps(ctx))(t); len(all) != 1 || all[0].ClientID != app.ClientID {
			t.Errorf("%v", all)
		}
	})
}

func TestApps_AnApplicationBelongsToOneAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first := storetest.App(t, s, "67777ce93e25326494e00001", "st-1")
		second := *first
		second.ClientID, second.AccountID = "cs-2", "67777ce93e25326494e00002"
		if err := s.CreateApp(ctx, &second); reason(err) != "conflict name_taken" {
			t.Errorf("got %v", err)
		}
	})
}

func TestApps_AccountsMadeAtTheSameMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		var wg sync.WaitGroup
		apps := make([]*rollcall.App, 20)
		for i := range apps {
			wg.Go(func() {
				apps[i] = storetest.App(t, []*store.Store{a, b}[i%2], fmt.Sprintf("%024x", i/2), fmt.Sprintf("st-%d", i))
			})
		}
		wg.Wait()
		keys := map[int64]int{}
		for i, app := range apps {
			keys[app.AccountKey]++
			if app.OrgID != apps[i^1].OrgID {
				t.Errorf("two organisations for account %s", app.AccountID)
			}
		}
		if len(keys) != 10 {
			t.Errorf("%d accounts, want 10", len(keys))
		}
	})
}

func TestTokenIDs_OnceAcrossProcessesUntilTheyExpire(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		use := func(s *store.Store, id string) bool {
			return must(s.UseTokenID(ctx, "cs-1", id, storetest.Time.Add(time.Hour)))(t)
		}
		if !use(a, "j1") || use(b, "j1") || use(a, "j1") || !use(b, "j2") {
			t.Error("a token id must be fresh once")
		}
		must(a.Purge(ctx, storetest.Time))(t)
		if use(b, "j1") {
			t.Error("purged too early")
		}
		must(a.Purge(ctx, storetest.Time.Add(2*time.Hour)))(t)
		if !use(b, "j1") {
			t.Error("not purged")
		}
	})
}

func TestSecrets_AllProcessesGetTheSame(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		var wg sync.WaitGroup
		got := make([][]byte, 10)
		for i := range got {
			wg.Go(func() {
				got[i] = must([]*store.Store{a, b}[i%2].Secret(ctx, "key", func() ([]byte, error) { return []byte{byte(i)}, nil }))(t)
			})
		}
		wg.Wait()
		for _, v := range got {
			if !slices.Equal(v, got[0]) {
				t.Fatalf("%v", got)
			}
		}
	})
}

// TestCounts_AnySequenceOfOperations holds totalRecordCount against the rows
// after any mixture of operations.
func TestCounts_AnySequenceOfOperations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(r *rapid.T) {
			o := storetest.Owner(t, s)
			var lists []string
			pick := func() string { return rapid.SampledFrom(lists).Draw(r, "list") }
			r.Repeat(map[string]func(*rapid.T){
				"create": func(r *rapid.T) { lists = append(lists, storetest.List(t, s, o, rollcall.NewID("")).ID) },
				"add": func(r *rapid.T) {
					if len(lists) == 0 {
						r.Skip()
					}
					from, n := rapid.IntRange(0, 50).Draw(r, "from"), rapid.IntRange(0, 30).Draw(r, "n")
					must(s.AddContacts(ctx, o, pick(), numbers(100)[from:from+n], "u-1", storetest.Time))(t)
				},
				"allow": func(r *rapid.T) {
					if len(lists) == 0 {
						r.Skip()
					}
					yes := rapid.Bool().Draw(r, "allow")
					must(s.UpdateContactList(ctx, o, pick(), func(l *rollcall.ContactList) error {
						return l.Change(rollcall.ContactListChange{AllowDuplicates: &yes}, "u-1", storetest.Time)
					}))(t)
				},
				"delete": func(r *rapid.T) {
					if len(lists) == 0 {
						r.Skip()
					}
					i := rapid.IntRange(0, len(lists)-1).Draw(r, "which")
					must(s.DeleteContactList(ctx, o, lists[i]))(t)
					lists = slices.Delete(lists, i, i+1)
				},
				"": func(r *rapid.T) {
					if wrong := must(s.CheckCounts(ctx))(t); len(wrong) != 0 {
						r.Fatalf("%+v", wrong)
					}
				},
			})
			for _, id := range lists { // so that the next sequence checks its own lists only
				must(s.DeleteContactList(ctx, o, id))(t)
			}
		})
	})
}
