package rollcall_test

import (
	"testing"
	"time"

	"rollcall"
	"rollcall/phone"
)

func TestParseExpiry(t *testing.T) {
	for text, want := range map[string]string{
		"2027-03-31": "2027-04-01T00:00:00Z", " 2028-02-29 ": "2028-03-01T00:00:00Z", "2027-03-31T12:00:00+02:00": "2027-03-31T10:00:00Z",
		"2027-03-31 12:00:00": "2027-03-31T12:00:00Z", "2027-03-31T12:00:00.5Z": "2027-03-31T12:00:00.5Z", "2027-03-31T12:00": "2027-03-31T12:00:00Z",
	} {
		if got, err := rollcall.ParseExpiry(text); err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "never", "2027-02-29", "2027-13-01", "03/04/2027", "31.3.2027", "27-03-31", "20270331", "1743379200"} {
		if got, err := rollcall.ParseExpiry(text); err == nil {
			t.Errorf("%q was taken as %v", text, got)
		}
	}
}

func TestContact_CheckEntry(t *testing.T) {
	for extra, want := range map[string]string{
		"": "",
		`{"reason":"asked","expiresAt":"2027-03-31","campaign":7}`: `{"reason":"asked","expiresAt":"2027-04-01T00:00:00.000Z","campaign":7}`,
		`{"reason":" ","expiresAt":"","a":1}`:                      `{"a":1}`,
		`{"expiresAt":"2027-04-01T00:00:00.000Z"}`:                 `{"expiresAt":"2027-04-01T00:00:00.000Z"}`,
	} {
		c := rollcall.Contact{Extra: extra}
		if err := c.CheckEntry(); err != nil || c.Extra != want {
			t.Errorf("%s: %s, %v", extra, c.Extra, err)
		}
	}
	for _, extra := range []string{`{"expiresAt":"soon"}`, `{"expiresAt":20270331}`, `{"reason":{}}`, `{"source":1}`} {
		c := rollcall.Contact{Extra: extra}
		if err := c.CheckEntry(); rollcall.CodeOf(err) != rollcall.CodeInvalid {
			t.Errorf("%s: %v", extra, err)
		}
	}
}

// An entry never ends sooner because of another row: a file that is older than what
// somebody asked for must not let calls through.
func TestContact_MergeEntry_NeverEndsSooner(t *testing.T) {
	const never, soon, late = `{"reason":"a"}`, `{"expiresAt":"2027-01-01T00:00:00.000Z"}`, `{"expiresAt":"2028-01-01T00:00:00.000Z"}`
	for _, c := range []struct {
		have, add, want string
		changed         bool
	}{
		{soon, late, late, true},
		{late, soon, late, false},
		{soon, never, never, true},
		{never, soon, never, false},
		{soon, "", "", true},
		{never, `{"reason":"b"}`, `{"reason":"b"}`, true},
		{never, never, never, false},
	} {
		entry := rollcall.Contact{Phone: 14155550123, Extra: c.have}
		changed := entry.MergeEntry(&rollcall.Contact{Phone: 14155550123, Extra: c.add})
		if entry.Extra != c.want || changed != c.changed {
			t.Errorf("%s and %s: %s, %v", c.have, c.add, entry.Extra, changed)
		}
	}
}

func TestContactList_DNC(t *testing.T) {
	l := rollcall.NewDNCList(rollcall.SourcePassiveAPI, time.Now())
	l.Name, l.Description, l.GlobalDNC = "Opt-outs", "of all campaigns", true
	if err := l.Validate(); err != nil {
		t.Error(err)
	}
	l.AllowDuplicates = true
	if rollcall.CodeOf(l.Validate()) != rollcall.CodeInvalid {
		t.Error("a DNC list holds each number once")
	}
	l.Type, l.AllowDuplicates = rollcall.ListCall, false
	if rollcall.CodeOf(l.Validate()) != rollcall.CodeInvalid {
		t.Error("only a DNC list is global")
	}
	parser, err := phone.NewParser(phone.RuleE164, "")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := rollcall.ParseEntryNumber(parser, "+1 900 *"); err != nil || n != -1900 {
		t.Error(n, err)
	}
}

func TestImportOptions_ForList_DNC(t *testing.T) {
	l := rollcall.NewDNCList(rollcall.SourceLocalDrive, time.Now())
	l.Name = "Opt-outs"
	var o rollcall.ImportOptions
	if err := o.ForList(l); err != nil || o.Duplicates != rollcall.DuplicatesUpdate || o.ListType != rollcall.ListDNC {
		t.Errorf("%+v, %v", o, err)
	}
	for _, o := range []rollcall.ImportOptions{
		{Duplicates: rollcall.DuplicatesSkip}, {Match: rollcall.MatchUniqueID}, {Scope: rollcall.ScopeAccount}, {DNC: rollcall.DNCDrop}, {DNC: rollcall.DNCCount}, {ListType: rollcall.ListCall},
	} {
		if err := o.ForList(l); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
