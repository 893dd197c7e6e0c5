package main

import "strconv"

// spelling is a way to write a number: what stands before, between and after.
type spelling struct {
	plus             string
	code, open, shut string // after the calling code, around the first three digits
	gap              string // between the others
}

// international are spellings that mean one number whatever the region.
var international = []spelling{
	{plus: "+"},
	{"+", " ", "", " ", " "},
	{"+", "-", "", "-", "-"},
	{"+", " ", "(", ") ", "-"},
	{}, // the digits alone
	{"+", ".", "", ".", "."},
	{"", " ", "", " ", " "},
	{"+", "\u00a0", "", "\u00a0", "\u2011"},
}

// national are spellings of home's numbers that need the region. Without one,
// under the rule e164, they mean a number of ten digits; all of them the same.
var national = []spelling{
	{"", "", "(", ") ", "-"},
	{"", "", "", "-", "-"},
	{},
	{"", "", "", ".", "."},
}

// spell writes the i-th number in its own way, or in another one. What is written
// in national form stays so, that a duplicate is one under either rule.
func (n *numbers) spell(b []byte, i uint64, another bool) []byte {
	p, chance := n.at(i), mix(i)
	ways, withCode := international, true
	if p.country.region == home && chance%8 == 0 {
		ways, withCode = national, false
	}
	// Half of all are written as machines do, the others in every way.
	way := uint64(0)
	if chance>>8&1 == 1 {
		way = chance >> 16 % uint64(len(ways))
	}
	if another {
		way = (way + 1 + chance>>32%uint64(len(ways)-1)) % uint64(len(ways))
	}
	return ways[way].write(b, p, withCode)
}

// write writes the national part as three digits, three, and the rest.
func (s *spelling) write(b []byte, p number, withCode bool) []byte {
	b = append(b, s.plus...)
	if withCode {
		b = append(strconv.AppendInt(b, int64(p.code), 10), s.code...)
	}
	var buf [20]byte
	digits := strconv.AppendUint(buf[:0], p.national, 10)
	b = append(append(b, s.open...), digits[:3]...)
	b = append(append(b, s.shut...), digits[3:6]...)
	return append(append(b, s.gap...), digits[6:]...)
}
