package main

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"
)

// otherNames are what people write for a region besides the names of CLDR: the names of ISO 3166-1, former names, parts of a
// country, and the country's name in its further languages.
var otherNames = map[string]string{
	"AE": "UAE, Emirates",
	"AX": "Aland",
	"BA": "Bosnia",
	"BE": "België, Belgique, Belgien",
	"BN": "Brunei Darussalam",
	"BO": "Plurinational State of Bolivia, Bolivia Plurinational State of",
	"CC": "Keeling Islands",
	"CD": "Congo Kinshasa, Democratic Republic of the Congo, Congo Democratic Republic of the, DR Congo, DRC",
	"CG": "Congo Brazzaville, Republic of the Congo",
	"CH": "Schweiz, Suisse, Svizzera, Svizra",
	"CI": "Ivory Coast, Cote d'Ivoire",
	"CN": "People's Republic of China, PRC, Mainland China",
	"CV": "Cape Verde, Cabo Verde",
	"CY": "Kıbrıs",
	"CZ": "Czech Republic, Česká republika",
	"DE": "Federal Republic of Germany",
	"FK": "Malvinas, Falkland Islands Malvinas",
	"FM": "Federated States of Micronesia, Micronesia Federated States of",
	"GB": "UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, United Kingdom of Great Britain and Northern Ireland",
	"HK": "Hong Kong",
	"IE": "Republic of Ireland, Eire",
	"IN": "Bharat",
	"IR": "Islamic Republic of Iran, Iran Islamic Republic of",
	"KN": "St. Kitts",
	"KP": "North Korea, Democratic People's Republic of Korea, Korea Democratic People's Republic of, DPRK",
	"KR": "South Korea, Republic of Korea, Korea Republic of, Korea South",
	"LA": "Lao People's Democratic Republic, Lao PDR",
	"MD": "Republic of Moldova, Moldova Republic of",
	"MK": "North Macedonia, Macedonia",
	"MM": "Burma",
	"MO": "Macau, Macao",
	"NL": "Holland, Netherlands Kingdom of the",
	"NZ": "Aotearoa",
	"PH": "Pilipinas",
	"PS": "Palestine, State of Palestine, Palestine State of",
	"RU": "Russian Federation",
	"ST": "Sao Tome",
	"SY": "Syrian Arab Republic",
	"SZ": "Eswatini, Swaziland",
	"TL": "East Timor",
	"TR": "Turkey, Türkiye",
	"TW": "Taiwan Province of China",
	"TZ": "United Republic of Tanzania, Tanzania United Republic of",
	"US": "USA, United States of America, America, Estados Unidos",
	"VA": "Holy See, Vatican",
	"VC": "St. Vincent, St. Vincent and the Grenadines",
	"VE": "Bolivarian Republic of Venezuela, Venezuela Bolivarian Republic of",
	"VG": "Virgin Islands British",
	"VI": "Virgin Islands US, US Virgin Islands, United States Virgin Islands",
	"VN": "Viet Nam",
	"XK": "XKX",
	"ZA": "RSA, Suid-Afrika",
}

// name is a folded name and its region.
type name struct{ folded, region string }

// names returns the names that are one region's alone, sorted.
func names(regions []string) []name {
	of := map[string]map[string]bool{}
	for _, region := range regions {
		for _, spelling := range spellings(region) {
			if folded := fold(spelling); folded != "" {
				if of[folded] == nil {
					of[folded] = map[string]bool{}
				}
				of[folded][region] = true
			}
		}
	}
	var all []name
	for folded, of := range of {
		for region := range of {
			if len(of) == 1 {
				all = append(all, name{folded, region})
			}
		}
	}
	slices.SortFunc(all, func(a, b name) int { return cmp.Compare(a.folded, b.folded) })
	return all
}

// spellings returns what a region is called: its alpha-3 code, its names in English and in the language that most people there
// speak, and the variants of these.
func spellings(region string) []string {
	r := language.MustParseRegion(region)
	list := append([]string{r.ISO3(), display.English.Regions().Name(r)}, strings.Split(otherNames[region], ",")...)
	tag := language.MustParse("und-" + region)
	base, _ := tag.Base()
	if native := display.Regions(language.Make(base.String())); native != nil {
		list = append(list, native.Name(r))
	}
	var all []string
	for _, spelling := range list {
		all = append(all, variants(spelling)...)
	}
	return all
}

// variants returns a name, and how else people write it: what stands in parentheses alone and left out, "and" for "&", "Saint"
// for "St.", and without accents.
func variants(spelling string) []string {
	list := []string{spelling}
	if before, in, found := strings.Cut(spelling, "("); found {
		list = append(list, before, strings.TrimSuffix(in, ")"))
	}
	for _, s := range list {
		list = append(list, strings.ReplaceAll(s, "&", "and"))
	}
	for _, s := range list {
		list = append(list, strings.ReplaceAll(s, "St. ", "Saint "))
	}
	for _, s := range list {
		list = append(list, plain(s))
	}
	return list
}

// plain returns s without accents.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// fold keeps the letters and digits of a name, in lower case. The package phone folds what it looks up in the same way.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFC.String(s))
}
