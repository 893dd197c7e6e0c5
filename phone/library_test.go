package phone

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// This file reads numbers as Parser does, but by asking libphonenumber itself. It is what the automata are held against.

// library is a Parser that asks the library.
type library struct {
	rule            Rule
	region, ownCode string
}

func newLibrary(rule Rule, region string) *library {
	return &library{rule: rule, region: region, ownCode: libraryOwnCode(region)}
}

func (p *library) parse(s string) (Number, *Error) {
	sp, err := scan(s)
	if err != nil {
		return 0, err
	}
	n, err := p.read(&sp)
	if err == nil && p.rule == RuleMobile && !libraryMobile(n) {
		return 0, errNotMobile
	}
	return n, err
}

func (p *library) read(sp *spelling) (Number, *Error) {
	if p.region == "" || sp.plus {
		n, err := form(sp.bytes())
		if err != nil || p.rule == RuleE164 {
			return n, err
		}
		return libraryInternational(n)
	}
	return p.regional(sp.bytes())
}

func (p *library) regional(digits []byte) (Number, *Error) {
	plain, formErr := form(digits)
	own := p.ownCode != "" && bytes.HasPrefix(digits, []byte(p.ownCode))
	if own && formErr == nil {
		if n, err := libraryInternational(plain); err == nil {
			return n, nil
		}
	}
	local := libraryRegional(string(digits), p.region)
	if local.known {
		return local.n, nil
	}
	if !own && formErr == nil {
		if n, err := libraryInternational(plain); err == nil {
			return n, nil
		}
	}
	switch {
	case p.rule == RuleE164 && local.err == nil:
		return local.n, nil
	case p.rule == RuleE164 && formErr == nil:
		return plain, nil
	case formErr == nil || local.err == nil:
		return 0, errNotInPlan
	}
	return 0, local.err
}

// libraryType is the type of a known number.
func libraryType(n Number) phonenumbers.PhoneNumberType {
	number, ok := libraryForm(n)
	if !ok {
		return phonenumbers.UNKNOWN
	}
	return phonenumbers.GetNumberType(number)
}

func libraryMobile(n Number) bool {
	kind := libraryType(n)
	return kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE
}

// libraryKnows tells whether the numbering plans know n, exactly as it stands.
func libraryKnows(n Number) bool {
	number, ok := libraryForm(n)
	return ok && phonenumbers.IsValidNumber(number)
}

// libraryForm is n as the library keeps it.
func libraryForm(n Number) (*phonenumbers.PhoneNumber, bool) {
	code, national, ok := librarySplit(n)
	if !ok {
		return nil, false
	}
	value, err := strconv.ParseUint(national, 10, 64)
	if err != nil {
		return nil, false
	}
	country := int32(code)
	number := &phonenumbers.PhoneNumber{CountryCode: &country, NationalNumber: &value}
	// libphonenumber keeps the national part as an integer and its leading zeros as a count.
	if zeros := int32(len(national) - len(strconv.FormatUint(value, 10))); zeros > 0 {
		leading := true
		number.ItalianLeadingZero, number.NumberOfLeadingZeros = &leading, &zeros
	}
	return number, true
}

// librarySplit cuts n after its country calling code. No calling code begins another, so the first that fits is the one.
func librarySplit(n Number) (code int, national string, ok bool) {
	digits := strconv.FormatInt(int64(n), 10)
	for i := 0; i < 3 && i+1 < len(digits); i++ {
		code = code*10 + int(digits[i]-'0')
		if phonenumbers.GetSupportedCallingCodes()[code] {
			return code, digits[i+1:], true
		}
	}
	return 0, "", false
}

// libraryInternational reads n, digits with their country code, as a number that the plans know. The digits as they stand go
// first, so that a known number is never changed: the library alone reads back Belarus's +3758102153451, which it knows, as
// +375102153451, which it does not. Then it drops what people write besides, such as the trunk zero of +44 (0)20….
func libraryInternational(n Number) (Number, *Error) {
	if libraryKnows(n) {
		return n, nil
	}
	if _, _, ok := librarySplit(n); !ok {
		return 0, errUnknownCountry
	}
	parsed, err := phonenumbers.Parse(n.String(), phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return 0, errNotInPlan
	}
	if read, err := libraryNumber(parsed); err == nil && libraryKnows(read) {
		return read, nil
	}
	return 0, errNotInPlan
}

// libraryOwnCode returns the country code of a region whose national form has a trunk prefix, such as the 0 of 030 123456. For other
// regions, Italy among them, it returns "": there, digits without a prefix are the national form itself, and 390 1234567 is
// a mobile rather than country code 39 and a landline.
func libraryOwnCode(region string) string {
	if region == "" || phonenumbers.GetNddPrefixForRegion(region, true) == "" {
		return ""
	}
	return strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))
}

// libraryRegional reads digits, without a plus, as they are dialled in the region.
func libraryRegional(digits, region string) reading {
	// The raw input is kept for the source of the country code alone.
	parsed, err := phonenumbers.ParseAndKeepRawInput(digits, region)
	if err != nil {
		return reading{err: libraryTranslate(err)}
	}
	n, formErr := libraryNumber(parsed)
	if formErr != nil {
		return reading{err: formErr}
	}
	if libraryKnows(n) {
		return reading{n: n, known: true}
	}
	if parsed.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD {
		// 00 and 011 mean plus, and after a plus the form is enough.
		return reading{n: n}
	}
	return reading{n: n, err: libraryLengthError(parsed)}
}

// libraryLengthError says why a number cannot be one of its country by length; nil if it can.
func libraryLengthError(parsed *phonenumbers.PhoneNumber) *Error {
	switch phonenumbers.IsPossibleNumberWithReason(parsed) {
	case phonenumbers.IS_POSSIBLE:
		return nil
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		// Local only: the area code is missing, so no other network could reach it.
		return errTooShort
	case phonenumbers.TOO_LONG:
		return errTooLong
	}
	return errNotInPlan
}

// libraryNumber gives the digits of libphonenumber's E164 format, if they have our form. The library's own limit is 17 digits
// for the national part alone.
func libraryNumber(parsed *phonenumbers.PhoneNumber) (Number, *Error) {
	digits := strconv.AppendInt(nil, int64(parsed.GetCountryCode()), 10)
	return form(append(digits, phonenumbers.GetNationalSignificantNumber(parsed)...))
}

// libraryTranslate turns libphonenumber's refusal of a text of digits into ours.
func libraryTranslate(err error) *Error {
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return errUnknownCountry
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return errTooLong
	}
	// What is left of its errors for digits alone: too few, after the international prefix or at all.
	return errTooShort
}
