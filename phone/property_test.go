package phone

import (
	"errors"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// ignorable is every character that a spelling may hold without a meaning.
var ignorable = func() (rs []rune) {
	for r := rune(1); r <= utf8.MaxRune; r++ {
		if c, _ := fold(string(r)); c == ' ' {
			rs = append(rs, r)
		}
	}
	return rs
}()

func TestIgnorable_IsAShortKnownSet(t *testing.T) {
	// A wider range by mistake would make other characters vanish from numbers without a word.
	const ascii, latin, general, others = 5, 2, 0x16 + 6 + 1 + 4, 1 + 1 + 4 + 1
	if got, want := len(ignorable), ascii+latin+general+others; got != want {
		t.Errorf("%d characters are ignored, want %d: %q", got, want, ignorable)
	}
}

func TestParse_IgnorableCharactersNeverChangeTheNumber(t *testing.T) {
	parsers := []*Parser{mustParser(t, RuleE164, ""), mustParser(t, RuleE164, "US"), mustParser(t, RuleE164, "GB"),
		mustParser(t, RuleValid, ""), mustParser(t, RuleValid, "IN"), mustParser(t, RuleValid, "IT")}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(parsers).Draw(t, "parser")
		spelt := []rune(rapid.OneOf(
			rapid.StringMatching(`\+?[0-9]{7,16}`),
			rapid.SampledFrom([]string{"+14155550123", "02079460958", "00919876543210", "390236618300"}),
		).Draw(t, "spelling"))
		want := outcome(t, p, string(spelt))
		for range rapid.IntRange(1, 12).Draw(t, "insertions") {
			at := rapid.IntRange(0, len(spelt)).Draw(t, "at")
			spelt = slices.Insert(spelt, at, rapid.SampledFrom(ignorable).Draw(t, "character"))
		}
		if got := outcome(t, p, string(spelt)); got != want {
			t.Fatalf("%s in %q: Parse(%q) = %s, want %s", p.rule, p.region, string(spelt), got, want)
		}
	})
}

func TestParse_WhatValidTakesWithoutPlusE164ReadsAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		region := rapid.SampledFrom(countries).Draw(t, "region")
		valid, _ := NewParser(RuleValid, region)
		lenient, _ := NewParser(RuleE164, region)
		s := rapid.StringMatching(`(00|011|0|1|8)?[1-9][0-9]{6,12}`).Draw(t, "s")
		if want, err := valid.Parse(s); err == nil {
			if got, err := lenient.Parse(s); err != nil || got != want {
				t.Fatalf("in %s: %q is %v valid, %v, %v by form", region, s, want, got, err)
			}
		}
	})
}

// fuzzRegions is every region, and none, in a fixed order.
var fuzzRegions = func() []string {
	regions := []string{""}
	for region := range phonenumbers.GetSupportedRegions() {
		regions = append(regions, region)
	}
	slices.Sort(regions)
	return regions
}()

func FuzzParse(f *testing.F) {
	rules := []Rule{RuleE164, RuleValid, RuleMobile}
	seeds := []string{"", "+", "+14155550123", "(415) 555-0123", "02079460958", "0039 02 3661 8300", "+54 11 15 2345-6789",
		"8 10 44 20 7946 0958", "9.19877E+11", "+1 415 555 0123 ext. 12", "\u202a+1\u00a0415\u202c", "\uff0b\uff11", "\xff"}
	for _, s := range seeds {
		for _, region := range []string{"", "US", "IT", "AR", "RU"} {
			at, _ := slices.BinarySearch(fuzzRegions, region)
			f.Add(s, byte(0), uint16(at))
			f.Add(s, byte(1), uint16(at))
		}
	}
	f.Fuzz(func(t *testing.T, s string, rule byte, region uint16) {
		p := mustParser(t, rules[int(rule)%len(rules)], fuzzRegions[int(region)%len(fuzzRegions)])
		n, err := p.Parse(s)
		if again, err2 := p.Parse(s); again != n || err2 != err {
			t.Fatalf("%q gave %v, %v and then %v, %v", s, n, err, again, err2)
		}
		if err != nil {
			var refusal *Error
			if !errors.As(err, &refusal) || n != 0 {
				t.Fatalf("%q gave %v with %T", s, n, err)
			}
			return
		}
		if n < 1e7 || n >= 1e15 {
			t.Fatalf("%q gave %d, out of range", s, n)
		}
		if back, err := p.Parse(n.String()); back != n || err != nil {
			t.Fatalf("%s in %q: %q gave %v, which gave %v, %v", p.rule, p.region, s, n, back, err)
		}
	})
}
