package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// The OpenAPI document is made from the table of routes and from the very
// structs that are decoded and encoded, by huma's schemas; openapi_calls.go adds
// what code cannot say. huma's own handlers are not used: they would decide the
// order of checks, the decoding (a name in any case, null as a value), the
// statuses and the envelope of errors, and the contract decides each otherwise.
// A test holds every answer against the document instead.

// callDoc is what the document says of a route beside its table row.
type callDoc struct {
	summary     string
	description string
	query       []*huma.Param
	request     reflect.Type // nil: no fields
	required    bool         // the body
	answer      reflect.Type // with its envelope; nil: files
	files       []fileDoc    // what comes instead of an envelope
	example     requestExample
	statuses    []int // of failures, beside those of every call

	group   string                     // the tag; empty: by the summary
	status  int                        // of an answer with a body; 0: 200
	headers []*huma.Param              // beside those of every call
	bodies  map[string]*huma.MediaType // by content type, of a request that is not JSON
	empty   map[int]emptyDoc           // answers without a body, by status
	curl    string                     // what a curl line needs besides
}

// docOf gives a route's documentation.
func docOf(id string) (callDoc, bool) {
	for _, docs := range []map[string]callDoc{callDocs, uploadDocs, importDocs, dncDocs, erasureDocs, campaignDocs, claimDocs, contactabilityDocs} {
		if d, ok := docs[id]; ok {
			return d, true
		}
	}
	return callDoc{}, false
}

// fileDoc is an answer that is no envelope.
type fileDoc struct{ mediaType, description, example string }

// requestExample is a request's body and the answer to it.
type requestExample struct{ request, answer string }

// newDocument makes the OpenAPI 3.1 document.
func newDocument(version string) ([]byte, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Rollcall", Version: version, Description: introduction,
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Servers: []*huma.Server{{URL: "/", Description: "The server that gave this document."}},
		Tags: []*huma.Tag{
			{Name: tagLists, Description: "The lists of people that campaigns call."},
			{Name: tagContacts, Description: "The people in a list."},
			{Name: tagUploads, Description: "Files on their way in, for imports to read."},
			{Name: tagCampaigns, Description: "Plans to reach the contacts of lists, and what they name."},
			{Name: tagDNC, Description: "Which numbers must not be called, since when, and by whom."},
			{Name: tagErasures, Description: "Persons who are to be forgotten, and whose numbers stay suppressed."},
			{Name: tagImports, Description: "Files on their way into lists, with an account for every row."},
			{Name: tagRuns, Description: "Campaigns that run, and the contacts that they hand out to dialers."},
			{Name: tagAccount, Description: "What an account may have."},
			{Name: tagVersion1, Description: "The same calls on the paths of the first version of the public API."},
		},
		Components: &huma.Components{
			Schemas: registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{"auth": {
				Type: "apiKey", In: "header", Name: "auth", Description: "The JWT that the app signed, bare: without Bearer.",
			}},
		},
	}
	for _, rt := range routes {
		d, ok := docOf(rt.id)
		if !ok {
			return nil, fmt.Errorf("api: the route %s is not documented", rt.id)
		}
		for _, b := range rt.bases {
			doc.AddOperation(operation(registry, &rt, &b, d))
		}
	}
	openSchemas(registry)
	return marshalInOrder(doc)
}

// marshalInOrder encodes the document with its paths in the order of the table,
// in which a reader should meet them; huma keeps them in a map.
func marshalInOrder(doc *huma.OpenAPI) ([]byte, error) {
	paths := []byte("{")
	for _, rt := range routes {
		for _, b := range rt.bases {
			item, there := doc.Paths[b.prefix+rt.path]
			if !there {
				continue // another method of the same path came before
			}
			delete(doc.Paths, b.prefix+rt.path)
			encoded, err := json.Marshal(item)
			if err != nil {
				return nil, err
			}
			if len(paths) > 1 {
				paths = append(paths, ',')
			}
			paths = append(append(appendString(paths, b.prefix+rt.path), ':'), encoded...)
		}
	}
	rest, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return slices.Concat(bytes.TrimSuffix(rest, []byte("}")), []byte(`,"paths":`), paths, []byte("}}")), nil
}

// openSchemas lets every object have more members than are named: clients must
// live with fields that come later, and send what they like. And it puts null
// among the values of a field that may be null, which huma leaves out.
func openSchemas(registry huma.Registry) {
	for _, s := range registry.Map() {
		if closed, ok := s.AdditionalProperties.(bool); ok && !closed {
			s.AdditionalProperties = nil
		}
		for _, p := range s.Properties {
			if p.Nullable && len(p.Enum) > 0 {
				p.Enum = append(p.Enum, nil)
			}
		}
	}
}
