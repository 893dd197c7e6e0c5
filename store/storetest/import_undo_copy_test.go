package storetest_test

import (
	"fmt"
	"testing"
	"time"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// Contacts that shared their number before an import gave them others share it again once
// the import is undone, each as the first of the number or a copy as before, in a list that
// allows no duplicates too.
func TestUndo_OfNumbersThatWereShared(t *testing.T) {
	person := func(number int, id string) rollcall.Row {
		n := phone.Number(14155550100 + number)
		return rollcall.Row{Contact: rollcall.Contact{Phone: n, PhoneSent: n.String(), UniqueID: rollcall.Given(id)}}
	}
	called := func(r rollcall.Row, name string) rollcall.Row {
		r.Contact.FirstName = rollcall.Given(name)
		return r
	}
	rows := func(first int64, all ...rollcall.Row) *rollcall.Block {
		for i := range all {
			all[i].Number = first + int64(i)
		}
		return &rollcall.Block{First: first, Rows: all}
	}
	byID := func(rule rollcall.DuplicateRule) func(*rollcall.Import) {
		return func(im *rollcall.Import) { im.Options.Match, im.Options.Duplicates = rollcall.MatchUniqueID, rule }
	}
	for _, c := range []struct {
		name   string
		blocks []*rollcall.Block
	}{
		{"the copy is changed", []*rollcall.Block{rows(1, person(1, "u2"))}},
		{"the first is changed", []*rollcall.Block{rows(1, person(1, "u1"))}},
		{"both are, in one block", []*rollcall.Block{rows(1, person(1, "u1"), person(2, "u2"))}},
		{"the first before the copy", []*rollcall.Block{rows(1, person(1, "u1")), rows(2, person(2, "u2"))}},
		{"the copy before the first", []*rollcall.Block{rows(1, person(1, "u2")), rows(2, person(2, "u1"))}},
		{"the other is changed otherwise", []*rollcall.Block{rows(1, person(1, "u1"), called(person(0, "u2"), "Bo"))}},
		{"the first is changed otherwise", []*rollcall.Block{rows(1, person(1, "u2"), called(person(0, "u1"), "Bo"))}},
		{"the number is another's meanwhile", []*rollcall.Block{rows(1, person(1, "u1"), person(2, "u2"), person(0, "u3"))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				o := storetest.Owner(t, s)
				l := storetest.FileList(t, s, o, "list")
				seen := func() (all []string) {
					contacts, _, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 10})
					if err != nil {
						t.Fatal(err)
					}
					for _, c := range contacts {
						all = append(all, c.UniqueID.Value+" "+c.Phone.String())
					}
					return all
				}
				run(t, s, l, "first", rows(1, person(0, "u1"), person(50, "u3")))
				run(t, s, l, "second", rows(1, person(0, "u2")), byID(rollcall.DuplicatesAllow))
				before := fmt.Sprint(seen())
				queue(t, s, l, "third", byID(rollcall.DuplicatesUpdate))
				im := begun(t, s, "w1", storetest.Time)
				for _, b := range c.blocks {
					must(s.CommitBlock(ctx, im, b, after(time.Second)))(t)
				}
				must(s.EndImport(ctx, im, nil, after(time.Second)))(t)
				if u := undo(t, s, im).Undo; u.Restored != im.Counts.Updated || u.Kept != 0 {
					t.Errorf("of %d: %+v", im.Counts.Updated, u)
				}
				if after := fmt.Sprint(seen()); after != before {
					t.Errorf("before %s, undone %s", before, after)
				}
				checkCount(t, s, o, l.ID, 3)
				// The first of a number is the one that is told of when the number comes again.
				again := run(t, s, l, "again", rows(1, person(0, "")))
				entries, _, err := s.LedgerPage(ctx, again, 0, nil)
				if first := rollcall.ContactID(l.ContactSpace, 1); err != nil || entries[0].DuplicateOf != first {
					t.Errorf("%v: the first of the number is not the one that was: %+v", err, entries)
				}
			})
		})
	}
}

// TestUndo_OfASharedNumberThatWasTaken: a number that two contacts shared is somebody else's
// since: it is not shared by three.
func TestUndo_OfASharedNumberThatWasTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "list")
		row := func(n phone.Number, id string) *rollcall.Block {
			return &rollcall.Block{First: 1, Rows: []rollcall.Row{{Number: 1, Contact: rollcall.Contact{Phone: n, PhoneSent: n.String(), UniqueID: rollcall.Given(id)}}}}
		}
		const shared = phone.Number(14155550100)
		run(t, s, l, "first", row(shared, "u1"))
		run(t, s, l, "second", row(shared, "u2"), func(im *rollcall.Import) { im.Options.Duplicates = rollcall.DuplicatesAllow })
		queue(t, s, l, "third", func(im *rollcall.Import) {
			im.Options.Match, im.Options.Duplicates = rollcall.MatchUniqueID, rollcall.DuplicatesUpdate
		})
		im := begun(t, s, "w1", storetest.Time)
		both := row(shared+1, "u1")
		both.Rows = append(both.Rows, rollcall.Row{Number: 2, Contact: rollcall.Contact{Phone: shared + 2, PhoneSent: (shared + 2).String(), UniqueID: rollcall.Given("u2")}})
		must(s.CommitBlock(ctx, im, both, storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		if added := must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{{Phone: shared, PhoneSent: shared.String()}}, "u-1", after(time.Hour)))(t); added.Added != 1 {
			t.Fatalf("%+v", added)
		}
		if u := undo(t, s, im).Undo; u.Restored != 0 || u.Kept != 2 {
			t.Errorf("%+v", u)
		}
		if wrong := must(s.CheckCounts(ctx))(t); len(wrong) > 0 {
			t.Error(wrong)
		}
		again := run(t, s, l, "again", row(shared, ""))
		entries, _, err := s.LedgerPage(ctx, again, 0, nil)
		if err != nil || entries[0].Outcome != rollcall.OutcomeDuplicate {
			t.Errorf("%v: %+v", err, entries)
		}
	})
}
