package phone

import (
	"math/bits"
	"sort"
	"strconv"
)

// regionPlan is what libphonenumber knows of a region, as far as the reading of numbers needs it. Its rows are generated.
type regionPlan struct {
	region  string // ISO 3166-1 alpha-2, or "001" for a calling code of no country
	code    string // country calling code
	main    bool   // it is the one that libphonenumber reads numbers of the code by
	shared  bool   // other regions have the same code
	trunk   bool   // its national form has a prefix, such as the 0 of 030 123456
	lengths uint32 // bit n is set where a national number may have n digits
	local   uint32 // the same for numbers that only their own area can dial

	idd      automaton // its output is the length of the international prefix
	national automaton // its output is the place in prefixActions of what is done to the national prefix
	general  automaton // its output is 1 where the digits look like a national number
}

// prefixAction is what is done to digits that begin with a national prefix: those from cut on stay, and in front of them come
// put and the digits [from, to), as where a local number of Antigua, 4601234, stands for 2684601234.
type prefixAction struct {
	put           string
	from, to, cut uint8
}

// room is memory for digits that an action changed: those of a spelling, and what actions put in front.
type room [maxSpelled + 8]byte

// regionNamed returns the row of a region, or nil. It allocates nothing.
func regionNamed(region string) *regionPlan {
	if len(region) != 2 {
		return nil
	}
	// The rows of no country stand behind all others.
	i := sort.Search(len(regionRows), func(i int) bool { return len(regionRows[i].region) != 2 || regionRows[i].region >= region })
	if i == len(regionRows) || regionRows[i].region != region {
		return nil
	}
	return &regionRows[i]
}

// mainRegions has for each country calling code the row by which its numbers are read; nil where there is no such code.
var mainRegions = func() (of [1000]*regionPlan) {
	for i := range regionRows {
		if r := &regionRows[i]; r.main {
			code, _ := strconv.Atoi(r.code)
			of[code] = r
		}
	}
	return of
}()

// mainRegion returns the row by which numbers of a calling code that there is are read.
func mainRegion(code string) *regionPlan {
	r, _ := splitCountry([]byte(code))
	return r
}

// splitCountry cuts digits after their country calling code and returns its main region, or nil where there is no such code.
// No calling code begins another, so the first that fits is the one.
func splitCountry(digits []byte) (r *regionPlan, national []byte) {
	if len(digits) == 0 || digits[0] == '0' {
		return nil, nil
	}
	code := 0
	for i := 0; i < 3 && i < len(digits); i++ {
		code = code*10 + int(digits[i]-'0')
		if r := mainRegions[code]; r != nil {
			return r, digits[i+1:]
		}
	}
	return nil, nil
}

// looksNational tells whether digits look like a national number of the region.
func (r *regionPlan) looksNational(digits []byte) bool { return r.general.run(digits) == 1 }

// withoutPrefix takes the national prefix off, unless that would make an unlikely number of a likely one. Where it does more
// than to cut, the result lies in room, which may be where digits lie.
func (r *regionPlan) withoutPrefix(digits []byte, into *room) []byte {
	if r.national == 0 {
		return digits
	}
	action := r.national.run(digits)
	if action == 0 {
		return digits
	}
	rest := prefixActions[action].apply(digits, into)
	if r.looksNational(digits) && !r.looksNational(rest) {
		return digits
	}
	return rest
}

func (a *prefixAction) apply(digits []byte, into *room) []byte {
	if a.put == "" && a.from == a.to {
		return digits[a.cut:]
	}
	b := append(into[:0], a.put...)
	b = append(b, digits[a.from:a.to]...)
	return append(b, digits[a.cut:]...)
}

// significant returns a national number as libphonenumber understands digits of the region: without prefix, if what is left
// has a length that the region's numbers have, or is longer.
func (r *regionPlan) significant(digits []byte, into *room) []byte {
	rest := r.withoutPrefix(digits, into)
	switch r.length(len(rest)) {
	case lengthShort, lengthLocal, lengthBetween:
		return digits
	}
	return rest
}

// lengthKind is how a number of digits relates to the lengths of a region's national numbers.
type lengthKind int

const (
	lengthPossible lengthKind = iota
	lengthShort
	lengthLocal   // the area code is missing, so no other network could reach it
	lengthBetween // there are shorter and longer numbers
	lengthLong
)

func (r *regionPlan) length(n int) lengthKind {
	switch {
	case r.local>>n&1 == 1:
		return lengthLocal
	case r.lengths>>n&1 == 1:
		return lengthPossible
	case n < bits.TrailingZeros32(r.lengths):
		return lengthShort
	case n >= bits.Len32(r.lengths):
		return lengthLong
	}
	return lengthBetween
}

// cutCode returns the digits behind the region's own country code, if they begin with it.
func (r *regionPlan) cutCode(digits []byte) (rest []byte, ok bool) {
	if len(digits) < len(r.code) || string(digits[:len(r.code)]) != r.code {
		return nil, false
	}
	return digits[len(r.code):], true
}
