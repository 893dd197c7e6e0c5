package storetest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
		if im.Undo.Kept != since || im.Undo.Removed != 5 || im.Undo.Restored != 9-4 || im.Undo.Missing != 0 {
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

// undoneOneByOne is what a list holds once a replacement is undone and each contact that
// came since is moved by itself: in the place of the first of the old ones with its number,
// if the list has each number once. Contacts come in the order of their sequence numbers.
func undoneOneByOne(old, since []rollcall.Contact, allowDuplicates bool) []rollcall.Contact {
	there := slices.Clone(old)
	for _, c := range since {
		if i := slices.IndexFunc(there, func(o rollcall.Contact) bool { return o.Phone == c.Phone }); i >= 0 && !allowDuplicates {
			there = slices.Delete(there, i, i+1)
		}
	}
	there = append(there, since...)
	slices.SortFunc(there, func(a, b rollcall.Contact) int { return int(a.Seq - b.Seq) })
	return there
}

// What came since a replacement, more than is moved at once, stands in the list after its
// undo as if each had been moved by itself, with all that it holds.
func TestUndo_ReplacementMovesWhatCameSinceAsOneByOne(t *testing.T) {
	for _, c := range []struct {
		name          string
		allow, copies bool
	}{{"each number once", false, false}, {"duplicates allowed", true, true}, {"copies by a file alone", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				undoWithMuchSince(t, s, c.allow, c.copies)
			})
		})
	}
}

func undoWithMuchSince(t *testing.T, s *store.Store, allow, copies bool) {
	o := storetest.Owner(t, s)
	l := rollcall.NewContactList(rollcall.SourceLocalDrive, storetest.Time)
	l.Owner, l.Name, l.Description, l.CreatedBy, l.UpdatedBy, l.PhoneRule, l.Status = o, "list", "d", "u-1", "u-1", phone.RuleE164, rollcall.ListReady
	l.AllowDuplicates = allow
	if err := s.CreateContactList(ctx, l); err != nil {
		t.Fatal(err)
	}
	rule := rollcall.DuplicatesSkip
	if copies {
		rule = rollcall.DuplicatesAllow
	}
	options := func(mode rollcall.ImportMode) func(*rollcall.Import) {
		return func(im *rollcall.Import) {
			im.Options.Match, im.Options.Duplicates, im.Options.Mode = rollcall.MatchUniqueID, rule, mode
		}
	}
	person := func(n int) rollcall.Contact {
		number := phone.Number(14155550000 + n)
		return rollcall.Contact{Phone: number, PhoneSent: fmt.Sprintf("(%d)", number), UniqueID: rollcall.Given(fmt.Sprint("id", n)), FirstName: rollcall.Given("Ann"), Extra: `{"city":"Rome"}`}
	}
	file := func(numbers ...int) *rollcall.Block {
		b := &rollcall.Block{First: 1}
		for i, n := range numbers {
			b.Rows = append(b.Rows, rollcall.Row{Number: int64(i + 1), Contact: person(n)})
		}
		return b
	}
	upTo := func(from, to int) (all []int) {
		for n := from; n < to; n++ {
			all = append(all, n)
		}
		return all
	}
	contacts := func() []rollcall.Contact {
		all, _, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 20_000})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	// Every tenth number stands in the file three times.
	numbers := upTo(0, 1000)
	for n := 0; n < 1000 && copies; n += 10 {
		numbers = append(numbers, n, n)
	}
	run(t, s, l, "old", file(numbers...), options(rollcall.ModeAppend))
	old := contacts()
	second := run(t, s, l, "second", file(upTo(5000, 6500)...), options(rollcall.ModeReplace))
	last := contacts()[1499].Seq

	// More comes than is moved at once: every third number and own id is one of the old
	// contents, also beside the end of the first page.
	var more []rollcall.Contact
	for i := range 2300 {
		n := 10_000 + i
		if i%3 == 0 {
			n = i % 1000
		}
		c := person(n)
		c.FirstName, c.Extra = rollcall.Given("Bob"), ""
		more = append(more, c)
	}
	must(s.AddContacts(ctx, o, l.ID, more, "u-1", storetest.Time))(t)
	if copies && !allow {
		// A file brings what the list does not allow.
		run(t, s, l, "third", file(20_000, 20_000, 10_001), options(rollcall.ModeAppend))
	}
	change := func(c rollcall.Contact, rule func(*rollcall.Contact)) {
		_, _, err := s.UpdateContact(ctx, o, l.ID, rollcall.ContactID(l.ContactSpace, c.Seq), "u-1", storetest.Time.Add(time.Minute), func(_ *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
			rule(c)
			return true, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	now := contacts()
	for i := 0; i < 1500; i += 100 { // of the replacement
		change(now[i], func(c *rollcall.Contact) { c.LastName = rollcall.Given("Changed") })
	}
	for i := 50; i < 500; i += 100 { // which takes a number of the old contents
		change(now[i], func(c *rollcall.Contact) { c.Phone, c.PhoneSent = phone.Number(14155550400+3*(i/50)), "" })
	}
	for i := 1500; i < len(now); i += 500 {
		change(now[i], func(c *rollcall.Contact) { c.UniqueID = rollcall.Given("id1") })
	}

	now = contacts()
	since := slices.DeleteFunc(slices.Clone(now), func(c rollcall.Contact) bool { return c.Seq <= last && c.Revision == 1 })
	want := undoneOneByOne(old, since, allow)
	im := undo(t, s, second)
	if diff := cmp.Diff(want, contacts()); diff != "" {
		t.Errorf("(-one by one +undone):\n%s", diff)
	}
	checkCount(t, s, o, l.ID, int64(len(want)))
	if u := im.Undo; u.Kept != int64(len(since)) || u.Restored != int64(len(want)-len(since)) || u.Removed != int64(len(now)-len(since)) || u.Missing != 0 {
		t.Errorf("%+v, of %d since", u, len(since))
	}
	kept := must(s.UndoKept(ctx, im, 0, 20_000))(t)
	for i, k := range kept {
		if len(kept) != len(since) || k != (rollcall.UndoKept{Seq: since[i].Seq, Reason: rollcall.KeptChanged}) {
			t.Fatalf("%d of %d are told as kept, %+v", len(kept), len(since), k)
		}
	}
	foundByKey(t, s, l, want)
}

// foundByKey: each contact is found by its number and its own id.
func foundByKey(t *testing.T, s *store.Store, l *rollcall.ContactList, want []rollcall.Contact) {
	t.Helper()
	for _, match := range []rollcall.MatchField{rollcall.MatchPhone, rollcall.MatchUniqueID} {
		b := &rollcall.Block{First: 1}
		for i := range want {
			b.Rows = append(b.Rows, rollcall.Row{Number: int64(i + 1), Contact: want[i]})
		}
		im := run(t, s, l, "again by "+string(match), b, withRule(rollcall.DuplicatesSkip), func(im *rollcall.Import) { im.Options.Match = match })
		if im.Counts.Duplicate != int64(len(want)) {
			t.Errorf("matched by %s: %+v", match, im.Counts)
		}
	}
}

// A campaign does not begin while an import is taken back from its list: its contacts
// would go under it.
func TestUndo_NoCampaignBeginsMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.List(t, s, storetest.Owner(t, s), "a")
		im := run(t, s, l, "file", block(1, 9))
		c := ready(t, s, l)
		must(s.UpdateImport(ctx, im.Owner, im.ID, func(im *rollcall.Import) error { return im.RequestUndo() }))(t)
		if _, err := play(s, c); reason(err) != "conflict invalid_state" {
			t.Errorf("while the undo waits: %v", err)
		}
		im = must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
		if _, err := play(s, c); reason(err) != "conflict invalid_state" {
			t.Errorf("while it is under way: %v", err)
		}
		for more := true; more; {
			more = must(s.UndoImport(ctx, im, storetest.Time))(t)
		}
		must(play(s, c))(t)
	})
}

// An entry of a DNC list that came since a replacement takes the place of the old one of its
// number, and what held before the undo is remembered.
func TestUndo_OfADNCListsReplacementRemembersWhatHeld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := dncList(t, s, o, "own", false)
		const number, other = 14155550001, 14155550101
		must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{entry(number, `{"reason":"old"}`)}, "u-1", after(0)))(t)
		queue(t, s, l, "new", func(im *rollcall.Import) {
			im.Options.ListType, im.Options.Mode = rollcall.ListDNC, rollcall.ModeReplace
		})
		im := begun(t, s, "w1", after(time.Hour))
		must(s.CommitBlock(ctx, im, &rollcall.Block{First: 1, Rows: []rollcall.Row{{Number: 1, Contact: entry(other, "")}}}, after(time.Hour)))(t)
		must(s.EndImport(ctx, im, nil, after(time.Hour)))(t)
		must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{entry(number, `{"reason":"since"}`)}, "u-1", after(2*time.Hour)))(t)
		must(s.UpdateImport(ctx, o, im.ID, func(im *rollcall.Import) error { return im.RequestUndo() }))(t)
		im = must(s.ClaimImport(ctx, "w1", after(3*time.Hour)))(t)
		if more := must(s.UndoImport(ctx, im, after(3*time.Hour)))(t); more {
			t.Fatal("more is left")
		}
		for at, want := range map[time.Duration]string{
			30 * time.Minute:  " own/+14155550001/old/until 1h0m0s by u-1",
			150 * time.Minute: " own/+14155550001/since/until 3h0m0s by ",
			200 * time.Minute: "+14155550001: own/+14155550001/since",
		} {
			if got := told(t, s, o, after(at), number); !strings.Contains(got, want) || strings.Contains(got, "until") != strings.Contains(want, "until") {
				t.Errorf("after %s: %s, want %s", at, got, want)
			}
		}
		if got := told(t, s, o, after(90*time.Minute), number); strings.Contains(got, "old/") {
			t.Errorf("the replacement had taken the entry away: %s", got)
		}
	})
}

// The undo of a replacement is refused while it would have contacts of a later import take
// the places of old ones, which that import's undo could not bring back; in the other order
// both are undone, and the list is as it was.
func TestUndo_OfAReplacementBeforeALaterImport(t *testing.T) {
	for _, rule := range []rollcall.DuplicateRule{rollcall.DuplicatesSkip, rollcall.DuplicatesUpdate} {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			o := storetest.Owner(t, s)
			l := storetest.FileList(t, s, o, "list")
			contacts := func() []rollcall.Contact {
				all, _, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 100})
				if err != nil {
					t.Fatal(err)
				}
				return all
			}
			run(t, s, l, "old", named(block(1, 9), "Old"))
			old := contacts()
			// With skip the later file brings the numbers 1 to 5, with update it changes them.
			first := map[rollcall.DuplicateRule]int64{rollcall.DuplicatesSkip: 21, rollcall.DuplicatesUpdate: 1}[rule]
			second := run(t, s, l, "second", named(block(first, 5), "New"), func(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace })
			third := run(t, s, l, "third", named(block(1, 5), "Later"), withRule(rule))
			if third.Counts.Added+third.Counts.Updated != 5 {
				t.Fatalf("%+v", third.Counts)
			}
			now := contacts()
			must(s.UpdateImport(ctx, o, second.ID, func(im *rollcall.Import) error { return im.RequestUndo() }))(t)
			im := must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
			if _, err := s.UndoImport(ctx, im, storetest.Time); err == nil || !strings.Contains(err.Error(), third.ID) {
				t.Fatalf("the undo is not refused: %v", err)
			}
			if diff := cmp.Diff(now, contacts()); diff != "" {
				t.Error(diff)
			}
			if err := s.FailUndo(ctx, im, "refused", storetest.Time); err != nil {
				t.Fatal(err)
			}
			undo(t, s, third)
			undo(t, s, second)
			if diff := cmp.Diff(old, contacts(), cmpopts.IgnoreFields(rollcall.Contact{}, "UpdatedAt")); diff != "" {
				t.Errorf("(-before +undone):\n%s", diff)
			}
		})
	}
}
