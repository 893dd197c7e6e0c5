package phone

import (
	"strings"
	"testing"
)

func TestNumber_String(t *testing.T) {
	cases := []struct {
		name string
		n    Number
		want string
	}{
		{"None", 0, ""},
		{"Prefix", -1900, "+1900*"},
		{"Shortest", 10_000_000, "+10000000"},
		{"Longest", 999_999_999_999_999, "+999999999999999"},
		{"US", 14155550123, "+14155550123"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.n.String(); got != c.want {
				t.Errorf("String() = %q, want %q", got, c.want)
			}
			if got := string(c.n.AppendTo([]byte("tel:"))); got != "tel:"+c.want {
				t.Errorf("AppendTo = %q, want %q", got, "tel:"+c.want)
			}
		})
	}
}

func TestNumber_AppendTo_AllocatesNothingWithRoom(t *testing.T) {
	buf := make([]byte, 0, 32)
	if got := testing.AllocsPerRun(100, func() { buf = Number(14155550123).AppendTo(buf[:0]) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func TestNumber_StringParsesBackToItself(t *testing.T) {
	p := mustParser(t, RuleE164, "")
	for _, n := range []Number{10_000_000, 14155550123, 390236618300, 999_999_999_999_999} {
		if got, err := p.Parse(n.String()); got != n || err != nil {
			t.Errorf("Parse(%v) = %v, %v", n, got, err)
		}
	}
}

func TestErrors_AreOneSentenceWithADistinctCode(t *testing.T) {
	all := []*Error{errMissing, errBadCharacter, errTooShort, errTooLong, errLeadingZero, errUnknownCountry, errNotInPlan,
		errNotMobile, errExtension, errScientific}
	seen := map[string]bool{}
	for _, e := range all {
		if seen[e.Code] || !strings.HasPrefix(e.Code, "phone_") {
			t.Errorf("code %q is taken or has no prefix", e.Code)
		}
		seen[e.Code] = true
		if e.Error() != e.Message || !strings.HasSuffix(e.Message, ".") || strings.Count(e.Message, ". ") > 0 {
			t.Errorf("%s: not one sentence: %q", e.Code, e.Message)
		}
	}
}
