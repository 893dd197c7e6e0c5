package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

func contacts(numbers ...phone.Number) []rollcall.Contact {
	out := make([]rollcall.Contact, len(numbers))
	for i, n := range numbers {
		out[i] = rollcall.Contact{Phone: n, PhoneSent: fmt.Sprintf("tel %d", n)}
	}
	return out
}

func TestInsert_ADuplicateTellsWhoHasItsNumber(t *testing.T) {
	const a, b, c = 14155550003, 14155550002, 14155550001
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.Insert(ctx, o, l.ID, contacts(a), storetest.Time))(t)
		got := must(s.Insert(ctx, o, l.ID, contacts(b, a, c, b, a, c), storetest.Time))(t)
		want := []store.Inserted{
			{Seq: 2, Added: true}, {Seq: 3, Dup: 1}, {Seq: 4, Added: true}, {Seq: 5, Dup: 2}, {Seq: 6, Dup: 1}, {Seq: 7, Dup: 4},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestInsert_WhereDuplicatesAreAllowedTheyAreCopies(t *testing.T) {
	const a, b = 14155550002, 14155550001
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.NewList(o, "list")
		l.AllowDuplicates = true
		if err := s.CreateContactList(ctx, l); err != nil {
			t.Fatal(err)
		}
		must(s.Insert(ctx, o, l.ID, contacts(a), storetest.Time))(t)
		got := must(s.Insert(ctx, o, l.ID, contacts(a, b, b, b), storetest.Time))(t)
		want := []store.Inserted{{Seq: 2, Copy: 2, Added: true}, {Seq: 3, Added: true}, {Seq: 4, Copy: 4, Added: true}, {Seq: 5, Copy: 5, Added: true}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// What COPY's binary format and the engine's own statements carry comes back.
func TestInsert_EveryValueComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		all := []rollcall.Contact{
			{Phone: 14155550001, PhoneSent: "+14155550001"},
			{Phone: 999999999999999, PhoneSent: "", FirstName: rollcall.Given(""), LastName: rollcall.Given("Łódź 😀")},
			{Phone: 14155550002, PhoneSent: "(415) 555-0002", TimeZone: rollcall.Given("Europe/Paris"), UniqueID: rollcall.Given("\t\"\\\n"), ContactPriority: rollcall.Given("1"), Extra: `{"a":"\u0000"}`},
		}
		must(s.Insert(ctx, o, l.ID, all, storetest.Time))(t)
		got, _, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			all[i].Seq = int64(i + 1)
		}
		all[1].PhoneSent = "+999999999999999"
		if diff := cmp.Diff(all, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A context that ended has rolled back, and what came after would be committed at once.
func TestInsert_NothingIsWrittenAfterTheContextEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		if err := s.AfterCancel(ctx, o, l.ID, contacts(14155550001)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := must(s.Insert(ctx, o, l.ID, contacts(14155550001), storetest.Time))(t); !got[0].Added {
			t.Errorf("it was there: %+v", got)
		}
	})
}
