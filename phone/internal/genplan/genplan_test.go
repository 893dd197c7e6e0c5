package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
)

// run walks an automaton of a table and returns its output.
func (t *table) run(start uint16, digits string) int {
	for _, d := range digits {
		start = t.states[start].next[d-'0']
	}
	return int(t.states[start].output)
}

// likely draws digits of which many match something that has a likeness with from.
func likely(r *rand.Rand, from []string) string {
	digits := []byte(from[r.IntN(len(from))])
	for range r.IntN(12) {
		digits = append(digits, byte('0'+r.IntN(10)))
	}
	if at := r.IntN(len(digits)); r.IntN(3) == 0 {
		digits[at] = byte('0' + r.IntN(10))
	}
	return string(digits[:r.IntN(len(digits)+1)])
}

// prefixes are of every kind that the metadata have: alternatives where the order decides, optional parts, groups, an end.
var prefixes = []string{
	`0`, `[08]`, `0|80?`, `0|180020`, `00(?:30|5[09]|[126-9]?)`, `0(8(?:[1-46-8]|5\d\d))?`, `([457]\d{6})$|1`, `(183[12])|0`,
	`(000[2569]\d{4,6})$|(?:(?:003768)0?)|0`, `0?(?:(11|2(?:2(?:02?|[13])|3))15)?`, `(?:0|90)(?:(1[245]|2[1-35])(\d{5,6}))?`,
}

func TestAddFirst_FindsWhatARegularExpressionFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	begins := []string{"0", "8", "1", "80", "180020", "0030", "005", "0082", "4601234", "1831", "000212345", "0037680", "01115", "0220215", "012345678"}
	for _, prefix := range prefixes {
		sequences, err := expand(prefix)
		if err != nil {
			t.Fatalf("%s: %v", prefix, err)
		}
		// The output is the place of the sequence, and sequences tells what it matched.
		outputs := make([]uint16, len(sequences))
		for i := range outputs {
			outputs[i] = uint16(i + 1)
		}
		table := newTable(sinks)
		start := table.addFirst(sequences, outputs)
		re := regexp.MustCompile("^(?:" + prefix + ")")
		for range 20_000 {
			digits := likely(r, begins)
			var got []int
			if i := table.run(start, digits); i > 0 {
				s := sequences[i-1]
				got = []int{0, len(s.digits)}
				for _, group := range s.groups {
					got = append(got, group[0], group[1])
				}
			}
			if want := re.FindStringSubmatchIndex(digits); !slices.Equal(got, want) {
				t.Fatalf("%s in %s: %v, want %v", prefix, digits, got, want)
			}
		}
	}
}

func TestAddPattern_MatchesWhatARegularExpressionMatches(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, expression := range []string{`[2-9]\d{9}|3\d{6}`, `(?:1|2[0-3]?)\d{3,5}`, `0\d{4}(?:\d{2})?|1`, `NA`} {
		p, err := newPattern(expression)
		if err != nil {
			t.Fatal(err)
		}
		table := newTable(2)
		start, err := table.addPattern(p)
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile("^(?:" + expression + ")$")
		for range 20_000 {
			digits := likely(r, []string{"2", "3", "1", "23", "0", "9"})
			if got, want := table.run(start, digits) == 1, re.MatchString(digits); got != want {
				t.Fatalf("%s matches %s: %v, want %v", expression, digits, got, want)
			}
		}
	}
}

func TestWhatAutomataCannotSayIsRefused(t *testing.T) {
	for _, expression := range []string{`0*`, `(?:0|1)+`, `0??`, `0$1`, `^0`} {
		if sequences, err := expand(expression); err == nil {
			t.Errorf("expand(%s) = %v", expression, sequences)
		}
	}
	for _, expression := range []string{`0$`, `\b0`, `(`} {
		if _, err := newPattern(expression); err == nil {
			t.Errorf("newPattern(%s) gave no error", expression)
		}
	}
	p, err := newPattern(`0*`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newTable(2).addPattern(p); err == nil {
		t.Error("an endless pattern gave no error")
	}
}

func TestActionOf(t *testing.T) {
	one := sequence{digits: make([]digitSet, 5), groups: [][2]int{{1, 3}}}
	none := sequence{digits: make([]digitSet, 2), groups: [][2]int{{-1, -1}}}
	cases := []struct {
		s    sequence
		rule string
		want action
		fail bool
	}{
		{one, "", action{cut: 5}, false},
		{one, "9$1", action{put: "9", from: 1, to: 3, cut: 5}, false},
		{none, "9$1", action{cut: 2}, false},
		{one, "$2", action{}, true},
		{one, "9", action{}, true},
		{one, "+$1", action{}, true},
	}
	for _, c := range cases {
		if got, err := actionOf(c.s, c.rule); (err != nil) != c.fail || !c.fail && got != c.want {
			t.Errorf("actionOf(%v, %q) = %v, %v, want %v", c.s.groups, c.rule, got, err, c.want)
		}
	}
}

func TestOneZone(t *testing.T) {
	cases := []struct {
		prefix string
		of     []string
		want   string
	}{
		{"49", []string{"Europe/Berlin"}, "Europe/Berlin"},
		{"91", []string{"Asia/Calcutta"}, "Asia/Kolkata"},
		{"44", []string{"Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey", "Europe/London"}, "Europe/London"},
		{"441534", []string{"Europe/Jersey"}, "Europe/Jersey"},
		{"353", []string{"Europe/Guernsey", "Europe/Isle_of_Man", "Europe/London"}, "Europe/Dublin"},
		{"34", []string{"Atlantic/Canary", "Europe/Madrid"}, ""},
		{"800", []string{"Etc/Unknown"}, ""},
	}
	for _, c := range cases {
		if got := oneZone(c.prefix, c.of); got != c.want {
			t.Errorf("oneZone(%s, %v) = %q, want %q", c.prefix, c.of, got, c.want)
		}
	}
}
