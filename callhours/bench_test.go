package callhours

import (
	"testing"
	"time"
)

// office is a working week, with the holidays of a country.
var office = []string{"MO 9:00 AM - 6:00 PM", "TU 9:00 AM - 6:00 PM", "WE 9:00 AM - 6:00 PM", "TH 9:00 AM - 6:00 PM", "FR 9:00 AM - 6:00 PM"}
var feasts = []string{"2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03", "2026-09-07", "2026-11-11", "2026-11-26", "2026-12-25"}

var benchmarks = []struct {
	name, zone string
	lines      []string
	at         time.Time
}{
	{"Open", "America/New_York", office, time.Date(2026, 6, 3, 15, 0, 0, 0, time.UTC)},
	{"Weekend", "America/New_York", office, time.Date(2026, 6, 6, 15, 0, 0, 0, time.UTC)},
	{"WeekendOfChange", "America/New_York", office, time.Date(2026, 3, 7, 15, 0, 0, 0, time.UTC)},
	{"Holidays", "America/New_York", append(office[:len(office):len(office)], feasts...), time.Date(2026, 6, 6, 15, 0, 0, 0, time.UTC)},
	{"NoChange", "Asia/Kolkata", office, time.Date(2026, 6, 6, 15, 0, 0, 0, time.UTC)},
}

func BenchmarkOpen(b *testing.B) {
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			h, zone := hours(b, c.lines...), mustZone(b, c.zone)
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Open(c.at, zone)
			}
		})
	}
}

func BenchmarkNextOpening(b *testing.B) {
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			h, zone := hours(b, c.lines...), mustZone(b, c.zone)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = h.NextOpening(c.at, zone)
			}
		})
	}
	b.Run("Never", func(b *testing.B) { // the worst that Validate takes: a year of holidays
		h, zone := hours(b, "* 9:00 AM - 6:00 PM"), mustZone(b, "America/New_York")
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range MaxHolidays {
			h.Holidays = append(h.Holidays, dateOf(at.AddDate(0, 0, 500-i)))
		}
		b.ReportAllocs()
		for b.Loop() {
			_, _ = h.NextOpening(at, zone)
		}
	})
}

func BenchmarkClosing(b *testing.B) {
	h, zone := hours(b, office...), mustZone(b, "America/New_York")
	at := time.Date(2026, 6, 3, 15, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = h.Closing(at, zone)
	}
}

func BenchmarkLoadZone(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = LoadZone("America/New_York")
	}
}

// BenchmarkLoadLocation is what LoadZone's cache saves.
func BenchmarkLoadLocation(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = time.LoadLocation("America/New_York")
	}
}

func TestHours_AllocateNothing(t *testing.T) {
	for _, c := range benchmarks {
		h, zone := hours(t, c.lines...), mustZone(t, c.zone)
		if n := testing.AllocsPerRun(100, func() {
			h.Open(c.at, zone)
			h.NextOpening(c.at, zone)
			h.Closing(c.at, zone)
		}); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}
