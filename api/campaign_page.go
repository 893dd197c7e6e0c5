package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall"
)

// campaignQuestion is the body of getAllCampaignDetails.
type campaignQuestion struct {
	Type      string             `json:"type" enum:"voice,sms" example:"voice"`
	Skip      *maybeNumber       `json:"skip" required:"false"`
	Page      *maybeNumber       `json:"page" required:"false"`
	Limit     *maybeNumber       `json:"limit" required:"false"`
	StartDate *string            `json:"startDate" required:"false" example:"2026-11-01" doc:"Campaigns created from then on: a day (UTC) or a time."`
	EndDate   *string            `json:"endDate" required:"false" example:"2026-11-30" doc:"Campaigns created until the end of that day, or that time."`
	SortBy    *map[string]string `json:"sortBy" required:"false" example:"{\"name\":\"asc\"}" doc:"One of name, createdAt, updatedAt, with asc or desc. Absent: createdAt, the newest first."`
	Filters   *campaignFilters   `json:"filters" required:"false"`
}

type campaignFilters struct {
	Status      *[]string        `json:"status" required:"false" nullable:"false" example:"[\"Ready\"]"`
	Priority    *json.RawMessage `json:"priority" required:"false" doc:"Numbers from 1 to 5."`
	DialingMode *[]string        `json:"dialingMode" required:"false" nullable:"false" example:"[\"Agentless\"]"`
}

// maybeNumber takes a number, the text of one, and "" for none.
type maybeNumber string

// UnmarshalJSON takes a number, the text of one, and "".
func (m *maybeNumber) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if n, err := strconv.ParseInt(text, 10, 64); text != "" && (err != nil || n < 0) {
		return errors.New("not a whole number")
	}
	*m = maybeNumber(text)
	return nil
}

func (maybeNumber) kind() string { return `a whole number from 0, or "" for the default` }

// or gives the number, or what counts where none was given.
func (m *maybeNumber) or(fallback int64) int64 {
	if m == nil || *m == "" {
		return fallback
	}
	n, _ := strconv.ParseInt(string(*m), 10, 64) // it was read before
	return n
}

// filter is what the body asks for.
func (q *campaignQuestion) filter() (rollcall.CampaignFilter, error) {
	f := rollcall.CampaignFilter{Channel: rollcall.Channel(q.Type), Sort: rollcall.SortByCreated, Descending: true, Limit: int(min(q.Limit.or(defaultPageSize), maxPageSize+1))}
	var errs []error
	refuse := func(field, message string) { errs = append(errs, rollcall.Invalid(field, message)) }
	if f.Channel != rollcall.ChannelVoice && f.Channel != rollcall.ChannelSMS {
		refuse("type", "The type is required: voice or sms.")
	}
	if f.Limit < 1 || f.Limit > maxPageSize {
		refuse("limit", fmt.Sprintf("The limit must be from 1 to %d.", maxPageSize))
	}
	f.Skip = q.Skip.or(0)
	if page := q.Page.or(0); page > 0 && q.Skip.or(0) == 0 {
		f.Skip = (min(page, maxPage) - 1) * int64(f.Limit)
	}
	f.From, f.To = q.dates(refuse)
	q.order(&f, refuse)
	if q.Filters != nil {
		q.Filters.into(&f, refuse)
	}
	return f, errors.Join(errs...)
}

func (q *campaignQuestion) dates(refuse func(field, message string)) (from, to time.Time) {
	for _, d := range []struct {
		name string
		text *string
		into *time.Time
		end  bool
	}{{"startDate", q.StartDate, &from, false}, {"endDate", q.EndDate, &to, true}} {
		if deref(d.text) == "" {
			continue
		}
		begin, end, err := moment(*d.text, time.Time{})
		if err != nil {
			refuse(d.name, "The "+d.name+" must be a day such as 2026-11-02, or a time such as 2026-11-02T12:00:00Z.")
		}
		if *d.into = begin; d.end {
			*d.into = end
		}
	}
	return from, to
}

func (q *campaignQuestion) order(f *rollcall.CampaignFilter, refuse func(field, message string)) {
	if len(deref(q.SortBy)) > 1 {
		refuse("sortBy", "The sortBy names one field.")
	}
	for name, direction := range deref(q.SortBy) {
		f.Sort, f.Descending = rollcall.CampaignSort(name), direction == "desc"
		if !slices.Contains([]rollcall.CampaignSort{rollcall.SortByName, rollcall.SortByCreated, rollcall.SortByUpdated}, f.Sort) || direction != "asc" && direction != "desc" {
			refuse("sortBy", "The sortBy must be name, createdAt or updatedAt with asc or desc.")
		}
	}
}

func (w *campaignFilters) into(f *rollcall.CampaignFilter, refuse func(field, message string)) {
	for _, s := range deref(w.Status) {
		if !slices.Contains(rollcall.CampaignStatuses(), rollcall.CampaignStatus(s)) {
			refuse("filters.status", "There is no status "+strconv.Quote(s[:min(len(s), longestName)])+".")
		}
		f.Statuses = append(f.Statuses, rollcall.CampaignStatus(s))
	}
	for _, m := range deref(w.DialingMode) {
		if !slices.Contains([]rollcall.DialingMode{rollcall.ModeAgentless, rollcall.ModeProgressive, rollcall.ModePreview}, rollcall.DialingMode(m)) {
			refuse("filters.dialingMode", "The dialingMode must be Agentless, Progressive or Preview.")
		}
		f.DialingModes = append(f.DialingModes, rollcall.DialingMode(m))
	}
	if w.Priority == nil {
		return
	}
	var numbers []textOrNumber
	known := json.Unmarshal(*w.Priority, &numbers) == nil
	for _, n := range numbers {
		number, err := strconv.Atoi(string(n))
		known = known && err == nil && number >= 1 && number <= rollcall.MaxCampaignPriority
		f.Priorities = append(f.Priorities, number)
	}
	if !known {
		refuse("filters.priority", "The priority must be an array of numbers from 1 to 5.")
	}
}

// campaignPage is the data of getAllCampaignDetails' answer.
type campaignPage struct {
	Results      []listedCampaign `json:"results" nullable:"false"`
	Skip         int64            `json:"skip" example:"0"`
	Limit        int              `json:"limit" example:"50"`
	HasMore      bool             `json:"hasMore" example:"false"`
	TotalPages   int64            `json:"totalPages" example:"1"`
	TotalResults int64            `json:"totalResults" example:"1"`
}

// listedCampaign is a campaign among others.
type listedCampaign struct {
	ID                        string       `json:"_id,omitempty" example:"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c" doc:"Of a voice campaign."`
	SMSID                     string       `json:"id,omitempty" example:"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c" doc:"Of an SMS campaign."`
	Name                      string       `json:"name" example:"Billing Reminder"`
	Description               string       `json:"description" example:"Reminds of open bills."`
	DNCLists                  *namedRef    `json:"dncLists,omitempty"`
	Priority                  string       `json:"priority" example:"3"`
	DialingMode               string       `json:"dialingMode,omitempty" example:"Agentless"`
	Status                    string       `json:"status" enum:"Preparing,Ready,Scheduled,Rescheduled,Active,Paused,Stopped,Completed" example:"Ready"`
	IsFiltersEnabled          *bool        `json:"isFiltersEnabled,omitempty" example:"false" doc:"Of a voice campaign."`
	CreatedAt                 timestamp    `json:"createdAt"`
	UpdatedAt                 timestamp    `json:"updatedAt"`
	CampaignInstanceUpdatedAt *timestamp   `json:"campaignInstanceUpdatedAt,omitempty" doc:"When its newest run changed its state; absent where it never ran."`
	Schedule                  listedPlan   `json:"schedule"`
	Connection                string       `json:"connection,omitempty" example:"Agents" doc:"Of a voice campaign: the queue's or the flow's name."`
	ContactLists              []string     `json:"contactLists" nullable:"false" example:"[\"Renewal Due - July 2025\"]"`
	Message                   *wireMessage `json:"message,omitempty"`
	ExperienceFlow            string       `json:"experienceFlow,omitempty" example:"cf-7d4a1c52-7b64-4e21-8000-00000000002a"`
	TotalMessagesSent         *int64       `json:"totalMessagesSent,omitempty" example:"0" doc:"Of an SMS campaign: attempts of all its runs whose outcome is Connected or Completed."`
	CampaignExecutionType     string       `json:"campaignExecutionType,omitempty" enum:"NORMAL" example:"NORMAL" doc:"Of an SMS campaign."`
	Format                    string       `json:"format,omitempty" enum:"simple,advanced" example:"simple"`
}

type listedPlan struct {
	IsSchedulingEnabled bool `json:"isSchedulingEnabled" example:"false"`
	IsRecurrenceEnabled bool `json:"isRecurrenceEnabled" example:"false"`
}

// getAllCampaignDetails gives a page of the campaigns of one type.
func (a *API) getAllCampaignDetails(ctx context.Context, c *call) (reply, error) {
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	var body campaignQuestion
	decodeErr := decodeMembers(object, &body)
	filter, err := body.filter()
	if err := firstOfEach(decodeErr, err); err != nil {
		return reply{}, within("body", err)
	}
	found, total, err := a.config.Store.Campaigns(ctx, c.owner(), filter)
	if err != nil {
		return reply{}, err
	}
	limit := int64(filter.Limit)
	page := campaignPage{
		Results: make([]listedCampaign, len(found)), Skip: filter.Skip, Limit: filter.Limit, TotalResults: total,
		TotalPages: (total + limit - 1) / limit, HasMore: filter.Skip+int64(len(found)) < total,
	}
	for i, found := range found {
		page.Results[i] = wireListed(found)
	}
	return reply{message: "Campaign  retrieved successfully", data: page}, nil // the contract's two spaces
}

func wireListed(c *rollcall.Campaign) listedCampaign {
	w := listedCampaign{
		Name: c.Name, Description: c.Description, DNCLists: dncRef(c), Priority: strconv.Itoa(c.Priority), DialingMode: string(c.DialingMode), Status: string(c.Status),
		CreatedAt: timestamp(c.CreatedAt), UpdatedAt: timestamp(c.UpdatedAt), ContactLists: listNames(c),
		Schedule: listedPlan{IsSchedulingEnabled: c.Schedule.Enabled, IsRecurrenceEnabled: c.Schedule.Enabled && c.Schedule.Recur != ""},
	}
	if c.Run.ID != "" {
		at := timestamp(c.Run.UpdatedAt)
		w.CampaignInstanceUpdatedAt = &at
	}
	if c.Channel == rollcall.ChannelVoice {
		w.ID, w.IsFiltersEnabled, w.Connection = c.ID, new(bool), c.Plan.Queue.Name+c.Plan.Flow.Name // it has one of them
		return w
	}
	w.SMSID, w.TotalMessagesSent, w.CampaignExecutionType, w.Format = c.ID, &c.MessagesSent, "NORMAL", string(c.Plan.Format)
	w.Message, w.ExperienceFlow = messageOf(c), c.Plan.Flow.ID
	return w
}
