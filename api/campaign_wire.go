package api

import (
	"strconv"
	"strings"

	"rollcall"
	"rollcall/callhours"
)

// campaign is a campaign on the wire (contract, section 3). A field that another
// kind of campaign has is absent.
type campaign struct {
	ID                  string       `json:"_id,omitempty" example:"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c" doc:"Absent in createCampaign's answer, which has it as id."`
	NewID               string       `json:"id,omitempty" example:"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c" doc:"In createCampaign's answer for a voice campaign only."`
	Name                string       `json:"name" example:"Billing Reminder"`
	LowerName           string       `json:"lname" example:"billing reminder" doc:"The name in lower case."`
	Description         string       `json:"description" example:"Reminds of open bills."`
	CampaignType        string       `json:"campaignType" enum:"voice,sms" example:"voice"`
	ContactLists        []string     `json:"contactLists" nullable:"false" doc:"Names, in the order in which they are gone through." example:"[\"Renewal Due - July 2025\"]"`
	DNCLists            *namedRef    `json:"dncLists,omitempty"`
	Priority            string       `json:"priority" enum:"1,2,3,4,5" example:"3" doc:"5 is the highest."`
	DialingMode         string       `json:"dialingMode,omitempty" enum:"Agentless,Progressive,Preview" example:"Agentless"`
	DialingStrategy     wireStrategy `json:"dialingStrategy"`
	ExperienceFlow      string       `json:"experienceFlow,omitempty" example:"cf-7d4a1c52-7b64-4e21-8000-00000000002a" doc:"The flow's id."`
	ExperienceFlowName  string       `json:"experienceFlowName,omitempty" example:"Reminder"`
	EnableMachineDetect *bool        `json:"enableMachineDetect,omitempty" example:"false" doc:"Of Agentless campaigns: whether answering machines are told apart."`
	QueueName           string       `json:"queue_name,omitempty" example:"Agents"`
	MaxSkips            *int         `json:"maxSkips,omitempty" example:"3"`
	Format              string       `json:"format,omitempty" enum:"simple,advanced" example:"simple"`
	Message             *wireMessage `json:"message,omitempty"`
	Status              string       `json:"status" enum:"Preparing,Ready,Scheduled,Rescheduled,Active,Paused,Stopped,Completed" example:"Preparing"`
	IsFiltersEnabled    bool         `json:"isFiltersEnabled" example:"false"`
	IsImported          *bool        `json:"isImported,omitempty" example:"false" doc:"Of SMS campaigns."`
	Schedule            wireSchedule `json:"schedule"`
	Scrub               wireScrub    `json:"scrub" doc:"How its contacts stood against the DNC lists when they were last held against them. Ours."`
	CreatedAt           timestamp    `json:"createdAt"`
	UpdatedAt           timestamp    `json:"updatedAt"`
}

type namedRef struct {
	ID   string `json:"id" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11"`
	Name string `json:"name" example:"Opt-outs"`
}

type wireMessage struct {
	Message      string `json:"message" example:"WW91ciBiaWxsIGlzIGR1ZS4="`
	TemplateName string `json:"template_name,omitempty" example:"Reminder"`
	TemplateID   string `json:"templateId,omitempty" example:"cmt-7d4a1c52-7b64-4e21-8000-00000000002a"`
}

type wireStrategy struct {
	UseSystemMappings    *bool     `json:"useSystemMappings,omitempty" example:"false" doc:"Of voice campaigns."`
	CallerID             callerRef `json:"callerId"`
	CallingHours         wireHours `json:"callingHours"`
	DialingOrder         string    `json:"dialingOrder,omitempty" enum:"FIFO,LIFO,PRIORITY" example:"FIFO"`
	MaxAttemptsPerRecord int       `json:"maxAttemptsPerRecord,omitempty" example:"3"`
	DefaultRetryPeriod   int       `json:"defaultRetryPeriod,omitempty" example:"60"`
	MaxRingTime          int       `json:"maxRingTime,omitempty" example:"30"`
	MaxConcurrentCalls   int       `json:"maxConcurrentCalls,omitempty" example:"50"`
}

type callerRef struct {
	PhoneNumber string `json:"phoneNumber" example:"+14155550100"`
}

type wireHours struct {
	Frequency       string    `json:"frequency" enum:"WEEKLY,DAILY,CUSTOM" example:"WEEKLY"`
	Timezone        string    `json:"timezone" example:"America/New_York"`
	Days            []wireDay `json:"days" nullable:"false"`
	Holidays        []string  `json:"holidays,omitempty" example:"[\"2026-12-25\"]"`
	UnknownTimezone string    `json:"unknownTimezone,omitempty" enum:"never" example:"never" doc:"Present where contacts whose zone nobody knows are not called."`
}

type wireDay struct {
	Day   string `json:"day,omitempty" enum:"MO,TU,WE,TH,FR,SA,SU" example:"MO"`
	Start string `json:"start" example:"9:00 AM"`
	End   string `json:"end" example:"6:00 PM"`
}

type wireScrub struct {
	State    string       `json:"state" enum:"queued,running,done,failed" example:"done"`
	Done     int64        `json:"done" example:"1000000" doc:"Contacts that were looked at,"`
	Total    int64        `json:"total" example:"1000000" doc:"of how many."`
	Blocked  int64        `json:"blocked" example:"1200"`
	ByReason []scrubCount `json:"byReason" nullable:"false" doc:"Adds up to blocked. A contact that several entries block counts once: for a whole number before a prefix, then for the campaign's own list before global ones."`
	EndedAt  *timestamp   `json:"endedAt,omitempty"`
	Failure  string       `json:"failure,omitempty"`
}

type scrubCount struct {
	ContactListID string `json:"contactListId" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11"`
	Name          string `json:"name" example:"Opt-outs"`
	IsGlobalDNC   bool   `json:"isGlobalDNC" example:"true"`
	ByPrefix      bool   `json:"byPrefix" example:"false"`
	Contacts      int64  `json:"contacts" example:"1200"`
}

// wireCampaign is a campaign as get, update and delete give it.
func wireCampaign(c *rollcall.Campaign) campaign {
	p := &c.Plan
	w := campaign{
		ID: c.ID, Name: c.Name, LowerName: strings.ToLower(c.Name), Description: c.Description, CampaignType: string(c.Channel), ContactLists: listNames(c),
		DNCLists: dncRef(c), Priority: strconv.Itoa(c.Priority), DialingMode: string(c.DialingMode), DialingStrategy: wireDialing(c),
		ExperienceFlow: p.Flow.ID, ExperienceFlowName: p.Flow.Name, QueueName: p.Queue.Name, Format: string(p.Format), Status: string(c.Status),
		Schedule: wireScheduleOf(&c.Schedule), Scrub: wireScrubOf(&c.Scrub), CreatedAt: timestamp(c.CreatedAt), UpdatedAt: timestamp(c.UpdatedAt),
	}
	switch {
	case c.Channel == rollcall.ChannelSMS:
		w.IsImported = new(bool)
		w.Message = messageOf(c)
	case c.DialingMode == rollcall.ModeAgentless:
		detects := p.MachineDetect != rollcall.MachineNo
		w.EnableMachineDetect = &detects
	case c.DialingMode == rollcall.ModePreview:
		w.MaxSkips = &p.MaxSkips
	}
	return w
}

func messageOf(c *rollcall.Campaign) *wireMessage {
	if c.Plan.Format != rollcall.FormatSimple {
		return nil
	}
	return &wireMessage{Message: c.Plan.Message, TemplateName: c.Plan.Template.Name, TemplateID: c.Plan.Template.ID}
}

func listNames(c *rollcall.Campaign) []string {
	names := make([]string, len(c.ContactLists))
	for i, l := range c.ContactLists {
		names[i] = l.Name
	}
	return names
}

func dncRef(c *rollcall.Campaign) *namedRef {
	if c.DNCList.ID == "" {
		return nil
	}
	return &namedRef{ID: c.DNCList.ID, Name: c.DNCList.Name}
}

func wireDialing(c *rollcall.Campaign) wireStrategy {
	p := &c.Plan
	w := wireStrategy{CallerID: callerRef{p.CallerID}, CallingHours: wireHours{Frequency: string(p.Hours.Frequency), Timezone: p.TimeZone, Days: make([]wireDay, len(p.Hours.Windows))}}
	for i, window := range p.Hours.Windows {
		w.CallingHours.Days[i] = wireDay{Start: window.Start.String(), End: window.End.String()}
		if !window.Every {
			w.CallingHours.Days[i].Day = callhours.DayName(window.Day)
		}
	}
	for _, day := range p.Hours.Holidays {
		w.CallingHours.Holidays = append(w.CallingHours.Holidays, day.String())
	}
	if p.ZoneFallback == callhours.FallbackNever {
		w.CallingHours.UnknownTimezone = string(callhours.FallbackNever)
	}
	w.MaxConcurrentCalls = p.Concurrency
	if c.Channel == rollcall.ChannelVoice {
		w.UseSystemMappings = new(bool)
		w.DialingOrder, w.MaxAttemptsPerRecord, w.DefaultRetryPeriod, w.MaxRingTime = string(p.Order), p.MaxAttempts, p.RetryMinutes, p.RingSeconds
	}
	return w
}

func wireScrubOf(s *rollcall.Scrub) wireScrub {
	w := wireScrub{State: string(s.State), Done: s.Done, Total: s.Total, Blocked: s.Blocked, ByReason: make([]scrubCount, len(s.ByReason)), Failure: s.Failure}
	for i, n := range s.ByReason {
		w.ByReason[i] = scrubCount{ContactListID: n.ListID, Name: n.ListName, IsGlobalDNC: n.Global, ByPrefix: n.Prefix, Contacts: n.Contacts}
	}
	if !s.EndedAt.IsZero() {
		ended := timestamp(s.EndedAt)
		w.EndedAt = &ended
	}
	return w
}
