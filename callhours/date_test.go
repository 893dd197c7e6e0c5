package callhours

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	for s, want := range map[string]Date{"2026-12-25": {2026, time.December, 25}, "2028-02-29": {2028, time.February, 29}, "0999-01-02": {999, 1, 2}} {
		got, err := ParseDate(s)
		if got != want || err != nil || got.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "2026-02-29", "2026-02-30", "2026-13-01", "2026-00-01", "2026-1-1", "26-12-25", "2026-12-25 ", "2026-12-25T00:00:00Z", "25.12.2026"} {
		if got, err := ParseDate(s); err != errDate || got != (Date{}) {
			t.Errorf("ParseDate(%q) = %v, %v, want a refusal", s, got, err)
		}
	}
}

func TestParseDay(t *testing.T) {
	for s, want := range map[string]time.Weekday{"SU": 0, "MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6} {
		if got, err := ParseDay(s); got != want || err != nil || DayName(got) != s {
			t.Errorf("ParseDay(%q) = %v, %v; its name is %q", s, got, err, DayName(got))
		}
	}
	for _, s := range []string{"", "mo", "MON", "Monday", "XX"} {
		if got, err := ParseDay(s); err != errDay {
			t.Errorf("ParseDay(%q) = %v, %v, want a refusal", s, got, err)
		}
	}
	if DayName(-1) != "" || DayName(7) != "" {
		t.Errorf("what is no day has the names %q and %q", DayName(-1), DayName(7))
	}
}

// The time package counts the same calendar in another way.
func TestDay_AgreesWithTheTimePackage(t *testing.T) {
	for unix := int64(-4e9); unix < 4e9; unix += 86_413 {
		at, d := time.Unix(unix, 0).UTC(), dayOf(wall(unix))
		second := wall(at.Hour()*3600 + at.Minute()*60 + at.Second())
		if d.weekday() != at.Weekday() || d.date() != dateOf(at) || wall(unix)-d.midnight() != second {
			t.Fatalf("%v is taken for %v, %v, second %d", at, d.weekday(), d.date(), wall(unix)-d.midnight())
		}
	}
}
