package callhours

import "time"

// How far ahead the searches look, in seconds.
const (
	// openingHorizon is a year and a few days, so that hours which open on one day of the year are found in any year.
	openingHorizon = 370 * int64(secondsInDay)
	// closingHorizon is a week, after which windows repeat, and a day for changes of the clock.
	closingHorizon = 8 * int64(secondsInDay)
)

// NextOpening gives the earliest instant, not before at, at which Open is true: at itself if it is open then. The result is
// in the zone. It is false if nothing opens within 370 days, or the zone is nil. It allocates nothing.
func (h *Hours) NextOpening(at time.Time, zone *time.Location) (time.Time, bool) {
	if zone == nil {
		return time.Time{}, false
	}
	found, ok := h.search(at.Unix(), openingHorizon, zone, (*Hours).nextOpen)
	switch {
	case !ok:
		return time.Time{}, false
	case found == at.Unix():
		return at.In(zone), true // with the part of a second that it has
	}
	return time.Unix(found, 0).In(zone), true
}

// Closing gives the first instant after at at which Open is false, if it is true at at. The result is in the zone. It is false
// if it is not open at at, and if it does not close within eight days, such as around the clock. It allocates nothing.
func (h *Hours) Closing(at time.Time, zone *time.Location) (time.Time, bool) {
	if !h.Open(at, zone) {
		return time.Time{}, false
	}
	found, ok := h.search(at.Unix(), closingHorizon, zone, (*Hours).nextClosed)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(found, 0).In(zone), true
}

// search asks next about each stretch of time in which the wall clock runs evenly, from the Unix time given to the horizon.
// next is a method expression rather than a method value, which could cost an allocation.
func (h *Hours) search(from, horizon int64, zone *time.Location, next func(*Hours, wall, wall) (wall, bool)) (int64, bool) {
	for limit := from + horizon; from < limit; {
		offset, until := evenStretch(from, limit, zone)
		if found, ok := next(h, wall(from+offset), wall(until+offset)); ok {
			return int64(found) - offset, true
		}
		from = until
	}
	return 0, false
}

// evenStretch gives the zone's offset at a Unix time, in seconds east of Greenwich, and up to when it certainly stays; at most
// limit, and always after from.
func evenStretch(from, limit int64, zone *time.Location) (offset, until int64) {
	t := time.Unix(from, 0).In(zone)
	_, east := t.Zone()
	offset = int64(east)
	_, end := t.ZoneBounds()
	if end.IsZero() { // for ever
		return offset, limit
	}
	until = end.Unix()
	if until <= from {
		// Beyond the years that a zone's file lists, Go 1.26 takes every year for one of 365 days, in UTC. On the last day of a
		// leap year the bound has then passed, although the offset holds to the end of that year.
		until = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	return offset, min(until, limit)
}
