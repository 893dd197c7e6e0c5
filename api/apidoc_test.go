package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"rollcall"
)

var update = flag.Bool("update", false, "write docs/api.md anew")

const docFile = "../docs/api.md"

// docs/api.md says what /openapi.json says: go test ./api -run APIDoc -update
func TestAPIDoc_Current(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(mustDocument(t))
	if err != nil {
		t.Fatal(err)
	}
	want := (&docWriter{doc: doc}).write()
	if *update {
		if err := os.WriteFile(docFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(docFile); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/api.md is not current (%v); run: go test ./api -run APIDoc -update", err)
	}
}

// docWriter renders the OpenAPI document as Markdown.
type docWriter struct {
	doc *openapi3.T
	bytes.Buffer
}

func (d *docWriter) write() []byte {
	d.line("<!-- Made from the OpenAPI document by `go test ./api -run APIDoc -update`; do not edit. -->")
	d.line("# API reference\n\n%s\n", d.doc.Info.Description)
	d.line("The same is at `/docs` of a running server, to read and to try, and at `/openapi.json` for machines.\n")
	d.failures()
	for _, rt := range routes {
		d.call(rt)
	}
	return d.Bytes()
}

func (d *docWriter) line(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// failures are the same for every call, so they are described once.
func (d *docWriter) failures() {
	d.line("## Failures\n\n| status | when |\n| --- | --- |")
	for _, status := range slices.Sorted(maps.Keys(failureDocs)) {
		d.line("| %d | %s |", status, failureDocs[status].description)
	}
	d.line("\n```json\n%s\n```\n", indent(failureDocs[http.StatusBadRequest].example()))
}

func (d *docWriter) call(rt route) {
	b := rt.bases[0]
	op := d.doc.Paths.Value(b.prefix + rt.path).GetOperation(rt.method)
	d.line("## %s\n\n%s\n", op.Summary, op.Description)
	for _, b := range rt.bases {
		d.line("- `%s %s`", rt.method, b.prefix+rt.path)
	}
	d.parameters(op)
	doc, _ := docOf(rt.id)
	if doc.request != nil {
		d.line("\n**Body**\n")
		d.fields(op.RequestBody.Value.Content.Get("application/json").Schema, "", "required")
		d.line("\n```json\n%s\n```", indent([]byte(doc.example.request)))
	}
	d.forms(doc, op)
	d.answer(rt, op)
	statuses := slices.DeleteFunc(slices.Sorted(maps.Keys(op.Responses.Map())), func(s string) bool { return s < "400" })
	if len(statuses) > 0 {
		d.line("\n**Failures**: %s", strings.Join(statuses, ", "))
	}
	d.line("\n```sh\n%s\n```\n", curl(rt, b, op))
}

// forms are the bodies that are no JSON.
func (d *docWriter) forms(doc callDoc, op *openapi3.Operation) {
	if doc.bodies == nil {
		return
	}
	d.line("\n**Body**, in another form\n")
	for _, kind := range slices.Sorted(maps.Keys(doc.bodies)) {
		d.line("- `%s`", kind)
		schema := op.RequestBody.Value.Content.Get(kind).Schema.Value
		for _, part := range slices.Sorted(maps.Keys(schema.Properties)) {
			d.line("  - `%s`: %s", part, schema.Properties[part].Value.Description)
		}
	}
}

// empty are the answers without a body.
func (d *docWriter) empty(doc callDoc) {
	for _, status := range slices.Sorted(maps.Keys(doc.empty)) {
		d.line("\n%d, without a body: %s\n\n| header | |\n| --- | --- |", status, doc.empty[status].description)
		for _, name := range slices.Sorted(maps.Keys(doc.empty[status].headers)) {
			d.line("| `%s` | %s |", name, doc.empty[status].headers[name])
		}
	}
}

func (d *docWriter) answer(rt route, op *openapi3.Operation) {
	doc, _ := docOf(rt.id)
	d.line("\n**Answer**")
	if doc.answer != nil {
		status := cmp.Or(doc.status, http.StatusOK)
		answer := op.Responses.Status(status).Value.Content.Get("application/json").Schema
		if status != http.StatusOK {
			d.line("\nThe status is %d.", status)
		}
		d.line("")
		if data := answer.Value.Properties["data"]; data != nil {
			d.fields(data, "data", "always")
		} else {
			d.fields(answer, "", "always") // it is no envelope
		}
		d.line("\n```json\n%s\n```", indent([]byte(doc.example.answer)))
	}
	for _, f := range doc.files {
		content := op.Responses.Status(http.StatusOK).Value.Content
		d.line("\n`%s`: %s\n\n```\n%s\n```", f.mediaType, content.Get(f.mediaType).Schema.Value.Description, strings.TrimSuffix(f.example, "\n"))
	}
	d.empty(doc)
}

func (rt *route) hasFields() bool {
	doc, _ := docOf(rt.id)
	return doc.request != nil && doc.curl == ""
}

func (d *docWriter) parameters(op *openapi3.Operation) {
	d.line("\n| parameter | in | type | |\n| --- | --- | --- | --- |")
	for _, p := range op.Parameters {
		v := p.Value
		d.line("| `%s` | %s%s | %s | %s |", v.Name, v.In, map[bool]string{true: ", required"}[v.Required], typeOf(v.Schema), v.Description)
	}
}

// fields is a table of an object's fields, those of objects in it included. given
// is what is said of those that cannot be left out.
func (d *docWriter) fields(s *openapi3.SchemaRef, prefix, given string) {
	d.line("| field | type | |\n| --- | --- | --- |")
	d.rows(s, prefix, given)
}

func (d *docWriter) rows(s *openapi3.SchemaRef, prefix, given string) {
	if s.Value.Type.Includes("array") {
		s, prefix = s.Value.Items, prefix+"[]"
	}
	names := slices.SortedFunc(maps.Keys(s.Value.Properties), func(a, b string) int { return compareNames(s, a, b) })
	for _, name := range names {
		p, full := s.Value.Properties[name], strings.TrimPrefix(prefix+"."+name, ".")
		required := map[bool]string{true: ", " + given, false: ""}[slices.Contains(s.Value.Required, name)]
		d.line("| `%s` | %s%s | %s |", full, typeOf(p), required, p.Value.Description)
		if p.Value.Type.Includes("object") || p.Value.Type.Includes("array") && p.Value.Items.Value.Properties != nil {
			d.rows(p, full, given)
		}
	}
}

// compareNames puts what is always there first.
func compareNames(s *openapi3.SchemaRef, a, b string) int {
	ia, ib := slices.Index(s.Value.Required, a), slices.Index(s.Value.Required, b)
	switch {
	case ia >= 0 && ib >= 0:
		return ia - ib
	case ia >= 0 || ib >= 0:
		return ib - ia
	}
	return strings.Compare(a, b)
}

// typeOf says a type with its limits.
func typeOf(s *openapi3.SchemaRef) string {
	v := s.Value
	var kinds []string
	for _, one := range v.AnyOf {
		kinds = append(kinds, typeOf(one))
	}
	if v.Type != nil {
		kinds = append(kinds, v.Type.Slice()...)
	}
	text := strings.Join(kinds, " or ")
	if v.Items != nil {
		text = strings.Replace(text, "array", "array of "+typeOf(v.Items), 1)
	}
	return text + limits(v)
}

func limits(v *openapi3.Schema) string {
	var text string
	for _, e := range v.Enum {
		if e != nil {
			text += fmt.Sprintf(", `%v`", e)
		}
	}
	if v.MaxLength != nil {
		text += fmt.Sprintf(", %d–%d characters", v.MinLength, *v.MaxLength)
	}
	if v.MaxItems != nil {
		text += fmt.Sprintf(", at most %d", *v.MaxItems)
	}
	if v.Min != nil && v.Max != nil {
		text += fmt.Sprintf(", %.0f–%.0f", *v.Min, *v.Max)
	}
	if v.Default != nil {
		text += fmt.Sprintf(", default `%v`", v.Default)
	}
	return text
}

// uploadOfExample is the upload that an example names: whoever pastes its line has another.
var uploadOfExample = regexp.MustCompile(rollcall.PrefixUpload + "[0-9a-f-]{36}")

func curl(rt route, b base, op *openapi3.Operation) string {
	target := strings.NewReplacer("{"+b.param+"}", "$IID", "{contactListId}", "$LIST", "{uploadId}", "$UPLOAD", "{contactId}", "$CONTACT", "{importId}", "$IMPORT", "{campaignId}", "$CAMPAIGN", "{campaignInstanceId}", "$RUN", "{entryId}", "$ENTRY", "{claimId}", "$CLAIM").Replace(b.prefix + rt.path)
	mark := "?"
	for _, p := range op.Parameters {
		// One with an example is needed too, unless another one is given.
		if p.Value.In == "query" && (p.Value.Required || p.Value.Example != nil) {
			values := append(slices.Clone(p.Value.Schema.Value.Enum), p.Value.Schema.Value.Examples...)
			if p.Value.Example != nil {
				values = []any{p.Value.Example}
			}
			target += mark + p.Value.Name + "=" + url.QueryEscape(fmt.Sprint(values[0]))
			mark = "&"
		}
	}
	text := fmt.Sprintf("curl -X %s \"$HOST%s\"", rt.method, target)
	if rt.method == http.MethodHead {
		text = fmt.Sprintf("curl \"$HOST%s\"", target) // -X HEAD would wait for a body
	}
	if rt.scope == anyone {
		return text + " --include"
	}
	text += " -H \"auth: $TOKEN\" -H \"iid: $IID\" -H \"accountId: $ACCOUNT\""
	if doc, _ := docOf(rt.id); doc.curl != "" {
		text += " \\\n  " + doc.curl
	}
	if op.RequestBody != nil && rt.hasFields() {
		text += " \\\n  -H 'Content-Type: application/json' -d '" + uploadOfExample.ReplaceAllString(docExample(rt.id), "'$$UPLOAD'") + "'"
	}
	return text
}

func indent(text []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		panic(err)
	}
	return b.String()
}

func docExample(id string) string {
	doc, _ := docOf(id)
	return doc.example.request
}
