package callhours

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, in no zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

const errDate = sentence(`The date cannot be read or is not in the calendar: write it like "2026-12-25".`)

// ParseDate reads a date of the form "2026-12-25". It refuses what the calendar does not have, such as 30 February. The error
// is a sentence for a person.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, errDate
	}
	return dateOf(t), nil
}

// String writes the date like "2026-12-25".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// exists tells whether the calendar has the date, for the time package moves 30 February to March.
func (d Date) exists() bool {
	return d == dateOf(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC))
}

func dateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// wall is what a wall clock and its calendar show, as seconds since the midnight of 1970-01-01 on that same clock: Unix time
// plus the zone's offset. Unlike an instant it may come twice, or never.
type wall int64

const secondsInDay = wall(24 * 60 * 60)

// day is a date as a count of days since 1970-01-01, negative before.
type day int64

// dayOf gives the date that the calendar shows. Go's division rounds towards zero, and years before 1970 must not.
func dayOf(w wall) day {
	d := w / secondsInDay
	if w%secondsInDay < 0 {
		d--
	}
	return day(d)
}

// midnight is the first second of the date.
func (d day) midnight() wall { return wall(d) * secondsInDay }

// weekday knows that 1970-01-01 was a Thursday.
func (d day) weekday() time.Weekday {
	const week = 7
	return time.Weekday(((d+day(time.Thursday))%week + week) % week)
}

func (d day) date() Date { return dateOf(time.Unix(int64(d.midnight()), 0).UTC()) }
