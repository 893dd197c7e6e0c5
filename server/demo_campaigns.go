package server

import (
	"context"
	"time"

	"rollcall"
	"rollcall/callhours"
)

// demoListInUse is the list that all campaigns of the public page's sample name.
const demoListInUse = "CL Only 2020 Dec 4"

// What the demo's campaigns name besides.
const (
	demoFlow     = "Billing reminder"
	demoQueue    = "Customer care"
	demoTemplate = "Billing alert"
)

// demoCampaign is a campaign of the demo, by what tells it from the others.
type demoCampaign struct {
	name    string
	channel rollcall.Channel
	change  func(*rollcall.CampaignChange)
}

// demoSample are the campaigns of the public page's sample, in its order, which is
// that of their creation. Two pairs have one name.
var demoSample = []demoCampaign{
	{"Event Reminder SMS Campaign7", rollcall.ChannelSMS, simpleSMS},
	{"Billing Alert Template Campaign-2", rollcall.ChannelSMS, templateSMS},
	{"Interactive Support SMS Campaign1212", rollcall.ChannelSMS, advancedSMS},
	{"Product Feedback Voice Campaign-3.4", rollcall.ChannelVoice, preview},
	{"Service Renewal Outreach Campaign6", rollcall.ChannelVoice, progressive},
	{"Billing Reminder Voice Campaign1", rollcall.ChannelVoice, agentless},
	{"Billing Reminder Voice Campaign1", rollcall.ChannelVoice, agentless},
	{"Agentless | Dec 5 | Latest Execution", rollcall.ChannelVoice, agentless},
	{"Event Reminder SMS Campaign71", rollcall.ChannelSMS, simpleSMS},
	{"Billing Alert Template Campaign-21", rollcall.ChannelSMS, templateSMS},
	{"Interactive Support SMS Campaign1212", rollcall.ChannelSMS, advancedSMS},
	{"Event Reminder SMS Campaign8", rollcall.ChannelSMS, simpleSMS},
}

func simpleSMS(ch *rollcall.CampaignChange) {
	ch.Format, ch.Message = new(rollcall.FormatSimple), new("WW91ciBldmVudCBpcyB0b21vcnJvdy4=") // Your event is tomorrow.
}

func templateSMS(ch *rollcall.CampaignChange) {
	ch.Format, ch.Message, ch.Template = new(rollcall.FormatSimple), new("WW91ciBiaWxsIGlzIGR1ZS4="), new(demoTemplate) // Your bill is due.
}

func advancedSMS(ch *rollcall.CampaignChange) {
	ch.Format, ch.Flow = new(rollcall.FormatAdvanced), new(demoFlow)
}

func agentless(ch *rollcall.CampaignChange) {
	ch.DialingMode, ch.Flow = new(rollcall.ModeAgentless), new(demoFlow)
}

func progressive(ch *rollcall.CampaignChange) {
	ch.DialingMode, ch.Queue = new(rollcall.ModeProgressive), new(demoQueue)
}

func preview(ch *rollcall.CampaignChange) {
	ch.DialingMode, ch.Queue, ch.MaxSkips = new(rollcall.ModePreview), new(demoQueue), new(3)
}

// demoCampaigns makes the campaigns of the sample, and prepares them, if the demo
// has none.
func (s *Server) demoCampaigns(ctx context.Context, owner rollcall.Owner, user string) error {
	for _, channel := range []rollcall.Channel{rollcall.ChannelVoice, rollcall.ChannelSMS} {
		if _, total, err := s.Store.Campaigns(ctx, owner, rollcall.CampaignFilter{Channel: channel, Limit: 1}); total > 0 || err != nil {
			return err
		}
	}
	for kind, name := range map[rollcall.RegistryKind]string{rollcall.KindFlow: demoFlow, rollcall.KindQueue: demoQueue, rollcall.KindTemplate: demoTemplate} {
		e, err := rollcall.NewRegistryEntry(kind, name, owner, user, time.Now())
		if err != nil {
			return err
		}
		if err := s.Store.CreateRegistryEntry(ctx, e); err != nil && rollcall.CodeOf(err) != rollcall.CodeConflict {
			return err
		}
	}
	for _, d := range demoSample {
		c, err := rollcall.NewCampaign(d.channel, d.asked(), owner, user, time.Now())
		if err != nil {
			return err
		}
		if err := s.Store.CreateCampaign(ctx, c); err != nil {
			return err
		}
	}
	s.scrubber.Work(ctx) // the demo shows no list in use because a campaign is still being prepared
	return nil
}

// asked is what the campaign is made of.
func (d *demoCampaign) asked() rollcall.CampaignChange {
	ch := rollcall.CampaignChange{
		Name: &d.name, Description: &d.name, ContactLists: &[]string{demoListInUse}, CallerID: new("+14155550100"), TimeZone: new("America/New_York"),
		Frequency: new(callhours.Daily), Windows: &[]callhours.Window{{Every: true, Start: 9 * 60, End: 18 * 60}},
	}
	d.change(&ch)
	return ch
}
