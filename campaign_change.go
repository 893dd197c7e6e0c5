package rollcall

import (
	"slices"
	"strings"
	"time"

	"rollcall/callhours"
)

// CampaignChange is what a caller sets of a campaign; nil leaves a field as it is.
type CampaignChange struct {
	Name         *string
	Description  *string
	ContactLists *[]string // names
	DNCList      *string   // a name; empty: none
	Priority     *int
	DialingMode  *DialingMode
	Format       *SMSFormat
	Message      *string
	Template     *string
	Flow         *string
	Queue        *string
	Machine      *MachineDetect
	MaxSkips     *int
	// Scheduled is whether the caller takes the schedule to be on. A creation may announce
	// one; an update may only repeat what is, and changes nothing by it.
	Scheduled *bool

	CallerID     *string
	Frequency    *callhours.Frequency
	Windows      *[]callhours.Window
	Holidays     *[]callhours.Date
	TimeZone     *string
	ZoneFallback *callhours.Fallback
	Order        *DialingOrder
	MaxAttempts  *int
	RetryMinutes *int
	RingSeconds  *int
	Concurrency  *int
}

// Defaults of what a voice campaign need not say.
const (
	defaultPriority     = 3
	defaultAttempts     = 3
	defaultRetryMinutes = 60
	defaultRingSeconds  = 30
)

// NewCampaign makes a campaign as it is born, with what the caller said. Names are
// not resolved yet: the store does that, in the transaction that saves it.
func NewCampaign(channel Channel, ch CampaignChange, owner Owner, user string, now time.Time) (*Campaign, error) {
	c := &Campaign{
		ID: NewID(PrefixCampaign), Owner: owner, Channel: channel, Status: CampaignReady, Priority: defaultPriority,
		Plan: CampaignPlan{ZoneFallback: callhours.FallbackCampaign}, Scrub: Scrub{State: ScrubQueued},
		CreatedBy: user, UpdatedBy: user, CreatedAt: now, UpdatedAt: now,
	}
	if channel == ChannelVoice {
		c.Status = CampaignPreparing
		c.Plan.Order, c.Plan.MaxAttempts, c.Plan.RetryMinutes, c.Plan.RingSeconds = OrderFIFO, defaultAttempts, defaultRetryMinutes, defaultRingSeconds
	}
	c.assign(ch)
	if c.DialingMode == ModeAgentless && c.Plan.MachineDetect == "" {
		c.Plan.MachineDetect = MachineNo
	}
	return c, c.Validate()
}

// Change applies an update. One that runs is not edited. What belongs to the mode
// that the campaign had before goes with it, where the mode changes. An update that
// says nothing changes nothing.
func (c *Campaign) Change(ch CampaignChange, user string, now time.Time) error {
	if err := c.checkScheduled(ch.Scheduled); err != nil {
		return err
	}
	ch.Scheduled = nil
	if ch == (CampaignChange{}) {
		return nil
	}
	if err := c.Step(StepEdit); err != nil {
		return err
	}
	if ch.DialingMode != nil && *ch.DialingMode != c.DialingMode {
		c.Plan.Flow, c.Plan.Queue, c.Plan.MaxSkips, c.Plan.MachineDetect = Named{}, Named{}, 0, ""
	}
	if ch.Format != nil && *ch.Format != c.Plan.Format {
		c.Plan.Flow, c.Plan.Message, c.Plan.Template = Named{}, "", Named{}
	}
	c.assign(ch)
	if c.DialingMode == ModeAgentless && c.Plan.MachineDetect == "" {
		c.Plan.MachineDetect = MachineNo
	}
	c.Scrub = Scrub{State: ScrubQueued}
	c.UpdatedBy, c.UpdatedAt = user, now
	return c.Validate()
}

// checkScheduled refuses to switch a schedule by the way.
func (c *Campaign) checkScheduled(said *bool) error {
	if said == nil || *said == c.Schedule.Enabled {
		return nil
	}
	const field = "schedule.isSchedulingEnabled"
	if *said {
		return Invalid(field, "The schedule is off; it is set by the call scheduleCampaign.")
	}
	return Invalid(field, "The schedule is on; it is switched off by the call scheduleCampaign, with enableSchedule=false.")
}

func (c *Campaign) assign(ch CampaignChange) {
	p := &c.Plan
	assign(&c.Name, ch.Name)
	assign(&c.Description, ch.Description)
	assign(&c.Priority, ch.Priority)
	assign(&c.DialingMode, ch.DialingMode)
	if ch.ContactLists != nil {
		c.ContactLists = make([]Named, len(*ch.ContactLists))
		for i, name := range *ch.ContactLists {
			c.ContactLists[i] = Named{Name: name}
		}
	}
	name(&c.DNCList, ch.DNCList)
	name(&p.Template, ch.Template)
	name(&p.Flow, ch.Flow)
	name(&p.Queue, ch.Queue)
	assign(&p.Format, ch.Format)
	assign(&p.Message, ch.Message)
	assign(&p.MachineDetect, ch.Machine)
	assign(&p.MaxSkips, ch.MaxSkips)
	assign(&p.CallerID, ch.CallerID)
	assign(&p.Hours.Frequency, ch.Frequency)
	assign(&p.Hours.Windows, ch.Windows)
	assign(&p.Hours.Holidays, ch.Holidays)
	assign(&p.TimeZone, ch.TimeZone)
	assign(&p.ZoneFallback, ch.ZoneFallback)
	assign(&p.Order, ch.Order)
	assign(&p.MaxAttempts, ch.MaxAttempts)
	assign(&p.RetryMinutes, ch.RetryMinutes)
	assign(&p.RingSeconds, ch.RingSeconds)
	assign(&p.Concurrency, ch.Concurrency)
}

// name names something anew; the store finds out which it is.
func name(to *Named, from *string) {
	if from != nil {
		*to = Named{Name: *from}
	}
}

// Clone makes a campaign like this one, as it is born, under a name of its own.
func (c *Campaign) Clone(name, user string, now time.Time) (*Campaign, error) {
	fresh := *c
	fresh.Key, fresh.ID, fresh.Name, fresh.Run, fresh.Schedule = 0, NewID(PrefixCampaign), name, RunRef{}, Schedule{}
	fresh.ContactLists = slices.Clone(c.ContactLists)
	fresh.Status, fresh.Scrub = CampaignReady, Scrub{State: ScrubQueued}
	if c.Channel == ChannelVoice {
		fresh.Status = CampaignPreparing
	}
	fresh.CreatedBy, fresh.UpdatedBy, fresh.CreatedAt, fresh.UpdatedAt = user, user, now, now
	return &fresh, fresh.Validate()
}

// CloneName is the name of a clone that was given none.
func (c *Campaign) CloneName() string {
	const mark = " (copy)"
	runes := []rune(c.Name)
	return strings.TrimSpace(string(runes[:min(len(runes), MaxCampaignName-len(mark))])) + mark
}

// CampaignFilter says which campaigns are wanted, and in which order.
type CampaignFilter struct {
	Channel      Channel
	Statuses     []CampaignStatus // none: any
	Priorities   []int
	DialingModes []DialingMode
	From, To     time.Time // of createdAt, To left out; zero: no bound
	Sort         CampaignSort
	Descending   bool
	Skip         int64
	Limit        int
}

// CampaignSort is what campaigns are ordered by.
type CampaignSort string

// The orders. Ties go by creation.
const (
	SortByName    CampaignSort = "name"
	SortByCreated CampaignSort = "createdAt"
	SortByUpdated CampaignSort = "updatedAt"
)
