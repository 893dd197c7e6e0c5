package storetest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// renumber is a rule that gives a contact another number.
func renumber(n phone.Number) func(*rollcall.ContactList, *rollcall.Contact) (bool, error) {
	sent := n.String()
	return func(l *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
		return c.Change(rollcall.ContactChange{PhoneSent: &sent}, l)
	}
}

// ids gives the ids of a list's contacts in order.
func ids(t testing.TB, s *store.Store, o rollcall.Owner, list string) []string {
	t.Helper()
	contacts, l, err := s.Contacts(ctx, o, list, rollcall.ContactPage{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(contacts))
	for i, c := range contacts {
		out[i] = rollcall.ContactID(l.ContactSpace, c.Seq)
	}
	return out
}

func TestContact_GetUpdateDelete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.AddContacts(ctx, o, l.ID, people(), "u-1", storetest.Time))(t)
		id, later := ids(t, s, o, l.ID)[0], storetest.Time.Add(time.Hour)
		before, _, err := s.Contact(ctx, o, l.ID, id)
		if err != nil || before.Phone != 14155550101 || before.Revision != 1 {
			t.Fatal(before, err)
		}
		change := func(l *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
			return c.Change(rollcall.ContactChange{Fields: map[rollcall.Field]rollcall.Text{rollcall.FieldLastName: {}}, Extra: `{"plan":"none"}`}, l)
		}
		after, list, err := s.UpdateContact(ctx, o, l.ID, id, "u-2", later, change)
		if err != nil {
			t.Fatal(err)
		}
		want := *before
		want.LastName, want.Extra, want.Revision, want.UpdatedAt = rollcall.Text{}, `{"plan":"none","seats":3}`, 2, later
		kept, _, _ := s.Contact(ctx, o, l.ID, id)
		if diff := cmp.Diff([]*rollcall.Contact{&want, &want}, []*rollcall.Contact{after, kept}); diff != "" {
			t.Error(diff)
		}
		if list.UpdatedBy != "u-2" || !list.UpdatedAt.Equal(later) {
			t.Errorf("the list: %+v", list)
		}
		version := must(s.Freshness(ctx, "", o.ApplicationID))(t).Version
		again, _, err := s.UpdateContact(ctx, o, l.ID, id, "u-3", later.Add(time.Hour), change)
		if err != nil || again.Revision != 2 || must(s.ContactList(ctx, o, l.ID))(t).UpdatedBy != "u-2" || must(s.Freshness(ctx, "", o.ApplicationID))(t).Version != version {
			t.Errorf("a change that changes nothing was written: %+v %v", again, err)
		}
		if gone, _, err := s.DeleteContact(ctx, o, l.ID, id, "u-4", later); err != nil || gone.Phone != 14155550101 {
			t.Error(gone, err)
		}
		checkCount(t, s, o, l.ID, 4)
		if _, _, err := s.DeleteContact(ctx, o, l.ID, id, "u-4", later); reason(err) != "not_found " {
			t.Errorf("deleted twice: %v", err)
		}
	})
}

// An id of another list, of no contact, or of nothing at all is not found, whatever
// is to be done with it.
func TestContact_NotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l, other := storetest.List(t, s, o, "list"), storetest.List(t, s, o, "other")
		for _, list := range []string{l.ID, other.ID} {
			must(s.AddContacts(ctx, o, list, numbers(2), "u-1", storetest.Time))(t)
		}
		stranger := storetest.App(t, s, "67777ce93e25326494e00009", "st-9")
		theirs := rollcall.Owner{AccountKey: stranger.AccountKey, ApplicationID: "st-9"}
		good := ids(t, s, o, l.ID)[0]
		for name, c := range map[string]struct {
			owner rollcall.Owner
			id    string
		}{
			"another list's": {o, ids(t, s, o, other.ID)[0]}, "no contact": {o, rollcall.ContactID(l.ContactSpace, 99)}, "no id": {o, "x\x00"}, "another account": {theirs, good},
		} {
			_, _, get := s.Contact(ctx, c.owner, l.ID, c.id)
			_, _, update := s.UpdateContact(ctx, c.owner, l.ID, c.id, "u-1", storetest.Time, renumber(14155550999))
			_, _, del := s.DeleteContact(ctx, c.owner, l.ID, c.id, "u-1", storetest.Time)
			for _, err := range []error{get, update, del} {
				if reason(err) != "not_found " {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

func TestContact_NumberTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.AddContacts(ctx, o, l.ID, numbers(2), "u-1", storetest.Time))(t)
		second := ids(t, s, o, l.ID)[1]
		if _, _, err := s.UpdateContact(ctx, o, l.ID, second, "u-1", storetest.Time, renumber(14155550000)); reason(err) != "conflict number_taken" {
			t.Errorf("got %v", err)
		}
		yes := true
		must(s.UpdateContactList(ctx, o, l.ID, func(l *rollcall.ContactList) error {
			return l.Change(rollcall.ContactListChange{AllowDuplicates: &yes}, "u-1", storetest.Time)
		}))(t)
		if _, _, err := s.UpdateContact(ctx, o, l.ID, second, "u-1", storetest.Time, renumber(14155550000)); err != nil {
			t.Errorf("where duplicates are allowed: %v", err)
		}
		if _, _, err := s.DeleteContact(ctx, o, l.ID, ids(t, s, o, l.ID)[0], "u-1", storetest.Time); err != nil {
			t.Fatal(err)
		}
		// The copy is the number's only contact now, and must be known as such.
		if got := must(s.AddContacts(ctx, o, l.ID, numbers(1), "u-1", storetest.Time))(t); got.Added != 1 {
			t.Errorf("%+v", got)
		}
		no := false
		must(s.UpdateContactList(ctx, o, l.ID, func(l *rollcall.ContactList) error {
			return l.Change(rollcall.ContactListChange{AllowDuplicates: &no}, "u-1", storetest.Time)
		}))(t)
		if got := must(s.AddContacts(ctx, o, l.ID, numbers(1), "u-1", storetest.Time))(t); got.Duplicates != 1 {
			t.Errorf("%+v", got)
		}
		checkCount(t, s, o, l.ID, 2)
	})
}

// An undo leaves a contact that somebody changed after the import.
func TestContact_AChangeOutlivesTheUndoOfTheImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := imported(t, s, o, "list", "d1", rollcall.ImportOptions{}, row(1, 14155550101, "Ana"), row(2, 14155550102, "Ben"), row(3, 14155550103, "Cem"))
		all := ids(t, s, o, im.ListID)
		if _, _, err := s.UpdateContact(ctx, o, im.ListID, all[0], "u-1", storetest.Time, renumber(14155550109)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.DeleteContact(ctx, o, im.ListID, all[1], "u-1", storetest.Time); err != nil {
			t.Fatal(err)
		}
		must(s.UpdateImport(ctx, o, im.ID, func(im *rollcall.Import) error { return im.RequestUndo() }))(t)
		claimed := must(s.ClaimImport(ctx, "w9", storetest.Time))(t)
		for more := true; more; {
			more = must(s.UndoImport(ctx, claimed, storetest.Time))(t)
		}
		if u := claimed.Undo; u.Removed != 1 || u.Kept != 1 || u.Missing != 1 {
			t.Errorf("%+v", u)
		}
		checkCount(t, s, o, im.ListID, 1)
	})
}

func TestDeleteContacts_ByID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.AddContacts(ctx, o, l.ID, numbers(6000), "u-1", storetest.Time))(t)
		wanted := []string{"cc-no-id", rollcall.ContactID(l.ContactSpace, 9000), rollcall.ContactID(l.ContactSpace, 1)}
		for seq := int64(1); seq <= 5500; seq++ {
			wanted = append(wanted, rollcall.ContactID(l.ContactSpace, seq))
		}
		got := must(s.DeleteContacts(ctx, o, l.ID, wanted, "u-1", storetest.Time))(t)
		if diff := cmp.Diff(rollcall.Deleted{Deleted: 5500, NotFound: wanted[:2]}, got); diff != "" {
			t.Error(diff)
		}
		checkCount(t, s, o, l.ID, 500)
		over, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
		defer cancel()
		if got, err := s.DeleteContacts(over, o, l.ID, []string{rollcall.ContactID(l.ContactSpace, 6000)}, "u-1", storetest.Time); err == nil && (!got.Remaining || got.Deleted != 0) {
			t.Errorf("past the time limit: %+v", got)
		}
		checkCount(t, s, o, l.ID, 500)
	})
}

// deadlineAfter is a context that reaches its deadline once a function says so.
type deadlineAfter struct {
	context.Context
	over func() bool
}

func (d deadlineAfter) Err() error {
	if d.over() {
		return context.DeadlineExceeded
	}
	return nil
}

func TestDeleteContacts_TheTimeLimitComesBetweenTwoChunks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.AddContacts(ctx, o, l.ID, numbers(6000), "u-1", storetest.Time))(t)
		var wanted []string
		for seq := int64(1); seq <= 6000; seq++ {
			wanted = append(wanted, rollcall.ContactID(l.ContactSpace, seq))
		}
		limited := deadlineAfter{ctx, func() bool { return must(s.ContactList(ctx, o, l.ID))(t).TotalRecordCount < 6000 }}
		got := must(s.DeleteContacts(limited, o, l.ID, wanted, "u-1", storetest.Time))(t)
		if got.Deleted != 5000 || !got.Remaining || len(got.NotFound) != 0 {
			t.Errorf("%d deleted, remaining %t, %d not found", got.Deleted, got.Remaining, len(got.NotFound))
		}
		checkCount(t, s, o, l.ID, 1000)
	})
}

func TestDeleteMatching_OnlyAsManyAsWereConfirmed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.AddContacts(ctx, o, l.ID, people(), "u-1", storetest.Time))(t)
		f := rollcall.ContactFilter{Search: "ada"}
		got := must(s.DeleteMatching(ctx, o, l.ID, f, nil, "u-1", storetest.Time))(t)
		if got.Matched != 2 || got.Deleted != 0 {
			t.Errorf("the count: %+v", got)
		}
		for _, wrong := range []int64{0, 1, 3} {
			if _, err := s.DeleteMatching(ctx, o, l.ID, f, &wrong, "u-1", storetest.Time); reason(err) != "conflict count_changed" {
				t.Errorf("%d: %v", wrong, err)
			}
		}
		checkCount(t, s, o, l.ID, 5)
		right := int64(2)
		got = must(s.DeleteMatching(ctx, o, l.ID, f, &right, "u-1", storetest.Time))(t)
		if got.Matched != 2 || got.Deleted != 2 || got.Remaining {
			t.Errorf("deleted: %+v", got)
		}
		checkCount(t, s, o, l.ID, 3)
		if left := search(t, s, o, l.ID, rollcall.ContactFilter{}); left != "Łucja Kate +442071838751" {
			t.Errorf("left: %s", left)
		}
	})
}

// Any mixture of additions, changes and deletions keeps totalRecordCount the number
// of contacts, each number once where the list has each once, and what the list says
// of duplicates true of what is added next.
func TestContacts_AnyMixtureOfChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		rapid.Check(t, func(r *rapid.T) {
			l := storetest.List(t, s, o, rollcall.NewID(""))
			m := &mixture{t: t, r: r, s: s, o: o, list: l.ID, held: map[string]phone.Number{}}
			for range rapid.IntRange(1, 15).Draw(r, "operations") {
				m.step()
				m.compare()
			}
			must(s.DeleteContactList(ctx, o, l.ID, "u-1", storetest.Time))(t)
		})
	})
}

// mixture is a list, and what should be in it.
type mixture struct {
	t     testing.TB
	r     *rapid.T
	s     *store.Store
	o     rollcall.Owner
	list  string
	twice bool
	held  map[string]phone.Number // by the contact's id
}

func (m *mixture) number() phone.Number {
	return phone.Number(14155550100 + rapid.IntRange(0, 3).Draw(m.r, "number"))
}

func (m *mixture) pick() string {
	if len(m.held) == 0 {
		return ""
	}
	return rapid.SampledFrom(m.ids()).Draw(m.r, "contact")
}

func (m *mixture) ids() []string {
	var all []string
	for id := range m.held {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

func (m *mixture) has(n phone.Number, but string) bool {
	for id, held := range m.held {
		if held == n && id != but {
			return true
		}
	}
	return false
}

func (m *mixture) step() {
	switch id, op := m.pick(), rapid.SampledFrom([]string{"allow", "add", "add", "add", "change", "change", "delete", "some", "matching"}).Draw(m.r, "operation"); {
	case op == "allow":
		m.twice = rapid.Bool().Draw(m.r, "allow")
		must(m.s.UpdateContactList(ctx, m.o, m.list, func(l *rollcall.ContactList) error {
			return l.Change(rollcall.ContactListChange{AllowDuplicates: &m.twice}, "u-1", storetest.Time)
		}))(m.t)
	case op == "add" || id == "":
		m.add(m.number())
	case op == "change":
		m.change(id, m.number())
	case op == "delete":
		if _, _, err := m.s.DeleteContact(ctx, m.o, m.list, id, "u-1", storetest.Time); err != nil {
			m.r.Fatal(err)
		}
		delete(m.held, id)
	case op == "some":
		some := rapid.SliceOfDistinct(rapid.SampledFrom(m.ids()), rapid.ID[string]).Draw(m.r, "contacts")
		if got, err := m.s.DeleteContacts(ctx, m.o, m.list, some, "u-1", storetest.Time); err != nil || got.Deleted != int64(len(some)) {
			m.r.Fatal(got, err)
		}
		for _, id := range some {
			delete(m.held, id)
		}
	case op == "matching":
		m.deleteNumber(m.number())
	}
}

func (m *mixture) add(n phone.Number) {
	got, err := m.s.AddContacts(ctx, m.o, m.list, []rollcall.Contact{{Phone: n}}, "u-1", storetest.Time)
	if err != nil || (got.Added == 1) != (m.twice || !m.has(n, "")) {
		m.r.Fatalf("adding %d: %+v %v", n, got, err)
	}
	if got.Added == 1 {
		all := ids(m.t, m.s, m.o, m.list)
		m.held[all[len(all)-1]] = n
	}
}

func (m *mixture) change(id string, n phone.Number) {
	_, _, err := m.s.UpdateContact(ctx, m.o, m.list, id, "u-1", storetest.Time, renumber(n))
	if taken := !m.twice && m.has(n, id) && m.held[id] != n; taken != (reason(err) == "conflict number_taken") || !taken && err != nil {
		m.r.Fatalf("changing to %d: %v", n, err)
	}
	if err == nil {
		m.held[id] = n
	}
}

func (m *mixture) deleteNumber(n phone.Number) {
	f := rollcall.ContactFilter{PhoneNumber: n.String()}
	counted := must(m.s.DeleteMatching(ctx, m.o, m.list, f, nil, "u-1", storetest.Time))(m.t)
	got, err := m.s.DeleteMatching(ctx, m.o, m.list, f, &counted.Matched, "u-1", storetest.Time)
	if err != nil || got.Deleted != counted.Matched {
		m.r.Fatal(got, err)
	}
	for id, held := range m.held {
		if held == n {
			delete(m.held, id)
			counted.Matched--
		}
	}
	if counted.Matched != 0 {
		m.r.Fatalf("%d too many had the number", counted.Matched)
	}
}

func (m *mixture) compare() {
	contacts, l, err := m.s.Contacts(ctx, m.o, m.list, rollcall.ContactPage{Limit: 1000})
	if err != nil || l.TotalRecordCount != int64(len(m.held)) {
		m.r.Fatalf("totalRecordCount %d, want %d (%v)", l.TotalRecordCount, len(m.held), err)
	}
	got := map[string]phone.Number{}
	for _, c := range contacts {
		got[rollcall.ContactID(l.ContactSpace, c.Seq)] = c.Phone
	}
	if diff := cmp.Diff(m.held, got); diff != "" {
		m.r.Fatal(diff)
	}
	if wrong := must(m.s.CheckCounts(ctx))(m.t); len(wrong) != 0 {
		m.r.Fatalf("%+v", wrong)
	}
}

// Own ids that are indexed follow every change.
func TestContact_IndexedIDsFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		byID := rollcall.ImportOptions{Match: rollcall.MatchUniqueID, Duplicates: rollcall.DuplicatesUpdate}
		var rows []rollcall.Row
		for i := range int64(4) {
			r := row(i+1, phone.Number(14155550100+i), fmt.Sprint("P", i))
			r.Contact.UniqueID = rollcall.Given(fmt.Sprint("ID", i))
			rows = append(rows, r)
		}
		im := imported(t, s, o, "list", "d1", byID, rows...)
		all := ids(t, s, o, im.ListID)
		rename := func(l *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
			return c.Change(rollcall.ContactChange{Fields: map[rollcall.Field]rollcall.Text{rollcall.FieldUniqueID: rollcall.Given("NEW")}}, l)
		}
		if _, _, err := s.UpdateContact(ctx, o, im.ListID, all[0], "u-1", storetest.Time, rename); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.DeleteContact(ctx, o, im.ListID, all[1], "u-1", storetest.Time); err != nil {
			t.Fatal(err)
		}
		must(s.DeleteContacts(ctx, o, im.ListID, all[2:3], "u-1", storetest.Time))(t)
		var found []string
		for _, id := range []string{"ID0", "ID1", "ID2", "ID3", "NEW"} {
			found = append(found, id+"="+search(t, s, o, im.ListID, matching(t, rollcall.FieldUniqueID, id)))
		}
		if got := strings.Join(found, " "); got != "ID0= ID1= ID2= ID3=P3 NEW=P0" {
			t.Error(got)
		}
	})
}
