package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

const entryExample = `{"contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","name":"Opt-outs","isGlobalDNC":true,"entry":"+14155550123","from":"2026-10-01T08:00:00.000Z","to":"2027-04-01T00:00:00.000Z","holds":true,"reason":"asked not to be called","source":"web form","enteredBy":"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52"}`

// dncDocs documents the calls about DNC lists as a whole.
var dncDocs = map[string]callDoc{
	"lookUpDNC": {
		summary: "Look numbers up in the DNC lists",
		description: "Tells which of up to 10,000 numbers are blocked, by which entries: of the application's DNC lists, and of the account's global ones. With `at`, which were: entries that were removed or changed since, and lists that are gone, count as they were then. " +
			"An entry counts from the moment at which the call that brought it was answered, or the block of an imported file committed.",
		group:   tagDNC,
		request: reflect.TypeFor[dncQuestion](), required: true,
		answer: reflect.TypeFor[success[dncAnswer]](),
		example: requestExample{request: `{"phoneNumbers":["(415) 555-0123"],"region":"US"}`, answer: envelopeExample("Numbers looked up successfully",
			`{"from":"2026-11-24T09:00:00.000Z","to":"2026-11-24T09:00:00.001Z","blocked":1,"results":[{"phoneNumber":"(415) 555-0123","e164":"+14155550123","blocked":true,"entries":[`+entryExample+`]}]}`)},
	},
	"getDNCHistory": {
		summary:     "Get what DNC lists ever held of a number",
		description: "All entries of the number, and of prefixes that it begins with: those that hold first, then those that were removed, changed or replaced, by list and time. Each tells since when and until when, who entered it, and who ended it.",
		group:       tagDNC,
		query: []*huma.Param{
			{Name: "phoneNumber", In: "query", Required: true, Description: "In any spelling.", Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"+14155550123"}}},
			{Name: "region", In: "query", Description: "The country in whose national form it is written.", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		answer:  reflect.TypeFor[success[dncHistory]](),
		example: requestExample{answer: envelopeExample("History retrieved successfully", `{"e164":"+14155550123","entries":[`+entryExample+`]}`)},
	},
}
