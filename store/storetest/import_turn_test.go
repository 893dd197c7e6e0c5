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

// A hundred imports that wait for one list keep nobody else's waiting.
func TestTurns_OneBusyListHoldsUpNoOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		a, b := storetest.List(t, s, o, "a"), storetest.List(t, s, o, "b")
		for i := range 101 {
			queue(t, s, a, fmt.Sprint("a", i))
		}
		queue(t, s, b, "b")
		if got := claimed(t, s, "w1", storetest.Time) + claimed(t, s, "w2", storetest.Time) + claimed(t, s, "w3", storetest.Time); got != "a0b" {
			t.Errorf("handed out: %s", got)
		}
	})
}

// What is about to be taken back is matched by no other import.
func TestTurns_AnUndoThatWaitsGoesFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		strict := run(t, s, l, "first", block(1, 9))
		queue(t, s, l, "second")
		must(s.UpdateImport(ctx, o, strict.ID, func(im *rollcall.Import) error { return im.RequestUndo() }))(t)
		im := must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
		if im == nil || im.ID != strict.ID || claimed(t, s, "w2", storetest.Time) != "" {
			t.Fatalf("handed out: %+v", im)
		}
		for more := true; more; {
			more = must(s.UndoImport(ctx, im, storetest.Time))(t)
		}
		if got := claimed(t, s, "w2", storetest.Time); got != "second" {
			t.Errorf("then: %q", got)
		}
	})
}

// A wish to cancel that comes while the file is looked through is not lost.
func TestCancel_BeforeRowsAreRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.List(t, s, storetest.Owner(t, s), "a")
		queue(t, s, l, "f")
		im := must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
		cancel(t, s, im, storetest.Time)
		b := start(im.Owner, im.ListName, "d")
		b.Options, b.File, b.Worker = im.Options, im.File, "w1"
		if err := s.BeginClaimed(ctx, im, b, storetest.Time); reason(err) != "conflict cancelled" {
			t.Errorf("begun: %v", err)
		}
	})
}

// The import of a command that was killed is nobody's: a wish to cancel ends it.
func TestCancel_OfAKilledCommand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := must(s.BeginImport(ctx, start(o, "a", "d"), storetest.Time))(t)
		must(s.CommitBlock(ctx, im, block(1, 9), storetest.Time))(t)
		later := storetest.Time.Add(time.Hour)
		if im = cancel(t, s, im, later); im.State != rollcall.ImportCancelled {
			t.Errorf("it is %s", im.State)
		}
		if l := must(s.ContactList(ctx, o, im.ListID))(t); l.Status == rollcall.ListValidating || l.TotalRecordCount != 9 {
			t.Errorf("its list: %+v", l)
		}
	})
}

func cancel(t testing.TB, s *store.Store, im *rollcall.Import, now time.Time) *rollcall.Import {
	t.Helper()
	return must(s.UpdateImport(ctx, im.Owner, im.ID, func(im *rollcall.Import) error { return im.RequestCancel(now) }))(t)
}

// An update by own ids moves numbers from contact to contact; its undo moves all
// of them back.
func TestUndo_OfNumbersThatMoved(t *testing.T) {
	rows := func(numbers ...int64) *rollcall.Block {
		b := &rollcall.Block{First: 1}
		for i, n := range numbers {
			number := phone.Number(14155550100 + n)
			b.Rows = append(b.Rows, rollcall.Row{Number: int64(i + 1), Contact: rollcall.Contact{Phone: number, PhoneSent: number.String(), UniqueID: rollcall.Given(fmt.Sprint("id", i))}})
		}
		return b
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "a")
		byID := func(im *rollcall.Import) {
			im.Options.Match, im.Options.Duplicates = rollcall.MatchUniqueID, rollcall.DuplicatesUpdate
		}
		run(t, s, l, "first", rows(1, 2, 3), byID)
		im := undo(t, s, run(t, s, l, "second", rows(9, 1, 2), byID))
		contacts, _, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 10})
		if err != nil || im.Undo.Restored != 3 || im.Undo.Kept != 0 {
			t.Fatal(err, im.Undo)
		}
		for i, c := range contacts {
			if want := phone.Number(14155550101 + i); c.Phone != want {
				t.Errorf("contact %d has %s, had %s", i, c.Phone, want)
			}
		}
		checkCount(t, s, o, l.ID, 3)
	})
}

// Contacts that a replacement took away are there again when it is undone, and
// can be taken back only then.
func TestUndo_BehindAReplacement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "a")
		first := run(t, s, l, "first", block(1, 9))
		second := run(t, s, l, "second", block(1, 5), func(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace })
		ask := func(im *rollcall.Import) string {
			_, err := s.UpdateImport(ctx, o, im.ID, func(im *rollcall.Import) error { return im.RequestUndo() })
			return reason(err)
		}
		if got := ask(first); got != "conflict invalid_state" {
			t.Fatalf("undone behind the replacement: %s", got)
		}
		third := run(t, s, l, "third", block(1, 4), func(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace })
		if got := ask(second); got != "conflict invalid_state" {
			t.Fatalf("undone behind another replacement: %s", got)
		}
		undo(t, s, third)
		undo(t, s, second)
		if u := undo(t, s, first).Undo; u.Removed != 9 || u.Missing != 0 {
			t.Errorf("then: %+v", u)
		}
		checkCount(t, s, o, l.ID, 0)
	})
}

// An undo that failed in the middle goes on with what it counted.
func TestUndo_AgainAfterAFailure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "a")
		queue(t, s, l, "u")
		im := begun(t, s, "w1", storetest.Time)
		must(s.CommitBlock(ctx, im, block(1, 9), storetest.Time))(t)
		must(s.CommitBlock(ctx, im, block(11, 9), storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		must(s.UpdateImport(ctx, o, im.ID, func(im *rollcall.Import) error { return im.RequestUndo() }))(t)
		im = must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
		must(s.UndoImport(ctx, im, storetest.Time))(t)
		if err := s.FailUndo(ctx, im, "The disk is full.", storetest.Time); err != nil {
			t.Fatal(err)
		}
		if u := undo(t, s, im).Undo; u.Removed != 18 || u.Missing != 0 || u.Failure != "" {
			t.Errorf("%+v", u)
		}
	})
}

// An own id is found in contents that a replacement gathered before anybody looked
// ids up in the list.
func TestReplace_IDsAreFoundWhoeverAskedMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l, other := storetest.FileList(t, s, o, "a"), storetest.FileList(t, s, o, "other")
		rows := func(first, number int64, id string) *rollcall.Block {
			phone := phone.Number(14155550100 + number)
			return &rollcall.Block{First: first, Rows: []rollcall.Row{{Number: first, Contact: rollcall.Contact{Phone: phone, PhoneSent: phone.String(), UniqueID: rollcall.Given(id)}}}}
		}
		queue(t, s, l, "new", func(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace })
		im := begun(t, s, "w1", storetest.Time)
		must(s.CommitBlock(ctx, im, rows(1, 1, "A"), storetest.Time))(t)
		byID := func(im *rollcall.Import) {
			im.Options.Match, im.Options.Scope = rollcall.MatchUniqueID, rollcall.ScopeAccount
		}
		run(t, s, other, "other", rows(1, 9, "Q"), byID)
		must(s.CommitBlock(ctx, im, rows(2, 2, "B"), storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		for i, id := range []string{"A", "B"} {
			if again := run(t, s, l, "again "+id, rows(1, int64(i+3), id), byID); again.Counts.Duplicate != 1 {
				t.Errorf("%s: %+v", id, again.Counts)
			}
		}
	})
}

// What somebody changed between two blocks that change the same contact is kept by
// the undo, of a contact that the import added, too.
func TestUndo_KeepsAnEditBetweenTwoBlocks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "a")
		run(t, s, l, "first", &rollcall.Block{First: 1, Rows: []rollcall.Row{row(1, 14155550101, "Ann")}})
		queue(t, s, l, "second", withRule(rollcall.DuplicatesUpdate))
		im := begun(t, s, "w1", storetest.Time)
		must(s.CommitBlock(ctx, im, &rollcall.Block{First: 1, Rows: []rollcall.Row{row(1, 14155550101, "Bob"), row(2, 14155550102, "Bea")}}, storetest.Time))(t)
		for _, id := range ids(t, s, o, l.ID) {
			_, _, err := s.UpdateContact(ctx, o, l.ID, id, "u-2", storetest.Time, func(_ *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
				c.LastName = rollcall.Given("Edited")
				return true, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		must(s.CommitBlock(ctx, im, &rollcall.Block{First: 3, Rows: []rollcall.Row{row(3, 14155550101, "Cid"), row(4, 14155550102, "Cat")}}, storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		if u := undo(t, s, im).Undo; u.Kept != 2 || u.Removed != 0 || u.Restored != 0 {
			t.Errorf("undone: %+v", u)
		}
		contacts, _, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 10})
		if err != nil || len(contacts) != 2 || contacts[0].LastName.Value != "Edited" || contacts[1].LastName.Value != "Edited" {
			t.Errorf("the contacts: %v, %+v", err, contacts)
		}
	})
}
