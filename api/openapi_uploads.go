package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// emptyDoc documents an answer without a body, and the headers that it carries.
type emptyDoc struct {
	description string
	headers     map[string]string // what each says
}

// The headers of the protocol tus 1.0.0, as a caller sends them.
var (
	tusVersionParam  = headerParam(headerTus, "The version of the protocol: `1.0.0`.", &huma.Schema{Type: huma.TypeString, Enum: []any{tusVersion1}})
	tusLengthParam   = headerParam("Upload-Length", "How many bytes the file has.", wholeNumber())
	tusDeferParam    = headerParam("Upload-Defer-Length", "`1`: the length will be said later, by a PATCH that carries `Upload-Length`.", &huma.Schema{Type: huma.TypeString, Enum: []any{"1"}})
	tusMetadataParam = headerParam("Upload-Metadata", "`filename` and, after a blank, the file's name in Base64. Other pairs are kept for HEAD.", &huma.Schema{Type: huma.TypeString, Examples: []any{"filename cGVvcGxlLmNzdg=="}})
	tusOffsetParam   = headerParam(headerUploadOffset, "How many bytes came before these: what HEAD or the last answer said.", wholeNumber())
)

func headerParam(name, description string, schema *huma.Schema) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: description, Schema: schema}
}

func wholeNumber() *huma.Schema { return &huma.Schema{Type: huma.TypeInteger, Minimum: new(0.0)} }

func required(p *huma.Param) *huma.Param {
	r := *p
	r.Required = true
	return &r
}

// formBody and bytesBody are how a file comes: whole in a form, or its next bytes.
var (
	formBody = &huma.MediaType{Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{filePart},
		Properties: map[string]*huma.Schema{filePart: {Type: huma.TypeString, Format: "binary", Description: "The file, as the one part of the form."}},
	}}
	bytesBody = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "Bytes of the file."}}
)

const typeOffset = "application/offset+octet-stream"

// offsetHeaders are the headers of answers about a resumable upload.
func offsetHeaders(more map[string]string) map[string]string {
	h := map[string]string{headerTus: "`1.0.0`.", headerUploadOffset: "How many bytes have come.", headerUploadExpires: "When the file is removed if nothing more of it comes."}
	for name, text := range more {
		h[name] = text
	}
	return h
}

var optionsDoc = callDoc{
	summary:     "Ask for the protocol of uploads",
	description: "Tells which version and extensions of tus are offered, and the largest file that is taken. Needs no token.",
	group:       tagUploads,
	empty: map[int]emptyDoc{http.StatusNoContent: {"What is offered.", map[string]string{
		headerTus: "`1.0.0`.", "Tus-Version": "`1.0.0`.", "Tus-Extension": "Names, joined by commas.", "Tus-Max-Size": "The largest file in bytes; absent where there is no limit.",
	}}},
}

// uploadDocs documents the calls about uploads.
var uploadDocs = map[string]callDoc{
	"createUpload": {
		summary: "Upload a file",
		description: "Takes a file for imports to read, in one of two ways.\n\n" +
			"As a form: `multipart/form-data` with one part, `file`. The answer is the upload, complete and with its digest. Nothing is left of a file that does not arrive whole.\n\n" +
			"Resumable, by tus 1.0.0: a request with the header `Tus-Resumable` makes an upload, and answers 201 with its path in the header `Location`. It may carry the file's first bytes. PATCH sends more, HEAD tells where to go on after a broken connection.\n\n" +
			"The time limit of a request does not hold here: an upload goes on for as long as bytes arrive.",
		group:   tagUploads,
		headers: []*huma.Param{tusVersionParam, tusLengthParam, tusDeferParam, tusMetadataParam},
		bodies:  map[string]*huma.MediaType{"multipart/form-data": formBody, typeOffset: bytesBody},
		answer:  reflect.TypeFor[success[upload]](), example: requestExample{answer: envelopeExample("File uploaded successfully", uploadExample)},
		empty:    map[int]emptyDoc{http.StatusCreated: {"A resumable upload was made.", offsetHeaders(map[string]string{"Location": "The path of the upload."})}},
		statuses: []int{http.StatusPreconditionFailed, http.StatusLocked, http.StatusServiceUnavailable},
		curl:     "-F file=@people.csv",
	},
	"getUploads": {
		summary:     "Get the uploads",
		description: "A page of the application's uploads, the newest first. Begin without a cursor, then pass the `nextCursor` of each answer until none comes.",
		group:       tagUploads,
		query: []*huma.Param{
			numberParam("limit", "How many uploads to give.", 1, maxUploads, defaultUploads),
			{Name: "cursor", In: "query", Description: "The `nextCursor` of an answer.", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		answer: reflect.TypeFor[success[uploadPage]](), example: requestExample{answer: envelopeExample("Uploads retrieved successfully", `{"results":[`+uploadExample+`],"limit":50,"hasMore":false}`)},
	},
	"getUpload": {
		summary:     "Get one upload",
		description: "One upload by its id.",
		group:       tagUploads,
		answer:      reflect.TypeFor[success[upload]](), example: requestExample{answer: envelopeExample("Upload retrieved successfully", uploadExample)},
		statuses: []int{http.StatusNotFound},
	},
	"headUpload": {
		summary:     "Ask where an upload goes on",
		description: "Tells how many bytes of the file have come (tus 1.0.0). It ends another request that still writes to the upload: that is a broken connection which the server has not noticed yet.",
		group:       tagUploads,
		headers:     []*huma.Param{tusVersionParam},
		empty: map[int]emptyDoc{http.StatusOK: {"The upload is there.", offsetHeaders(map[string]string{
			"Upload-Length": "How many bytes the file has; absent while that is not known.", "Upload-Defer-Length": "`1` while the length is not known.", "Upload-Metadata": "As it came when the upload was made; absent if it did not.",
		})}},
		statuses: []int{http.StatusNotFound, http.StatusPreconditionFailed, http.StatusLocked},
		curl:     "--head",
	},
	"patchUpload": {
		summary:     "Send more of an upload",
		description: "Adds the body's bytes to a resumable upload (tus 1.0.0). What came before a broken connection stays: ask with HEAD where to go on. With the last byte the upload is complete.",
		group:       tagUploads,
		headers:     []*huma.Param{required(tusVersionParam), required(tusOffsetParam), tusLengthParam},
		bodies:      map[string]*huma.MediaType{typeOffset: bytesBody}, required: true,
		empty:    map[int]emptyDoc{http.StatusNoContent: {"The bytes are stored.", offsetHeaders(nil)}},
		statuses: []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnsupportedMediaType, http.StatusLocked, http.StatusServiceUnavailable},
		curl:     "-H 'Tus-Resumable: 1.0.0' -H 'Upload-Offset: 0' \\\n  -H 'Content-Type: application/offset+octet-stream' --data-binary @people.csv",
	},
	"deleteUpload": {
		summary:     "Delete an upload",
		description: "Removes the file, whole or not. It is refused while an import of the file is not over.",
		group:       tagUploads,
		headers:     []*huma.Param{tusVersionParam},
		empty:       map[int]emptyDoc{http.StatusNoContent: {"The file is gone.", map[string]string{headerTus: "`1.0.0`."}}},
		statuses:    []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed},
	},
	"uploadOptions":    optionsDoc,
	"oneUploadOptions": optionsDoc.about("Ask for the protocol of one upload"),
}

// about is the same call on another path.
func (d callDoc) about(summary string) callDoc {
	d.summary = summary
	return d
}

// emptyResponse documents an answer without a body.
func emptyResponse(d emptyDoc) *huma.Response {
	r := &huma.Response{Description: d.description, Headers: map[string]*huma.Header{}}
	for name, text := range d.headers {
		r.Headers[name] = &huma.Header{Description: text, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return r
}

const uploadExample = `{"uploadId":"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f","fileName":"people.csv","size":48210,` +
	`"digest":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","complete":true,` +
	`"createdAt":"2025-12-05T10:30:16.232Z","updatedAt":"2025-12-05T10:30:18.004Z","expiresAt":"2025-12-12T10:30:18.004Z"}`
