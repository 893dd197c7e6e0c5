package rollcall_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
)

var now = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

func valid() *rollcall.ContactList {
	l := rollcall.NewContactList(rollcall.SourcePassiveAPI, now)
	l.Name, l.Description = "Renewals", "Renewals of July"
	return l
}

// fields gives the fields that an error is about, in order.
func fields(err error) string {
	var names []string
	for _, e := range rollcall.Errors(err) {
		names = append(names, e.Field)
	}
	return strings.Join(names, " ")
}

func TestContactList_Validate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*rollcall.ContactList)
		wrong  string
	}{
		"as it is":                         {func(*rollcall.ContactList) {}, ""},
		"a name of 48 characters":          {func(l *rollcall.ContactList) { l.Name = strings.Repeat("ü", 48) }, ""},
		"a name of 49 characters":          {func(l *rollcall.ContactList) { l.Name = strings.Repeat("ü", 49) }, "name"},
		"no name":                          {func(l *rollcall.ContactList) { l.Name = "" }, "name"},
		"a blank name":                     {func(l *rollcall.ContactList) { l.Name = " \t" }, "name"},
		"a name with a line break":         {func(l *rollcall.ContactList) { l.Name = "a\nb" }, "name"},
		"a name that is not UTF-8":         {func(l *rollcall.ContactList) { l.Name = "caf\xe9" }, "name"},
		"a name with a NUL":                {func(l *rollcall.ContactList) { l.Name = "a\x00" }, "name"},
		"a description of 256 characters":  {func(l *rollcall.ContactList) { l.Description = strings.Repeat("é", 256) }, ""},
		"a description of 257 characters":  {func(l *rollcall.ContactList) { l.Description = strings.Repeat("é", 257) }, "description"},
		"no name and no description":       {func(l *rollcall.ContactList) { l.Name, l.Description = "", "" }, "name description"},
		"an unknown rule and region":       {func(l *rollcall.ContactList) { l.PhoneRule, l.Region = "strict", "XX" }, "phoneRule region"},
		"a region in small letters":        {func(l *rollcall.ContactList) { l.Region = "us" }, "region"},
		"the stricter rule and its region": {func(l *rollcall.ContactList) { l.PhoneRule, l.Region = phone.RuleValid, "US" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := valid()
			c.change(l)
			if got := fields(l.Validate()); got != c.wrong {
				t.Errorf("wrong fields %q, want %q", got, c.wrong)
			}
		})
	}
}

func TestNameKey_TheSameWhateverTheCase(t *testing.T) {
	for a, b := range map[string]string{"Renewals": "rENEWALS", "Ürün": "üRÜN", "Σίσυφος": "ΣΊΣΥΦΟΣ", "\u212a": "k", "ſ": "S"} {
		if rollcall.NameKey(a) != rollcall.NameKey(b) {
			t.Errorf("%q and %q are one name", a, b)
		}
	}
	for a, b := range map[string]string{"a": "a ", "é": "e", "1": "١"} {
		if rollcall.NameKey(a) == rollcall.NameKey(b) {
			t.Errorf("%q and %q are two names", a, b)
		}
	}
}

func TestContactList_ChangeLeavesWhatIsNotNamed(t *testing.T) {
	name, yes := "New name", true
	l := valid()
	if err := l.Change(rollcall.ContactListChange{Name: &name, AllowDuplicates: &yes}, "u-2", now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want := valid()
	want.ID, want.ContactSpace = l.ID, l.ContactSpace
	want.Name, want.AllowDuplicates, want.UpdatedBy, want.UpdatedAt = name, true, "u-2", now.Add(time.Hour)
	if diff := cmp.Diff(want, l); diff != "" {
		t.Error(diff)
	}
}

func TestContactList_InUseAndDeletion(t *testing.T) {
	for status, running := range map[rollcall.CampaignStatus]bool{
		rollcall.CampaignPreparing: true, rollcall.CampaignActive: true, rollcall.CampaignPaused: true,
		rollcall.CampaignReady: false, rollcall.CampaignScheduled: false, rollcall.CampaignRescheduled: false,
		rollcall.CampaignStopped: false, rollcall.CampaignCompleted: false,
	} {
		l := valid()
		l.Campaigns = []rollcall.CampaignRef{{ID: "cd-1", Name: "Event Reminder", Status: status}}
		if l.InUse() != running {
			t.Errorf("%s: in use %v", status, l.InUse())
		}
		// Named is enough to keep it: the contract says "while any campaign names the list".
		if err := l.CheckDelete(); err == nil || !strings.Contains(err.Error(), "Event Reminder") {
			t.Errorf("%s: deletion: %v", status, err)
		}
	}
	if err := valid().CheckDelete(); err != nil {
		t.Error(err)
	}
}

func TestContactList_AFileFromBeginToEnd(t *testing.T) {
	mapping := rollcall.Mapping{PhoneNumber: "Mobile"}
	for name, c := range map[string]struct {
		source         rollcall.Source
		contacts       int64
		during, after  rollcall.ListStatus
		columns, files int
	}{
		"fed by file, some good": {rollcall.SourceLocalDrive, 3, rollcall.ListValidating, rollcall.ListValidated, 1, 1},
		"fed by file, none good": {rollcall.SourceLocalDrive, 0, rollcall.ListValidating, rollcall.ListInvalid, 1, 1},
		"fed by API":             {rollcall.SourcePassiveAPI, 3, rollcall.ListReady, rollcall.ListReady, 0, 1},
		"fed by API, none good":  {rollcall.SourcePassiveAPI, 0, rollcall.ListReady, rollcall.ListReady, 0, 1},
	} {
		l := rollcall.NewContactList(c.source, now)
		l.BeginFile(rollcall.File{ID: "f", Name: "a.csv"}, []string{"Mobile"}, mapping, "u-1", now)
		if l.Status != c.during || len(l.Columns) != c.columns || len(l.Files) != c.files {
			t.Errorf("%s, during: %+v", name, l)
		}
		l.TotalRecordCount = c.contacts
		l.EndFile(now.Add(time.Minute))
		if l.Status != c.after || !l.UpdatedAt.Equal(now.Add(time.Minute)) {
			t.Errorf("%s, after: %+v", name, l)
		}
	}
}
