package rollcall

import (
	"slices"
	"strings"
	"testing"

	"rollcall/phone"
)

func TestParseTextMatch(t *testing.T) {
	for text, want := range map[string]TextMatch{
		"": {MatchExact, ""}, "ab": {MatchExact, "ab"}, "ab*": {MatchPrefix, "ab"}, "*ab*": {MatchContains, "ab"},
		"*": {MatchPrefix, ""}, "**": {MatchContains, ""}, "a*b": {MatchExact, "a*b"},
	} {
		if got, err := ParseTextMatch("firstName", text); err != nil || got != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	if _, err := ParseTextMatch("firstName", "*ab"); CodeOf(err) != CodeInvalid {
		t.Errorf("an end of a text: %v", err)
	}
}

func TestContactFilter_Validate(t *testing.T) {
	long, bad := strings.Repeat("x", MaxFieldBytes+1), "a\x00"
	for _, c := range []struct {
		filter ContactFilter
		fields string
	}{
		{ContactFilter{}, ""},
		{ContactFilter{ImportID: "im-1", Outcome: OutcomeUnchanged}, ""},
		{ContactFilter{PhoneNumber: bad, Search: long, ImportID: "\xff"}, "phoneNumber search importId"},
		{ContactFilter{Fields: map[Field]TextMatch{FieldLastName: {Text: bad}}}, "lastName"},
		{ContactFilter{Extra: []ExtraMatch{{"plan", bad}, {"firstName", "x"}, {"", "x"}}}, "extra.plan extra.firstName extra."},
		{ContactFilter{Extra: slices.Repeat([]ExtraMatch{{"a", "b"}}, MaxExtraFilters+1)}, "extra"},
		{ContactFilter{Outcome: OutcomeAdded}, "outcome"},
		{ContactFilter{ImportID: "im-1", Outcome: OutcomeRejected}, "outcome"},
	} {
		var fields []string
		for _, e := range Errors(c.filter.Validate()) {
			fields = append(fields, e.Field)
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%+v: got %q, want %q", c.filter, got, c.fields)
		}
	}
}

// A number from before the list's rule can still be looked for; what is no number
// by any rule is told.
func TestContactFilter_Matcher_Number(t *testing.T) {
	l := &ContactList{PhoneRule: phone.RuleValid, Region: "GB"}
	for spelling, want := range map[string]phone.Number{"020 7183 8750": 442071838750, "+447700900123": 447700900123} {
		if m, err := (&ContactFilter{PhoneNumber: spelling}).Matcher(l); err != nil || m.Number != want {
			t.Errorf("%s: %+v %v", spelling, m, err)
		}
	}
	if _, err := (&ContactFilter{PhoneNumber: "12"}).Matcher(l); Errors(err)[0].Field != "phoneNumber" {
		t.Errorf("got %v", err)
	}
}
