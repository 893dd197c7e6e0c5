package storetest_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

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
		full.Seq, full.Revision, full.CreatedAt, full.UpdatedAt = 1, 1, storetest.Time, storetest.Time
		bare.Seq, bare.Revision, bare.CreatedAt, bare.UpdatedAt = 2, 1, storetest.Time, storetest.Time
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
		if got := add("first", "second"); !cmp.Equal(got, rollcall.Added{Received: 2, Added: 1, Duplicates: 1}) {
			t.Errorf("skip: %+v", got)
		}
		allow := func(yes bool) {
			must(s.UpdateContactList(ctx, o, l.ID, func(l *rollcall.ContactList) error {
				return l.Change(rollcall.ContactListChange{AllowDuplicates: &yes}, "u-1", storetest.Time)
			}))(t)
		}
		allow(true)
		if got := add("third", "fourth"); !cmp.Equal(got, rollcall.Added{Received: 2, Added: 2}) {
			t.Errorf("allow: %+v", got)
		}
		allow(false)
		if got := add("fifth"); !cmp.Equal(got, rollcall.Added{Received: 1, Duplicates: 1}) {
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
					must(s.DeleteContactList(ctx, o, lists[i], "u-1", storetest.Time))(t)
					lists = slices.Delete(lists, i, i+1)
				},
				"": func(r *rapid.T) {
					if wrong := must(s.CheckCounts(ctx))(t); len(wrong) != 0 {
						r.Fatalf("%+v", wrong)
					}
				},
			})
			for _, id := range lists { // so that the next sequence checks its own lists only
				must(s.DeleteContactList(ctx, o, id, "u-1", storetest.Time))(t)
			}
		})
	})
}
