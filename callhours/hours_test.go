package callhours

import (
	"testing"
	"time"
)

// instant reads a time like "2026-03-08T06:59:59Z"; "" is the zero Time, for none.
func instant(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// searches are what happens around an instant: when it opens, and when it closes if it is open.
var searches = []struct {
	name, zone          string
	lines               []string
	at, opening, closes string
}{
	{"within", "Europe/Berlin", office, "2026-06-03T10:00:00+02:00", "2026-06-03T10:00:00+02:00", "2026-06-03T18:00:00+02:00"},
	{"parts of a second", "Europe/Berlin", office, "2026-06-03T10:00:00.25+02:00", "2026-06-03T10:00:00.25+02:00", "2026-06-03T18:00:00+02:00"},
	{"the start is in", "Europe/Berlin", office, "2026-06-03T09:00:00+02:00", "2026-06-03T09:00:00+02:00", "2026-06-03T18:00:00+02:00"},
	{"just before the start", "Europe/Berlin", office, "2026-06-03T08:59:59.999999999+02:00", "2026-06-03T09:00:00+02:00", ""},
	{"just before the end", "Europe/Berlin", office, "2026-06-03T17:59:59.999999999+02:00", "2026-06-03T17:59:59.999999999+02:00", "2026-06-03T18:00:00+02:00"},
	{"the end is out", "Europe/Berlin", office, "2026-06-03T18:00:00+02:00", "2026-06-04T09:00:00+02:00", ""},
	{"a weekend", "Europe/Berlin", office, "2026-06-05T18:00:00+02:00", "2026-06-08T09:00:00+02:00", ""},

	{"across midnight, evening", "UTC", []string{"FR 10:00 PM - 2:00 AM"}, "2026-06-05T23:00:00Z", "2026-06-05T23:00:00Z", "2026-06-06T02:00:00Z"},
	{"across midnight, morning", "UTC", []string{"FR 10:00 PM - 2:00 AM"}, "2026-06-06T01:59:59Z", "2026-06-06T01:59:59Z", "2026-06-06T02:00:00Z"},
	{"across midnight, morning before", "UTC", []string{"FR 10:00 PM - 2:00 AM"}, "2026-06-05T01:00:00Z", "2026-06-05T22:00:00Z", ""},
	{"across the week's end", "UTC", []string{"SA 10:00 PM - 2:00 AM"}, "2026-06-07T01:00:00Z", "2026-06-07T01:00:00Z", "2026-06-07T02:00:00Z"},
	{"up to midnight", "UTC", []string{"FR 10:00 PM - 12:00 AM"}, "2026-06-05T23:59:59Z", "2026-06-05T23:59:59Z", "2026-06-06T00:00:00Z"},
	{"up to 24:00", "UTC", []string{"FR 10:00 PM - 24:00"}, "2026-06-05T23:59:59Z", "2026-06-05T23:59:59Z", "2026-06-06T00:00:00Z"},
	{"24 hours from noon", "UTC", []string{"FR 12:00 PM - 12:00 PM"}, "2026-06-05T12:00:00Z", "2026-06-05T12:00:00Z", "2026-06-06T12:00:00Z"},
	{"a whole day", "UTC", []string{"FR 12:00 AM - 12:00 AM"}, "2026-06-05T00:00:00Z", "2026-06-05T00:00:00Z", "2026-06-06T00:00:00Z"},
	{"around the clock", "Europe/Berlin", []string{"* 12:00 AM - 12:00 AM"}, "2026-03-27T12:00:00Z", "2026-03-27T12:00:00Z", ""},
	{"windows that meet", "UTC", []string{"FR 1:00 PM - 2:00 PM", "FR 11:00 AM - 12:00 PM", "FR 12:00 PM - 1:00 PM"}, "2026-06-05T11:30:00Z", "2026-06-05T11:30:00Z", "2026-06-05T14:00:00Z"},
	{"windows that overlap", "UTC", []string{"FR 1:00 PM - 3:00 PM", "FR 9:00 AM - 2:00 PM"}, "2026-06-05T08:00:00Z", "2026-06-05T09:00:00Z", ""},
	{"the earlier of two", "UTC", []string{"FR 5:00 PM - 6:00 PM", "FR 9:00 AM - 10:00 AM"}, "2026-06-05T08:00:00Z", "2026-06-05T09:00:00Z", ""},

	{"a holiday", "UTC", append([]string{"2026-06-04"}, office...), "2026-06-04T12:00:00Z", "2026-06-05T09:00:00Z", ""},
	{"a holiday's eve, evening", "UTC", []string{"* 10:00 PM - 2:00 AM", "2026-06-05"}, "2026-06-04T23:00:00Z", "2026-06-04T23:00:00Z", "2026-06-05T00:00:00Z"},
	{"a holiday's morning", "UTC", []string{"* 10:00 PM - 2:00 AM", "2026-06-05"}, "2026-06-05T01:00:00Z", "2026-06-06T22:00:00Z", ""},
	{"the morning after a holiday", "UTC", []string{"* 10:00 PM - 2:00 AM", "2026-06-05"}, "2026-06-06T01:00:00Z", "2026-06-06T22:00:00Z", ""},
	{"the holiday is a local date", "Pacific/Auckland", []string{"* 9:00 AM - 6:00 PM", "2026-12-25"}, "2026-12-24T22:00:00Z", "2026-12-25T20:00:00Z", ""},
	{"a holiday ends hours around the clock", "UTC", []string{"* 12:00 AM - 12:00 AM", "2026-06-05"}, "2026-06-03T12:00:00Z", "2026-06-03T12:00:00Z", "2026-06-05T00:00:00Z"},
	{"the day before the epoch", "UTC", []string{"WE 10:00 PM - 2:00 AM"}, "1969-12-31T12:00:00Z", "1969-12-31T22:00:00Z", ""},

	// New York's gap is 02:00 to 03:00 on 8 March, 07:00 UTC; its repeated hour 01:00 to 02:00 on 1 November, 05:00 and 06:00 UTC.
	{"starts in the gap", "America/New_York", []string{"* 2:30 AM - 4:00 AM"}, "2026-03-08T06:59:59Z", "2026-03-08T07:00:00Z", ""},
	{"lies in the gap", "America/New_York", []string{"* 2:00 AM - 3:00 AM"}, "2026-03-08T06:00:00Z", "2026-03-09T06:00:00Z", ""},
	{"ends in the gap", "America/New_York", []string{"* 1:00 AM - 2:30 AM"}, "2026-03-08T06:30:00Z", "2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z"},
	{"spans the gap", "America/New_York", []string{"* 1:00 AM - 4:00 AM"}, "2026-03-08T06:00:00Z", "2026-03-08T06:00:00Z", "2026-03-08T08:00:00Z"},
	{"in the repeated hour, first", "America/New_York", []string{"* 1:15 AM - 1:45 AM"}, "2026-11-01T05:00:00Z", "2026-11-01T05:15:00Z", ""},
	{"in the repeated hour, first end", "America/New_York", []string{"* 1:15 AM - 1:45 AM"}, "2026-11-01T05:20:00Z", "2026-11-01T05:20:00Z", "2026-11-01T05:45:00Z"},
	{"in the repeated hour, again", "America/New_York", []string{"* 1:15 AM - 1:45 AM"}, "2026-11-01T05:45:00Z", "2026-11-01T06:15:00Z", ""},
	{"in the repeated hour, last end", "America/New_York", []string{"* 1:15 AM - 1:45 AM"}, "2026-11-01T06:15:00Z", "2026-11-01T06:15:00Z", "2026-11-01T06:45:00Z"},
	{"up to the repeated hour", "America/New_York", []string{"* 12:30 AM - 1:30 AM"}, "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", ""},
	{"from the repeated hour on", "America/New_York", []string{"* 1:30 AM - 4:00 AM"}, "2026-11-01T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z"},

	{"a change of 30 minutes", "Australia/Lord_Howe", []string{"* 2:10 AM - 4:00 AM"}, "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z", ""},
	{"a change of two hours", "Antarctica/Troll", []string{"* 1:30 AM - 3:30 AM"}, "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", ""},
	{"no midnight, Cairo", "Africa/Cairo", []string{"FR 12:00 AM - 9:00 AM"}, "2026-04-23T20:00:00Z", "2026-04-23T22:00:00Z", ""},
	{"no midnight, São Paulo", "America/Sao_Paulo", []string{"SU 12:30 AM - 9:00 AM"}, "2018-11-04T02:00:00Z", "2018-11-04T03:00:00Z", ""},
	{"midnight twice, Beirut", "Asia/Beirut", []string{"SA 11:30 PM - 12:00 AM"}, "2026-10-24T20:45:00Z", "2026-10-24T20:45:00Z", "2026-10-24T21:00:00Z"},
	{"midnight twice, Beirut again", "Asia/Beirut", []string{"SA 11:30 PM - 12:00 AM"}, "2026-10-24T21:00:00Z", "2026-10-24T21:30:00Z", ""},
	{"Ramadan's end", "Africa/Casablanca", []string{"* 2:30 AM - 3:30 AM"}, "2026-03-22T01:59:59Z", "2026-03-22T02:00:00Z", ""},

	// Samoa had no 30 December 2011, a Friday. The change is at 10:00 UTC, from 29 December 24:00 to 31 December 00:00.
	{"a skipped day", "Pacific/Apia", []string{"FR 9:00 AM - 6:00 PM"}, "2011-12-30T05:00:00Z", "2012-01-05T19:00:00Z", ""},
	{"the morning after a skipped day", "Pacific/Apia", []string{"FR 10:00 PM - 2:00 AM"}, "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z", ""},
	{"the morning after a skipped holiday", "Pacific/Apia", []string{"FR 10:00 PM - 2:00 AM", "2011-12-30"}, "2011-12-30T09:00:00Z", "2012-01-06T08:00:00Z", ""},
	{"the evening before a skipped day", "Pacific/Apia", []string{"TH 10:00 PM - 2:00 AM"}, "2011-12-30T09:00:00Z", "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z"},
	{"a skipped Saturday", "Pacific/Kwajalein", []string{"SA 9:00 AM - 6:00 PM"}, "1993-08-21T00:00:00Z", "1993-08-27T21:00:00Z", ""},

	// Monrovia was 44 minutes and 30 seconds behind until 7 January 1972; Amsterdam 19 minutes and 32 seconds ahead until 1937.
	{"an offset with seconds", "Africa/Monrovia", []string{"* 9:00 AM - 6:00 PM"}, "1971-06-01T00:00:00Z", "1971-06-01T09:44:30Z", ""},
	{"a change of odd seconds", "Africa/Monrovia", []string{"* 12:10 AM - 1:00 AM"}, "1972-01-07T00:44:29Z", "1972-01-07T00:44:30Z", ""},

	// Beyond its file's years Go gives for the last day of a leap year a bound that has passed.
	{"the end of a leap year", "America/New_York", []string{"TU 9:00 AM - 6:00 PM"}, "2040-12-31T12:00:00Z", "2041-01-01T14:00:00Z", ""},
	{"the end of a leap year, in the south", "Pacific/Auckland", []string{"WE 9:00 AM - 6:00 PM"}, "2040-12-31T23:59:59Z", "2041-01-01T20:00:00Z", ""},
	{"the far future", "Europe/Berlin", office, "9999-06-01T00:00:00Z", "9999-06-01T07:00:00Z", ""},
}

func TestHours_Searches(t *testing.T) {
	for _, c := range searches {
		t.Run(c.name, func(t *testing.T) {
			h, zone, at := hours(t, c.lines...), mustZone(t, c.zone), instant(t, c.at)
			opening, opens := h.NextOpening(at, zone)
			if want := instant(t, c.opening); !opening.Equal(want) || !opens {
				t.Errorf("opens %v, want %v", opening, want.In(zone))
			}
			if opens && opening.Location() != zone {
				t.Errorf("the opening is in %v", opening.Location())
			}
			if want := opening.Equal(at); h.Open(at, zone) != want {
				t.Errorf("open is %v, want %v", !want, want)
			}
			closing, closes := h.Closing(at, zone)
			if want := instant(t, c.closes); !closing.Equal(want) || closes != (c.closes != "") {
				t.Errorf("closes %v, %v, want %v", closing, closes, want.In(zone))
			}
		})
	}
}

func TestNextOpening_Horizon(t *testing.T) {
	h, at := hours(t, "* 9:00 AM - 6:00 PM"), time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	for i := range 370 {
		h.Holidays = append(h.Holidays, dateOf(at.AddDate(0, 0, i)))
	}
	// 9:00 of the 371st day is 370 days ahead to the second, and no longer within.
	if got, ok := h.NextOpening(at, time.UTC); ok {
		t.Errorf("opens %v", got)
	}
	want := at.AddDate(0, 0, 370)
	if got, ok := h.NextOpening(at.Add(time.Second), time.UTC); !ok || !got.Equal(want) {
		t.Errorf("opens %v, %v, want %v", got, ok, want)
	}
}

func TestHours_NothingOpensWithoutWindowOrZone(t *testing.T) {
	at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	always := hours(t, "* 12:00 AM - 12:00 AM")
	for _, c := range []struct {
		hours *Hours
		zone  *time.Location
	}{{&Hours{}, time.UTC}, {always, nil}} {
		_, opens := c.hours.NextOpening(at, c.zone)
		_, closes := c.hours.Closing(at, c.zone)
		if c.hours.Open(at, c.zone) || opens || closes {
			t.Errorf("%v in %v is open: %v, opens: %v, closes: %v", c.hours, c.zone, c.hours.Open(at, c.zone), opens, closes)
		}
	}
}
