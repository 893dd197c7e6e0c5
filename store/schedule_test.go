package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// schedule has a campaign start each day at nine, from the day after noon on.
func (w *runWorld) schedule(c *rollcall.Campaign, change func(*rollcall.Schedule)) *rollcall.Campaign {
	w.Helper()
	s := rollcall.Schedule{Start: "2026-03-03 09:00:00", TimeZone: "UTC", Recur: rollcall.RecurDaily, Every: 1, Missed: rollcall.MissedMakeUp}
	if change != nil {
		change(&s)
	}
	got, err := w.s.ScheduleCampaign(context.Background(), w.owner, c.Name, "", "", func(c *rollcall.Campaign) error { return c.SetSchedule(s, "u-7", noon) })
	if err != nil {
		w.Fatal(err)
	}
	return got
}

func (w *runWorld) follow(now time.Time) []store.ScheduledStart {
	w.Helper()
	starts, err := w.s.FollowSchedules(context.Background(), now)
	if err != nil {
		w.Fatal(err)
	}
	return starts
}

func (w *runWorld) get(c *rollcall.Campaign) *rollcall.Campaign {
	w.Helper()
	return must(w.s.Campaign(context.Background(), w.owner, c.ID))(w)
}

func (w *runWorld) runs(c *rollcall.Campaign) []*store.RunSummary {
	w.Helper()
	return must(w.s.Runs(context.Background(), w.owner, c.ID, 0, 100))(w)
}

var nine = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)

// TestSchedule_ARunForEachOccurrence goes through a campaign's days: the scrub before,
// the start, a run that is over and one that the next start ends, and the end.
func TestSchedule_ARunForEachOccurrence(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("Daily", func(c *rollcall.Campaign) { c.Scrub.State = rollcall.ScrubDone }, w.list("people", 1555_000_0000, 3, nil))
		if got := w.schedule(c, func(s *rollcall.Schedule) { s.End = "2026-03-06 00:00:00" }); got.Status != rollcall.CampaignScheduled || len(got.Schedule.Upcoming()) != 3 {
			t.Errorf("%s %v", got.Status, got.Schedule.Upcoming())
		}
		w.follow(nine.Add(-16 * time.Minute))
		if got := w.get(c); got.Scrub.State != rollcall.ScrubDone {
			t.Error("scrubbed too soon")
		}
		w.follow(nine.Add(-15 * time.Minute))
		if got := w.get(c); got.Scrub.State != rollcall.ScrubQueued || got.Status != rollcall.CampaignScheduled {
			t.Errorf("before the start: %s %s", got.Scrub.State, got.Status)
		}
		w.follow(nine.Add(-time.Millisecond))
		if got := w.get(c); got.Run.ID != "" {
			t.Error("started too soon")
		}
		starts := w.follow(nine)
		got := w.get(c)
		if got.Status != rollcall.CampaignActive || len(starts) != 1 || starts[0].RunID != got.Run.ID || starts[0].Outcome != rollcall.StartMade {
			t.Fatalf("%s %+v", got.Status, starts)
		}
		for _, claim := range w.claim(c, 3, nine).Claims {
			w.outcome(claim.ID, rollcall.Connected, nine)
		}
		w.claim(c, 1, nine)
		if got := w.get(c); got.Status != rollcall.CampaignScheduled || w.runs(c)[0].State != rollcall.CampaignCompleted || w.runs(c)[0].StartedBy != "u-7" {
			t.Errorf("after the first run: %s, %+v", got.Status, w.runs(c)[0])
		}
		second := nine.AddDate(0, 0, 1)
		w.follow(second)
		held := w.claim(c, 1, second).Claims[0]
		third := nine.AddDate(0, 0, 2)
		w.follow(third.Add(-10 * time.Minute))
		if starts := w.follow(third); len(starts) != 1 {
			t.Fatalf("%+v", starts)
		}
		if runs := w.runs(c); len(runs) != 3 || runs[0].State != rollcall.CampaignActive || runs[1].State != rollcall.CampaignStopped {
			t.Errorf("%+v", runs)
		}
		if _, err := w.s.ExtendClaim(context.Background(), w.owner, held.ID, time.Minute, third); err == nil {
			t.Error("a claim of the run before goes on")
		}
		w.follow(time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC))
		if got := w.get(c); got.Status != rollcall.CampaignStopped || got.Schedule.Enabled || len(got.Schedule.Past) != 3 {
			t.Errorf("after the end: %s %+v", got.Status, got.Schedule)
		}
	})
}

// Every occurrence is started once, by however many processes at the same moment.
func TestSchedule_OneStartForAllProcesses(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		stores := []*store.Store{storetest.Open(t, c), storetest.Open(t, c)}
		w := &runWorld{t, stores[0], storetest.Owner(t, stores[0])}
		var campaigns []*rollcall.Campaign
		for i, name := range []string{"A", "B", "C"} {
			campaigns = append(campaigns, w.campaign(name, nil, w.list(name, 1555_000_0000+10*i, 5, nil)))
			w.schedule(campaigns[i], nil)
		}
		const days = 3
		var mu sync.Mutex
		var starts []store.ScheduledStart
		for day := range days {
			now := nine.AddDate(0, 0, day)
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					for range 2 {
						got, err := stores[i%2].FollowSchedules(context.Background(), now)
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						starts = append(starts, got...)
						mu.Unlock()
					}
				})
			}
			group.Wait()
		}
		if len(starts) != days*len(campaigns) {
			t.Errorf("%d starts are told, want %d", len(starts), days*len(campaigns))
		}
		for _, c := range campaigns {
			runs := w.runs(c)
			if len(runs) != days {
				t.Errorf("%s: %d runs", c.Name, len(runs))
			}
			for _, run := range runs {
				if !slices.ContainsFunc(starts, func(s store.ScheduledStart) bool { return s.RunID == run.ID }) {
					t.Errorf("%s: the start of %s is not told", c.Name, run.ID)
				}
			}
		}
	})
}

// What was missed while nothing ran is made up or skipped, and said so.
func TestSchedule_MissedStarts(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		makeUp := w.campaign("Made up", nil, w.list("a", 1555_000_0000, 1, nil))
		skip := w.campaign("Skipped", nil, w.list("b", 1555_000_0010, 1, nil))
		w.schedule(makeUp, nil)
		w.schedule(skip, func(s *rollcall.Schedule) { s.Missed = rollcall.MissedSkip })
		starts := w.follow(nine.AddDate(0, 0, 2).Add(time.Hour))
		if len(starts) != 6 {
			t.Errorf("%+v", starts)
		}
		got := w.get(makeUp)
		if past := got.Schedule.Past; got.Status != rollcall.CampaignActive || len(past) != 3 || past[1].Outcome != rollcall.StartSkipped || past[2].Outcome != rollcall.StartLate || past[2].RunID != got.Run.ID || past[2].Why == "" {
			t.Errorf("%s %+v", got.Status, past)
		}
		got = w.get(skip)
		if past := got.Schedule.Past; got.Status != rollcall.CampaignScheduled || len(past) != 3 || past[2].Outcome != rollcall.StartSkipped || !got.Schedule.Next.Equal(nine.AddDate(0, 0, 3)) {
			t.Errorf("%s %+v", got.Status, past)
		}
	})
}

// A start waits while the campaign cannot be started, says why, and is made then.
func TestSchedule_AStartThatWaits(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := w.list("people", 1555_000_0000, 2, nil)
		other, c := w.campaign("Other", nil, l), w.campaign("Waits", nil, l)
		w.trigger(other, rollcall.StepPlay, noon)
		w.schedule(c, nil)
		if starts := w.follow(nine); len(starts) != 0 {
			t.Errorf("%+v", starts)
		}
		if got := w.get(c); got.Status != rollcall.CampaignScheduled || got.Schedule.Waiting == "" || !got.Schedule.Next.Equal(nine) {
			t.Errorf("%s %+v", got.Status, got.Schedule)
		}
		w.trigger(other, rollcall.StepStop, nine)
		if starts := w.follow(nine.Add(time.Second)); len(starts) != 0 {
			t.Error("tried again at once")
		}
		starts := w.follow(nine.Add(time.Minute))
		if got := w.get(c); len(starts) != 1 || got.Status != rollcall.CampaignActive || got.Schedule.Waiting != "" {
			t.Errorf("%+v %s", starts, got.Status)
		}
		w.trigger(c, rollcall.StepPause, nine)
		w.follow(nine.AddDate(0, 0, 1))
		if got := w.get(c); got.Status != rollcall.CampaignPaused || got.Schedule.Waiting == "" || len(w.runs(c)) != 1 {
			t.Errorf("a paused run: %s %q", got.Status, got.Schedule.Waiting)
		}
		w.trigger(c, rollcall.StepResume, nine.AddDate(0, 0, 1))
		w.follow(nine.AddDate(0, 0, 1).Add(time.Minute))
		if got := w.get(c); got.Status != rollcall.CampaignActive || len(w.runs(c)) != 2 {
			t.Errorf("resumed, and started anew: %s, %d runs", got.Status, len(w.runs(c)))
		}
	})
}

func TestScheduleCampaign_ByName(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := w.list("people", 1555_000_0000, 2, nil)
		voice, sms := w.campaign("Same", nil, l), w.campaign("same", func(c *rollcall.Campaign) { c.Channel, c.DialingMode = rollcall.ChannelSMS, "" }, l)
		call := func(name, id string, channel rollcall.Channel) (*rollcall.Campaign, error) {
			return w.s.ScheduleCampaign(context.Background(), w.owner, name, id, channel, func(*rollcall.Campaign) error { return nil })
		}
		if _, err := call("SAME", "", ""); rollcall.CodeOf(err) != rollcall.CodeConflict {
			t.Error(err)
		}
		if _, err := call("another", "", ""); rollcall.CodeOf(err) != rollcall.CodeNotFound {
			t.Error(err)
		}
		for _, tt := range []struct {
			id, want string
			channel  rollcall.Channel
		}{{"", voice.ID, rollcall.ChannelVoice}, {"", sms.ID, rollcall.ChannelSMS}, {sms.ID, sms.ID, ""}} {
			if got, err := call("SAME", tt.id, tt.channel); err != nil || got.ID != tt.want {
				t.Errorf("%+v: %v", tt, err)
			}
		}
	})
}
