package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

const campaignRequest = `{"name":"Billing Reminder","description":"Reminds of open bills.","contactLists":["Renewal Due - July 2025"],"dncLists":{"name":"Opt-outs"},"priority":"3","dialingMode":"Agentless",` +
	`"dialingStrategy":{"callerId":{"phoneNumber":"+14155550100"},"callingHours":{"frequency":"WEEKLY","timezone":"America/New_York","days":[{"day":"MO","start":"9:00 AM","end":"6:00 PM"}]},"dialingOrder":"FIFO","maxAttemptsPerRecord":3,"defaultRetryPeriod":60,"maxRingTime":30},` +
	`"experienceFlowName":"Reminder","enableMachineDetect":"no","campaignType":"voice"}`

const campaignFieldsExample = `"name":"Billing Reminder","lname":"billing reminder","description":"Reminds of open bills.","campaignType":"voice","contactLists":["Renewal Due - July 2025"],` +
	`"dncLists":{"id":"cl-718e8881-3aca-4008-973e-6d79940c2f11","name":"Opt-outs"},"priority":"3","dialingMode":"Agentless",` +
	`"dialingStrategy":{"useSystemMappings":false,"callerId":{"phoneNumber":"+14155550100"},"callingHours":{"frequency":"WEEKLY","timezone":"America/New_York","days":[{"day":"MO","start":"9:00 AM","end":"6:00 PM"}]},"dialingOrder":"FIFO","maxAttemptsPerRecord":3,"defaultRetryPeriod":60,"maxRingTime":30},` +
	`"experienceFlow":"cf-7d4a1c52-7b64-4e21-8000-00000000002a","experienceFlowName":"Reminder","enableMachineDetect":false,"status":"Ready","isFiltersEnabled":false,"schedule":{"isSchedulingEnabled":false},` +
	`"scrub":{"state":"done","done":1000,"total":1000,"blocked":2,"byReason":[{"contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","name":"Opt-outs","isGlobalDNC":false,"byPrefix":false,"contacts":2}],"endedAt":"2026-11-24T09:00:01.000Z"},` +
	`"createdAt":"2026-11-24T09:00:00.000Z","updatedAt":"2026-11-24T09:00:00.000Z"}`

const campaignExample = `{"_id":"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c",` + campaignFieldsExample

const listedExample = `{"results":[{"_id":"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c","name":"Billing Reminder","description":"Reminds of open bills.","dncLists":{"id":"cl-718e8881-3aca-4008-973e-6d79940c2f11","name":"Opt-outs"},"priority":"3","dialingMode":"Agentless","status":"Ready","isFiltersEnabled":false,` +
	`"createdAt":"2026-11-24T09:00:00.000Z","updatedAt":"2026-11-24T09:00:00.000Z","schedule":{"isSchedulingEnabled":false,"isRecurrenceEnabled":false},"connection":"Reminder","contactLists":["Renewal Due - July 2025"]}],"skip":0,"limit":50,"hasMore":false,"totalPages":1,"totalResults":1}`

const scheduleRequest = `{"startDateTime":"2026-11-30 09:00:00","endDateTime":"2026-12-31 18:00:00","timezone":"America/New_York","recurrenceObject":{"recurType":"Weekly","weeklyDetails":{"onceEveryNweeks":1,"whichDays":["Mon","Wed"]}}}`

const scheduleExample = `{"isSchedulingEnabled":true,"isRecurrenceEnabled":true,"startDateTime":"2026-11-30 09:00:00","endDateTime":"2026-12-31 18:00:00","timezone":"America/New_York","missedStart":"makeUp",` +
	`"recurrenceObject":{"recurType":"Weekly","weeklyDetails":{"onceEveryNweeks":1,"whichDays":["Mon","Wed"]}},"nextStarts":["2026-11-30T14:00:00.000Z","2026-12-02T14:00:00.000Z","2026-12-07T14:00:00.000Z","2026-12-09T14:00:00.000Z","2026-12-14T14:00:00.000Z"]}`

// channelParam is the type of campaign in the query.
func channelParam(needed bool) *huma.Param {
	return &huma.Param{Name: "campaignType", In: "query", Required: needed, Description: "The type of campaign. One of another type is not found.",
		Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"voice", "sms"}}}
}

// campaignDocs documents the calls about campaigns, and about what they name.
var campaignDocs = map[string]callDoc{
	"createCampaign": {
		summary: "Create a campaign",
		description: "Makes a voice or an SMS campaign. Its contact lists, its DNC list, its flow, queue and template are named, whatever their case, and must be there. " +
			"A voice campaign is born `Preparing`, and becomes `Ready` when its contacts were held against its DNC list and the global ones (`scrub`); an SMS campaign is born `Ready`. What each kind needs is told in docs/campaigns.md; all that is wrong is told at once.",
		group: tagCampaigns, query: []*huma.Param{channelParam(true)},
		request: reflect.TypeFor[campaignBody](), required: true, answer: reflect.TypeFor[success[campaign]](),
		example: requestExample{request: campaignRequest, answer: envelopeExample("Campaign Billing Reminder creation in progress", `{"id":"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c",`+campaignFieldsExample)},
	},
	"getAllCampaignDetails": {
		summary:     "Get all campaigns",
		description: "A page of the application's campaigns of one type.",
		group:       tagCampaigns,
		request:     reflect.TypeFor[campaignQuestion](), required: true, answer: reflect.TypeFor[success[campaignPage]](),
		example: requestExample{request: `{"type":"voice","limit":50,"sortBy":{"createdAt":"desc"},"filters":{"status":["Ready"],"priority":[3],"dialingMode":["Agentless"]}}`, answer: envelopeExample("Campaign  retrieved successfully", listedExample)},
	},
	"getCampaign": {
		summary: "Get one campaign", description: "One campaign, with how it stands against the DNC lists.",
		group: tagCampaigns, query: []*huma.Param{channelParam(false)}, answer: reflect.TypeFor[success[campaign]](),
		example:  requestExample{answer: envelopeExample("Campaign Billing Reminder retrieved successfully", campaignExample)},
		statuses: []int{http.StatusNotFound},
	},
	"updateCampaign": {
		summary: "Update a campaign",
		description: "Changes the fields that are given; of objects, the members that are given. `days` and `contactLists` are set as a whole. A campaign that runs or is paused is not edited (409 `invalid_state`; the message says what can be done). An edited voice campaign is `Preparing` again. " +
			"With another dialingMode or format, what belongs to the old one goes. Without `campaignType` and body the call gets the campaign, as the public API's table has it.",
		group: tagCampaigns, query: []*huma.Param{channelParam(false)},
		request: reflect.TypeFor[campaignBody](), answer: reflect.TypeFor[updatedCampaign](),
		example:  requestExample{request: `{"priority":"5"}`, answer: `{"status":"success","message":"Campaign Billing Reminder details updated successfully","id":"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c","data":` + campaignExample + `}`},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"deleteCampaign": {
		summary: "Delete a campaign", description: "Deletes a campaign that does not run, and gives it as it was.",
		group: tagCampaigns, query: []*huma.Param{channelParam(false)}, answer: reflect.TypeFor[success[campaign]](),
		example:  requestExample{answer: envelopeExample("Campaign Billing Reminder deleted successfully", campaignExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"cloneCampaign": {
		summary: "Clone a campaign", description: "Makes a campaign with all that another one was asked for, but its schedule, under a name of its own.",
		group: tagCampaigns, query: []*huma.Param{channelParam(false)}, request: reflect.TypeFor[cloneBody](), answer: reflect.TypeFor[success[campaign]](),
		example:  requestExample{request: `{"name":"Billing Reminder 2"}`, answer: envelopeExample("Campaign Billing Reminder 2 creation in progress", `{"id":"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c",`+campaignFieldsExample)},
		statuses: []int{http.StatusNotFound},
	},
	"scheduleCampaign": {
		summary: "Switch a campaign's schedule on or off",
		description: "With `enableSchedule=true` runs of the campaign start by themselves from then on, as the body says; what was set before goes. A run for each start, however many servers there are: one that still goes on is stopped by the next start, one that was paused is not replaced. " +
			"Fifteen minutes before a start the contacts are held against the DNC lists again. A campaign that runs or is paused is not scheduled (409 `invalid_state`). With `enableSchedule=false` no run starts by itself any more; one that goes on is not touched. Names are not unique among campaigns: where several have it, say which by `campaignId`.",
		group: tagCampaigns, query: []*huma.Param{
			{Name: "enableSchedule", In: "query", Required: true, Description: "On or off.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"true", "false"}}},
			{Name: "campaignName", In: "query", Description: "The campaign's name, whatever its case.", Example: "Billing Reminder", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "campaignId", In: "query", Description: "The campaign's id, in place of its name. Ours.", Schema: &huma.Schema{Type: huma.TypeString}},
			channelParam(false),
		},
		request: reflect.TypeFor[scheduleBody](), answer: reflect.TypeFor[scheduledCampaign](),
		example:  requestExample{request: scheduleRequest, answer: `{"status":"success","message":"Campaign Billing Reminder scheduled successfully","id":"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c","data":` + scheduleExample + `}`},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"createExperienceFlow":  createEntryDoc("an experience flow", "cf"),
	"getExperienceFlows":    getEntriesDoc("experience flow", "cf"),
	"deleteExperienceFlow":  deleteEntryDoc("an experience flow", "cf"),
	"createQueue":           createEntryDoc("a queue", "qu"),
	"getQueues":             getEntriesDoc("queue", "qu"),
	"deleteQueue":           deleteEntryDoc("a queue", "qu"),
	"createMessageTemplate": createEntryDoc("a message template", "cmt"),
	"getMessageTemplates":   getEntriesDoc("message template", "cmt"),
	"deleteMessageTemplate": deleteEntryDoc("a message template", "cmt"),
}

func entryOf(prefix string) string {
	return `{"id":"` + prefix + `-7d4a1c52-7b64-4e21-8000-00000000002a","name":"Reminder","createdBy":"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52","createdAt":"2026-11-24T09:00:00.000Z"}`
}

func createEntryDoc(noun, prefix string) callDoc {
	return callDoc{
		summary: "Create " + noun, description: "Gives a name an id, so that campaigns can name it. What it does is the dialer's business.",
		group: tagCampaigns, request: reflect.TypeFor[newEntry](), required: true, answer: reflect.TypeFor[success[registryEntry]](),
		example:  requestExample{request: `{"name":"Reminder"}`, answer: envelopeExample("Created successfully", entryOf(prefix))},
		statuses: []int{http.StatusConflict},
	}
}

func getEntriesDoc(noun, prefix string) callDoc {
	return callDoc{
		summary: "Get every " + noun, description: "All of the application's, by name.",
		group: tagCampaigns, answer: reflect.TypeFor[success[[]registryEntry]](),
		example: requestExample{answer: envelopeExample("", `[`+entryOf(prefix)+`]`)},
	}
}

func deleteEntryDoc(noun, prefix string) callDoc {
	return callDoc{
		summary: "Delete " + noun, description: "Deletes it, unless a campaign names it (409 `in_use`); the answer names those campaigns.",
		group: tagCampaigns, answer: reflect.TypeFor[success[registryEntry]](),
		example:  requestExample{answer: envelopeExample("Deleted successfully", entryOf(prefix))},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	}
}
