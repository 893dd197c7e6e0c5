package ingest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/phone"
)

// answerOf understands a text under a rule and region.
func answerOf(t testing.TB, text, region string) (*MappingAnswer, error) {
	t.Helper()
	f, err := sniffBytesOf([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := makePlan(f, planInput{rule: phone.RuleValid, region: region})
	return p.answer, err
}

// answerColumn finds a column's answer.
func answerColumn(t testing.TB, a *MappingAnswer, name string) ColumnAnswer {
	t.Helper()
	for _, c := range a.Columns {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no column %q in %+v", name, a)
	return ColumnAnswer{}
}

// reportedColumn is a column's answer, as a person reviews it.
type reportedColumn struct {
	Name       string           `json:"name"`
	Fields     []rollcall.Field `json:"fields,omitempty"`
	Role       string           `json:"role,omitempty"`
	By         string           `json:"by,omitempty"`
	Confidence float64          `json:"confidence,omitempty"`
	Suggestion rollcall.Field   `json:"suggestion,omitempty"`
	Content    string           `json:"content,omitempty"`
	Samples    []string         `json:"samples,omitempty"`
}

// reportAnswer writes one column a line. Blank columns that mean nothing are left out.
func reportAnswer(t *testing.T, a *MappingAnswer) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("exporter: " + a.Exporter + "\n")
	for _, w := range a.Warnings {
		b.WriteString("warning: " + w + "\n")
	}
	for _, c := range a.Columns {
		if c.By == "" && len(c.Samples) == 0 {
			continue
		}
		line, err := json.Marshal(reportedColumn(c))
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// TestAnswer_PermutedColumns: the order of the columns decides nothing.
func TestAnswer_PermutedColumns(t *testing.T) {
	files, err := filepath.Glob("testdata/exporter_*.csv")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	more, _ := filepath.Glob("testdata/mapping_*.csv")
	unnamed, _ := filepath.Glob("testdata/content_[eu]*.csv")
	for _, path := range append(append(files, more...), unnamed...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := sniffBytesOf(text)
			if err != nil {
				t.Fatal(err)
			}
			in := planInput{rule: phone.RuleValid, region: "US"}
			want := understood(t, f, in)
			rapid.Check(t, func(r *rapid.T) {
				order := rapid.Permutation(indices(len(f.Columns))).Draw(r, "order")
				if diff := cmp.Diff(want, understood(t, permute(f, order), in)); diff != "" {
					r.Fatal(diff)
				}
			})
		})
	}
}

// understood is all that a plan says, by the names of columns.
func understood(t *testing.T, f *Format, in planInput) map[string]any {
	t.Helper()
	p, err := makePlan(f, in)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{"mapping": p.mapping, "exporter": p.answer.Exporter, "warnings": p.answer.Warnings}
	for _, c := range p.answer.Columns {
		all["column "+c.Name] = c
	}
	var fallbacks []string
	for _, i := range p.fallbacks {
		fallbacks = append(fallbacks, f.Columns[i])
	}
	all["fallbacks"] = fallbacks
	return all
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// permute puts columns in another order.
func permute(f *Format, order []int) *Format {
	p := *f
	p.Columns, p.sample = make([]string, len(order)), make([][]string, len(f.sample))
	for to, from := range order {
		p.Columns[to] = f.Columns[from]
		for i, record := range f.sample {
			cell := ""
			if from < len(record) {
				cell = record[from]
			}
			p.sample[i] = append(p.sample[i], cell)
		}
	}
	return &p
}

// TestAnswer_Warnings: each is given where it is due, and holds no cell.
func TestAnswer_Warnings(t *testing.T) {
	for _, c := range []struct{ name, text, region, want string }{
		{"none", "Phone,Name\n+12025550101,Ann\n", "", ""},
		{"no country code", "Phone\n(202) 555-0101\n+1 202 555 0102\n020 7946 0001\n", "", "67 % of the sampled phone numbers lack a country code"},
		{"the region gives it", "Phone\n(202) 555-0101\n", "US", ""},
		{"the row gives it", "Phone,Country\n(202) 555-0101,US\n020 7946 0001,GB\n", "", ""},
		{"shortened", "Phone\n9.19877E+11\n+12025550101\n", "US", "50 % of the sampled phone numbers are shortened"},
		{"another column", "Phone,Kontakt\n+12025550101,+12025550102\n", "US", `The column "Kontakt" could hold the phone number too.`},
		{"a further number is none", "Phone,Phone 2\n+12025550101,+12025550102\n", "US", ""},
		{"a fax is none", "Phone,Telefax\n+12025550101,+12025550102\n", "US", ""},
		{"blank", "Phone,Name\n,Ann\n", "US", `The column "Phone" is blank in all sampled rows.`},
		{"no numbers", "Phone,Name\nyes,Ann\nno,Bob\n", "US", `Only 0 % of the sampled cells of the column "Phone" look like phone numbers.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, err := answerOf(t, c.text, c.region)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(answer.Warnings, "|")
			if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) || strings.Contains(got, "0101") || strings.Contains(got, "|") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestAnswer_BesideTheErrorThatNoColumnIsKnown: whoever is to name the column sees
// what there is.
func TestAnswer_BesideTheErrorThatNoColumnIsKnown(t *testing.T) {
	answer, err := answerOf(t, "A,B\n+12025550101,+12025550102\n+12025550103,+12025550104\n", "US")
	if rollcall.CodeOf(err) != rollcall.CodeInvalid || !strings.Contains(err.Error(), `"A", "B"`) {
		t.Errorf("got %v", err)
	}
	for _, name := range []string{"A", "B"} {
		if c := answerColumn(t, answer, name); c.Suggestion != rollcall.FieldPhoneNumber || len(c.Samples) != 2 || len(c.Fields) != 0 {
			t.Errorf("got %+v", c)
		}
	}
}

// TestAnswer_Samples are few, different, short and sound.
func TestAnswer_Samples(t *testing.T) {
	answer, err := answerOf(t, "Phone,Note\n+12025550101,a\n+12025550102, a\n,"+strings.Repeat("é", 50)+"\n+12025550104,b\xff\x00\n,d\n", "")
	if err != nil {
		t.Fatal(err)
	}
	got := answerColumn(t, answer, "Note").Samples
	if diff := cmp.Diff([]string{"a", strings.Repeat("é", 18) + "…", "b\uFFFD\uFFFD"}, got); diff != "" {
		t.Error(diff)
	}
	for _, s := range got {
		if len(s) > 40 || !utf8.ValidString(s) {
			t.Errorf("%q has %d bytes", s, len(s))
		}
	}
}

// TestAnswer_UniqueIDIsOnlySuggested, and only where every cell is another.
func TestAnswer_UniqueIDIsOnlySuggested(t *testing.T) {
	for ids, want := range map[string]rollcall.Field{
		"K-1,K-2,K-3": rollcall.FieldUniqueID, "K-1,K-2,K-1": "", "K-1,,K-3": "", "red,blue,green": "", "a@b.de,c@d.de,e1@f.de": "", "a 1,b 2,c 3": "",
	} {
		c := strings.Split(ids, ",")
		answer, err := answerOf(t, "Phone,Konto\n+12025550101,"+c[0]+"\n+12025550102,"+c[1]+"\n+12025550103,"+c[2]+"\n", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := answerColumn(t, answer, "Konto"); got.Suggestion != want || len(got.Fields) > 0 || got.Confidence > 0.5 {
			t.Errorf("%s: got %+v", ids, got)
		}
	}
}

// TestAnswer_LedgerOfARejectsFile: what was wrong with a row is nothing of the
// contact's, whatever it looks like.
func TestAnswer_LedgerOfARejectsFile(t *testing.T) {
	answer, err := answerOf(t, "rejected im-0603182c-7ffb-43c3-b307-47ca14b4c0de,B\n2025550101 phone_missing,(202) 555-0102\n", "US")
	if err != nil {
		t.Fatal(err)
	}
	if c := answer.Columns[0]; c.Role != RoleLedger || len(c.Fields) > 0 || c.Suggestion != "" {
		t.Errorf("got %+v", c)
	}
	if c := answer.Columns[1]; len(c.Fields) != 1 || c.Fields[0] != rollcall.FieldPhoneNumber {
		t.Errorf("got %+v", c)
	}
}

// TestFormat_Records: the sample is bounded, and holds no header and no damaged
// record.
func TestFormat_Records(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"Phone,Name\n+12025550101,Ann\n\n+12025550102,\"Bob\n+12025550103,Cid\n", 2},
		{"+12025550101,Ann\n+12025550102,Bob\n", 2},
		{"Phone\n", 0},
		{"A\n" + strings.Repeat("1\n", 5000), sampleRecords},
		{strings.Repeat("A,", 9000) + "A\n" + strings.Repeat(strings.Repeat("1,", 9000)+"1\n", 20), sampleCells / 9001},
	} {
		f, err := sniffBytesOf([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(f.records()); got != c.want {
			t.Errorf("%.20q: got %d records, want %d", c.text, got, c.want)
		}
	}
}
