package phone

import (
	"slices"
	"strings"
)

// Limits of a prefix: at least a digit, and less than the longest number.
const (
	minPrefix = 1
	maxPrefix = maxDigits - 1
)

// prefixMark ends the spelling of a prefix.
const prefixMark = "*"

var (
	errPrefixForm   = &Error{Code: CodePrefixForm, Message: "A prefix is a plus, the country code and further digits, and a star at the end, as in +1900*."}
	errPrefixLength = &Error{Code: CodePrefixForm, Message: "A prefix has 1 to 14 digits before its star."}
)

// IsPrefixSpelling tells whether a text is meant as a prefix: it ends with a star.
func IsPrefixSpelling(s string) bool { return strings.HasSuffix(strings.TrimSpace(s), prefixMark) }

// ParsePrefix reads a prefix, which stands for all numbers that begin with its
// digits: "+1900*". The plus may be missing; spaces, hyphens, dots and parentheses
// are passed over. The error is an *[Error].
//
// As a Number a prefix is negative: its digits, below zero. It sorts apart from all
// numbers, and String writes it as it is read here.
func ParsePrefix(s string) (Number, error) {
	body, ok := strings.CutSuffix(strings.TrimSpace(s), prefixMark)
	if !ok {
		return 0, errPrefixForm
	}
	body = strings.TrimPrefix(strings.TrimSpace(body), "+")
	var n Number
	digits := 0
	for _, r := range body {
		switch {
		case r >= '0' && r <= '9':
			if n == 0 && r == '0' {
				return 0, errPrefixForm // no country code begins with 0
			}
			if digits++; digits > maxPrefix {
				return 0, errPrefixLength
			}
			n = n*10 + Number(r-'0')
		case strings.ContainsRune(" -.()\u00a0", r):
		default:
			return 0, errPrefixForm
		}
	}
	if digits < minPrefix {
		return 0, errPrefixLength
	}
	return -n, nil
}

// IsPrefix tells whether it stands for all numbers that begin with some digits.
func (n Number) IsPrefix() bool { return n < 0 }

// Prefixes gives all prefixes that the number begins with, as numbers below zero,
// the longest first: its own digits are one of them.
func (n Number) Prefixes() []Number {
	var all []Number
	for ; n > 0; n /= 10 {
		all = append(all, -n)
	}
	return slices.Clip(all)
}
