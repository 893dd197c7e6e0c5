package phone

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// The automata and the library must give one answer for every text. These tests hold them against each other; FuzzAgreement
// goes on for as long as it is let.

var allRules = []Rule{RuleE164, RuleValid, RuleMobile}

// agree fails where Parser and the library read s differently.
func agree(t failer, rule Rule, region, s string) {
	t.Helper()
	p, err := NewParser(rule, region)
	if err != nil {
		t.Fatalf("%v", err)
	}
	n, got := p.parse(s)
	want, wantErr := newLibrary(rule, region).parse(s)
	if n != want || got != wantErr {
		t.Fatalf("%s in %q: %q gave %v, %v; by the library %v, %v", rule, region, s, n, got, want, wantErr)
	}
}

// examples are numbers of every region and type, as the library's metadata have them.
var examples = func() (list []*phonenumbers.PhoneNumber) {
	for _, region := range fuzzRegions[1:] {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil {
				list = append(list, n)
			}
		}
	}
	for code := range phonenumbers.GetSupportedGlobalNetworkCallingCodes() {
		list = append(list, phonenumbers.GetExampleNumberForNonGeoEntity(code))
	}
	return list
}()

// randomSpelling draws digits, perhaps with a plus, of which many are numbers, or nearly.
func randomSpelling(r *rand.Rand) string {
	switch r.IntN(8) {
	case 0: // nothing known about them
		return randomDigits(r, 1+r.IntN(18))
	case 1: // a calling code and digits
		row := &regionRows[r.IntN(len(regionRows))]
		return oneOf(r, "+", "", "00", "011") + row.code + randomDigits(r, 3+r.IntN(12))
	case 2: // a likely length behind a national prefix
		return oneOf(r, "", "0", "1", "8", "06", "0", "9", "15") + randomDigits(r, 6+r.IntN(6))
	}
	example := examples[r.IntN(len(examples))]
	digits := []byte(phonenumbers.GetNationalSignificantNumber(example))
	mutate(r, digits)
	switch code := strconv.Itoa(int(example.GetCountryCode())); r.IntN(5) {
	case 0:
		return "+" + code + string(digits)
	case 1:
		return "+" + code + oneOf(r, "0", "1", "8", "06", "00") + string(digits)
	case 2:
		return oneOf(r, "", "00", "011", "810", "0011", "009") + code + string(digits)
	case 3:
		return oneOf(r, "0", "1", "8", "06", "015", "019", "90", "0015", "1831", "180020") + string(digits)
	}
	return string(digits)
}

// mutate keeps the beginning of a number and changes some of the rest.
func mutate(r *rand.Rand, digits []byte) {
	from := r.IntN(len(digits) + 1)
	if r.IntN(2) == 0 {
		copy(digits[from:], randomDigits(r, len(digits)-from))
		return
	}
	for range r.IntN(3) {
		digits[r.IntN(len(digits))] = byte('0' + r.IntN(10))
	}
}

func randomDigits(r *rand.Rand, n int) string {
	digits := make([]byte, n)
	for i := range digits {
		digits[i] = byte('0' + r.IntN(10))
	}
	return string(digits)
}

func oneOf(r *rand.Rand, choices ...string) string { return choices[r.IntN(len(choices))] }

func TestPlan_KindsAgreeWithTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200_000 {
		checkKind(t, strings.TrimPrefix(randomSpelling(r), "+"))
	}
}

// kindOf is the kind that stands for a type of the library's.
func kindOf(kind phonenumbers.PhoneNumberType) uint16 {
	switch kind {
	case phonenumbers.UNKNOWN:
		return kindUnknown
	case phonenumbers.FIXED_LINE:
		return kindFixed
	case phonenumbers.FIXED_LINE_OR_MOBILE:
		return kindEither
	case phonenumbers.MOBILE:
		return kindMobile
	}
	return kindOther
}

func TestParse_AgreesWithTheLibraryInEveryRegion(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for i := range 100_000 {
		agree(t, allRules[r.IntN(len(allRules))], fuzzRegions[i%len(fuzzRegions)], randomSpelling(r))
	}
}

func TestParse_AgreesWithTheLibraryOnItsOwnSpellings(t *testing.T) {
	formats := []phonenumbers.PhoneNumberFormat{phonenumbers.NATIONAL, phonenumbers.INTERNATIONAL}
	r := rand.New(rand.NewPCG(3, 3))
	for _, example := range examples {
		for range 3 {
			digits := []byte(phonenumbers.GetNationalSignificantNumber(example))
			mutate(r, digits)
			region := phonenumbers.GetRegionCodeForCountryCode(int(example.GetCountryCode()))
			if region == "001" {
				region = ""
			}
			number, err := phonenumbers.Parse("+"+strconv.Itoa(int(example.GetCountryCode()))+string(digits), "ZZ")
			if err != nil {
				continue
			}
			for _, format := range formats {
				agree(t, RuleValid, region, phonenumbers.Format(number, format))
				agree(t, RuleE164, region, phonenumbers.Format(number, format))
			}
		}
	}
}

func TestParse_AgreesWithTheLibraryOnAnyDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agree(t, rapid.SampledFrom(allRules).Draw(t, "rule"), rapid.SampledFrom(fuzzRegions).Draw(t, "region"),
			rapid.StringMatching(`\+?(00|011|0|1|8)?[0-9]{0,22}`).Draw(t, "s"))
	})
}

func FuzzAgreement(f *testing.F) {
	for i, example := range examples {
		for _, format := range []phonenumbers.PhoneNumberFormat{phonenumbers.E164, phonenumbers.NATIONAL} {
			f.Add(phonenumbers.Format(example, format), byte(i), uint16(i))
		}
	}
	f.Fuzz(func(t *testing.T, s string, rule byte, region uint16) {
		agree(t, allRules[int(rule)%len(allRules)], fuzzRegions[int(region)%len(fuzzRegions)], s)
	})
}

func TestPlan_IsMadeFromTheLibrarysVersion(t *testing.T) {
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`github\.com/nyaruka/phonenumbers (\S+)`).FindSubmatch(text)
	if found == nil || string(found[1]) != planVersion {
		t.Errorf("the plans are those of %s, go.mod has %s; run: make generate", planVersion, found)
	}
}

func TestPlan_FollowsTheRegionsOfTheLibrary(t *testing.T) {
	for region := range phonenumbers.GetSupportedRegions() {
		r := regionNamed(region)
		if r == nil || r.code != strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region)) {
			t.Errorf("%s: %+v", region, r)
			continue
		}
		if main := phonenumbers.GetRegionCodeForCountryCode(phonenumbers.GetCountryCodeForRegion(region)); mainRegion(r.code).region != main {
			t.Errorf("%s is read by %s, by the library by %s", region, mainRegion(r.code).region, main)
		}
	}
	if got, want := len(regionRows), len(phonenumbers.GetSupportedRegions())+len(phonenumbers.GetSupportedGlobalNetworkCallingCodes()); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
}

// TestPlan_EveryTransitionAgreesWithTheLibrary walks to every state of the automaton of whole numbers, takes every digit from
// there, and asks the library about numbers that begin so. Random numbers alone would seldom get to the small plans.
func TestPlan_EveryTransitionAgreesWithTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	seen := map[automaton]bool{numberKinds: true}
	transitions := 0
	for queue := []walked{{numberKinds, ""}}; len(queue) > 0; queue = queue[1:] {
		for digit := range byte(10) {
			next := queue[0].step(digit)
			for range 3 {
				checkKind(t, next.digits+randomDigits(r, max(0, minDigits+r.IntN(7)-len(next.digits))))
			}
			checkKind(t, next.digits)
			transitions++
			if !seen[next.state] && next.state >= sinks {
				seen[next.state] = true
				queue = append(queue, next)
			}
		}
	}
	if len(seen) < 3000 || transitions != 10*len(seen) {
		t.Errorf("%d states, %d transitions: are these the plans of the world?", len(seen), transitions)
	}
}

// walked is a state, and digits that lead to it.
type walked struct {
	state  automaton
	digits string
}

func (w walked) step(digit byte) walked {
	return walked{automaton(numberAt(int(w.state)*rowSize + int(digit)*2)), w.digits + string('0'+digit)}
}

// checkKind holds the kind of a number against the library, if the digits have a number's form.
func checkKind(t *testing.T, digits string) {
	t.Helper()
	n, err := form([]byte(digits))
	if err != nil {
		return
	}
	want := kindOf(libraryType(n))
	if _, _, ok := librarySplit(n); !ok {
		want = kindNoCountry
	}
	if got := planKind([]byte(digits)); got != want {
		t.Fatalf("the kind of %s is %d, by the library %d", digits, got, want)
	}
	if got, want := planKnows([]byte(digits)), libraryKnows(n); got != want {
		t.Fatalf("the plans know %s: %v, by the library %v", digits, got, want)
	}
}
