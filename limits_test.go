package rollcall

import (
	"errors"
	"strings"
	"testing"
)

// refused gives the sentence of a refusal; empty: it is allowed.
func refused(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != CodeConflict || e.Reason != ReasonLimitReached {
		t.Fatalf("got %v", err)
	}
	return e.Message
}

func TestLimits_CheckLists(t *testing.T) {
	for _, c := range []struct {
		limit, have int64
		want        string // beginning of the sentence
	}{
		{0, 1 << 40, ""}, {3, 0, ""}, {3, 2, ""},
		{3, 3, "The account has 3 contact lists, and its limit is 3;"},
		{1, 1, "The account has 1 contact list, and its limit is 1;"},
		{3, 9, "The account has 9 contact lists, and its limit is 3;"},
	} {
		got := refused(t, Limits{Lists: c.limit}.CheckLists(c.have))
		if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%d of %d: %q", c.have, c.limit, got)
		}
	}
}

func TestLimits_CheckContacts(t *testing.T) {
	for _, c := range []struct {
		limits                    Limits
		inList, inAccount, adding int64
		want                      string
	}{
		{Limits{}, 1 << 40, 1 << 50, 1, ""},
		{Limits{ContactsPerList: 10, Contacts: 20}, 9, 19, 1, ""},
		{Limits{ContactsPerList: 10}, 9, 9, 2, "The list has 9 contacts, and 2 more would pass the limit of 10 a list;"},
		{Limits{ContactsPerList: 10, Contacts: 20}, 9, 20, 1, "The account has 20 contacts, and 1 more would pass its limit of 20;"},
		{Limits{ContactsPerList: 10, Contacts: 20}, 1, 21, 0, ""}, // only duplicates
		{Limits{ContactsPerList: 10}, 50, 50, -3, ""},
	} {
		got := refused(t, c.limits.CheckContacts(c.inList, c.inAccount, c.adding))
		if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestLimits_CheckFile(t *testing.T) {
	for _, c := range []struct {
		limit, size int64
		good        bool
	}{{0, 1 << 50, true}, {5, 5, true}, {5, 6, false}, {5, -1, true}} {
		if err := (Limits{FileSize: c.limit}).CheckFile(c.size); (err == nil) != c.good || err != nil && CodeOf(err) != CodeTooLarge {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestLimits_CheckCampaign(t *testing.T) {
	for _, c := range []struct {
		limit         int64
		lists, before int
		good          bool
	}{{0, 5000, 0, true}, {10, 10, 0, true}, {10, 11, 0, false}, {10, 12, 12, true}, {10, 12, 15, true}, {10, 13, 12, false}} {
		if err := (Limits{CampaignLists: c.limit}).CheckCampaign(c.lists, c.before); (err == nil) != c.good || err != nil && CodeOf(err) != CodeInvalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestLimitUse_WarnsFromEightyPerCent(t *testing.T) {
	for _, c := range []struct {
		use     LimitUse
		message string
	}{
		{LimitUse{Name: LimitLists, Limit: 0, Used: 1 << 40}, ""},
		{LimitUse{Name: LimitLists, Limit: 10, Used: 7}, ""},
		{LimitUse{Name: LimitLists, Limit: 10, Used: 8}, "The account has 8 contact lists, and the limit is 10."},
		{LimitUse{Name: LimitContacts, Limit: 1000, Used: 799}, ""},
		{LimitUse{Name: LimitContacts, Limit: 1000, Used: 1000}, "The account has 1000 contacts, and the limit is 1000: no more can be added."},
		{LimitUse{Name: LimitContactsPerList, Limit: 1, Used: 1, ListName: "Renewal"}, "The list Renewal has 1 contact, and the limit is 1: no more can be added."},
	} {
		if got := c.use.Message(); got != c.message || c.use.Warning() != (c.message != "") {
			t.Errorf("%+v: %q", c.use, got)
		}
	}
}
