// Package phone answers one question about a text: is this a phone number, and which one.
//
// Its values are pure. A Parser turns the many spellings of a number into one Number, so that a contact list, a DNC list and
// a lookup agree on what "the same number" means. Numbers follow ITU-T E.164; what the numbering plans of the world know
// comes from Google's libphonenumber by way of github.com/nyaruka/phonenumbers: internal/genplan turns its data into automata
// (plan_table.bin), and the tests hold them against the library itself. Programs do not contain the library.
package phone

import "strconv"

// The form of an E.164 number, country code included. ITU-T E.164 sets the maximum of 15. The minimum of 8 is the public
// campaign API's; it leaves out the few numbers of Niue, Saint Helena and Tokelau that have seven digits.
const (
	minDigits = 8
	maxDigits = 15
)

// Number is an E.164 number (ITU-T E.164) as an integer: its digits with country code, no plus. 0 means none. A Number that
// a Parser gave is at least 10^7 and below 10^15. A country code never starts with 0, so no digit is lost; the zero that
// starts an Italian landline's national part stands after the country code and is kept.
type Number int64

// String returns the number with a plus and no separators, "+14155550123", or "" for none. A prefix, see ParsePrefix, is
// written with its star: "+1900*".
func (n Number) String() string {
	// 20 bytes hold a plus and any positive int64.
	var buf [20]byte
	return string(n.AppendTo(buf[:0]))
}

// AppendTo appends what String returns to b and gives the longer slice. It allocates only where b has no room.
func (n Number) AppendTo(b []byte) []byte {
	switch {
	case n == 0:
		return b
	case n < 0:
		return append(strconv.AppendInt(append(b, '+'), -int64(n), 10), '*')
	}
	return strconv.AppendInt(append(b, '+'), int64(n), 10)
}

// form reads digits as a whole E.164 number: 8 to 15 of them, the first not 0. It consults no numbering plan.
func form(digits []byte) (Number, *Error) {
	switch {
	case len(digits) > 0 && digits[0] == '0':
		// Told before the length: with a region or a country code the same digits may be a number of good length.
		return 0, errLeadingZero
	case len(digits) < minDigits:
		return 0, errTooShort
	case len(digits) > maxDigits:
		return 0, errTooLong
	}
	var n Number
	for _, d := range digits {
		n = n*10 + Number(d-'0')
	}
	return n, nil
}
