package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// maxCodeDigits is the most digits of a country calling code.
const maxCodeDigits = 3

// region is one row of what the package phone knows of a region.
type region struct {
	id                     string
	code                   int
	main, shared, trunk    bool
	lengths, local         uint32
	idd, national, general uint16
}

// action is what is done to a number that begins with a national prefix: the digits from cut on stay, and in front of them come
// the text put and the digits [from, to) of the prefix.
type action struct {
	put           string
	from, to, cut int
}

// actions numbers the actions of all regions; the first does nothing.
type actions []action

func (all *actions) number(a action) uint16 {
	at := slices.Index(*all, a)
	if at < 0 {
		at = len(*all)
		*all = append(*all, a)
	}
	return uint16(at)
}

// newRegion reads a region and adds its automata.
func newRegion(t *table, all *actions, m *phonenumbers.PhoneMetadata) (r region, err error) {
	r = region{id: m.GetId(), code: int(m.GetCountryCode()), trunk: strings.Trim(m.GetNationalPrefix(), "~") != ""}
	if r.lengths, err = lengths(m.GetGeneralDesc().GetPossibleLength()); err != nil {
		return r, err
	}
	if r.local, err = lengths(m.GetGeneralDesc().GetPossibleLengthLocalOnly()); err != nil {
		return r, err
	}
	if r.lengths == 0 || m.GetGeneralDesc().GetNationalNumberPattern() == "" {
		return r, fmt.Errorf("the region has no general description")
	}
	general, err := newPattern(m.GetGeneralDesc().GetNationalNumberPattern())
	if err != nil {
		return r, err
	}
	if r.general, err = t.addPattern(general); err != nil {
		return r, err
	}
	if r.idd, err = addInternationalPrefix(t, m.GetInternationalPrefix()); err != nil {
		return r, err
	}
	r.national, err = addNationalPrefix(t, all, m)
	return r, err
}

// lengths returns a set of lengths with bit n for the length n.
func lengths(of []int32) (set uint32, err error) {
	if !slices.IsSorted(of) {
		return 0, fmt.Errorf("the lengths %v are not in order", of)
	}
	for _, n := range of {
		if n < 0 || n > 31 {
			return 0, fmt.Errorf("%d is no length", n)
		}
		set |= 1 << n
	}
	return set, nil
}

// addInternationalPrefix adds the automaton whose output is the length of the prefix that is dialled before a country code.
func addInternationalPrefix(t *table, expression string) (uint16, error) {
	if expression == "" {
		return 0, nil
	}
	sequences, err := expand(expression)
	if err != nil {
		return 0, err
	}
	outputs := make([]uint16, len(sequences))
	for i, s := range sequences {
		outputs[i] = uint16(len(s.digits))
	}
	return t.addFirst(sequences, outputs), nil
}

// addNationalPrefix adds the automaton whose output is the action for a number that begins with a national prefix.
func addNationalPrefix(t *table, all *actions, m *phonenumbers.PhoneMetadata) (uint16, error) {
	if m.GetNationalPrefixForParsing() == "" {
		return 0, nil
	}
	sequences, err := expand(m.GetNationalPrefixForParsing())
	if err != nil {
		return 0, err
	}
	outputs := make([]uint16, len(sequences))
	for i, s := range sequences {
		a, err := actionOf(s, m.GetNationalPrefixTransformRule())
		if err != nil {
			return 0, err
		}
		outputs[i] = all.number(a)
	}
	return t.addFirst(sequences, outputs), nil
}

// actionOf returns what the library does to a number whose prefix is s. Its rule for the transformation, such as "9$1", counts
// where the last group took part; a group is a carrier's code else, and goes with the prefix.
func actionOf(s sequence, rule string) (action, error) {
	a := action{cut: len(s.digits)}
	if rule == "" || len(s.groups) > 0 && s.groups[len(s.groups)-1][0] < 0 {
		return a, nil
	}
	put, group, found := strings.Cut(rule, "$")
	var n int
	if _, err := fmt.Sscan(group, &n); !found || err != nil || n < 1 || n > len(s.groups) || strings.Trim(put, "0123456789") != "" {
		return a, fmt.Errorf("the transformation %s is of a kind that there was not so far", rule)
	}
	a.put = put
	if of := s.groups[n-1]; of[0] >= 0 {
		a.from, a.to = of[0], of[1]
	}
	return a, nil
}
