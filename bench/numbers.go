package main

import "math/bits"

// homeShare is how many of a hundred numbers are home's.
const homeShare = 40

// numbers is a set of distinct valid phone numbers in a scattered order that is
// always the same: a real list is not sorted, and an index feels the difference.
type numbers struct {
	blocks []block
	size   uint64
	half   int // bits of half a place, see scatter
}

// number is one of them.
type number struct {
	country  *country
	code     int
	national uint64
}

// newNumbers finds at least n numbers.
func newNumbers(n int) (*numbers, error) {
	var set numbers
	ours := n * homeShare / 100
	for i := range countries {
		want := (n - ours) / (len(countries) - 1)
		if countries[i].region == home {
			want = ours
		}
		blocks, err := countries[i].blocks(want/blockSize + 1)
		if err != nil {
			return nil, err
		}
		set.blocks = append(set.blocks, blocks...)
	}
	set.size = uint64(len(set.blocks)) * blockSize
	set.half = (bits.Len64(set.size) + 1) / 2
	return &set, nil
}

// at gives the i-th number.
func (n *numbers) at(i uint64) number {
	place := n.scatter(i)
	b := &n.blocks[place/blockSize]
	return number{b.country, b.code, b.first + place%blockSize}
}

// scatter permutes [0, size) without a table, which ten million numbers would
// fill 40 MB of: a Feistel network over the next power of four, walked until it
// comes back into the range.
func (n *numbers) scatter(i uint64) uint64 {
	mask := uint64(1)<<n.half - 1
	for {
		left, right := i>>n.half, i&mask
		for round := range uint64(4) {
			left, right = right, left^mix(right+round<<40)&mask
		}
		if i = left<<n.half | right; i < n.size {
			return i
		}
	}
}

// mix makes bits that look random of any others (the end of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
