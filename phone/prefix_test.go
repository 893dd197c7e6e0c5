package phone

import (
	"errors"
	"slices"
	"testing"
)

func TestParsePrefix(t *testing.T) {
	for text, want := range map[string]Number{
		"+1900*": -1900, "1900*": -1900, " +1 (900) * ": -1900, "+1*": -1, "+12345678901234*": -12345678901234,
	} {
		if got, err := ParsePrefix(text); err != nil || got != want || !got.IsPrefix() {
			t.Errorf("%q: %d, %v", text, got, err)
		}
		if !IsPrefixSpelling(text) {
			t.Errorf("%q is meant as a prefix", text)
		}
	}
	for _, text := range []string{"", "*", "+*", "+1900", "+0900*", "+19x0*", "+1900**", "*1900", "+123456789012345*"} {
		_, err := ParsePrefix(text)
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodePrefixForm {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got := Number(-1900).String(); got != "+1900*" {
		t.Error(got)
	}
}

func TestNumber_Prefixes(t *testing.T) {
	if got := Number(19005).Prefixes(); !slices.Equal(got, []Number{-19005, -1900, -190, -19, -1}) {
		t.Error(got)
	}
}
