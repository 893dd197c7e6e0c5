package rollcall

import (
	"time"

	"rollcall/callhours"
)

// Channel is how a campaign reaches people.
type Channel string

// The channels.
const (
	ChannelVoice Channel = "voice"
	ChannelSMS   Channel = "sms"
)

// DialingMode is who speaks with the person who is called.
type DialingMode string

// The dialing modes of voice campaigns (contract, section 3).
const (
	ModeAgentless   DialingMode = "Agentless"   // an experience flow does
	ModeProgressive DialingMode = "Progressive" // an agent who is free: one call for each
	ModePreview     DialingMode = "Preview"     // an agent, who sees the contact first and dials or skips
)

// SMSFormat is what an SMS campaign sends.
type SMSFormat string

// The formats of SMS campaigns (contract, section 3).
const (
	FormatSimple   SMSFormat = "simple"   // a message, or one from a template
	FormatAdvanced SMSFormat = "advanced" // what an experience flow says
)

// MachineDetect is what is done about answering machines.
type MachineDetect string

// The choices of an agentless campaign.
const (
	MachineNo         MachineDetect = "no"
	MachineDetected   MachineDetect = "detect"
	MachineDisconnect MachineDetect = "disconnect"
)

// DialingOrder is the order in which contacts are handed out for the first time.
type DialingOrder string

// The orders. OrderPriority is ours: by contactPriority, the larger number first,
// then as FIFO; contacts without a number come last.
const (
	OrderFIFO     DialingOrder = "FIFO"
	OrderLIFO     DialingOrder = "LIFO"
	OrderPriority DialingOrder = "PRIORITY"
)

// Limits of a campaign's fields (contract, section 3).
const (
	MaxCampaignName        = 48
	MaxCampaignDescription = 256
	MaxCampaignPriority    = 5 // the highest; 1 is the lowest
	MaxAttemptsPerRecord   = 100
	MaxRetryMinutes        = 1440
	MinRingSeconds         = 5
	MaxRingSeconds         = 120
)

// Named is something that a campaign names: its id, and its name when it was asked
// for.
type Named struct {
	Key  int64 // of a list: its number within the account, in the store; else 0
	ID   string
	Name string
}

// Campaign is a plan to reach the contacts of some lists.
type Campaign struct {
	Key          int64 // its number within the account, in the store; in the order of creation
	ID           string
	Owner        Owner
	Name         string // 1–48 characters; several campaigns may have one name
	Description  string // 1–256 characters
	Channel      Channel
	Status       CampaignStatus
	Priority     int         // 1–5
	DialingMode  DialingMode // empty: an SMS campaign
	ContactLists []Named     // at least one, in the order in which they are gone through
	DNCList      Named       // the one that it names; no ID: none. Global ones bind it besides
	Plan         CampaignPlan
	Schedule     Schedule
	Scrub        Scrub
	Run          RunRef // the newest run; no ID: it never ran
	CreatedBy    string
	UpdatedBy    string
	CreatedAt    time.Time
	UpdatedAt    time.Time

	// MessagesSent, of an SMS campaign, is how many attempts of all its runs reached
	// somebody. Only the store's Campaigns tells it.
	MessagesSent int64
}

// CampaignPlan is what is asked of a campaign's dialing. The store keeps it as JSON.
type CampaignPlan struct {
	Format        SMSFormat     // of an SMS campaign
	Message       string        // of a simple SMS campaign: Base64, as it was sent
	Template      Named         // cmt-…
	Flow          Named         // cf-…: Agentless, or advanced SMS
	Queue         Named         // qu-…: Progressive and Preview
	MachineDetect MachineDetect // Agentless
	MaxSkips      int           // Preview: how often an agent may skip in a run

	CallerID     string // as it was sent
	Hours        callhours.Hours
	TimeZone     string // IANA: of contacts whose own zone nobody knows
	ZoneFallback callhours.Fallback
	Order        DialingOrder
	MaxAttempts  int // for each contact in a run
	RetryMinutes int // from an unconnected attempt to the next
	RingSeconds  int
	Concurrency  int // claims that may be out at once; 0: any number
}

// CampaignRef names a campaign that names a list.
type CampaignRef struct {
	ID     string
	Name   string
	Status CampaignStatus
}

// Running tells whether a campaign in this state holds its lists in use: the
// contract's isListInUse.
func (s CampaignStatus) Running() bool {
	return s == CampaignActive || s == CampaignPaused || s == CampaignPreparing
}

// ListIDs are the ids of the contact lists, in their order.
func (c *Campaign) ListIDs() []string {
	ids := make([]string, len(c.ContactLists))
	for i, l := range c.ContactLists {
		ids[i] = l.ID
	}
	return ids
}

// Ref names the campaign.
func (c *Campaign) Ref() CampaignRef { return CampaignRef{ID: c.ID, Name: c.Name, Status: c.Status} }
