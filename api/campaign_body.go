package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall"
	"rollcall/callhours"
)

// campaignBody is what createCampaign and updateCampaign set; on a creation some
// fields are needed, which the domain knows.
type campaignBody struct {
	Name                *string            `json:"name" required:"false" minLength:"1" maxLength:"48" example:"Billing Reminder" doc:"1 to 48 characters. Needed on a creation."`
	Description         *string            `json:"description" required:"false" maxLength:"256" example:"Reminds of open bills." doc:"At most 256 characters."`
	CampaignType        *string            `json:"campaignType" required:"false" enum:"voice,sms" example:"voice" doc:"As in the query, where it is given."`
	ContactLists        *[]string          `json:"contactLists" required:"false" nullable:"false" example:"[\"Renewal Due - July 2025\"]" doc:"Names of one contact list or several, whatever their case; how many at most, getLimits tells. They are gone through in this order. Needed on a creation."`
	DNCLists            *campaignDNC       `json:"dncLists" required:"false" doc:"The DNC list; global ones bind the campaign besides."`
	Priority            *textOrNumber      `json:"priority" required:"false"`
	DialingMode         *string            `json:"dialingMode" required:"false" enum:"Agentless,Progressive,Preview" example:"Agentless" doc:"Of a voice campaign."`
	DialingStrategy     *strategyBody      `json:"dialingStrategy" required:"false"`
	ExperienceFlowName  *string            `json:"experienceFlowName" required:"false" example:"Reminder" doc:"Of Agentless and of advanced SMS campaigns; see createExperienceFlow."`
	EnableMachineDetect *string            `json:"enableMachineDetect" required:"false" enum:"no,detect,disconnect" example:"no" doc:"Of Agentless campaigns."`
	QueueName           *string            `json:"queue_name" required:"false" example:"Agents" doc:"Of Progressive and Preview campaigns; see createQueue."`
	MaxSkips            *float64           `json:"maxSkips" required:"false" minimum:"0" maximum:"1000" example:"3" doc:"Of Preview campaigns: how often an agent may skip in a run."`
	Format              *string            `json:"format" required:"false" enum:"simple,advanced" example:"simple" doc:"Of SMS campaigns: a message, or a flow."`
	Message             *campaignMessage   `json:"message" required:"false" doc:"Of simple SMS campaigns."`
	Schedule            *schedulingEnabled `json:"schedule" required:"false"`
}

type campaignDNC struct {
	Name *string `json:"name" required:"false" example:"Opt-outs" doc:"The list's name; empty: none."`
}

type campaignMessage struct {
	Message      *string `json:"message" required:"false" example:"WW91ciBiaWxsIGlzIGR1ZS4=" doc:"The text, in Base64."`
	TemplateName *string `json:"template_name" required:"false" example:"Reminder" doc:"The template that it comes from; see createMessageTemplate."`
}

type schedulingEnabled struct {
	IsSchedulingEnabled *bool `json:"isSchedulingEnabled" required:"false" example:"false" doc:"A schedule is switched on and off by scheduleCampaign. Here true announces one on a creation, and an update takes only what is."`
}

type strategyBody struct {
	CallerID             *callerID  `json:"callerId" required:"false"`
	CallingHours         *hoursBody `json:"callingHours" required:"false"`
	DialingOrder         *string    `json:"dialingOrder" required:"false" enum:"FIFO,LIFO,PRIORITY" default:"FIFO" example:"FIFO" doc:"In which order contacts are tried first: as they came, the newest first, or by contactPriority, the larger number first."`
	MaxAttemptsPerRecord *float64   `json:"maxAttemptsPerRecord" required:"false" minimum:"1" maximum:"100" default:"3" example:"3" doc:"How often a contact is tried in a run."`
	DefaultRetryPeriod   *float64   `json:"defaultRetryPeriod" required:"false" minimum:"1" maximum:"1440" default:"60" example:"60" doc:"Minutes from an unconnected attempt to the next."`
	MaxRingTime          *float64   `json:"maxRingTime" required:"false" minimum:"5" maximum:"120" default:"30" example:"30" doc:"Seconds."`
	MaxConcurrentCalls   *float64   `json:"maxConcurrentCalls" required:"false" minimum:"0" maximum:"1000000" default:"0" example:"50" doc:"Contacts that may be handed out at once; 0: any number. Ours."`
}

type callerID struct {
	PhoneNumber *string `json:"phoneNumber" required:"false" example:"+14155550100" doc:"The number to call from. Needed on a creation."`
}

type hoursBody struct {
	Frequency       *string          `json:"frequency" required:"false" enum:"WEEKLY,DAILY,CUSTOM" example:"WEEKLY"`
	Timezone        *string          `json:"timezone" required:"false" example:"America/New_York" doc:"IANA: of contacts whose own zone is not known."`
	Days            *json.RawMessage `json:"days" required:"false" doc:"Windows, several a day if need be: {day: MO to SU, start: 9:00 AM, end: 6:00 PM}. One that ends before it starts goes on after midnight. With DAILY, day may be left out: it holds every day."`
	Holidays        *[]string        `json:"holidays" required:"false" nullable:"false" example:"[\"2026-12-25\"]" doc:"Days on which nobody is called. Ours."`
	UnknownTimezone *string          `json:"unknownTimezone" required:"false" enum:"campaign,never" default:"campaign" example:"campaign" doc:"Of contacts whose zone nobody knows: the campaign's counts, or they are not called. Ours."`
}

type dayBody struct {
	Day   *string `json:"day" required:"false" enum:"MO,TU,WE,TH,FR,SA,SU" example:"MO"`
	Start string  `json:"start" example:"9:00 AM"`
	End   string  `json:"end" example:"6:00 PM"`
}

// textOrNumber takes "3" and 3.
type textOrNumber string

// UnmarshalJSON takes a string or a number.
func (t *textOrNumber) UnmarshalJSON(b []byte) error {
	text := string(bytes.Trim(b, `"`))
	if _, err := strconv.Atoi(text); err != nil {
		return errors.New("neither a number nor the text of one")
	}
	*t = textOrNumber(text)
	return nil
}

func (textOrNumber) kind() string { return "a whole number, or the text of one" }

// change is what the body says, for the domain.
func (w *campaignBody) change() (rollcall.CampaignChange, error) {
	ch := rollcall.CampaignChange{
		Name: w.Name, Description: w.Description, ContactLists: w.ContactLists, Flow: w.ExperienceFlowName, Queue: w.QueueName,
		DialingMode: (*rollcall.DialingMode)(w.DialingMode), Machine: (*rollcall.MachineDetect)(w.EnableMachineDetect), Format: (*rollcall.SMSFormat)(w.Format),
	}
	if w.Priority != nil {
		n, _ := strconv.Atoi(string(*w.Priority)) // what is a textOrNumber can be read
		ch.Priority = &n
	}
	if w.DNCLists != nil {
		ch.DNCList = w.DNCLists.Name
	}
	if w.Message != nil {
		ch.Message, ch.Template = w.Message.Message, w.Message.TemplateName
	}
	var errs []error
	whole(&errs, &ch.MaxSkips, w.MaxSkips, "maxSkips")
	if w.Schedule != nil {
		ch.Scheduled = w.Schedule.IsSchedulingEnabled
	}
	if s := w.DialingStrategy; s != nil {
		errs = append(errs, within("dialingStrategy", s.change(&ch)))
	}
	return ch, errors.Join(errs...)
}

func (s *strategyBody) change(ch *rollcall.CampaignChange) error {
	var errs []error
	ch.Order = (*rollcall.DialingOrder)(s.DialingOrder)
	whole(&errs, &ch.MaxAttempts, s.MaxAttemptsPerRecord, "maxAttemptsPerRecord")
	whole(&errs, &ch.RetryMinutes, s.DefaultRetryPeriod, "defaultRetryPeriod")
	whole(&errs, &ch.RingSeconds, s.MaxRingTime, "maxRingTime")
	whole(&errs, &ch.Concurrency, s.MaxConcurrentCalls, "maxConcurrentCalls")
	if s.CallerID != nil {
		ch.CallerID = s.CallerID.PhoneNumber
	}
	if h := s.CallingHours; h != nil {
		ch.Frequency, ch.TimeZone, ch.ZoneFallback = (*callhours.Frequency)(h.Frequency), h.Timezone, (*callhours.Fallback)(h.UnknownTimezone)
		if h.Days != nil {
			windows, err := windowsOf(*h.Days)
			ch.Windows = &windows
			errs = append(errs, within("callingHours", err))
		}
		if h.Holidays != nil {
			holidays, err := holidaysOf(*h.Holidays)
			ch.Holidays = &holidays
			errs = append(errs, within("callingHours", err))
		}
	}
	return errors.Join(errs...)
}

// whole takes over a whole number.
func whole(errs *[]error, to **int, from *float64, name string) {
	if from == nil {
		return
	}
	n := int(*from)
	if float64(n) != *from {
		*errs = append(*errs, rollcall.Invalid(name, "The "+name+" must be a whole number."))
		return
	}
	*to = &n
}

func windowsOf(raw json.RawMessage) (windows []callhours.Window, err error) {
	if raw[0] != '[' {
		return nil, rollcall.Invalid("days", "The days must be an array of windows.")
	}
	var errs []error
	i := -1
	for element := range elements(raw) {
		i++
		place := fmt.Sprintf("days[%d]", i)
		if element[0] != '{' {
			errs = append(errs, rollcall.Invalid(place, "A window must be an object with day, start and end."))
			continue
		}
		var d dayBody
		if err := decodeMembers(element, &d); err != nil {
			errs = append(errs, within(place, err))
			continue
		}
		w, err := d.window()
		windows, errs = append(windows, w), append(errs, within(place, err))
	}
	return windows, errors.Join(errs...)
}

func (d *dayBody) window() (w callhours.Window, err error) {
	var errs []error
	refuse := func(field string, err error) {
		if err != nil {
			errs = append(errs, rollcall.Invalid(field, err.Error()))
		}
	}
	if w.Every = d.Day == nil; !w.Every {
		w.Day, err = callhours.ParseDay(*d.Day)
		refuse("day", err)
	}
	w.Start, err = callhours.ParseClock(d.Start)
	refuse("start", err)
	w.End, err = callhours.ParseClock(d.End)
	refuse("end", err)
	return w, errors.Join(errs...)
}

func holidaysOf(texts []string) ([]callhours.Date, error) {
	days := make([]callhours.Date, len(texts))
	var errs []error
	for i, text := range texts {
		var err error
		if days[i], err = callhours.ParseDate(strings.TrimSpace(text)); err != nil {
			errs = append(errs, rollcall.Invalid(fmt.Sprintf("holidays[%d]", i), err.Error()))
		}
	}
	return days, errors.Join(errs...)
}

// Schema documents it for the API reference.
func (textOrNumber) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeString, Enum: []any{"1", "2", "3", "4", "5"}}, {Type: huma.TypeInteger}}, Description: "1 to 5, the highest; 3 by default.", Examples: []any{"3"}}
}

// Schema documents it for the API reference.
func (maybeNumber) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeInteger}, {Type: huma.TypeString, Pattern: "^[0-9]*$"}}, Description: "A whole number; an empty text stands for none.", Examples: []any{50}}
}
