package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"rollcall/phone"
)

func TestNumbers_Distinct(t *testing.T) {
	set, err := newNumbers(100_000)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]bool, set.size)
	for i := range set.size {
		place := set.scatter(i)
		if seen[place] {
			t.Fatalf("%d comes twice", place)
		}
		seen[place] = true
	}
}

// TestGenerate_CountsUnderEitherRule holds what the generator counts against
// what the phone package makes of its file.
func TestGenerate_CountsUnderEitherRule(t *testing.T) {
	set, err := newNumbers(20_000)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "contacts.csv")
	want, err := generate(path, 20_000, plain, set)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Size() < 90*want.Rows || info.Size() > 110*want.Rows {
		t.Errorf("%d bytes a row", info.Size()/want.Rows)
	}
	for rule, region := range map[phone.Rule]string{phone.RuleValid: home, phone.RuleE164: ""} {
		if got := countFile(t, path, rule, region); got != want {
			t.Errorf("%s: %+v, the generator says %+v", rule, got, want)
		}
	}
}

func countFile(t *testing.T, path string, rule phone.Rule, region string) (c counts) {
	parser, err := phone.NewParser(rule, region)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[phone.Number]bool{}
	for _, row := range rows[1:] {
		c.Rows++
		n, err := parser.Parse(row[2])
		switch {
		case err != nil:
			c.Rejected++
		case seen[n]:
			c.Duplicate++
		default:
			seen[n] = true
			c.Added++
		}
	}
	return c
}
