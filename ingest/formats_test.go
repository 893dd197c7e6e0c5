package ingest

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"rollcall"
)

// zipText packs a text whose parts begin with lines "-- name --". What a workbook
// needs besides its sheets is added.
func zipText(t testing.TB, text string) string {
	t.Helper()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	add := func(name, content string) {
		w, err := z.Create(name)
		if err == nil && content != "" {
			_, err = io.WriteString(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	relations := ""
	for part := range strings.SplitSeq("\n"+text, "\n-- ") {
		name, content, _ := strings.Cut(part, " --\n")
		if name = strings.TrimSuffix(name, " --"); name == "" {
			continue
		}
		add(name, content)
		if i, ok := strings.CutPrefix(name, "xl/worksheets/sheet"); ok {
			relations += relationOf("rId"+strings.TrimSuffix(i, ".xml"), "worksheet", "/"+name)
		} else if kind, ok := strings.CutPrefix(name, "xl/"); ok {
			relations += relationOf("x"+kind, strings.TrimSuffix(kind, ".xml"), kind)
		}
	}
	if strings.Contains(text, "-- xl/workbook.xml") {
		add("[Content_Types].xml", "<Types/>")
		add("_rels/.rels", "<Relationships>"+relationOf("r1", "officeDocument", "xl/workbook.xml")+"</Relationships>")
		add("xl/_rels/workbook.xml.rels", "<Relationships>"+relations+"</Relationships>")
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

func relationOf(id, kind, target string) string {
	return fmt.Sprintf(`<Relationship Id=%q Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target=%q/>`, id, kind, target)
}

func gzipText(t testing.TB, texts ...string) string {
	t.Helper()
	var packed bytes.Buffer
	for _, text := range texts {
		z := gzip.NewWriter(&packed)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return packed.String()
}

// fixture is a text of testdata/formats.
func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "formats", name+".in"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// compound is the beginning of a compound file with a stream of this name.
func compound(stream string) string {
	b := make([]byte, 2048)
	copy(b, compoundFile+"\xa1\xb1\x1a\xe1")
	b[30] = 9 // sectors of 512 bytes
	binary.LittleEndian.PutUint32(b[48:], 2)
	for i, c := range utf16.Encode([]rune(stream)) {
		binary.LittleEndian.PutUint16(b[1536+2*i:], c)
	}
	return string(b)
}

// encrypted sets the flag of a password in a ZIP archive of one file.
func encrypted(archive string) string {
	b := []byte(archive)
	b[6] |= 1
	b[bytes.Index(b, []byte("PK\x01\x02"))+8] |= 1
	return string(b)
}

// misplaced makes a directory say that its first file begins past the end.
func misplaced(archive string) string {
	b := []byte(archive)
	binary.LittleEndian.PutUint32(b[bytes.Index(b, []byte("PK\x01\x02"))+42:], 1<<30)
	return string(b)
}

// flipped damages a byte in the middle.
func flipped(s string) string {
	b := []byte(s)
	b[len(b)/2] ^= 0xff
	return string(b)
}

// manyRows is CSV of n rows that pack badly.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString("Phone,Name\n")
	for i := range n {
		fmt.Fprintf(&b, "+1202555%04d,%x\n", i%10000, uint64(i)*0x9E3779B97F4A7C15)
	}
	return b.String()
}

// zeros is CSV that goes on with very many blanks, as a bomb does.
func zeros() string { return "Phone,Name\n" + strings.Repeat(" ", 40<<20) }

// TestGolden_Formats imports files that are no plain CSV, made of the texts in
// testdata/formats, and compares what is made of them with the .json there.
func TestGolden_Formats(t *testing.T) {
	store, no, yes := goldenStore(t), false, true
	for _, c := range []struct {
		name    string
		content string
		over    Overrides
		most    int64
	}{
		{name: "gzip_utf16", content: gzipText(t, encode(t, UTF16LE, true, "Phone;Name\r\n+1 202 555 0143;Zoë\r\n+1 202 555 0144;Жан\r\n"))},
		{name: "gzip_members", content: gzipText(t, "Phone,Name\n+1 202 555", " 0143,Ann\n", "+1 202 555 0144,Bob\n")},
		{name: "gzip_truncated", content: gzipText(t, manyRows(5000))[:30_000]},
		{name: "gzip_flipped", content: flipped(gzipText(t, manyRows(5000)))},
		{name: "gzip_header_cut", content: "\x1f\x8b\x08\x00"},
		{name: "gzip_bomb", content: gzipText(t, zeros())},
		{name: "gzip_too_large", content: gzipText(t, manyRows(5000)), most: 100_000},
		{name: "gzip_in_gzip", content: gzipText(t, gzipText(t, "Phone\n1\n"))},
		{name: "gzip_of_lines", content: gzipText(t, fixture(t, "lines"))},
		{name: "gzip_of_lines_truncated", content: gzipText(t, strings.Repeat("{\"phone\":\"x\"}\n", 3), "x")[:44]},
		{name: "zip_one", content: zipText(t, fixture(t, "zip_one"))},
		{name: "zip_several", content: zipText(t, fixture(t, "zip_several"))},
		{name: "zip_several_chosen", content: zipText(t, fixture(t, "zip_several")), over: Overrides{Member: "../../etc/b.csv"}},
		{name: "zip_several_unknown", content: zipText(t, fixture(t, "zip_several")), over: Overrides{Member: "c.csv"}},
		{name: "zip_of_json", content: zipText(t, "-- list.json --\n"+fixture(t, "nested"))},
		{name: "zip_empty", content: zipText(t, "-- folder/ --\n")},
		{name: "zip_bomb", content: zipText(t, "-- a.csv --\n"+zeros())},
		{name: "zip_too_large", content: zipText(t, "-- a.csv --\n"+manyRows(5000)), most: 100_000},
		{name: "zip_in_zip", content: zipText(t, "-- a.zip --\n"+zipText(t, "-- b.csv --\nPhone\n"))},
		{name: "workbook_in_zip", content: zipText(t, "-- a.xlsx --\n"+zipText(t, "-- xl/workbook.xml --\n"))},
		{name: "gzip_in_zip", content: zipText(t, "-- a.csv.gz --\n"+gzipText(t, "Phone\n"))},
		{name: "zip_encrypted", content: encrypted(zipText(t, "-- a.csv --\nPhone\n1\n"))},
		{name: "zip_truncated", content: zipText(t, "-- a.csv --\n"+manyRows(5000))[:30_000]},
		{name: "zip_misplaced", content: misplaced(zipText(t, "-- a.csv --\nPhone\n"))},
		{name: "zip_flipped", content: flipped(zipText(t, "-- a.csv --\n"+manyRows(5000)))},
		{name: "workbook", content: zipText(t, fixture(t, "workbook"))},
		{name: "workbook_sheet_by_name", content: zipText(t, fixture(t, "workbook")), over: Overrides{Sheet: "more & more"}},
		{name: "workbook_sheet_by_number", content: zipText(t, fixture(t, "workbook")), over: Overrides{Sheet: "3", Header: &yes}},
		{name: "workbook_sheet_hidden", content: zipText(t, fixture(t, "workbook")), over: Overrides{Sheet: "Old"}},
		{name: "workbook_sheet_unknown", content: zipText(t, fixture(t, "workbook")), over: Overrides{Sheet: "4"}},
		{name: "workbook_sheet_empty", content: zipText(t, fixture(t, "workbook")), over: Overrides{Sheet: "Empty"}},
		{name: "workbook_cut_sheet", content: zipText(t, strings.Replace(fixture(t, "workbook"), `<row r="10">`, "<row r=\"10\"><c></row", 1))},
		{name: "workbook_bomb", content: zipText(t, strings.Replace(fixture(t, "workbook"), "<row r=\"1\"/>", strings.Repeat("<row/>", 10<<20), 1))},
		{name: "workbook_no_strings", content: zipText(t, strings.Replace(fixture(t, "workbook"), "-- xl/sharedStrings.xml", "-- xl/other.xml", 1))},
		{name: "workbook_cut_strings", content: zipText(t, strings.Replace(fixture(t, "workbook"), "</sst>", "", 1))},
		{name: "workbook_empty_part", content: zipText(t, "-- xl/workbook.xml --\n")},
		{name: "workbook_no_sheet", content: zipText(t, "-- xl/workbook.xml --\n<workbook/>")},
		{name: "xls", content: compound("Workbook")},
		{name: "xlsx_encrypted", content: compound("EncryptedPackage")},
		{name: "nested", content: fixture(t, "nested")},
		{name: "nested_utf16", content: encode(t, UTF16BE, true, fixture(t, "nested"))},
		{name: "cut_off", content: fixture(t, "cut_off")},
		{name: "broken_array", content: fixture(t, "broken_array")},
		{name: "array_and_more", content: `[{"phone":"+12025550143"}] []`},
		{name: "empty_array", content: fixture(t, "empty_array")},
		{name: "one_object", content: fixture(t, "one_object")},
		{name: "no_object", content: "[1, 2]"},
		{name: "brackets_csv", content: "[Phone],[Name]\n+1 202 555 0143,Ann\n"},
		{name: "lines", content: fixture(t, "lines")},
		{name: "exported_lines", content: fixture(t, "exported_lines")},
		{name: "dump_lines", content: fixture(t, "dump_lines")}, // the same names, but no ids of contacts
		{name: "latin1", content: fixture(t, "latin1"), over: Overrides{Encoding: "iso-8859-1"}},
		{name: "windows_1252_said", content: fixture(t, "latin1"), over: Overrides{Encoding: "Windows-1252"}},
		{name: "delimiter_said", content: "Phone|Name;x\n+1 202 555 0143|Ann;y\n", over: Overrides{Delimiter: ";"}},
		{name: "header_said", content: "4155550100,Phone\n4155550101,+1 202 555 0143\n", over: Overrides{Header: &yes}},
		{name: "no_header_said", content: "+1 202 555 0143,Ann\n+1 202 555 0144,Bob\n", over: Overrides{Header: &no}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := request(write(t, c.content), newClock())
			c.over.say(&q.Options)
			importGolden(t, store, q, c.most, filepath.Join("testdata", "formats", c.name))
		})
	}
}

// TestOverrides_Refused: an override that is wrong, or means nothing for the file,
// is refused under its name.
func TestOverrides_Refused(t *testing.T) {
	yes := true
	const csv, lines = "Phone\n+12025550143\n", "{\"phone\":\"+12025550143\"}\n"
	book := zipText(t, fixture(t, "workbook"))
	for _, c := range []struct {
		field, content string
		over           Overrides
	}{
		{"encoding", csv, Overrides{Encoding: "latin-9"}},
		{"sheet", csv, Overrides{Sheet: "1"}},
		{"member", csv, Overrides{Member: "a.csv"}},
		{"member", book, Overrides{Member: "xl/workbook.xml"}},
		{"encoding", book, Overrides{Encoding: "utf-8"}},
		{"delimiter", book, Overrides{Delimiter: ","}},
		{"delimiter", lines, Overrides{Delimiter: "tab"}},
		{"header", lines, Overrides{Header: &yes}},
	} {
		q := request(write(t, c.content), newClock())
		c.over.say(&q.Options)
		_, err := New(newFakeStore(), Settings{}).Run(t.Context(), q)
		all := rollcall.Errors(err)
		if len(all) != 1 || all[0].Field != c.field || all[0].Code != rollcall.CodeInvalid {
			t.Errorf("%s: got %v", c.field, err)
		}
	}
}

// TestGuard_RealFilesPass: rows that hardly differ, or do not differ at all, are no
// bomb.
func TestGuard_RealFilesPass(t *testing.T) {
	tail := "," + strings.Repeat("Los Angeles sales region West ,", 32) + "\n"
	for name, number := range map[string]string{"rows that differ in their number": "+1415%07d", "one row again and again": "+14155550123%.0s"} {
		var packed bytes.Buffer
		z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		size := int64(0)
		for i := 0; size < 2*ratioFrom; i++ {
			n, err := fmt.Fprintf(z, number+tail, i)
			if err != nil {
				t.Fatal(err)
			}
			size += int64(n)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		ratio := size / int64(packed.Len())
		r, err := gunzip(&packed, MaxUnpacked)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil || ratio < 100 {
			t.Errorf("%s, %d to 1: %v", name, ratio, err)
		}
	}
}

// say puts overrides into an import's options.
func (o Overrides) say(into *rollcall.ImportOptions) {
	into.Encoding, into.Delimiter, into.Sheet, into.Member = o.Encoding, o.Delimiter, o.Sheet, o.Member
	if o.Header != nil {
		into.Header = fmt.Sprint(*o.Header)
	}
}
