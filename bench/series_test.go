package main

import "testing"

func TestSeries(t *testing.T) {
	ours, theirs := series{8, 30, 10}, series{10, 10, 20}
	if got := ours.median(); got != 10 {
		t.Errorf("median of three: %v", got)
	}
	if got := (series{1, 4, 2, 3}).median(); got != 2.5 {
		t.Errorf("median of four: %v", got)
	}
	// Round by round, not median by median, which would be 1.
	if got, want := ours.over(theirs).show(twoDecimals), "0.80 (0.50–3.00)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestNumbersForPeople(t *testing.T) {
	for v, want := range map[float64]string{0.1234: "0.123", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234567: "1,234,567"} {
		if got := threeDigits(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
