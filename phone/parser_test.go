package phone

import (
	"errors"
	"testing"
)

func mustParser(tb testing.TB, rule Rule, region string) *Parser {
	tb.Helper()
	p, err := NewParser(rule, region)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// failer is the part of *testing.T that *rapid.T has too.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// outcome is a Number as String gives it, or the code of the refusal.
func outcome(tb failer, p *Parser, s string) string {
	tb.Helper()
	n, err := p.Parse(s)
	if err == nil {
		return n.String()
	}
	var refusal *Error
	if !errors.As(err, &refusal) || n != 0 {
		tb.Fatalf("Parse(%q) = %v, %T: want 0 and *Error", s, n, err)
	}
	return refusal.Code
}

type parseCase struct{ name, in, want string }

func testParse(t *testing.T, rule Rule, region string, cases []parseCase) {
	p := mustParser(t, rule, region)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := outcome(t, p, c.in); got != c.want {
				t.Errorf("%s in %q: Parse(%q) = %s, want %s", rule, region, c.in, got, c.want)
			}
		})
	}
}

func TestParseRule(t *testing.T) {
	for in, want := range map[string]bool{"e164": true, "valid": true, "mobile": true, "": false, "E164": false, "possible": false} {
		if r, ok := ParseRule(in); ok != want || ok && string(r) != in || !ok && r != "" {
			t.Errorf("ParseRule(%q) = %q, %v", in, r, ok)
		}
	}
}

func TestKnownRegion(t *testing.T) {
	for in, want := range map[string]bool{"US": true, "IN": true, "IT": true, "us": false, "": false, "ZZ": false, "001": false} {
		if got := KnownRegion(in); got != want {
			t.Errorf("KnownRegion(%q) = %v", in, got)
		}
	}
}

func TestNewParser_RefusesUnknownRuleOrRegion(t *testing.T) {
	for _, c := range []struct {
		rule   Rule
		region string
	}{{"", ""}, {"E164", "US"}, {RuleE164, "us"}, {RuleValid, "XX"}, {RuleValid, "001"}} {
		if p, err := NewParser(c.rule, c.region); err == nil || p != nil {
			t.Errorf("NewParser(%q, %q) = %v, %v", c.rule, c.region, p, err)
		}
	}
}

func TestParse_E164WithoutRegion(t *testing.T) {
	testParse(t, RuleE164, "", []parseCase{
		{"Plus", "+14155550123", "+14155550123"},
		{"NoPlus", "14155550123", "+14155550123"},
		{"Punctuated", "+1 (415) 555-0123", "+14155550123"},
		{"Dots", "1.415.555.0123", "+14155550123"},
		{"PlusInParentheses", "(+1) 415 555 0123", "+14155550123"},
		{"PaddedToFixedWidth", "14155550123                                                                  ", "+14155550123"},
		{"EightDigits", "12345678", "+12345678"},
		{"FifteenDigits", "123456789012345", "+123456789012345"},
		{"NoPlanIsConsulted", "+99912345678", "+99912345678"},
		{"TrunkZeroIsKept", "+44 (0)20 7946 0958", "+4402079460958"},
		{"ErrMissing", "", CodeMissing},
		{"ErrMissing/Blank", "   ", CodeMissing},
		{"ErrMissing/Dash", "-", CodeMissing},
		{"ErrMissing/OnlyMarks", "\u200e\u00a0", CodeMissing},
		{"ErrTooShort", "1234567", CodeTooShort},
		{"ErrTooShort/PlusAlone", "+", CodeTooShort},
		{"ErrTooLong", "1234567890123456", CodeTooLong},
		{"ErrTooLong/DigitsWithoutEnd", "1111111111111111111111111111111111111111", CodeTooLong},
		{"ErrTooLong/Bytes", "1-4-1-5-5-5-5-0-1-2-3------------------------------------------------", CodeTooLong},
		{"ErrLeadingZero/National", "02079460958", CodeLeadingZero},
		{"ErrLeadingZero/Prefix00", "00442079460958", CodeLeadingZero},
		{"ErrLeadingZero/AfterPlus", "+0442079460958", CodeLeadingZero},
	})
}

func TestParse_BadCharacters(t *testing.T) {
	testParse(t, RuleE164, "", []parseCase{
		{"Letters", "1-800-FLOWERS", CodeBadCharacter},
		{"Words", "unknown", CodeBadCharacter},
		{"PlusInside", "1+4155550123", CodeBadCharacter},
		{"PlusTwice", "++14155550123", CodeBadCharacter},
		{"PlusBehind", "14155550123+", CodeBadCharacter},
		{"Slash", "030/1234567", CodeBadCharacter},
		{"TwoNumbers", "14155550123,14155550124", CodeBadCharacter},
		{"Apostrophe", "'14155550123", CodeBadCharacter},
		{"Tab", "1415\t5550123", CodeBadCharacter},
		{"LineFeedBehind", "14155550123\n", CodeBadCharacter},
		{"NUL", "14155550123\x00", CodeBadCharacter},
		{"BrokenUTF8", "1415555012\xff3", CodeBadCharacter},
		{"ReplacementCharacter", "1415555012\ufffd3", CodeBadCharacter},
		{"OtherScriptsDigits", "\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660", CodeBadCharacter},
		{"Scheme", "tel:+14155550123", CodeBadCharacter},
	})
}

func TestParse_Extensions(t *testing.T) {
	testParse(t, RuleE164, "", []parseCase{
		{"X", "+14155550123x12", CodeExtension},
		{"UpperX", "+1 415 555 0123 X 12", CodeExtension},
		{"Ext", "+1 415 555 0123 ext. 12", CodeExtension},
		{"Comma", "+1 415 555 0123, Ext: 12", CodeExtension},
		{"Extn", "+1 415 555 0123 extn 12", CodeExtension},
		{"Word", "+1 415 555 0123 Extension 12", CodeExtension},
		{"URI", "+14155550123;ext=12", CodeExtension},
		{"Hash", "+1 415 555 0123 #12", CodeExtension},
		{"HashBehind", "+1 415 555 0123 x12#", CodeExtension},
		{"LabelAlone", "+14155550123 ext", CodeBadCharacter},
		{"LabelBeforeOtherWord", "+14155550123 extra", CodeBadCharacter},
		{"NoNumberBefore", "x12345678", CodeBadCharacter},
	})
}

func TestParse_ScientificNotation(t *testing.T) {
	for _, rule := range []Rule{RuleE164, RuleValid} {
		for _, region := range []string{"", "IN"} {
			testParse(t, rule, region, []parseCase{
				{"Excel", "9.19877E+11", CodeScientific},
				{"DecimalComma", "9,19877E+11", CodeScientific},
				{"LowerCase", "9.19877e11", CodeScientific},
				{"NoFraction", "9E+11", CodeScientific},
				{"WithPlus", "+9.19877E+11", CodeScientific},
				{"Padded", " 9.19877E+11 ", CodeScientific},
				{"NegativeExponentIsNoNumber", "9.19877E-11", CodeBadCharacter},
				{"NoExponent", "9.19877E+", CodeBadCharacter},
				{"NoMantissa", "E+11", CodeBadCharacter},
			})
		}
	}
}

func TestParse_UnicodeKin(t *testing.T) {
	testParse(t, RuleE164, "", []parseCase{
		{"NoBreakSpace", "+1\u00a0415\u00a0555\u00a00123", "+14155550123"},
		{"NarrowNoBreakSpace", "+1\u202f415\u202f555\u202f0123", "+14155550123"},
		{"ThinSpace", "+1\u2009415\u2009555\u20090123", "+14155550123"},
		{"Hyphens", "1\u2010415\u2011555\u20120123", "+14155550123"},
		{"Dashes", "1\u2013415\u2014555\u20150123", "+14155550123"},
		{"Minus", "1\u2212415\u2212555\u22120123", "+14155550123"},
		{"SoftHyphen", "1415\u00ad5550123", "+14155550123"},
		{"AddressBookEmbedding", "\u202a+1 415 555 0123\u202c", "+14155550123"},
		{"Isolates", "\u2066+14155550123\u2069", "+14155550123"},
		{"ZeroWidth", "\u200b1415\u200d5550123\u200f", "+14155550123"},
		{"WordJoiner", "1415\u20605550123", "+14155550123"},
		{"ByteOrderMark", "\ufeff+14155550123", "+14155550123"},
		{"Fullwidth", "\uff0b\uff11\u3000\uff08\uff14\uff11\uff15\uff09\uff0d\uff15\uff15\uff15\uff0e0123", "+14155550123"},
		{"InvisiblePlusSignIsNone", "1415\u20645550123", CodeBadCharacter},
		{"LineSeparator", "1415\u20285550123", CodeBadCharacter},
		{"Emoji", "\u260e14155550123", CodeBadCharacter},
	})
}

func TestParse_AllocatesNothing(t *testing.T) {
	plain, region := mustParser(t, RuleE164, ""), mustParser(t, RuleE164, "US")
	valid, mobile := mustParser(t, RuleValid, "AR"), mustParser(t, RuleMobile, "")
	cases := []struct {
		name string
		p    *Parser
		in   string
	}{
		{"Plain", plain, "14155550123"},
		{"Punctuated", plain, "+1 (415) 555-0123"},
		{"Unicode", plain, "\u202a+1\u00a0415\u2011555\u20110123\u202c"},
		{"PlusWithRegion", region, "+1 415 555 0123"},
		{"National", region, "(415) 555-0123"},
		{"InternationalPrefix", region, "011 44 20 7946 0958"},
		{"Valid", valid, "+44 (0)20 7946 0958"},
		{"ValidPrefixTransformed", valid, "011 15 2345-6789"},
		{"Mobile", mobile, "+91 98765 43210"},
		{"ErrNotInPlan", valid, "+1 155 555 0123"},
		{"ErrNotMobile", mobile, "+44 20 7946 0958"},
		{"ErrMissing", plain, ""},
		{"ErrBadCharacter", plain, "not a number"},
		{"ErrTooShort", plain, "123"},
		{"ErrTooLong", plain, "1234567890123456"},
		{"ErrLeadingZero", plain, "02079460958"},
		{"ErrExtension", plain, "+1 415 555 0123 Ext. 12"},
		{"ErrScientific", region, "9,19877E+11"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := testing.AllocsPerRun(100, func() { _, _ = c.p.Parse(c.in) }); got != 0 {
				t.Errorf("%v allocations", got)
			}
		})
	}
}
