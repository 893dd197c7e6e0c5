package rollcall_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall"
	"rollcall/callhours"
)

// wallInstants scans the minutes around a time on the wall for the first one at which
// the clocks show it; where none does, it is the first after it.
func wallInstant(wall time.Time, zone *time.Location) time.Time {
	for at := wall.Add(-30 * time.Hour); at.Before(wall.Add(30 * time.Hour)); at = at.Add(time.Minute) {
		if at.In(zone).Format("2006-01-02 15:04") >= wall.Format("2006-01-02 15:04") {
			return at
		}
	}
	panic("no minute of three days")
}

// plainStarts walks day by day, with no arithmetic over more than one.
func plainStarts(s *rollcall.Schedule, after time.Time, n int) (starts []time.Time) {
	zone, _ := time.LoadLocation(s.TimeZone)
	first, _ := time.Parse(rollcall.WallTime, s.Start)
	end, _ := time.Parse(rollcall.WallTime, s.End)
	sinceMonday, week := (int(first.Weekday())+6)%7, 0
	for day := 0; day < 1500 && len(starts) < n; day++ {
		if day > 0 {
			if sinceMonday++; sinceMonday%7 == 0 {
				week++
			}
		}
		wall := first.AddDate(0, 0, day)
		on := day == 0
		switch s.Recur {
		case rollcall.RecurDaily:
			on = day%s.Every == 0
		case rollcall.RecurWeekly:
			on = week%s.Every == 0 && slices.Contains(s.Days, wall.Weekday())
		}
		if !on {
			continue
		}
		at := wallInstant(wall, zone)
		if s.End != "" && !at.Before(wallInstant(end, zone)) {
			break
		}
		if at.After(after) {
			starts = append(starts, at.UTC())
		}
	}
	return starts
}

func TestSchedule_StartsAgreeWithAWalkByDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2026, 1, 1, 0, rapid.IntRange(0, 24*60-1).Draw(t, "minute"), 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 400).Draw(t, "day"))
		s := &rollcall.Schedule{Start: first.Format(rollcall.WallTime), Every: rapid.IntRange(1, 9).Draw(t, "every"),
			TimeZone: rapid.SampledFrom([]string{"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kolkata", "Pacific/Chatham"}).Draw(t, "zone"),
			Recur:    rapid.SampledFrom([]rollcall.RecurType{"", rollcall.RecurDaily, rollcall.RecurWeekly}).Draw(t, "recur")}
		s.Days = rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(0, 6), func(d int) time.Weekday { return time.Weekday(d) }), 1, 7, rapid.ID[time.Weekday]).Draw(t, "days")
		if rapid.Bool().Draw(t, "ends") {
			s.End = first.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "length")).Format(rollcall.WallTime)
		}
		after := first.Add(time.Duration(rapid.IntRange(-50, 24*100).Draw(t, "after")) * time.Hour)
		got, want := s.Starts(after, 6), plainStarts(s, after, 6)
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("%+v after %s:\n%s\nwant\n%s", s, after, got, want)
		}
	})
}

func TestSchedule_WhereClocksChange(t *testing.T) {
	for _, tt := range []struct{ start, zone, want string }{
		{"2026-03-08 02:30:00", "America/New_York", "2026-03-08T07:00:00Z"}, // left out: when they are put forward
		{"2026-11-01 01:30:00", "America/New_York", "2026-11-01T05:30:00Z"}, // shown twice: the first
		{"2026-11-01 02:30:00", "America/New_York", "2026-11-01T07:30:00Z"},
		{"2026-04-05 01:45:00", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"}, // half an hour twice
	} {
		s := &rollcall.Schedule{Start: tt.start, TimeZone: tt.zone}
		if got := s.Starts(time.Time{}, 2); len(got) != 1 || got[0].Format(time.RFC3339) != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.start, tt.zone, got, tt.want)
		}
	}
}

// monday is 9 o'clock in UTC.
var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func daily(missed rollcall.MissedStart, end string) *rollcall.Schedule {
	s := &rollcall.Schedule{Enabled: true, Start: "2026-03-02 09:00:00", End: end, TimeZone: "UTC", Recur: rollcall.RecurDaily, Every: 1, Missed: missed}
	if err := s.Plan(monday.Add(-time.Hour)); err != nil {
		panic(err)
	}
	return s
}

func TestSchedule_Act(t *testing.T) {
	s := daily(rollcall.MissedMakeUp, "2026-03-04 00:00:00")
	for _, tt := range []struct {
		after time.Duration
		want  rollcall.ScheduleAct
	}{{-time.Hour, rollcall.ActNone}, {-15 * time.Minute, rollcall.ActScrub}, {-time.Millisecond, rollcall.ActScrub}, {0, rollcall.ActStart}} {
		if got := s.Act(monday.Add(tt.after)); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.after, got, tt.want)
		}
	}
	if !s.Due().Equal(monday.Add(-15 * time.Minute)) {
		t.Error(s.Due())
	}
	s.Scrubbed = s.Next
	if s.Act(monday.Add(-time.Minute)) != rollcall.ActNone || !s.Due().Equal(monday) {
		t.Error("scrubbed twice")
	}
	s.Started(rollcall.RunRef{Key: 1, ID: "cid-1"}, monday)
	s.Scrubbed = s.Next
	s.Started(rollcall.RunRef{Key: 2, ID: "cid-2"}, monday.Add(24*time.Hour+10*time.Minute))
	end := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	if !s.Enabled || !s.Next.IsZero() || !s.Due().Equal(end) || s.Act(end.Add(-time.Second)) != rollcall.ActNone || s.Act(end) != rollcall.ActEnd {
		t.Errorf("after the last: %+v", s)
	}
	if len(s.Past) != 2 || s.Past[0].Outcome != rollcall.StartMade || s.Past[1].Outcome != rollcall.StartLate || s.Past[1].Why == "" {
		t.Errorf("%+v", s.Past)
	}
}

func TestSchedule_PassOver(t *testing.T) {
	for name, tt := range map[string]struct {
		missed  rollcall.MissedStart
		end     string
		after   time.Duration
		skipped int
		next    time.Time
	}{
		"in time":                             {rollcall.MissedSkip, "", 5 * time.Minute, 0, monday},
		"missed, to be made up":               {rollcall.MissedMakeUp, "", 23 * time.Hour, 0, monday},
		"missed, to be skipped":               {rollcall.MissedSkip, "", 6 * time.Minute, 1, monday.AddDate(0, 0, 1)},
		"three missed: the last is made up":   {rollcall.MissedMakeUp, "", 50 * time.Hour, 2, monday.AddDate(0, 0, 2)},
		"three missed: none is made up":       {rollcall.MissedSkip, "", 50 * time.Hour, 3, monday.AddDate(0, 0, 3)},
		"three missed: the last is in time":   {rollcall.MissedSkip, "", 48*time.Hour + time.Minute, 2, monday.AddDate(0, 0, 2)},
		"the end came: nothing is made up":    {rollcall.MissedMakeUp, "2026-03-03 00:00:00", 15 * time.Hour, 1, time.Time{}},
		"a year missed: ten of them are kept": {rollcall.MissedMakeUp, "", 365 * 24 * time.Hour, 10, monday.AddDate(1, 0, 0)},
	} {
		s := daily(tt.missed, tt.end)
		now := monday.Add(tt.after)
		s.PassOver(now)
		if len(s.Past) != tt.skipped || !s.Next.Equal(tt.next) {
			t.Errorf("%s: %d skipped, next %s; want %d, %s", name, len(s.Past), s.Next, tt.skipped, tt.next)
		}
		for _, p := range s.Past {
			if p.Outcome != rollcall.StartSkipped || p.Why == "" || !p.Noted.Equal(now) {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

func TestSchedule_RefusedIsTriedAgainAndTold(t *testing.T) {
	s := daily(rollcall.MissedMakeUp, "")
	s.Refused("busy", monday)
	if due := s.Due(); !due.After(monday) || due.After(monday.Add(time.Minute)) {
		t.Error(due)
	}
	s.PassOver(monday.Add(time.Hour))
	s.Started(rollcall.RunRef{Key: 1, ID: "cid-1"}, monday.Add(time.Hour))
	if s.Waiting != "" || s.Past[0].Why != "busy" || s.Past[0].Outcome != rollcall.StartLate {
		t.Errorf("%+v", s)
	}
	s.Refused("busy again", monday.AddDate(0, 0, 1))
	s.PassOver(monday.AddDate(0, 0, 2))
	if s.Waiting != "" || s.Past[1].Why != "busy again" || s.Past[1].Outcome != rollcall.StartSkipped {
		t.Errorf("%+v", s)
	}
}

func TestSchedule_Refusals(t *testing.T) {
	good := rollcall.Schedule{Start: "2026-03-02 09:00:00", TimeZone: "UTC", Missed: rollcall.MissedMakeUp, Every: 1}
	for name, tt := range map[string]struct {
		change func(*rollcall.Schedule)
		field  string
	}{
		"no start":    {func(s *rollcall.Schedule) { s.Start = "" }, "startDateTime"},
		"no such day": {func(s *rollcall.Schedule) { s.Start = "2026-02-30 09:00:00" }, "startDateTime"},
		"past":        {func(s *rollcall.Schedule) { s.Start = "2026-03-01 09:00:00" }, "startDateTime"},
		"end":         {func(s *rollcall.Schedule) { s.End = "tomorrow" }, "endDateTime"},
		"end of time": {func(s *rollcall.Schedule) { s.End = "9999-12-31 23:59:59" }, "endDateTime"},
		"year one":    {func(s *rollcall.Schedule) { s.Start, s.Recur = "0001-01-01 09:00:00", rollcall.RecurDaily }, "startDateTime"},
		"end first":   {func(s *rollcall.Schedule) { s.End = "2026-03-02 09:00:00" }, "endDateTime"},
		"zone":        {func(s *rollcall.Schedule) { s.TimeZone = "Mars/Base" }, "timezone"},
		"missed":      {func(s *rollcall.Schedule) { s.Missed = "maybe" }, "missedStart"},
		"type":        {func(s *rollcall.Schedule) { s.Recur = "Monthly" }, "recurrenceObject.recurType"},
		"days":        {func(s *rollcall.Schedule) { s.Recur, s.Every = rollcall.RecurDaily, 0 }, "recurrenceObject.dailyDetails.onceEveryNdays"},
		"weeks":       {func(s *rollcall.Schedule) { s.Recur, s.Every, s.Days = rollcall.RecurWeekly, 53, []time.Weekday{1} }, "recurrenceObject.weeklyDetails.onceEveryNweeks"},
		"which days":  {func(s *rollcall.Schedule) { s.Recur = rollcall.RecurWeekly }, "recurrenceObject.weeklyDetails.whichDays"},
		"none to come": {func(s *rollcall.Schedule) {
			s.Recur, s.Start, s.End = rollcall.RecurDaily, "2026-01-01 09:00:00", "2026-02-01 00:00:00"
		}, "startDateTime"},
	} {
		s := good
		tt.change(&s)
		err := s.Plan(monday.Add(-time.Hour))
		if found := rollcall.Errors(err); len(found) != 1 || found[0].Field != tt.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCampaign_Schedule(t *testing.T) {
	c := &rollcall.Campaign{Name: "C", Channel: rollcall.ChannelVoice, Status: rollcall.CampaignPreparing, Plan: rollcall.CampaignPlan{TimeZone: "Europe/Berlin", ZoneFallback: callhours.FallbackCampaign}}
	set := func() {
		if err := c.SetSchedule(rollcall.Schedule{Start: "2026-03-02 09:00:00", Missed: rollcall.MissedMakeUp}, "u-1", monday.Add(-3*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	step := func(step rollcall.CampaignStep, want rollcall.CampaignStatus) {
		t.Helper()
		if err := c.Step(step); err != nil || c.Status != want {
			t.Errorf("%s: %s %v", step, c.Status, err)
		}
	}
	set()
	if c.Status != rollcall.CampaignPreparing || !c.Schedule.Next.Equal(monday.Add(-time.Hour)) || c.Schedule.TimeZone != "Europe/Berlin" {
		t.Errorf("%+v", c)
	}
	step(rollcall.StepScrubbed, rollcall.CampaignScheduled)
	set()
	if c.Status != rollcall.CampaignRescheduled {
		t.Error(c.Status)
	}
	step(rollcall.StepEdit, rollcall.CampaignPreparing)
	step(rollcall.StepScrubbed, rollcall.CampaignScheduled)
	if act, err := c.FollowSchedule(monday.Add(-70 * time.Minute)); act != rollcall.ActNone || err != nil || c.Scrub.State != rollcall.ScrubQueued {
		t.Errorf("fifteen minutes before: %d %v %+v", act, err, c.Scrub)
	}
	if act, err := c.FollowSchedule(monday); act != rollcall.ActStart || err != nil {
		t.Errorf("%d %v", act, err)
	}
	if err := c.DropSchedule("u-1", monday); err != nil || c.Status != rollcall.CampaignReady || c.Schedule.Enabled || !c.Schedule.Due().IsZero() {
		t.Errorf("%v %+v", err, c)
	}
	set()
	c.Schedule.Missed = rollcall.MissedSkip
	if act, err := c.FollowSchedule(monday.AddDate(0, 0, 1)); act != rollcall.ActNone || err != nil || c.Status != rollcall.CampaignReady || c.Schedule.Enabled || len(c.Schedule.Past) != 1 {
		t.Errorf("missed for good: %d %v %+v", act, err, c)
	}
	c.Status = rollcall.CampaignPaused
	if err := c.MayStart(); err == nil || !strings.Contains(err.Error(), "paused") {
		t.Error(err)
	}
	if err := c.SetSchedule(rollcall.Schedule{}, "u-1", monday); rollcall.CodeOf(err) != rollcall.CodeConflict {
		t.Error(err)
	}
}
