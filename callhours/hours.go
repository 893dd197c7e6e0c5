package callhours

import (
	"slices"
	"time"
)

// Frequency is the contract's word for how windows repeat.
type Frequency string

// The frequencies. All repeat by the week: they differ in what may be written, and in the screen that asks for it.
const (
	// Weekly and Custom name the day of each window.
	Weekly Frequency = "WEEKLY"
	Custom Frequency = "CUSTOM"
	// Daily may have windows for every day, too.
	Daily Frequency = "DAILY"
)

// Hours say when people may be called. The methods that take an instant read only and are safe for concurrent use. They expect
// Hours that Validate takes; without a window nothing is ever open.
//
// They also take a nil zone, which is a contact whose zone is not known and must not be guessed: never open.
type Hours struct {
	Frequency Frequency
	// Windows are open together wherever one of them is. At most MaxWindows.
	Windows []Window
	// Holidays are local dates on which nothing is open; the package comment tells what becomes of windows that touch one. At
	// most MaxHolidays, in any order.
	Holidays []Date
}

// Open tells whether somebody in the zone may be called at the instant: whether the wall clock there is in a window of its
// date, or of the date before where that window crosses midnight. Parts of a second do not count. It allocates nothing.
func (h *Hours) Open(at time.Time, zone *time.Location) bool {
	if zone == nil {
		return false
	}
	_, offset := at.In(zone).Zone()
	clock := wall(at.Unix() + int64(offset))
	d := dayOf(clock)
	second := clock - d.midnight()
	closed, afterHoliday := h.holiday(d)
	if closed {
		return false
	}
	today := d.weekday()
	for i := range h.Windows {
		parts := h.Windows[i].spans(today, afterHoliday)
		if parts[0].holds(second) || parts[1].holds(second) {
			return true
		}
	}
	return false
}

// holiday tells whether the date is a holiday, and whether the one before it is.
func (h *Hours) holiday(d day) (today, yesterday bool) {
	// Most campaigns name none, and dates cost more than all the rest.
	if len(h.Holidays) == 0 {
		return false, false
	}
	return slices.Contains(h.Holidays, d.date()), slices.Contains(h.Holidays, (d - 1).date())
}

// nextOpen finds the first second of [from, until) that is open on a wall clock which runs evenly.
func (h *Hours) nextOpen(from, until wall) (wall, bool) {
	for d := dayOf(from); d.midnight() < until; d++ {
		if second, ok := h.opening(d, max(0, from-d.midnight())); ok {
			found := d.midnight() + second
			return found, found < until
		}
	}
	return 0, false
}

// opening finds the first second of a date, at or after the one given, that is open.
func (h *Hours) opening(d day, second wall) (first wall, ok bool) {
	closed, afterHoliday := h.holiday(d)
	if closed {
		return 0, false
	}
	today := d.weekday()
	first = secondsInDay
	for i := range h.Windows {
		for _, part := range h.Windows[i].spans(today, afterHoliday) {
			if open := max(second, part.from); open < part.to {
				first = min(first, open)
			}
		}
	}
	return first, first < secondsInDay
}

// nextClosed finds the first second of [from, until) that is not open on a wall clock which runs evenly.
func (h *Hours) nextClosed(from, until wall) (wall, bool) {
	for d := dayOf(from); d.midnight() < until; d++ {
		if second := h.closing(d, max(0, from-d.midnight())); second < secondsInDay {
			found := d.midnight() + second
			return found, found < until
		}
	}
	return 0, false
}

// closing finds the first second of a date, at or after the one given, that is not open; the end of the day if there is none.
func (h *Hours) closing(d day, second wall) wall {
	closed, afterHoliday := h.holiday(d)
	if closed {
		return second
	}
	today := d.weekday()
	// Where one window ends another may go on, and they are in no order: stop when a whole round has moved nothing.
	for moved := true; moved; {
		moved = false
		for i := range h.Windows {
			for _, part := range h.Windows[i].spans(today, afterHoliday) {
				if part.holds(second) {
					second, moved = part.to, true
				}
			}
		}
	}
	return second
}
