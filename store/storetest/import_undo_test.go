package storetest_test

import (
	"testing"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// An undo of a replacement moves what came since in parts, and all of it.
func TestUndo_ReplacementWithMuchAddedSince(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.FileList(t, s, o, "list")
		run(t, s, l, "old", block(1, 9)) // nine rows of 14155550001 and up
		second := run(t, s, l, "second", block(1, 5), func(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace })
		const since = 2101 // more than are moved at once
		contacts := make([]rollcall.Contact, since)
		for i := range contacts {
			contacts[i] = rollcall.Contact{Phone: phone.Number(14155550000 + 6 + i)} // four of them are in the old contents
		}
		if added := must(s.AddContacts(ctx, o, l.ID, contacts, "u-1", storetest.Time))(t); added.Added != since {
			t.Fatalf("%+v", added)
		}
		im := undo(t, s, second)
		if im.Undo.Kept != since || im.Undo.Removed != 5 || im.Undo.Restored != 9 || im.Undo.Missing != 0 {
			t.Errorf("%+v", im.Undo)
		}
		if got := must(s.ContactList(ctx, o, l.ID))(t); got.TotalRecordCount != since+9-4 {
			t.Errorf("%d contacts", got.TotalRecordCount)
		}
		if wrong := must(s.CheckCounts(ctx))(t); len(wrong) > 0 {
			t.Errorf("%+v", wrong)
		}
		if kept := must(s.UndoKept(ctx, im, 0, since+1))(t); len(kept) != since {
			t.Errorf("%d are told as kept", len(kept))
		}
	})
}
