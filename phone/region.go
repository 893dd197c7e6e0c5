package phone

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// regionName is a folded name and its region.
type regionName struct{ folded, region string }

// maxRegionText bounds the work for one text; no name of a region is longer.
const maxRegionText = 96

// RegionOf reads what people write for a country: its ISO 3166-1 code of two or three letters in any case, "us" or "USA"; its
// English name, long or short, "United Kingdom", "UK", "Korea, Republic of"; its name in the language that most people there
// speak, "Deutschland"; its country calling code after + or 00, "+49". Blanks, punctuation, case and a leading "the" do not
// count. ok is false where the text names no region that KnownRegion knows or more than one, as "+1", "Congo" and "Korea" do.
func RegionOf(text string) (region string, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) == 0 || len(text) > maxRegionText {
		return "", false
	}
	if region, ok := regionByAlpha2(text); ok {
		return region, true
	}
	if c := text[0]; c == '+' || c == '0' {
		return regionByCode(text)
	}
	// Lower case may take more bytes than upper case.
	var buf [2 * maxRegionText]byte
	folded := foldRegion(buf[:0], text)
	if region, ok := regionByName(folded); ok {
		return region, true
	}
	if len(folded) > 3 && string(folded[:3]) == "the" {
		return regionByName(folded[3:])
	}
	return "", false
}

// regionByAlpha2 reads two ASCII letters that are a region's code.
func regionByAlpha2(text string) (string, bool) {
	if len(text) != 2 {
		return "", false
	}
	// Only letters become capital letters so.
	code := [2]byte{text[0] &^ 0x20, text[1] &^ 0x20}
	if r := regionNamed(string(code[:])); r != nil {
		return r.region, true
	}
	return "", false
}

// regionByCode reads a calling code after + or 00, if just one region has it.
func regionByCode(text string) (string, bool) {
	code, ok := strings.CutPrefix(text, "+")
	if !ok {
		if code, ok = strings.CutPrefix(text, "00"); !ok {
			return "", false
		}
	}
	code = strings.TrimSpace(code)
	if len(code) > 3 || !isDigits(code) {
		return "", false
	}
	r, rest := splitCountry([]byte(code))
	if r == nil || len(rest) > 0 || r.shared || !KnownRegion(r.region) {
		return "", false
	}
	return r.region, true
}

func regionByName(folded []byte) (string, bool) {
	if len(folded) == 2 {
		// "U.S." is a code, too.
		if region, ok := regionByAlpha2(string(folded)); ok {
			return region, true
		}
	}
	i := sort.Search(len(regionNames), func(i int) bool { return regionNames[i].folded >= string(folded) })
	if i == len(regionNames) || regionNames[i].folded != string(folded) {
		return "", false
	}
	return regionNames[i].region, true
}

// foldRegion appends the letters and digits of a text to b, in lower case. Marks are left out, so that an accent that stands
// apart from its letter vanishes; genplan folds the names in the same way and also without accents.
func foldRegion(b []byte, text string) []byte {
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
	}
	return b
}
