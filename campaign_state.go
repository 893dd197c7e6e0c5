package rollcall

import (
	"fmt"
	"slices"
	"strings"
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

// CampaignStatuses are all states, in the order in which they are told.
func CampaignStatuses() []CampaignStatus {
	return []CampaignStatus{CampaignPreparing, CampaignReady, CampaignScheduled, CampaignRescheduled, CampaignActive, CampaignPaused, CampaignStopped, CampaignCompleted}
}

// CampaignStep is something that happens to a campaign.
type CampaignStep string

// The steps. Those that are not a user's are the server's own.
const (
	StepPlay     CampaignStep = "play"
	StepStop     CampaignStep = "stop"
	StepPause    CampaignStep = "pause"
	StepResume   CampaignStep = "resume"
	StepEdit     CampaignStep = "edit"
	StepDelete   CampaignStep = "delete"
	StepSchedule CampaignStep = "schedule"   // set or change the schedule
	StepUnplan   CampaignStep = "unschedule" // take it away
	StepScrubbed CampaignStep = "scrubbed"   // the server's: its lists were held against the DNC lists
	StepComplete CampaignStep = "complete"   // the server's: nothing is left to try
	StepRecur    CampaignStep = "recur"      // the server's: nothing is left to try, and the schedule has another run to come
)

// CampaignSteps are all steps, in the order in which they are told.
func CampaignSteps() []CampaignStep {
	return []CampaignStep{StepPlay, StepStop, StepPause, StepResume, StepEdit, StepDelete, StepSchedule, StepUnplan, StepScrubbed, StepComplete, StepRecur}
}

// unasked are the steps that nobody can ask for: the server's own.
var unasked = []CampaignStep{StepScrubbed, StepComplete, StepRecur}

// campaignSteps is the state machine: from each state, the steps that are allowed,
// and where they lead. An edit makes a voice campaign be scrubbed anew; see
// [Campaign.Step]. The documentation prints this table.
var campaignSteps = map[CampaignStatus]map[CampaignStep]CampaignStatus{
	CampaignPreparing: {
		StepScrubbed: CampaignReady, StepEdit: CampaignPreparing, StepDelete: CampaignPreparing, StepSchedule: CampaignPreparing, StepUnplan: CampaignPreparing,
	},
	CampaignReady: {
		StepPlay: CampaignActive, StepEdit: CampaignPreparing, StepDelete: CampaignReady, StepSchedule: CampaignScheduled, StepUnplan: CampaignReady, StepScrubbed: CampaignReady,
	},
	CampaignScheduled: {
		StepPlay: CampaignActive, StepEdit: CampaignPreparing, StepDelete: CampaignScheduled, StepSchedule: CampaignRescheduled, StepUnplan: CampaignReady, StepScrubbed: CampaignScheduled,
	},
	CampaignRescheduled: {
		StepPlay: CampaignActive, StepEdit: CampaignPreparing, StepDelete: CampaignRescheduled, StepSchedule: CampaignRescheduled, StepUnplan: CampaignReady, StepScrubbed: CampaignRescheduled,
	},
	CampaignActive: {
		StepPause: CampaignPaused, StepStop: CampaignStopped, StepComplete: CampaignCompleted, StepRecur: CampaignScheduled, StepUnplan: CampaignActive, StepScrubbed: CampaignActive,
	},
	CampaignPaused: {
		StepResume: CampaignActive, StepStop: CampaignStopped, StepComplete: CampaignCompleted, StepRecur: CampaignScheduled, StepUnplan: CampaignPaused, StepScrubbed: CampaignPaused,
	},
	CampaignStopped: {
		StepPlay: CampaignActive, StepEdit: CampaignPreparing, StepDelete: CampaignStopped, StepSchedule: CampaignRescheduled, StepUnplan: CampaignStopped, StepScrubbed: CampaignStopped,
	},
	CampaignCompleted: {
		StepPlay: CampaignActive, StepEdit: CampaignPreparing, StepDelete: CampaignCompleted, StepSchedule: CampaignRescheduled, StepUnplan: CampaignCompleted, StepScrubbed: CampaignCompleted,
	},
}

// After gives the state that a step leads to; false where it is not allowed.
func (s CampaignStatus) After(step CampaignStep) (CampaignStatus, bool) {
	next, ok := campaignSteps[s][step]
	return next, ok
}

// Steps are what a user may do with a campaign in this state.
func (s CampaignStatus) Steps() []CampaignStep {
	var steps []CampaignStep
	for _, step := range CampaignSteps() {
		if _, ok := s.After(step); ok && !slices.Contains(unasked, step) {
			steps = append(steps, step)
		}
	}
	return steps
}

// Step takes a campaign a step further. A refused step says which are allowed.
// SMS campaigns have nothing to prepare: an edit leaves them Ready. What would be
// Ready while its schedule is on is Scheduled.
func (c *Campaign) Step(step CampaignStep) error {
	next, ok := c.Status.After(step)
	if !ok {
		return c.refuse(step)
	}
	if c.Channel == ChannelSMS && next == CampaignPreparing {
		next = CampaignReady
	}
	if next == CampaignReady && step != StepUnplan && c.Schedule.Enabled {
		next = CampaignScheduled
	}
	c.Status = next
	return nil
}

func (c *Campaign) refuse(step CampaignStep) error {
	var allowed []string
	for _, s := range c.Status.Steps() {
		if s != StepUnplan || c.Schedule.Enabled {
			allowed = append(allowed, string(s))
		}
	}
	can := "it can only be waited for"
	if len(allowed) > 0 {
		can = "allowed now: " + strings.Join(allowed, ", ")
	}
	return Conflict(ReasonInvalidState, fmt.Sprintf("The campaign %s is %s, which does not allow %s; %s.", c.Name, c.Status, step, can))
}
