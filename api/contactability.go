package api

import (
	"context"
	"errors"

	"rollcall"
	"rollcall/phone"
)

// contactabilityAnswer is data of getContactability.
type contactabilityAnswer struct {
	At         timestamp              `json:"at"`
	Total      int64                  `json:"total" doc:"Contacts of the campaign's lists. now, laterToday, later and never add up to it."`
	Now        int64                  `json:"now"`
	LaterToday int64                  `json:"laterToday" doc:"Their hours open on the day that it is at their place."`
	Later      int64                  `json:"later" doc:"Their hours open on another day."`
	Never      int64                  `json:"never"`
	ByReason   []contactabilityReason `json:"byReason" nullable:"false" doc:"What each of the four is made of."`
}

type contactabilityReason struct {
	When     string     `json:"when" enum:"now,laterToday,later,never"`
	Reason   string     `json:"reason" enum:"open,outside_hours,no_time_zone,never_open,dnc" doc:"A holiday is outside the hours."`
	Contacts int64      `json:"contacts"`
	OpensAt  *timestamp `json:"opensAt,omitempty" doc:"When their hours open."`
	DNC      *dncReason `json:"dnc,omitempty" doc:"Which DNC list blocks them, and how. A contact that several entries block counts once: for a whole number before a prefix, then for the campaign's own list before global ones."`
}

type dncReason struct {
	ContactListID string `json:"contactListId"`
	Name          string `json:"name"`
	IsGlobalDNC   bool   `json:"isGlobalDNC"`
	Prefix        bool   `json:"prefix" doc:"By a prefix; else by whole numbers."`
}

// getContactability tells how many contacts of a campaign can be called now, later
// and never.
func (a *API) getContactability(ctx context.Context, c *call) (reply, error) {
	id, err := c.campaignID()
	text, _, atErr := queryValue(c.URL.RawQuery, "at")
	at, _, momentErr := moment(text, a.config.Now())
	if err := firstOfEach(atErr, within("query", momentErr), err); err != nil {
		return reply{}, err
	}
	found, err := a.config.Store.Contactability(ctx, c.owner(), id, at)
	if err != nil {
		return reply{}, err
	}
	out := contactabilityAnswer{At: timestamp(found.At), Total: found.Total, Now: found.Counts[rollcall.WhenNow], LaterToday: found.Counts[rollcall.WhenLaterToday],
		Later: found.Counts[rollcall.WhenLater], Never: found.Counts[rollcall.WhenNever], ByReason: []contactabilityReason{}}
	for i := range found.ByReason {
		n := &found.ByReason[i]
		r := contactabilityReason{When: string(n.When), Reason: string(n.Reason), Contacts: n.Contacts, OpensAt: timeOrAbsent(n.OpensAt)}
		if n.DNC != nil {
			r.DNC = &dncReason{n.DNC.ListID, n.DNC.ListName, n.DNC.Global, n.DNC.Prefix}
		}
		out.ByReason = append(out.ByReason, r)
	}
	return reply{message: "Contactability retrieved successfully", data: out}, nil
}

// fateQuestion is the body of lookUpContactability.
type fateQuestion struct {
	PhoneNumber string  `json:"phoneNumber" example:"(415) 555-0123" doc:"In any spelling."`
	Region      *string `json:"region" required:"false" pattern:"^([A-Z]{2})?$" example:"US" doc:"The country (ISO 3166-1) in whose national form it may be written. Absent: the country code is needed."`
}

// fateAnswer is data of lookUpContactability.
type fateAnswer struct {
	PhoneNumber string        `json:"phoneNumber" doc:"As it was sent."`
	E164        string        `json:"e164"`
	At          timestamp     `json:"at"`
	CampaignID  string        `json:"campaignId"`
	Status      string        `json:"status" doc:"Of the campaign."`
	InLists     bool          `json:"inLists" doc:"The number is in one of the campaign's lists now. Of an erased person: false."`
	When        string        `json:"when,omitempty" enum:"never" doc:"Of an erased person, of whom nothing else is told; else absent."`
	Reason      string        `json:"reason,omitempty" enum:"erased" doc:"As in recordOutcome and getRuns. Absent where when is."`
	Explanation string        `json:"explanation,omitempty" doc:"Of a number that is in none of them, and of an erased person."`
	Contacts    []contactFate `json:"contacts" nullable:"false" doc:"Those of the campaign's lists that have the number, by list; at most 100 of each."`
	Gone        []runFate     `json:"gone" nullable:"false" doc:"What the newest run, and up to ten before, did with contacts that had the number and are not in the lists any more: deleted since, replaced by a file, or given another number."`
}

type contactFate struct {
	ContactListID   string    `json:"contactListId"`
	ContactListName string    `json:"contactListName"`
	ContactID       string    `json:"contactId"`
	TimeZone        string    `json:"timeZone,omitempty" doc:"Whose clock counts."`
	TimeZoneFrom    string    `json:"timeZoneFrom" enum:"contact,number,campaign,none" doc:"Where it comes from."`
	Verdict         verdict   `json:"verdict" doc:"Whether it can be called now."`
	Runs            []runFate `json:"runs" nullable:"false" doc:"How it stands in the newest run, and stood in up to ten before."`
}

type verdict struct {
	When        string     `json:"when" enum:"now,laterToday,later,never"`
	Reason      string     `json:"reason" enum:"open,outside_hours,no_time_zone,never_open,dnc"`
	Explanation string     `json:"explanation"`
	OpensAt     *timestamp `json:"opensAt,omitempty"`
	ClosesAt    *timestamp `json:"closesAt,omitempty" doc:"Absent where its hours are not open, or do not end within eight days."`
	DNC         []dncEntry `json:"dnc" nullable:"false" doc:"The entries that block it: since when, and who entered them."`
}

type runFate struct {
	CampaignInstanceID string        `json:"campaignInstanceId"`
	Status             string        `json:"status" enum:"Active,Paused,Stopped,Completed" doc:"Of the run."`
	StartedAt          timestamp     `json:"startedAt"`
	EndedAt            *timestamp    `json:"endedAt,omitempty"`
	State              string        `json:"state" enum:"notLookedAt,waiting,leased,done"`
	Reason             string        `json:"reason,omitempty" doc:"Why it waits, or why nothing more is tried: as in recordOutcome and getRuns."`
	Explanation        string        `json:"explanation" doc:"Why it was called, or why it was not."`
	DueAt              *timestamp    `json:"dueAt,omitempty" doc:"Waiting: not before then. Leased: until then."`
	ChangedAt          *timestamp    `json:"changedAt,omitempty" doc:"Since when it stands so."`
	Agent              string        `json:"agent,omitempty" doc:"Who it was handed out to last."`
	HandedOut          int64         `json:"handedOut" doc:"How often it was."`
	Attempts           []pastAttempt `json:"attempts" nullable:"false"`
	DNC                []dncEntry    `json:"dnc" nullable:"false" doc:"Of one that a DNC list took out: the entries that held the number then."`
}

type pastAttempt struct {
	Attempt                 int       `json:"attempt" doc:"From 1."`
	At                      timestamp `json:"at" doc:"When its outcome was told."`
	DialerOutcome           string    `json:"dialerOutcome"`
	AgentDispositionCodes   []string  `json:"agentDispositionCodes" nullable:"false"`
	Agent                   string    `json:"agent,omitempty"`
	DurationMS              int64     `json:"durationMs"`
	BotSessionID            string    `json:"botSessionId,omitempty"`
	BotOutboundStatus       string    `json:"botOutboundStatus,omitempty"`
	BotOutboundStatusDetail string    `json:"botOutboundStatusDetail,omitempty"`
}

// lookUpContactability tells why a number was called by a campaign, or why it was
// not.
func (a *API) lookUpContactability(ctx context.Context, c *call) (reply, error) {
	id, idErr := c.campaignID()
	var body fateQuestion
	err := c.readInto(&body)
	parser, regionErr := lookupParser(deref(body.Region))
	if err := firstOfEach(err, within("body", regionErr), idErr); err != nil {
		return reply{}, err
	}
	number, err := parser.Parse(body.PhoneNumber)
	if e, bad := errors.AsType[*phone.Error](err); bad {
		return reply{}, rollcall.Invalid("body.phoneNumber", e.Message)
	}
	fate, err := a.config.Store.NumberFate(ctx, c.owner(), id, number, a.config.Now())
	if err != nil {
		return reply{}, err
	}
	return reply{message: "Number looked up successfully", data: encodeFate(fate, body.PhoneNumber)}, nil
}

func encodeFate(fate *rollcall.NumberFate, sent string) fateAnswer {
	out := fateAnswer{PhoneNumber: sent, E164: fate.Number.String(), At: timestamp(fate.At), CampaignID: fate.Campaign.ID, Status: string(fate.Campaign.Status),
		InLists: len(fate.Contacts) > 0, Explanation: fate.Explain(), Contacts: []contactFate{}, Gone: []runFate{}}
	if v := fate.Verdict(); v != nil {
		out.When, out.Reason = string(v.When), string(v.Reason)
	}
	for i := range fate.Gone {
		out.Gone = append(out.Gone, encodeRunFate(&fate.Gone[i]))
	}
	for i := range fate.Contacts {
		f := &fate.Contacts[i]
		w := contactFate{ContactListID: f.List.ID, ContactListName: f.List.Name, ContactID: f.ContactID, TimeZone: f.Zone, TimeZoneFrom: string(f.ZoneFrom), Runs: []runFate{},
			Verdict: verdict{When: string(f.Verdict.When), Reason: string(f.Verdict.Reason), Explanation: f.Explain(), OpensAt: timeOrAbsent(f.Verdict.OpensAt),
				ClosesAt: timeOrAbsent(f.ClosesAt), DNC: wireEntries(f.Blocking)}}
		for j := range f.Runs {
			w.Runs = append(w.Runs, encodeRunFate(&f.Runs[j]))
		}
		out.Contacts = append(out.Contacts, w)
	}
	return out
}

func encodeRunFate(f *rollcall.RunFate) runFate {
	w := runFate{CampaignInstanceID: f.Run.ID, Status: string(f.Run.State), StartedAt: timestamp(f.Run.StartedAt), EndedAt: timeOrAbsent(f.Run.EndedAt),
		State: "notLookedAt", Explanation: f.Explain(), Attempts: []pastAttempt{}, DNC: wireEntries(f.Blocking)}
	if !f.Seen {
		return w
	}
	w.State, w.Reason, w.ChangedAt, w.Agent, w.HandedOut = string(f.State), string(f.Reason), timeOrAbsent(f.Changed), f.Agent, f.Claims
	if f.State != rollcall.ContactDone {
		w.DueAt = timeOrAbsent(f.Due)
	}
	for _, p := range f.Attempts {
		w.Attempts = append(w.Attempts, pastAttempt{Attempt: p.Number, At: timestamp(p.At), DialerOutcome: string(p.Outcome), AgentDispositionCodes: append([]string{}, p.Disposition...),
			Agent: p.Agent, DurationMS: p.Duration.Milliseconds(), BotSessionID: p.SessionID, BotOutboundStatus: p.Status, BotOutboundStatusDetail: p.Detail})
	}
	return w
}

func wireEntries(entries []rollcall.DNCEntry) []dncEntry {
	out := []dncEntry{}
	for _, e := range entries {
		out = append(out, wireEntry(e))
	}
	return out
}
