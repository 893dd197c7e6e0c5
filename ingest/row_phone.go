package ingest

import (
	"strings"

	"rollcall/phone"
)

// spelling is the row's number as it was written: of the phone number's columns
// the first that is not blank.
func (n *normaliser) spelling() string {
	s := n.number(n.plan.phone)
	for i := 0; s == "" && i < len(n.plan.fallbacks); i++ {
		s = n.number(n.plan.fallbacks[i])
	}
	return s
}

// number is a cell's number, of several the first.
func (n *normaliser) number(column int) string {
	s := n.cell(column)
	if !n.plan.exact {
		s = strings.TrimSpace(s)
	}
	if n.plan.several {
		s = firstOfSeveral(s)
	}
	return withoutApostrophe(s)
}

// withoutApostrophe is a number without the apostrophe that programs put before
// it, so that a spreadsheet takes it for text ("'+1 202 555 0143"): no number has
// one. In other cells it may belong to the text.
func withoutApostrophe(s string) string { return strings.TrimPrefix(s, "'") }

// firstOfSeveral is the first of a cell's values that is not blank.
func firstOfSeveral(s string) string {
	for {
		first, rest, more := strings.Cut(s, severalMark)
		if first = strings.TrimSpace(first); first != "" || !more {
			return first
		}
		s = rest
	}
}

// rowParser reads numbers of the country that the row tells.
func (n *normaliser) rowParser() *phone.Parser {
	if n.plan.region == unmapped {
		return n.parser
	}
	n.regions.rule = n.plan.rule
	return n.regions.of(strings.TrimSpace(n.cell(n.plan.region)), n.parser)
}
