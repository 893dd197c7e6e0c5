package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// fataler is what *testing.T and *rapid.T share.
type fataler interface{ Fatal(args ...any) }

// read reads a text through the reader and the scanner, as the pipeline does, and
// writes each record as one string: its cells, or its fault and raw text.
func read(t fataler, text string, f *Format, chunk, limit int) []string {
	if f.Encoding == "" {
		f.Encoding = UTF8
	}
	r := newReader(f.Encoding.decode(strings.NewReader(text)), f, chunk, limit)
	records := []string{}
	for {
		piece, err := r.next()
		if errors.Is(err, io.EOF) {
			return records
		}
		if err != nil {
			t.Fatal(err)
		}
		s := f.scanner(limit)
		s.reset(piece, true)
		for s.next() {
			records = append(records, show(&s))
		}
		r.release(piece)
	}
}

func show(s *scanner) string {
	switch s.fault {
	case faultQuote:
		return fmt.Sprintf("quote %q", s.text[s.start:s.end])
	case faultLong:
		return fmt.Sprintf("long %q", s.text[s.start:min(s.end, s.start+s.limit)])
	}
	var cells []string
	for _, c := range s.cells {
		cells = append(cells, unquote(string(s.text[c.start:c.end]), c.quotes))
	}
	return fmt.Sprintf("%q", cells)
}

func TestScanner(t *testing.T) {
	const limit = 40
	long := strings.Repeat("x", limit)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"plain", "a,b\nc,d\n", []string{`["a" "b"]`, `["c" "d"]`}},
		{"no line end at the end", "a,b\nc,d", []string{`["a" "b"]`, `["c" "d"]`}},
		{"CRLF", "a,b\r\nc,d\r\n", []string{`["a" "b"]`, `["c" "d"]`}},
		{"CR at the end of the file", "a,b\r\nc,d\r", []string{`["a" "b"]`, `["c" "d"]`}},
		{"lone CR in a cell", "a\rb,c\n", []string{`["a\rb" "c"]`}},
		{"empty lines", "\n\r\na\n\n\r\n\nb\n\n", []string{`["a"]`, `["b"]`}},
		{"a line of blanks is a row", " \nb\n", []string{`[" "]`, `["b"]`}},
		{"a line of delimiters is a row", ",,\n", []string{`["" "" ""]`}},
		{"empty cells", ",a,\n", []string{`["" "a" ""]`}},
		{"blanks stay", " a , b\t\n", []string{`[" a " " b\t"]`}},
		{"quotes", `"a","b"` + "\n", []string{`["a" "b"]`}},
		{"quoted delimiter", `"a,b",c` + "\n", []string{`["a,b" "c"]`}},
		{"quoted line ends", "\"a\nb\r\nc\",d\n", []string{`["a\nb\r\nc" "d"]`}},
		{"quoted empty line", "\"a\n\nb\"\n", []string{`["a\n\nb"]`}},
		{"doubled quotes", `"a ""b"" c",""""` + "\n", []string{`["a \"b\" c" "\""]`}},
		{"quoted empty cell", `"",""` + "\n", []string{`["" ""]`}},
		{"quoted before CRLF", "\"a\"\r\n\"b\"\r\n", []string{`["a"]`, `["b"]`}},
		{"quoted at the end", `a,"b"`, []string{`["a" "b"]`}},
		{"quoted before CR at the end", "\"b\"\r", []string{`["b"]`}},
		{"bare quotes", `5" pipe,say "hi"` + "\n", []string{`["5\" pipe" "say \"hi\""]`}},
		{"blank before the quote", `a, "b"` + "\n", []string{`["a" " \"b\""]`}},
		{"lone quotes in a quoted cell", `"say "hi" to",b` + "\n", []string{`["say \"hi\" to" "b"]`}},
		{"text after the closing quote", "\"a\"b,c\nd,e\n", []string{`quote "\"a\"b,c"`, `["d" "e"]`}},
		{"never closed", "a,\"b\nc,d\ne,f\n", []string{`quote "a,\"b"`, `["c" "d"]`, `["e" "f"]`}},
		{"never closed, last line", "a,b\nc,\"d", []string{`["a" "b"]`, `quote "c,\"d"`}},
		{"closed by the next row's quote", "1,\"Ann\n2,\"Bob\"\n3,Joe\n", []string{`quote "1,\"Ann"`, `["2" "Bob"]`, `["3" "Joe"]`}},
		{"opens after a quoted line end", "\"a\nb\",\"c\nd\n", []string{`quote "\"a\nb\",\"c"`, `["d"]`}},
		{"doubled only", "\"\"\"\nb\n", []string{`quote "\"\"\""`, `["b"]`}},
		{"not closed within the limit", "\"a\n" + long[:30] + "\n" + long[:30] + "\"\n", []string{`quote "\"a"`, `["` + long[:30] + `"]`, `["` + long[:30] + `\""]`}},
		{"opens in a line over the limit", "\"" + long + "\n" + long[:9] + "\"\nb\n", []string{`long "\"` + long[1:] + `"`, `["` + long[:9] + `\""]`, `["b"]`}},
		{"as long as the limit", long + "\nb\n", []string{`["` + long + `"]`, `["b"]`}},
		{"over the limit", "a\n" + long + "yz\nb\n", []string{`["a"]`, `long "` + long + `"`, `["b"]`}},
		{"over the limit, last line", "a\n" + long + long + long, []string{`["a"]`, `long "` + long + `"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for chunk := range 60 {
				if diff := cmp.Diff(c.want, read(t, c.text, &Format{Delimiter: ',', LineEnd: '\n'}, chunk+1, limit)); diff != "" {
					t.Fatalf("chunks of %d:\n%s", chunk+1, diff)
				}
			}
		})
	}
}

// TestScanner_LoneCR reads a file whose lines end with CR alone.
func TestScanner_LoneCR(t *testing.T) {
	text := "a,b\r\"c\nd\",\"e\rf\"\r\ng,h\r"
	want := []string{`["a" "b"]`, `["c\nd" "e\rf"]`, `["g" "h"]`}
	for chunk := range 30 {
		if diff := cmp.Diff(want, read(t, text, &Format{Delimiter: ',', LineEnd: '\r'}, chunk+1, 100)); diff != "" {
			t.Fatalf("chunks of %d:\n%s", chunk+1, diff)
		}
	}
}

// TestScanner_RoundTrip: whatever records are written as CSV, in whatever style,
// are read again, however the text is cut.
func TestScanner_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &Format{
			Delimiter: rapid.SampledFrom(delimiters).Draw(t, "delimiter"),
			LineEnd:   rapid.SampledFrom([]byte{'\n', '\r'}).Draw(t, "line end"), Encoding: UTF8,
		}
		cell := rapid.StringOf(rapid.SampledFrom([]rune("ab é\"',;\t|\r\n€")))
		records := rapid.SliceOf(rapid.SliceOfN(cell, 1, 5)).Draw(t, "records")
		var text strings.Builder
		var want []string
		for _, record := range records {
			text.WriteString(render(t, record, f))
			want = append(want, fmt.Sprintf("%q", record))
		}
		chunk := rapid.IntRange(1, 80).Draw(t, "chunk")
		if diff := cmp.Diff(append([]string{}, want...), read(t, text.String(), f, chunk, maxRecord)); diff != "" {
			t.Fatalf("%q:\n%s", text.String(), diff)
		}
	})
}

// render writes a record, with quotes where they are needed and at random.
func render(t *rapid.T, record []string, f *Format) string {
	var b strings.Builder
	for i, s := range record {
		if i > 0 {
			b.WriteByte(f.Delimiter)
		}
		need := strings.ContainsAny(s, "\r\n"+string(rune(f.Delimiter))) || strings.HasPrefix(s, `"`) || len(record) == 1 && s == ""
		if need || rapid.Bool().Draw(t, "quote") {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		b.WriteString(s)
	}
	ends := []string{"\r"}
	if f.LineEnd == '\n' {
		ends = []string{"\n", "\r\n", "\n\n"}
	}
	return b.String() + rapid.SampledFrom(ends).Draw(t, "end")
}

// TestScanner_ChunksDoNotMatter: any text at all is read the same in small
// chunks as in one piece.
func TestScanner_ChunksDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("aab,,\"\"\"\n\n\r"))).Draw(t, "text")
		f := &Format{Delimiter: ',', LineEnd: rapid.SampledFrom([]byte{'\n', '\r'}).Draw(t, "line end"), Encoding: UTF8}
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		whole := read(t, text, f, len(text)+1, limit)
		pieces := read(t, text, f, rapid.IntRange(1, 30).Draw(t, "chunk"), limit)
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestScanner_AgreesWithEncodingCSV holds the scanner against the standard
// library on files that both must read.
func TestScanner_AgreesWithEncodingCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringOf(rapid.SampledFrom([]rune("ab é\",\n;")))
		records := rapid.SliceOf(rapid.SliceOfN(cell, 2, 4)).Draw(t, "records")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = rapid.Bool().Draw(t, "CRLF")
		if err := w.WriteAll(records); err != nil {
			t.Fatal(err)
		}
		theirs := csv.NewReader(bytes.NewReader(b.Bytes()))
		theirs.FieldsPerRecord = -1
		want := []string{}
		for {
			record, err := theirs.Read()
			if err != nil {
				break
			}
			want = append(want, strings.ReplaceAll(fmt.Sprintf("%q", record), `\r\n`, `\n`))
		}
		got := read(t, b.String(), &Format{Delimiter: ',', LineEnd: '\n', Encoding: UTF8}, 50, maxRecord)
		for i := range got {
			// encoding/csv makes LF of a CRLF inside of quotes; we keep it.
			got[i] = strings.ReplaceAll(got[i], `\r\n`, `\n`)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestScanner_HostileFilesAreLinear reads files in which each row, or each cell,
// starts a search for something that is not there. Searched anew each time, each
// of them would take minutes.
func TestScanner_HostileFilesAreLinear(t *testing.T) {
	for name, text := range map[string]string{
		"each row opens a quote":      strings.Repeat("1,\"Ann,\"\",x\n", 200_000),
		"quotes all through a line":   `"` + strings.Repeat(`a"b`, 300_000) + "\n",
		"quoted cells in one line":    strings.Repeat(`"",`, 300_000) + "\n",
		"quoted cells, no line end":   "\"a\nb\"," + strings.Repeat(`"",`, 300_000),
		"only quotes":                 strings.Repeat(`"`, 2_000_000),
		"only delimiters":             strings.Repeat(`,`, 2_000_000),
		"each row opens, far apart":   strings.Repeat("1,\"Ann,xxxxxxxxxxxxxxxxxxxxxx\n\n\n", 100_000),
		"opens on lines of their own": strings.Repeat("\"\n", 500_000) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			read(t, text, &Format{Delimiter: ',', LineEnd: '\n'}, chunkBytes, maxRecord)
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}
