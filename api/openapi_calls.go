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
	tagLists    = "Contact lists"
	tagContacts = "Contacts"
	tagVersion1 = "First version"
)

// introduction is the document's first page.
const introduction = "Contact lists for outbound call campaigns.\n\n" +
	"**Every request** carries the header `auth` with a token that your app signed (a compact JWT, bare; its payload holds `appId`, the client id, and `sub`), the header `iid` with the application id, and the header `accountId`. `rollcall token` prints a token to try with.\n\n" +
	"**Every answer** is an envelope: `status`, `message` and `data`, or on failure `status`, `message`, `errors` and `requestId`. Times are ISO 8601 in UTC with three decimals. Fields that are not documented are accepted and ignored; names of fields are taken in their exact spelling only, and `null` counts as absent."

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
		description: "Adds up to 50,000 contacts to the list with this name. What the answer counts as added is durable. Fields besides the six mapped ones are kept and given back, up to 16 KiB of JSON a contact; `_id`, `createdAt` and `updatedAt` are the server's and not given back. Where the list skips duplicates, two spellings of one number are one number.",
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
	http.StatusNotFound:              {"There is no such list in the application (`not_found`).", "not_found", "", "There is no contact list with this id."},
	http.StatusRequestTimeout:        {"The body did not arrive in time (`timeout`).", "timeout", "body", "The body did not arrive in time; try again, or send it in parts."},
	http.StatusConflict:              {"The name is taken (`name_taken`), a campaign names the list (`list_in_use`), or the list is not of the kind that the call is for (`invalid_state`).", rollcall.ReasonNameTaken, "body.name", "A contact list named Renewal exists already; names are the same whatever their case."},
	http.StatusRequestEntityTooLarge: {"The body is over the limit, or holds too many contacts (`too_large`).", "too_large", "body", "The body is larger than 1048576 bytes; send it in parts."},
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
