package rollcall

import (
	"strings"
	"testing"
	"time"

	"rollcall/callhours"
)

func TestJudge(t *testing.T) {
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	holiday, closed := dialingPlan, dialingPlan
	holiday.Hours.Holidays = []callhours.Date{{Year: 2026, Month: time.March, Day: 2}}
	closed.Hours.Windows = nil
	for name, tt := range map[string]struct {
		plan    CampaignPlan
		zone    string
		at      time.Duration // after midnight
		want    When
		reason  ContactReason
		opensAt time.Duration
	}{
		"open":                           {dialingPlan, "UTC", 12 * time.Hour, WhenNow, ReasonOpen, 0},
		"the last second":                {dialingPlan, "UTC", 18*time.Hour - time.Second, WhenNow, ReasonOpen, 0},
		"before the hours":               {dialingPlan, "UTC", 8 * time.Hour, WhenLaterToday, ReasonHours, 9 * time.Hour},
		"after them":                     {dialingPlan, "UTC", 18 * time.Hour, WhenLater, ReasonHours, 33 * time.Hour},
		"another day here, today there":  {dialingPlan, "Pacific/Auckland", 12 * time.Hour, WhenLaterToday, ReasonHours, 20 * time.Hour},
		"today here, another day there":  {dialingPlan, "America/Los_Angeles", 7 * time.Hour, WhenLater, ReasonHours, 17 * time.Hour},
		"a holiday is outside the hours": {holiday, "UTC", 12 * time.Hour, WhenLater, ReasonHours, 33 * time.Hour},
		"hours that never come":          {closed, "UTC", 0, WhenNever, ReasonNever, 0},
		"no zone":                        {dialingPlan, "", 0, WhenNever, ReasonNoZone, 0},
	} {
		zone, _ := callhours.LoadZone(tt.zone)
		got, _ := tt.plan.Judge(zone, monday.Add(tt.at))
		want := Verdict{When: tt.want, Reason: tt.reason}
		if tt.opensAt != 0 {
			want.OpensAt = monday.Add(tt.opensAt)
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestZoneFrom(t *testing.T) {
	never := dialingPlan
	never.ZoneFallback = callhours.FallbackNever
	for _, tt := range []struct {
		plan        CampaignPlan
		own, number string
		zone        string
		from        ZoneSource
	}{
		{dialingPlan, "Europe/Berlin", "Asia/Tokyo", "Europe/Berlin", ZoneOfContact},
		{dialingPlan, "Berlin", "Asia/Tokyo", "Asia/Tokyo", ZoneOfNumber},
		{dialingPlan, "", "", "UTC", ZoneOfCampaign},
		{never, "", "Asia/Tokyo", "Asia/Tokyo", ZoneOfNumber},
		{never, "", "", "", ZoneOfNobody},
	} {
		zone, from := tt.plan.ZoneFrom(tt.own, tt.number)
		if from != tt.from || (zone == nil) != (tt.zone == "") || zone != nil && zone.String() != tt.zone {
			t.Errorf("%q, %q: %v, %s", tt.own, tt.number, zone, from)
		}
	}
}

func TestNewContactability_AddsUpAndSorts(t *testing.T) {
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	count := func(w When, r ContactReason, opens time.Duration, n int64) ContactabilityCount {
		v := Verdict{When: w, Reason: r}
		if opens != 0 {
			v.OpensAt = at.Add(opens)
		}
		return ContactabilityCount{Verdict: v, Contacts: n}
	}
	c := NewContactability(at, []ContactabilityCount{count(WhenNever, ReasonDNC, 0, 1), count(WhenLater, ReasonHours, 48*time.Hour, 2), count(WhenNever, ReasonNoZone, 0, 3),
		count(WhenLater, ReasonHours, 24*time.Hour, 4), count(WhenNow, ReasonOpen, 0, 5), count(WhenLaterToday, ReasonHours, time.Hour, 0)})
	var order []int64
	for _, n := range c.ByReason {
		order = append(order, n.Contacts)
	}
	if c.Total != 15 || c.Counts[WhenNow] != 5 || c.Counts[WhenLaterToday] != 0 || c.Counts[WhenLater] != 6 || c.Counts[WhenNever] != 4 || len(order) != 5 ||
		order[0] != 5 || order[1] != 4 || order[2] != 2 || order[3] != 3 || order[4] != 1 {
		t.Errorf("%+v", c)
	}
}

// Each way to stand has a sentence that says how often the contact was called.
func TestRunFate_Explain(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	over := Run{EndedAt: at}
	one := []PastAttempt{{Number: 1}}
	for want, f := range map[string]RunFate{
		"has not come to this contact":                      {},
		"was over before it came":                           {Run: over},
		"to the agent Ann until 2026-03-02 09:00:00":        {Seen: true, State: ContactLeased, Agent: "Ann", Due: at},
		"to a dialer until":                                 {Seen: true, State: ContactLeased, Due: at},
		"ended while the contact waited; it was not called": {Seen: true, Run: over, State: ContactWaiting, Reason: ReasonHours},
		"which open at 2026-03-02 09:00:00":                 {Seen: true, State: ContactWaiting, Reason: ReasonHours, Due: at},
		"was called once without being reached; it is tr":   {Seen: true, State: ContactWaiting, Reason: ReasonRetry, Due: at, Attempts: one},
		"given back":                               {Seen: true, State: ContactWaiting, Reason: ReasonReleased, Due: at},
		"was reached; it was called 2 times":       {Seen: true, State: ContactDone, Reason: ReasonConnected, Attempts: append(one, one...)},
		"as often as the campaign allows":          {Seen: true, State: ContactDone, Reason: ReasonExhausted, Attempts: one},
		"A DNC list held the number at 2026-03-02": {Seen: true, State: ContactDone, Reason: ReasonDNC, Changed: at},
		"nobody knew its time zone":                {Seen: true, State: ContactDone, Reason: ReasonNoZone},
		"did not open within a year":               {Seen: true, State: ContactDone, Reason: ReasonNever},
		"was erased; it was called once":           {Seen: true, State: ContactDone, Reason: ReasonErased, Attempts: one},
		"was deleted from its list":                {Seen: true, State: ContactDone, Reason: ReasonGone},
	} {
		if got := f.Explain(); !strings.Contains(got, want) || !strings.HasSuffix(got, ".") {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestContactFate_Explain(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for want, f := range map[string]ContactFate{
		"a DNC list holds the number":       {Verdict: Verdict{WhenNever, ReasonDNC, time.Time{}}},
		"nobody knows its time zone":        {Verdict: Verdict{WhenNever, ReasonNoZone, time.Time{}}},
		"do not open within a year":         {Verdict: Verdict{WhenNever, ReasonNever, time.Time{}}, Zone: "UTC"},
		"in UTC the campaign's hours are":   {Verdict: Verdict{WhenNow, ReasonOpen, time.Time{}}, Zone: "UTC"},
		"open until 2026-03-02 09:00:00":    {Verdict: Verdict{WhenNow, ReasonOpen, time.Time{}}, Zone: "UTC", ClosesAt: at},
		"hours open at 2026-03-02 09:00:00": {Verdict: Verdict{WhenLater, ReasonHours, at}, Zone: "UTC"},
	} {
		if got := f.Explain(); !strings.Contains(got, want) || !strings.HasSuffix(got, ".") {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestNumberFate_Explain(t *testing.T) {
	erased := NumberFate{Erased: true}
	if v := erased.Verdict(); v == nil || *v != (Verdict{When: WhenNever, Reason: ReasonErased}) || !strings.Contains(erased.Explain(), "the person with this number was erased") {
		t.Errorf("%+v, %s", v, erased.Explain())
	}
	if nowhere := (NumberFate{}); nowhere.Verdict() != nil || nowhere.Explain() == "" {
		t.Error("a number in no list")
	}
	if found := (NumberFate{Contacts: []ContactFate{{}}}); found.Verdict() != nil || found.Explain() != "" {
		t.Error("a number in a list")
	}
}
