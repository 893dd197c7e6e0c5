package callhours

import (
	_ "embed"
	"strings"
	"testing"
	"time"
)

// zoneList is every name of the tz database, from the archive that comes with Go 1.26, lib/time/zoneinfo.zip. To make it anew:
//
//	unzip -Z1 "$(go env GOROOT)/lib/time/zoneinfo.zip" | grep -v '/$' | LC_ALL=C sort > testdata/zones.txt
//
//go:embed testdata/zones.txt
var zoneList string

func zoneNames(t testing.TB) []string {
	t.Helper()
	names := strings.Fields(zoneList)
	if len(names) < 500 {
		t.Fatalf("the list has %d names only", len(names))
	}
	return names
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := LoadZone(name)
	if err != nil {
		t.Fatal(name, err)
	}
	return zone
}

// window reads a window like "MO 9:00 AM - 6:00 PM"; the day * is every day.
func window(t testing.TB, s string) Window {
	t.Helper()
	name, times, _ := strings.Cut(s, " ")
	from, to, _ := strings.Cut(times, " - ")
	start, startErr := ParseClock(from)
	end, endErr := ParseClock(to)
	w := Window{Every: name == "*", Start: start, End: end}
	var dayErr error
	if !w.Every {
		w.Day, dayErr = ParseDay(name)
	}
	if startErr != nil || endErr != nil || dayErr != nil {
		t.Fatal(s, startErr, endErr, dayErr)
	}
	return w
}

// hours reads windows, and holidays like "2026-12-25".
func hours(t testing.TB, lines ...string) *Hours {
	t.Helper()
	h := &Hours{Frequency: Daily}
	for _, line := range lines {
		if date, err := ParseDate(line); err == nil {
			h.Holidays = append(h.Holidays, date)
			continue
		}
		h.Windows = append(h.Windows, window(t, line))
	}
	if err := h.Validate(); err != nil {
		t.Fatal(err)
	}
	return h
}
