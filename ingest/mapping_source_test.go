package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
)

// mapped gives a plan for a text.
func mapped(t testing.TB, text string, in planInput) *plan {
	t.Helper()
	f, err := sniffBytesOf([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if in.rule == "" {
		in.rule = phone.RuleValid
	}
	p, err := makePlan(f, in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMapping_Remembered: what was said before counts after what the caller says
// now and before all else, as far as its columns are still there.
func TestMapping_Remembered(t *testing.T) {
	const header, row = "Phone,Mobile,First,X", "\n+12025550101,+12025550102,Ann,7\n"
	type fields = map[rollcall.Field]string
	for _, c := range []struct {
		name            string
		given, remember fields
		want            rollcall.Mapping
		by              string // of the phone number
	}{
		{"alone", nil, fields{"phoneNumber": "Mobile", "uniqueId": "X"}, rollcall.Mapping{PhoneNumber: "Mobile", FirstName: "First", UniqueID: "X"}, ByRemembered},
		{"the caller knows better", fields{"phoneNumber": "Phone"}, fields{"phoneNumber": "Mobile"}, rollcall.Mapping{PhoneNumber: "Phone", FirstName: "First"}, ByCaller},
		{"the caller takes the column", fields{"uniqueId": "Mobile"}, fields{"phoneNumber": "Mobile"}, rollcall.Mapping{PhoneNumber: "Phone", FirstName: "First", UniqueID: "Mobile"}, ByName},
		{"a column that is gone", nil, fields{"phoneNumber": "Cell", "lastName": "Last"}, rollcall.Mapping{PhoneNumber: "Phone", FirstName: "First"}, ByName},
		{"another spelling", nil, fields{"phoneNumber": "MO BILE"}, rollcall.Mapping{PhoneNumber: "Mobile", FirstName: "First"}, ByRemembered},
		{"left out", nil, fields{"firstName": "", "phoneNumber": ""}, rollcall.Mapping{PhoneNumber: "Phone"}, ByName},
		{"a field that is no more", nil, fields{"shoeSize": "X"}, rollcall.Mapping{PhoneNumber: "Phone", FirstName: "First"}, ByName},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mapped(t, header+row, planInput{corrections: c.given, remembered: c.remember})
			if diff := cmp.Diff(c.want, p.mapping); diff != "" {
				t.Error(diff)
			}
			if got := answerColumn(t, p.answer, p.mapping.PhoneNumber); got.By != c.by {
				t.Errorf("got %+v, want %s", got, c.by)
			}
		})
	}
	// Columns without a header are called alike in every file.
	p := mapped(t, strings.TrimPrefix(row, "\n")+"Bob,,,\n", planInput{corrections: fields{"phoneNumber": "Column 1"}, remembered: fields{"uniqueId": "Column 3"}})
	if p.mapping.UniqueID != "" {
		t.Errorf("got %+v", p.mapping)
	}
}

// TestMapping_RegionColumn: the caller, then what is remembered, then names, then
// content, and content only where it makes more numbers good.
func TestMapping_RegionColumn(t *testing.T) {
	const rows = "\n020 7946 0001,GB,US,a\n020 7946 0002,GB,US,b\n020 7946 0003,GB,US,c\n"
	for _, c := range []struct {
		name, header string
		in           planInput
		want, by     string
	}{
		{"caller", "Phone,Country,Nation,X", planInput{regionColumn: "nation"}, "Nation", ByCaller},
		{"caller wants none", "Phone,Country,Nation,X", planInput{regionColumn: "-", rememberedRegion: "Country"}, "", ""},
		{"remembered", "Phone,Country,Nation,X", planInput{rememberedRegion: "Nation"}, "Nation", ByRemembered},
		{"remembered none", "Phone,Country,Nation,X", planInput{rememberedRegion: "-"}, "", ""},
		{"remembered, but gone", "Phone,Country,Nation,X", planInput{rememberedRegion: "Land"}, "Country", ByName},
		{"the likelier name", "Phone,Nation,Country,X", planInput{}, "Country", ByName},
		{"a name against its content", "Phone,A,B,Country", planInput{region: "GB"}, "", ""},
		{"content", "Phone,A,B,X", planInput{region: "US"}, "A", ByContent},
		{"content without a region", "Phone,A,B,X", planInput{}, "A", ByContent},
		{"content gains nothing", "Phone,A,B,X", planInput{region: "GB"}, "", ""},
		{"a state", "Phone,State,Language,X", planInput{region: "US"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mapped(t, c.header+rows, c.in)
			got, by := "", ""
			for i, column := range p.answer.Columns {
				if column.Role == RoleRegion {
					got, by = column.Name, column.By
					if p.region != i {
						t.Errorf("the plan has column %d, the answer %d", p.region, i)
					}
				}
			}
			if got != c.want || by != c.by || (got == "") != (p.region == unmapped) {
				t.Errorf("got %q by %q, column %d", got, by, p.region)
			}
		})
	}
	f, _ := sniffBytesOf([]byte("Phone,X" + rows))
	if _, err := makePlan(f, planInput{regionColumn: "Land"}); rollcall.CodeOf(err) != rollcall.CodeInvalid || !strings.Contains(err.Error(), `"Phone", "X"`) {
		t.Errorf("got %v", err)
	}
}

// TestMapping_Content: cells decide where names say nothing, and not where names
// say something else.
func TestMapping_Content(t *testing.T) {
	for _, c := range []struct{ name, region, text, want string }{
		{"numbers", "US", "A,B\nx,(202) 555-0101\ny,(202) 555-0102\n", "B"},
		{"numbers in groups, without a region", "", "A,B\nx,020 7946 0001\ny,202-555-0102\n", "B"},
		{"misspelt before content", "US", "Telefone Number,B\n2025550101,2025550102\n", "Telefone Number"},
		{"a name before content", "US", "Home Phone,B\n2025550101,2025550102\n", "Home Phone"},
		{"content before a name that is blank", "US", "Phone,B\n,(202) 555-0101\n", "B"},
		{"content before a name that holds something else", "US", "Phone,B\nyes,(202) 555-0101\nno,(202) 555-0102\n", "B"},
		{"a name that holds something else, alone", "US", "Phone,B\nyes,x\nno,y\n", "Phone"},
		{"a name with shortened numbers", "US", "Phone,B\n9.19877E+11,x\n", "Phone"},
		{"the fuller", "US", "A,B\n(202) 555-0101,\n(202) 555-0102,(202) 555-0104\n(202) 555-0103,\n", "A"},
		{"not a fax", "US", "Fax,B\n(202) 555-0101,(202) 555-0102\n", "B"},
		{"not an account", "US", "accountNo,B\n(202) 555-0101,(202) 555-0102\n", "B"},
		{"not what another field is called", "US", "Customer ID,B\n2025550101,(202) 555-0102\n", "B"},
		{"no header", "US", "(202) 555-0101,20250101\n(202) 555-0102,20250102\n", "Column 1"},
		{"one phone number, found by its first cell", "", "2025550101,x\n", "Column 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mapped(t, c.text, planInput{region: c.region}).mapping.PhoneNumber; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestMapping_ContentThatIsNoPhone: such columns are not taken, so that nothing is
// known to hold the number.
func TestMapping_ContentThatIsNoPhone(t *testing.T) {
	for name, cells := range map[string][]string{
		"dates":            {"02.01.2026", "03.01.2026", "04.02.2026"},
		"ids that count":   {"2025550101", "2025550102", "2025550103", "2025550105", "2025550109", "2025550110"},
		"ids of no plan":   {"9911220033", "1188227733", "1022883344"},
		"prices":           {"1.234.567", "2.345.678", "1,50"},
		"e-mail addresses": {"2025550101@example.com", "b@example.com"},
		"cards":            {"4111 1111 1111 1111", "4111 1111 1111 1112"},
		"few among others": {"(202) 555-0101", "x", "y", "z"},
		"times":            {"2026-01-05 09:12", "2026-01-06 10:13"},
		"postal codes":     {"12345-6789", "12345-6780"},
	} {
		f, err := sniffBytesOf([]byte("A;B\n" + strings.Join(cells, ";\n") + ";\n"))
		if err != nil {
			t.Fatal(err)
		}
		if p, err := makePlan(f, planInput{region: "US"}); err == nil {
			t.Errorf("%s: got %+v", name, p.answer)
		}
	}
}

// TestMapping_Fallbacks are the other numbers of the person, unless the caller
// names one.
func TestMapping_Fallbacks(t *testing.T) {
	for _, c := range []struct {
		name, header, row string
		in                planInput
		want              string
	}{
		{"in the order of the names", "Home Phone,Phone 2,Mobile,Phone", "+12025550101,+12025550102,+12025550103,+12025550104", planInput{}, "Mobile Home Phone Phone 2"},
		{"the second of a name", "Phone,Phone", "+12025550101,+12025550102", planInput{}, "Phone (2)"},
		{"blank so far", "Phone,Mobile,Cell", "+12025550101,,+12025550102", planInput{}, "Cell Mobile"},
		{"not of other people or things", "Phone,Emergency Phone,Fax,Number,Phone Type", "+12025550101,+12025550102,+12025550103,+12025550104,+12025550105", planInput{}, ""},
		{"not what holds something else", "Phone,Mobile", "+12025550101,yes", planInput{}, ""},
		{"the caller means one", "Phone,Mobile", "+12025550101,+12025550102", planInput{corrections: map[rollcall.Field]string{"phoneNumber": "Phone"}}, ""},
		{"not what the caller mapped", "Phone,Mobile", "+12025550101,+12025550102", planInput{corrections: map[rollcall.Field]string{"uniqueId": "Mobile"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mapped(t, c.header+"\n"+c.row+"\n", c.in)
			var got []string
			for _, i := range p.fallbacks {
				got = append(got, p.answer.Columns[i].Name)
				if p.answer.Columns[i].Role != RolePhoneFallback {
					t.Errorf("got %+v", p.answer.Columns[i])
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestHeaderKey(t *testing.T) {
	key := HeaderKey([]string{"First Name", "Phone", "#"})
	for name, same := range map[string][]string{
		"case, blanks and punctuation": {"first_name", " PHONE ", "#"},
		"a rejects file":               {"rejected im-0603182c-7ffb-43c3-b307-47ca14b4c0de", "First Name", "Phone", "#"},
	} {
		if got := HeaderKey(same); got != key || len(got) != 64 {
			t.Errorf("%s: another key, %s", name, got)
		}
	}
	for name, other := range map[string][]string{
		"order": {"Phone", "First Name", "#"}, "fewer": {"First Name", "Phone"}, "more": {"First Name", "Phone", "#", ""},
		"run together": {"First NamePhone", "#"}, "punctuation alone": {"First Name", "Phone", "%"},
	} {
		if HeaderKey(other) == key {
			t.Errorf("%s: the same key", name)
		}
	}
}

// A name for the whole stands for one part only where the other part has its column.
func TestMapping_NamesBesideEachOther(t *testing.T) {
	const rows = "\nA,B,+12025550101\n"
	for _, c := range []struct {
		header string
		given  map[rollcall.Field]string
		first  string
		last   string
	}{
		{header: "Name,Vorname,Phone", first: "Vorname", last: "Name"},
		{header: "Name,Title,Phone"},
		{header: "Name,Firma,Phone", given: map[rollcall.Field]string{"firstName": "Firma"}, first: "Firma"},
		{header: "Name,Vorname,Phone", given: map[rollcall.Field]string{"firstName": ""}},
		{header: "Name,Vorname,Phone", given: map[rollcall.Field]string{"uniqueId": "Name"}, first: "Vorname"},
		{header: "Nome,Cognome,Phone", first: "Nome", last: "Cognome"},
		{header: "NOME,Apelido,Phone", first: "NOME", last: "Apelido"},
	} {
		p := mapped(t, c.header+rows, planInput{corrections: c.given})
		if p.mapping.FirstName != c.first || p.mapping.LastName != c.last {
			t.Errorf("%s, %v: first name %q, last name %q", c.header, c.given, p.mapping.FirstName, p.mapping.LastName)
		}
	}
}
