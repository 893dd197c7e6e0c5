package callhours

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseClock(t *testing.T) {
	for s, want := range map[string]Minute{
		"9:00 AM": 540, "6:00 PM": 1080, "12:00 AM": 0, "12:30 AM": 30, "12:00 PM": 720, "12:30 PM": 750, "11:59 PM": 1439, "1:05 AM": 65,
		"09:00am": 540, "09:00 AM": 540, "9:00pm": 1260, "9:00 pM": 1260, "9:00\u202fAM": 540, "9:00\u00a0PM": 1260,
		"18:00": 1080, "00:00": 0, "09:05": 545, "12:30": 750, "23:59": 1439, "24:00": 1440,
	} {
		if got, err := ParseClock(s); got != want || err != nil {
			t.Errorf("ParseClock(%q) = %d, %v, want %d", s, got, err, want)
		}
	}
}

func TestParseClock_Refusals(t *testing.T) {
	for s, want := range map[string]error{
		"": errClockForm, "AM": errClockForm, "9 AM": errClockForm, "9:0 AM": errClockForm, "9:000 AM": errClockForm, "9:00:00 AM": errClockForm,
		"009:00 AM": errClockForm, "+9:00 AM": errClockForm, "9:-1 AM": errClockForm, "9:00  AM": errClockForm, " 9:00 AM": errClockForm,
		"9:00 AM ": errClockForm, "9:00 XM": errClockForm, "9:00 A.M.": errClockForm, "9.00 AM": errClockForm, ":00 AM": errClockForm,
		"noon": errClockForm, "٩:٠٠ AM": errClockForm, "1800": errClockForm,
		"9:00": errClockHalf, "6:00": errClockHalf,
		"0:30 AM": errClock12, "00:30 AM": errClock12, "13:00 PM": errClock12, "9:60 AM": errClock12,
		"24:01": errClock24, "25:00": errClock24, "18:60": errClock24, "23:60": errClock24, "99:99": errClock24,
	} {
		if got, err := ParseClock(s); got != 0 || err != want {
			t.Errorf("ParseClock(%q) = %d, %v, want %v", s, got, err, want)
		}
	}
}

func TestMinute_String(t *testing.T) {
	for m, want := range map[Minute]string{0: "12:00 AM", 5: "12:05 AM", 540: "9:00 AM", 719: "11:59 AM", 720: "12:00 PM", 785: "1:05 PM",
		1080: "6:00 PM", 1439: "11:59 PM", 1440: "12:00 AM", -1: "Minute(-1)", 1441: "Minute(1441)"} {
		if got := m.String(); got != want {
			t.Errorf("%d is %q, want %q", int(m), got, want)
		}
	}
}

func TestParseClock_ReadsWhatStringWrites(t *testing.T) {
	for m := range Minute(minutesInDay) {
		for _, s := range []string{m.String(), strings.ToLower(m.String()), strings.ReplaceAll(m.String(), " ", "")} {
			if got, err := ParseClock(s); got != m || err != nil {
				t.Fatalf("minute %d is written %q and read as %d, %v", int(m), s, got, err)
			}
		}
	}
}

func TestParseClock_NeverLeavesTheDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{0,3}:?[0-9]{0,3} ?([aApP][mM])?`)).Draw(t, "s")
		m, err := ParseClock(s)
		if err != nil && m != 0 || m < 0 || m > minutesInDay {
			t.Fatalf("ParseClock(%q) = %d, %v", s, m, err)
		}
		if err != nil {
			return
		}
		// 24:00 is written like 0:00, and as an end they are the same.
		if again, err := ParseClock(m.String()); err != nil || again%minutesInDay != m%minutesInDay {
			t.Fatalf("%q is minute %d, written %q, read as %d, %v", s, int(m), m, again, err)
		}
	})
}
