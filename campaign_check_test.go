package rollcall_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall"
	"rollcall/callhours"
)

var campaignTime = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// said is a change that makes a good campaign.
func said(channel rollcall.Channel, mode rollcall.DialingMode, format rollcall.SMSFormat) rollcall.CampaignChange {
	hours := callhours.Weekly
	ch := rollcall.CampaignChange{
		Name: new("Renewals"), ContactLists: &[]string{"People"}, CallerID: new("+14155550100"), Frequency: &hours, TimeZone: new("Europe/Berlin"),
		Windows: &[]callhours.Window{{Day: time.Monday, Start: 540, End: 1080}},
	}
	if channel == rollcall.ChannelVoice {
		ch.DialingMode = &mode
	} else {
		ch.Format = &format
	}
	switch {
	case mode == rollcall.ModeAgentless, format == rollcall.FormatAdvanced:
		ch.Flow = new("Reminder")
	case format == rollcall.FormatSimple:
		ch.Message = new("SGk=")
	default:
		ch.Queue = new("Agents")
	}
	return ch
}

func TestNewCampaign(t *testing.T) {
	for _, c := range []struct {
		channel rollcall.Channel
		mode    rollcall.DialingMode
		format  rollcall.SMSFormat
		status  rollcall.CampaignStatus
	}{
		{rollcall.ChannelVoice, rollcall.ModeAgentless, "", rollcall.CampaignPreparing},
		{rollcall.ChannelVoice, rollcall.ModeProgressive, "", rollcall.CampaignPreparing},
		{rollcall.ChannelVoice, rollcall.ModePreview, "", rollcall.CampaignPreparing},
		{rollcall.ChannelSMS, "", rollcall.FormatSimple, rollcall.CampaignReady},
		{rollcall.ChannelSMS, "", rollcall.FormatAdvanced, rollcall.CampaignReady},
	} {
		got, err := rollcall.NewCampaign(c.channel, said(c.channel, c.mode, c.format), rollcall.Owner{}, "u-1", campaignTime)
		if err != nil || got.Status != c.status || got.Scrub.State != rollcall.ScrubQueued || got.Priority != 3 {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}

// Each field that breaks a rule is told by the name that it has on the wire.
func TestCampaign_Validate(t *testing.T) {
	voice := func(change func(*rollcall.CampaignChange)) (rollcall.Channel, rollcall.CampaignChange) {
		ch := said(rollcall.ChannelVoice, rollcall.ModeAgentless, "")
		change(&ch)
		return rollcall.ChannelVoice, ch
	}
	sms := func(change func(*rollcall.CampaignChange)) (rollcall.Channel, rollcall.CampaignChange) {
		ch := said(rollcall.ChannelSMS, "", rollcall.FormatSimple)
		change(&ch)
		return rollcall.ChannelSMS, ch
	}
	preview, simple, loud := rollcall.ModePreview, rollcall.FormatSimple, rollcall.DialingOrder("LOUD")
	for want, make := range map[string]func() (rollcall.Channel, rollcall.CampaignChange){
		"name": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.Name = new(strings.Repeat("x", 49)) })
		},
		"description": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.Description = new(strings.Repeat("x", 257)) })
		},
		"contactLists": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.ContactLists = &[]string{"A", "a"} })
		},
		"priority": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.Priority = new(6) })
		},
		"dialingStrategy.callerId.phoneNumber": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.CallerID = nil })
		},
		"dialingStrategy.callingHours.timezone": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.TimeZone = new("Europe/berlin") })
		},
		"dialingStrategy.callingHours.days": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.Windows = nil })
		},
		"dialingStrategy.dialingOrder": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.Order = &loud })
		},
		"dialingStrategy.maxAttemptsPerRecord": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.MaxAttempts = new(101) })
		},
		"dialingStrategy.defaultRetryPeriod": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.RetryMinutes = new(0) })
		},
		"dialingStrategy.maxRingTime": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.RingSeconds = new(4) })
		},
		"experienceFlowName": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.Flow = nil })
		},
		"queue_name experienceFlowName": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.DialingMode = &preview })
		},
		"format": func() (rollcall.Channel, rollcall.CampaignChange) {
			return voice(func(c *rollcall.CampaignChange) { c.Format = &simple })
		},
		"message.message": func() (rollcall.Channel, rollcall.CampaignChange) {
			return sms(func(c *rollcall.CampaignChange) { c.Message = new("not Base64!") })
		},
		"dialingMode": func() (rollcall.Channel, rollcall.CampaignChange) {
			return sms(func(c *rollcall.CampaignChange) { c.DialingMode = &preview })
		},
		"dialingStrategy.dialingOrder dialingStrategy.maxAttemptsPerRecord dialingStrategy.defaultRetryPeriod dialingStrategy.maxRingTime": func() (rollcall.Channel, rollcall.CampaignChange) {
			return sms(func(c *rollcall.CampaignChange) {
				loud := rollcall.DialingOrder("LOUD")
				c.Order, c.MaxAttempts, c.RetryMinutes, c.RingSeconds = &loud, new(5000), new(-7), new(30)
			})
		},
	} {
		channel, ch := make()
		_, err := rollcall.NewCampaign(channel, ch, rollcall.Owner{}, "u-1", campaignTime)
		var fields []string
		for _, e := range rollcall.Errors(err) {
			fields = append(fields, e.Field)
		}
		if !slices.Equal(fields, strings.Fields(want)) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestCampaign_Change(t *testing.T) {
	c, err := rollcall.NewCampaign(rollcall.ChannelVoice, said(rollcall.ChannelVoice, rollcall.ModeAgentless, ""), rollcall.Owner{}, "u-1", campaignTime)
	if err != nil {
		t.Fatal(err)
	}
	c.Status, c.Scrub = rollcall.CampaignReady, rollcall.Scrub{State: rollcall.ScrubDone}
	preview, later := rollcall.ModePreview, campaignTime.Add(time.Hour)
	if err := c.Change(rollcall.CampaignChange{DialingMode: &preview, Queue: new("Agents")}, "u-2", later); err != nil {
		t.Fatal(err)
	}
	if c.Plan.Flow != (rollcall.Named{}) || c.Status != rollcall.CampaignPreparing || c.Scrub.State != rollcall.ScrubQueued || c.UpdatedBy != "u-2" || !c.UpdatedAt.Equal(later) {
		t.Errorf("%+v", c)
	}
	c.Status = rollcall.CampaignReady
	if err := c.Change(rollcall.CampaignChange{}, "u-3", later); err != nil || c.Status != rollcall.CampaignReady || c.UpdatedBy != "u-2" {
		t.Errorf("an update that says nothing: %+v, %v", c, err)
	}
	c.Status = rollcall.CampaignActive
	if err := c.Change(rollcall.CampaignChange{Name: new("x")}, "u-2", later); rollcall.CodeOf(err) != rollcall.CodeConflict || c.Name != "Renewals" {
		t.Errorf("%v", err)
	}
}

func TestCampaign_CloneName(t *testing.T) {
	c := rollcall.Campaign{Name: strings.Repeat("ü", 48)}
	if got := c.CloneName(); got != strings.Repeat("ü", 41)+" (copy)" {
		t.Error(got)
	}
}

// An update may repeat whether the schedule is on, and changes nothing by it.
func TestCampaign_ChangeOfTheSchedule(t *testing.T) {
	for _, c := range []struct{ on, said, ok bool }{{true, true, true}, {false, false, true}, {true, false, false}, {false, true, false}} {
		campaign, err := rollcall.NewCampaign(rollcall.ChannelVoice, said(rollcall.ChannelVoice, rollcall.ModeAgentless, ""), rollcall.Owner{}, "u-1", campaignTime)
		if err != nil {
			t.Fatal(err)
		}
		campaign.Schedule.Enabled, campaign.Status = c.on, rollcall.CampaignReady
		err = campaign.Change(rollcall.CampaignChange{Scheduled: &c.said}, "u-2", campaignTime.Add(time.Hour))
		if (err == nil) != c.ok || campaign.Schedule.Enabled != c.on || campaign.Status != rollcall.CampaignReady || campaign.UpdatedBy != "u-1" {
			t.Errorf("%+v: %v, %+v", c, err, campaign)
		}
	}
}
