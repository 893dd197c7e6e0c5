package phone

import (
	"errors"
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// This file is the only one that knows libphonenumber. The rest of the package asks it for planInternational and
// planRegional, which read digits. Whether a number exists is decided by planKnows alone.

// KnownRegion tells whether s is a region of libphonenumber: an ISO 3166-1 alpha-2 code, upper case, "GB". "" is none and
// therefore not known.
func KnownRegion(s string) bool {
	return phonenumbers.GetSupportedRegions()[s]
}

// planKnows tells whether the numbering plans know n, exactly as it stands.
func planKnows(n Number) bool {
	code, national, ok := splitCountry(n)
	if !ok {
		return false
	}
	value, err := strconv.ParseUint(national, 10, 64)
	if err != nil {
		return false
	}
	country := int32(code)
	number := &phonenumbers.PhoneNumber{CountryCode: &country, NationalNumber: &value}
	// libphonenumber keeps the national part as an integer and its leading zeros as a count.
	if zeros := int32(len(national) - len(strconv.FormatUint(value, 10))); zeros > 0 {
		leading := true
		number.ItalianLeadingZero, number.NumberOfLeadingZeros = &leading, &zeros
	}
	return phonenumbers.IsValidNumber(number)
}

// splitCountry cuts n after its country calling code. No calling code begins another, so the first that fits is the one.
func splitCountry(n Number) (code int, national string, ok bool) {
	digits := strconv.FormatInt(int64(n), 10)
	for i := 0; i < 3 && i+1 < len(digits); i++ {
		code = code*10 + int(digits[i]-'0')
		if phonenumbers.GetSupportedCallingCodes()[code] {
			return code, digits[i+1:], true
		}
	}
	return 0, "", false
}

// planInternational reads n, digits with their country code, as a number that the plans know. The digits as they stand go
// first, so that a known number is never changed: the library alone reads back Belarus's +3758102153451, which it knows, as
// +375102153451, which it does not. Then it drops what people write besides, such as the trunk zero of +44 (0)20….
func planInternational(n Number) (Number, *Error) {
	if planKnows(n) {
		return n, nil
	}
	if _, _, ok := splitCountry(n); !ok {
		return 0, errUnknownCountry
	}
	parsed, err := phonenumbers.Parse(n.String(), phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return 0, errNotInPlan
	}
	if read, err := fromLibrary(parsed); err == nil && planKnows(read) {
		return read, nil
	}
	return 0, errNotInPlan
}

// ownCode returns the country code of a region whose national form has a trunk prefix, such as the 0 of 030 123456. For other
// regions, Italy among them, it returns "": there, digits without a prefix are the national form itself, and 390 1234567 is
// a mobile rather than country code 39 and a landline.
func ownCode(region string) string {
	if region == "" || phonenumbers.GetNddPrefixForRegion(region, true) == "" {
		return ""
	}
	return strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))
}

// reading is what libphonenumber makes of digits in a region.
type reading struct {
	n     Number
	known bool   // the plans know n
	err   *Error // why n, where not known, is not even plausible in form; nil if it is
}

// planRegional reads digits, without a plus, as they are dialled in the region.
func planRegional(digits, region string) reading {
	// The raw input is kept for the source of the country code alone.
	parsed, err := phonenumbers.ParseAndKeepRawInput(digits, region)
	if err != nil {
		return reading{err: translate(err)}
	}
	n, formErr := fromLibrary(parsed)
	if formErr != nil {
		return reading{err: formErr}
	}
	if planKnows(n) {
		return reading{n: n, known: true}
	}
	if parsed.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD {
		// 00 and 011 mean plus, and after a plus the form is enough.
		return reading{n: n}
	}
	return reading{n: n, err: lengthError(parsed)}
}

// lengthError says why a number cannot be one of its country by length; nil if it can.
func lengthError(parsed *phonenumbers.PhoneNumber) *Error {
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

// fromLibrary gives the digits of libphonenumber's E164 format, if they have our form. The library's own limit is 17 digits
// for the national part alone.
func fromLibrary(parsed *phonenumbers.PhoneNumber) (Number, *Error) {
	digits := strconv.AppendInt(nil, int64(parsed.GetCountryCode()), 10)
	return form(append(digits, phonenumbers.GetNationalSignificantNumber(parsed)...))
}

// translate turns libphonenumber's refusal of a text of digits into ours.
func translate(err error) *Error {
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return errUnknownCountry
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return errTooLong
	}
	// What is left of its errors for digits alone: too few, after the international prefix or at all.
	return errTooShort
}
