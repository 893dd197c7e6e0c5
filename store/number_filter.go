package store

import "rollcall/phone"

// numberFilter is a blocked Bloom filter of numbers: what it does not hold was
// never added; what it may hold has to be looked up. It takes 16 MiB whatever it
// holds. With a million numbers it errs on none in practice, with ten million on one
// look-up in a hundred.
type numberFilter struct{ blocks []filterBlock }

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

// add makes the filter hold a number.
func (f *numberFilter) add(n phone.Number) {
	h := mix(uint64(n))
	b, bits := &f.blocks[h>>(64-filterBits)], mix(h)
	for w := range b {
		b[w] |= 1 << (bits & 63)
		bits >>= 6
	}
}

// maybe tells whether the filter may hold a number.
func (f *numberFilter) maybe(n phone.Number) bool {
	h := mix(uint64(n))
	b, bits := &f.blocks[h>>(64-filterBits)], mix(h)
	for w := range b {
		if b[w]&(1<<(bits&63)) == 0 {
			return false
		}
		bits >>= 6
	}
	return true
}

// mix spreads a value over all bits (the finaliser of SplitMix64).
func mix(v uint64) uint64 {
	v += 0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}
