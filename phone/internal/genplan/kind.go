package main

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/nyaruka/phonenumbers"
)

// maxDigits is E.164's limit for a number with its country code. No automaton is asked about longer ones.
const maxDigits = 15

// The outputs of the automaton of numbers, as the package phone names them.
const (
	kindUnknown   = iota // the plans know no such number
	kindOther            // known, neither of those below
	kindFixed            // a fixed line
	kindEither           // a fixed line or a mobile; the plan does not tell which
	kindMobile           // a mobile
	kindNoCountry        // no country calling code stands in front
	kinds
)

// territory is what the kinds of one region's numbers depend on.
type territory struct {
	leading  *desc // what a number of the region begins with; nil where the region is found by asking its descriptions
	general  desc
	other    []desc // libphonenumber asks these before the two below
	fixed    desc
	mobile   desc
	sameKind bool // whoever matches fixed may be a mobile
}

// desc is one of libphonenumber's descriptions: a pattern, and the lengths that it holds for.
type desc struct {
	*pattern
	at      int    // the place of the pattern's state among all those of the plan
	lengths []bool // by length; nil for any
}

// plan is the automaton of one country calling code's numbers while it is built. It walks all patterns of all regions of the
// code at once.
type plan struct {
	territories []territory
	patterns    []*pattern
}

// newPlan reads the plan of a calling code from the metadata of its regions, the main region first.
func newPlan(regions []*phonenumbers.PhoneMetadata) (*plan, error) {
	p := &plan{}
	for _, m := range regions {
		t, err := p.territory(m, len(regions) > 1)
		if err != nil {
			return nil, fmt.Errorf("region %s: %w", m.GetId(), err)
		}
		p.territories = append(p.territories, t)
	}
	return p, nil
}

func (p *plan) territory(m *phonenumbers.PhoneMetadata, shared bool) (t territory, err error) {
	// A code that one region has alone belongs to it whatever follows.
	if lead := m.GetLeadingDigits(); shared && lead != "" {
		pattern, err := newPattern("(?:" + lead + ")[0-9]*")
		if err != nil {
			return t, err
		}
		t.leading = &desc{pattern: pattern, at: p.place(pattern)}
	}
	read := func(d *phonenumbers.PhoneNumberDesc) (into desc) {
		if err == nil {
			into, err = p.desc(d)
		}
		return into
	}
	t.general = read(m.GetGeneralDesc())
	for _, d := range []*phonenumbers.PhoneNumberDesc{m.GetPremiumRate(), m.GetTollFree(), m.GetSharedCost(), m.GetVoip(),
		m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail()} {
		t.other = append(t.other, read(d))
	}
	t.fixed, t.mobile = read(m.GetFixedLine()), read(m.GetMobile())
	t.sameKind = m.GetSameMobileAndFixedLinePattern()
	return t, err
}

func (p *plan) desc(d *phonenumbers.PhoneNumberDesc) (desc, error) {
	pattern, err := newPattern(d.GetNationalNumberPattern())
	if err != nil {
		return desc{}, err
	}
	into := desc{pattern: pattern, at: p.place(pattern)}
	if len(d.GetPossibleLength()) > 0 {
		into.lengths = make([]bool, maxDigits+1)
		for length := range into.lengths {
			into.lengths[length] = slices.Contains(d.GetPossibleLength(), int32(length))
		}
	}
	return into, nil
}

// place keeps a pattern and returns its place.
func (p *plan) place(pattern *pattern) int {
	p.patterns = append(p.patterns, pattern)
	return len(p.patterns) - 1
}

// matches tells whether a national number of the length that led to the states matches d.
func (d desc) matches(states []int, length int) bool {
	return d.accept[states[d.at]] && (d.lengths == nil || d.lengths[length])
}

// kind is libphonenumber's getNumberTypeHelper: the order of the questions decides.
func (t territory) kind(states []int, length int) uint16 {
	if !t.general.matches(states, length) {
		return kindUnknown
	}
	for _, d := range t.other {
		if d.matches(states, length) {
			return kindOther
		}
	}
	fixed, mobile := t.fixed.matches(states, length), t.mobile.matches(states, length)
	switch {
	case fixed && (mobile || t.sameKind):
		return kindEither
	case fixed:
		return kindFixed
	case mobile && !t.sameKind:
		return kindMobile
	}
	return kindUnknown
}

// kind is libphonenumber's GetNumberType: the first region to which the number belongs decides. A region that is known by its
// leading digits is the one even where its patterns do not match.
func (p *plan) kind(states []int, length int) uint16 {
	for _, t := range p.territories {
		if t.leading != nil {
			if t.leading.matches(states, length) {
				return t.kind(states, length)
			}
			continue
		}
		if k := t.kind(states, length); k != kindUnknown {
			return k
		}
	}
	return kindUnknown
}

// add adds the automaton of the national numbers of up to maxLength digits to a table.
func (p *plan) add(t *table, maxLength int) uint16 {
	memo := map[string]uint16{}
	var visit func(states []int, length int) uint16
	visit = func(states []int, length int) uint16 {
		key := keyOf(states, length)
		if n, ok := memo[key]; ok {
			return n
		}
		row := state{output: p.kind(states, length)}
		for digit := range 10 {
			if length == maxLength {
				break
			}
			if next, alive := p.step(states, digit); alive {
				row.next[digit] = visit(next, length+1)
			}
		}
		n := t.add(row)
		memo[key] = n
		return n
	}
	start := make([]int, len(p.patterns))
	for i := range start {
		start[i] = 1
	}
	return visit(start, 0)
}

// step returns the states after one more digit, and whether any description can still match.
func (p *plan) step(states []int, digit int) (next []int, alive bool) {
	next = make([]int, len(states))
	for i, pattern := range p.patterns {
		next[i] = pattern.step(states[i], digit)
	}
	return next, slices.ContainsFunc(p.territories, func(t territory) bool { return next[t.general.at] != 0 })
}

func keyOf(states []int, length int) string {
	key := []byte{byte(length)}
	for _, s := range states {
		key = binary.AppendUvarint(key, uint64(s))
	}
	return string(key)
}

// addNumbers adds the automaton of whole numbers: after each calling code the plan that starts has for it.
func addNumbers(t *table, starts map[string]uint16) uint16 {
	var visit func(code string) uint16
	visit = func(code string) uint16 {
		if start, ok := starts[code]; ok {
			return start
		}
		if len(code) == maxCodeDigits {
			return kindNoCountry
		}
		row := state{output: kindNoCountry}
		for digit := range 10 {
			row.next[digit] = visit(code + string(rune('0'+digit)))
		}
		return t.add(row)
	}
	return visit("")
}
