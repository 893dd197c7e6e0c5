package storetest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// people are contacts that differ in what filters look at.
func people() []rollcall.Contact {
	given := rollcall.Given
	return []rollcall.Contact{
		{Phone: 14155550101, PhoneSent: "+1 415 555 0101", FirstName: given("Ada"), LastName: given("Lovelace"), UniqueID: given("C-1"), TimeZone: given("Europe/London"), Extra: `{"plan":"gold","seats":3}`},
		{Phone: 14155550102, FirstName: given("ADAM"), LastName: given("50% off_!"), UniqueID: given("c-1"), ContactPriority: given("2"), Extra: `{"plan":"g\u006fld"}`},
		{Phone: 14155550103, FirstName: given("Łucja"), LastName: given("Şahin"), UniqueID: given("X"), Extra: `{"a.b \"c\"":{"d":1},"nul":"\u0000","plan":"silver"}`},
		{Phone: 442071838750, FirstName: given("Kate"), TimeZone: given("")},
		{Phone: 442071838751},
	}
}

// search gives the first names, or the numbers of those without, of what a filter
// takes, two at a time.
func search(t testing.TB, s *store.Store, o rollcall.Owner, list string, f rollcall.ContactFilter) string {
	t.Helper()
	var names []string
	page := rollcall.ContactPage{Limit: 2}
	for {
		r, err := s.SearchContacts(ctx, o, list, f, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Contacts {
			name := c.FirstName.Value
			if name == "" {
				name = c.Phone.String()
			}
			names = append(names, name)
		}
		if !r.More {
			return strings.Join(names, " ")
		}
		page.After = r.Last
	}
}

func matching(t testing.TB, field rollcall.Field, text string) rollcall.ContactFilter {
	t.Helper()
	m, err := rollcall.ParseTextMatch(string(field), text)
	if err != nil {
		t.Fatal(err)
	}
	return rollcall.ContactFilter{Fields: map[rollcall.Field]rollcall.TextMatch{field: m}}
}

func TestSearch_EveryFilter(t *testing.T) {
	extra := func(name, value string) rollcall.ContactFilter {
		return rollcall.ContactFilter{Extra: []rollcall.ExtraMatch{{Name: name, Value: value}}}
	}
	cases := []struct {
		name   string
		filter rollcall.ContactFilter
		want   string
	}{
		{"nothing takes all", rollcall.ContactFilter{}, "Ada ADAM Łucja Kate +442071838751"},
		{"a number in another spelling", rollcall.ContactFilter{PhoneNumber: "(1) 415-555.0102"}, "ADAM"},
		{"an unknown number", rollcall.ContactFilter{PhoneNumber: "+14155559999"}, ""},
		{"a name in another case", matching(t, rollcall.FieldFirstName, "ada"), "Ada"},
		{"a name beyond ASCII", matching(t, rollcall.FieldFirstName, "łUCJA"), "Łucja"},
		{"a letter with a case beyond ASCII", matching(t, rollcall.FieldFirstName, "\u212aate"), "Kate"},
		{"a prefix", matching(t, rollcall.FieldFirstName, "ADA*"), "Ada ADAM"},
		{"a part", matching(t, rollcall.FieldLastName, "*ahi*"), "Łucja"},
		{"wildcards of SQL", matching(t, rollcall.FieldLastName, "50%*"), "ADAM"},
		{"an underscore stands for itself", matching(t, rollcall.FieldLastName, "*f_!*"), "ADAM"},
		{"an underscore stands for nothing else", matching(t, rollcall.FieldLastName, "_ovelace"), ""},
		{"an id in its own case", matching(t, rollcall.FieldUniqueID, "c-1"), "ADAM"},
		{"a prefix of an id in its own case", matching(t, rollcall.FieldUniqueID, "C-*"), "Ada"},
		{"no time zone, or a blank one", matching(t, rollcall.FieldTimeZone, ""), "ADAM Łucja Kate +442071838751"},
		{"any time zone", matching(t, rollcall.FieldTimeZone, "*"), "Ada"},
		{"a priority", matching(t, rollcall.FieldContactPriority, "2"), "ADAM"},
		{"another field, escaped or not", extra("plan", "gold"), "Ada ADAM"},
		{"another field in its own case", extra("plan", "Gold"), ""},
		{"a number in another field", extra("seats", "3"), "Ada"},
		{"a name with dots and quotes", extra(`a.b "c"`, `{"d":1}`), "Łucja"},
		{"a NUL in an object", extra("plan", "silver"), "Łucja"},
		{"a part of a name", rollcall.ContactFilter{Search: "ADA"}, "Ada ADAM"},
		{"a whole name", rollcall.ContactFilter{Search: "ada lovelace"}, "Ada"},
		{"a part of a number", rollcall.ContactFilter{Search: "718-387"}, "Kate +442071838751"},
		{"a part of an id", rollcall.ContactFilter{Search: "c-1"}, "Ada ADAM"},
		{"all of it together", rollcall.ContactFilter{Search: "415", Fields: matching(t, rollcall.FieldFirstName, "a*").Fields, Extra: extra("plan", "gold").Extra, PhoneNumber: "+14155550102"}, "ADAM"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "people")
		must(s.AddContacts(ctx, o, l.ID, people(), "u-1", storetest.Time))(t)
		other := storetest.List(t, s, o, "others")
		must(s.AddContacts(ctx, o, other.ID, people(), "u-1", storetest.Time))(t)
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				if got := search(t, s, o, l.ID, c.filter); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		}
	})
}

// Whatever the filter and the size of pages, both engines find what the domain's
// rule takes, each once and in order.
func TestSearch_FindsWhatTheRuleTakes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "people")
		letter := rapid.StringOf(rapid.SampledFrom([]rune("aAkK\u212aéÉ%_!*\\ ß1")))
		rapid.Check(t, func(r *rapid.T) {
			var contacts []rollcall.Contact
			for i := range rapid.IntRange(0, 12).Draw(r, "contacts") {
				contacts = append(contacts, rollcall.Contact{
					Phone: phone.Number(14155550100 + i), FirstName: rollcall.Given(letter.Draw(r, "first")), UniqueID: rollcall.Given(letter.Draw(r, "id")),
					Extra: rapid.SampledFrom([]string{"", `{"k":"v"}`, `{"k":"\u0076"}`, `{"k":1}`}).Draw(r, "extra"),
				})
			}
			must(s.AddContacts(ctx, o, l.ID, contacts, "u-1", storetest.Time))(t)
			kind := rapid.SampledFrom([]rollcall.MatchKind{rollcall.MatchExact, rollcall.MatchPrefix, rollcall.MatchContains})
			f := rollcall.ContactFilter{Fields: map[rollcall.Field]rollcall.TextMatch{}}
			if rapid.Bool().Draw(r, "by first name") {
				f.Fields[rollcall.FieldFirstName] = rollcall.TextMatch{Kind: kind.Draw(r, "kind"), Text: letter.Draw(r, "text")}
			}
			if rapid.Bool().Draw(r, "by id") {
				f.Fields[rollcall.FieldUniqueID] = rollcall.TextMatch{Kind: kind.Draw(r, "kind"), Text: letter.Draw(r, "text")}
			}
			f.Search = rapid.SampledFrom([]string{"", "k", "5", "1"}).Draw(r, "search")
			f.Extra = rapid.SampledFrom([][]rollcall.ExtraMatch{nil, {{Name: "k", Value: "v"}}, {{Name: "k", Value: "1"}}}).Draw(r, "extra filter")
			m, err := f.Matcher(l)
			if err != nil {
				r.Fatal(err)
			}
			var want, got []int64
			all, _, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 1000})
			if err != nil {
				r.Fatal(err)
			}
			for i := range all {
				if m.Takes(&all[i]) {
					want = append(want, all[i].Seq)
				}
			}
			page := rollcall.ContactPage{Limit: rapid.IntRange(1, 5).Draw(r, "limit")}
			for more := true; more; {
				found := must(s.SearchContacts(ctx, o, l.ID, f, page))(t)
				for _, c := range found.Contacts {
					got = append(got, c.Seq)
				}
				more, page.After = found.More, found.Last
			}
			if diff := cmp.Diff(want, got); diff != "" {
				r.Fatalf("%+v (-rule +found):\n%s", f, diff)
			}
			confirm := int64(len(all))
			must(s.DeleteMatching(ctx, o, l.ID, rollcall.ContactFilter{}, &confirm, "u-1", storetest.Time))(t)
		})
	})
}

func TestSearch_ByImportAndOutcome(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		first := imported(t, s, o, "list", "d1", rollcall.ImportOptions{}, row(1, 14155550101, "Ana"), row(2, 14155550102, "Ben"))
		second := imported(t, s, o, "list", "d2", rollcall.ImportOptions{Duplicates: rollcall.DuplicatesUpdate},
			row(1, 14155550102, "Ben"), row(2, 14155550103, "Cem"), row(3, 14155550101, "Anna"))
		for _, c := range []struct {
			im      *rollcall.Import
			outcome rollcall.Outcome
			number  string
			want    string
		}{
			{first, "", "", "Anna Ben"}, {second, rollcall.OutcomeAdded, "", "Cem"},
			{second, rollcall.OutcomeUpdated, "", "Anna"}, {second, rollcall.OutcomeUnchanged, "", "Ben"},
			{first, rollcall.OutcomeUpdated, "", ""}, {first, rollcall.OutcomeAdded, "+14155550102", "Ben"},
			{first, rollcall.OutcomeAdded, "+14155550103", ""}, {second, rollcall.OutcomeUpdated, "+14155550102", ""},
		} {
			got := search(t, s, o, first.ListID, rollcall.ContactFilter{ImportID: c.im.ID, Outcome: c.outcome, PhoneNumber: c.number})
			if got != c.want {
				t.Errorf("%s %s %s: got %q, want %q", c.im.File.Name, c.outcome, c.number, got, c.want)
			}
		}
		other := storetest.List(t, s, o, "other")
		for list, id := range map[string]string{other.ID: first.ID, first.ListID: "im-none"} {
			if _, err := s.SearchContacts(ctx, o, list, rollcall.ContactFilter{ImportID: id}, rollcall.ContactPage{Limit: 1}); reason(err) != "not_found " {
				t.Errorf("an import that is not the list's: %v", err)
			}
		}
	})
}

func row(number int64, n phone.Number, name string) rollcall.Row {
	return rollcall.Row{Number: number, Contact: rollcall.Contact{Phone: n, PhoneSent: n.String(), FirstName: rollcall.Given(name)}}
}

// imported imports one block of rows.
func imported(t testing.TB, s *store.Store, o rollcall.Owner, list, digest string, options rollcall.ImportOptions, rows ...rollcall.Row) *rollcall.Import {
	t.Helper()
	options.Complete(false)
	begin := start(o, list, digest)
	begin.Options = options
	im := must(s.BeginImport(ctx, begin, storetest.Time))(t)
	must(s.CommitBlock(ctx, im, &rollcall.Block{First: 1, Rows: rows}, storetest.Time))(t)
	must(s.EndImport(ctx, im, nil, storetest.Time))(t)
	return im
}

// A page is about 200,000 contacts at most, and a walk by its answers still sees all.
func TestSearch_APageLooksAtSoManyContacts(t *testing.T) {
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	o := storetest.Owner(t, s)
	l := storetest.List(t, s, o, "large")
	contacts := make([]rollcall.Contact, 50_000)
	for block := range 5 {
		for i := range contacts {
			contacts[i] = rollcall.Contact{Phone: phone.Number(14000000000 + 50_000*block + i)}
		}
		if block == 4 {
			contacts[49_999].FirstName = rollcall.Given("Last")
		}
		must(s.AddContacts(ctx, o, l.ID, contacts, "u-1", storetest.Time))(t)
	}
	f := matching(t, rollcall.FieldFirstName, "last")
	r := must(s.SearchContacts(ctx, o, l.ID, f, rollcall.ContactPage{Limit: 1}))(t)
	if len(r.Contacts) != 0 || !r.More || r.Last != 200_000 {
		t.Errorf("the first page: %d contacts, more %t, last %d", len(r.Contacts), r.More, r.Last)
	}
	r = must(s.SearchContacts(ctx, o, l.ID, f, rollcall.ContactPage{Limit: 1, After: r.Last}))(t)
	if len(r.Contacts) != 1 || r.Contacts[0].Seq != 250_000 {
		t.Errorf("the second page: %+v", r.Contacts)
	}
}

func TestWalk_EndsWhenTheContactsAreReplaced(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := imported(t, s, o, "list", "d1", rollcall.ImportOptions{}, row(1, 14155550101, "Ana"))
		var more []rollcall.Contact
		for i := range 3000 {
			more = append(more, rollcall.Contact{Phone: phone.Number(14000000000 + i)})
		}
		must(s.AddContacts(ctx, o, im.ListID, more, "u-1", storetest.Time))(t)
		begin := func(*rollcall.ContactList) error { return nil }
		pages := 0
		err := s.WalkContacts(ctx, o, im.ListID, rollcall.ContactFilter{}, begin, func([]rollcall.Contact) error {
			if pages++; pages == 1 {
				imported(t, s, o, "list", "d2", rollcall.ImportOptions{Mode: rollcall.ModeReplace}, row(1, 14155550102, "Ben"))
			}
			return nil
		})
		if reason(err) != "conflict invalid_state" || pages != 1 {
			t.Errorf("%d pages, then %v", pages, err)
		}
		if got := search(t, s, o, im.ListID, rollcall.ContactFilter{}); got != "Ben" {
			t.Errorf("after: %q", got)
		}
	})
}

func TestWalk_EveryContactOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		contacts := make([]rollcall.Contact, 4500)
		for i := range contacts {
			contacts[i] = rollcall.Contact{Phone: phone.Number(14000000000 + i), Extra: fmt.Sprintf(`{"n":%d}`, i)}
		}
		must(s.AddContacts(ctx, o, l.ID, contacts, "u-1", storetest.Time))(t)
		var seen []phone.Number
		collect := func(page []rollcall.Contact) error {
			for _, c := range page {
				if c.Extra != fmt.Sprintf(`{"n":%d}`, c.Phone-14000000000) {
					t.Errorf("%d has %s", c.Phone, c.Extra)
				}
				seen = append(seen, c.Phone)
			}
			return nil
		}
		if err := s.WalkContacts(ctx, o, l.ID, rollcall.ContactFilter{}, func(*rollcall.ContactList) error { return nil }, collect); err != nil {
			t.Fatal(err)
		}
		if err := s.WalkExtra(ctx, o, l.ID, rollcall.ContactFilter{}, collect); err != nil {
			t.Fatal(err)
		}
		if half := seen[:len(seen)/2]; len(seen) != 9000 || !slices.IsSorted(half) || !slices.Equal(half, seen[4500:]) {
			t.Errorf("%d contacts", len(seen))
		}
	})
}
