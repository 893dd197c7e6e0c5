package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"rollcall/phone"
)

// stretch is a run of numbers, both ends included.
type stretch struct{ from, to int64 }

// prefixStretches gives the numbers that the prefixes of the DNC lists take, as runs
// that do not overlap: each belongs to the first list that takes it.
func (s *Store) prefixStretches(ctx context.Context, t *sql.Tx, job *Scrubbing) ([]scrubPart, error) {
	var parts []scrubPart
	var covered []stretch
	for i, l := range job.dnc {
		prefixes, err := s.prefixes(ctx, t, l, job.at)
		if err != nil {
			return nil, err
		}
		var own []stretch
		for _, p := range slices.Sorted(maps.Keys(prefixes)) {
			own = append(own, numbersOf(p)...)
		}
		for _, run := range without(joined(own), covered) {
			parts = append(parts, scrubPart{dnc: i, prefix: true, from: run.from, to: run.to})
		}
		covered = joined(append(covered, own...))
	}
	return parts, nil
}

// numbersOf gives all numbers that begin with a prefix, of each length that a number
// may have.
func numbersOf(prefix phone.Number) []stretch {
	var runs []stretch
	for from, to := -int64(prefix), -int64(prefix); from < int64(longestNumber); from, to = from*10, to*10+9 {
		if from >= shortestNumber {
			runs = append(runs, stretch{from, to})
		}
	}
	return runs
}

// shortestNumber is the least number of the form of E.164: eight digits.
const shortestNumber = 10_000_000

// joined sorts runs, and makes one of those that touch.
func joined(runs []stretch) []stretch {
	runs = slices.SortedFunc(slices.Values(runs), func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	out := runs[:0]
	for _, r := range runs {
		if n := len(out); n > 0 && r.from <= out[n-1].to+1 {
			out[n-1].to = max(out[n-1].to, r.to)
			continue
		}
		out = append(out, r)
	}
	return out
}

// without gives what is left of runs where others, sorted and apart, are taken out.
func without(runs, others []stretch) []stretch {
	var left []stretch
	for _, r := range runs {
		for _, o := range others {
			if o.to < r.from || o.from > r.to {
				continue
			}
			if o.from > r.from {
				left = append(left, stretch{r.from, o.from - 1})
			}
			r.from = o.to + 1
		}
		if r.from <= r.to {
			left = append(left, r)
		}
	}
	return left
}
