package api

import (
	"bytes"
	"context"
	"strings"

	"rollcall"
	"rollcall/store"
)

// triggered is the answer to a trigger: no envelope, and status is the campaign's
// (contract, section 3, "Running").
type triggered struct {
	Status              string    `json:"status" enum:"Active,Paused,Stopped" doc:"Of the campaign, by now."`
	Message             string    `json:"message"`
	TotalCallsCompleted *int      `json:"totalCallsCompleted,omitempty" doc:"Of a start: 0."`
	UpdatedAt           timestamp `json:"updatedAt"`
	CampaignInstanceID  string    `json:"campaignInstanceId" doc:"The run."`
}

var triggerMessages = map[rollcall.CampaignStep]string{
	rollcall.StepPlay: "Campaign Started", rollcall.StepStop: "Campaign Stopped", rollcall.StepPause: "Campaign Paused", rollcall.StepResume: "Campaign Resumed",
}

// triggerCampaign starts, stops, pauses or resumes a campaign.
func (a *API) triggerCampaign(ctx context.Context, c *call) (reply, error) {
	id, err := c.campaignID()
	if err != nil {
		return reply{}, err
	}
	text, _, err := queryValue(c.URL.RawQuery, "trigger")
	step := rollcall.CampaignStep(text)
	if err == nil && triggerMessages[step] == "" {
		err = rollcall.Invalid("query.trigger", "The trigger must be play, stop, pause or resume.")
	}
	channel, channelErr := channelOf(c)
	if channelErr == nil && channel == "" {
		channelErr = errChannelMissing
	}
	if err := firstOfEach(err, channelErr); err != nil {
		return reply{}, err
	}
	campaign, err := a.config.Store.TriggerCampaign(ctx, c.owner(), id, channel, step, c.user(), a.config.Now())
	if err != nil {
		return reply{}, err
	}
	answer := triggered{Status: string(campaign.Status), Message: triggerMessages[step], UpdatedAt: timestamp(campaign.Run.UpdatedAt), CampaignInstanceID: campaign.Run.ID}
	if step == rollcall.StepPlay {
		answer.TotalCallsCompleted = new(int)
	}
	return reply{body: encodeJSON(&bytes.Buffer{}, answer)}, nil
}

// campaignID gives the path's id. What cannot be an id is not found without asking.
func (c *call) campaignID() (string, error) {
	id := c.PathValue("campaignId")
	if !isCampaignID(id) {
		return "", rollcall.NotFound("There is no campaign with this id.")
	}
	return id, nil
}

func isCampaignID(id string) bool {
	return len(id) <= maxID && strings.HasPrefix(id, rollcall.PrefixCampaign) && !strings.ContainsFunc(id, notInRequestID)
}

// campaignStatus is data of getCampaignStatus with view=status.
type campaignStatus struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Name   string `json:"name"`
}

// dialledPage is data of getCampaignStatus with view=contacts.
type dialledPage struct {
	Results      []dialledContact `json:"results" nullable:"false"`
	Page         int              `json:"page"`
	Limit        int              `json:"limit"`
	TotalPages   int64            `json:"totalPages"`
	TotalResults int64            `json:"totalResults"`
}

type dialledContact struct {
	PhoneNumber             string   `json:"phoneNumber"`
	UniqueID                string   `json:"uniqueId"`
	DialerOutcome           string   `json:"dialerOutcome"`
	NumberOfAttempts        int      `json:"numberOfAttemptsSoFar"`
	BotSessionID            string   `json:"botSessionId"`
	AgentDispositionCodes   []string `json:"agentDispositionCodes" nullable:"false"`
	BotOutboundStatus       string   `json:"botOutboundStatus"`
	BotOutboundStatusDetail string   `json:"botOutboundStatusDetail"`
}

type dialledQuery struct {
	Page  *int `json:"page" required:"false" minimum:"1" default:"1"`
	Limit *int `json:"limit" required:"false" minimum:"1" maximum:"100" default:"10"`
}

// getCampaignStatus tells where a campaign stands, or whom its newest run dialled.
func (a *API) getCampaignStatus(ctx context.Context, c *call) (reply, error) {
	view, _, err := queryValue(c.URL.RawQuery, "view")
	if err == nil && view != "status" && view != "contacts" {
		err = rollcall.Invalid("query.view", "The view must be status or contacts.")
	}
	id, idErr := c.campaignID()
	if err := firstOfEach(err, idErr); err != nil {
		return reply{}, err
	}
	if view == "status" {
		campaign, err := a.config.Store.Campaign(ctx, c.owner(), id)
		if err != nil {
			return reply{}, err
		}
		return reply{data: campaignStatus{campaign.ID, string(campaign.Status), campaign.Name}}, nil
	}
	var q dialledQuery
	if err := c.readInto(&q); err != nil {
		return reply{}, err
	}
	page, limit := 1, 10
	if q.Page != nil {
		page = *q.Page
	}
	if q.Limit != nil {
		limit = *q.Limit
	}
	if page < 1 || page > maxPage || limit < 1 || limit > 100 {
		return reply{}, rollcall.Invalid("body", "The page must be 1 or more, the limit from 1 to 100.")
	}
	found, total, err := a.config.Store.Dialled(ctx, c.owner(), id, page, limit)
	if err != nil {
		return reply{}, err
	}
	out := dialledPage{Results: []dialledContact{}, Page: page, Limit: limit, TotalPages: (total + int64(limit) - 1) / int64(limit), TotalResults: total}
	for _, d := range found {
		codes := append([]string{}, d.Last.Disposition...)
		out.Results = append(out.Results, dialledContact{d.PhoneNumber, d.UniqueID, string(d.Last.Outcome), d.Attempts, d.Last.SessionID, codes, d.Last.Status, d.Last.Detail})
	}
	return reply{data: out}, nil
}

// readInto decodes a body that must be an object.
func (c *call) readInto(into any) error {
	object, err := c.readObject()
	if err != nil {
		return err
	}
	return within("body", decodeMembers(object, into))
}

// runResult is a run in data of getRuns.
type runResult struct {
	CampaignInstanceID string           `json:"campaignInstanceId"`
	Status             string           `json:"status" enum:"Active,Paused,Stopped,Completed"`
	StartedAt          timestamp        `json:"startedAt"`
	EndedAt            *timestamp       `json:"endedAt,omitempty"`
	StartedBy          string           `json:"startedBy"`
	Walked             int64            `json:"walked" doc:"Contacts that were looked at. leased, waiting and done add up to it."`
	Leased             int64            `json:"leased" doc:"Contacts that are handed out."`
	Waiting            int64            `json:"waiting" doc:"Contacts that wait for their hours or their next attempt."`
	Done               map[string]int64 `json:"done" doc:"Contacts of which no more is tried, by reason."`
	Attempts           map[string]int64 `json:"attempts" doc:"Attempts that were told, by disposition."`
	Connected          int64            `json:"connected" doc:"Attempts that reached the person."`
	Unconnected        int64            `json:"unconnected" doc:"Attempts that did not, with those that were skipped or lapsed."`
	Skipped            int64            `json:"skipped" doc:"Of Preview campaigns: contacts that agents passed over."`
	Lapsed             int64            `json:"lapsed" doc:"Of Preview campaigns: contacts that an agent had and did not dial in time."`
	AverageDurationMS  int64            `json:"averageDurationMs" doc:"Of all attempts."`
}

// maxRuns is how many runs getRuns gives at once at most.
const maxRuns = 100

// getRuns gives the runs of a campaign, the newest first.
func (a *API) getRuns(ctx context.Context, c *call) (reply, error) {
	id, err := c.campaignID()
	if err != nil {
		return reply{}, err
	}
	page, pageErr := queryNumber(c.URL.RawQuery, "page", 1, 1, maxPage)
	limit, limitErr := queryNumber(c.URL.RawQuery, "limit", maxRuns, 1, maxRuns)
	if err := firstOfEach(pageErr, limitErr); err != nil {
		return reply{}, err
	}
	runs, err := a.config.Store.Runs(ctx, c.owner(), id, (page-1)*limit, int(limit))
	if err != nil {
		return reply{}, err
	}
	out := []runResult{}
	for _, run := range runs {
		out = append(out, encodeRun(run))
	}
	return reply{message: "Runs retrieved successfully", data: out}, nil
}

func encodeRun(run *store.RunSummary) runResult {
	out := runResult{CampaignInstanceID: run.ID, Status: string(run.State), StartedAt: timestamp(run.StartedAt), StartedBy: run.StartedBy, Walked: run.Walked,
		Leased: run.Leased, Waiting: run.Waiting, Done: map[string]int64{}, Attempts: map[string]int64{}, Skipped: run.Skipped, Lapsed: run.Lapsed}
	if !run.EndedAt.IsZero() {
		ended := timestamp(run.EndedAt)
		out.EndedAt = &ended
	}
	for reason, n := range run.Done {
		out.Done[string(reason)] = n
	}
	for d, n := range run.Outcomes {
		out.Attempts[string(d)] = n
		if d.Reached() {
			out.Connected += n
		} else {
			out.Unconnected += n
		}
	}
	if told := out.Connected + out.Unconnected; told > 0 {
		out.AverageDurationMS = run.DurationMS / told
	}
	out.Unconnected += run.Skipped + run.Lapsed
	return out
}
