package rollcall

import (
	"math"
	"testing"
	"time"

	"rollcall/callhours"
)

var dialingPlan = CampaignPlan{
	Hours:    callhours.Hours{Frequency: callhours.Daily, Windows: []callhours.Window{{Every: true, Start: 9 * 60, End: 18 * 60}}},
	TimeZone: "UTC", ZoneFallback: callhours.FallbackCampaign, MaxAttempts: 3, RetryMinutes: 30,
}

func TestAdmit(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	never := dialingPlan
	never.ZoneFallback = callhours.FallbackNever
	closed := dialingPlan
	closed.Hours.Windows = nil
	for name, tt := range map[string]struct {
		plan   CampaignPlan
		zone   string
		state  ContactState
		reason ContactReason
		when   time.Time // it closes, or opens
	}{
		"open in its own zone":       {dialingPlan, "Europe/Berlin", ContactLeased, "", noon.Add(5 * time.Hour)},
		"closed in its own zone":     {dialingPlan, "America/Los_Angeles", ContactWaiting, ReasonHours, noon.Add(5 * time.Hour)},
		"the campaign's zone":        {dialingPlan, "Nowhere", ContactLeased, "", noon.Add(6 * time.Hour)},
		"no zone, and no guess":      {never, "", ContactDone, ReasonNoZone, time.Time{}},
		"hours that never come":      {closed, "UTC", ContactDone, ReasonNever, time.Time{}},
		"the zone counts, not plans": {never, "UTC", ContactLeased, "", noon.Add(6 * time.Hour)},
	} {
		s, closes := tt.plan.Admit(&Contact{Phone: 99, TimeZone: Given(tt.zone)}, 1, noon)
		when := closes
		if s.State == ContactWaiting {
			when = s.Due
		}
		if s.State != tt.state || s.Reason != tt.reason || !when.Equal(tt.when) || s.Attempts != 1 {
			t.Errorf("%s: %+v, %v", name, s, closes)
		}
	}
}

func TestAfter(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		d      Disposition
		before int
		want   Standing
	}{
		{Connected, 0, Standing{ContactDone, ReasonConnected, time.Time{}, 1}},
		{Completed, 2, Standing{ContactDone, ReasonConnected, time.Time{}, 3}},
		{Busy, 1, Standing{ContactWaiting, ReasonRetry, now.Add(30 * time.Minute), 2}},
		{NoAnswer, 2, Standing{ContactDone, ReasonExhausted, time.Time{}, 3}},
	} {
		if got := dialingPlan.After(tt.d, tt.before, now); got != tt.want {
			t.Errorf("%s after %d: %+v", tt.d, tt.before, got)
		}
	}
	if got := dialingPlan.RanOut(ModePreview, 0, now); got.Reason != ReasonRetry || got.Attempts != 1 {
		t.Errorf("Preview: %+v", got)
	}
	if got := dialingPlan.RanOut(ModeProgressive, 0, now); got.Reason != ReasonReleased || got.Attempts != 0 || !got.Due.Equal(now) {
		t.Errorf("Progressive: %+v", got)
	}
	if got := LeaseEnd(now, time.Minute, now.Add(time.Second)); !got.Equal(now.Add(time.Second)) {
		t.Errorf("a lease outlives the calling hours: %v", got)
	}
}

func TestShareOut(t *testing.T) {
	runs := []Share{{Priority: 5}, {Priority: 3}}
	total := make([]int, 2)
	for range 100 {
		for i, n := range ShareOut(runs, 10, 0) {
			total[i] += n
			runs[i].Pass += float64(n) / float64(runs[i].Priority)
		}
	}
	if share := float64(total[0]) / 1000; math.Abs(share-0.625) > 0.01 {
		t.Errorf("the share of priority 5 beside 3 is %v", share)
	}
	if got := ShareOut([]Share{{Priority: 5, Dry: true}, {Priority: 1}, {Priority: 5, Idle: true}}, 4, 0); got[0] != 0 || got[1] != 4 {
		t.Errorf("with one dry: %v", got)
	}
	if got := ShareOut([]Share{{Priority: 5, Dry: true}}, 4, 0); got[0] != 0 {
		t.Errorf("all dry: %v", got)
	}
}

// Two campaigns that need agents and one that needs none, for which there are far more calls
// than agents: each has its share of the agents, and none is left out or makes up for what
// it could not have.
func TestShareOut_Agents(t *testing.T) {
	runs := []Share{{Priority: 5, Agents: true}, {Priority: 3, Agents: true}, {Priority: 1}, {Priority: 4, Idle: true}}
	total := make([]int, len(runs))
	call := func(n, agents int) (got []int) {
		got = ShareOut(runs, n, agents)
		for i := range runs {
			runs[i].Got, runs[i].Pass = got[i], runs[i].Pass+float64(got[i])/float64(runs[i].Priority)
			total[i] += got[i]
		}
		EvenOut(runs, agents-got[0]-got[1])
		return got
	}
	for range 80 {
		if got := call(50, 5); got[0]+got[1] != 5 || got[2] != 45 {
			t.Fatalf("five agents: %v", got)
		}
	}
	if total[0] != 250 || total[1] != 150 {
		t.Errorf("of 400 for agents: %v", total)
	}
	// Now there are agents for all, and the last is asked for too.
	runs[3].Idle = false
	if got := call(130, 130); got[0] < 48 || got[0] > 52 || got[1] < 28 || got[1] > 32 || got[2] < 8 || got[2] > 12 || got[3] < 38 || got[3] > 42 {
		t.Errorf("after that: %v, want about [50 30 10 40]", got)
	}
}

// What is given out to its end keeps no other one waiting afterwards.
func TestEvenOut_AllDry(t *testing.T) {
	runs := []Share{{Priority: 1, Pass: 7, Got: 5, Dry: true}, {Priority: 1, Pass: 3, Dry: true}, {Priority: 1, Idle: true}}
	if EvenOut(runs, 0); runs[0].Pass != 7 || runs[1].Pass != 7 || runs[2].Pass != 7 {
		t.Errorf("%+v", runs)
	}
	none := []Share{{Pass: 2, Dry: true}, {Idle: true}}
	if EvenOut(none, 0); none[0].Pass != 2 || none[1].Pass != 0 {
		t.Errorf("%+v", none)
	}
}

// Agents enough, and calls for one contact or a few: the shares are those of the priorities.
func TestShareOut_AgentsEnough(t *testing.T) {
	for _, limit := range []int{1, 2, 3, 10} {
		runs, total := []Share{{Priority: 5, Agents: true}, {Priority: 1}}, make([]int, 2)
		for range 600 {
			got := ShareOut(runs, limit, 100)
			for i := range runs {
				runs[i].Got, runs[i].Pass = got[i], runs[i].Pass+float64(got[i])/float64(runs[i].Priority)
				total[i] += got[i]
			}
			EvenOut(runs, 100-got[0])
		}
		if share := float64(total[0]) / float64(600*limit); math.Abs(share-5.0/6) > 0.01 {
			t.Errorf("limit %d: %v", limit, total)
		}
	}
}

// Calls of two kinds in turn: whom the other kind is not for keep their shares among
// themselves.
func TestShareOut_CallsOfTwoKinds(t *testing.T) {
	runs, total := []Share{{Priority: 3, Agents: true}, {Priority: 5, Agents: true}, {Priority: 1}}, make([]int, 3)
	for i := range 800 {
		limit, agents := 50, 0
		if i%2 == 0 {
			limit, agents = 1, 1
		}
		for k := range runs {
			runs[k].Idle = runs[k].Agents == (i%2 == 1)
		}
		got := ShareOut(runs, limit, agents)
		for k := range runs {
			runs[k].Got, runs[k].Pass = got[k], runs[k].Pass+float64(got[k])/float64(runs[k].Priority)
			total[k] += got[k]
		}
		EvenOut(runs, agents-got[0]-got[1])
	}
	if total[0] < 146 || total[0] > 154 || total[1] != 400-total[0] {
		t.Errorf("%v, want 150 and 250", total)
	}
}

func TestAttempt_Validate(t *testing.T) {
	good := Attempt{Outcome: Busy, Disposition: []string{"a"}, SessionID: "s"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for _, a := range []Attempt{{}, {Outcome: "busy"}, {Outcome: Busy, Duration: -1}, {Outcome: Busy, Detail: string(make([]byte, 5000))}, {Outcome: Busy, Disposition: make([]string, 51)}} {
		if a.Validate() == nil {
			t.Errorf("%+v was taken", a)
		}
	}
	other := good
	other.SessionID = "t"
	if !good.Same(&good) || good.Same(&other) {
		t.Error("the same attempts are not told from others")
	}
}

func TestContactList_CheckStill(t *testing.T) {
	for status, want := range map[CampaignStatus]bool{CampaignActive: false, CampaignPaused: false, CampaignStopped: true, CampaignReady: true} {
		l := ContactList{Name: "L", Campaigns: []CampaignRef{{Name: "C", Status: status}}}
		if got := l.CheckStill() == nil; got != want {
			t.Errorf("%s: %v", status, got)
		}
	}
}
