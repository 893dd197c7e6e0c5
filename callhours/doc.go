// Package callhours answers "may we ring somebody at this instant?" for a set of weekly or daily windows, some holidays and a
// time zone. It holds values only: the instant is always a parameter, and nothing here reads a clock.
//
// # The rule
//
// A window is a statement about the clock on the wall: from 9:00 AM up to, and without, 6:00 PM. So whether it is open is
// decided by what the wall clock of the zone shows at the instant, and by nothing else. NextOpening and Closing are defined by
// Open, to the second. From this follows what happens where clocks change:
//
//   - A window that starts in the gap of spring opens at the first instant after the gap; one that lies in the gap does not
//     open on that day.
//   - A window in the repeated hour of autumn is open both times, and closed in between if the clock leaves it in between.
//   - A window that spans a change is an hour shorter or longer than it says. A whole day is then 23 or 25 hours.
//   - Where a date is skipped altogether, as 30 December 2011 in Samoa, a window of that date which crosses midnight still
//     holds on the morning after, as the calendar, not the course of time, tells which day is "the day before".
//
// # Holidays
//
// A holiday is a local date on which nobody is called. Nothing is open from its midnight to the next: neither its own windows
// nor the rest of a window that began on the evening before. A window that would begin on a holiday does not open at all, so
// its part in the morning after is closed too.
package callhours
