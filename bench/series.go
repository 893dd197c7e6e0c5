package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// series is one measurement taken in every round.
type series []float64

// median is the middle value, or the mean of the two.
func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// over gives the ratios of two series, round by round: what disturbs a round
// disturbs both.
func (s series) over(other series) series {
	ratios := make(series, len(s))
	for i := range s {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}

// show writes the median, and behind it the least and the most of all rounds.
func (s series) show(format func(float64) string) string {
	return fmt.Sprintf("%s (%s–%s)", format(s.median()), format(slices.Min(s)), format(slices.Max(s)))
}

// thousands writes a whole number with its thousands apart.
func thousands(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// twoDecimals is for ratios, and threeDigits for times: 0.123, 1.23, 12.3, 123.
func twoDecimals(v float64) string { return fmt.Sprintf("%.2f", v) }

func threeDigits(v float64) string {
	switch {
	case v < 1:
		return fmt.Sprintf("%.3f", v)
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return thousands(v)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
