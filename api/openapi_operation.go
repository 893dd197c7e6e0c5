package api

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall"
)

// operation documents a route on one of its paths.
func operation(registry huma.Registry, rt *route, b *base, d callDoc) *huma.Operation {
	op := &huma.Operation{
		OperationID: rt.id, Method: rt.method, Path: b.prefix + rt.path, Summary: d.summary, Description: d.description,
		Tags: []string{d.tag()}, Parameters: slices.Concat(parametersOf(rt, b), d.query, d.headers),
		Security: []map[string][]string{{"auth": {}}}, Responses: responsesOf(registry, rt, d),
	}
	if b.wire == version1 {
		op.Tags = []string{tagVersion1}
		op.OperationID += "_" + b.id
		op.Summary += " (first version)"
		op.Description += versionNote
	}
	if b.id == baseAPI.id {
		op.OperationID += "_" + b.id
	}
	if rt.scope == anyone {
		op.Security = []map[string][]string{{}}
	}
	if rt.hasBody() || d.request != nil {
		op.RequestBody = requestOf(registry, d)
	}
	return op
}

func (rt *route) hasBody() bool {
	return rt.method == http.MethodPost || rt.method == http.MethodPut || rt.method == http.MethodPatch
}

func (d *callDoc) tag() string {
	switch {
	case d.group != "":
		return d.group
	case strings.Contains(d.summary, "ontacts") || strings.Contains(d.summary, "ontact of"):
		return tagContacts
	case strings.Contains(d.summary, "account"):
		return tagAccount
	}
	return tagLists
}

// parametersOf are the ids of every request (contract, section 1) and those of
// the route's own path.
func parametersOf(rt *route, b *base) []*huma.Param {
	application := &huma.Schema{Type: huma.TypeString, Pattern: "^st-[0-9A-Za-z-]{1,61}$", Examples: []any{"st-0603182c-7ffb-53c3-b307-47ca14b4c0de"}}
	account := &huma.Schema{Type: huma.TypeString, Pattern: "^[0-9A-Fa-f]{24}$", Examples: []any{"67777ce93e25326494e0c0de"}}
	params := []*huma.Param{
		{Name: b.param, In: "path", Required: true, Schema: application, Description: "The application id."},
		{Name: "iid", In: "header", Required: true, Schema: application, Description: "The application id again."},
		{Name: "accountId", In: "header", Required: b.wire == version2, Schema: account, Description: "The account id."},
		{Name: "accountId", In: "query", Schema: account, Description: "The account id again; where it is given, it equals the header."},
	}
	if rt.scope == anyone {
		params = params[:1]
	}
	if b.wire == version1 {
		params[2].Description = "The account id; here or in the query."
		params[3].Description = "The account id; here or in the header. Given twice, both are equal."
	}
	for _, p := range namedInPath {
		if strings.Contains(rt.path, "{"+p.Name+"}") {
			params = append(params, p)
		}
	}
	if rt.writes != reads {
		params = append(params, &huma.Param{Name: rollcall.CallKeyHeader, In: "header", Description: "However often a call with this key is repeated, it is carried out once; see the introduction.",
			Schema: &huma.Schema{Type: huma.TypeString, Pattern: "^[!-~]+$", MinLength: new(1), MaxLength: new(rollcall.MaxCallKey), Examples: []any{"8e03978e-40d5-43dd-bc93-6894a57f9324"}}})
	}
	return params
}

// namedInPath are the parts of paths that name something.
var namedInPath = []*huma.Param{
	pathParam("contactListId", "The id of the contact list.", "cl-718e8881-3aca-4008-973e-6d79940c2f11"),
	pathParam("contactId", "The id of the contact, `_id` where it is given.", "cc-3f0a1c52-7b64-8e21-8000-00000000002a"),
	pathParam("uploadId", "The id of the upload.", "up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f"),
	pathParam("campaignId", "The id of the campaign.", "cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c"),
	pathParam("entryId", "The id of the flow, the queue or the template.", "cf-7d4a1c52-7b64-4e21-8000-00000000002a"),
	pathParam("claimId", "The id of the claim.", "ck-00000000-4008-8002-8000-000000c00001"),
	pathParam("campaignInstanceId", "The id of the run.", "cid-0603182c-7ffb-43c3-b307-47ca14b4c0de"),
	pathParam("importId", "The id of the import.", "im-0603182c-7ffb-43c3-b307-47ca14b4c0de"),
}

func pathParam(name, description, example string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Description: description, Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{example}}}
}

func requestOf(registry huma.Registry, d callDoc) *huma.RequestBody {
	if d.bodies != nil && d.request == nil {
		return &huma.RequestBody{Required: d.required, Content: d.bodies}
	}
	if d.request == nil {
		return &huma.RequestBody{
			Description: "None is needed; an empty object does no harm.",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}, Example: json.RawMessage("{}")}},
		}
	}
	content := map[string]*huma.MediaType{"application/json": {
		Schema: registry.Schema(d.request, true, ""), Example: json.RawMessage(d.example.request),
	}}
	maps.Copy(content, d.bodies)
	return &huma.RequestBody{Required: d.required, Content: content}
}

// everyStatus are the failures that every call may answer with.
var everyStatus = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError}

func responsesOf(registry huma.Registry, rt *route, d callDoc) map[string]*huma.Response {
	responses := map[string]*huma.Response{}
	if d.answer != nil || len(d.files) > 0 {
		responses[strconv.Itoa(cmp.Or(d.status, http.StatusOK))] = &huma.Response{Description: "Done.", Content: contentOf(registry, d)}
	}
	for status, empty := range d.empty {
		responses[strconv.Itoa(status)] = emptyResponse(empty)
	}
	if rt.scope == anyone {
		return responses
	}
	statuses := slices.Concat(everyStatus, d.statuses)
	if rt.writes != reads {
		for status, r := range responses {
			r.Headers = replayedHeader(r.Headers)
			responses[status] = r
		}
		statuses = append(statuses, http.StatusConflict)
	}
	if rt.hasBody() || rt.writes != reads {
		statuses = append(statuses, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge)
	}
	for _, status := range statuses {
		responses[strconv.Itoa(status)] = failureResponse(registry, status)
	}
	return responses
}

// replayedHeader adds the header of an answer that is given again.
func replayedHeader(to map[string]*huma.Header) map[string]*huma.Header {
	all := map[string]*huma.Header{headerReplayed: {
		Description: "Only `true`, and only where this is the kept answer of an earlier call with the same Idempotency-Key.", Schema: &huma.Schema{Type: huma.TypeBoolean},
	}}
	maps.Copy(all, to)
	return all
}

// retryAfterDocs are the statuses with the header Retry-After.
var retryAfterDocs = map[int]string{
	http.StatusTooManyRequests: "Seconds to wait.",
	http.StatusConflict:        "Seconds to wait, where the code is request_in_progress.",
}

func contentOf(registry huma.Registry, d callDoc) map[string]*huma.MediaType {
	if d.answer != nil {
		return map[string]*huma.MediaType{"application/json": {Schema: registry.Schema(d.answer, true, ""), Example: json.RawMessage(d.example.answer)}}
	}
	content := map[string]*huma.MediaType{}
	for _, f := range d.files {
		content[f.mediaType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: f.description}, Example: f.example}
	}
	return content
}

func failureResponse(registry huma.Registry, status int) *huma.Response {
	r := &huma.Response{
		Description: failureDocs[status].description,
		Content: map[string]*huma.MediaType{"application/json": {
			Schema: registry.Schema(reflect.TypeFor[failure](), true, ""), Example: failureDocs[status].example(),
		}},
	}
	if wait, ok := retryAfterDocs[status]; ok {
		r.Headers = map[string]*huma.Header{"Retry-After": {
			Description: wait, Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: new(1.0)},
		}}
	}
	return r
}
