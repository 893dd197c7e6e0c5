package ingest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall"
	"rollcall/phone"
)

// normaliseOne normalises the rows of a text under a header.
func normaliseText(t testing.TB, header []string, text string) ([]rollcall.Row, []rollcall.Reject) {
	t.Helper()
	p, err := makePlan(format(header...), planInput{})
	if err != nil {
		t.Fatal(err)
	}
	parser, err := phone.NewParser(phone.RuleE164, "")
	if err != nil {
		t.Fatal(err)
	}
	n := &normaliser{plan: p, parser: parser, scan: format().scanner(maxRecord)}
	var rows []rollcall.Row
	var rejects []rollcall.Reject
	err = n.chunk([]byte(text), func() *batch { return &batch{} }, func(b *batch) error {
		b.renumber(int64(len(rows) + len(rejects)))
		rows, rejects = append(rows, b.rows...), append(rejects, b.rejects...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, rejects
}

// TestNormalise_Rejects names every code of this package, and the limits to the
// byte.
func TestNormalise_Rejects(t *testing.T) {
	header := []string{"Phone", "First Name", "Note"}
	name, extra := rollcall.MaxFieldBytes, rollcall.MaxExtraBytes-len(`{"Note":""}`)
	for _, c := range []struct{ name, row, want string }{
		{"good", "4155550123,Ann,x", ""},
		{"fewer cells", "4155550123", ""},
		{"blank cells beyond", "4155550123,Ann,x,, ,", ""},
		{"too many cells", "4155550123,Ann,x,y", "too_many_cells"},
		{"no number", ",Ann", "phone_missing"},
		{"blanks for a number", "  ,Ann", "phone_missing"},
		{"delimiters only", ",,", "phone_missing"},
		{"scientific", "9.19877E+11,Ann", "phone_scientific"},
		{"NUL", "4155550123,A\x00n", "nul_byte"},
		{"not UTF-8", "4155550123,\xe9", "not_utf8"},
		{"quote", "4155550123,\"Ann", "quote_not_closed"},
		{"longest name", "4155550123," + strings.Repeat("x", name), ""},
		{"name too long", "4155550123," + strings.Repeat("x", name+1), "field_too_long"},
		{"blanks around do not count", "4155550123, " + strings.Repeat("x", name) + " ", ""},
		{"longest extra", "4155550123,," + strings.Repeat("x", extra), ""},
		{"extra too large", "4155550123,," + strings.Repeat("x", extra+1), "extra_too_large"},
		{"row too long", "4155550123," + strings.Repeat("x", maxRecord), "row_too_long"},
		{"a bad number in a damaged row", "12,\x00", "nul_byte"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, rejects := normaliseText(t, header, "4155550100\n"+c.row+"\n4155550101\n")
			var codes []string
			for _, r := range rejects {
				codes = append(codes, r.Code)
				if r.Number != 2 || r.Message == "" || len(r.Raw) > max(len(c.row), 3)+4 || strings.ContainsRune(r.Raw, 0) {
					t.Errorf("got %+v", r)
				}
			}
			if got := strings.Join(codes, " "); got != c.want || len(rows)+len(rejects) != 3 {
				t.Errorf("got %q, %d rows", got, len(rows))
			}
		})
	}
}

// TestNormalise_RawOfLongRow keeps the beginning only.
func TestNormalise_RawOfLongRow(t *testing.T) {
	_, rejects := normaliseText(t, []string{"Phone"}, strings.Repeat("é", maxRecord))
	if len(rejects) != 1 || len(rejects[0].Raw) > maxRawOfLong+len("…") || !strings.HasSuffix(rejects[0].Raw, "é…") {
		t.Errorf("got %d, %q", len(rejects), rejects[0].Raw[max(0, len(rejects[0].Raw)-20):])
	}
}

// TestNormalise_Row: mapped cells are cleared of blanks around them, others stay
// as they stand, and what is blank is not given.
func TestNormalise_Row(t *testing.T) {
	rows, _ := normaliseText(t, []string{"First Name", "Phone", "A", "B", "id"}, ` Ann ," 415 555-0123	", a , ,`+"\n")
	c := rows[0].Contact
	got := fmt.Sprintf("%d %q %v %v %s", c.Phone, c.PhoneSent, c.FirstName, c.UniqueID, c.Extra)
	if want := `4155550123 "415 555-0123" {Ann true} { false} {"A":" a "}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestAppendJSON holds the encoder against the standard library's decoder.
func TestAppendJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		var back string
		if err := json.Unmarshal(appendJSON(nil, s), &back); err != nil || back != s {
			t.Fatal(err, back)
		}
	})
}

// TestNormalise_Batches: a chunk of very many short rows, or of large ones, is
// handed on in pieces.
func TestNormalise_Batches(t *testing.T) {
	p, err := makePlan(format("Phone", "Note"), planInput{})
	if err != nil {
		t.Fatal(err)
	}
	parser, _ := phone.NewParser(phone.RuleE164, "")
	for _, text := range []string{strings.Repeat("1\n", 300_000), strings.Repeat("4155550123,"+strings.Repeat("x\x01", 1300)+"\n", 2000)} {
		n := &normaliser{plan: p, parser: parser, scan: format().scanner(maxRecord)}
		rows, batches := int64(0), 0
		err := n.chunk([]byte(text), func() *batch { return &batch{} }, func(b *batch) error {
			if rows, batches = rows+b.len(), batches+1; b.len() > batchRows || b.bytes > batchBytes+rollcall.MaxExtraBytes+maxRecord {
				t.Errorf("a batch of %d rows and %d bytes", b.len(), b.bytes)
			}
			return nil
		})
		if err != nil || rows != int64(strings.Count(text, "\n")) || batches < 2 {
			t.Error(err, rows, batches)
		}
	}
}
