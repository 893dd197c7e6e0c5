package storetest_test

import (
	"strings"
	"testing"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

func replacing(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace }

// cutShort begins an import, commits blocks of it and ends it as cancelled.
func cutShort(t *testing.T, s *store.Store, l *rollcall.ContactList, name string, blocks ...*rollcall.Block) *rollcall.Import {
	t.Helper()
	queue(t, s, l, name)
	im := begun(t, s, "w1", storetest.Time)
	for _, b := range blocks {
		must(s.CommitBlock(ctx, im, b, storetest.Time))(t)
	}
	must(s.EndImport(ctx, im, &rollcall.Failure{Code: rollcall.FailureCancelled, Message: "It was cancelled."}, storetest.Time))(t)
	return im
}

// undoRefused asks for an undo, and expects it to be refused, or to fail.
func undoRefused(t *testing.T, s *store.Store, im *rollcall.Import) string {
	t.Helper()
	_, err := s.UpdateImport(ctx, im.Owner, im.ID, func(im *rollcall.Import) error { return im.RequestUndo() })
	if reason(err) == "conflict invalid_state" {
		return err.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	im = must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
	_, err = s.UndoImport(ctx, im, storetest.Time)
	if reason(err) != "conflict invalid_state" {
		t.Fatalf("the undo is not refused: %v", err)
	}
	if err := s.FailUndo(ctx, im, err.Error(), storetest.Time); err != nil {
		t.Fatal(err)
	}
	return err.Error()
}

// An import is not gone on with in other contents than those which hold its first rows:
// neither its ledger nor its undo would be true. When they are back, it is.
func TestRetry_OfAListThatWasReplaced(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "list")
		first := cutShort(t, s, l, "first", block(1, 10))
		second := run(t, s, l, "second", block(101, 5), replacing)
		if _, err := s.RetryImport(ctx, o, first.ID, storetest.Time); reason(err) != "conflict invalid_state" || !strings.Contains(err.Error(), second.ID) {
			t.Fatalf("tried again: %v", err)
		}
		if im := must(s.Import(ctx, o, first.ID))(t); im.State != rollcall.ImportCancelled {
			t.Errorf("it is %s", im.State)
		}
		undoRefused(t, s, first)
		undo(t, s, second)
		checkCount(t, s, o, l.ID, 9)
		must(s.RetryImport(ctx, o, first.ID, storetest.Time))(t)
		im := must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
		must(s.CommitBlock(ctx, im, block(11, 10), storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		if u := undo(t, s, first).Undo; u.Removed != 18 || u.Missing != 0 {
			t.Errorf("%+v", u)
		}
		checkCount(t, s, o, l.ID, 0)
	})
}

// An import that waits for its turn to go on ends when the list is replaced meanwhile.
func TestRetry_OfAListThatIsReplacedMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "list")
		first := cutShort(t, s, l, "first", block(1, 10))
		queue(t, s, l, "second", replacing)
		second := begun(t, s, "w1", storetest.Time)
		must(s.RetryImport(ctx, o, first.ID, storetest.Time))(t)
		must(s.CommitBlock(ctx, second, block(101, 5), storetest.Time))(t)
		must(s.EndImport(ctx, second, nil, storetest.Time))(t)
		if name := claimed(t, s, "w2", storetest.Time); name != "" {
			t.Errorf("handed out: %s", name)
		}
		im := must(s.Import(ctx, o, first.ID))(t)
		if im.State != rollcall.ImportFailed || im.FailureCode != rollcall.FailureInterrupted || !strings.Contains(im.Failure, second.ID) || im.Counts.Added != 9 {
			t.Errorf("%+v", im)
		}
		if got := must(s.ContactList(ctx, o, l.ID))(t); got.Status != rollcall.ListValidated {
			t.Errorf("the list is %s", got.Status)
		}
		checkCount(t, s, o, l.ID, 5)
		undo(t, s, second)
		checkCount(t, s, o, l.ID, 9)
		undo(t, s, first)
		checkCount(t, s, o, l.ID, 0)
	})
}

// An import without a settled row begins anew in the new contents, and counts as later
// than what replaced the list, though it was asked for before.
func TestRetry_BeginsAnewInAListThatWasReplaced(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "list")
		run(t, s, l, "old", block(1, 9))
		first := cutShort(t, s, l, "first")
		second := run(t, s, l, "second", block(101, 5), replacing)
		must(s.RetryImport(ctx, o, first.ID, storetest.Time))(t)
		im := begun(t, s, "w1", storetest.Time)
		must(s.CommitBlock(ctx, im, block(1, 5), storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		checkCount(t, s, o, l.ID, 10)
		if got := must(s.ContactList(ctx, o, l.ID))(t); len(got.Files) != 2 || got.Files[1].Name != "first" {
			t.Errorf("its files: %v", got.Files)
		}
		if why := undoRefused(t, s, second); !strings.Contains(why, first.ID) {
			t.Errorf("numbers of the old contents would be lost: %s", why)
		}
		undo(t, s, first)
		undo(t, s, second)
		checkCount(t, s, o, l.ID, 9)
	})
}

// What an import brought after a replacement is taken back also once that is undone.
func TestUndo_AfterTheReplacementBeforeIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "list")
		run(t, s, l, "old", block(1, 9))
		second := run(t, s, l, "second", block(101, 5), replacing)
		third := run(t, s, l, "third", block(201, 5))
		undo(t, s, second)
		checkCount(t, s, o, l.ID, 14)
		if u := undo(t, s, third).Undo; u.Removed != 5 || u.Missing != 0 {
			t.Errorf("%+v", u)
		}
		checkCount(t, s, o, l.ID, 9)
	})
}
