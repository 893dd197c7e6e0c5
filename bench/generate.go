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

// generator writes a CSV as a call centre might get it, about 100 bytes a row.
type generator struct {
	numbers *numbers
	random  *rand.Rand
	counts  counts
}

// generate writes a file of contacts. It takes the numbers from 0 on, as many as
// it counts as added.
func generate(path string, rows int, from *numbers) (counts, error) {
	f, err := os.Create(path)
	if err != nil {
		return counts{}, err
	}
	defer f.Close()
	g := &generator{numbers: from, random: rand.New(rand.NewPCG(seed, 0))}
	w := bufio.NewWriterSize(f, 1<<20)
	line := []byte("firstName,lastName,phoneNumber,timezone,uniqueId,Priority,city\n")
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

// row appends the row of this number, and counts it.
func (g *generator) row(b []byte, n int) []byte {
	g.counts.Rows++
	which, chance := uint64(g.counts.Added), g.random.Uint64()
	b = append(append(b, pick(firstNames, chance)...), ',')
	b = append(append(b, pick(lastNames, chance>>8)...), ',')
	switch n % 100 {
	case badAt:
		g.counts.Rejected++
		b = append(b, pick(badNumbers, chance>>16)...)
	case repeatAt, repeatAtToo:
		g.counts.Duplicate++
		which = chance >> 16 % which
		b = g.numbers.spell(b, which, true)
	default:
		g.counts.Added++
		b = g.numbers.spell(b, which, false)
	}
	home := g.numbers.at(which).country
	b = append(append(append(b, ','), home.zone...), ',')
	b = fmt.Appendf(b, "%08x-%04x-4%03x-8%03x-%012x,%d,", n, chance>>48, chance>>36&0xfff, chance>>24&0xfff, mix(chance)>>16, 1+chance%5)
	return append(append(b, pick(home.cities[:], chance>>32)...), '\n')
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
