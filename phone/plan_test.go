package phone

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestParse_E164WithRegion(t *testing.T) {
	testParse(t, RuleE164, "US", []parseCase{
		{"National", "4155550123", "+14155550123"},
		{"NationalPunctuated", "(415) 555-0123", "+14155550123"},
		{"OwnCountryCode", "14155550123", "+14155550123"},
		{"InternationalPrefix", "011 44 20 7946 0958", "+442079460958"},
		{"PlusIsPlain", "+4402079460958", "+4402079460958"},
		{"KnownAbroad", "447700123456", "+447700123456"},
		{"InNoPlanButPlain", "447700900123", "+447700900123"},
		{"PrefixThenInNoPlan", "011 44 7700 900123", "+447700900123"},
		{"NationalInNoPlanOfGoodLength", "255 155 0123", "+12551550123"},
		{"ErrTooShort/NoAreaCode", "5550123", CodeTooShort},
		{"ErrTooShort", "123", CodeTooShort},
		{"ErrTooLong", "41555501234155550", CodeTooLong},
		{"ErrUnknownCountry", "011 999 1234567", CodeUnknownCountry},
		{"ErrLeadingZero/AfterPlus", "+0442079460958", CodeLeadingZero},
	})
	testParse(t, RuleE164, "IN", []parseCase{
		{"National", "98765 43210", "+919876543210"},
		{"TrunkZero", "098765 43210", "+919876543210"},
		{"OwnCountryCode", "919876543210", "+919876543210"},
		{"InternationalPrefix", "0091 98765 43210", "+919876543210"},
		{"Plus", "+91 98765-43210", "+919876543210"},
	})
	testParse(t, RuleE164, "GB", []parseCase{
		{"National", "020 7946 0958", "+442079460958"},
		{"InNoPlanOfGoodLength", "07700 900123", "+447700900123"},
		{"PrefixAndTrunkZero", "0044 (0)20 7946 0958", "+442079460958"},
		{"ErrTooLong/National", "020 7946 09581", CodeTooLong},
		{"ErrTooShort/National", "020 79", CodeTooShort},
	})
}

func TestParse_ValidWithoutRegion(t *testing.T) {
	testParse(t, RuleValid, "", []parseCase{
		{"Plus", "+14155550123", "+14155550123"},
		{"NoPlus", "14155550123", "+14155550123"},
		{"TrunkZeroIsDropped", "+44 (0)20 7946 0958", "+442079460958"},
		{"ItalianZeroIsKept", "+39 02 3661 8300", "+390236618300"},
		{"KnownNumberIsNotStripped", "+375 8102153451", "+3758102153451"},
		{"GlobalFreephone", "+800 1234 5678", "+80012345678"},
		{"ErrLeadingZero/National", "020 7946 0958", CodeLeadingZero},
		{"ErrLeadingZero/Prefix00", "00 44 20 7946 0958", CodeLeadingZero},
		{"ErrUnknownCountry", "+999 1234 5678", CodeUnknownCountry},
		{"ErrNotInPlan", "+1 155 555 0123", CodeNotInPlan},
		{"ErrNotInPlan/Length", "+1 415 555 01234", CodeNotInPlan},
		{"ErrNotInPlan/NationalForm", "4155550123", CodeNotInPlan},
		{"ErrTooShort", "+1 415", CodeTooShort},
		{"ErrTooShort/SevenDigitsOfNiue", "+683 7012", CodeTooShort},
		{"ErrTooLong", "+1234567890123456", CodeTooLong},
	})
}

func TestParse_ValidWithRegion(t *testing.T) {
	testParse(t, RuleValid, "US", []parseCase{
		{"National", "(415) 555-0123", "+14155550123"},
		{"OwnCountryCode", "1 415 555 0123", "+14155550123"},
		{"InternationalPrefix", "011 44 20 7946 0958", "+442079460958"},
		{"KnownAbroadWithoutPlus", "919876543210", "+919876543210"},
		{"NeighbourInTheSamePlan", "416 555 0123", "+14165550123"},
		{"ErrNotInPlan", "155 555 0123", CodeNotInPlan},
		{"ErrNotInPlan/ReservedForFiction", "447700900123", CodeNotInPlan},
		{"ErrTooShort/NoAreaCode", "555 0123", CodeTooShort},
		{"ErrUnknownCountry", "+999 1234 5678", CodeUnknownCountry},
		{"ErrUnknownCountry/Prefix", "011 999 1234567", CodeUnknownCountry},
	})
	testParse(t, RuleValid, "IT", []parseCase{
		{"ZeroIsPartOfTheNumber", "02 3661 8300", "+390236618300"},
		{"ZeroWithCountryCode", "39 02 3661 8300", "+390236618300"},
		{"ZeroWithPrefix", "0039 02 3661 8300", "+390236618300"},
		{"ZeroWithPlus", "+39 02 3661 8300", "+390236618300"},
		{"Mobile", "312 345 6789", "+393123456789"},
	})
	testParse(t, RuleValid, "AR", []parseCase{
		{"MobileDialledAtHome", "011 15 2345-6789", "+5491123456789"},
		{"MobileFromAbroad", "+54 9 11 2345-6789", "+5491123456789"},
		{"MobileMixed", "+54 11 15 2345-6789", "+5491123456789"},
	})
}

func TestParse_Mobile(t *testing.T) {
	testParse(t, RuleMobile, "", []parseCase{
		{"India", "+91 98765 43210", "+919876543210"},
		{"Britain", "+44 7400 123456", "+447400123456"},
		{"TrunkZeroIsDropped", "+44 (0)7400 123456", "+447400123456"},
		{"PlanDoesNotTell", "+1 415 555 0123", "+14155550123"},
		{"ErrNotMobile/Landline", "+44 20 7946 0958", CodeNotMobile},
		{"ErrNotMobile/TollFree", "+1 800 555 0123", CodeNotMobile},
		{"ErrNotMobile/Pager", "+44 7640 123456", CodeNotMobile},
		{"ErrNotMobile/NoCountry", "+800 1234 5678", CodeNotMobile},
		{"ErrNotInPlan", "+1 155 555 0123", CodeNotInPlan},
		{"ErrUnknownCountry", "+999 1234 5678", CodeUnknownCountry},
		{"ErrTooShort", "+1 415", CodeTooShort},
	})
	testParse(t, RuleMobile, "AR", []parseCase{
		{"DialledAtHome", "011 15 2345-6789", "+5491123456789"},
		{"ErrNotMobile", "0800 555 1234", CodeNotMobile},
	})
	testParse(t, RuleMobile, "DE", []parseCase{
		{"OwnCode", "4915112345678", "+4915112345678"},
		{"ErrNotMobile", "030 123456", CodeNotMobile},
	})
}

func TestParse_KnownInRegionAndAbroadIsReadInRegion(t *testing.T) {
	// The same ten digits are a landline of Alabama and, with its country code, a mobile of Singapore.
	testParse(t, RuleValid, "US", []parseCase{{"US", "6592345678", "+16592345678"}})
	testParse(t, RuleValid, "SG", []parseCase{{"SG", "6592345678", "+6592345678"}})
	testParse(t, RuleValid, "", []parseCase{{"None", "6592345678", "+6592345678"}})
}

func TestParse_OwnCountryCodeWithoutPlus(t *testing.T) {
	for _, rule := range []Rule{RuleE164, RuleValid} {
		testParse(t, rule, "DE", []parseCase{
			{"Mobile", "4915112345678", "+4915112345678"},
			{"MobileWithTrunkZero", "49 (0)151 12345678", "+4915112345678"},
			{"MobileNational", "0151 12345678", "+4915112345678"},
			{"AreaThatBeginsLikeTheCode", "04921 123456", "+494921123456"},
		})
		testParse(t, rule, "SE", []parseCase{
			{"Stockholm", "468124538", "+468124538"},
			{"Lund", "046 812 45 38", "+46468124538"},
		})
		testParse(t, rule, "IT", []parseCase{
			{"NoTrunkPrefixSoNationalFirst", "390 3812345", "+393903812345"},
			{"Landline", "39 06 69812345", "+390669812345"},
		})
	}
}

func TestParse_EveryExampleOfEveryRegionIsOneNumber(t *testing.T) {
	gb := mustParser(t, RuleE164, "GB")
	for _, region := range fuzzRegions[1:] {
		parsers := []*Parser{mustParser(t, RuleValid, ""), mustParser(t, RuleValid, region), mustParser(t, RuleE164, region)}
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			want := phonenumbers.Format(example, phonenumbers.E164)
			// A kind that the region lacks has no example; seven digits and fewer are not of our form.
			if example == nil || len(want)-1 < minDigits {
				continue
			}
			for _, p := range parsers {
				for _, s := range []string{want, want[1:]} {
					if got := outcome(t, p, s); got != want {
						t.Errorf("%s in %q: Parse(%q) = %s, want %s", p.rule, p.region, s, got, want)
					}
				}
			}
			if got := outcome(t, gb, "00"+want[1:]); got != want {
				t.Errorf("from GB: Parse(00…) = %s, want %s", got, want)
			}
		}
	}
}

// countries are twenty numbering plans: of open and closed form, with trunk prefixes 0, 1, 8, 06 and none, with country codes
// of one, two and three digits, shared and not.
var countries = []string{"US", "CA", "GB", "IN", "IT", "DE", "FR", "ES", "BR", "MX", "AR", "RU", "KZ", "CN", "JP", "KR", "AU",
	"ZA", "HU", "FI"}

func TestParse_SpellingsOfOneNumberInTwentyCountries(t *testing.T) {
	for _, region := range countries {
		t.Run(region, func(t *testing.T) {
			example := phonenumbers.GetExampleNumber(region)
			want := phonenumbers.Format(example, phonenumbers.E164)
			national := phonenumbers.Format(example, phonenumbers.NATIONAL)
			abroad := phonenumbers.Format(example, phonenumbers.INTERNATIONAL)
			everywhere := []string{want, want[1:], abroad, strings.ReplaceAll(abroad, " ", "\u00a0"), "\u202a" + abroad + "\u202c"}

			anywhere := mustParser(t, RuleValid, "")
			for _, s := range everywhere {
				if got := outcome(t, anywhere, s); got != want {
					t.Errorf("valid: Parse(%q) = %s, want %s", s, got, want)
				}
			}
			prefixed := phonenumbers.FormatOutOfCountryCallingNumber(example, otherRegion(region))
			for _, rule := range []Rule{RuleValid, RuleE164} {
				here := mustParser(t, rule, region)
				for _, s := range append(everywhere, national, strings.ReplaceAll(national, "-", "")) {
					if got := outcome(t, here, s); got != want {
						t.Errorf("%s in %s: Parse(%q) = %s, want %s", rule, region, s, got, want)
					}
				}
				there := mustParser(t, rule, otherRegion(region))
				if got := outcome(t, there, prefixed); got != want {
					t.Errorf("%s abroad: Parse(%q) = %s, want %s", rule, prefixed, got, want)
				}
			}
		})
	}
}

// otherRegion is a region whose country code differs from region's and whose international prefix is 011 or 00.
func otherRegion(region string) string {
	if region == "GB" {
		return "US"
	}
	return "GB"
}
