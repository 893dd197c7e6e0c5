package storetest_test

import (
	"errors"
	"fmt"
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

func TestContactLists_CreateAndLoad(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.NewList(o, "Renewals – Ürün 🎉")
		l.Columns, l.Files = []string{"a", " Priority"}, []rollcall.File{{ID: "0123", Name: "x.csv"}}
		l.AllowDuplicates, l.PhoneRule, l.Region = true, phone.RuleValid, "US"
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
			_, err4 := s.DeleteContactList(ctx, stranger, l.ID, "u-1", storetest.Time)
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
			c := &rollcall.Campaign{ID: rollcall.NewID(rollcall.PrefixCampaign), Owner: o, Name: name, Channel: rollcall.ChannelSMS, Status: rollcall.CampaignActive, ContactLists: []rollcall.Named{{ID: l.ID}}, CreatedAt: storetest.Time, UpdatedAt: storetest.Time}
			if err := s.CreateCampaign(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.DeleteContactList(ctx, o, l.ID, "u-1", storetest.Time)
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
		gone := must(s.DeleteContactList(ctx, o, l.ID, "u-1", storetest.Time))(t)
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
