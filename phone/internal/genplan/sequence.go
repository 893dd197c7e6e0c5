package main

import (
	"fmt"
	"regexp/syntax"
)

// sequence is one text of digits that an expression takes, each digit a set of them, with what the expression marks in it.
type sequence struct {
	digits []digitSet
	groups [][2]int // where each group that took part begins and ends, in the order of their numbers; others are {-1, -1}
	end    bool     // nothing may follow
}

// digitSet has bit d set where digit d is in it.
type digitSet uint16

func (s digitSet) has(digit int) bool { return s>>digit&1 == 1 }

// expand lists what an expression without endless repetition takes, in the order in which a backtracking matcher tries it: the
// first that a text begins with is the match. So the greedy and the first alternative go first, as Perl and Java have it.
func expand(expression string) ([]sequence, error) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, err
	}
	none := make([][2]int, re.MaxCap())
	for i := range none {
		none[i] = [2]int{-1, -1}
	}
	return expandNode(re.Simplify(), sequence{groups: none})
}

// expandNode lists the ways in which a node goes on after a beginning.
func expandNode(re *syntax.Regexp, head sequence) ([]sequence, error) {
	if head.end && re.Op != syntax.OpEmptyMatch {
		return nil, fmt.Errorf("the expression %s stands behind the end", re)
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []sequence{head}, nil
	case syntax.OpEndText:
		head.end = true
		return []sequence{head}, nil
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			head = head.with(setOf([]rune{r, r}))
		}
		return []sequence{head}, nil
	case syntax.OpCharClass:
		return []sequence{head.with(setOf(re.Rune))}, nil
	case syntax.OpCapture:
		return expandGroup(re, head)
	case syntax.OpConcat:
		return expandConcat(re.Sub, head)
	case syntax.OpAlternate:
		return expandEach(re.Sub, head)
	case syntax.OpQuest:
		if re.Flags&syntax.NonGreedy == 0 {
			return expandEach([]*syntax.Regexp{re.Sub[0], {Op: syntax.OpEmptyMatch}}, head)
		}
	}
	return nil, fmt.Errorf("the expression %s is of a kind that prefixes did not have so far", re)
}

func expandGroup(re *syntax.Regexp, head sequence) ([]sequence, error) {
	from := len(head.digits)
	all, err := expandNode(re.Sub[0], head)
	for i := range all {
		groups := append([][2]int(nil), all[i].groups...)
		groups[re.Cap-1] = [2]int{from, len(all[i].digits)}
		all[i].groups = groups
	}
	return all, err
}

func expandConcat(parts []*syntax.Regexp, head sequence) ([]sequence, error) {
	heads := []sequence{head}
	for _, part := range parts {
		var longer []sequence
		for _, h := range heads {
			more, err := expandNode(part, h)
			if err != nil {
				return nil, err
			}
			longer = append(longer, more...)
		}
		heads = longer
	}
	return heads, nil
}

func expandEach(choices []*syntax.Regexp, head sequence) ([]sequence, error) {
	var all []sequence
	for _, choice := range choices {
		more, err := expandNode(choice, head)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// with returns the sequence and one more digit. It shares no memory with other sequences of the same beginning.
func (s sequence) with(d digitSet) sequence {
	s.digits = append(s.digits[:len(s.digits):len(s.digits)], d)
	return s
}

// setOf returns the digits in ranges of characters.
func setOf(ranges []rune) (set digitSet) {
	for i := 0; i < len(ranges); i += 2 {
		for digit := range 10 {
			if r := rune('0' + digit); ranges[i] <= r && r <= ranges[i+1] {
				set |= 1 << digit
			}
		}
	}
	return set
}
