package phone

import "strconv"

//go:generate go run ./internal/genplan

// This file reads digits as libphonenumber does, and asks its plans, but runs automata where libphonenumber runs regular
// expressions. The automata are made from those expressions by internal/genplan. That both give one answer is tested over all
// regions: the library itself is a part of the tests only.

// KnownRegion tells whether s is a region of libphonenumber: an ISO 3166-1 alpha-2 code, upper case, "GB". "" is none and
// therefore not known.
func KnownRegion(s string) bool { return regionNamed(s) != nil }

// The outputs of numberKinds.
const (
	kindUnknown   = iota // the plans know no such number
	kindOther            // known, but neither of those below: free of charge, premium rate and so on
	kindFixed            // a fixed line
	kindEither           // a fixed line or a mobile; the plan does not tell which
	kindMobile           // a mobile
	kindNoCountry        // no country calling code stands in front
)

// planKind returns what the plans know of digits that hold their country code, exactly as they stand. They must have our form.
func planKind(digits []byte) uint16 { return numberKinds.run(digits) }

// planKnows tells whether the numbering plans know digits that hold their country code.
func planKnows(digits []byte) bool {
	kind := planKind(digits)
	return kind != kindUnknown && kind != kindNoCountry
}

// mayBeMobile tells whether the plans know n as a mobile, or as a number of which they cannot tell. n is a Parser's.
func (n Number) mayBeMobile() bool {
	var buf [maxDigits]byte
	kind := planKind(strconv.AppendInt(buf[:0], int64(n), 10))
	return kind == kindMobile || kind == kindEither
}

// planInternational reads digits that are n, with their country code, as a number that the plans know. The digits as they
// stand go first, so that a known number is never changed: the library alone reads back Belarus's +3758102153451, which it
// knows, as +375102153451, which it does not. Then it drops what people write besides, such as the trunk zero of +44 (0)20….
func planInternational(n Number, digits []byte) (Number, *Error) {
	switch planKind(digits) {
	case kindUnknown:
	case kindNoCountry:
		return 0, errUnknownCountry
	default:
		return n, nil
	}
	main, national := splitCountry(digits)
	var into room
	if read := main.number(main.significant(national, &into)); read.known {
		return read.n, nil
	}
	return 0, errNotInPlan
}

// reading is what digits are in a region.
type reading struct {
	n     Number
	known bool   // the plans know n
	err   *Error // why n, where not known, is not even plausible in form; nil if it is
}

// readRegional reads digits, without a plus, as they are dialled in the region.
func (r *regionPlan) readRegional(digits []byte) reading {
	if len(digits) < minNational {
		return reading{err: errTooShort}
	}
	if rest, ok := r.cutInternationalPrefix(digits); ok {
		return readAbroad(rest)
	}
	// Each removal of a prefix may write into memory, but never into that which it reads.
	var first, second room
	plan := r
	national := digits
	if rest, ok := r.cutOwnCode(digits, &first); ok {
		plan, national = mainRegion(r.code), rest
	}
	return plan.read(national, &second)
}

// minNational and maxNational are how many digits libphonenumber lets a national number have at all.
const (
	minNational = 2
	maxNational = 17
)

// cutInternationalPrefix returns the digits behind the prefix that is dialled in the region before a country code. Country
// codes do not begin with 0, so where a 0 follows it was none.
func (r *regionPlan) cutInternationalPrefix(digits []byte) (rest []byte, ok bool) {
	n := r.idd.run(digits)
	if n == 0 || int(n) < len(digits) && digits[n] == '0' {
		return nil, false
	}
	return digits[n:], true
}

// readAbroad reads the digits behind an international prefix.
func readAbroad(digits []byte) reading {
	if len(digits) <= minNational {
		return reading{err: errTooShort}
	}
	plan, national := splitCountry(digits)
	if plan == nil {
		return reading{err: errUnknownCountry}
	}
	var into room
	read := plan.read(national, &into)
	if read.n != 0 {
		// 00 and 011 mean plus, and after a plus the form is enough.
		read.err = nil
	}
	return read
}

// cutOwnCode returns the national number behind the region's own country code, where the digits cannot be a national number
// themselves: they do not look like one, and what follows the code does, or they are too long.
func (r *regionPlan) cutOwnCode(digits []byte, into *room) (national []byte, ok bool) {
	rest, ok := r.cutCode(digits)
	if !ok {
		return nil, false
	}
	rest = r.withoutPrefix(rest, into)
	if r.length(len(digits)) == lengthLong || !r.looksNational(digits) && r.looksNational(rest) {
		return rest, true
	}
	return nil, false
}

// read reads a national number by the region's plan.
func (r *regionPlan) read(national []byte, into *room) reading {
	if len(national) < minNational {
		return reading{err: errTooShort}
	}
	significant := r.significant(national, into)
	switch n := len(significant); {
	case n < minNational:
		return reading{err: errTooShort}
	case n > maxNational:
		return reading{err: errTooLong}
	}
	read := r.number(significant)
	if read.known || read.n == 0 {
		return read
	}
	read.err = mainRegion(r.code).lengthError(len(significant))
	return read
}

// number puts the country code in front of a national number. The reading has an error if that has not our form.
func (r *regionPlan) number(national []byte) reading {
	var buf [len("999") + len(room{})]byte
	digits := append(append(buf[:0], r.code...), national...)
	n, err := form(digits)
	if err != nil {
		return reading{err: err}
	}
	return reading{n: n, known: planKnows(digits)}
}

// lengthError says why a national number of n digits cannot be one of the region; nil if it can.
func (r *regionPlan) lengthError(n int) *Error {
	switch r.length(n) {
	case lengthPossible:
		return nil
	case lengthShort, lengthLocal:
		return errTooShort
	case lengthLong:
		return errTooLong
	}
	return errNotInPlan
}
