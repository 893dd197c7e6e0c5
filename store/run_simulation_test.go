package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// simulation is some dialers and their campaigns, and what the rules of the field
// say of every call.
type simulation struct {
	*runWorld
	random *rand.Rand
	kills  *killer // nil: nothing is killed
	zones  map[phone.Number]*time.Location
	barred map[phone.Number]time.Time // on a DNC list since
	last   map[phone.Number]time.Time // the last attempt
	calls  map[phone.Number]int
	won    map[phone.Number]bool
	paused string                          // the id of the campaign that is; empty: none
	agents bool                            // claims tell how many are free
	agent  string                          // who asked last
	skips  map[string]int                  // of each agent
	plans  map[string]*rollcall.Campaign   // by id
	out    map[phone.Number]rollcall.Claim // claims that a dialer has let go by, until they run out
	start  time.Time
	late   []rollcall.Claim // of Preview: calls that are told of after their time
}

// Three days of five campaigns over people of four zones: one in each order, the second a
// Progressive one and now and then paused, the fourth by SMS, the fifth a Preview one. There are
// dialers that answer, that give back and that vanish, agents who skip, and numbers that come onto
// a DNC list meanwhile.
//
// The clocks of Berlin are put forward in that time.
func TestSimulation(t *testing.T) {
	eachWorld(t, func(w *runWorld) { newSimulation(w, 1, nil, time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)).run() })
}

// The same without the Preview campaign, while the process that serves the dialers is killed again
// and again. (A claim of Preview whose answer is lost is an attempt that no dialer knows of.)
func TestSimulation_Killed(t *testing.T) {
	for seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, config store.Config) { simulateKilled(t, config, seed) })
		})
	}
}

func simulateKilled(t *testing.T, config store.Config, seed uint64) {
	w := &runWorld{T: t, s: openAgain(t, config)}
	w.owner = storetest.Owner(t, w.s)
	kills := &killer{config: config, random: rand.New(rand.NewPCG(seed, 1))}
	newSimulation(w, seed, kills, time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC)).run()
	if err := w.s.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("%d calls ended in their middle, %d answers were lost, %d stores opened anew", kills.met, kills.lost, kills.opened)
	if kills.met < 50 || kills.lost < 50 || kills.opened < 5 {
		t.Error("so few prove little")
	}
}

func newSimulation(w *runWorld, seed uint64, kills *killer, start time.Time) *simulation {
	return &simulation{runWorld: w, start: start, random: rand.New(rand.NewPCG(seed, 0)), kills: kills, zones: map[phone.Number]*time.Location{}, barred: map[phone.Number]time.Time{},
		last: map[phone.Number]time.Time{}, calls: map[phone.Number]int{}, won: map[phone.Number]bool{}, out: map[phone.Number]rollcall.Claim{}, skips: map[string]int{}, plans: map[string]*rollcall.Campaign{}}
}

// campaign makes a campaign whose calls are held against its plan.
func (m *simulation) campaign(name string, change func(*rollcall.Campaign), lists ...*rollcall.ContactList) *rollcall.Campaign {
	c := m.runWorld.campaign(name, change, lists...)
	m.plans[c.ID] = c
	return c
}

// begin starts the campaigns.
func (m *simulation) begin() (campaigns []*rollcall.Campaign) {
	kinds := []func(*rollcall.Campaign){
		func(c *rollcall.Campaign) { c.Priority = 5 },
		func(c *rollcall.Campaign) {
			c.Priority, c.Plan.Order, c.DialingMode = 3, rollcall.OrderLIFO, rollcall.ModeProgressive
		},
		func(c *rollcall.Campaign) { c.Priority, c.Plan.Order = 1, rollcall.OrderPriority },
		func(c *rollcall.Campaign) {
			// As the API makes them: what belongs to voice campaigns is blank.
			c.Priority, c.Channel, c.DialingMode = 2, rollcall.ChannelSMS, ""
			c.Plan.Order, c.Plan.MaxAttempts, c.Plan.RetryMinutes = "", 0, 0
		},
		func(c *rollcall.Campaign) { c.Priority, c.DialingMode, c.Plan.MaxSkips = 4, rollcall.ModePreview, 5 },
	}
	if m.kills != nil {
		kinds = kinds[:4]
	}
	for i, kind := range kinds {
		c := m.campaign(fmt.Sprint("c", i), func(c *rollcall.Campaign) {
			c.Plan.RetryMinutes = 90
			kind(c)
		}, m.people(i))
		m.trigger(c, rollcall.StepPlay, m.start)
		campaigns = append(campaigns, c)
	}
	return campaigns
}

func (m *simulation) run() {
	campaigns := m.begin()
	m.agents = true
	dnc := m.dnc("dnc", true)
	now := m.start
	for step := range 3 * 24 * 4 {
		now = m.start.Add(time.Duration(step) * 15 * time.Minute)
		if step%20 == 0 {
			number := phone.Number(14155550000 + m.random.IntN(len(campaigns))*1000 + m.random.IntN(60))
			if _, twice := m.barred[number]; !twice {
				m.bar(dnc, number, now)
			}
		}
		if step%7 == 0 {
			m.pauseOrResume(campaigns[1], now)
		}
		clear(m.out) // leases last a minute
		m.tellLate(now)
		m.dial(10, now)
		m.dial(10, now) // another dialer, at the same moment
		if step%8 == 0 {
			m.sweep(now)
		}
	}
	if m.paused != "" {
		m.pauseOrResume(campaigns[1], now)
	}
	for now = now.Add(time.Hour); ; now = now.Add(time.Hour) {
		m.tellLate(now)
		m.dial(100, now)
		m.sweep(now)
		if now.Sub(m.start) > 30*24*time.Hour {
			m.Fatal("the campaigns do not end")
		}
		if m.ended(campaigns) {
			break
		}
		clear(m.out)
	}
	m.account(campaigns)
}

// survive repeats a call until it is answered, as callers do, and tells whether it was
// repeated: what the calls before wrote is there or not.
func (m *simulation) survive(call func(context.Context) error) (repeated bool, err error) {
	for {
		ctx, end := m.kills.begin()
		err := call(ctx)
		killed := m.kills.ended(ctx, err)
		end()
		if !killed {
			return repeated, err
		}
		repeated = true
		m.s = m.kills.restart(m.T, m.s)
	}
}

// pauseOrResume takes the next of the two steps.
func (m *simulation) pauseOrResume(c *rollcall.Campaign, now time.Time) {
	step, then := rollcall.StepPause, c.ID
	if m.paused != "" {
		step, then = rollcall.StepResume, ""
	}
	repeated, err := m.survive(func(ctx context.Context) error {
		_, err := m.s.TriggerCampaign(ctx, m.owner, c.ID, c.Channel, step, "u-1", now)
		return err
	})
	switch {
	case err == nil:
	case rollcall.CodeOf(err) != rollcall.CodeConflict:
		m.Fatal(err)
	case !repeated: // the campaign is over
		return
	}
	m.paused = then
}

func (m *simulation) bar(dnc *rollcall.ContactList, number phone.Number, now time.Time) {
	_, err := m.survive(func(ctx context.Context) error {
		_, err := m.s.AddContacts(ctx, m.owner, dnc.ID, []rollcall.Contact{{Phone: number, PhoneSent: number.String()}}, "u-1", now)
		return err
	})
	if err != nil {
		m.Fatal(err)
	}
	m.barred[number] = now
}

// dial is what a dialer does at a moment. What it was handed without an answer is
// nobody's until its lease is over.
func (m *simulation) dial(limit int, now time.Time) {
	for _, k := range m.claimShared(limit, now) {
		m.call(k, now)
	}
}

func (m *simulation) claimShared(limit int, now time.Time) []rollcall.Claim {
	var got *store.Claims
	m.agent = fmt.Sprint("agent ", m.random.IntN(3))
	q := rollcall.ClaimRequest{Limit: limit, Agent: m.agent}
	if m.agents {
		q.FreeAgents = new(m.random.IntN(limit + 1))
	}
	_, err := m.survive(func(ctx context.Context) (err error) {
		got, err = m.s.ClaimShared(ctx, m.owner, q, now)
		return err
	})
	if err != nil {
		m.Fatal(err)
	}
	progressive := 0
	for _, k := range got.Claims {
		if m.plans[k.CampaignID].DialingMode == rollcall.ModeProgressive {
			progressive++
		}
	}
	if m.agents && progressive > *q.FreeAgents {
		m.Errorf("%d contacts were handed out for %d free agents", progressive, *q.FreeAgents)
	}
	return got.Claims
}

func (m *simulation) sweep(now time.Time) {
	if _, err := m.survive(func(ctx context.Context) error { return m.s.SweepRuns(ctx, now) }); err != nil {
		m.Error(err)
	}
}

func (m *simulation) people(i int) *rollcall.ContactList {
	l := storetest.List(m, m.s, m.owner, fmt.Sprint("l", i))
	var contacts []rollcall.Contact
	for n := range 60 {
		name := []string{"Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"}[n%4]
		zone, err := callhours.LoadZone(name)
		if err != nil {
			m.Fatal(err)
		}
		number := phone.Number(14155550000 + i*1000 + n)
		m.zones[number] = zone
		contacts = append(contacts, rollcall.Contact{Phone: number, PhoneSent: number.String(), TimeZone: rollcall.Given(name),
			ContactPriority: rollcall.Given([]string{"", "1", "10", "9", "x"}[n%5])})
	}
	if _, err := m.s.AddContacts(context.Background(), m.owner, l.ID, contacts, "u-1", noon); err != nil {
		m.Fatal(err)
	}
	return l
}

// call holds a claim against the rules, and does with it what dialers do.
func (m *simulation) call(k rollcall.Claim, now time.Time) {
	n := k.Number
	if hour := now.In(m.zones[n]).Hour(); hour < 9 || hour >= 18 {
		m.Errorf("%v would be called at %v", n, now.In(m.zones[n]))
	}
	if since, ok := m.barred[n]; ok {
		m.Errorf("%v is on the DNC list since %v, and is handed out at %v", n, since, now)
	}
	if k.CampaignID == m.paused {
		m.Errorf("%v is handed out at %v by a campaign that is paused", n, now)
	}
	if _, twice := m.out[n]; twice {
		m.Errorf("%v is handed out twice at once", n)
	}
	c := m.plans[k.CampaignID]
	if m.won[n] || m.calls[n] >= most(c) || k.Attempt != m.calls[n]+1 {
		m.Errorf("%v: attempt %d after %d, connected: %v", n, k.Attempt, m.calls[n], m.won[n])
	}
	if last, ok := m.last[n]; ok && now.Sub(last) < 90*time.Minute {
		m.Errorf("%v was called %v ago", n, now.Sub(last))
	}
	m.out[n] = k
	preview := c.DialingMode == rollcall.ModePreview
	switch what := m.random.IntN(20); {
	case what == 0 && preview: // the agent lets the time pass, or so it seems
		m.tried(n, false, now)
		if m.random.IntN(2) == 0 {
			m.late = append(m.late, k)
		}
	case what == 0: // the dialer vanishes
	case what < 5 && preview && m.skip(k, now):
		m.tried(n, false, now)
	case what == 1 && !preview:
		repeated, err := m.survive(func(ctx context.Context) error { return m.s.ReleaseClaim(ctx, m.owner, k.ID, now) })
		if err != nil && (!repeated || rollcall.CodeOf(err) != rollcall.CodeConflict) {
			m.Error(err)
		}
		delete(m.out, n)
	default:
		d := rollcall.Dispositions()[m.random.IntN(5)]
		m.tell(k, d, now)
		m.tried(n, d.Reached(), now)
	}
}

// most is how often a contact may be tried: by SMS once.
func most(c *rollcall.Campaign) int { return max(c.Plan.MaxAttempts, 1) }

// tried notes an attempt.
func (m *simulation) tried(n phone.Number, reached bool, now time.Time) {
	m.calls[n]++
	m.last[n], m.won[n] = now, reached
}

// skip passes a contact over, as often as an agent may, and tells whether it did.
func (m *simulation) skip(k rollcall.Claim, now time.Time) bool {
	_, err := m.s.SkipClaim(context.Background(), m.owner, k.ID, now)
	most := m.plans[k.CampaignID].Plan.MaxSkips
	if may := m.skips[m.agent] < most; may != (err == nil) || !may && rollcall.CodeOf(err) != rollcall.CodeConflict {
		m.Errorf("%s has skipped %d times of %d, and: %v", m.agent, m.skips[m.agent], most, err)
	}
	if err == nil {
		m.skips[m.agent]++
	}
	return err == nil
}

// tell tells how a call ended, as often as it takes: it counts once.
func (m *simulation) tell(k rollcall.Claim, d rollcall.Disposition, now time.Time) {
	var out *store.Outcome
	_, err := m.survive(func(ctx context.Context) (err error) {
		out, err = m.s.RecordOutcome(ctx, m.owner, k.ID, rollcall.Attempt{Outcome: d}, now)
		return err
	})
	if err != nil || out.Late || out.Standing.Attempts != m.calls[k.Number]+1 {
		m.Errorf("the outcome of attempt %d of %v: %+v, %v", k.Attempt, k.Number, out, err)
	}
}

// tellLate tells of calls whose leases ran out: they take the place of the attempts that
// those counted as, once they are taken back.
func (m *simulation) tellLate(now time.Time) {
	if len(m.late) > 0 {
		m.sweep(now)
	}
	for _, k := range m.late {
		d := rollcall.Dispositions()[m.random.IntN(5)]
		out, err := m.s.RecordOutcome(context.Background(), m.owner, k.ID, rollcall.Attempt{Outcome: d}, now)
		if err != nil || !out.Late || out.Standing.Attempts != m.calls[k.Number] {
			m.Errorf("what came late of attempt %d of %v: %+v, %v", k.Attempt, k.Number, out, err)
		}
		m.last[k.Number], m.won[k.Number] = now, d.Reached()
	}
	m.late = nil
}

func (m *simulation) ended(campaigns []*rollcall.Campaign) bool {
	for _, c := range campaigns {
		if got, err := m.s.Campaign(context.Background(), m.owner, c.ID); err != nil || got.Status != rollcall.CampaignCompleted {
			return false
		}
	}
	return true
}

// account finds every contact in exactly one end.
func (m *simulation) account(campaigns []*rollcall.Campaign) {
	var connected, used, barred, walked int64
	for _, c := range campaigns {
		runs, err := m.s.Runs(context.Background(), m.owner, c.ID, 0, 9)
		if err != nil || len(runs) != 1 || runs[0].Leased != 0 || runs[0].Waiting != 0 {
			m.Fatalf("the runs are %+v, %v", runs, err)
		}
		connected, used, barred = connected+runs[0].Done[rollcall.ReasonConnected], used+runs[0].Done[rollcall.ReasonExhausted], barred+runs[0].Done[rollcall.ReasonDNC]
		walked += runs[0].Walked
	}
	var won, tried int64
	for n := range m.zones {
		if m.won[n] {
			won++
		} else if m.calls[n] == most(campaigns[(n-14155550000)/1000]) {
			tried++
		}
	}
	for agent, n := range m.skips {
		if most := campaigns[len(campaigns)-1].Plan.MaxSkips; n != most {
			m.Errorf("%s skipped %d times of %d: too few to prove the limit", agent, n, most)
		}
	}
	if all := int64(len(m.zones)); walked != all || connected != won || used != tried || barred != all-won-tried {
		m.Errorf("of %d contacts the runs count %d connected, %d used up, %d on the DNC list; the dialers %d, %d and the rest", walked, connected, used, barred, won, tried)
	}
}
