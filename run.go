package rollcall

import (
	"time"

	"rollcall/phone"
)

// RunRef names a run of a campaign.
type RunRef struct {
	Key       int64  // its number within the account, in the store
	ID        string // cid-…: the contract's campaignInstanceId
	UpdatedAt time.Time
}

// Run is one execution of a campaign over all contacts of its lists.
type Run struct {
	Key         int64
	ID          string
	CampaignKey int64
	State       CampaignStatus // Active or Paused; then Stopped or Completed
	Priority    int            // of the campaign
	Walk        Walk
	Walked      int64 // contacts that were looked at
	HandedOut   int64 // claims that were given
	ByNumber    bool  // its lists may have a number twice, or could before
	Pass        float64
	StartedBy   string
	StartedAt   time.Time
	UpdatedAt   time.Time
	EndedAt     time.Time // zero while it has not ended
}

// Walk is how far a run has gone through the lists of its campaign. All contacts
// behind it have a row of their own in the run; those before it have none yet.
type Walk struct {
	List int // the place of the list among the campaign's
	// Rank is, in the order of contact priority, the negative of the priority of the contact
	// that was looked at last; nil: of this list none was yet. Unranked tells that those with
	// a priority are over, and the others' turn has come.
	Rank     *float64
	Unranked bool
	After    int64   // the sequence number of the contact that was looked at last, of those with its rank; 0: none
	Upper    []int64 // for each list, the last sequence number when the walk began, or left the list: later contacts come at the end
	Rest     bool    // the lists were gone through; contacts that came since are looked for
}

// ContactState is how a contact stands in a run.
type ContactState string

// The states of a contact in a run.
const (
	ContactWaiting ContactState = "waiting" // for its time
	ContactLeased  ContactState = "leased"  // handed out
	ContactDone    ContactState = "done"    // nothing more is tried
)

// ContactReason is why a contact waits, or why nothing more is tried.
type ContactReason string

// The reasons.
const (
	ReasonHours     ContactReason = "outside_hours" // waits for its calling hours
	ReasonNever     ContactReason = "never_open"    // its calling hours do not come
	ReasonNoZone    ContactReason = "no_time_zone"  // nobody knows its zone, and the campaign says not to call then
	ReasonRetry     ContactReason = "retry"         // waits for its next attempt
	ReasonReleased  ContactReason = "released"      // the dialer gave it back, or its lease ran out
	ReasonHeld      ContactReason = "number_held"   // another contact with its number is handed out at this moment
	ReasonConnected ContactReason = "connected"
	ReasonExhausted ContactReason = "attempts_used" // unconnected as often as is allowed
	ReasonDNC       ContactReason = "dnc"           // a DNC list holds the number
	ReasonErased    ContactReason = "erased"        // the person was erased
	ReasonGone      ContactReason = "deleted"       // the contact is not in its list any more
	ReasonOpen      ContactReason = "open"          // may be called now; no contact waits or is done for it
)

// Disposition is how an attempt ended (contract, section 3, "Rules of the field").
type Disposition string

// The dispositions.
const (
	Connected Disposition = "Connected"
	NoAnswer  Disposition = "No Answer"
	Busy      Disposition = "Busy"
	Failed    Disposition = "Failed"
	Canceled  Disposition = "Canceled"
	Completed Disposition = "Completed"
)

// Dispositions are all dispositions, in the order in which they are told.
func Dispositions() []Disposition {
	return []Disposition{Connected, NoAnswer, Busy, Failed, Canceled, Completed}
}

// Reached tells whether the person was: such a contact is not tried again in the run.
func (d Disposition) Reached() bool { return d == Connected || d == Completed }

// Attempt is what a dialer tells of one try to reach a contact.
type Attempt struct {
	Outcome     Disposition
	Disposition []string // the agent's codes
	SessionID   string
	Status      string // of the flow: the contract's botOutboundStatus
	Detail      string // the contract's botOutboundStatusDetail
	Duration    time.Duration
}

// Claim is a contact that was handed out to a dialer, to be dialled before it runs
// out.
type Claim struct {
	ID         string
	RunID      string
	CampaignID string
	Channel    Channel // how the person is to be reached
	List       Named
	ContactID  string
	Contact    Contact
	Number     phone.Number
	Attempt    int       // which attempt this will be, from 1
	LeaseUntil time.Time // after that the contact is handed out again
	Closes     time.Time // when the contact's calling hours end
	Agent      string
}
