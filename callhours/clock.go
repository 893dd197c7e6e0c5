package callhours

import (
	"fmt"
	"strings"
)

// Minute is a time of the wall clock, in minutes since midnight: 0 to 1440. 1440 is the midnight at the end of the day and
// makes sense as the end of a window only, where 0 says the same.
type Minute int

const (
	minutesInHour = 60
	minutesInDay  = 24 * minutesInHour
	noon          = Minute(12 * minutesInHour)
)

// The refusals of ParseClock. They do not hold the text, which may be of any length.
const (
	errClockForm = sentence(`The time cannot be read: write it like "9:00 AM" or "6:00 PM", or in 24-hour form like "18:00".`)
	errClockHalf = sentence(`The time lacks AM or PM: write it like "9:00 AM", or with two digits like "09:00" in 24-hour form.`)
	errClock12   = sentence(`With AM or PM the hour is 1 to 12 and the minutes are 00 to 59, as in "9:00 AM".`)
	errClock24   = sentence(`In 24-hour form the hour is 00 to 23 and the minutes are 00 to 59, as in "18:00"; 24:00 is the end of a day.`)
)

// ParseClock reads a time as the contract writes it, "9:00 AM", where "12:00 AM" is midnight and "12:00 PM" noon. Small
// letters, a missing space and a leading zero are taken too: "09:00am". So is the 24-hour form with two digits, "18:00", from
// "00:00" to "24:00". "9:00" is refused, since whoever forgot the PM of "6:00 PM" would have people rung at dawn.
//
// The error is a sentence for a person.
func ParseClock(s string) (Minute, error) {
	face, half := cutHalf(s)
	h, m, found := strings.Cut(face, ":")
	hour, hourOK := number(h)
	minute, minuteOK := number(m)
	switch {
	case !found || !hourOK || !minuteOK || len(m) != 2:
		return 0, errClockForm
	case half != "":
		return clock12(hour, minute, half)
	case len(h) != 2:
		return 0, errClockHalf
	}
	return clock24(hour, minute)
}

// cutHalf takes AM or PM, in capitals, and the space before it, off the end of a time.
func cutHalf(s string) (face, half string) {
	if len(s) < 2 {
		return s, ""
	}
	half = strings.ToUpper(s[len(s)-2:])
	if half != "AM" && half != "PM" {
		return s, ""
	}
	face = s[:len(s)-2]
	// Browsers that write a time for the United States put a narrow no-break space before the AM.
	for _, space := range []string{" ", "\u202f", "\u00a0"} {
		if cut, ok := strings.CutSuffix(face, space); ok {
			return cut, half
		}
	}
	return face, half
}

// number reads one or two ASCII digits. Atoi would take a sign.
func number(s string) (n int, ok bool) {
	if len(s) < 1 || len(s) > 2 {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func clock12(hour, minute int, half string) (Minute, error) {
	if hour < 1 || hour > 12 || minute >= minutesInHour {
		return 0, errClock12
	}
	// The hour after midnight and the one after noon are called 12.
	at := Minute(hour%12*minutesInHour + minute)
	if half == "PM" {
		at += noon
	}
	return at, nil
}

func clock24(hour, minute int) (Minute, error) {
	at := hour*minutesInHour + minute
	if minute >= minutesInHour || at > minutesInDay {
		return 0, errClock24
	}
	return Minute(at), nil
}

// String writes the time in the contract's form, "9:00 AM". Both 0 and 1440 are "12:00 AM". A value out of range shows its
// number, for logs.
func (m Minute) String() string {
	if m < 0 || m > minutesInDay {
		return fmt.Sprintf("Minute(%d)", int(m))
	}
	half := "AM"
	if m%minutesInDay >= noon {
		half = "PM"
	}
	hour := m / minutesInHour % 12
	if hour == 0 {
		hour = 12
	}
	return fmt.Sprintf("%d:%02d %s", hour, m%minutesInHour, half)
}
