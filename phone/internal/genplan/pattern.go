package main

import (
	"fmt"
	"regexp/syntax"
	"slices"
)

// pattern is a regular expression over digits that must match a whole text, as a deterministic automaton that is built as far
// as it is walked. State 0 is dead, state 1 the start.
type pattern struct {
	prog   *syntax.Prog
	sets   [][]uint32 // for each state the instructions of the expression that it stands for
	states map[string]int
	next   [][10]int // -1 where it was not walked yet
	accept []bool
}

// newPattern reads an expression of libphonenumber. It refuses what it does not understand: anchors and word boundaries.
func newPattern(expression string) (*pattern, error) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	for _, inst := range prog.Inst {
		if inst.Op == syntax.InstEmptyWidth {
			return nil, fmt.Errorf("the expression %s has an anchor", expression)
		}
	}
	p := &pattern{prog: prog, states: map[string]int{}}
	p.state(nil)
	p.state(p.closure(nil, uint32(prog.Start)))
	return p, nil
}

// closure adds pc to a set of instructions, and what can be reached from it without a digit.
func (p *pattern) closure(set []uint32, pc uint32) []uint32 {
	if slices.Contains(set, pc) {
		return set
	}
	set = append(set, pc)
	switch inst := p.prog.Inst[pc]; inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return p.closure(p.closure(set, inst.Out), inst.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return p.closure(set, inst.Out)
	}
	return set
}

// state returns the number of the state that stands for a set of instructions.
func (p *pattern) state(set []uint32) int {
	slices.Sort(set)
	key := fmt.Sprint(set)
	if s, ok := p.states[key]; ok {
		return s
	}
	s := len(p.sets)
	p.states[key] = s
	p.sets = append(p.sets, set)
	p.next = append(p.next, [10]int{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1})
	p.accept = append(p.accept, slices.ContainsFunc(set, func(pc uint32) bool { return p.prog.Inst[pc].Op == syntax.InstMatch }))
	return s
}

// step returns the state after one more digit.
func (p *pattern) step(s, digit int) int {
	if p.next[s][digit] < 0 {
		p.next[s][digit] = p.walk(s, digit)
	}
	return p.next[s][digit]
}

func (p *pattern) walk(s, digit int) int {
	var set []uint32
	for _, pc := range p.sets[s] {
		inst := p.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if inst.MatchRune(rune('0' + digit)) {
				set = p.closure(set, inst.Out)
			}
		}
	}
	return p.state(set)
}
