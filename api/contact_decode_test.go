package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

func testParser(t testing.TB) *phone.Parser {
	t.Helper()
	p, err := phone.NewParser(phone.RuleE164, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// decodeOne decodes one contact; the body is what addContacts would take.
func decodeOne(t testing.TB, contact string) (rollcall.Contact, *rejection) {
	t.Helper()
	if !json.Valid([]byte(contact)) {
		t.Fatalf("not JSON: %s", contact)
	}
	contacts, result := decodeContacts([]byte("["+contact+"]"), testParser(t), false)
	if len(result.Rejected) > 0 {
		return rollcall.Contact{}, &result.Rejected[0]
	}
	return contacts[0], nil
}

func TestDecodeContact_Extra(t *testing.T) {
	for name, c := range map[string]struct{ in, extra, out string }{
		"none":               {`{"phoneNumber":"14155550123"}`, ``, `{"phoneNumber":"14155550123"}`},
		"order is kept":      {`{"z":1,"phoneNumber":"14155550123","a":[ {} , null ],"m":"x"}`, `{"z":1,"a":[{},null],"m":"x"}`, `{"phoneNumber":"14155550123","z":1,"a":[{},null],"m":"x"}`},
		"numbers keep type":  {`{"phoneNumber":"14155550123","contactPriority":1e2,"uniqueId":-5}`, `{"uniqueId":-5,"contactPriority":1e2}`, `{"phoneNumber":"14155550123","uniqueId":-5,"contactPriority":1e2}`},
		"null mapped":        {`{"phoneNumber":"14155550123","firstName":null,"x":null}`, `{"x":null}`, `{"phoneNumber":"14155550123","x":null}`},
		"last wins":          {`{"x":1,"y":2,"x":3,"phoneNumber":"1","phoneNumber":"14155550123"}`, `{"x":3,"y":2}`, `{"phoneNumber":"14155550123","x":3,"y":2}`},
		"null wins, if last": {`{"phoneNumber":"14155550123","firstName":"A","firstName":null}`, ``, `{"phoneNumber":"14155550123"}`},
		"escaped names":      {`{"phone\u004eumber":"14155550123","\u0078":1,"x":2,"\u005fid":"mine","a\"b":3}`, `{"x":2,"_id":"mine","a\"b":3}`, `{"phoneNumber":"14155550123","x":2,"a\"b":3}`},
		"ours":               {`{"phoneNumber":"14155550123","_id":1,"createdAt":2,"updatedAt":{"a":3},"deep":{"_id":4}}`, `{"_id":1,"createdAt":2,"updatedAt":{"a":3},"deep":{"_id":4}}`, `{"phoneNumber":"14155550123","deep":{"_id":4}}`},
		"text":               {`{"phoneNumber":"14155550123","firstName":"J\u00fcrgen \"X\"\n<b>","lastName":""}`, ``, `{"phoneNumber":"14155550123","firstName":"Jürgen \"X\"\n<b>","lastName":""}`},
		"brackets in text":   {`{"phoneNumber":"14155550123","x":"]}\\","y":["}\"",{"]":"["}]}`, `{"x":"]}\\","y":["}\"",{"]":"["}]}`, `{"phoneNumber":"14155550123","x":"]}\\","y":["}\"",{"]":"["}]}`},
		"space in text":      {"{ \"phoneNumber\" : \"14155550123\" ,\n\"a b\" :\t\" x  y \" }", `{"a b":" x  y "}`, `{"phoneNumber":"14155550123","a b":" x  y "}`},
		"number":             {`{"phoneNumber":14155550123}`, `{"phoneNumber":14155550123}`, `{"phoneNumber":14155550123}`},
		"other case":         {`{"phoneNumber":"14155550123","FirstName":"x"}`, `{"FirstName":"x"}`, `{"phoneNumber":"14155550123","FirstName":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, bad := decodeOne(t, c.in)
			if bad != nil || got.Extra != c.extra {
				t.Fatalf("extra %s, %v; want %s", got.Extra, bad, c.extra)
			}
			if out := encoded(t, got); !reflect.DeepEqual(out, decodeValue(t, c.out)) {
				t.Errorf("given back: %v, want %s", out, c.out)
			}
		})
	}
}

// encoded gives a contact as it is answered, without what the server adds.
func encoded(t testing.TB, c rollcall.Contact) any {
	t.Helper()
	text := string(appendContact(nil, 1, &c))
	if !json.Valid([]byte(text)) {
		t.Fatalf("the answer is no JSON: %s", text)
	}
	v := decodeValue(t, text).(map[string]any)
	if strings.Count(text, `"_id":"cc-`) != 1 {
		t.Errorf("_id is not the server's, or not once: %s", text)
	}
	for _, name := range []string{"_id", "createdAt", "updatedAt"} {
		delete(v, name)
	}
	return v
}

func TestDecodeContact_Rejected(t *testing.T) {
	long := strings.Repeat("x", rollcall.MaxFieldBytes+1)
	for name, c := range map[string]struct{ in, field, code string }{
		"object":       {`[]`, "", "invalid_field"},
		"bool":         {`{"phoneNumber":"14155550123","firstName":true}`, "firstName", "invalid_field"},
		"long":         {`{"phoneNumber":"14155550123","lastName":"` + long + `"}`, "lastName", "too_large"},
		"long number":  {`{"phoneNumber":"14155550123","uniqueId":` + strings.Repeat("1", rollcall.MaxFieldBytes+1) + `}`, "uniqueId", "too_large"},
		"padded":       {`{"phoneNumber":"14155550123` + strings.Repeat(" ", rollcall.MaxFieldBytes) + `"}`, "phoneNumber", "too_large"},
		"NUL":          {`{"phoneNumber":"14155550123","uniqueId":"\u0000"}`, "uniqueId", "invalid_field"},
		"extra":        {`{"phoneNumber":"14155550123","x":"` + strings.Repeat("y", rollcall.MaxExtraBytes) + `"}`, "", "too_large"},
		"many fields":  {`{"phoneNumber":"14155550123"` + manyMembers(5000) + `}`, "", "too_large"},
		"negative":     {`{"phoneNumber":-14155550123}`, "phoneNumber", "invalid_field"},
		"fraction":     {`{"phoneNumber":14155550123.0}`, "phoneNumber", "invalid_field"},
		"exponent":     {`{"phoneNumber":1.4155550123e10}`, "phoneNumber", "invalid_field"},
		"missing":      {`{}`, "phoneNumber", "phone_missing"},
		"null":         {`{"phoneNumber":null}`, "phoneNumber", "phone_missing"},
		"other's case": {`{"PhoneNumber":"14155550123"}`, "phoneNumber", "phone_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, bad := decodeOne(t, c.in)
			if bad == nil || bad.Field != c.field || bad.Code != c.code || bad.Message == "" {
				t.Errorf("%+v, want %s %s", bad, c.field, c.code)
			}
		})
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":0`, i)
	}
	return b.String()
}

// Many fields, with some given twice, are found by a map instead of one by one;
// the outcome must be the same.
func TestDecodeContact_ManyFields(t *testing.T) {
	got, bad := decodeOne(t, `{"phoneNumber":"14155550123"`+manyMembers(200)+manyMembers(100)+`,"k150":7}`)
	var extra map[string]int
	if bad != nil || json.Unmarshal([]byte(got.Extra), &extra) != nil || len(extra) != 200 || extra["k150"] != 7 || strings.Count(got.Extra, `"k7"`) != 1 {
		t.Errorf("%v %s", bad, got.Extra)
	}
}

// What goes in comes out: the same names and values as encoding/json sees.
func TestProperty_ContactRoundTrip(t *testing.T) {
	value := rapid.SampledFrom([]any{"text", "", "ü\u2028\"\\", 1.5, -3.0, nil, "]},{", "+49 89 123456"})
	rapid.Check(t, func(rt *rapid.T) {
		sent := rapid.MapOf(rapid.SampledFrom([]string{"firstName", "uniqueId", "contactPriority", "a", "b\"", "ü", "_id ", "timezone", "\\"}), value).Draw(rt, "fields")
		sent["phoneNumber"] = "+14155550123"
		body, err := json.MarshalIndent(sent, "", " ")
		if err != nil {
			rt.Fatal(err)
		}
		got, bad := decodeOne(t, string(body))
		if bad != nil {
			rt.Fatalf("rejected: %+v", bad)
		}
		for name := range sent {
			if sent[name] == nil && mappedField([]byte(name)) >= 0 {
				delete(sent, name)
			}
		}
		want, _ := json.Marshal(sent)
		out, _ := json.Marshal(encoded(t, got))
		if string(out) != string(want) {
			rt.Fatalf("sent %s, came back %s", want, out)
		}
	})
}

func TestAddContacts_Most(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	w.check = false // kin-openapi takes seconds for it
	id := w.create("large", false)
	got := decodeData[addedContacts](t, w.must(http.MethodPost, v2("/contactList/addContacts"), numbersBody("large", 15550000001, rollcall.MaxContactsPerCall)))
	if got.Added != rollcall.MaxContactsPerCall || w.countOf(id) != rollcall.MaxContactsPerCall {
		t.Errorf("%+v, the list has %d", got, w.countOf(id))
	}
	status, a := w.call(http.MethodPost, v2("/contactList/addContacts"), numbersBody("large", 16660000001, rollcall.MaxContactsPerCall+1))
	if status != http.StatusRequestEntityTooLarge || a.Errors[0].Code != "too_large" || w.countOf(id) != rollcall.MaxContactsPerCall {
		t.Errorf("one more: %d %+v", status, a)
	}
}

// FuzzAddContactsBody: no body makes the decoder panic, every contact has one
// outcome, and what is taken can be given back.
func FuzzAddContactsBody(f *testing.F) {
	f.Add([]byte(newContactsExample))
	f.Add([]byte(`{"contact_list_name":"a","data":[{"phoneNumber":14155550123,"\u0061":[{"x":" ] "}],"a":1}]}`))
	f.Add([]byte(" {\"data\" : [ 1 , \"\\\"]\" , {\"phoneNumber\":\"+4915112345678\" , \"e\\u0000\":\"\\ud800\"} ] , \"contact_list_name\":\"x\"} "))
	f.Add([]byte(`{"contact_list_name":"a","data":[[[[[{}]]]],{"":{"":[]}}]}`))
	parser := testParser(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		object, err := checkObject(body)
		if err != nil {
			return
		}
		_, data, err := contactsBodyOf(object)
		if err != nil {
			return
		}
		var elements []json.RawMessage
		if err := json.Unmarshal(data, &elements); err != nil {
			t.Fatal(err)
		}
		contacts, result := decodeContacts(data, parser, false)
		if result.Received != len(elements) || len(contacts)+len(result.Rejected) != len(elements) {
			t.Fatalf("%d elements: %d contacts and %d rejected", len(elements), len(contacts), len(result.Rejected))
		}
		for i := range contacts {
			if c := &contacts[i]; c.Extra != "" && (!json.Valid([]byte(c.Extra)) || strings.ContainsFunc(c.Extra, func(r rune) bool { return r < ' ' })) {
				t.Fatalf("extra: %q", c.Extra)
			}
			encoded(t, contacts[i])
		}
	})
}

func BenchmarkAddContactsDecode(b *testing.B) {
	body := []byte(numbersBody("list", 15550000001, rollcall.MaxContactsPerCall))
	parser := testParser(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		object, err := checkObject(body)
		if err != nil {
			b.Fatal(err)
		}
		_, data, err := contactsBodyOf(object)
		if err != nil {
			b.Fatal(err)
		}
		if contacts, _ := decodeContacts(data, parser, false); len(contacts) != rollcall.MaxContactsPerCall {
			b.Fatal(len(contacts))
		}
	}
	b.ReportMetric(float64(rollcall.MaxContactsPerCall)*float64(b.N)/b.Elapsed().Seconds(), "contacts/s")
}
