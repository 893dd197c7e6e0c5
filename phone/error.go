package phone

// The codes of an Error. They are stable: clients and reports of bad rows may rely on them.
const (
	// CodeMissing: the text is empty, blank, or holds separators only.
	CodeMissing = "phone_missing"
	// CodeBadCharacter: the text holds something that no spelling of a number has, or a plus that is not in front.
	CodeBadCharacter = "phone_bad_character"
	// CodeTooShort: too few digits, by E.164's form or for a national number of the region.
	CodeTooShort = "phone_too_short"
	// CodeTooLong: too many digits, by E.164's form or for a national number of the region, or a text of more than 64 bytes.
	CodeTooLong = "phone_too_long"
	// CodeLeadingZero: a national form or a 00-prefix where no region says how to read it, or a 0 after the plus.
	CodeLeadingZero = "phone_leading_zero"
	// CodeUnknownCountry: the number starts with no country calling code.
	CodeUnknownCountry = "phone_unknown_country"
	// CodeNotInPlan: the numbering plans know no such number.
	CodeNotInPlan = "phone_not_in_plan"
	// CodeNotMobile: the plans know the number, and it is no mobile.
	CodeNotMobile = "phone_not_mobile"
	// CodeExtension: an extension is attached, such as "x12" or "ext. 12".
	CodeExtension = "phone_extension"
	// CodeScientific: a spreadsheet wrote the number as 9.19877E+11 and its last digits are lost.
	CodeScientific = "phone_scientific"
	// CodePrefixForm: the text ends with a star, and is no prefix of numbers.
	CodePrefixForm = "phone_prefix_form"
)

// Error says why a text is not taken as a number. It never holds the text or any part of it, since errors are logged and a
// phone number is personal data. Values are shared between calls and must not be changed.
type Error struct {
	// Code is one of the Code constants.
	Code string
	// Message is one English sentence that a person can act on.
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Every refusal is one of these values, so that a file with a million bad rows allocates nothing for them.
var (
	errMissing = &Error{CodeMissing,
		"The phone number is missing."}
	errBadCharacter = &Error{CodeBadCharacter,
		"The phone number may hold only digits, a + in front, spaces, hyphens, dots and parentheses."}
	errTooShort = &Error{CodeTooShort,
		"The phone number has too few digits: it needs at least 8 with the country code, and its area code if it is in national form."}
	errTooLong = &Error{CodeTooLong,
		"The phone number is too long: at most 15 digits with the country code are allowed, and no more than its country's numbers have."}
	errLeadingZero = &Error{CodeLeadingZero,
		"The phone number starts with 0: write it with + and the country code, or give the region whose national form it is in."}
	errUnknownCountry = &Error{CodeUnknownCountry,
		"The phone number does not start with the calling code of any country; write it with + and the country code."}
	errNotInPlan = &Error{CodeNotInPlan,
		"No country's numbering plan has such a phone number; check its digits and its country code."}
	errNotMobile = &Error{CodeNotMobile,
		"The phone number is not a mobile number; give a mobile number, or use the rule \"valid\" to take landlines too."}
	errExtension = &Error{CodeExtension,
		"The phone number has an extension; remove it, since only whole numbers can be dialled."}
	errScientific = &Error{CodeScientific,
		"A spreadsheet turned the phone number into scientific notation and its digits are lost; format the column as text, fill it again and export it anew."}
)
