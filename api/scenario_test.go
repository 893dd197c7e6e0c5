package api

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rollcall"
)

// step is one request of a scenario and what must come back.
type step struct {
	name        string
	given       []string
	method      string
	target      string
	headers     map[string]string // an empty value removes the header
	body        string
	status      int
	wantHeaders map[string]string
	want        string // JSON with matchers
}

// readScenario parses a file of testdata/wire.
func readScenario(t *testing.T, file string) []step {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var steps []step
	for _, part := range strings.Split("\n"+string(text), "\n=== ")[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		request, want, ok := strings.Cut(rest, "\n---\n")
		if !ok {
			t.Fatalf("%s: the step %q has no answer", file, name)
		}
		s := step{name: name}
		s.readRequest(request)
		s.readAnswer(want)
		steps = append(steps, s)
	}
	return steps
}

// scenarioLimits are the limits that a file asks for before its first step.
func scenarioLimits(t *testing.T, file string) (l rollcall.Limits) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if given, ok := strings.CutPrefix(string(text), "limits "); ok {
		if _, err := fmt.Sscanf(given, "lists=%d list=%d contacts=%d file=%d campaign=%d\n", &l.Lists, &l.ContactsPerList, &l.Contacts, &l.FileSize, &l.CampaignLists); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func (s *step) readRequest(text string) {
	head, body, _ := strings.Cut(text, "\n\n")
	s.body, s.headers = strings.TrimSpace(body), map[string]string{}
	for line := range strings.SplitSeq(head, "\n") {
		if given, ok := strings.CutPrefix(line, "given "); ok {
			s.given = append(s.given, given)
		} else if s.method == "" {
			s.method, s.target, _ = strings.Cut(line, " ")
		} else if name, value, ok := strings.Cut(line, ":"); ok {
			s.headers[name] = strings.TrimSpace(value)
		}
	}
}

func (s *step) readAnswer(text string) {
	head, want, _ := strings.Cut(text, "\n\n")
	s.want, s.wantHeaders = want, map[string]string{}
	for i, line := range strings.Split(head, "\n") {
		if i == 0 {
			s.status, _ = strconv.Atoi(line)
		} else if name, value, ok := strings.Cut(line, ":"); ok {
			s.wantHeaders[name] = strings.TrimSpace(value)
		}
	}
}

var braces = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// expand fills in variables; what is a matcher stays.
func expand(t testing.TB, text string, vars map[string]string) string {
	t.Helper()
	return braces.ReplaceAllStringFunc(text, func(m string) string {
		name := m[2 : len(m)-2]
		if value, ok := vars[name]; ok {
			return value
		}
		if kind, _, _ := strings.Cut(name, " "); matchers[kind] == nil {
			t.Fatalf("nothing is known of %s", m)
		}
		return m
	})
}

// matchers are what an expected string may say instead of a value.
var matchers = map[string]func(got any, argument string) bool{
	"any": func(any, string) bool { return true },
	"id": func(got any, prefix string) bool {
		s, _ := got.(string)
		return regexp.MustCompile(`^` + prefix + `[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(s)
	},
	"time": func(got any, _ string) bool {
		s, _ := got.(string)
		return regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(s)
	},
	"text": func(got any, _ string) bool { s, ok := got.(string); return ok && s != "" },
}

// match gives what is wanted with every matcher that fits replaced by what was
// got, so that the rest can be compared as it is. "{{id cl- as list}}" keeps the
// value as {{list}}.
func match(want, got any, vars map[string]string) any {
	switch w := want.(type) {
	case string:
		return matchText(w, got, vars)
	case []any:
		g, _ := got.([]any)
		for i := range w {
			if i < len(g) {
				w[i] = match(w[i], g[i], vars)
			}
		}
	case map[string]any:
		g, _ := got.(map[string]any)
		for name := range w {
			if value, ok := g[name]; ok {
				w[name] = match(w[name], value, vars)
			}
		}
	}
	return want
}

func matchText(want string, got any, vars map[string]string) any {
	m := braces.FindStringSubmatch(want)
	if m == nil || m[0] != want {
		return want
	}
	rule, name, captured := strings.Cut(m[1], " as ")
	kind, argument, _ := strings.Cut(rule, " ")
	if !matchers[kind](got, argument) {
		return want
	}
	if s, ok := got.(string); ok && captured {
		vars[name] = s
	}
	return got
}

func decodeValue(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}
