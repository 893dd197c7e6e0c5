package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// operation documents a route on one of its paths.
func operation(registry huma.Registry, rt *route, b *base, d callDoc) *huma.Operation {
	op := &huma.Operation{
		OperationID: rt.id, Method: rt.method, Path: b.prefix + rt.path, Summary: d.summary, Description: d.description,
		Tags: []string{d.tag()}, Parameters: append(parametersOf(rt, b), d.query...),
		Security: []map[string][]string{{"auth": {}}}, Responses: responsesOf(registry, rt, d),
	}
	if b.wire == version1 {
		op.Tags = []string{tagVersion1}
		op.OperationID += "_" + b.id
		op.Summary += " (first version)"
		op.Description += versionNote
	}
	if rt.method == http.MethodPost || rt.method == http.MethodPut {
		op.RequestBody = requestOf(registry, d)
	}
	return op
}

func (d *callDoc) tag() string {
	if strings.Contains(d.summary, "ontacts") {
		return tagContacts
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
	if b.wire == version1 {
		params[2].Description = "The account id; here or in the query."
		params[3].Description = "The account id; here or in the header. Given twice, both are equal."
	}
	if strings.Contains(rt.path, "{contactListId}") {
		params = append(params, &huma.Param{Name: "contactListId", In: "path", Required: true, Description: "The id of the contact list.",
			Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"cl-718e8881-3aca-4008-973e-6d79940c2f11"}}})
	}
	return params
}

func requestOf(registry huma.Registry, d callDoc) *huma.RequestBody {
	if d.request == nil {
		return &huma.RequestBody{
			Description: "None is needed; an empty object does no harm.",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}, Example: json.RawMessage("{}")}},
		}
	}
	return &huma.RequestBody{
		Required: d.required,
		Content: map[string]*huma.MediaType{"application/json": {
			Schema: registry.Schema(d.request, true, ""), Example: json.RawMessage(d.example.request),
		}},
	}
}

// everyStatus are the failures that every call may answer with.
var everyStatus = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError}

func responsesOf(registry huma.Registry, rt *route, d callDoc) map[string]*huma.Response {
	responses := map[string]*huma.Response{"200": {
		Description: "Done.",
		Content: map[string]*huma.MediaType{"application/json": {
			Schema: registry.Schema(d.answer, true, ""), Example: json.RawMessage(d.example.answer),
		}},
	}}
	statuses := slices.Concat(everyStatus, d.statuses)
	if rt.method == http.MethodPost || rt.method == http.MethodPut {
		statuses = append(statuses, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge)
	}
	for _, status := range statuses {
		responses[strconv.Itoa(status)] = failureResponse(registry, status)
	}
	return responses
}

func failureResponse(registry huma.Registry, status int) *huma.Response {
	r := &huma.Response{
		Description: failureDocs[status].description,
		Content: map[string]*huma.MediaType{"application/json": {
			Schema: registry.Schema(reflect.TypeFor[failure](), true, ""), Example: failureDocs[status].example(),
		}},
	}
	if status == http.StatusTooManyRequests {
		r.Headers = map[string]*huma.Header{"Retry-After": {
			Description: "Seconds to wait.", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: new(1.0)},
		}}
	}
	return r
}
