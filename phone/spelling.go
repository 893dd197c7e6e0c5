package phone

import (
	"strings"
	"unicode/utf8"
)

const (
	// maxBytes bounds the work for one text. 15 digits with a three-byte separator or mark after each take 60 bytes.
	maxBytes = 64
	// maxSpelled bounds the digits of a spelling: 15, and room for an international prefix with a carrier's code.
	maxSpelled = 24
)

// spelling is a text reduced to what counts in it: the digits, as ASCII, and whether a plus stands in front.
type spelling struct {
	digits [maxSpelled]byte
	n      int
	plus   bool
}

// bytes returns the digits; they are the spelling's own memory.
func (sp *spelling) bytes() []byte { return sp.digits[:sp.n] }

// scan reads s into a spelling. It allocates nothing.
func scan(s string) (sp spelling, err *Error) {
	// Fixed-width exports pad with spaces; the padding must not count towards the limit.
	s = strings.Trim(s, " ")
	if len(s) > maxBytes {
		return sp, errTooLong
	}
	for i := 0; i < len(s); {
		c, size := fold(s[i:])
		switch {
		case c == ' ':
		case c == '+' && sp.n == 0 && !sp.plus:
			sp.plus = true
		case c == 0 || c == '+':
			return sp, diagnose(s, i, sp.n > 0)
		case sp.n == maxSpelled:
			return sp, errTooLong
		default:
			sp.digits[sp.n] = c
			sp.n++
		}
		i += size
	}
	if sp.n == 0 && !sp.plus {
		return sp, errMissing
	}
	return sp, nil
}

// fold returns the ASCII character that the first character of s counts for, and that character's size in bytes: a digit,
// '+', ' ' for everything that is ignored, or 0 for what no spelling has. s is not empty.
func fold(s string) (c byte, size int) {
	c = s[0]
	if c >= utf8.RuneSelf {
		r, size := utf8.DecodeRuneInString(s)
		return foldRune(r), size
	}
	switch {
	case '0' <= c && c <= '9', c == '+':
		return c, 1
	case c == ' ', c == '-', c == '.', c == '(', c == ')':
		return ' ', 1
	}
	return 0, 1
}

// foldRune is fold for a character outside ASCII. Fullwidth forms count as their ASCII twins, since East Asian keyboards
// type them; other scripts' digits do not, since no carrier's export has them. A broken byte decodes to U+FFFD: refused.
func foldRune(r rune) byte {
	switch {
	case r == '\u00a0', r == '\u00ad', // no-break space, soft hyphen
		'\u2000' <= r && r <= '\u2015', // spaces of every width, marks of direction and joining, hyphens and dashes
		'\u202a' <= r && r <= '\u202f', // embeddings that address books paste in, narrow no-break space
		r == '\u2060', r == '\ufeff',   // word joiner, byte order mark
		'\u2066' <= r && r <= '\u2069', // isolates
		r == '\u2212', r == '\u3000',   // minus sign, ideographic space
		r == '\uff08', r == '\uff09', r == '\uff0d', r == '\uff0e': // fullwidth ( ) - .
		return ' '
	case r == '\uff0b':
		return '+'
	case '\uff10' <= r && r <= '\uff19':
		return byte(r-'\uff10') + '0'
	}
	return 0
}

// diagnose names the mistake behind the character at s[at], which no spelling has there. Only refused texts come here.
func diagnose(s string, at int, afterDigits bool) *Error {
	switch {
	case isScientific(s):
		return errScientific
	case afterDigits && isExtension(s[at:]):
		return errExtension
	}
	return errBadCharacter
}

// isScientific tells whether s is a number as spreadsheets shorten it: 9.19877E+11, or 9,19877E+11 where the comma is the
// decimal sign.
func isScientific(s string) bool {
	mantissa, exponent, found := cutAny(s, "Ee")
	if !found {
		return false
	}
	whole, fraction, _ := cutAny(mantissa, ".,")
	return isDigits(strings.TrimPrefix(whole, "+")) &&
		(fraction == "" || isDigits(fraction)) &&
		isDigits(strings.TrimPrefix(exponent, "+"))
}

// cutAny is strings.Cut at the first of several ASCII separators.
func cutAny(s, separators string) (before, after string, found bool) {
	if i := strings.IndexAny(s, separators); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// extensionLabels are the words that introduce an extension, the longer before its own beginning.
var extensionLabels = [...]string{"extension", "extn", "ext", "x", "#"}

// isExtension tells whether s, the rest of a text after its number, is an extension: a label, then digits.
func isExtension(s string) bool {
	s = strings.TrimLeft(s, " ,;")
	for _, label := range extensionLabels {
		if len(s) > len(label) && strings.EqualFold(s[:len(label)], label) {
			return isDigits(strings.TrimRight(strings.TrimLeft(s[len(label):], " .:=-"), " #"))
		}
	}
	return false
}

// isDigits tells whether s is one or more ASCII digits and nothing else.
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
