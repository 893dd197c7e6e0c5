package store

import "rollcall/phone"

// numberFilter is a blocked Bloom filter of numbers: what it does not hold was
// never added; what it may hold has to be looked up. It takes 16 MiB whatever it
// holds. With a million numbers it errs on none in practice, with ten million on one
// look-up in a hundred.
type numberFilter struct {
	blocks  []filterBlock
	touched uint64 // what was read for no other reason than to have it near
}

// filterBlock is a line of the processor's cache: a number touches one of them, and
// one bit in each of its words.
type filterBlock [8]uint64

const (
	filterBits = 18 // of the number of blocks
	// mostFiltered is how many numbers the filter is good for: 13 bits for each.
	mostFiltered = 10_000_000
)

func newNumberFilter() *numberFilter {
	return &numberFilter{blocks: make([]filterBlock, 1<<filterBits)}
}

// add makes the filter hold a number, and tells whether it may have held it before.
func (f *numberFilter) add(n phone.Number) (held bool) { return f.addHash(mix(uint64(n))) }

func (f *numberFilter) addHash(h uint64) (held bool) {
	b, bits, missing := &f.blocks[h>>(64-filterBits)], mix(h), uint64(0)
	for w := range b {
		bit := uint64(1) << (bits & 63)
		missing |= bit &^ b[w]
		b[w] |= bit
		bits >>= 6
	}
	return missing == 0
}

// addAll makes the filter hold the numbers of rows, and gives those that it may have held
// before, in order.
func (f *numberFilter) addAll(rows []insertion) (held []int64) {
	// The blocks lie far apart in memory. Those of some rows are asked for together, so
	// that they come together, and not one after the other.
	var hashes [32]uint64
	for len(rows) > 0 {
		n := min(len(hashes), len(rows))
		for i := range n {
			hashes[i] = mix(uint64(rows[i].contact.Phone))
			f.touched |= f.blocks[hashes[i]>>(64-filterBits)][0]
		}
		for i := range n {
			if f.addHash(hashes[i]) {
				held = append(held, int64(rows[i].contact.Phone))
			}
		}
		rows = rows[n:]
	}
	return held
}

// mix spreads a value over all bits (the finaliser of SplitMix64).
func mix(v uint64) uint64 {
	v += 0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}
