package ingest

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rollcall"
	"rollcall/phone"
)

// nullStore takes blocks and forgets them: the pipeline without a database.
type nullStore struct{ *fakeStore }

func (s nullStore) CommitBlock(_ context.Context, im *rollcall.Import, b *rollcall.Block, _ time.Time) (rollcall.ImportCounts, error) {
	c := rollcall.ImportCounts{Rows: b.Len(), Added: int64(len(b.Rows)), Rejected: int64(len(b.Rejects))}
	im.Counts = im.Counts.Add(c)
	return c, nil
}

// benchFile writes n contacts of about 100 bytes; one in a hundred has a bad
// number. In a quoted file each cell has quotes, as some programs write them.
func benchFile(b *testing.B, n int, quoted bool) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "contacts.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w, r := bufio.NewWriter(f), rand.New(rand.NewPCG(1, 2))
	form := "%s,%s,%s,%s,%s,%s,%s\n"
	if quoted {
		form = "\"%s\",\"%s\",\"%s\",\"%s\",\"%s\",\"%s\",\"%s\"\n"
	}
	fmt.Fprintf(w, form, "First Name", "Last Name", "Phone", "Time Zone", "Customer ID", "E-Mail", "City")
	for i := range n {
		number := fmt.Sprintf("+1 (415) %03d-%04d", 200+r.IntN(800), r.IntN(10000))
		if i%100 == 0 {
			number = "n/a"
		}
		fmt.Fprintf(w, form, "Katherine", "Montgomery", number, "America/Los_Angeles", fmt.Sprint("c-", i), "kate@example.com", "San Francisco")
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkPipeline runs everything but the database: digest, sniff, read,
// normalise, blocks.
func BenchmarkPipeline(b *testing.B) {
	const n = 200_000
	for _, rule := range []phone.Rule{phone.RuleE164, phone.RuleValid} {
		for _, quoted := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/quoted=%v", rule, quoted), func(b *testing.B) {
				q := request(benchFile(b, n, quoted), newClock())
				q.Options.PhoneRule = rule
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					result, err := New(nullStore{newFakeStore()}, Settings{}).Run(b.Context(), q)
					if err != nil || result.Import.Counts.Rows != n {
						b.Fatal(err, result)
					}
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// BenchmarkSkip passes over rows that are imported already.
func BenchmarkSkip(b *testing.B) {
	const n = 200_000
	path := benchFile(b, n, false)
	for range b.N {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		r := newReader(f, &Format{Encoding: UTF8, Delimiter: ',', LineEnd: '\n'}, chunkBytes, maxRecord)
		if err := r.skip(n); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkSurvey reads a file for its digest and encoding.
func BenchmarkSurvey(b *testing.B) {
	src, err := openSource(benchFile(b, 200_000, false), Overrides{}, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer src.close()
	p := startProgress(nil, 0, time.Time{})
	defer p.end()
	b.SetBytes(src.info.Size())
	for b.Loop() {
		if err := src.survey(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
