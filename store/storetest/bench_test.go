package storetest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

func eachEngine(b *testing.B, bench func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, storetest.Open(b, store.Config{DataDir: b.TempDir()})) })
	b.Run("postgres", func(b *testing.B) {
		bench(b, storetest.Open(b, store.Config{DataDir: b.TempDir(), DatabaseURL: storetest.PostgresURL(b)}))
	})
}

// BenchmarkAddContacts_50000 fills one list by blocks of the size of an import's.
func BenchmarkAddContacts_50000(b *testing.B) {
	eachEngine(b, func(b *testing.B, s *store.Store) {
		o := storetest.Owner(b, s)
		l := storetest.List(b, s, o, "list")
		contacts := make([]rollcall.Contact, 50_000)
		for b.Loop() {
			b.StopTimer()
			for i := range contacts {
				n := phone.Number(10_000_000_000 + rand.Int64N(1e12))
				contacts[i] = rollcall.Contact{Phone: n, PhoneSent: n.String(), FirstName: rollcall.Given("Ana"), LastName: rollcall.Given("Novák"), UniqueID: rollcall.Given(fmt.Sprint(i)), TimeZone: rollcall.Given("America/New_York")}
			}
			b.StartTimer()
			if _, err := s.AddContacts(ctx, o, l.ID, contacts, "u-1", storetest.Time); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*50_000/b.Elapsed().Seconds(), "contacts/s")
	})
}

// BenchmarkCommitBlock imports blocks of 50,000 rows, as many as it is told, into one
// list that is new.
func BenchmarkCommitBlock(b *testing.B) {
	eachEngine(b, func(b *testing.B, s *store.Store) {
		o := storetest.Owner(b, s)
		im := must(s.BeginImport(ctx, start(o, "list", "d1"), storetest.Time))(b)
		rows := make([]rollcall.Row, 50_000)
		for b.Loop() {
			b.StopTimer()
			for i := range rows {
				n := phone.Number(10_000_000_000 + rand.Int64N(1e12))
				rows[i] = rollcall.Row{Number: im.Counts.Rows + int64(i) + 1, Contact: rollcall.Contact{
					Phone: n, PhoneSent: fmt.Sprintf("+%d %d", n/1e6, n%1e6), FirstName: rollcall.Given("Benjamin"), LastName: rollcall.Given("Rodrigues"),
					TimeZone: rollcall.Given("America/New_York"), UniqueID: rollcall.Given(fmt.Sprintf("%036d", i)), ContactPriority: rollcall.Given("3"), Extra: `{"city":"Jersey City"}`,
				}}
			}
			b.StartTimer()
			if _, err := s.CommitBlock(ctx, im, &rollcall.Block{First: im.Counts.Rows + 1, Rows: rows}, storetest.Time); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*50_000/b.Elapsed().Seconds(), "rows/s")
	})
}

func BenchmarkFreshness(b *testing.B) {
	eachEngine(b, func(b *testing.B, s *store.Store) {
		app := storetest.App(b, s, "67777ce93e25326494e00001", "st-1")
		b.SetParallelism(16)
		b.ResetTimer()
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := s.Freshness(ctx, app.ClientID, "st-1"); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
