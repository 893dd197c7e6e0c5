package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// erasureDocs documents the calls about persons who are erased.
var erasureDocs = map[string]callDoc{
	"erasePerson": {
		summary: "Erase a person",
		description: "Removes every contact with a number, or with an own id and then their numbers, from all contact lists and DNC lists of the account, whichever application they belong to; from what is kept for the undo of imports; and from what is remembered of DNC lists. In the runs of campaigns and in their attempts, number, session and texts are blanked, while the counts stay; what is handed out to a dialer is withdrawn at once.\n\n" +
			"The number stays suppressed, by a hash with a key that is not in the database: it comes into no list by any call or file (`erased`), is never handed out, and lookUpDNC tells that it is blocked. That is so from the moment at which the call begins to erase. The call may be repeated: it finds what is left, and else nothing.\n\n" +
			"What is not touched, since no number leads to it, is told in docs/dnc.md: uploaded files, rows that were rejected, kept answers of calls with an Idempotency-Key, backups.",
		group:   tagErasures,
		request: reflect.TypeFor[personToErase](), required: true,
		answer: reflect.TypeFor[success[erasedPerson]](),
		example: requestExample{request: `{"phoneNumber":"(415) 555-0123","region":"US"}`, answer: envelopeExample("2 contacts erased; the number stays suppressed",
			`{"suppressed":1,"contacts":2,"dncEntries":0,"lists":[{"contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","name":"Renewal Due - July 2025","contacts":1}],"otherLists":1,"dncHistory":0,"kept":1,"runs":1,"attempts":3,"remaining":false}`)},
	},
	"getErasures": {
		summary:     "Get the numbers that stay suppressed",
		description: "When which app erased somebody, the newest first. Numbers are not told: nobody knows them.",
		group:       tagErasures,
		query: []*huma.Param{
			numberParam("page", "Which page of this limit to give, from 1.", 1, maxPage, 1),
			numberParam("limit", "How many to give at most.", 1, maxPageSize, defaultPageSize),
		},
		answer: reflect.TypeFor[success[erasurePage]](),
		example: requestExample{answer: envelopeExample("Erasures retrieved successfully",
			`{"results":[{"erasureId":"er-2b1f7c1e54a04a4e","erasedAt":"2026-11-24T09:00:00.000Z","erasedBy":"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52"}],"page":1,"limit":50,"totalResults":1}`)},
	},
	"liftErasure": {
		summary:     "Lift the suppression of a number",
		description: "For somebody who was erased and becomes a customer again: the number may come into lists, and be called. Nothing of what was erased comes back.",
		group:       tagErasures,
		request:     reflect.TypeFor[numberToLift](), required: true,
		answer:   reflect.TypeFor[success[liftedErasure]](),
		example:  requestExample{request: `{"phoneNumber":"+14155550123"}`, answer: envelopeExample("The number may come into lists again, and be called", `{"erasureId":"er-2b1f7c1e54a04a4e"}`)},
		statuses: []int{http.StatusNotFound},
	},
}
