package rollcall

import (
	"strings"
	"testing"

	"rollcall/phone"
)

func TestContact_Change(t *testing.T) {
	spelling := func(s string) *string { return &s }
	start := Contact{Phone: 14155550100, PhoneSent: "+14155550100", FirstName: Given("Ana"), ContactPriority: Given("1"), Extra: `{"contactPriority":1,"plan":"gold","n":1.50}`}
	cases := []struct {
		name   string
		change ContactChange
		want   func(*Contact)
	}{
		{"nothing", ContactChange{}, func(*Contact) {}},
		{"a field", ContactChange{Fields: map[Field]Text{FieldFirstName: Given("Ben")}}, func(c *Contact) { c.FirstName = Given("Ben") }},
		{"the same value", ContactChange{Fields: map[Field]Text{FieldFirstName: Given("Ana")}, Extra: `{"plan":"gold"}`}, func(*Contact) {}},
		{"a field removed", ContactChange{Fields: map[Field]Text{FieldFirstName: {}}}, func(c *Contact) { c.FirstName = Text{} }},
		{"a number becomes a text", ContactChange{Fields: map[Field]Text{FieldContactPriority: Given("2")}},
			func(c *Contact) { c.ContactPriority, c.Extra = Given("2"), `{"plan":"gold","n":1.50}` }},
		{"a number becomes another", ContactChange{Fields: map[Field]Text{FieldContactPriority: Given("2")}, Extra: `{"contactPriority":2}`},
			func(c *Contact) {
				c.ContactPriority, c.Extra = Given("2"), `{"contactPriority":2,"plan":"gold","n":1.50}`
			}},
		{"another field set, one added, one removed", ContactChange{Extra: `{"plan":"none","x":true}`, Remove: []string{"n", "absent"}},
			func(c *Contact) { c.Extra = `{"contactPriority":1,"plan":"none","x":true}` }},
		{"all of them removed", ContactChange{Fields: map[Field]Text{FieldContactPriority: {}}, Remove: []string{"n", "plan"}},
			func(c *Contact) { c.ContactPriority, c.Extra = Text{}, "" }},
		{"a number in national form", ContactChange{PhoneSent: spelling("(415) 555-0101")}, func(c *Contact) { c.Phone, c.PhoneSent = 14155550101, "(415) 555-0101" }},
		{"another spelling of the number", ContactChange{PhoneSent: spelling("1 415 555 0100")}, func(c *Contact) { c.PhoneSent = "1 415 555 0100" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, want := start, start
			c.want(&want)
			changed, err := got.Change(c.change, &ContactList{PhoneRule: phone.RuleE164, Region: "US"})
			if err != nil || got != want || changed != (want != start) {
				t.Errorf("got %+v, changed %t, %v\nwant %+v", got, changed, err, want)
			}
		})
	}
}

func TestContact_Change_Refused(t *testing.T) {
	short, same := "12", "old spelling"
	c := Contact{Phone: 14155550100, PhoneSent: same, Extra: `{"a":"` + strings.Repeat("x", MaxExtraBytes-20) + `"}`}
	copied := c
	_, err := copied.Change(ContactChange{PhoneSent: &short, Extra: `{"b":"` + strings.Repeat("y", 20) + `"}`}, &ContactList{PhoneRule: phone.RuleValid})
	got := Errors(err)
	if len(got) != 2 || got[0].Reason != phone.CodeTooShort || got[0].Field != "phoneNumber" || got[1].Code != CodeTooLarge {
		t.Errorf("got %v", err)
	}
	if changed, err := c.Change(ContactChange{PhoneSent: &same}, &ContactList{PhoneRule: phone.RuleValid}); changed || err != nil {
		t.Errorf("the spelling that it has: %t %v", changed, err)
	}
}

// A text from a file takes the place of what was sent as a number.
func TestContact_Merge_ATextReplacesANumber(t *testing.T) {
	c := Contact{ContactPriority: Given("1"), Extra: `{"contactPriority":1,"plan":"gold"}`}
	if !c.Merge(&Contact{ContactPriority: Given("2")}, false, false) || c.ContactPriority != Given("2") || c.Extra != `{"plan":"gold"}` {
		t.Errorf("%+v", c)
	}
}
