package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rollcall"
)

// typedRecords reads a JSON text to its end as rows of cells.
func typedRecords(t testing.TB, text io.Reader, kind Kind, keys []string, limit int) ([][]string, error) {
	t.Helper()
	content, err := io.ReadAll(newJSONText(text, kind, keys, limit))
	s := scanner{delim: ',', eol: '\n', limit: limit}
	s.reset(content, true)
	all := [][]string{}
	for s.next() {
		if s.fault != faultNone {
			t.Fatalf("a record has the fault %d: %q", s.fault, content[s.start:min(s.end, s.start+200)])
		}
		row := []string{}
		for _, c := range s.cells {
			row = append(row, unquote(string(content[c.start:c.end]), c.quotes))
		}
		all = append(all, row)
	}
	return all, err
}

func TestJSON_Rows(t *testing.T) {
	keys := []string{"a", "b"}
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		name string
		kind Kind
		text string
		want [][]string
		err  string
	}{
		{"an array", KindJSON, ` [ {"a" : 1 , "b":"x"} , {"b":null} ] `, [][]string{{"j1", "sx"}, {"", "jnull"}}, ""},
		{"an empty array", KindJSON, "[]", [][]string{}, ""},
		{"empty objects are rows", KindJSON, "[{},{}]", [][]string{{""}, {""}}, ""},
		{"brackets in texts", KindJSON, `[{"a":"]}\"[{"},{"a":"\\"}]`, [][]string{{`s]}"[{`}, {`s\`}}, ""},
		{"nested values without blanks", KindJSON, `[{"a":{"x": [1, 2]}}]`, [][]string{{`j{"x":[1,2]}`}}, ""},
		{"no objects", KindJSON, `[1,"x",null,{"a":true}]`, [][]string{{"!json_not_object", "1"}, {"!json_not_object", `"x"`}, {"!json_not_object", "null"}, {"jtrue"}}, ""},
		{"too long", KindJSON, `[{"a":"` + long + `"},{"a":1}]`, [][]string{{"!row_too_long", `{"a":"` + long[:74] + "…"}, {"j1"}}, ""},
		{"a comma too many", KindJSON, `[{"a":1},]`, [][]string{{"j1"}}, "after row 1"},
		{"two commas", KindJSON, `[{"a":1},,{"a":2}]`, [][]string{{"j1"}}, "after row 1"},
		{"no comma", KindJSON, `[{"a":1} {"a":2}]`, [][]string{{"j1"}}, "after row 1"},
		{"not closed", KindJSON, `[{"a":1}`, [][]string{{"j1"}}, "after row 1"},
		{"the wrong bracket", KindJSON, `[{"a":1},{"a":2]]`, [][]string{{"j1"}}, "after row 1"},
		{"more behind", KindJSON, `[{"a":1}] {"a":2}`, [][]string{{"j1"}}, "after row 1"},
		{"lines", KindNDJSON, "{\"a\":1}\r\n\n  \n{\"b\":\"y\"}", [][]string{{"j1"}, {"", "sy"}}, ""},
		{"a broken line", KindNDJSON, "{\"a\":1\n{\"a\":2}\n", [][]string{{"!json_broken", `{"a":1`}, {"j2"}}, ""},
		{"a long line", KindNDJSON, `{"a":"` + long + "\"}\n{\"a\":2}\n", [][]string{{"!row_too_long", `{"a":"` + long[:74] + "…"}, {"j2"}}, ""},
		{"a long line of blanks", KindNDJSON, "{\"a\":1}" + strings.Repeat(" ", 300) + "\n", [][]string{{"!row_too_long", `{"a":1}` + strings.Repeat(" ", 73) + "…"}}, ""},
		{"an escaped name", KindNDJSON, `{"\u0061":1}`, [][]string{{"j1"}}, ""},
		{"half a surrogate pair", KindNDJSON, `{"a":"\ud800x"}`, [][]string{{"s\ufffdx"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := typedRecords(t, iotest.OneByteReader(strings.NewReader(c.text)), c.kind, keys, 200)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
		})
	}
}

func TestJSON_TooManyNames(t *testing.T) {
	var b strings.Builder
	for i := range maxColumns + 1 {
		b.WriteString(`{"` + columnName(i) + "\":1}\n")
	}
	if _, _, err := jsonKeys(strings.NewReader(b.String()), KindNDJSON); rollcall.CodeOf(err) != rollcall.CodeInvalid || !strings.Contains(err.Error(), "16384") {
		t.Errorf("got %v", err)
	}
	huge := `{"` + strings.Repeat("x", maxRecord/2) + `":1}` + "\n" + `{"` + strings.Repeat("y", maxRecord/2+10) + `":1}` + "\n"
	if _, _, err := jsonKeys(strings.NewReader(huge), KindNDJSON); rollcall.CodeOf(err) != rollcall.CodeInvalid {
		t.Errorf("got %v", err)
	}
}

// FuzzJSON: whatever the text, each of its lines is one row with the values that
// encoding/json finds, and an array is read as it reads it, or refused.
func FuzzJSON(f *testing.F) {
	for _, name := range []string{"nested", "lines", "cut_off", "broken_array"} {
		f.Add([]byte(fixture(f, name)), true)
		f.Add([]byte(fixture(f, name)), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, array bool) {
		kind := KindNDJSON
		if array {
			kind = KindJSON
		}
		keys, rows, err := jsonKeys(bytes.NewReader(text), kind)
		if err != nil && rollcall.CodeOf(err) != rollcall.CodeInvalid {
			t.Fatal(err)
		}
		records, again := typedRecords(t, iotest.HalfReader(bytes.NewReader(text)), kind, keys, maxRecord)
		if (err == nil) != (again == nil) || err == nil && int64(len(records)) != rows {
			t.Fatalf("%d rows, then %d; %v, %v", rows, len(records), err, again)
		}
		wanted, ok := decodeAll(text, array)
		if ok != (err == nil) {
			t.Fatalf("the text is valid: %v, but %v", ok, err)
		}
		for i, want := range wanted {
			if ok {
				compareObject(t, keys, records[i], want)
			}
		}
	})
}

// decodeAll decodes a text by the standard library: its rows as they stand, and
// whether it can be read to its end.
func decodeAll(text []byte, array bool) (all []json.RawMessage, ok bool) {
	if array {
		err := json.Unmarshal(text, &all)
		return all, err == nil && bytes.HasPrefix(bytes.TrimLeft(text, jsonSpace), []byte("["))
	}
	for line := range bytes.Lines(text) {
		if line = bytes.Trim(line, jsonSpace); len(line) > 0 {
			all = append(all, line)
		}
	}
	return all, true
}

func compareObject(t *testing.T, keys, record []string, raw json.RawMessage) {
	t.Helper()
	var want map[string]json.RawMessage
	err := json.Unmarshal(raw, &want)
	if fault := record[0] != "" && record[0][0] == typedFault; fault != (err != nil || want == nil || !utf8.Valid(raw)) {
		t.Fatalf("%q: %q, %v", raw, record, err)
	} else if fault {
		return
	}
	for i, cell := range record {
		value, there := json.RawMessage(nil), false
		if i < len(keys) {
			value, there = want[keys[i]]
		}
		if there != (cell != "") {
			t.Fatalf("%q: cell %d is %q", raw, i, cell)
		}
		if there && !sameJSON(value, appendTypedJSON(nil, cell)) {
			t.Fatalf("%q: cell %d is %q, want %s", raw, i, cell, value)
		}
	}
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)) != nil || cmp.Equal(x, y)
}
