package api

import (
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"rollcall"
)

// The tags that group the calls.
const (
	tagLists     = "Contact lists"
	tagContacts  = "Contacts"
	tagUploads   = "Uploads"
	tagImports   = "Imports"
	tagDNC       = "DNC"
	tagErasures  = "Erasures"
	tagCampaigns = "Campaigns"
	tagAccount   = "Account"
	tagVersion1  = "First version"
)

// introduction is the document's first page.
const introduction = "Contact lists for outbound call campaigns.\n\n" +
	"**Every request** carries the header `auth` with a token that your app signed (a compact JWT, bare; its payload holds `appId`, the client id, and `sub`), the header `iid` with the application id, and the header `accountId`. `rollcall token` prints a token to try with.\n\n" +
	"**Every answer** is an envelope: `status`, `message` and `data`, or on failure `status`, `message`, `errors` and `requestId`. Times are ISO 8601 in UTC with three decimals. Fields that are not documented are accepted and ignored, but for imports and their previews, where a misspelt one is refused; names of fields are taken in their exact spelling only, and `null` counts as absent.\n\n" +
	"**Every call that writes** may carry the header `Idempotency-Key` with a value of your choice, 1 to 255 visible ASCII characters, such as a fresh UUID for each thing that you want done. Repeat the call with the same key when no answer came: it is carried out once, however often it arrives and at whichever server. Quotes around the key do not count. A key belongs to your app and is kept for 24 hours.\n\n" +
	"- The first call is carried out. Its answer, be it success or a failure of 400 to 499, is kept; every repetition gets it byte for byte, with the header `Idempotent-Replayed: true`. Only a new key makes another attempt after such a failure. Not kept are 401, 403, 408, 429 and failures from 500 on: a repetition is carried out, unless the first call had written something all the same.\n" +
	"- A key that came with another request before (another method, path, query or body) is refused with 409 `idempotency_key_reused`.\n" +
	"- While the first call is under way, a repetition gets 409 `request_in_progress` with `Retry-After`.\n" +
	"- Where the first call wrote and its answer is not there, because the server died between the two or the answer was over 1 MiB, a repetition gets 409 `already_carried_out`: look at what the call did. It is not carried out again.\n" +
	"- Of a call that takes in a file, all counts but the file's content, of which the length does; and no failure is kept.\n\n" +
	"Calls that only read do not look at the header."

// versionNote is added to the calls on the paths of the first version.
const versionNote = "\n\nThis is a path of the first version of the public API. It differs in that `source` reads `passiveApiIntegration` where the second version says `passiveApi`, that a list has neither `columns` nor `mapping.contactPriority`, and that `accountId` may come as a header or in the query."

// getAllListDetailsDoc documents the call by either method.
func getAllListDetailsDoc(summary, note string) callDoc {
	return callDoc{
		summary:     summary,
		description: "All lists of the application, the most recently changed first." + note,
		query: []*huma.Param{{Name: "type", In: "query", Description: "`call` leaves DNC (do not call) lists out, `dnc` gives only those; absent, both come.",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"call", "dnc"}}}},
		answer:  reflect.TypeFor[success[[]ContactList]](),
		example: requestExample{answer: envelopeExample("", `[`+listExample+`]`)},
	}
}

// callDocs documents the routes by their id.
var callDocs = map[string]callDoc{
	"getAllListDetails": getAllListDetailsDoc("Get all contact lists", ""),
	"getAllListDetailsByGet": getAllListDetailsDoc("Get all contact lists, by GET",
		"\n\nThe same call as by POST: the sample request of the public API's page sends a GET."),
	"createContactList": {
		summary:     "Create a contact list",
		description: "Makes an empty list that programs feed. Its name is taken once in the application, whatever its case: of two calls at the same moment one succeeds.",
		request:     reflect.TypeFor[newContactList](), required: true,
		answer:   reflect.TypeFor[success[oneList]](),
		example:  requestExample{request: newListExample, answer: envelopeExample("Contact list Renewal Due - July 2025 created successfully", oneListExample)},
		statuses: []int{http.StatusConflict},
	},
	"addContacts": {
		summary:     "Add contacts to a list",
		description: "Adds up to 50,000 contacts to the list with this name. What the answer counts as added is durable. Where the new ones among them are more than the account's limits allow, none is added (`limit_reached`). Fields besides the six mapped ones are kept and given back, up to 16 KiB of JSON a contact; `_id`, `createdAt` and `updatedAt` are the server's and not given back. Where the list skips duplicates, two spellings of one number are one number. A `timeZone` is a name of the IANA database, in any capitals; a contact with another one is rejected (`time_zone_unknown`).",
		request:     reflect.TypeFor[newContacts](), required: true,
		answer:   reflect.TypeFor[success[addedContacts]](),
		example:  requestExample{request: newContactsExample, answer: envelopeExample("Adding contacts to public list is in progress", addedExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"getContactList": {
		summary:     "Get one contact list",
		description: "One list by its id.",
		answer:      reflect.TypeFor[success[oneList]](),
		example:     requestExample{answer: envelopeExample("Contact list Renewal Due - July 2025 retrieved successfully", oneListExample)},
		statuses:    []int{http.StatusNotFound},
	},
	"updateContactList": {
		summary:     "Update a contact list",
		description: "Changes the fields that are given. A new rule for numbers or duplicates holds for contacts that are added from then on.",
		request:     reflect.TypeFor[ContactListChange](),
		answer:      reflect.TypeFor[success[contactListUpdate]](),
		example:     requestExample{request: changeExample, answer: envelopeExample("Contact list Renewal Due - August 2025 updated successfully", updateExample)},
		statuses:    []int{http.StatusNotFound, http.StatusConflict},
	},
	"deleteContactList": {
		summary:     "Delete a contact list",
		description: "Deletes the list and its contacts, and gives the list as it was. A list that a campaign names is not deleted; the answer names those campaigns.",
		answer:      reflect.TypeFor[success[oneList]](),
		example:     requestExample{answer: envelopeExample("Contact list Renewal Due - July 2025 deleted successfully", oneListExample)},
		statuses:    []int{http.StatusNotFound, http.StatusConflict},
	},
	"getAllContacts": {
		summary:     "Get the contacts of a list",
		description: "A page of the list's contacts, in the order in which they were added. With `skip` or `page` the cost grows with the depth. With `cursor` it does not, and a walk sees each contact once while others write: begin without one, then pass the `nextCursor` of each answer until none comes.",
		query: []*huma.Param{
			numberParam("skip", "How many contacts to pass over.", 0, maxSkip, 0),
			numberParam("limit", "How many contacts to give.", 1, maxPageSize, defaultPageSize),
			numberParam("page", "Which page of this limit to give, from 1. Beside `skip` it must name the same place.", 1, maxPage, 1),
			{Name: "cursor", In: "query", Description: "The `nextCursor` of an answer about this list. Not beside `skip` or `page`.", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		answer:   reflect.TypeFor[success[contactPage]](),
		example:  requestExample{answer: envelopeExample("Contacts retrieved successfully", pageExample)},
		statuses: []int{http.StatusNotFound},
	},
	"getLimits": {
		summary:     "Get the limits of the account",
		description: "What the account may have at most and what it has, with a warning from 80 % on. The limits are settings of the server; a call that would pass one is refused with 409 `limit_reached` and does nothing, a file that would pass one with 413 `too_large`. An import that would pass one fails and says so; what it had added before stays.",
		answer:      reflect.TypeFor[success[accountLimits]](),
		example:     requestExample{answer: envelopeExample("Limits retrieved successfully", limitsExample)},
	},
	"searchContacts": {
		summary: "Search the contacts of a list",
		description: "Those contacts that fit all that the query names, in the order in which they were added. A parameter that is not listed here is refused, so that a misspelt one does not turn into no filter. " +
			"Only `phoneNumber`, and the `uniqueId` of lists into which files were matched by it, are looked up; for all else the list is read. One page looks at 200,000 contacts at most: it may hold fewer than `limit`, or none, and `hasMore` all the same. Go on with `nextCursor` and the same filter until `hasMore` is false. There is no count of all that fit.",
		query: append(filterParams(),
			numberParam("limit", "How many contacts to give, at most.", 1, maxPageSize, defaultPageSize),
			&huma.Param{Name: "cursor", In: "query", Description: "The `nextCursor` of an answer about this list and this filter.", Schema: &huma.Schema{Type: huma.TypeString}}),
		answer:   reflect.TypeFor[success[foundContacts]](),
		example:  requestExample{answer: envelopeExample("Contacts retrieved successfully", foundExample)},
		statuses: []int{http.StatusNotFound, http.StatusRequestTimeout},
	},
	"getContact": {
		summary:     "Get one contact of a list",
		description: "One contact by its id, as getAllContacts gives it.",
		answer:      reflect.TypeFor[success[contact]](),
		example:     requestExample{answer: envelopeExample("Contact retrieved successfully", contactExample)},
		statuses:    []int{http.StatusNotFound},
	},
	"updateContact": {
		summary: "Update one contact of a list",
		description: "Changes the fields that are given, the others stay. Null removes a field, but for `phoneNumber`, which can only be changed. A new number obeys the list's `phoneRule` and `region`; where the list does not allow duplicates, a number that another contact has is refused (`number_taken`). " +
			"Fields besides the mapped ones are set one by one, up to 16 KiB of JSON together. `_id`, `createdAt` and `updatedAt` are passed over, so that a contact can be sent back as it came. An update that changes nothing leaves `updatedAt` as it is.",
		request:  reflect.TypeFor[contactChange](),
		answer:   reflect.TypeFor[success[contact]](),
		example:  requestExample{request: contactChangeExample, answer: envelopeExample("Contact updated successfully", contactExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"deleteContact": {
		summary:     "Delete one contact of a list",
		description: "Deletes the contact, and gives it as it was.",
		answer:      reflect.TypeFor[success[contact]](),
		example:     requestExample{answer: envelopeExample("Contact deleted successfully", contactExample)},
		statuses:    []int{http.StatusNotFound},
	},
	"deleteContacts": {
		summary: "Delete many contacts of a list",
		description: "Deletes contacts by `ids`, or those that a `filter` takes. With a filter, send it first without `confirm`: nothing is deleted, and `matched` says how many would be. Sent again with that number as `confirm`, it deletes them; where the filter takes another number by then, it deletes nothing (`count_changed`). Contacts that are added meanwhile stay. " +
			"What the answer counts as deleted is durable, also where the time for the call ended before all was done (`remaining`).",
		request: reflect.TypeFor[contactsToDelete](), required: true,
		answer:   reflect.TypeFor[success[deletedContacts]](),
		example:  requestExample{request: `{"filter":{"lastName":"Lovelace","extra.plan":"gold"},"confirm":12}`, answer: envelopeExample("12 contacts deleted", `{"matched":12,"deleted":12,"notFound":[],"remaining":false}`)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"exportContacts": {
		summary: "Export the contacts of a list",
		description: "The list, or those contacts that fit what the query names, as a file. It is written while it is sent, in the order in which contacts were added, and takes as long as it must; a caller that takes nothing for a minute is cut off. Contacts that are added meanwhile may be in it, contacts that are deleted meanwhile are not; where the list's contacts are replaced as a whole meanwhile, and on any failure after the first bytes, the connection is broken off: a file that ended well is whole.\n\n" +
			"**csv** and **xlsx** have the columns `_id`, `phoneNumber` (as it was sent), `e164`, `firstName`, `lastName`, `timeZone`, `uniqueId`, `contactPriority`, then one for each other field, in the order of first appearance, 1,000 at most, and last `other`: a JSON object of what has no column of its own, such as fields named `e164` or `other`, or that came while the file was written. A blank cell is a field that is absent, blank or null; a value that is no string stands there as JSON. " +
			"All cells are text. Where a spreadsheet would take one for a formula, since it begins with `=`, `+`, `-`, `@`, a tab or a line break, an apostrophe stands before it, and another where there are apostrophes already; only phone numbers of a plus, digits and separators stay as they are. CSV is UTF-8 with commas and lines that end in LF. A sheet holds 1,048,576 rows with its header, what is more comes in further sheets.\n\n" +
			"**ndjson** has one contact a line, as getAllContacts gives it, and loses nothing.",
		query: append([]*huma.Param{
			{Name: "format", In: "query", Required: true, Description: "The kind of file.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"csv", "ndjson", "xlsx"}}},
			{Name: "bom", In: "query", Description: "With csv: `true` puts a byte-order mark in front, without which Excel does not know UTF-8.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"true", "false"}, Default: "false"}},
		}, filterParams()...),
		files: []fileDoc{
			{"text/csv", "RFC 4180.", "_id,phoneNumber,e164,firstName,lastName,timeZone,uniqueId,contactPriority,plan,other\ncc-3f0a1c52-7b64-8e21-8000-00000000002a,+1 (415) 555-0123,+14155550123,Ada,Lovelace,America/Los_Angeles,C-1001,1,gold,\n"},
			{"application/x-ndjson", "A JSON object on each line.", contactExample + "\n"},
			{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "A workbook.", "(bytes)"},
		},
		statuses: []int{http.StatusNotFound},
	},
}

// filterParams are the parameters of a filter.
func filterParams() []*huma.Param {
	text := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return []*huma.Param{
		text("phoneNumber", "Any spelling of the whole number, by the list's `phoneRule` and `region`."),
		text("firstName", "The whole text; with a `*` at its end a prefix, with one at each end a part of it. Case does not matter. Empty: absent or blank; `*`: neither."),
		text("lastName", "As firstName."),
		text("timeZone", "As firstName, but case matters."),
		text("uniqueId", "As firstName, but case matters."),
		text("contactPriority", "As firstName, but case matters."),
		text("search", "A part of the name (first and last, with a space between), of the own id, in whatever case, or of the number's digits."),
		text("extra.NAME", "For any NAME: the whole value of that field besides the mapped ones: its text, or where it is no string its JSON. Up to 20 of these."),
		text("importId", "Only contacts that rows of this import into the list added, or as `outcome` says."),
		{Name: "outcome", In: "query", Description: "With importId: what its rows did with the contacts.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"added", "updated", "unchanged"}, Default: "added"}},
	}
}

func numberParam(name, description string, least, most, fallback float64) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{
		Type: huma.TypeInteger, Minimum: &least, Maximum: &most, Default: int64(fallback),
	}}
}

// failureDoc documents a status of failure.
type failureDoc struct {
	description string
	code        string
	field       string
	message     string
}

var failureDocs = map[int]failureDoc{
	http.StatusBadRequest:            {"A header or a field is missing or wrong (`missing_header`, `invalid_field`), or the body is not JSON (`invalid_json`).", rollcall.ReasonInvalidField, "body.name", "The name is required: 1 to 48 characters."},
	http.StatusUnauthorized:          {"The token is absent or proves nothing (`unauthenticated`).", "unauthenticated", "header.auth", "The token is missing, malformed, expired, already used or not signed by a registered app."},
	http.StatusForbidden:             {"The ids disagree, or the app is not registered for the account or the application, or lacks the scope (`forbidden`).", "forbidden", "header.iid", "This app is not registered for the application named in the request."},
	http.StatusNotFound:              {"There is no such list, campaign, claim, upload or import in the application, no such contact in the list, or the number is not suppressed (`not_found`).", "not_found", "", "There is no contact list with this id."},
	http.StatusRequestTimeout:        {"The body did not arrive in time, or the call could not end in time (`timeout`).", "timeout", "body", "The body did not arrive in time; try again, or send it in parts."},
	http.StatusConflict:              {"The name is taken (`name_taken`), a campaign names the list, or runs over it (`list_in_use`), a campaign names the flow, queue or template (`in_use`), another contact of the list has the number (`number_taken`), or its person was erased (`erased`), a filter takes another number of contacts than was confirmed (`count_changed`), the campaign, the claim, the list or the import is not in a state that the call is for (`invalid_state`), the file was imported into the list before (`already_imported`), the account has all that its limits allow (`limit_reached`), or the Idempotency-Key stands in the way (`idempotency_key_reused`, `request_in_progress`, `already_carried_out`). Of a resumable upload: the offset is another (`mismatched_offset`), or an import of the file is not over (`invalid_state`).", rollcall.ReasonNameTaken, "body.name", "A contact list named Renewal exists already; names are the same whatever their case."},
	http.StatusPreconditionFailed:    {"The protocol of a resumable upload is another than tus 1.0.0 (`unsupported_version`).", "unsupported_version", "header.Tus-Resumable", "This server speaks tus 1.0.0; send the header Tus-Resumable: 1.0.0."},
	http.StatusLocked:                {"Another request writes to the upload and did not give way in time (`upload_locked`).", "upload_locked", "", "Another request is writing to this upload; try again."},
	http.StatusServiceUnavailable:    {"Nothing more of the body came, or the connection broke (`timeout`). What came is kept.", "timeout", "body", "Nothing came for too long; go on from the offset that HEAD tells."},
	http.StatusRequestEntityTooLarge: {"The body or the file is over the limit, or holds too many contacts (`too_large`).", "too_large", "body", "The body is larger than 1048576 bytes; send it in parts."},
	http.StatusUnsupportedMediaType:  {"The Content-Type is another than the protocol asks for (`unsupported_media_type`).", "unsupported_media_type", "header.Content-Type", "The Content-Type must be application/offset+octet-stream."},
	http.StatusTooManyRequests:       {"The app calls too often (`rate_limited`).", "rate_limited", "", "This app calls too often; wait as long as the header Retry-After says."},
	http.StatusInternalServerError:   {"Our fault (`internal`). The log of the server has the cause under the requestId.", "internal", "", internalMessage},
}

func (d failureDoc) example() json.RawMessage {
	b, err := json.Marshal(failure{Status: "error", Message: d.message, Errors: []problem{{d.code, d.field, d.message}}, RequestID: "QFZ5JHY3CJMVVGPE2TDHKJDBOE"})
	if err != nil {
		panic(err) // only strings
	}
	return b
}
