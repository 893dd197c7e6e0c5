package ingest

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/phone"
)

// normaliserOf gives a normaliser for the rows of a text.
func normaliserOf(t testing.TB, text string, in planInput) *normaliser {
	t.Helper()
	p := mapped(t, text, in)
	parser, err := phone.NewParser(p.rule, in.region)
	if err != nil {
		t.Fatal(err)
	}
	return &normaliser{plan: p, parser: parser, scan: format().scanner(maxRecord)}
}

// TestNormalise_CountryOfTheRow: a row's number is read in its country, and in the
// list's where the row tells none.
func TestNormalise_CountryOfTheRow(t *testing.T) {
	const text = "Phone,Country\n020 7946 0001,GB\n"
	n := normaliserOf(t, text, planInput{region: "US"})
	for row, want := range map[string]string{
		"020 7946 0001,GB":         "+442079460001",
		"020 7946 0001, gb ":       "+442079460001",
		"020 7946 0001,":           phone.CodeTooLong, // in the US
		"020 7946 0001":            phone.CodeTooLong,
		"(202) 555-0101,":          "+12025550101",
		"(202) 555-0101,Narnia":    "+12025550101",
		"(202) 555-0101,US":        "+12025550101",
		"+1 202 555 0101,GB":       "+12025550101",
		"030 23125 101,DE":         "+493023125101",
		"(202) 555-0101,\"U\"\"\"": "+12025550101",
	} {
		var got string
		err := n.chunk([]byte(row), func() *batch { return &batch{} }, func(b *batch) error {
			for _, r := range b.rows {
				got = r.Contact.Phone.String()
			}
			for _, r := range b.rejects {
				got = r.Code
			}
			return nil
		})
		if err != nil || got != want {
			t.Errorf("%s: got %s, want %s (%v)", row, got, want, err)
		}
	}
}

// TestRowRegions_ManySpellings: what is kept of a column is bounded, and what is
// not kept is read all the same.
func TestRowRegions_ManySpellings(t *testing.T) {
	other, _ := phone.NewParser(phone.RuleValid, "")
	r := rowRegions{rule: phone.RuleValid}
	for i := range 3 * rememberedCells {
		if got := r.of(fmt.Sprint("x", i), other); got != other {
			t.Fatalf("%d: a country", i)
		}
	}
	if got := r.of(strings.Repeat("x", longestCountry+1), other); got != other || len(r.byCell) > rememberedCells {
		t.Errorf("%d cells are kept", len(r.byCell))
	}
	first, again := r.of("GB", other), r.of("gb", other)
	if number, err := first.Parse("020 7946 0001"); err != nil || number.String() != "+442079460001" || first != again {
		t.Errorf("got %v, %v", number, err)
	}
}

// TestRowRegions_AllocateNothing once a country was seen.
func TestRowRegions_AllocateNothing(t *testing.T) {
	other, _ := phone.NewParser(phone.RuleValid, "")
	r := rowRegions{rule: phone.RuleValid}
	cells := []string{"GB", "de", "", "Narnia"}
	for _, s := range cells {
		r.of(s, other)
	}
	if n := testing.AllocsPerRun(100, func() {
		for _, s := range cells {
			r.of(s, other)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestFirstOfSeveral(t *testing.T) {
	for in, want := range map[string]string{
		"a": "a", "": "", "a ::: b": "a", " ::: b ::: c": "b", ":::": "", "::::::a": "a", "a:::": "a", "a :: b": "a :: b",
	} {
		if got := firstOfSeveral(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
