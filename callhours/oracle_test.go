package callhours

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// specOpen is the rule of the package comment, read off the fields that the time package shows. It shares no arithmetic with
// Open.
func specOpen(h *Hours, at time.Time, zone *time.Location) bool {
	local := at.In(zone)
	today, weekday := dateOf(local), local.Weekday()
	minute := Minute(local.Hour()*60 + local.Minute())
	if slices.Contains(h.Holidays, today) {
		return false
	}
	wasHoliday := slices.Contains(h.Holidays, dayBefore(today))
	for _, w := range h.Windows {
		begins := w.Every || w.Day == weekday
		began := (w.Every || (w.Day+1)%7 == weekday) && !wasHoliday
		if w.Start < w.End {
			if begins && w.Start <= minute && minute < w.End {
				return true
			}
			continue
		}
		if begins && minute >= w.Start || began && minute < w.End {
			return true
		}
	}
	return false
}

// dayBefore counts back on the calendar with a schoolbook's rule.
func dayBefore(d Date) Date {
	if d.Day > 1 {
		return Date{d.Year, d.Month, d.Day - 1}
	}
	if d.Month == time.January {
		return Date{d.Year - 1, time.December, 31}
	}
	lengths := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	length := lengths[d.Month-2]
	if d.Month == time.March && d.Year%4 == 0 && (d.Year%100 != 0 || d.Year%400 == 0) {
		length++
	}
	return Date{d.Year, d.Month - 1, length}
}

// The years that the tests of all zones look at.
var (
	firstInstant = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
	lastInstant  = time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// changes finds when the zone's offset changes within those years, by looking at every hour and halving. ZoneBounds, on which
// the code rests, is not asked.
func changes(zone *time.Location) (at []time.Time) {
	offset := func(t time.Time) int { _, east := t.In(zone).Zone(); return east }
	for from := firstInstant; from.Before(lastInstant); from = from.Add(time.Hour) {
		before, after := from, from.Add(time.Hour)
		if offset(before) == offset(after) {
			continue
		}
		for after.Sub(before) > time.Second {
			if middle := before.Add(after.Sub(before) / 2).Truncate(time.Second); offset(middle) == offset(before) {
				before = middle
			} else {
				after = middle
			}
		}
		at = append(at, after)
	}
	return at
}

// class is all zones whose clocks show the same throughout those years, by one of them. Open depends on nothing else.
type class struct {
	zone    *time.Location
	changes []time.Time
}

func classes(t *testing.T) (cs []class) {
	seen := map[string]bool{}
	for _, name := range zoneNames(t) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		found := changes(zone)
		var key strings.Builder
		for _, at := range append([]time.Time{firstInstant}, found...) {
			_, offset := at.In(zone).Zone()
			fmt.Fprintln(&key, at.Unix(), offset)
		}
		if !seen[key.String()] {
			seen[key.String()] = true
			cs = append(cs, class{zone, found})
		}
	}
	return cs
}

// schedules are the hours that are tried in each zone; holidays are added to the last.
func schedules(t *testing.T, c class) []*Hours {
	all := []*Hours{
		hours(t, office...),
		hours(t, "FR 10:00 PM - 2:30 AM", "SA 10:00 PM - 2:30 AM", "SU 8:00 PM - 12:00 AM", "WE 11:15 PM - 12:15 AM"),
		hours(t, "* 1:10 AM - 1:20 AM", "* 2:00 AM - 3:00 AM"),
		hours(t, "SU 12:00 AM - 12:00 AM", "FR 2:30 AM - 2:30 AM"),
		hours(t, "* 12:00 AM - 12:45 AM", "* 12:30 PM - 2:00 PM", "* 11:40 PM - 12:10 AM", "SU 2:15 AM - 4:00 AM"),
		hours(t, "* 12:00 AM - 12:00 AM"),
		hours(t, "* 9:00 PM - 3:00 AM", "* 3:00 AM - 4:00 AM"),
	}
	last := all[len(all)-1]
	for i, at := range c.changes {
		last.Holidays = append(last.Holidays, dateOf(at.In(c.zone).AddDate(0, 0, i%3-1)))
	}
	return all
}

func TestHours_AgreeWithAScanInEveryZone(t *testing.T) {
	all := classes(t)
	if len(all) < 50 {
		t.Fatalf("only %d kinds of zones are there", len(all))
	}
	for _, c := range all {
		t.Run(c.zone.String(), func(t *testing.T) {
			t.Parallel()
			// A fixed seed: a failure comes again.
			random := rand.New(rand.NewPCG(1, uint64(len(c.zone.String()))))
			for _, h := range schedules(t, c) {
				const around = 26 * time.Hour
				for _, at := range c.changes {
					compareWithScan(t, h, c.zone, at.Add(-around), 2*around, 3)
				}
				for range 3 {
					at := firstInstant.Add(time.Duration(random.Int64N(int64(lastInstant.Sub(firstInstant))))).Truncate(time.Minute)
					compareWithScan(t, h, c.zone, at, 9*24*time.Hour, 997)
				}
			}
		})
	}
}

// compareWithScan asks the rule about every minute from start on, and compares what the methods say at each, and the searches
// every stride minutes. Offsets are whole minutes in these years, so nothing happens within one.
func compareWithScan(t *testing.T, h *Hours, zone *time.Location, start time.Time, length time.Duration, stride int) {
	t.Helper()
	open := make([]bool, length/time.Minute)
	for i := range open {
		at := start.Add(time.Duration(i) * time.Minute)
		open[i] = specOpen(h, at, zone)
		if got := h.Open(at, zone); got != open[i] {
			t.Fatalf("%v: at %v open is %v, want %v", h, at.In(zone), got, open[i])
		}
	}
	for i := 0; i < len(open); i += stride {
		at := start.Add(time.Duration(i) * time.Minute)
		opening, opens := h.NextOpening(at, zone)
		compareSearch(t, h, "NextOpening", at.In(zone), opening, opens, scan(open, i, true), start, length)
		closing, closes := h.Closing(at, zone)
		if !open[i] {
			if closes {
				t.Fatalf("%v: closed at %v, and closes %v", h, at.In(zone), closing)
			}
			continue
		}
		compareSearch(t, h, "Closing", at.In(zone), closing, closes, scan(open, i, false), start, length)
	}
}

// scan finds the first index from i on with the value; -1 for none.
func scan(open []bool, i int, value bool) int {
	found := slices.Index(open[i:], value)
	if found < 0 {
		return -1
	}
	return i + found
}

func compareSearch(t *testing.T, h *Hours, what string, at, got time.Time, ok bool, want int, start time.Time, length time.Duration) {
	t.Helper()
	end := start.Add(length)
	if want < 0 {
		// What lies beyond the scan is only known not to lie within.
		if ok && got.Before(end) {
			t.Fatalf("%v: %s(%v) = %v, want nothing before %v", h, what, at, got, end)
		}
		return
	}
	expected := start.Add(time.Duration(want) * time.Minute)
	if horizon := 8 * 24 * time.Hour; what == "Closing" && expected.Sub(at) >= horizon {
		if ok {
			t.Fatalf("%v: %s(%v) = %v, beyond its horizon", h, what, at, got)
		}
		return
	}
	if !ok || !got.Equal(expected) {
		t.Fatalf("%v: %s(%v) = %v, %v, want %v", h, what, at, got, ok, expected.In(at.Location()))
	}
}

// Any instant of three centuries in any zone, with offsets in seconds, skipped days and rules of the far future.
func TestHours_SearchesAgreeWithOpen(t *testing.T) {
	names := zoneNames(t)
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		h := &Hours{Frequency: Daily, Windows: rapid.SliceOfN(rapid.Custom(drawWindow), 1, 4).Draw(t, "windows")}
		unix := rapid.Int64Range(-4e9, 5e9).Draw(t, "unix")
		// Most of what goes wrong goes wrong near a change.
		if _, change := time.Unix(unix, 0).In(zone).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
			unix = change.Unix() + rapid.Int64Range(-90_000, 90_000).Draw(t, "seconds from it")
		}
		at := time.Unix(unix, 0)
		if h.Open(at, zone) != specOpen(h, at, zone) {
			t.Fatalf("open at %v is %v", at.In(zone), h.Open(at, zone))
		}
		opening, opens := h.NextOpening(at, zone)
		if !opens {
			t.Fatalf("nothing opens after %v", at.In(zone)) // each window begins in every week
		}
		checkEdge(t, h, at, opening, zone, true)
		if h.Open(at, zone) {
			if closing, closes := h.Closing(at, zone); closes {
				checkEdge(t, h, at, closing, zone, false)
			} else {
				for probe := at; probe.Before(at.Add(8 * 24 * time.Hour)); probe = probe.Add(7 * time.Minute) {
					if !specOpen(h, probe, zone) {
						t.Fatalf("does not close from %v on, and is closed at %v", at.In(zone), probe.In(zone))
					}
				}
			}
		}
	})
}

func drawWindow(t *rapid.T) Window {
	w := Window{Day: time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")), Every: rapid.Bool().Draw(t, "every")}
	w.Start = Minute(rapid.IntRange(0, 1439).Draw(t, "start"))
	w.End = Minute(rapid.IntRange(0, 1440).Draw(t, "end"))
	return w
}

// checkEdge demands that the rule says open at the edge, closed at the second before, and nothing but closed from at on; or
// all of that the other way round. In between it looks every 59 seconds for as far as two days before the edge.
func checkEdge(t *rapid.T, h *Hours, at, edge time.Time, zone *time.Location, open bool) {
	if edge.Before(at) || specOpen(h, edge, zone) != open {
		t.Fatalf("from %v: open at the edge %v is %v", at.In(zone), edge.In(zone), !open)
	}
	from := edge.Add(-48 * time.Hour)
	if from.Before(at) {
		from = at
	}
	for probe := edge.Add(-time.Second); !probe.Before(from); probe = probe.Add(-59 * time.Second) {
		if specOpen(h, probe, zone) == open {
			t.Fatalf("from %v: the edge is at %v, and %v is before", at.In(zone), edge.In(zone), probe.In(zone))
		}
	}
}
