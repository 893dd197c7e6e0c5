package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

const (
	contactabilityExample = `{"at":"2026-11-24T15:00:00.000Z","total":5,"now":2,"laterToday":1,"later":1,"never":1,"byReason":[{"when":"now","reason":"open","contacts":2},` +
		`{"when":"laterToday","reason":"outside_hours","contacts":1,"opensAt":"2026-11-24T17:00:00.000Z"},{"when":"later","reason":"outside_hours","contacts":1,"opensAt":"2026-11-25T00:00:00.000Z"},` +
		`{"when":"never","reason":"dnc","contacts":1,"dnc":{"contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","name":"Opt-outs","isGlobalDNC":true,"prefix":false}}]}`
	fateExample = `{"phoneNumber":"(415) 555-0123","e164":"+14155550123","at":"2026-11-24T19:00:00.000Z","campaignId":"cd-718e8881-3aca-4008-973e-6d79940c2f11","status":"Active","inLists":true,"gone":[],"contacts":[` +
		`{"contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","contactListName":"Renewals","contactId":"cc-00000000-0000-8001-8000-000000000001","timeZone":"America/Los_Angeles","timeZoneFrom":"number",` +
		`"verdict":{"when":"now","reason":"open","explanation":"It can be called now: in America/Los_Angeles the campaign's hours are open until 2026-11-25 02:00:00 UTC.","closesAt":"2026-11-25T02:00:00.000Z","dnc":[]},` +
		`"runs":[{"campaignInstanceId":"cid-0603182c-7ffb-43c3-b307-47ca14b4c0de","status":"Active","startedAt":"2026-11-24T18:00:00.000Z","state":"waiting","reason":"retry",` +
		`"explanation":"It was called once without being reached; it is tried again from 2026-11-24 19:30:00 UTC on.","dueAt":"2026-11-24T19:30:00.000Z","changedAt":"2026-11-24T18:30:00.000Z","handedOut":1,` +
		`"attempts":[{"attempt":1,"at":"2026-11-24T18:30:00.000Z","dialerOutcome":"Busy","agentDispositionCodes":[],"durationMs":21000}],"dnc":[]}]}]}`
)

// contactabilityDocs documents the calls that tell who can be called, and why.
var contactabilityDocs = map[string]callDoc{
	"getContactability": {
		summary: "Count who can be called now, later and never", group: tagRuns,
		description: "Of all contacts of the campaign's lists, by the rules by which they are handed out: the campaign's hours in the zone of each contact, and the DNC lists that bind the campaign. It tells nothing of a run: whom one has called already counts all the same. A number in two lists counts twice. " +
			"DNC entries count as they stand now, up to their ends; with `at` in the future, those that will have ended do not block. A contact whose person is being erased counts until it is removed, though no claim hands it out.",
		query: []*huma.Param{{Name: "at", In: "query", Description: "An instant, ISO 8601, or a day (UTC), which stands for its beginning. Absent: now.",
			Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"2026-11-24T15:00:00Z"}}}},
		answer: reflect.TypeFor[success[contactabilityAnswer]](), example: requestExample{answer: envelopeExample("Contactability retrieved successfully", contactabilityExample)},
		statuses: []int{http.StatusNotFound},
	},
	"lookUpContactability": {
		summary: "Tell why a number was called, or why it was not", group: tagRuns,
		description: "For each contact of the campaign's lists with the number: whether it can be called now and why, by whose clock, which DNC entries block it, since when and by whom; and how it stands in the campaign's newest run and stood in up to ten before, with every attempt. Of a number whose person was erased it tells `when` `never` and `reason` `erased`, and no more.",
		request:     reflect.TypeFor[fateQuestion](), required: true,
		answer: reflect.TypeFor[success[fateAnswer]](), example: requestExample{request: `{"phoneNumber":"(415) 555-0123","region":"US"}`, answer: envelopeExample("Number looked up successfully", fateExample)},
		statuses: []int{http.StatusNotFound},
	},
}
