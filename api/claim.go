package api

import (
	"context"
	"encoding/json"
	"time"

	"rollcall"
	"rollcall/store"
)

// claimQuery is the body of claimContacts and claimShared.
type claimQuery struct {
	Limit        int     `json:"limit" minimum:"1" maximum:"1000" doc:"How many contacts to hand out at most."`
	LeaseSeconds *int    `json:"leaseSeconds" required:"false" minimum:"5" maximum:"3600" doc:"How long they are the dialer's. Absent: 60. In Preview it is 30 at most: so long an agent has to dial or skip; who dials extends the claim."`
	Agent        *string `json:"agent" required:"false" maxLength:"128" doc:"Who sees the contacts first; needed in Preview."`
	FreeAgents   *int    `json:"freeAgents" required:"false" minimum:"0" doc:"How many agents are free; needed in Progressive, of which no more contacts are handed out."`
	CampaignType *string `json:"campaignType" required:"false" enum:"voice,sms" doc:"Only contacts of campaigns of this type. Absent: of any."`
}

func (q *claimQuery) domain() rollcall.ClaimRequest {
	return rollcall.ClaimRequest{Limit: q.Limit, Lease: time.Duration(deref(q.LeaseSeconds)) * time.Second, Agent: deref(q.Agent), FreeAgents: q.FreeAgents, Channel: rollcall.Channel(deref(q.CampaignType))}
}

// claimAnswer is data of claimContacts and claimShared.
type claimAnswer struct {
	Claims []wireClaim `json:"claims" nullable:"false"`
	More   bool        `json:"more" doc:"Not all that may be due was looked at: ask again at once. Else wait some seconds."`
	Status string      `json:"status,omitempty" doc:"Of the campaign, by now: Completed, where nothing is left."`
}

type wireClaim struct {
	ClaimID            string          `json:"claimId"`
	CampaignID         string          `json:"campaignId"`
	CampaignInstanceID string          `json:"campaignInstanceId"`
	CampaignType       string          `json:"campaignType" enum:"voice,sms" doc:"How the person is to be reached."`
	Number             string          `json:"number" doc:"The number to dial, E.164."`
	Contact            json.RawMessage `json:"contact" doc:"The contact as getAllContacts gives it."`
	ContactListID      string          `json:"contactListId"`
	Attempt            int             `json:"attempt" doc:"Which attempt this will be, from 1."`
	LeaseUntil         timestamp       `json:"leaseUntil" doc:"After that the contact is handed out again."`
	Closes             *timestamp      `json:"closes,omitempty" doc:"When the contact's calling hours end; do not begin a call then or later."`
	Agent              string          `json:"agent,omitempty"`
}

// claimContacts hands out contacts of one campaign.
func (a *API) claimContacts(ctx context.Context, c *call) (reply, error) {
	id, err := c.campaignID()
	if err != nil {
		return reply{}, err
	}
	return a.claim(c, func(q rollcall.ClaimRequest) (*store.Claims, error) {
		return a.config.Store.Claim(ctx, c.owner(), id, q, a.config.Now())
	})
}

// claimShared hands out contacts of all campaigns that run.
func (a *API) claimShared(ctx context.Context, c *call) (reply, error) {
	return a.claim(c, func(q rollcall.ClaimRequest) (*store.Claims, error) {
		return a.config.Store.ClaimShared(ctx, c.owner(), q, a.config.Now())
	})
}

func (a *API) claim(c *call, hand func(rollcall.ClaimRequest) (*store.Claims, error)) (reply, error) {
	var body claimQuery
	if err := c.readInto(&body); err != nil {
		return reply{}, err
	}
	q := body.domain()
	if err := q.Validate(); err != nil {
		return reply{}, within("body", err)
	}
	if body.LeaseSeconds != nil {
		if err := rollcall.CheckLease(q.Lease); err != nil {
			return reply{}, within("body", err)
		}
	}
	got, err := hand(q)
	if err != nil {
		return reply{}, within("body", err)
	}
	out := claimAnswer{Claims: []wireClaim{}, More: got.More, Status: string(got.Status)}
	for i := range got.Claims {
		out.Claims = append(out.Claims, encodeClaim(&got.Claims[i]))
	}
	return reply{message: "Contacts handed out", data: out}, nil
}

func encodeClaim(k *rollcall.Claim) wireClaim {
	space, _, _ := rollcall.ParseContactID(k.ContactID)
	out := wireClaim{ClaimID: k.ID, CampaignID: k.CampaignID, CampaignInstanceID: k.RunID, CampaignType: string(k.Channel), Number: k.Number.String(), Contact: appendContact(nil, space, &k.Contact),
		ContactListID: k.List.ID, Attempt: k.Attempt, LeaseUntil: timestamp(k.LeaseUntil), Agent: k.Agent}
	if !k.Closes.IsZero() {
		closes := timestamp(k.Closes)
		out.Closes = &closes
	}
	return out
}

// outcomeBody is the body of recordOutcome.
type outcomeBody struct {
	DialerOutcome           string    `json:"dialerOutcome" enum:"Connected,No Answer,Busy,Failed,Canceled,Completed"`
	AgentDispositionCodes   *[]string `json:"agentDispositionCodes" required:"false" nullable:"false"`
	BotSessionID            *string   `json:"botSessionId" required:"false"`
	BotOutboundStatus       *string   `json:"botOutboundStatus" required:"false"`
	BotOutboundStatusDetail *string   `json:"botOutboundStatusDetail" required:"false"`
	DurationMS              *int      `json:"durationMs" required:"false" minimum:"0" maximum:"86400000"`
}

// claimOutcome is data of recordOutcome and skipClaim.
type claimOutcome struct {
	State       string     `json:"state" enum:"waiting,done" doc:"How the contact stands now."`
	Reason      string     `json:"reason"`
	Attempts    int        `json:"attempts" doc:"Attempts so far."`
	NextAttempt *timestamp `json:"nextAttempt,omitempty" doc:"Not before then."`
	Late        bool       `json:"late" doc:"The claim had run out or was withdrawn; the attempt counts all the same."`
}

func outcomeReply(message string, o *store.Outcome) reply {
	out := claimOutcome{State: string(o.Standing.State), Reason: string(o.Standing.Reason), Attempts: o.Standing.Attempts, Late: o.Late}
	if o.Standing.State == rollcall.ContactWaiting {
		due := timestamp(o.Standing.Due)
		out.NextAttempt = &due
	}
	return reply{message: message, data: out}
}

// recordOutcome notes how an attempt ended.
func (a *API) recordOutcome(ctx context.Context, c *call) (reply, error) {
	var body outcomeBody
	if err := c.readInto(&body); err != nil {
		return reply{}, err
	}
	attempt := rollcall.Attempt{Outcome: rollcall.Disposition(body.DialerOutcome), Disposition: deref(body.AgentDispositionCodes), SessionID: deref(body.BotSessionID),
		Status: deref(body.BotOutboundStatus), Detail: deref(body.BotOutboundStatusDetail), Duration: time.Duration(deref(body.DurationMS)) * time.Millisecond}
	out, err := a.config.Store.RecordOutcome(ctx, c.owner(), c.PathValue("claimId"), attempt, a.config.Now())
	if err != nil {
		return reply{}, within("body", err)
	}
	return outcomeReply("Outcome recorded", out), nil
}

type leaseBody struct {
	LeaseSeconds int `json:"leaseSeconds" minimum:"5" maximum:"3600" doc:"How long the claim lasts, from now on."`
}

type leaseAnswer struct {
	LeaseUntil timestamp `json:"leaseUntil"`
}

// extendClaim lets a claim last longer.
func (a *API) extendClaim(ctx context.Context, c *call) (reply, error) {
	var body leaseBody
	if err := c.readInto(&body); err != nil {
		return reply{}, err
	}
	until, err := a.config.Store.ExtendClaim(ctx, c.owner(), c.PathValue("claimId"), time.Duration(body.LeaseSeconds)*time.Second, a.config.Now())
	if err != nil {
		return reply{}, within("body", err)
	}
	return reply{message: "Claim extended", data: leaseAnswer{timestamp(until)}}, nil
}

type released struct {
	ClaimID string `json:"claimId"`
}

// releaseClaim gives a contact back that was not dialled.
func (a *API) releaseClaim(ctx context.Context, c *call) (reply, error) {
	id := c.PathValue("claimId")
	if err := a.config.Store.ReleaseClaim(ctx, c.owner(), id, a.config.Now()); err != nil {
		return reply{}, err
	}
	return reply{message: "Claim released", data: released{id}}, nil
}

// skipClaim passes a contact of a Preview campaign over.
func (a *API) skipClaim(ctx context.Context, c *call) (reply, error) {
	out, err := a.config.Store.SkipClaim(ctx, c.owner(), c.PathValue("claimId"), a.config.Now())
	if err != nil {
		return reply{}, err
	}
	return outcomeReply("Contact skipped", out), nil
}
