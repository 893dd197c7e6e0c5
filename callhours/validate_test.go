package callhours

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestHours_Validate(t *testing.T) {
	monday := Window{Day: time.Monday, Start: 540, End: 1080}
	christmas := Date{2026, time.December, 25}
	for name, c := range map[string]struct {
		hours Hours
		want  []string // the fields
	}{
		"weekly":              {Hours{Weekly, []Window{monday}, []Date{christmas}}, nil},
		"custom":              {Hours{Custom, []Window{monday, monday}, nil}, nil},
		"daily":               {Hours{Daily, []Window{{Every: true, Start: 540, End: 1080}, monday}, nil}, nil},
		"the edges of a day":  {Hours{Weekly, []Window{{Start: 0, End: 1440}, {Start: 1439, End: 0}, {Start: 0, End: 0}}, nil}, nil},
		"as much as there is": {Hours{Weekly, slices.Repeat([]Window{monday}, 100), slices.Repeat([]Date{christmas}, 1000)}, nil},

		"nothing":           {Hours{}, []string{"frequency", "days"}},
		"bad frequency":     {Hours{"weekly", []Window{monday}, nil}, []string{"frequency"}},
		"too many windows":  {Hours{Weekly, slices.Repeat([]Window{{Start: -1}}, 101), nil}, []string{"days"}},
		"too many holidays": {Hours{Weekly, []Window{monday}, make([]Date, 1001)}, []string{"holidays"}},
		"every in weekly":   {Hours{Weekly, []Window{monday, {Every: true, End: 9}}, nil}, []string{"days[1].day"}},
		"every in custom":   {Hours{Custom, []Window{{Every: true, End: 9}}, nil}, []string{"days[0].day"}},
		"no day":            {Hours{Daily, []Window{{Day: 7, End: 9}, {Day: -1, End: 9}, {Day: 7, Every: true}}, nil}, []string{"days[0].day", "days[1].day"}},
		"out of range":      {Hours{Weekly, []Window{monday, monday, {Start: 1440, End: 1441}, {Start: -1, End: -1}}, nil}, []string{"days[2].start", "days[2].end", "days[3].start", "days[3].end"}},
		"no date":           {Hours{Weekly, []Window{monday}, []Date{christmas, {2026, 2, 30}, {}}}, []string{"holidays[1]", "holidays[2]"}},
		"several":           {Hours{"", []Window{{Day: 9, Start: -1, End: 2000}}, []Date{{}}}, []string{"frequency", "days[0].day", "days[0].start", "days[0].end", "holidays[0]"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.hours.Validate()
			var ps Problems
			if errors.As(err, &ps) != (c.want != nil) || (err == nil) != (c.want == nil) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			var fields []string
			for _, p := range ps {
				fields = append(fields, p.Field)
			}
			if !slices.Equal(fields, c.want) {
				t.Errorf("got %q, want %q", fields, c.want)
			}
			if first, ok := errors.AsType[Problem](err); ok != (c.want != nil) || ok && first != ps[0] {
				t.Errorf("the first problem is %v", first)
			}
		})
	}
}

func TestProblems_SayFieldAndMessageInLines(t *testing.T) {
	err := (&Hours{Frequency: "x", Windows: []Window{{End: -1}}}).Validate()
	const want = "frequency: Must be WEEKLY, DAILY or CUSTOM.\n" +
		"days[0].end: Must be a time from 12:00 AM to 11:59 PM, or 12:00 AM for the end of the day."
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
