package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// document is the OpenAPI document, made strict: a field that it does not name
// fails a test, save where the contract lets clients add their own.
var document = sync.OnceValue(func() *openapi3.T {
	raw, err := newDocument("test")
	if err != nil {
		panic(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		panic(err)
	}
	open := []string{"Contact", "NewContact", "NewContacts", "NewContactList", "ContactListChange", "ContactChange", "ContactFilter", "ContactsToDelete"}
	for name, s := range tree["components"].(map[string]any)["schemas"].(map[string]any) {
		if schema := s.(map[string]any); schema["type"] == "object" && !slices.Contains(open, name) {
			schema["additionalProperties"] = false
		}
	}
	raw, _ = json.Marshal(tree)
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		panic(err)
	}
	return doc
})

// checkExchange holds an answer against the document, and the request where it
// succeeded: what the API takes the document must allow.
func checkExchange(t testing.TB, a *API, r *http.Request, rec *httptest.ResponseRecorder) {
	t.Helper()
	_, pattern := a.mux.Handler(r)
	_, route, ok := strings.Cut(pattern, " ")
	if !ok || strings.HasPrefix(route, "/docs") || route == "/openapi.json" {
		return
	}
	if strings.HasSuffix(route, "/{call}") { // see registerOfCampaign
		route = strings.TrimSuffix(route, "{call}") + r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	}
	doc := document()
	item := doc.Paths.Value(route)
	input := &openapi3filter.RequestValidationInput{
		Request: r, Route: &routers.Route{Spec: doc, Path: route, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)},
		Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if (rec.Code == http.StatusOK || rec.Code == http.StatusAccepted) && !strings.Contains(rec.Body.String(), `"rejected":[{`) {
		input.PathParams = pathParams(route, r.URL.Path)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			input.Options.ExcludeRequestBody = true // a part of bytes has no schema to be held against
		} else {
			r.Header.Set("Content-Type", "application/json") // any will do, the document names one
		}
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			t.Errorf("%s %s: the request is not as /openapi.json says: %v", r.Method, r.URL, err)
		}
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: rec.Code, Header: rec.Header(), Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())),
	})
	if err != nil {
		t.Errorf("%s %s: the answer %d is not as /openapi.json says: %v\n%s", r.Method, r.URL, rec.Code, err, rec.Body)
	}
}

func pathParams(route, path string) map[string]string {
	params, values := map[string]string{}, strings.Split(path, "/")
	for i, part := range strings.Split(route, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			params[strings.TrimSuffix(name, "}")] = values[i]
		}
	}
	return params
}

func TestOpenAPI_Valid(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(mustDocument(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
}

// Every operation says all that a reader needs.
func TestOpenAPI_Complete(t *testing.T) {
	operations := 0
	for route, item := range document().Paths.Map() {
		for method, op := range item.Operations() {
			operations++
			if op.Summary == "" || op.Description == "" || len(op.Tags) != 1 || op.Security == nil || op.OperationID == "" {
				t.Errorf("%s %s lacks a summary, description, tag, security or id", method, route)
			}
			succeeds := slices.ContainsFunc([]int{200, 201, 202, 204}, func(status int) bool { return op.Responses.Status(status) != nil })
			open := len(*op.Security) == 1 && len((*op.Security)[0]) == 0
			if !succeeds || open != (method == http.MethodOptions) {
				t.Errorf("%s %s never succeeds, or is open or closed when it should not be", method, route)
			}
			for status, response := range op.Responses.Map() {
				for kind, content := range response.Value.Content {
					if content.Example == nil {
						t.Errorf("%s %s: no example of %s as %s", method, route, status, kind)
					}
				}
			}
			for _, status := range []int{400, 401, 403, 429, 500} {
				if response := op.Responses.Status(status); !open && (response == nil || response.Value.Content.Get("application/json") == nil) {
					t.Errorf("%s %s: no example of %d", method, route, status)
				}
			}
		}
	}
	want := 0
	for _, rt := range routes {
		want += len(rt.bases)
	}
	if operations != want {
		t.Errorf("%d operations are documented, of %d", operations, want)
	}
}

func TestNew_RouteWithoutDocumentation(t *testing.T) {
	routes = append(routes, route{id: "undocumented", bases: []base{baseV2}})
	defer func() { routes = routes[:len(routes)-1] }()
	if _, err := New(Config{}); err == nil {
		t.Fatal("a route without documentation was accepted")
	}
}

func mustDocument(t testing.TB) []byte {
	t.Helper()
	raw, err := newDocument("test")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
