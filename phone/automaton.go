package phone

import _ "embed"

// planTable holds the states of all automata, as genplan writes them: for each state ten little-endian numbers of the states
// that follow it, one for each digit; its output; two bytes that mean nothing. It is read where it lies in the program, so that
// it costs neither time at start nor memory of the heap. The first states are sinks: sink n has the output n for ever.
//
//go:embed plan_table.bin
var planTable string

const (
	rowSize  = 24
	outputAt = 20
)

// automaton is the number of the state in which a deterministic automaton starts.
type automaton uint16

// run walks the automaton along digits, which are ASCII's, and returns the output of the state where it ends.
func (a automaton) run(digits []byte) uint16 {
	for _, d := range digits {
		if a < sinks {
			break
		}
		a = automaton(numberAt(int(a)*rowSize + int(d-'0')*2))
	}
	return numberAt(int(a)*rowSize + outputAt)
}

// numberAt reads two bytes of the table.
func numberAt(i int) uint16 {
	return uint16(planTable[i]) | uint16(planTable[i+1])<<8
}
