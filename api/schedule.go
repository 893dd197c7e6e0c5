package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall"
)

// scheduleBody is the body of scheduleCampaign.
type scheduleBody struct {
	StartDateTime    *string         `json:"startDateTime" required:"false" example:"2026-11-30 09:00:00" doc:"The first start, by the clocks of the timezone: YYYY-MM-DD HH:mm:ss. Needed to switch a schedule on."`
	EndDateTime      *string         `json:"endDateTime" required:"false" example:"2026-12-31 18:00:00" doc:"From then on no run starts, and one that the schedule started is stopped. Absent: never."`
	Timezone         *string         `json:"timezone" required:"false" example:"America/New_York" doc:"IANA. Absent: the timezone of the campaign's calling hours, as it is now. Ours."`
	MissedStart      *string         `json:"missedStart" required:"false" enum:"makeUp,skip" default:"makeUp" example:"makeUp" doc:"What becomes of a start that could not be made within five minutes of its time: it is made up as soon as it can be, unless the next one or the end came before; or it is skipped. Ours."`
	RecurrenceObject *recurrenceBody `json:"recurrenceObject" required:"false" doc:"Absent: the campaign starts once."`
}

type recurrenceBody struct {
	RecurType     *string     `json:"recurType" required:"false" enum:"Daily,Weekly" example:"Daily"`
	DailyDetails  *dailyBody  `json:"dailyDetails" required:"false"`
	WeeklyDetails *weeklyBody `json:"weeklyDetails" required:"false"`
}

type dailyBody struct {
	OnceEveryNdays *float64 `json:"onceEveryNdays" required:"false" minimum:"1" maximum:"365" default:"1" example:"1" doc:"Days from one start to the next."`
}

type weeklyBody struct {
	OnceEveryNweeks *float64  `json:"onceEveryNweeks" required:"false" minimum:"1" maximum:"52" default:"1" example:"1" doc:"Counted from the week, Monday to Sunday, of the startDateTime."`
	WhichDays       *[]string `json:"whichDays" required:"false" nullable:"false" example:"[\"Mon\",\"Wed\"]" doc:"Some of Mon, Tue, Wed, Thu, Fri, Sat, Sun."`
}

// schedule is what the body says, for the domain.
func (w *scheduleBody) schedule() (rollcall.Schedule, error) {
	s := rollcall.Schedule{Start: deref(w.StartDateTime), End: deref(w.EndDateTime), TimeZone: deref(w.Timezone), Missed: rollcall.MissedMakeUp}
	if w.MissedStart != nil {
		s.Missed = rollcall.MissedStart(*w.MissedStart)
	}
	if w.RecurrenceObject == nil {
		return s, nil
	}
	return s, within("recurrenceObject", w.RecurrenceObject.into(&s))
}

func (w *recurrenceBody) into(s *rollcall.Schedule) error {
	if deref(w.RecurType) == "" {
		return rollcall.Invalid("recurType", "The recurType is required: Daily or Weekly.")
	}
	s.Recur, s.Every = rollcall.RecurType(*w.RecurType), 1
	var errs []error
	var every *int
	switch {
	case s.Recur == rollcall.RecurDaily && w.DailyDetails != nil:
		whole(&errs, &every, w.DailyDetails.OnceEveryNdays, "dailyDetails.onceEveryNdays")
	case s.Recur == rollcall.RecurWeekly && w.WeeklyDetails != nil:
		whole(&errs, &every, w.WeeklyDetails.OnceEveryNweeks, "weeklyDetails.onceEveryNweeks")
		for _, text := range deref(w.WeeklyDetails.WhichDays) {
			day, err := rollcall.ParseWeekday(text)
			s.Days, errs = append(s.Days, day), append(errs, within("weeklyDetails", err))
		}
	}
	if every != nil {
		s.Every = *every
	}
	return errors.Join(errs...)
}

// scheduledCampaign is the answer of scheduleCampaign, with the id beside the data.
type scheduledCampaign struct {
	Status  string       `json:"status" enum:"success"`
	Message string       `json:"message"`
	ID      string       `json:"id" example:"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c"`
	Data    wireSchedule `json:"data"`
}

// scheduleCampaign switches the schedule of a campaign on, anew where it is on
// already, or off.
func (a *API) scheduleCampaign(ctx context.Context, c *call) (reply, error) {
	on, name, id, err := c.scheduleQuery()
	channel, channelErr := channelOf(c)
	if err := firstOfEach(err, channelErr); err != nil {
		return reply{}, err
	}
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	var body scheduleBody
	decodeErr := decodeMembers(object, &body)
	schedule, scheduleErr := body.schedule()
	if err := firstOfEach(decodeErr, scheduleErr); err != nil && on {
		return reply{}, within("body", err)
	}
	message := "Campaign %s schedule has been disabled successfully"
	if on {
		message = "Campaign %s scheduled successfully"
	}
	changed, err := a.config.Store.ScheduleCampaign(ctx, c.owner(), name, id, channel, func(found *rollcall.Campaign) error {
		if err := ofChannel(found, channel); err != nil {
			return err
		}
		if !on {
			return found.DropSchedule(c.user(), a.config.Now())
		}
		return found.SetSchedule(schedule, c.user(), a.config.Now())
	})
	if err != nil {
		return reply{}, within("body", err)
	}
	var buf bytes.Buffer
	return reply{body: bytes.Clone(encodeJSON(&buf, scheduledCampaign{
		Status: "success", Message: fmt.Sprintf(message, changed.Name), ID: changed.ID, Data: wireScheduleOf(&changed.Schedule),
	}))}, nil
}

// scheduleQuery reads what the query says: on or off, and which campaign.
func (c *call) scheduleQuery() (on bool, name, id string, err error) {
	enable, _, enableErr := queryValue(c.URL.RawQuery, "enableSchedule")
	if enableErr == nil && enable != "true" && enable != "false" {
		enableErr = rollcall.Invalid("query.enableSchedule", "The enableSchedule is required: true or false.")
	}
	name, _, nameErr := queryValue(c.URL.RawQuery, "campaignName")
	id, _, idErr := queryValue(c.URL.RawQuery, "campaignId")
	switch {
	case nameErr == nil && idErr == nil && name == "" && id == "":
		nameErr = rollcall.Invalid("query.campaignName", "The campaignName is required, or the campaignId.")
	case id != "" && !isCampaignID(id):
		idErr = rollcall.NotFound("There is no campaign with this id.")
	}
	return enable == "true", name, id, firstOfEach(enableErr, nameErr, idErr)
}

// wireSchedule is a schedule on the wire; all but the first field is absent where
// there never was one.
type wireSchedule struct {
	IsSchedulingEnabled bool            `json:"isSchedulingEnabled" example:"true"`
	IsRecurrenceEnabled *bool           `json:"isRecurrenceEnabled,omitempty" example:"true" doc:"Absent while the schedule is off, as the fields up to nextStarts."`
	StartDateTime       string          `json:"startDateTime,omitempty" example:"2026-11-30 09:00:00"`
	EndDateTime         string          `json:"endDateTime,omitempty" example:"2026-12-31 18:00:00"`
	Timezone            string          `json:"timezone,omitempty" example:"America/New_York"`
	MissedStart         string          `json:"missedStart,omitempty" enum:"makeUp,skip" example:"makeUp"`
	RecurrenceObject    *wireRecurrence `json:"recurrenceObject,omitempty"`
	NextStarts          []timestamp     `json:"nextStarts,omitempty" doc:"At most five. The first may have passed: then waiting says why it was not made yet. Ours."`
	Waiting             string          `json:"waiting,omitempty" doc:"Why the start whose time has come was not made yet. Ours."`
	PastStarts          []wirePastStart `json:"pastStarts,omitempty" doc:"What became of the last ten starts, the newest first. Ours."`
}

type wireRecurrence struct {
	RecurType     string      `json:"recurType" enum:"Daily,Weekly" example:"Daily"`
	DailyDetails  *wireDaily  `json:"dailyDetails,omitempty"`
	WeeklyDetails *wireWeekly `json:"weeklyDetails,omitempty"`
}

type wireDaily struct {
	OnceEveryNdays int `json:"onceEveryNdays" example:"1"`
}

type wireWeekly struct {
	OnceEveryNweeks int      `json:"onceEveryNweeks" example:"1"`
	WhichDays       []string `json:"whichDays" nullable:"false" example:"[\"Mon\",\"Wed\"]"`
}

type wirePastStart struct {
	At                 timestamp `json:"at" doc:"When it was to be."`
	Outcome            string    `json:"outcome" enum:"started,startedLate,skipped" example:"started"`
	CampaignInstanceID string    `json:"campaignInstanceId,omitempty" example:"cid-0603182c-7ffb-43c3-b307-47ca14b4c0de"`
	NotedAt            timestamp `json:"notedAt" doc:"When it was made, or found missed."`
	Reason             string    `json:"reason,omitempty" doc:"Of one that was late or skipped."`
}

func wireScheduleOf(s *rollcall.Schedule) wireSchedule {
	w := wireSchedule{IsSchedulingEnabled: s.Enabled, Waiting: s.Waiting}
	for i := len(s.Past) - 1; i >= 0; i-- {
		p := &s.Past[i]
		w.PastStarts = append(w.PastStarts, wirePastStart{timestamp(p.At), string(p.Outcome), p.RunID, timestamp(p.Noted), p.Why})
	}
	if !s.Enabled {
		return w
	}
	recurs := s.Recur != ""
	w.IsRecurrenceEnabled, w.StartDateTime, w.EndDateTime, w.Timezone, w.MissedStart = &recurs, s.Start, s.End, s.TimeZone, string(s.Missed)
	for _, at := range s.Upcoming() {
		w.NextStarts = append(w.NextStarts, timestamp(at))
	}
	switch s.Recur {
	case rollcall.RecurDaily:
		w.RecurrenceObject = &wireRecurrence{RecurType: string(s.Recur), DailyDetails: &wireDaily{s.Every}}
	case rollcall.RecurWeekly:
		w.RecurrenceObject = &wireRecurrence{RecurType: string(s.Recur), WeeklyDetails: &wireWeekly{s.Every, dayNames(s.Days)}}
	}
	return w
}

// dayNames are Mon to Sun.
func dayNames(days []time.Weekday) []string {
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = d.String()[:3]
	}
	return names
}
