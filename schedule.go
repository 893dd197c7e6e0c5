package rollcall

import (
	"fmt"
	"slices"
	"time"

	"rollcall/callhours"
)

// WallTime is the form of a schedule's times (contract, section 3): what a clock on
// the wall shows in the schedule's zone.
const WallTime = time.DateTime

// RecurType is how the starts of a schedule follow one another; empty: there is one.
type RecurType string

// The kinds of recurrence (contract, section 3).
const (
	RecurDaily  RecurType = "Daily"
	RecurWeekly RecurType = "Weekly"
)

// MissedStart is what becomes of a start whose time passed while the campaign could
// not be started: no server ran, its lists were in use, it was being prepared.
type MissedStart string

// The choices.
const (
	MissedMakeUp MissedStart = "makeUp" // it starts as soon as it can, unless the next one, or the end, came before
	MissedSkip   MissedStart = "skip"   // it is left out
)

// Limits of schedules.
const (
	MaxEveryDays   = 365
	MaxEveryWeeks  = 52
	ScrubBefore    = 15 * time.Minute // before a start the contacts are held against the DNC lists again (contract, section 3)
	StartGrace     = 5 * time.Minute  // a start that comes later than that was missed
	startPatience  = 15 * time.Second // after a start that was refused, until the next try
	keptStarts     = 10
	ShownNextStart = 5
)

// Schedule says when runs of a campaign begin by themselves. The store keeps it as
// JSON.
type Schedule struct {
	Enabled  bool
	Start    string // as [WallTime]: the first start; the days and weeks of a recurrence count from it
	End      string // as [WallTime]; empty: never. No run starts from then on, and one that the schedule started is stopped
	TimeZone string // IANA
	Recur    RecurType
	Every    int            // days or weeks from one start to the next
	Days     []time.Weekday // Weekly: on which of the days
	Missed   MissedStart
	By       string // the user who set it: whose the runs are

	Next     time.Time // the next start, which may have come already; zero: there is none
	Ends     time.Time // zero: never
	Scrubbed time.Time // the start that the contacts were held against the DNC lists for
	Waiting  string    // why the start that has come has not been made; empty: no such thing
	Again    time.Time // when it is tried again
	Run      int64     // the key of the run that it started last
	Past     []PastStart
}

// PastStart is what became of a start. The last ten are kept.
type PastStart struct {
	At      time.Time // when it was to be
	Outcome StartOutcome
	RunID   string    // of a start that was made
	Noted   time.Time // when it was made, or found missed
	Why     string    // of one that was late or skipped
}

// StartOutcome is what became of a start.
type StartOutcome string

// The outcomes.
const (
	StartMade    StartOutcome = "started"
	StartLate    StartOutcome = "startedLate" // more than five minutes after its time
	StartSkipped StartOutcome = "skipped"
)

// ScheduleAct is what a schedule asks for at a moment.
type ScheduleAct int

// What a schedule may ask for.
const (
	ActNone  ScheduleAct = iota
	ActScrub             // hold the contacts against the DNC lists
	ActStart             // start a run
	ActEnd               // the schedule is over
)

// Act tells what is to be done now.
func (s *Schedule) Act(now time.Time) ScheduleAct {
	switch {
	case !s.Enabled:
	case !s.Next.IsZero() && !now.Before(s.Next):
		return ActStart
	case !s.Next.IsZero() && !now.Before(s.Next.Add(-ScrubBefore)) && !s.Scrubbed.Equal(s.Next):
		return ActScrub
	case s.Next.IsZero() && (s.Ends.IsZero() || !now.Before(s.Ends)):
		return ActEnd
	}
	return ActNone
}

// Due is when Act has something to be done next; zero: never.
func (s *Schedule) Due() time.Time {
	switch {
	case !s.Enabled:
		return time.Time{}
	case !s.Again.IsZero():
		return s.Again
	case s.Next.IsZero():
		return s.Ends // zero cannot be: such a schedule is not enabled
	case !s.Scrubbed.Equal(s.Next):
		return s.Next.Add(-ScrubBefore)
	}
	return s.Next
}

// PassOver notes the starts that can no longer be made: those after which another
// one, or the end, has come, and with MissedSkip those whose time is past by more
// than five minutes.
func (s *Schedule) PassOver(now time.Time) {
	for !s.Next.IsZero() && !now.Before(s.Next) {
		following := s.after(s.Next)
		over := !s.Ends.IsZero() && !now.Before(s.Ends)
		if !over && (following.IsZero() || now.Before(following)) && (s.Missed != MissedSkip || now.Sub(s.Next) <= StartGrace) {
			return
		}
		why := s.Waiting
		if why == "" {
			why = "No server looked at the schedule then."
		}
		s.note(PastStart{At: s.Next, Outcome: StartSkipped, Noted: now, Why: why})
		s.Next, s.Waiting, s.Again = following, "", time.Time{}
	}
}

// Started notes that the start that has come was made.
func (s *Schedule) Started(run RunRef, now time.Time) {
	start := PastStart{At: s.Next, Outcome: StartMade, RunID: run.ID, Noted: now}
	if now.Sub(s.Next) > StartGrace {
		start.Outcome, start.Why = StartLate, s.Waiting
		if start.Why == "" {
			start.Why = "No server looked at the schedule at its time."
		}
	}
	s.note(start)
	s.Next, s.Waiting, s.Again, s.Run = s.after(s.Next), "", time.Time{}, run.Key
	s.Enabled = !s.Next.IsZero() || !s.Ends.IsZero() // else nothing more comes of it
}

// Refused notes why the start that has come cannot be made now.
func (s *Schedule) Refused(why string, now time.Time) {
	s.Waiting, s.Again = why, now.Add(startPatience)
}

func (s *Schedule) note(p PastStart) {
	s.Past = append(s.Past, p)
	s.Past = s.Past[max(0, len(s.Past)-keptStarts):]
}

// after is the start that follows a moment; zero: none.
func (s *Schedule) after(t time.Time) time.Time {
	if next := s.Starts(t, 1); len(next) > 0 {
		return next[0]
	}
	return time.Time{}
}

// Upcoming are the next starts: at most five.
func (s *Schedule) Upcoming() []time.Time {
	if !s.Enabled || s.Next.IsZero() {
		return nil
	}
	return append([]time.Time{s.Next}, s.Starts(s.Next, ShownNextStart-1)...)
}

// Starts gives the first n starts after a moment, fewer where the end comes before.
// A time that the clocks of the zone leave out comes when they are put forward; of one
// that they show twice, the first counts.
func (s *Schedule) Starts(after time.Time, n int) (starts []time.Time) {
	zone, err := callhours.LoadZone(s.TimeZone)
	first, parseErr := time.Parse(WallTime, s.Start)
	if err != nil || parseErr != nil {
		return nil // no schedule that was validated
	}
	end, _ := s.end(zone)
	// A day before what is looked for: of that there is a start on each side of it.
	day := max(0, int(after.Sub(atWall(first, zone)).Hours()/24)-1)
	for ; len(starts) < n; day++ {
		var on bool
		if day, on = s.nextDay(first, day); !on {
			break
		}
		at := atWall(first.AddDate(0, 0, day), zone)
		if !end.IsZero() && !at.Before(end) {
			break
		}
		if at.After(after) {
			starts = append(starts, at.UTC())
		}
	}
	return starts
}

// nextDay gives the first day with a start, counted from the first one, from a day on.
func (s *Schedule) nextDay(first time.Time, day int) (int, bool) {
	switch s.Recur {
	case RecurDaily:
		return (day + s.Every - 1) / s.Every * s.Every, true
	case RecurWeekly:
		monday := (int(first.Weekday()) + 6) % 7 // days from the Monday of the first week
		for ; ; day++ {
			if week := (monday + day) / 7; week%s.Every != 0 {
				day = (week/s.Every+1)*s.Every*7 - monday
			}
			if slices.Contains(s.Days, first.AddDate(0, 0, day).Weekday()) {
				return day, true
			}
		}
	}
	return 0, day == 0
}

func (s *Schedule) end(zone *time.Location) (time.Time, error) {
	if s.End == "" {
		return time.Time{}, nil
	}
	end, err := time.Parse(WallTime, s.End)
	return atWall(end, zone), err
}

// atWall gives the instant at which the clocks of a zone show a time first.
func atWall(wall time.Time, zone *time.Location) time.Time {
	var gap time.Time
	for _, hours := range []time.Duration{-24, 24} { // the offsets before and after a change, the earlier instant first
		_, offset := wall.Add(hours * time.Hour).In(zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if _, there := at.Zone(); there == offset {
			return at
		}
		if gap.IsZero() {
			gap, _ = at.ZoneBounds() // past the change, by the offset before it
		}
	}
	return gap
}

// Plan checks a schedule that is to be set, and finds its next start. All that is
// wrong is told by the fields' names on the wire.
func (s *Schedule) Plan(now time.Time) error {
	if err := s.validate(); err != nil {
		return err
	}
	zone, err := callhours.LoadZone(s.TimeZone)
	if err != nil {
		return err
	}
	s.Ends, _ = s.end(zone)
	s.Ends = s.Ends.UTC()
	if s.End == "" {
		s.Ends = time.Time{}
	}
	if s.Next = s.after(now); s.Next.IsZero() {
		return Invalid("startDateTime", "No start lies between now and the end; by the clocks of "+s.TimeZone+" it is "+now.In(zone).Format(WallTime)+".")
	}
	return nil
}

func (s *Schedule) validate() error {
	v := &campaignCheck{}
	first, err := time.Parse(WallTime, s.Start)
	if err != nil {
		v.refuse("startDateTime", "The startDateTime must be a time such as 2026-11-30 09:00:00.")
	}
	if err == nil && !sensible(first) {
		v.refuse("startDateTime", "The year of the startDateTime must be from 2000 to 2200.")
	}
	if end, endErr := time.Parse(WallTime, s.End); s.End != "" && endErr != nil {
		v.refuse("endDateTime", "The endDateTime must be a time such as 2026-12-31 18:00:00.")
	} else if s.End != "" && !sensible(end) {
		v.refuse("endDateTime", "The year of the endDateTime must be from 2000 to 2200; without one the schedule does not end.")
	} else if s.End != "" && err == nil && !end.After(first) {
		v.refuse("endDateTime", "The endDateTime must be after the startDateTime.")
	}
	if _, err := callhours.LoadZone(s.TimeZone); err != nil {
		v.refuse("timezone", "The timezone must be a name of the IANA database, such as Europe/Berlin.")
	}
	choose(v, "missedStart", s.Missed, MissedMakeUp, MissedSkip)
	switch s.Recur {
	case "":
	case RecurDaily:
		v.between("recurrenceObject.dailyDetails.onceEveryNdays", s.Every, 1, MaxEveryDays)
	case RecurWeekly:
		v.between("recurrenceObject.weeklyDetails.onceEveryNweeks", s.Every, 1, MaxEveryWeeks)
		if len(s.Days) == 0 {
			v.refuse("recurrenceObject.weeklyDetails.whichDays", "The whichDays are required: some of Mon, Tue, Wed, Thu, Fri, Sat, Sun.")
		}
	default:
		v.refuse("recurrenceObject.recurType", "The recurType must be Daily or Weekly.")
	}
	return v.joined()
}

// sensible keeps times where they can be counted from, and written as JSON.
func sensible(wall time.Time) bool { return wall.Year() >= 2000 && wall.Year() <= 2200 }

// SetSchedule has a campaign be started by a schedule. One that runs is not changed.
func (c *Campaign) SetSchedule(s Schedule, user string, now time.Time) error {
	if err := c.Step(StepSchedule); err != nil {
		return err
	}
	if s.TimeZone == "" {
		s.TimeZone = c.Plan.TimeZone
	}
	s.Enabled, s.By, s.Past = true, user, c.Schedule.Past
	if err := s.Plan(now); err != nil {
		return err
	}
	c.Schedule, c.UpdatedBy, c.UpdatedAt = s, user, now
	return nil
}

// DropSchedule ends a schedule. A run that goes on is not touched.
func (c *Campaign) DropSchedule(user string, now time.Time) error {
	if err := c.Step(StepUnplan); err != nil {
		return err
	}
	c.Schedule = Schedule{Past: c.Schedule.Past}
	c.UpdatedBy, c.UpdatedAt = user, now
	return nil
}

// FollowSchedule passes over starts that cannot be made any more, asks for a scrub
// that is due, and ends a schedule that is over. It tells what is left to do:
// ActStart, or ActEnd where the run that the schedule started must be stopped first.
func (c *Campaign) FollowSchedule(now time.Time) (ScheduleAct, error) {
	s := &c.Schedule
	s.PassOver(now)
	switch act := s.Act(now); act {
	case ActScrub, ActStart:
		c.scrubFor(s.Next)
		if act == ActStart {
			return act, nil
		}
	case ActEnd:
		if c.RunsBySchedule() && !s.Ends.IsZero() {
			return act, nil
		}
		*s = Schedule{Past: s.Past}
		if c.Status == CampaignScheduled || c.Status == CampaignRescheduled {
			return ActNone, c.Step(StepUnplan)
		}
	}
	return ActNone, nil
}

// scrubFor asks for the scrub before a start, unless one is under way.
func (c *Campaign) scrubFor(start time.Time) {
	if c.Schedule.Scrubbed.Equal(start) {
		return
	}
	c.Schedule.Scrubbed = start
	if c.Scrub.State != ScrubRunning {
		c.Scrub = Scrub{State: ScrubQueued}
	}
}

// RunsBySchedule tells whether a run goes on that the schedule started.
func (c *Campaign) RunsBySchedule() bool {
	return (c.Status == CampaignActive || c.Status == CampaignPaused) && c.Run.Key == c.Schedule.Run
}

// MayStart tells why the start that has come cannot be made; nil: it can, once what
// still runs is stopped. A run that somebody paused is not replaced.
func (c *Campaign) MayStart() error {
	if c.Status == CampaignPaused {
		return Conflict(ReasonInvalidState, "The run before was paused, and not resumed or stopped.")
	}
	if _, ok := c.Status.After(StepPlay); !ok && c.Status != CampaignActive {
		return c.refuse(StepPlay)
	}
	return nil
}

// ParseWeekday reads a day of a weekly recurrence, Mon to Sun.
func ParseWeekday(text string) (time.Weekday, error) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if text == d.String()[:3] {
			return d, nil
		}
	}
	return 0, Invalid("whichDays", fmt.Sprintf("There is no day %.20q; the days are Mon, Tue, Wed, Thu, Fri, Sat, Sun.", text))
}
