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
	"rollcall/store/storetest"
)

// simulation is some dialers and their campaigns, and what the rules of the field
// say of every call.
type simulation struct {
	*runWorld
	random *rand.Rand
	zones  map[phone.Number]*time.Location
	barred map[phone.Number]time.Time // on a DNC list since
	last   map[phone.Number]time.Time // the last attempt
	calls  map[phone.Number]int
	won    map[phone.Number]bool
	out    map[phone.Number]rollcall.Claim // claims that a dialer has let go by, until they run out
}

// Three days of two campaigns over people of four zones: dialers that answer, that
// give back and that vanish, and numbers that come onto a DNC list meanwhile.
func TestSimulation(t *testing.T) {
	for _, seed := range []uint64{1} {
		eachWorld(t, func(w *runWorld) {
			sim := &simulation{w, rand.New(rand.NewPCG(seed, 0)), map[phone.Number]*time.Location{}, map[phone.Number]time.Time{}, map[phone.Number]time.Time{},
				map[phone.Number]int{}, map[phone.Number]bool{}, map[phone.Number]rollcall.Claim{}}
			sim.run()
		})
	}
}

func (m *simulation) run() {
	ctx := context.Background()
	var campaigns []*rollcall.Campaign
	for i, order := range []rollcall.DialingOrder{rollcall.OrderFIFO, rollcall.OrderLIFO} {
		c := m.campaign(fmt.Sprint("c", i), func(c *rollcall.Campaign) { c.Plan.Order, c.Priority, c.Plan.RetryMinutes = order, 5-2*i, 90 }, m.people(i))
		m.trigger(c, rollcall.StepPlay, noon)
		campaigns = append(campaigns, c)
	}
	dnc := m.dnc("dnc", true)
	now := noon
	for step := range 3 * 24 * 4 {
		now = noon.Add(time.Duration(step) * 15 * time.Minute)
		if step%20 == 0 {
			number := phone.Number(14155550000 + m.random.IntN(2)*1000 + m.random.IntN(60))
			if _, twice := m.barred[number]; !twice {
				m.block(dnc, number, now)
				m.barred[number] = now
			}
		}
		clear(m.out) // leases last a minute
		got, err := m.s.ClaimShared(ctx, m.owner, rollcall.ClaimRequest{Limit: 20}, now)
		if err != nil {
			m.Fatal(err)
		}
		for _, k := range got.Claims {
			m.call(k, now)
		}
	}
	for now = now.Add(time.Hour); ; now = now.Add(time.Hour) {
		got, err := m.s.ClaimShared(ctx, m.owner, rollcall.ClaimRequest{Limit: 100}, now)
		if err != nil {
			m.Fatal(err)
		}
		for _, k := range got.Claims {
			m.call(k, now)
		}
		if now.Sub(noon) > 30*24*time.Hour {
			m.Fatal("the campaigns do not end")
		}
		if m.ended(campaigns) {
			break
		}
		clear(m.out)
	}
	m.account(campaigns)
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
		contacts = append(contacts, rollcall.Contact{Phone: number, PhoneSent: number.String(), TimeZone: rollcall.Given(name)})
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
	if _, twice := m.out[n]; twice {
		m.Errorf("%v is handed out twice at once", n)
	}
	if m.won[n] || m.calls[n] >= 3 || k.Attempt != m.calls[n]+1 {
		m.Errorf("%v: attempt %d after %d, connected: %v", n, k.Attempt, m.calls[n], m.won[n])
	}
	if last, ok := m.last[n]; ok && now.Sub(last) < 90*time.Minute {
		m.Errorf("%v was called %v ago", n, now.Sub(last))
	}
	m.out[n] = k
	switch m.random.IntN(20) {
	case 0: // the dialer vanishes
	case 1:
		if err := m.s.ReleaseClaim(context.Background(), m.owner, k.ID, now); err != nil {
			m.Error(err)
		}
	default:
		d := rollcall.Dispositions()[m.random.IntN(5)]
		m.outcome(k.ID, d, now)
		m.calls[n]++
		m.last[n], m.won[n] = now, d.Reached()
	}
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
		runs, err := m.s.Runs(context.Background(), m.owner, c.ID, 9)
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
		} else if m.calls[n] == 3 {
			tried++
		}
	}
	if walked != 120 || connected != won || used != tried || barred != 120-won-tried {
		m.Errorf("of %d contacts the runs count %d connected, %d used up, %d on the DNC list; the dialers %d, %d and the rest", walked, connected, used, barred, won, tried)
	}
}
