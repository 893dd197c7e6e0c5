package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
)

// counts is what an import of a generated file must find, under either rule.
type counts struct{ Rows, Added, Duplicate, Rejected int64 }

// Of a hundred rows one is bad and two repeat an earlier number.
const badAt, repeatAt, repeatAtToo = 17, 31, 79

// seed makes every run write the same file.
const seed = 20261101

// generator writes a CSV as a call centre might get it, in its usual shape about
// 100 bytes a row.
type generator struct {
	shape   *shape
	numbers *numbers
	random  *rand.Rand
	counts  counts
	person  person
}

// generate writes a file of contacts. It takes the numbers from 0 on, as many as
// it counts as added. It holds one row at a time.
func generate(path string, rows int, s *shape, from *numbers) (counts, error) {
	f, err := os.Create(path)
	if err != nil {
		return counts{}, err
	}
	defer f.Close()
	g := &generator{shape: s, numbers: from, random: rand.New(rand.NewPCG(seed, 0))}
	w := bufio.NewWriterSize(f, 1<<20)
	line := s.header(nil)
	for n := range rows {
		if _, err := w.Write(line); err != nil {
			return counts{}, err
		}
		line = g.row(line[:0], n)
	}
	if _, err := w.Write(line); err != nil {
		return counts{}, err
	}
	if err := w.Flush(); err != nil {
		return counts{}, err
	}
	return g.counts, f.Close()
}

// writeOnly does what -generate asks for, and says what an import must find.
func writeOnly(o options) error {
	s, err := shapeOf(o.shape)
	if err != nil {
		return err
	}
	set, err := newNumbers(o.rows)
	if err != nil {
		return err
	}
	found, err := generate(o.generate, o.rows, s, set)
	if err == nil {
		fmt.Printf("%s: %d rows, of which %d are to be added, %d are duplicates and %d are to be rejected\n", o.generate, found.Rows, found.Added, found.Duplicate, found.Rejected)
	}
	return err
}

// row appends the row of this index, and counts it.
func (g *generator) row(b []byte, n int) []byte {
	g.counts.Rows++
	which, chance := uint64(g.counts.Added), g.random.Uint64()
	p := &g.person
	p.n, p.chance, p.bad = n, chance, false
	switch n % 100 {
	case badAt:
		g.counts.Rejected++
		p.bad, p.number = true, append(p.number[:0], pick(badNumbers, chance>>16)...)
	case repeatAt, repeatAtToo:
		g.counts.Duplicate++
		which = chance >> 16 % which
		p.number = g.numbers.spell(p.number[:0], which, true)
	default:
		g.counts.Added++
		p.number = g.numbers.spell(p.number[:0], which, false)
	}
	p.country = g.numbers.at(which).country
	return g.shape.row(b, p)
}

func pick(from []string, chance uint64) string { return from[chance%uint64(len(from))] }

// badNumbers are refused under either rule, each for another reason.
var badNumbers = []string{"", "n/a", "12345", "+1 415 555", "9.19877E+11", "+1 415 555 0123 ext. 12", "+4915112345678901", "call the office"}

var firstNames = []string{
	"Ana", "Benjamin", "Chidi", "Dolores", "Émile", "Farida", "Giulia", "Hannah", "Ibrahim", "Jürgen", "Kenji", "Lakshmi",
	"Małgorzata", "Nia", "Olumide", "Priya", "Quentin", "Rosa", "Siobhán", "Thandiwe", "Ursula", "Víctor", "Wei", "Yusuf",
}

var lastNames = []string{
	"Adeyemi", "Bauer", "Castillo", "Dubois", "Evans", "Fernández", "García", "Hernández", "Ito", "Jansen", "Kowalczyk", "Lindqvist",
	"Montgomery", "Nakamura", "O'Connor", "Papadopoulos", "Quispe", "Rodrigues", "Schneider", "Thompson", "van der Berg", "Yılmaz",
}
