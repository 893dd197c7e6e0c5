package storetest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// largeList is as many contacts as the tables of docs/performance.md are about.
const largeList = 1_000_000

// fill makes a list of so many contacts, each with all fields.
func fill(b *testing.B, s *store.Store, o rollcall.Owner, n int) *rollcall.ContactList {
	b.Helper()
	l := storetest.List(b, s, o, "large")
	names := []string{"Ana", "Ben", "Cem", "Dóra", "Emil", "Fatma", "Göran", "Hana"}
	contacts := make([]rollcall.Contact, 50_000)
	for at := 0; at < n; at += len(contacts) {
		for i := range contacts {
			k := at + i
			number := phone.Number(14_000_000_000 + int64(k)*7919%9_000_000_000)
			contacts[i] = rollcall.Contact{
				Phone: number, PhoneSent: number.String(), FirstName: rollcall.Given(names[k%len(names)]), LastName: rollcall.Given(fmt.Sprintf("Novák%d", k)),
				UniqueID: rollcall.Given(fmt.Sprintf("C-%d", k)), TimeZone: rollcall.Given("America/New_York"), Extra: fmt.Sprintf(`{"plan":"gold","city":"Łódź","n":%d}`, k),
			}
		}
		if _, err := s.AddContacts(ctx, o, l.ID, contacts, "u-1", storetest.Time); err != nil {
			b.Fatal(err)
		}
	}
	return l
}

// BenchmarkSearch looks for the last contacts of a large list, page by page.
func BenchmarkSearch(b *testing.B) {
	last := largeList - 1
	searches := []struct {
		name   string
		filter rollcall.ContactFilter
	}{
		{"number", rollcall.ContactFilter{PhoneNumber: phone.Number(14_000_000_000 + int64(last)*7919%9_000_000_000).String()}},
		{"part of a name", rollcall.ContactFilter{Search: fmt.Sprintf("novák%d", last)}},
		{"another field", rollcall.ContactFilter{Extra: []rollcall.ExtraMatch{{Name: "n", Value: fmt.Sprint(last)}}}},
	}
	eachEngine(b, func(b *testing.B, s *store.Store) {
		o := storetest.Owner(b, s)
		l := fill(b, s, o, largeList)
		for _, c := range searches {
			b.Run(c.name, func(b *testing.B) {
				var longest time.Duration
				for b.Loop() {
					found, page := 0, rollcall.ContactPage{Limit: 50}
					for more := true; more; {
						begun := time.Now()
						r, err := s.SearchContacts(ctx, o, l.ID, c.filter, page)
						if err != nil {
							b.Fatal(err)
						}
						longest = max(longest, time.Since(begun))
						found, more, page.After = found+len(r.Contacts), r.More, r.Last
					}
					if found != 1 {
						b.Fatalf("%d found", found)
					}
				}
				b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest-page")
			})
		}
	})
}

// BenchmarkWalk reads a large list as an export does, and deletes it by a filter.
func BenchmarkWalk(b *testing.B) {
	eachEngine(b, func(b *testing.B, s *store.Store) {
		o := storetest.Owner(b, s)
		l := fill(b, s, o, largeList)
		count := 0
		each := func(c []rollcall.Contact) error { count += len(c); return nil }
		walks := map[string]func() error{
			"contacts": func() error {
				return s.WalkContacts(ctx, o, l.ID, rollcall.ContactFilter{}, func(*rollcall.ContactList) error { return nil }, each)
			},
			"extra": func() error { return s.WalkExtra(ctx, o, l.ID, rollcall.ContactFilter{}, each) },
		}
		for _, name := range []string{"contacts", "extra"} {
			b.Run(name, func(b *testing.B) {
				count = 0
				for b.Loop() {
					if err := walks[name](); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(count)/b.Elapsed().Seconds(), "contacts/s")
			})
		}
		b.Run("time limit", func(b *testing.B) {
			for b.Loop() {
				short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
				begun := time.Now()
				_, err := s.DeleteMatching(short, o, l.ID, rollcall.ContactFilter{Search: "nobody"}, nil, "u-1", storetest.Time)
				cancel()
				if err == nil || time.Since(begun) > 2*time.Second {
					b.Fatalf("%v after %s", err, time.Since(begun))
				}
			}
		})
		b.Run("delete", func(b *testing.B) {
			deleted := int64(0)
			for b.Loop() {
				prefix := rollcall.ContactFilter{Fields: map[rollcall.Field]rollcall.TextMatch{rollcall.FieldUniqueID: {Kind: rollcall.MatchPrefix, Text: fmt.Sprintf("C-%d", 1+deleted*9/largeList)}}}
				b.StopTimer()
				counted, err := s.DeleteMatching(ctx, o, l.ID, prefix, nil, "u-1", storetest.Time)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				r, err := s.DeleteMatching(ctx, o, l.ID, prefix, &counted.Matched, "u-1", storetest.Time)
				if err != nil {
					b.Fatal(err)
				}
				deleted += r.Deleted
			}
			b.ReportMetric(float64(deleted)/b.Elapsed().Seconds(), "contacts/s")
		})
	})
}
