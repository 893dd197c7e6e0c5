package callhours

import (
	"fmt"
	"strings"
	"time"
)

// The limits of Validate. They bound what one call to Open costs, and are far beyond what anybody writes by hand.
const (
	MaxWindows  = 100
	MaxHolidays = 1000
)

// Problem is one thing that is wrong with Hours.
type Problem struct {
	// Field is the place in the contract's words: "frequency", "days", "days[2].start", "holidays[0]". Indexes count from 0.
	Field string
	// Message is one English sentence that a person can act on. It speaks of the field without its name.
	Message string
}

// Error returns the field and the message.
func (p Problem) Error() string { return p.Field + ": " + p.Message }

// Problems are all that is wrong with Hours, in the order of the fields. It is what Validate returns; errors.As finds it, and
// the first Problem too.
type Problems []Problem

// Error returns a line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns every Problem.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

func (ps *Problems) add(message, field string, index ...any) {
	*ps = append(*ps, Problem{Field: fmt.Sprintf(field, index...), Message: message})
}

// Validate returns nil for hours that mean something, else Problems. It does not mind windows that overlap, or that are given
// twice: together they are open where any of them is.
func (h *Hours) Validate() error {
	var ps Problems
	switch h.Frequency {
	case Weekly, Daily, Custom:
	default:
		ps.add("Must be WEEKLY, DAILY or CUSTOM.", "frequency")
	}
	h.validateWindows(&ps)
	h.validateHolidays(&ps)
	if len(ps) == 0 {
		return nil // nil Problems inside an error would not be nil
	}
	return ps
}

func (h *Hours) validateWindows(ps *Problems) {
	switch {
	case len(h.Windows) == 0:
		ps.add("Give at least one window of hours, or nobody can ever be called.", "days")
	case len(h.Windows) > MaxWindows:
		// To list what is wrong with each of a million would help nobody.
		ps.add(fmt.Sprintf("At most %d windows are allowed; there are %d.", MaxWindows, len(h.Windows)), "days")
		return
	}
	for i := range h.Windows {
		h.Windows[i].validate(ps, h.Frequency, i)
	}
}

func (w *Window) validate(ps *Problems, f Frequency, i int) {
	switch {
	case w.Every && f != Daily:
		ps.add("Name the day; a window for every day needs the frequency DAILY.", "days[%d].day", i)
	case !w.Every && (w.Day < time.Sunday || w.Day > time.Saturday):
		ps.add(errDay.Error(), "days[%d].day", i)
	}
	if w.Start < 0 || w.Start >= minutesInDay {
		ps.add("Must be a time from 12:00 AM to 11:59 PM.", "days[%d].start", i)
	}
	if w.End < 0 || w.End > minutesInDay {
		ps.add("Must be a time from 12:00 AM to 11:59 PM, or 12:00 AM for the end of the day.", "days[%d].end", i)
	}
}

func (h *Hours) validateHolidays(ps *Problems) {
	if len(h.Holidays) > MaxHolidays {
		ps.add(fmt.Sprintf("At most %d holidays are allowed; there are %d.", MaxHolidays, len(h.Holidays)), "holidays")
		return
	}
	for i, date := range h.Holidays {
		if !date.exists() {
			ps.add(errDate.Error(), "holidays[%d]", i)
		}
	}
}

// sentence is an error that a person can act on. It is a whole sentence, with a capital and a full stop, as it is shown as it
// stands.
type sentence string

// Error returns the sentence.
func (s sentence) Error() string { return string(s) }
