package ingest

import (
	"encoding/xml"
	"strings"
	"testing"

	"rollcall"
)

func TestNumberFormat(t *testing.T) {
	for code, want := range map[string]numberFormat{
		"General": numberPlain, "0": numberPlain, "0.00E+00": numberPlain, "# ??/??": numberPlain, "@": numberPlain,
		`[Red]0`: numberPlain, `"days "0`: numberPlain, `\d0`: numberPlain, `0_d`: numberPlain, `#,##0 [$Yd-409]`: numberPlain,
		`General" days"`: numberPlain, `0;d`: numberPlain, `"`: numberPlain, `[`: numberPlain, `\`: numberPlain, "": numberPlain,
		"yyyy-mm-dd": numberDate, "mmm": numberDate, "[$-409]d/m/yy": numberDate, "dddd": numberDate,
		"h:mm": numberTime, "mm:ss.0": numberTime, "h AM/PM": numberTime,
		"d/m/yy h:mm": numberDateTime, "[h]:mm": numberElapsed, "[mm]:ss": numberElapsed,
	} {
		if got := formatOf(code); got != want {
			t.Errorf("%q: %d, want %d", code, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		text   string
		format numberFormat
		epoch  epoch
		want   string
	}{
		{"14155550123", numberPlain, false, "14155550123"},
		{"1.4155550123E10", numberPlain, false, "14155550123"},
		{"4155550123.0", numberPlain, false, "4155550123"},
		{"999999999999999", numberPlain, false, "999999999999999"},
		{"9.99999999999999E+14", numberPlain, false, "999999999999999"},
		{"1E+15", numberPlain, false, "1E+15"},
		{"1.2345678901234567E+19", numberPlain, false, "1.2345678901234567E+19"},
		{"0.1", numberPlain, false, "0.1"},
		{"-12", numberPlain, false, "-12"},
		{"x", numberPlain, false, "x"},
		{"NaN", numberDate, false, "NaN"},
		{"1e400", numberDate, false, "1e400"},
		{"14155550123", numberDate, false, "14155550123"},
		{"-1", numberDate, false, "-1"},
		{"0", numberDate, false, "0"},
		{"1", numberDate, false, "1900-01-01"},
		{"59", numberDate, false, "1900-02-28"},
		{"60", numberDate, false, "60"},
		{"61", numberDate, false, "1900-03-01"},
		{"46328", numberDate, false, "2026-11-02"},
		{"44866", numberDate, epoch1904, "2026-11-02"},
		{"0", numberDate, epoch1904, "1904-01-01"},
		{"2958465", numberDate, false, "9999-12-31"},
		{"2958466", numberDate, false, "2958466"},
		{"46328.999999", numberDateTime, false, "2026-11-03T00:00:00"},
		{"46328.5", numberDateTime, false, "2026-11-02T12:00:00"},
		{"0.75", numberTime, false, "18:00:00"},
		{"46328.75", numberTime, false, "18:00:00"},
		{"1.5", numberElapsed, false, "36:00:00"},
	} {
		if got := string(appendNumber(nil, []byte(c.text), c.format, c.epoch)); got != c.want {
			t.Errorf("%s as %d: %s, want %s", c.text, c.format, got, c.want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "a_x000D_\nb": "a\r\nb", "_x005F_x000D_": "_x000D_", "_x00e9_": "é", "_x00g0_": "_x00g0_", "_x000D": "_x000D", "_": "_",
	} {
		if got := string(appendUnescaped(nil, []byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestWorkbook_LongRow: a row over the limit is one reject, whatever its line
// ends, and the next row is read.
func TestWorkbook_LongRow(t *testing.T) {
	cell := func(s string) string { return `<c t="inlineStr"><is><t>` + s + `</t></is></c>` }
	row := func(cells ...string) string { return "<row>" + strings.Join(cells, "") + "</row>" }
	many := strings.Repeat(cell(strings.Repeat("long\n", 20)), 10)
	book := zipText(t, "-- xl/workbook.xml --\n"+`<workbook xmlns:r="http://purl.oclc.org/ooxml/officeDocument/relationships"><sheets><sheet name="S" r:id="rId1"/></sheets></workbook>`+
		"\n-- xl/worksheets/sheet1.xml --\n<worksheet><sheetData>"+row(cell("Phone"), cell("Note"))+row(many)+row(cell("+12025550143"))+"</sheetData></worksheet>")
	store := newFakeStore()
	if _, err := small(store).Run(t.Context(), request(write(t, book), newClock())); err != nil {
		t.Fatal(err)
	}
	if len(store.contacts) != 1 || len(store.rejects) != 1 || store.rejects[0].Code != CodeRowTooLong {
		t.Errorf("got %d contacts, %+v", len(store.contacts), store.rejects)
	}
}

// TestWorkbook_LongToken: a cell that no spreadsheet can write is not held in
// memory.
func TestWorkbook_LongToken(t *testing.T) {
	x := newXML(strings.NewReader("<v>" + strings.Repeat("x", 3*maxToken) + "</v>"))
	for range 3 {
		token, err := x.next()
		text, _ := token.(xml.CharData)
		switch {
		case err != nil && strings.Contains(err.Error(), "4 MiB"):
			return
		case err != nil:
			t.Fatal(err)
		case len(text) > maxToken+64<<10:
			t.Fatalf("%d bytes were read", len(text))
		}
	}
	t.Error("the cell was read")
}

// Rows of a sheet that is not read are not passed over without a word.
func TestUnderstand_OtherSheetsAreToldOf(t *testing.T) {
	f := &Format{Kind: KindXLSX, Header: true, Columns: []string{"phone"}, Sheet: "Spring", Sheets: []string{"Spring", "Autumn"}}
	for sheet, want := range map[string]int{"": 1, "Spring": 0} {
		_, u, err := understand(f, &rollcall.ImportOptions{Sheet: sheet}, rollcall.RememberedMapping{}, nil)
		if err != nil || len(u.Answer.Warnings) != want {
			t.Errorf("sheet %q: %v, %q", sheet, err, u.Answer.Warnings)
		}
	}
	f.Sheets = f.Sheets[:1]
	if _, u, err := understand(f, &rollcall.ImportOptions{}, rollcall.RememberedMapping{}, nil); err != nil || len(u.Answer.Warnings) != 0 {
		t.Errorf("one sheet: %v, %q", err, u.Answer.Warnings)
	}
}
