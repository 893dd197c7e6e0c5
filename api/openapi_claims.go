package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// tagRuns groups the calls of running campaigns.
const tagRuns = "Runs and claims"

const (
	triggerExample = `{"status":"Active","message":"Campaign Started","totalCallsCompleted":0,"updatedAt":"2025-12-05T10:35:41.551Z","campaignInstanceId":"cid-0603182c-7ffb-43c3-b307-47ca14b4c0de"}`
	claimsExample  = `{"claims":[{"claimId":"ck-00000000-4008-8002-8000-000000c00001","campaignId":"cd-718e8881-3aca-4008-973e-6d79940c2f11","campaignInstanceId":"cid-0603182c-7ffb-43c3-b307-47ca14b4c0de","campaignType":"voice","number":"+14155550123","contact":` + contactExample +
		`,"contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","attempt":1,"leaseUntil":"2025-12-05T10:36:41.551Z","closes":"2025-12-05T23:00:00.000Z"}],"more":false,"status":"Active"}`
	outcomeExample = `{"state":"waiting","reason":"retry","attempts":1,"nextAttempt":"2025-12-05T11:35:41.551Z","late":false}`
	runsExample    = `[{"campaignInstanceId":"cid-0603182c-7ffb-43c3-b307-47ca14b4c0de","status":"Active","startedAt":"2025-12-05T10:35:41.551Z","startedBy":"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52","walked":3,"leased":1,"waiting":1,"done":{"connected":1},"attempts":{"Busy":1,"Connected":1},"connected":1,"unconnected":1,"skipped":0,"lapsed":0,"averageDurationMs":21000}]`
	dialledExample = `{"results":[{"phoneNumber":"+14155550123","uniqueId":"C-1001","dialerOutcome":"Busy","numberOfAttemptsSoFar":1,"botSessionId":"","agentDispositionCodes":[],"botOutboundStatus":"","botOutboundStatusDetail":""}],"page":1,"limit":10,"totalPages":1,"totalResults":1}`
)

func triggerDoc(summary string) callDoc {
	return callDoc{
		summary: summary, group: tagRuns,
		description: "`play` begins a run over all contacts of the campaign's lists, `stop` ends it and withdraws what is handed out, `pause` keeps its place and `resume` goes on there. Two campaigns cannot run at once on one contact list: the second is refused, and the answer names the first. The answer is no envelope: `status` is the campaign's.",
		query: []*huma.Param{
			{Name: "campaignType", In: "query", Required: true, Description: "The campaign's channel.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"voice", "sms"}}},
			{Name: "trigger", In: "query", Required: true, Description: "What is to happen.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"play", "stop", "pause", "resume"}}},
		},
		answer: reflect.TypeFor[triggered](), example: requestExample{answer: triggerExample},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	}
}

// claimDocs documents the calls of running campaigns.
var claimDocs = map[string]callDoc{
	"triggerCampaign":     triggerDoc("Start, stop, pause or resume a campaign"),
	"triggerCampaignById": triggerDoc("Start, stop, pause or resume a campaign, by its own path"),
	"claimContacts": {
		summary: "Hand out contacts of a campaign", group: tagRuns,
		description: "Hands out contacts that may be dialled now, in the campaign's order, each to one dialer only until its lease ends. Contacts outside their calling hours wait for them; contacts on a DNC list are passed over. One call looks at 2,000 contacts at most; `more` tells to ask again at once.",
		request:     reflect.TypeFor[claimQuery](), required: true,
		answer: reflect.TypeFor[success[claimAnswer]](), example: requestExample{request: `{"limit":10}`, answer: envelopeExample("Contacts handed out", claimsExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"claimShared": {
		summary: "Hand out contacts of all running campaigns", group: tagRuns,
		description: "As claimContacts, over all campaigns of the application that are Active, shared by their priorities: two campaigns with 5 and 3 get 62.5 % and 37.5 %. Campaigns for which the request tells too little, Preview without `agent` and Progressive without `freeAgents`, are left out, and so are those of another `campaignType` than it names. Progressive campaigns together get no more than `freeAgents`.",
		request:     reflect.TypeFor[claimQuery](), required: true,
		answer: reflect.TypeFor[success[claimAnswer]](), example: requestExample{request: `{"limit":10}`, answer: envelopeExample("Contacts handed out", claimsExample)},
	},
	"recordOutcome": {
		summary: "Record how an attempt ended", group: tagRuns,
		description: "`Connected` and `Completed` end the contact in this run; all else has it tried again after the retry period, up to the attempts allowed. Told twice with the same content, it is noted once and answered the same. A claim that was withdrawn or ran out counts all the same (`late`), unless the contact was handed out again.",
		request:     reflect.TypeFor[outcomeBody](), required: true,
		answer: reflect.TypeFor[success[claimOutcome]](), example: requestExample{request: `{"dialerOutcome":"Busy","durationMs":21000}`, answer: envelopeExample("Outcome recorded", outcomeExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"extendClaim": {
		summary: "Extend a claim", group: tagRuns,
		description: "Lets the claim last for `leaseSeconds` from now on, such as while a call is under way. A 409 says that the claim is over: do not dial.",
		request:     reflect.TypeFor[leaseBody](), required: true,
		answer: reflect.TypeFor[success[leaseAnswer]](), example: requestExample{request: `{"leaseSeconds":60}`, answer: envelopeExample("Claim extended", `{"leaseUntil":"2025-12-05T10:36:41.551Z"}`)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"releaseClaim": {
		summary: "Give a claim back", group: tagRuns,
		description: "For a contact that was not dialled. It is handed out again, and no attempt is counted.",
		answer:      reflect.TypeFor[success[released]](), example: requestExample{answer: envelopeExample("Claim released", `{"claimId":"ck-00000000-4008-8002-8000-000000c00001"}`)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"skipClaim": {
		summary: "Skip a previewed contact", group: tagRuns,
		description: "For Preview campaigns: counts as an attempt that was not connected, and as one of the agent's skips (`maxSkips`) in the run.",
		answer:      reflect.TypeFor[success[claimOutcome]](), example: requestExample{answer: envelopeExample("Contact skipped", outcomeExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"getCampaignStatus": {
		summary: "Get a campaign's status, or whom it dialled", group: tagRuns,
		description: "With `view=status` where the campaign stands: `id`, `status` and `name`. With `view=contacts` a page of the contacts that its newest run has dialled, as shown.",
		query:       []*huma.Param{{Name: "view", In: "query", Required: true, Description: "What to tell.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"status", "contacts"}}}},
		request:     reflect.TypeFor[dialledQuery](),
		answer:      reflect.TypeFor[success[statusView]](), example: requestExample{request: `{"page":1,"limit":10}`, answer: envelopeExample("", dialledExample)},
		statuses: []int{http.StatusNotFound},
	},
	"exportRun": {
		summary: "Export the record of a run", group: tagRuns,
		description: "The contacts that a run has looked at, each with how it stands (`what=contacts`), or its attempts in the order in which they were recorded (`what=attempts`), as a file that is written while it is sent. Of a run that goes on it is no snapshot. Cells that a spreadsheet would take for a formula are told apart as in exportContacts; disposition codes of one attempt are joined by `; ` in CSV. What came from a contact that was deleted since is blank.",
		query: []*huma.Param{
			{Name: "what", In: "query", Description: "What a line is.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"contacts", "attempts"}, Default: "contacts"}},
			{Name: "format", In: "query", Description: "The kind of file.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"csv", "ndjson"}, Default: "csv"}},
		},
		files: []fileDoc{
			{"text/csv", "RFC 4180.", "contactListId,contactListName,contactId,phoneNumber,uniqueId,state,reason,attempts,dialerOutcome,dueAt,updatedAt\ncl-718e8881-3aca-4008-973e-6d79940c2f11,Renewals,cc-3f0a1c52-7b64-8e21-8000-00000000002a,+14155550123,C-1001,done,connected,1,Connected,,2026-11-24T09:00:00.000Z\n"},
			{"application/x-ndjson", "A JSON object on each line.", `{"at":"2026-11-24T09:00:00.000Z","contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","contactListName":"Renewals","contactId":"cc-3f0a1c52-7b64-8e21-8000-00000000002a","phoneNumber":"+14155550123","uniqueId":"C-1001","attempt":1,"dialerOutcome":"Connected","durationMs":21000,"agentDispositionCodes":["sold"],"agent":"u-9"}` + "\n"},
		},
		statuses: []int{http.StatusNotFound},
	},
	"getRuns": {
		summary: "Get the runs of a campaign", group: tagRuns,
		description: "The runs with what came of them, the newest first. Contacts of the lists that a run has not looked at are in none of its counts.",
		query: []*huma.Param{
			numberParam("page", "Which page of this limit to give, from 1.", 1, maxPage, 1),
			numberParam("limit", "How many to give at most.", 1, maxRuns, maxRuns),
		},
		answer: reflect.TypeFor[success[[]runResult]](), example: requestExample{answer: envelopeExample("Runs retrieved successfully", runsExample)},
		statuses: []int{http.StatusNotFound},
	},
}

// statusView documents both views of getCampaignStatus.
type statusView struct {
	ID           string            `json:"id,omitempty" doc:"view=status"`
	Status       string            `json:"status,omitempty" doc:"view=status"`
	Name         string            `json:"name,omitempty" doc:"view=status"`
	Results      *[]dialledContact `json:"results,omitempty" nullable:"false" doc:"view=contacts"`
	Page         int               `json:"page,omitempty"`
	Limit        int               `json:"limit,omitempty"`
	TotalPages   int64             `json:"totalPages,omitempty"`
	TotalResults int64             `json:"totalResults,omitempty"`
}
