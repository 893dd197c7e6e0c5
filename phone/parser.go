package phone

import "fmt"

// Rule says how strict the check is.
type Rule string

// The rules.
const (
	// RuleE164 asks for E.164's form: 8 to 15 digits with the country code, the first not 0. It is the test for contacts that
	// come by API.
	RuleE164 Rule = "e164"
	// RuleValid also asks that the numbering plans know such a number (libphonenumber's IsValidNumber). That says nothing
	// about whether the number is in service.
	RuleValid Rule = "valid"
	// RuleMobile also asks that the number is a mobile, or may be one: in the United States, Canada and some other countries
	// the plan does not tell mobiles from fixed lines, and its numbers are taken.
	RuleMobile Rule = "mobile"
)

// ParseRule reads a rule by its exact name, "e164", "valid" or "mobile".
func ParseRule(s string) (Rule, bool) {
	switch r := Rule(s); r {
	case RuleE164, RuleValid, RuleMobile:
		return r, true
	}
	return "", false
}

// Parser reads spellings under one rule and region. It is immutable and safe for concurrent use.
//
// In every spelling spaces, hyphens, dots and parentheses, their Unicode kin and invisible marks of direction are ignored;
// fullwidth digits and plus count as ASCII's. A plus stands in front only. Texts of more than 64 bytes are refused.
//
// What the digits mean is decided in this order:
//
//  1. With a plus, or without a region, they are a whole international number. RuleE164 takes it as it stands and consults no
//     plan, so a spelling with a plus is the same number whatever the region. RuleValid takes it as it stands if the plans
//     know it; else it reads it as libphonenumber does, which drops a trunk prefix as in +44 (0)20…, and asks again.
//  2. Else, if they begin with the region's own country code and are known when read with a plus, they are that number,
//     provided that the region's national form has a trunk prefix. libphonenumber alone would read 4915112345678, and every
//     German mobile so spelt, in region DE as +49 4915112345678, since the German plan is open.
//  3. Else, if libphonenumber's reading in the region is a number that the plans know, that one. It understands the national
//     form, the region's international prefix (00, 011…) and, where it cannot be an area code, the region's country code.
//  4. Else, if the plans know the digits as an international number that lacks its plus, that one. So 447700123456 in region
//     US is +447700123456. Digits that are known both at home and abroad are read at home, by 3.
//  5. Else RuleValid refuses. RuleE164 takes the reading in the region if that has a length which the region's plan knows, or
//     if it began with the region's international prefix; else the plain digits if they have E.164's form, so 447700900123,
//     which is kept for fiction and in no plan, is still +447700900123 in region US; else it refuses.
//
// Hence any spelling without a plus that RuleValid takes is the same Number under RuleE164 with the same region. RuleMobile
// reads as RuleValid does, and then refuses what cannot be a mobile.
type Parser struct {
	rule   Rule
	region string
	plan   *regionPlan // the region's; nil for none
}

// NewParser returns a Parser for a rule and a region. Region "" means none: numbers in national form are then refused. It
// fails for a rule that ParseRule does not know and for a region that KnownRegion does not know.
func NewParser(rule Rule, region string) (*Parser, error) {
	if _, ok := ParseRule(string(rule)); !ok {
		return nil, fmt.Errorf("phone: unknown rule %q", rule)
	}
	plan := regionNamed(region)
	if plan == nil && region != "" {
		return nil, fmt.Errorf("phone: unknown region %q", region)
	}
	return &Parser{rule: rule, region: region, plan: plan}, nil
}

// Parse reads one spelling. The error is an *Error always and the Number is then 0. It allocates nothing.
func (p *Parser) Parse(s string) (Number, error) {
	n, err := p.parse(s)
	// A nil *Error inside an error would not be nil.
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (p *Parser) parse(s string) (Number, *Error) {
	sp, err := scan(s)
	if err != nil {
		return 0, err
	}
	n, err := p.read(&sp)
	if err == nil && p.rule == RuleMobile && !n.mayBeMobile() {
		return 0, errNotMobile
	}
	return n, err
}

func (p *Parser) read(sp *spelling) (Number, *Error) {
	if p.plan == nil || sp.plus {
		return p.international(sp.bytes())
	}
	return p.regional(sp.bytes())
}

// international reads digits that hold their country code.
func (p *Parser) international(digits []byte) (Number, *Error) {
	n, err := form(digits)
	if err != nil || p.rule == RuleE164 {
		return n, err
	}
	return planInternational(n, digits)
}

// regional reads digits without a plus under a region. Parser documents the order.
func (p *Parser) regional(digits []byte) (Number, *Error) {
	plain, formErr := form(digits)
	own := p.beginsWithOwnCode(digits)
	if own && formErr == nil {
		if n, err := planInternational(plain, digits); err == nil {
			return n, nil
		}
	}
	local := p.plan.readRegional(digits)
	if local.known {
		return local.n, nil
	}
	// Own digits have been asked about already.
	if !own && formErr == nil {
		if n, err := planInternational(plain, digits); err == nil {
			return n, nil
		}
	}
	return p.unknown(plain, formErr, local)
}

// beginsWithOwnCode tells whether digits begin with the country code of a region whose national form has a trunk prefix, such
// as the 0 of 030 123456. In other regions, Italy among them, digits without a prefix are the national form itself, and
// 390 1234567 is a mobile rather than country code 39 and a landline.
func (p *Parser) beginsWithOwnCode(digits []byte) bool {
	_, begins := p.plan.cutCode(digits)
	return begins && p.plan.trunk
}

// unknown decides about digits that no reading makes a number the plans know: plain, or formErr, is what they are as they
// stand; local is what they are in the region.
func (p *Parser) unknown(plain Number, formErr *Error, local reading) (Number, *Error) {
	switch {
	case p.rule == RuleE164 && local.err == nil:
		return local.n, nil
	case p.rule == RuleE164 && formErr == nil:
		return plain, nil
	case formErr == nil || local.err == nil:
		// Which of the two readings was meant is unknown, so a word about length or country could mislead.
		return 0, errNotInPlan
	}
	return 0, local.err
}
