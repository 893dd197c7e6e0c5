package phone

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

func TestRegionOf(t *testing.T) {
	cases := map[string]string{
		"US": "US", "us": "US", " Us ": "US", "USA": "US", "usa": "US", "U.S.A.": "US", "U.S.": "US", "United States": "US",
		"UNITED STATES OF AMERICA": "US", "the United States": "US", "united-states": "US", "America": "US",
		"GB": "GB", "UK": "GB", "uk": "GB", "U.K.": "GB", "Great Britain": "GB", "United Kingdom": "GB", "England": "GB", "GBR": "GB",
		"germany": "DE", "Deutschland": "DE", "DEU": "DE", "+49": "DE", "0049": "DE", "00 49": "DE",
		"South Korea": "KR", "Korea, Republic of": "KR", "Republic of Korea": "KR", "대한민국": "KR", "North Korea": "KP",
		"Österreich": "AT", "Osterreich": "AT", "O\u0308sterreich": "AT", "ÖSTERREICH": "AT", "Austria": "AT", "Australia": "AU",
		"Côte d’Ivoire": "CI", "Cote d'Ivoire": "CI", "Ivory Coast": "CI", "España": "ES", "Espana": "ES", "Brasil": "BR",
		"Türkiye": "TR", "Turkey": "TR", "Schweiz": "CH", "Suisse": "CH", "भारत": "IN", "India": "IN", "日本": "JP", "Россия": "RU",
		"The Netherlands": "NL", "Holland": "NL", "the Gambia": "GM", "Bosnia & Herzegovina": "BA", "Bosnia and Herzegovina": "BA",
		"St. Lucia": "LC", "Saint Lucia": "LC", "Czech Republic": "CZ", "Czechia": "CZ", "Eswatini": "SZ", "North Macedonia": "MK",
		"Guinea": "GN", "Equatorial Guinea": "GQ", "Niger": "NE", "Nigeria": "NG", "Dominica": "DM", "Dominican Republic": "DO",
		"Myanmar": "MM", "Burma": "MM", "Hong Kong": "HK", "Taiwan": "TW", "Kosovo": "XK", "XKX": "XK", "Viet Nam": "VN", "Vietnam": "VN",
		"Congo - Kinshasa": "CD", "+353": "IE",

		"": "", " ": "", "-": "", "??": "", "ZZ": "", "zz": "", "AQ": "", "Antarctica": "", "Nowhere": "", "the": "", "Congo": "", "Korea": "",
		"+1": "", "+44": "", "+7": "", "+39": "", "0044": "", "+": "", "00": "", "0": "", "+999": "", "+800": "", "49": "", "+4": "", "+49x": "",
		"001": "", "+001": "", "U": "", "\xff\xfe": "", "1": "", strings.Repeat("x", 500): "", "Côte\xff": "",
	}
	for text, want := range cases {
		if got, ok := RegionOf(text); got != want || ok != (want != "") {
			t.Errorf("RegionOf(%q) = %q, %v, want %q", text, got, ok, want)
		}
	}
}

func TestRegionOf_EveryRegionByItsCodes(t *testing.T) {
	for region := range phonenumbers.GetSupportedRegions() {
		for _, text := range []string{region, strings.ToLower(region)} {
			if got, _ := RegionOf(text); got != region {
				t.Errorf("RegionOf(%q) = %q", text, got)
			}
		}
		code := phonenumbers.GetCountryCodeForRegion(region)
		got, ok := RegionOf("+" + regionNamed(region).code)
		if alone := len(phonenumbers.GetRegionCodesForCountryCode(code)) == 1; ok != alone || ok && got != region {
			t.Errorf("RegionOf(+%d) = %q, %v", code, got, ok)
		}
	}
}

func TestRegionNames_AreFoldedSortedAndFoundAgain(t *testing.T) {
	of := map[string]int{}
	for i, n := range regionNames {
		if i > 0 && regionNames[i-1].folded >= n.folded {
			t.Errorf("%q is out of order", n.folded)
		}
		if got := string(foldRegion(nil, n.folded)); got != n.folded || len(got) > maxRegionText {
			t.Errorf("%q folds to %q", n.folded, got)
		}
		if got, ok := RegionOf(n.folded); !ok || got != n.region {
			t.Errorf("RegionOf(%q) = %q, want %q", n.folded, got, n.region)
		}
		of[n.region]++
	}
	for region := range phonenumbers.GetSupportedRegions() {
		// The alpha-3 code and the English name at least.
		if of[region] < 2 {
			t.Errorf("%s has %d names", region, of[region])
		}
	}
}

func TestRegionOf_NamesAKnownRegionWhateverTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[+0 ]{0,3}[0-9A-Za-z]{0,4}`)).Draw(t, "text")
		region, ok := RegionOf(text)
		if ok != KnownRegion(region) {
			t.Fatalf("RegionOf(%q) = %q, %v", text, region, ok)
		}
		if utf8.ValidString(text) {
			if again, _ := RegionOf("  " + text + "\t"); again != region {
				t.Fatalf("with blanks around %q gave %q and %q", text, region, again)
			}
		}
	})
}

func TestRegionOf_AllocatesNothing(t *testing.T) {
	for _, text := range []string{"US", "us", "USA", "Deutschland", "+49", "nowhere"} {
		if got := testing.AllocsPerRun(100, func() { _, _ = RegionOf(text) }); got != 0 {
			t.Errorf("%q: %v allocations", text, got)
		}
	}
}

func TestRegionRows_AreSorted(t *testing.T) {
	if !slices.IsSortedFunc(regionRows[:], func(a, b regionPlan) int {
		if d := len(a.region) - len(b.region); d != 0 {
			return d
		}
		return strings.Compare(a.region+a.code, b.region+b.code)
	}) {
		t.Error("a region could not be found")
	}
}
