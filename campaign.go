package rollcall

import "time"

// Channel is how a campaign reaches people.
type Channel string

// The channels.
const (
	ChannelVoice Channel = "voice"
	ChannelSMS   Channel = "sms"
)

// CampaignStatus is where a campaign stands.
type CampaignStatus string

// The states of a campaign (contract, section 3).
const (
	CampaignPreparing   CampaignStatus = "Preparing"
	CampaignReady       CampaignStatus = "Ready"
	CampaignScheduled   CampaignStatus = "Scheduled"
	CampaignRescheduled CampaignStatus = "Rescheduled"
	CampaignActive      CampaignStatus = "Active"
	CampaignPaused      CampaignStatus = "Paused"
	CampaignStopped     CampaignStatus = "Stopped"
	CampaignCompleted   CampaignStatus = "Completed"
)

// Running tells whether a campaign in this state holds its lists in use: the
// contract's isListInUse.
func (s CampaignStatus) Running() bool {
	return s == CampaignActive || s == CampaignPaused || s == CampaignPreparing
}

// Campaign is a plan to reach the contacts of some lists. What it holds so far
// is what makes isListInUse and campaignInUse of a contact list true.
type Campaign struct {
	ID             string
	Owner          Owner
	Name           string // 1–48 characters
	Channel        Channel
	Status         CampaignStatus
	ContactListIDs []string
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// CampaignRef names a campaign that names a list.
type CampaignRef struct {
	ID     string
	Name   string
	Status CampaignStatus
}
