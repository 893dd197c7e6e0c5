package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"rollcall"
)

// sniffText surveys and sniffs a file of this content.
func sniffText(t testing.TB, content string) (*Format, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := openSource(path, Overrides{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer src.close()
	p := startProgress(nil, 0, newClock().now)
	defer p.end()
	if err := src.survey(t.Context(), p); err != nil {
		return nil, err
	}
	return sniffSource(src)
}

func encode(t testing.TB, e Encoding, mark bool, text string) string {
	t.Helper()
	var out string
	var err error
	switch e {
	case UTF16LE:
		out, err = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	case UTF16BE:
		out, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	case Windows1252:
		out, err = charmap.Windows1252.NewEncoder().String(text)
	default:
		out = text
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range marks {
		if mark && m.encoding == e {
			out = m.mark + out
		}
	}
	return out
}

// TestSniff finds every delimiter in every encoding with every line end.
func TestSniff(t *testing.T) {
	for _, delim := range delimiters {
		for _, enc := range []Encoding{UTF8, UTF16LE, UTF16BE, Windows1252} {
			marks := []bool{false, true}
			if enc == Windows1252 {
				marks = marks[:1] // it has no mark
			}
			for _, mark := range marks {
				for _, end := range []string{"\n", "\r\n", "\r"} {
					t.Run(fmt.Sprintf("%q %s mark=%v %q", delim, enc, mark, end), func(t *testing.T) {
						rows := []string{"Name,Phone,Note", `Renée,+1 415 555 0123,"a; b, c"`, `Jürgen,+1 415 555 0124,"x` + "\t" + `y|z"`, ""}
						text := strings.ReplaceAll(strings.Join(rows, end), ",", string(rune(delim)))
						f, err := sniffText(t, encode(t, enc, mark, text))
						if err != nil {
							t.Fatal(err)
						}
						want := &Format{Kind: KindCSV, Encoding: enc, Mark: mark, Delimiter: delim, LineEnd: end[len(end)-1], CRLF: end == "\r\n", Header: true, Columns: []string{"Name", "Phone", "Note"}}
						if diff := cmp.Diff(want, f, cmp.AllowUnexported(Format{}), cmpopts.IgnoreFields(Format{}, "sample")); diff != "" {
							t.Error(diff)
						}
					})
				}
			}
		}
	}
}

func TestSniff_Encoding(t *testing.T) {
	ascii := strings.Repeat("4155550123,Ann\n", 20_000)
	for _, c := range []struct {
		name, content string
		want          Encoding
	}{
		{"ASCII", "Phone,Name\n" + ascii, UTF8},
		{"the only accent far behind the sample, UTF-8", "Phone,Name\n" + ascii + "4155550124,Renée\n", UTF8},
		{"the only accent far behind the sample, Latin-1", "Phone,Name\n" + ascii + "4155550124,Ren\xe9e\n", Windows1252},
		{"some broken rows among UTF-8", "Phone,Name\n1,é\n2,è\n3,\xe9\n", UTF8},
		{"a character cut by the sample's end", "P," + strings.Repeat("é", sniffBytes) + "\n", UTF8},
		{"the file ends inside a character", "Phone,Näme\n1,é\n2,\xc3", UTF8},
		{"UTF-16 without a mark", encode(t, UTF16LE, false, "Phone,Name\n4155550123,Жан\n"), UTF16LE},
		{"Cyrillic in UTF-16 without a mark", encode(t, UTF16LE, false, "Телефон,Имя и отчество,Город\n4155550123,Александра Викторовна,Санкт-Петербург\n"), UTF16LE},
		{"Arabic in big-endian UTF-16 without a mark", encode(t, UTF16BE, false, "الهاتف,الاسم,المدينة\n4155550123,فاطمة الزهراء,الإسكندرية\n"), UTF16BE},
		{"single bytes, padded with NUL", strings.Repeat("4155550123,Ann Onymous,Springfield,as a fixed form pads it\x00\n", 20), UTF8},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := sniffText(t, c.content)
			if err != nil {
				t.Fatal(err)
			}
			if f.Encoding != c.want {
				t.Errorf("%s, want %s", f.Encoding, c.want)
			}
		})
	}
}

func TestSniff_Delimiter(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          byte
	}{
		{"decimal commas among semicolons", "Name;Phone;A;B\nx;4155550123;1,5;2,5\ny;4155550124;1,5;2,5\n", ';'},
		{"without header", "+14155550123;1,50;2,50\n+14155550124;1,50;2,50\n", ';'},
		{"sentences in a column", "Phone|Note\n1|a, b, c\n2|d\n3|e, f\n", '|'},
		{"quoted names with commas", "\"Last, First\";\"Phone, Mobile\"\n\"a\";1\n", ';'},
		{"ragged", "a,b,c,d;e\n1,2\n1,2,3\n1,2,3,4\n", ','},
		{"one column", "Phone\n4155550123\n", ','},
		{"one column of names with commas", "Name\nLee, Ann\nRay, Bob\n", ';'},
		{"said by the file", "sep=|\nName,Phone\n", '|'},
		{"said by the file, in quotes", "\"sep=;\"\r\nName,Phone\r\n", ';'},
		{"a column called sep", "sep=,Phone\nx,1\n", ','},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := sniffText(t, c.content)
			if err != nil {
				t.Fatal(err)
			}
			if f.Delimiter != c.want {
				t.Errorf("%q, want %q", f.Delimiter, c.want)
			}
		})
	}
}

func TestSniff_Header(t *testing.T) {
	for first, want := range map[string]bool{
		"Name,Phone":                true,
		"Ann,+1 415 555 0123":       false,
		"Ann,(415) 555-0123":        false,
		"Ann,4155550123":            false,
		"Ann,9.19877E+11":           false,
		"Ann,\"9,19877E+11\"":       false,
		"Phone,2026-11-02,Q1":       true,
		"Phone,02.11.2026":          true,
		"Name,2026,Phone 1":         true,
		"Phone,123456":              true,
		"Ann,n/a":                   true, // nothing says otherwise; the phone column will be asked for
		"\"4155550123\",\"Mobile\"": false,
	} {
		f, err := sniffText(t, first+"\nBob,+1 415 555 0124\n")
		if err != nil {
			t.Fatal(err)
		}
		if f.Header != want {
			t.Errorf("%s: header %v, want %v", first, f.Header, want)
		}
	}
}

// TestSniff_FirstRowLikeTheOthers: a first row without a number is no header where a
// cell is of the kind that its column holds; where it may be one, a warning says so.
func TestSniff_FirstRowLikeTheOthers(t *testing.T) {
	const people = "+12025550143,Bo,b@x.org,Europe/Rome,US\n+12025550144,Cy,c@x.org,,\n12,Di,,Europe/Oslo,IT\n"
	for _, c := range []struct {
		first        string
		header, warn bool
	}{
		{"n/a,Ada,x@y.z,n/a,n/a", false, false},
		{",Ada,n/a,n/a,n/a", false, false},
		{"12,Ada,n/a,n/a,n/a", false, false},
		{"n/a,Ada,n/a,America/Lima,n/a", false, false},
		{"n/a,Ada,n/a,n/a,IT", false, false},
		{"n/a,Ada,n/a,n/a,n/a", true, true},
		{"Ring here,Who,Write to,Where,CC", true, true},
		{"Phone,,,,", true, false},
		{",Name,x@y.z,,", true, false},
		{"12,E-mail,,,", true, false},
	} {
		for name, content := range map[string]string{"CSV": c.first + "\n" + people, "XLSX": workbookText(t, c.first+"\n"+people)} {
			u, err := New(newFakeStore(), Settings{}).Preview(t.Context(), write(t, content), name, rollcall.Owner{}, nil, rollcall.ImportOptions{Mapping: map[rollcall.Field]string{rollcall.FieldLastName: ""}}, newClock().Now)
			if u == nil {
				t.Fatal(c.first, err)
			}
			warned := slices.ContainsFunc(u.Answer.Warnings, func(s string) bool { return strings.Contains(s, "option header") })
			if u.Format.Header != c.header || warned != c.warn {
				t.Errorf("%s %s: header %v, warnings %q", name, c.first, u.Format.Header, u.Answer.Warnings)
			}
		}
	}
	u, err := New(newFakeStore(), Settings{}).Preview(t.Context(), write(t, "Ring here,Who\n+12025550143,Bo\n"), "", rollcall.Owner{}, nil,
		rollcall.ImportOptions{Mapping: map[rollcall.Field]string{rollcall.FieldFirstName: "Who"}}, newClock().Now)
	if err != nil || len(u.Answer.Warnings) > 0 {
		t.Errorf("who calls a column by its name knows the header: %v, %+v", err, u)
	}
}

// workbookText makes a workbook of rows of cells without quotes. An empty cell is none.
func workbookText(t testing.TB, rows string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(rows) {
		b.WriteString("<row>")
		for i, cell := range strings.Split(strings.TrimSpace(line), ",") {
			if cell != "" {
				fmt.Fprintf(&b, `<c r="%c1" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, cell)
			}
		}
		b.WriteString("</row>")
	}
	return zipText(t, `-- xl/workbook.xml --
<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>
-- xl/worksheets/sheet1.xml --
<worksheet><sheetData>`+b.String()+`</sheetData></worksheet>`)
}

// TestSniff_LargeHeader needs a larger sample than the first.
func TestSniff_LargeHeader(t *testing.T) {
	var names []string
	for i := range 12_000 {
		names = append(names, fmt.Sprintf("a column of many, %d", i))
	}
	header := `"` + strings.Join(names, `";"`) + `"`
	f, err := sniffText(t, header+"\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(names, f.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestSniff_Refuses(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"nothing", "", "is empty"},
		{"a byte-order mark alone", "\xef\xbb\xbf", "no rows"},
		{"ODS", zipText(t, "-- mimetype --\napplication/vnd.oasis.opendocument.spreadsheet\n-- content.xml --\n<x/>\n"), "OpenDocument"},
		{"a Word document", zipText(t, "-- [Content_Types].xml --\n<x/>\n-- word/document.xml --\n<x/>\n"), "office program"},
		{"XLSB", zipText(t, "-- [Content_Types].xml --\n<x/>\n-- xl/workbook.bin --\nx\n"), "XLSB"},
		{"bzip2", "BZh91AY&SY", "bzip2"},
		{"XLS", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"},
		{"PDF", "%PDF-1.7\n", "PDF"},
		{"a web page called .xls", "<HTML><table>", "HTML"},
		{"UTF-32", "\xff\xfe\x00\x00P\x00\x00\x00", "UTF-32"},
		{"NUL bytes", "Phone,Name\n" + strings.Repeat("abc\x00\x00\x00", 100), "binary"},
		{"a header with NUL", "Phone,N\x00me\n" + strings.Repeat("4155550123,Ann\n", 50), "column 2"},
		{"a header that is not UTF-8", "Phone,N\xe9me\n" + strings.Repeat("4155550123,André\n", 50), "column 2"},
		{"a first line without end", strings.Repeat("x", 3<<20), "first line"},
		{"a quote in the header that is never closed", "\"Phone,Name\n1,2\n", "first line"},
		{"too many columns", strings.Repeat(",", maxColumns) + "\n", "16385 columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sniffText(t, c.content)
			if rollcall.CodeOf(err) != rollcall.CodeInvalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestEvidence_Latin: words of another alphabet are told from Western ones with accents,
// however the file is cut while it is read.
func TestEvidence_Latin(t *testing.T) {
	for text, want := range map[string]bool{
		"Ren\xe9e, Zo\xeb, Gar\xe7on, M\xfcller":                           true,
		"K\xe4\xe4ri\xe4inen, \xc5\xc4\xd6, h\xe4\xe4y\xf6":                true,
		strings.Repeat("\xcc\xe0\xf0\xe8\xff, ", 10):                       false, // Windows-1251
		strings.Repeat("\x8c\xa0\xe0\xa8\xef, ", 10):                       false, // code page 866
		strings.Repeat("\x93\xfa\x96\x7b\x8c\xea, ", 10):                   true,  // Shift-JIS, whose second bytes are ASCII often
		"\xcc\xe0\xf0\xe8\xff \xcc":                                        true,  // too little to tell
		strings.Repeat("\xa0\xa0\xa0\xa0\xa0, \x97\x97\x97\x97\x97, ", 10): true,  // blanks and dashes
	} {
		for cut := range len(text) {
			var ev evidence
			ev.Write([]byte(text[:cut]))
			ev.Write([]byte(text[cut:]))
			ev.end()
			if ev.latin() != want {
				t.Errorf("%q cut at %d: %+v", text, cut, ev)
				break
			}
		}
	}
}

// TestFindHeader_NamesThatAreValues: a word that names a column in other files is no header
// where its own column goes on with it.
func TestFindHeader_NamesThatAreValues(t *testing.T) {
	rows := [][]string{{"Bob", "phone", "+12025550101"}, {"Cy", "email", "+12025550102"}, {"Di", "email", "+12025550103"}}
	if header, known := findHeader([]string{"Ann", "email", ""}, rows); header || known {
		t.Errorf("a row: %v, %v", header, known)
	}
	if header, known := findHeader([]string{"who", "email", "number"}, [][]string{{"Bob", "b@example.com", "+12025550101"}}); !header || !known {
		t.Errorf("a header: %v, %v", header, known)
	}
}
