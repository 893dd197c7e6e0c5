package callhours

import "time"

// Window is a stretch of the wall clock, [Start, End), on one day of the week or on each.
//
// If End is after Start, it lies within the day. Else it crosses midnight and ends on the next day: 10:00 PM to 2:00 AM. An
// End of "12:00 AM" is thereby the midnight at the end of the day, and equal Start and End are 24 hours on the clock.
type Window struct {
	// Day is the day on which the window begins. It is not looked at if Every is set.
	Day time.Weekday
	// Every lets the window begin on every day of the week. It belongs to the frequency Daily.
	Every bool
	// Start is 0 to 1439 minutes since midnight, End 0 to 1440.
	Start, End Minute
}

// dayNames are the contract's, by time.Weekday.
var dayNames = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

const errDay = sentence("The day must be one of MO, TU, WE, TH, FR, SA and SU.")

// ParseDay reads the contract's name of a day, "MO" to "SU", in capitals. The error is a sentence for a person.
func ParseDay(s string) (time.Weekday, error) {
	for d, name := range dayNames {
		if s == name {
			return time.Weekday(d), nil
		}
	}
	return 0, errDay
}

// DayName gives the contract's name of a day, "MO" to "SU"; "" for what is no day.
func DayName(d time.Weekday) string {
	if d < time.Sunday || d > time.Saturday {
		return ""
	}
	return dayNames[d]
}

// span is a part of one date, [from, to), in seconds since its midnight. It is empty if to is not after from.
type span struct{ from, to wall }

func (s span) holds(second wall) bool { return s.from <= second && second < s.to }

// spans gives what the window covers of a date: the rest of one that began on the date before, and what begins on it.
// afterHoliday tells that nothing began on the date before. An array costs no allocation.
func (w *Window) spans(today time.Weekday, afterHoliday bool) (parts [2]span) {
	crosses := w.End <= w.Start
	if crosses && !afterHoliday && w.begins((today+6)%7) {
		parts[0] = span{0, w.End.seconds()}
	}
	if w.begins(today) {
		parts[1] = span{w.Start.seconds(), w.End.seconds()}
		if crosses {
			parts[1].to = secondsInDay
		}
	}
	return parts
}

func (w *Window) begins(on time.Weekday) bool { return w.Every || w.Day == on }

func (m Minute) seconds() wall { return wall(m) * 60 }
