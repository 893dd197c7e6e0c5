package storetest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// dncList makes a DNC list.
func dncList(t *testing.T, s *store.Store, o rollcall.Owner, name string, global bool) *rollcall.ContactList {
	t.Helper()
	l := rollcall.NewDNCList(rollcall.SourcePassiveAPI, storetest.Time)
	l.Owner, l.Name, l.Description, l.GlobalDNC, l.CreatedBy, l.UpdatedBy = o, name, name, global, "u-1", "u-1"
	if err := s.CreateContactList(ctx, l); err != nil {
		t.Fatal(err)
	}
	return l
}

func entry(n phone.Number, extra string) rollcall.Contact {
	return rollcall.Contact{Phone: n, PhoneSent: n.String(), Extra: extra}
}

func after(d time.Duration) time.Time { return storetest.Time.Add(d) }

// told writes what a look-up says, an entry a word.
func told(t *testing.T, s *store.Store, o rollcall.Owner, at time.Time, numbers ...phone.Number) string {
	t.Helper()
	matches, err := s.LookUpDNC(ctx, o, numbers, at, at.Add(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, m := range matches {
		fmt.Fprintf(&b, "%s:", m.Number)
		for _, e := range m.Entries {
			fmt.Fprintf(&b, " %s/%s/%s", e.ListName, e.Number, e.Reason)
			if !e.Holds {
				fmt.Fprintf(&b, "/until %s by %s", e.To.Sub(storetest.Time), e.EndedBy)
			}
		}
		b.WriteString("; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestDNC_LookUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		own, global := dncList(t, s, o, "own", false), dncList(t, s, o, "global", true)
		far := rollcall.Owner{AccountKey: o.AccountKey, ApplicationID: "st-far"}
		storetest.App(t, s, "67777ce93e25326494e00001", far.ApplicationID)
		foreign, binding := dncList(t, s, far, "foreign", false), dncList(t, s, far, "binding", true)
		if got := must(s.ContactList(ctx, o, global.ID))(t); !got.GlobalDNC || got.Type != rollcall.ListDNC {
			t.Errorf("%+v", got)
		}
		add := func(o rollcall.Owner, l *rollcall.ContactList, entries ...rollcall.Contact) {
			t.Helper()
			must(s.AddContacts(ctx, o, l.ID, entries, "u-1", storetest.Time))(t)
		}
		add(o, own, entry(14155550100, `{"reason":"asked"}`), entry(-1900, `{"reason":"premium"}`), entry(14155550101, `{"expiresAt":"`+after(time.Hour).Format("2006-01-02T15:04:05.000Z")+`"}`))
		add(o, global, entry(14155550100, ""))
		add(far, foreign, entry(14155550102, ""))
		add(far, binding, entry(14155550103, ""))
		for at, want := range map[time.Duration]string{
			-time.Minute: "+14155550100:; +14155550101:; +19005550100:; +14155550102:; +14155550103:",
			time.Minute:  "+14155550100: own/+14155550100/asked global/+14155550100/; +14155550101: own/+14155550101/; +19005550100: own/+1900*/premium; +14155550102:; +14155550103: binding/+14155550103/",
			time.Hour:    "+14155550100: own/+14155550100/asked global/+14155550100/; +14155550101:; +19005550100: own/+1900*/premium; +14155550102:; +14155550103: binding/+14155550103/",
		} {
			if got := sortedEntries(told(t, s, o, after(at), 14155550100, 14155550101, 19005550100, 14155550102, 14155550103)); got != sortedEntries(want) {
				t.Errorf("after %s:\n got %s\nwant %s", at, got, want)
			}
		}
	})
}

// TestDNC_LookUpInLongAndShortLists: whatever is looked through (a short list, the few
// prefixes of a long one, or neither), the same is found.
func TestDNC_LookUpInLongAndShortLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		want := "+14155550100:"
		for _, c := range []struct{ numbers, prefixes int }{{1, 1}, {1, 0}, {300, 0}, {300, 2}, {300, 300}} {
			l := dncList(t, s, o, fmt.Sprintf("%d+%d", c.numbers, c.prefixes), false)
			var entries []rollcall.Contact
			for i := range c.numbers {
				entries = append(entries, entry(phone.Number(14155550100+i), ""))
			}
			for i := range c.prefixes {
				entries = append(entries, entry(phone.Number(-1415555-i), ""))
			}
			must(s.AddContacts(ctx, o, l.ID, entries, "u-1", storetest.Time))(t)
			want += " " + l.Name + "/+14155550100/"
			if c.prefixes > 0 {
				want += " " + l.Name + "/+1415555*/"
			}
		}
		got, all := strings.Fields(told(t, s, o, after(time.Minute), 14155550100)), strings.Fields(want)
		slices.Sort(got)
		slices.Sort(all)
		if !slices.Equal(got, all) {
			t.Errorf("\n got %s\nwant %s", got, all)
		}
	})
}

// TestDNC_GlobalForATime: on a past day an entry concerns other applications where its
// list was global then, whatever the list is now, and also when the entry or the list is
// gone.
func TestDNC_GlobalForATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		far := rollcall.Owner{AccountKey: o.AccountKey, ApplicationID: "st-far"}
		storetest.App(t, s, "67777ce93e25326494e00001", far.ApplicationID)
		list := dncList(t, s, o, "list", false)
		must(s.AddContacts(ctx, o, list.ID, []rollcall.Contact{entry(14155550100, ""), entry(14155550101, "")}, "u-1", storetest.Time))(t)
		global := func(is bool, user string, at time.Duration) {
			t.Helper()
			must(s.UpdateContactList(ctx, o, list.ID, func(l *rollcall.ContactList) error {
				return l.Change(rollcall.ContactListChange{GlobalDNC: &is}, user, after(at))
			}))(t)
		}
		global(true, "u-2", 2*time.Hour)
		global(false, "u-3", 4*time.Hour)
		global(true, "u-4", 6*time.Hour)
		remove := func(number phone.Number, at time.Duration) {
			t.Helper()
			contacts, l, err := s.Contacts(ctx, o, list.ID, rollcall.ContactPage{Limit: 9})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range contacts {
				if c.Phone != number {
					continue
				}
				if _, _, err := s.DeleteContact(ctx, o, list.ID, rollcall.ContactID(l.ContactSpace, c.Seq), "u-5", after(at)); err != nil {
					t.Fatal(err)
				}
			}
		}
		remove(14155550101, 7*time.Hour)
		held := func(o rollcall.Owner, from, to time.Duration) string {
			t.Helper()
			var b strings.Builder
			for _, m := range must(s.LookUpDNC(ctx, o, []phone.Number{14155550100, 14155550101}, after(from), after(to)))(t) {
				for _, e := range m.Entries {
					fmt.Fprintf(&b, "%+d from %s", int64(e.Number%10), e.From.Sub(storetest.Time))
					if !e.To.IsZero() {
						fmt.Fprintf(&b, " to %s by %s", e.To.Sub(storetest.Time), e.EndedBy)
					}
					fmt.Fprintf(&b, " %v; ", e.Global)
				}
			}
			return b.String()
		}
		const hour = time.Hour
		for _, c := range []struct {
			owner    rollcall.Owner
			from, to time.Duration
			want     string
		}{
			{o, hour, hour + 1, "+0 from 0s false; +1 from 0s to 7h0m0s by u-5 false; "},
			{o, 3 * hour, 3*hour + 1, "+0 from 0s true; +1 from 0s to 7h0m0s by u-5 true; "},
			{o, 5 * hour, 5*hour + 1, "+0 from 0s false; +1 from 0s to 7h0m0s by u-5 false; "},
			{far, hour, hour + 1, ""},
			{far, 3 * hour, 3*hour + 1, "+0 from 2h0m0s to 4h0m0s by u-3 true; +1 from 2h0m0s to 4h0m0s by u-3 true; "},
			{far, 5 * hour, 5*hour + 1, ""},
			{far, 6 * hour, 6*hour + 1, "+0 from 6h0m0s true; +1 from 6h0m0s to 7h0m0s by u-5 true; "},
			{far, 0, 9 * hour, "+0 from 6h0m0s true; +0 from 2h0m0s to 4h0m0s by u-3 true; +1 from 2h0m0s to 4h0m0s by u-3 true; +1 from 6h0m0s to 7h0m0s by u-5 true; "},
		} {
			if got := held(c.owner, c.from, c.to); got != c.want {
				t.Errorf("%s, %s to %s:\n got %s\nwant %s", c.owner.ApplicationID, c.from, c.to, got, c.want)
			}
		}
		global(false, "u-2", 8*hour)
		must(s.DeleteContactList(ctx, o, list.ID, "u-6", after(10*hour)))(t)
		want := "+0 from 6h0m0s to 8h0m0s by u-2 true; +1 from 6h0m0s to 7h0m0s by u-5 true; "
		if got := held(far, 6*hour, 20*hour); got != want {
			t.Errorf("of a list that is gone:\n got %s\nwant %s", got, want)
		}
	})
}

// sortedEntries puts the entries of a number in an order: lists come by their ids,
// which are random.
func sortedEntries(text string) string {
	parts := strings.Split(text, "; ")
	for i, p := range parts {
		words := strings.Fields(p)
		if len(words) > 2 && words[1] > words[2] {
			words[1], words[2] = words[2], words[1]
		}
		parts[i] = strings.Join(words, " ")
	}
	return strings.Join(parts, "; ")
}

// TestDNC_AddAgain: what is there is merged, an expired entry blocks again, and what
// an entry said before is remembered.
func TestDNC_AddAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := dncList(t, s, o, "own", false)
		hour := `{"reason":"one","expiresAt":"` + after(time.Hour).Format("2006-01-02T15:04:05.000Z") + `"}`
		add := func(at time.Duration, user string, entries ...rollcall.Contact) rollcall.Added {
			t.Helper()
			return must(s.AddContacts(ctx, o, l.ID, entries, user, after(at)))(t)
		}
		if got := add(0, "u-1", entry(14155550100, hour), entry(14155550100, hour), entry(14155550101, "")); !cmp.Equal(got, rollcall.Added{Received: 3, Added: 2, Duplicates: 1}) {
			t.Errorf("%+v", got)
		}
		if got := add(2*time.Hour, "u-2", entry(14155550100, `{"reason":"two"}`), entry(14155550101, "")); !cmp.Equal(got, rollcall.Added{Received: 2, Updated: 1, Duplicates: 1}) {
			t.Errorf("%+v", got)
		}
		for at, want := range map[time.Duration]string{
			30 * time.Minute: "+14155550100: own/+14155550100/one/until 1h0m0s by ",
			90 * time.Minute: "+14155550100:",
			3 * time.Hour:    "+14155550100: own/+14155550100/two",
		} {
			if got := told(t, s, o, after(at), 14155550100); got != strings.TrimSpace(want) && got != want {
				t.Errorf("after %s: %s, want %s", at, got, want)
			}
		}
		if got := must(s.ContactList(ctx, o, l.ID))(t); got.TotalRecordCount != 2 || got.UpdatedBy != "u-2" {
			t.Errorf("%+v", got)
		}
	})
}

// TestDNC_GoneIsRemembered: however an entry goes, it is known that it held.
func TestDNC_GoneIsRemembered(t *testing.T) {
	id := func(l *rollcall.ContactList) string { return rollcall.ContactID(l.ContactSpace, 1) }
	for name, remove := range map[string]func(*testing.T, *store.Store, rollcall.Owner, *rollcall.ContactList) error{
		"one": func(_ *testing.T, s *store.Store, o rollcall.Owner, l *rollcall.ContactList) error {
			_, _, err := s.DeleteContact(ctx, o, l.ID, id(l), "u-2", after(time.Hour))
			return err
		},
		"many": func(_ *testing.T, s *store.Store, o rollcall.Owner, l *rollcall.ContactList) error {
			_, err := s.DeleteContacts(ctx, o, l.ID, []string{id(l)}, "u-2", after(time.Hour))
			return err
		},
		"by filter": func(_ *testing.T, s *store.Store, o rollcall.Owner, l *rollcall.ContactList) error {
			one := int64(1)
			_, err := s.DeleteMatching(ctx, o, l.ID, rollcall.ContactFilter{PhoneNumber: "+14155550100"}, &one, "u-2", after(time.Hour))
			return err
		},
		"the list": func(_ *testing.T, s *store.Store, o rollcall.Owner, l *rollcall.ContactList) error {
			_, err := s.DeleteContactList(ctx, o, l.ID, "u-2", after(time.Hour))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				o := storetest.Owner(t, s)
				l := dncList(t, s, o, "own", false)
				must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{entry(14155550100, `{"reason":"asked"}`)}, "u-1", storetest.Time))(t)
				if err := remove(t, s, o, l); err != nil {
					t.Fatal(err)
				}
				if got := told(t, s, o, after(time.Hour), 14155550100); got != "+14155550100:" {
					t.Errorf("afterwards: %s", got)
				}
				if got := told(t, s, o, after(time.Minute), 14155550100); got != "+14155550100: own/+14155550100/asked/until 1h0m0s by u-2" {
					t.Errorf("before: %s", got)
				}
			})
		})
	}
}

// TestDNC_Update: a change of an entry obeys the rules, and is remembered.
func TestDNC_Update(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := dncList(t, s, o, "own", false)
		must(s.AddContacts(ctx, o, l.ID, []rollcall.Contact{entry(14155550100, "")}, "u-1", storetest.Time))(t)
		id := rollcall.ContactID(l.ContactSpace, 1)
		change := func(extra string) error {
			_, _, err := s.UpdateContact(ctx, o, l.ID, id, "u-2", after(time.Hour), func(l *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
				return c.Change(rollcall.ContactChange{Extra: extra}, l)
			})
			return err
		}
		if err := change(`{"expiresAt":"soon"}`); reason(err) != "invalid expiry_invalid" {
			t.Errorf("%v", err)
		}
		if err := change(`{"expiresAt":"` + after(2*time.Hour).Format(time.RFC3339) + `"}`); err != nil {
			t.Fatal(err)
		}
		for at, want := range map[time.Duration]string{
			30 * time.Minute: "+14155550100: own/+14155550100//until 1h0m0s by u-2",
			90 * time.Minute: "+14155550100: own/+14155550100/",
			3 * time.Hour:    "+14155550100:",
		} {
			if got := told(t, s, o, after(at), 14155550100); got != want {
				t.Errorf("after %s: %s, want %s", at, got, want)
			}
		}
	})
}
