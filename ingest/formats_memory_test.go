package ingest

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"rollcall"
)

// create writes a file and gives its path.
func create(t testing.TB, name string, fill func(w io.Writer)) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fill(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// bigWorkbook has n rows with three shared strings of their own each.
func bigWorkbook(t testing.TB, n int) string {
	t.Helper()
	return create(t, "big.xlsx", func(out io.Writer) {
		z := zip.NewWriter(out)
		part := func(name string, fill func(w io.Writer)) {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			fill(w)
		}
		part("[Content_Types].xml", func(w io.Writer) { fmt.Fprint(w, "<Types/>") })
		part("xl/workbook.xml", func(w io.Writer) {
			fmt.Fprint(w, `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" r:id="a"/></sheets></workbook>`)
		})
		part("xl/_rels/workbook.xml.rels", func(w io.Writer) {
			fmt.Fprint(w, "<Relationships>"+relationOf("a", "worksheet", "worksheets/sheet1.xml")+relationOf("b", "sharedStrings", "sharedStrings.xml")+"</Relationships>")
		})
		part("xl/sharedStrings.xml", func(w io.Writer) {
			fmt.Fprint(w, `<sst><si><t>Phone</t></si><si><t>First Name</t></si><si><t>E-Mail</t></si><si><t>City</t></si>`)
			for i := range n {
				fmt.Fprintf(w, "<si><t>Katherine %d</t></si><si><t>kate.montgomery.%d@example.com</t></si><si><t>San Francisco, district %d</t></si>", i, i, i)
			}
			fmt.Fprint(w, `</sst>`)
		})
		part("xl/worksheets/sheet1.xml", func(w io.Writer) {
			fmt.Fprint(w, `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>`)
			for i := range n {
				fmt.Fprintf(w, `<row r="%d"><c r="A%[1]d"><v>1415%07d</v></c><c r="B%[1]d" t="s"><v>%d</v></c><c r="C%[1]d" t="s"><v>%d</v></c><c r="D%[1]d" t="s"><v>%d</v></c></row>`, i+2, i, 3*i+4, 3*i+5, 3*i+6)
			}
			fmt.Fprint(w, `</sheetData></worksheet>`)
		})
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func bigGzip(t testing.TB, n int) string {
	t.Helper()
	return create(t, "big.csv.gz", func(out io.Writer) {
		z := gzip.NewWriter(out)
		fmt.Fprintln(z, "Phone,First Name,E-Mail,City")
		for i := range n {
			fmt.Fprintf(z, "1415%07d,Katherine %d,kate.montgomery.%d@example.com,San Francisco\n", i, i, i)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func bigLines(t testing.TB, n int) string {
	t.Helper()
	return create(t, "big.ndjson", func(w io.Writer) {
		for i := range n {
			fmt.Fprintf(w, "{\"phone\":\"+1415%07d\",\"firstName\":\"Katherine %d\",\"mail\":\"kate.montgomery.%d@example.com\",\"address\":{\"city\":\"San Francisco\",\"floor\":%d}}\n", i, i, i, i%9)
		}
	})
}

// weighingStore weighs what is alive at each block.
type weighingStore struct {
	nullStore
	most uint64
}

func (s *weighingStore) CommitBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (rollcall.ImportCounts, error) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.most = max(s.most, m.HeapAlloc)
	return s.nullStore.CommitBlock(ctx, im, b, now)
}

// TestFormats_Memory: a larger file takes no more memory. The limit is what chunks
// and batches under way may differ by, and below what the texts of the larger file
// take.
func TestFormats_Memory(t *testing.T) {
	const few, slack = 60_000, 16 << 20
	for _, c := range []struct {
		name string
		file func(testing.TB, int) string
		many int
	}{{"xlsx", bigWorkbook, 200_000}, {"gzip", bigGzip, 500_000}, {"ndjson", bigLines, 500_000}} {
		t.Run(c.name, func(t *testing.T) {
			weigh := func(n int) uint64 {
				s := &weighingStore{nullStore: nullStore{newFakeStore()}}
				importer := &Importer{store: s, chunk: chunkBytes, limit: maxRecord, block: 20_000}
				result, err := importer.Run(t.Context(), request(c.file(t, n), newClock()))
				if err != nil || result.Import.Counts.Added != int64(n) {
					t.Fatal(err, result)
				}
				return s.most
			}
			small, large := weigh(few), weigh(c.many)
			t.Logf("%d rows: %d MB; %d rows: %d MB", few, small>>20, c.many, large>>20)
			if large > small+slack {
				t.Errorf("%d rows take %d bytes, %d take %d", few, small, c.many, large)
			}
		})
	}
}

// BenchmarkFormats runs everything but the database, as BenchmarkPipeline does.
func BenchmarkFormats(b *testing.B) {
	const n = 200_000
	for name, make := range map[string]func(testing.TB, int) string{"xlsx": bigWorkbook, "gzip": bigGzip, "ndjson": bigLines} {
		b.Run(name, func(b *testing.B) {
			path := make(b, n)
			for b.Loop() {
				result, err := New(nullStore{newFakeStore()}, Settings{}).Run(b.Context(), request(path, newClock()))
				if err != nil || result.Import.Counts.Rows != n {
					b.Fatal(err, result)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
