package phone

import (
	"strconv"
	"sync"
)

// ZoneStretch is a run of numbers that [Number.TimeZone] gives one zone, up to where the next stretch begins.
type ZoneStretch struct {
	From Number
	Zone string // empty: not known
}

// ZoneStretches gives the zones of all numbers as stretches in the order of the numbers; neighbours differ. What comes before the
// first has no zone. They are for those who count numbers by zone where the numbers are, instead of asking for each. There are
// some ten thousands, made when they are first needed, in a tenth of a second; do not change them.
func ZoneStretches() []ZoneStretch { return zoneStretches() }

var zoneStretches = sync.OnceValue(func() []ZoneStretch {
	s := stretcher{known: map[zoneState]zoneFound{}}
	for n := Number(1); n < 1000; n++ {
		s.add(n, n.TimeZone())
	}
	for rest := 1; rest <= maxDigits-codeDigits; rest++ {
		for n := Number(100); n < 1000; n++ {
			s.walk(stateBehind(n, rest), n)
		}
	}
	s.add(1e15, "")
	return s.stretches
})

// codeDigits are those of the longest country code: what comes behind them says nothing of the country.
const codeDigits = 3

// zoneState is all that the zone of a number depends on, of its digits so far: where they lead the automata, the zone of the
// country code, and how many digits follow.
type zoneState struct {
	kinds, zones automaton
	code         uint16
	rest         int
}

// stateBehind is the state behind the first digits of a number.
func stateBehind(n Number, rest int) zoneState {
	var buf [codeDigits]byte
	digits := strconv.AppendInt(buf[:0], int64(n), 10)
	s := zoneState{kinds: numberKinds, zones: numberZones, rest: rest + len(digits)}
	for _, d := range digits {
		s = s.next(int(d - '0'))
	}
	if plan, national := splitCountry(digits); plan != nil {
		s.code = numberZones.run(digits[:len(digits)-len(national)])
	}
	return s
}

func (s zoneState) next(digit int) zoneState {
	s.kinds, s.zones = s.kinds.next(digit), s.zones.next(digit)
	s.rest--
	return s
}

// next is the state that a digit leads to. A sink is never left.
func (a automaton) next(digit int) automaton {
	if a < sinks {
		return a
	}
	return automaton(numberAt(int(a)*rowSize + digit*2))
}

// zone is the zone of a number that ends here; see [Number.TimeZone].
func (s zoneState) zone() uint16 {
	switch s.kinds.run(nil) {
	case kindUnknown, kindNoCountry:
		return 0
	case kindFixed, kindEither:
		return s.zones.run(nil)
	}
	return s.code
}

// zoneFound is the zone of all numbers that go on from a state, if they have but one.
type zoneFound struct {
	zone uint16
	one  bool
}

type stretcher struct {
	stretches []ZoneStretch
	known     map[zoneState]zoneFound
}

// add says that from a number on the zone is this.
func (s *stretcher) add(from Number, zone string) {
	before := ""
	if n := len(s.stretches); n > 0 {
		before = s.stretches[n-1].Zone
	}
	if zone != before {
		s.stretches = append(s.stretches, ZoneStretch{from, zone})
	}
}

// walk adds the zones of all numbers that begin with some digits.
func (s *stretcher) walk(at zoneState, digits Number) {
	if all := s.all(at); all.one {
		for range at.rest {
			digits *= 10
		}
		s.add(digits, zoneNames[all.zone])
		return
	}
	for d := range 10 {
		s.walk(at.next(d), digits*10+Number(d))
	}
}

// all tells whether the numbers that go on from a state have one zone.
func (s *stretcher) all(at zoneState) zoneFound {
	if at.rest == 0 {
		return zoneFound{at.zone(), true}
	}
	if found, ok := s.known[at]; ok {
		return found
	}
	found := s.all(at.next(0))
	for d := 1; d < 10 && found.one; d++ {
		if other := s.all(at.next(d)); other != found {
			found.one = false
		}
	}
	s.known[at] = found
	return found
}
