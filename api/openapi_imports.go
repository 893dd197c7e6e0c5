package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// formOf documents a form of JSON parts and the file, which comes last.
func formOf(list bool) map[string]*huma.MediaType {
	parts := map[string]*huma.Schema{
		optionsPart: {Type: huma.TypeObject, Description: "The options, as in the JSON body: a JSON object, as text. It stands before the file."},
		filePart:    {Type: huma.TypeString, Format: "binary", Description: "The file, as the last part of the form."},
	}
	need := []string{filePart}
	if list {
		parts[listPart] = &huma.Schema{Type: huma.TypeObject, Description: "The list to make, as in the JSON body: a JSON object, as text. It stands before the file."}
		need = []string{listPart, filePart}
	}
	return map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: need, Properties: parts}}}
}

const importDescription = "The file comes in one of two ways: as JSON that names an upload (see createUpload), or with the call, as `multipart/form-data` whose last part is `file`. " +
	"The answer is 202 with the import, which waits for its turn and is then run by any of the server's processes; an import into a list waits for those before it. Ask for it by getImport, or listen to getImportEvents.\n\n" +
	"A file whose content was imported into the list before is refused with 409 `already_imported`, unless the option `again` is set. Every row of the file ends with exactly one outcome; see getImportLedger."

// importDocs documents the calls about imports.
var importDocs = map[string]callDoc{
	"createImport": {
		summary:     "Import a file into a list",
		description: importDescription,
		group:       tagImports, status: http.StatusAccepted,
		request: reflect.TypeFor[newImport](), required: true, bodies: formOf(false),
		answer: reflect.TypeFor[success[wireImport]](), example: requestExample{request: newImportExample, answer: envelopeExample("Import queued", importExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
		curl:     "-F 'options={\"region\":\"US\",\"dryRun\":true}' -F file=@people.csv",
	},
	"createListFromFile": {
		summary:     "Make a list from a file",
		description: "Makes a list, of source `localDrive`, and imports a file into it. With the option `dryRun` no list is made. " + importDescription,
		group:       tagImports, status: http.StatusAccepted,
		request: reflect.TypeFor[newListImport](), required: true, bodies: formOf(true),
		answer: reflect.TypeFor[success[wireImport]](), example: requestExample{request: newListImportExample, answer: envelopeExample("Import queued", importExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
		curl:     "-F 'list={\"name\":\"Renewals\"}' -F 'options={\"region\":\"US\"}' -F file=@people.csv",
	},
	"previewImport": {
		summary:     "See how a file would be understood",
		description: "Tells the file's format and what each column means, with samples, how that was found and how sure it is, before anything is done. Correct it with the options `mapping`, `regionColumn` and those about the format; what is corrected is remembered for the next file with the same header when that is imported. It reads the whole file once.",
		group:       tagImports,
		request:     reflect.TypeFor[importToPreview](), required: true,
		answer: reflect.TypeFor[success[importPreview]](), example: requestExample{request: previewRequestExample, answer: envelopeExample("File understood", `{"ready":true,"understood":`+understoodExample+`}`)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"getImports": {
		summary:     "Get the imports",
		description: "A page of the application's imports, the newest first. Begin without a cursor, then pass the `nextCursor` of each answer until none comes.",
		group:       tagImports,
		query:       append([]*huma.Param{{Name: "contactListId", In: "query", Description: "Only imports into this list.", Schema: &huma.Schema{Type: huma.TypeString}}}, importsQuery...),
		answer:      reflect.TypeFor[success[importPage]](), example: requestExample{answer: envelopeExample("Imports retrieved successfully", `{"results":[`+importExample+`],"limit":50,"hasMore":false}`)},
		statuses: []int{http.StatusNotFound},
	},
	"getImportsOfList": {
		summary:     "Get the imports into a list",
		description: "A page of the imports into one list, the newest first.",
		group:       tagImports,
		query:       importsQuery,
		answer:      reflect.TypeFor[success[importPage]](), example: requestExample{answer: envelopeExample("Imports retrieved successfully", `{"results":[`+importExample+`],"limit":50,"hasMore":false}`)},
		statuses: []int{http.StatusNotFound},
	},
	"getImport":       getImportDoc("Get one import"),
	"getImportOfList": getImportDoc("Get one import into a list"),
	"getImportEvents": {
		summary:     "Listen to an import",
		description: "Tells how far the import is, as it goes, by Server-Sent Events: an event `progress` with the import, as getImport gives it, whenever something of it has changed, and an event `end` when nothing will change by itself any more. After half an hour the stream ends; clients connect again. When the list was deleted it ends too, and connecting again is 404.",
		group:       tagImports,
		files:       []fileDoc{{typeEvents, "Events.", "event: progress\ndata: " + importExample + "\n\n"}},
		statuses:    []int{http.StatusNotFound},
		curl:        "--no-buffer",
	},
	"getImportLedger": {
		summary:     "Get what became of each row",
		description: "A file with a line for each row of the imported file that is settled: its number (from 1, the header not counted), its outcome, a code and a sentence where there is something to say, the contact that it became, changed or matched, its own id, and of a duplicate the earlier row or the contact that it repeats. In CSV an own id that a spreadsheet would take for a formula has an apostrophe in front.",
		group:       tagImports,
		query: []*huma.Param{
			{Name: "format", In: "query", Description: "The kind of file.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"csv", "ndjson"}, Default: "csv"}},
			{Name: "outcome", In: "query", Description: "Only rows with these outcomes, joined by commas.", Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"duplicate,rejected"}}},
		},
		files: []fileDoc{
			{"text/csv", "RFC 4180.", "row,outcome,code,message,contactId,uniqueId,duplicateOfRow,duplicateOf,dncList\r\n1,added,,,cc-3f0a1c52-7b64-8e21-8000-000000000001,C-1001,,,\r\n2,duplicate,duplicate_in_file,The row 1 of the file is the same.,,C-1002,1,cc-3f0a1c52-7b64-8e21-8000-000000000001,\r\n"},
			{"application/x-ndjson", "A JSON object on each line.", `{"row":3,"outcome":"rejected","code":"phone_missing","message":"The phone number is missing."}` + "\n"},
		},
		statuses: []int{http.StatusNotFound},
	},
	"getImportRejects": {
		summary:     "Get the rejected rows, to mend",
		description: "The rejected rows as they stood in the file, in its own columns and with its own delimiter, and in front one column that says what was wrong. Mend the rows, leave the first column as it is, and import the file: it is known for the correction of this import, and both imports count what was `corrected`. Rows of JSON and of workbooks come as CSV.",
		group:       tagImports,
		files:       []fileDoc{{"text/csv", "The form of the imported file.", "rejected im-0603182c-7ffb-43c3-b307-47ca14b4c0de,phoneNumber,firstName\n3 phone_missing: The phone number is missing.,,Ada\n"}},
		statuses:    []int{http.StatusNotFound, http.StatusConflict},
	},
	"cancelImport": {
		summary:     "Cancel an import",
		description: "An import that waits ends at once; one that runs ends before its next block of rows. What is committed stays, unless all rows or none were asked for (`strict`): then it is taken back. Undo takes back the rest, retry goes on.",
		group:       tagImports, status: http.StatusAccepted,
		answer: reflect.TypeFor[success[wireImport]](), example: requestExample{answer: envelopeExample("Import cancellation in progress", importExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"retryImport": {
		summary:     "Try an import again",
		description: "Queues an import again that failed or was cancelled. It goes on after the last committed row, with the counts that it has; one that was undone begins anew. If the list was replaced since its rows were committed, it is a conflict: import the file anew, or undo the replacement first.",
		group:       tagImports, status: http.StatusAccepted,
		answer: reflect.TypeFor[success[wireImport]](), example: requestExample{answer: envelopeExample("Import queued", importExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"undoImport": {
		summary:     "Undo an import",
		description: "Takes back what an import that has ended added or changed: contacts that it added are removed, contacts that it changed are as they were before, and a list that it replaced is the old one again. Contacts that were changed since are left as they are; `undo.kept` counts them and getKeptContacts lists them with the reason. It is done in the background, part by part.",
		group:       tagImports, status: http.StatusAccepted,
		answer: reflect.TypeFor[success[wireImport]](), example: requestExample{answer: envelopeExample("Import undo in progress", importExample)},
		statuses: []int{http.StatusNotFound, http.StatusConflict},
	},
	"getKeptContacts": {
		summary:     "Get the contacts that an undo kept",
		description: "The contacts that the undo of this import left as they are, each with its reason.",
		group:       tagImports,
		query: []*huma.Param{
			numberParam("limit", "How many to give.", 1, maxPageSize, defaultPageSize),
			{Name: "cursor", In: "query", Description: "The `nextCursor` of an answer.", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		answer: reflect.TypeFor[success[keptPage]](), example: requestExample{answer: envelopeExample("Kept contacts retrieved successfully", `{"results":[{"contactId":"cc-3f0a1c52-7b64-8e21-8000-00000000002a","reason":"changed_since"}],"hasMore":false}`)},
		statuses: []int{http.StatusNotFound},
	},
}

var importsQuery = []*huma.Param{
	{Name: "state", In: "query", Description: "Only imports in this state.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"queued", "running", "done", "failed", "cancelled"}}},
	numberParam("limit", "How many imports to give.", 1, maxImports, defaultImports),
	{Name: "cursor", In: "query", Description: "The `nextCursor` of an answer.", Schema: &huma.Schema{Type: huma.TypeString}},
}

func getImportDoc(summary string) callDoc {
	return callDoc{
		summary:     summary,
		description: "The import's state, bytes and rows read, rate and time left, every count, how the file was understood, and how far its undo is.",
		group:       tagImports,
		answer:      reflect.TypeFor[success[wireImport]](), example: requestExample{answer: envelopeExample("Import retrieved successfully", importExample)},
		statuses: []int{http.StatusNotFound},
	}
}

// The examples of the calls about imports.
const (
	newImportExample     = `{"uploadId":"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f","options":{"region":"US","mapping":{"phoneNumber":"Mobile"},"duplicates":"update"}}`
	newListImportExample = `{"list":{"name":"Renewals"},"uploadId":"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f","options":{"region":"US"}}`

	previewRequestExample = `{"uploadId":"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f","options":{"region":"US"}}`

	understoodExample = `{"format":"csv","encoding":"UTF-8","delimiter":",","header":true,` +
		`"mapping":{"firstName":"First name","lastName":"","phoneNumber":"Mobile","timeZone":"","uniqueId":"","contactPriority":""},` +
		`"columns":[{"name":"First name","fields":["firstName"],"by":"name","confidence":0.95,"samples":["Ada","Bo"]},` +
		`{"name":"Mobile","fields":["phoneNumber"],"by":"name","confidence":0.95,"content":"phoneNumber","samples":["+1 202 555 0143"]},` +
		`{"name":"Plan","fields":[],"confidence":0,"samples":["gold"]}],"warnings":[]}`

	importExample = `{"importId":"im-0603182c-7ffb-43c3-b307-47ca14b4c0de","contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","contactListName":"Renewals",` +
		`"state":"running","dryRun":false,"file":{"fileId":"693153a4f33d29f872f0a1b2","fileName":"people.csv","bytes":94371840,` +
		`"digest":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","uploadId":"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f"},` +
		`"createdBy":"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52","createdAt":"2025-12-05T10:35:41.551Z","startedAt":"2025-12-05T10:35:42.004Z",` +
		`"progress":{"bytesRead":31457280,"bytes":94371840,"rowsRead":333000,"rowsExpected":999000,"rowsPerSecond":111000,"secondsLeft":6},` +
		`"counts":{"rows":333000,"added":323000,"updated":0,"unchanged":0,"duplicate":6700,"rejected":3300,"blocked":0,"corrected":0,"mended":0,"onDnc":0},` +
		`"options":{"duplicates":"skip","match":"phoneNumber","scope":"list","scopeLists":[],"mode":"append","strict":false,"phoneRule":"valid","region":"US","dnc":"count"},` +
		`"understood":` + understoodExample + `}`
)
