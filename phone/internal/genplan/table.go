package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// rowSize is the bytes of one state: the ten states that follow it, its output, and two bytes that make the size one that a
// processor multiplies by quickly.
const rowSize = 24

// state is a row of the table.
type state struct {
	next   [10]uint16
	output uint16
}

// table holds the states of all automata. States that behave alike are one, whichever automaton asked for them, which makes
// each automaton the smallest that there is. It holds automata without cycles only, besides the sinks.
type table struct {
	states []state
	known  map[state]uint16
}

// newTable makes a table whose first states are sinks: state n has the output n and leads to itself.
func newTable(sinks int) *table {
	t := &table{known: map[state]uint16{}}
	for n := range sinks {
		t.states = append(t.states, state{next: sameNext(uint16(n)), output: uint16(n)})
	}
	return t
}

func sameNext(n uint16) (next [10]uint16) {
	for digit := range next {
		next[digit] = n
	}
	return next
}

// add returns the number of a state that behaves like s.
func (t *table) add(s state) uint16 {
	if s.next == sameNext(s.output) {
		// Whatever follows, the output stays: that is the output's sink.
		return s.output
	}
	n, ok := t.known[s]
	if !ok {
		n = uint16(len(t.states))
		if int(n) != len(t.states) {
			panic("the automata have more states than fit in 16 bits")
		}
		t.states = append(t.states, s)
		t.known[s] = n
	}
	return n
}

// bytes returns the table as it is written: little-endian rows.
func (t *table) bytes() []byte {
	b := make([]byte, 0, len(t.states)*rowSize)
	for _, s := range t.states {
		for _, next := range s.next {
			b = binary.LittleEndian.AppendUint16(b, next)
		}
		b = binary.LittleEndian.AppendUint16(b, s.output)
		b = append(b, 0, 0)
	}
	return b
}

// addPattern adds an automaton with output 1 for the texts that match, else 0. It fails where a pattern repeats without end.
func (t *table) addPattern(p *pattern) (uint16, error) {
	memo := map[int]uint16{0: 0}
	open := map[int]bool{}
	var visit func(s int) (uint16, error)
	visit = func(s int) (uint16, error) {
		if n, ok := memo[s]; ok {
			return n, nil
		}
		if open[s] {
			return 0, errors.New("a pattern repeats without end")
		}
		open[s] = true
		var row state
		if p.accept[s] {
			row.output = 1
		}
		for digit := range 10 {
			next, err := visit(p.step(s, digit))
			if err != nil {
				return 0, err
			}
			row.next[digit] = next
		}
		memo[s] = t.add(row)
		return memo[s], nil
	}
	return visit(1)
}

// addFirst adds an automaton that finds the first of several sequences that a text begins with, and whose output is what
// outputs has for it; 0 if there is none.
func (t *table) addFirst(sequences []sequence, outputs []uint16) uint16 {
	memo := map[string]uint16{}
	none := len(sequences)
	var visit func(live []int, best, length int) uint16
	visit = func(live []int, best, length int) uint16 {
		// Those that are complete are matches; what comes after the best of them in order does not count any more.
		atEnd, open := best, []int(nil)
		for _, i := range live {
			switch s := sequences[i]; {
			case i > best:
			case len(s.digits) > length:
				open = append(open, i)
			case s.end:
				atEnd = min(atEnd, i)
			default:
				best, atEnd = i, min(atEnd, i)
			}
		}
		key := fmt.Sprint(open, best, atEnd, length)
		if n, ok := memo[key]; ok {
			return n
		}
		row := state{output: outputOf(outputs, atEnd)}
		for digit := range 10 {
			var still []int
			for _, i := range open {
				if i < best && sequences[i].digits[length].has(digit) {
					still = append(still, i)
				}
			}
			if len(still) == 0 {
				row.next[digit] = outputOf(outputs, best)
			} else {
				row.next[digit] = visit(still, best, length+1)
			}
		}
		memo[key] = t.add(row)
		return memo[key]
	}
	all := make([]int, none)
	for i := range all {
		all[i] = i
	}
	return visit(all, none, 0)
}

// outputOf is the output of a sequence, or 0 for the one behind the last.
func outputOf(outputs []uint16, i int) uint16 {
	if i == len(outputs) {
		return 0
	}
	return outputs[i]
}
