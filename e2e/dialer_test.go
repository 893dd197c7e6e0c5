package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall"
	"rollcall/store/storetest"
)

const (
	dialers      = 50
	lease        = 5 * time.Second // the shortest that there is: what a dialer loses comes back soon
	retryMinutes = 1               // the least that there is
	calmClaims   = 800             // by which the shares are measured
)

// wave is a campaign of a field and its people.
type wave struct {
	name, id string
	priority int
	attempts int // allowed for each contact
	atOnce   int // contacts that may be handed out at the same time; 0: any number
	from, n  int // its contacts, as contacts makes them
	mode     rollcall.DialingMode
	pauses   []pause
}

// pause is a time in which a campaign hands nothing out: its begin was answered, and
// its end was not asked for yet.
type pause struct{ from, to time.Time }

// maxSkips is how often an agent may skip in a run.
const maxSkips = 3

// field is some processes on one database, the campaigns that they serve, dialers
// that take part in them, and all that these saw.
type field struct {
	*testing.T
	ctx     context.Context
	c       client
	http    *http.Client
	servers *cluster
	waves   []*wave
	dialers []*dialer
	barring sync.Mutex
	barred  []bar

	calm  bool        // only shared claims are made
	over  atomic.Bool // the dialers are to end
	taken atomic.Int64
	asked atomic.Int64 // claims that were answered, also with nothing
	told  atomic.Int64 // outcomes that were acknowledged
	cut   atomic.Int64 // calls that a kill met under way
	wrong atomic.Int64
}

// bar is an entry that was added to the DNC list.
type bar struct {
	numbers  []string
	sent     time.Time
	answered time.Time
}

// TestDialers_WhileProcessesAreKilled: fifty dialers that answer, extend, give back,
// come late, skip and vanish, in all three modes, over several processes that are killed and started again, and
// numbers that come onto a DNC list and a campaign that is paused and resumed meanwhile:
// by what the dialers saw no rule of the
// field is broken, and by what the server says no contact and no outcome is lost.
func TestDialers_WhileProcessesAreKilled(t *testing.T) {
	const few = 3
	total := kills(t, few)
	test := func(t *testing.T, p place, processes int) {
		f := newField(t, p, processes, total)
		f.shareCalmly()
		f.dialThroughKills(total, total > few)
		f.holdAgainstTheRules()
		f.holdAgainstTheServer()
		f.servers.stop(t)
		p.run(t, "doctor")
	}
	// One after the other: together they would have half of the machine each.
	t.Run("sqlite", func(t *testing.T) { test(t, place{data: t.TempDir()}, 1) })
	t.Run("postgres", func(t *testing.T) { test(t, place{data: t.TempDir(), database: storetest.PostgresURL(t)}, 3) })
}

// newField starts the processes and makes the campaigns. More kills have more people,
// so that all of them meet dialers.
func newField(t *testing.T, p place, processes, kills int) *field {
	unit := max(200, 60*kills)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute+time.Duration(kills)*20*time.Second)
	f := &field{T: t, ctx: ctx, c: p.register(t), http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: dialers}},
		waves: []*wave{
			{name: "Five", priority: 5, attempts: 1, from: 0, n: 5 * unit, mode: rollcall.ModeAgentless},
			{name: "Three", priority: 3, attempts: 1, from: 1_000_000, n: 3 * unit, mode: rollcall.ModeAgentless},
			{name: "Again", priority: 1, attempts: 2, atOnce: 20, from: 2_000_000, n: unit, mode: rollcall.ModeAgentless},
			{name: "Free", priority: 3, attempts: 1, from: 3_000_000, n: unit / 2, mode: rollcall.ModeProgressive},
			{name: "Seen", priority: 3, attempts: 1, from: 4_000_000, n: unit / 2, mode: rollcall.ModePreview},
		}}
	f.servers = startCluster(t, p, processes, "--rate-limit", "0")
	t.Cleanup(func() { cancel(); f.servers.close(); f.http.CloseIdleConnections() })
	var dnc list
	f.c.must(t, f.servers.first().url, "POST", "/createContactList", map[string]any{"name": "Opt-outs", "description": "d", "source": "passiveApi", "listType": "dnc", "isGlobalDNC": true}, &dnc)
	f.post("/experienceFlows", map[string]any{"name": "Reminder"}, nil)
	f.post("/queues", map[string]any{"name": "Agents"}, nil)
	for _, w := range f.waves {
		f.prepare(w)
	}
	for i := range dialers {
		f.dialers = append(f.dialers, &dialer{f: f, agent: fmt.Sprint("agent ", i), random: rand.New(rand.NewPCG(7, uint64(i)))})
	}
	return f
}

// prepare makes a campaign over a list of its own, and waits until it may be started.
func (f *field) prepare(w *wave) {
	f.Helper()
	base := f.servers.first().url
	f.c.must(f, base, "POST", "/createContactList", map[string]any{"name": w.name, "description": "d", "source": "passiveApi"}, nil)
	f.c.must(f, base, "POST", "/addContacts", map[string]any{"contact_list_name": w.name, "data": contacts(w.from, w.n)}, nil)
	var made struct{ ID string }
	body := map[string]any{"name": w.name, "contactLists": []string{w.name}, "priority": w.priority, "dialingMode": w.mode,
		"dialingStrategy": map[string]any{"callerId": map[string]any{"phoneNumber": "+14155550100"}, "maxAttemptsPerRecord": w.attempts, "defaultRetryPeriod": retryMinutes, "maxConcurrentCalls": w.atOnce,
			"callingHours": map[string]any{"frequency": "DAILY", "timezone": "UTC", "days": []any{map[string]any{"start": "12:00 AM", "end": "12:00 AM"}}}}}
	switch w.mode {
	case rollcall.ModePreview:
		body["queue_name"], body["maxSkips"] = "Agents", maxSkips
	case rollcall.ModeProgressive:
		body["queue_name"] = "Agents"
	case rollcall.ModeAgentless:
		body["experienceFlowName"] = "Reminder"
	}
	f.post("?campaignType=voice", body, &made)
	w.id = made.ID
	await(f, "the end of the scrub", func() bool { return f.status(w) == rollcall.CampaignReady })
}

func (f *field) status(w *wave) rollcall.CampaignStatus {
	f.Helper()
	var got struct{ Status rollcall.CampaignStatus }
	f.post("/"+w.id+"/status?view=status", map[string]any{}, &got)
	return got.Status
}

func (f *field) play(w *wave) { f.post("/trigger/"+w.id+"?campaignType=voice&trigger=play", nil, nil) }

// post calls one of the servers, which must answer 200.
func (f *field) post(path string, body, into any) {
	f.Helper()
	a := f.send(rand.New(rand.NewPCG(0, 0)), http.MethodPost, path, "", body, into)
	if a.status != http.StatusOK {
		f.Fatalf("POST %s: %d %s", path, a.status, a.text)
	}
}

// shareCalmly lets the dialers take from two campaigns while nothing is killed, and
// wants what they were handed shared by priority.
func (f *field) shareCalmly() {
	f.play(f.waves[0])
	f.play(f.waves[1])
	f.calm = true
	f.work(func() {
		f.until("claims", func() bool { return f.taken.Load() >= calmClaims })
	})
	f.calm = false
	counts := map[string]int{}
	for _, h := range f.claims() {
		counts[h.campaign]++
	}
	five, all := counts[f.waves[0].id], counts[f.waves[0].id]+counts[f.waves[1].id]
	if share := float64(five) / float64(all); share < 5./8*0.98 || share > 5./8*1.02 {
		f.Errorf("priority 5 beside 3 had %d of %d claims", five, all)
	}
}

// work lets all dialers work until something has come to pass.
func (f *field) work(until func()) {
	var wait sync.WaitGroup
	f.over.Store(false)
	defer wait.Wait()
	defer f.over.Store(true) // also where until ends the test
	for _, d := range f.dialers {
		wait.Go(d.work)
	}
	until()
}

// until waits for something that the dialers bring about.
func (f *field) until(what string, holds func() bool) {
	f.Helper()
	for !holds() {
		if f.ctx.Err() != nil || f.wrong.Load() > 0 {
			f.Fatalf("%s did not come; %d claims, %d outcomes", what, f.taken.Load(), f.told.Load())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// dialThroughKills kills processes at moments that are spread over the calls, and
// waits until the campaigns are over: those with one attempt, or all.
func (f *field) dialThroughKills(total int, all bool) {
	for _, w := range f.waves[2:] {
		f.play(w)
	}
	random := rand.New(rand.NewPCG(5, uint64(total)))
	moments := make([]int64, total)
	begun, people := f.told.Load(), int64(f.waves[0].n+f.waves[1].n)
	for i := range moments {
		moments[i] = begun + random.Int64N(max(1, (people-begun)*8/10))
	}
	slices.Sort(moments)
	var waited []*wave
	for _, w := range f.waves {
		if all || w.attempts == 1 {
			waited = append(waited, w)
		}
	}
	f.work(func() {
		var wait sync.WaitGroup
		done := make(chan struct{})
		wait.Go(func() { f.addToDNC(done) })
		wait.Go(func() { f.control(f.waves[1], done) })
		defer wait.Wait()
		defer close(done)
		for _, moment := range moments {
			f.until("the moment of a kill", func() bool { return f.told.Load() >= moment })
			f.servers.killSome(f, random)
		}
		for _, w := range waited {
			f.until("the end of "+w.name, func() bool { return f.status(w) == rollcall.CampaignCompleted })
		}
	})
	if n := f.cut.Load(); n < int64(total) {
		f.fault("%d kills met only %d calls under way", total, n)
	}
	if !all {
		f.post("/trigger/"+f.waves[2].id+"?campaignType=voice&trigger=stop", nil, nil)
	}
}

// control pauses a campaign and resumes it again and again, until it is over. A pause
// lasts until dialers have asked often enough to have been handed something.
func (f *field) control(w *wave, done <-chan struct{}) {
	random := rand.New(rand.NewPCG(3, 3))
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		case <-time.After(time.Duration(min(i, 1)) * time.Second):
		}
		paused, over := f.step(random, w, "pause")
		if over {
			return
		}
		from, asked := time.Now(), f.asked.Load()
		for f.asked.Load() < asked+dialers && time.Since(from) < 2*time.Second {
			time.Sleep(20 * time.Millisecond)
		}
		w.pauses = append(w.pauses, pause{paused.got, time.Now()})
		if _, over := f.step(random, w, "resume"); over {
			f.fault("%s, which was paused, is over", w.name)
			return
		}
	}
}

// step takes a step of a campaign, and tells whether the campaign, or the test, is
// over. A repetition is refused where the call before was carried out.
func (f *field) step(random *rand.Rand, w *wave, step string) (a answer, over bool) {
	a = f.send(random, http.MethodPost, "/trigger/"+w.id+"?campaignType=voice&trigger="+step, "", nil, nil)
	switch {
	case a.status == 0 || a.status == http.StatusConflict && !a.repeated:
		return a, true
	case a.status != http.StatusOK && a.status != http.StatusConflict:
		f.fault("to %s %s: %d %s", step, w.name, a.status, a.text)
	}
	return a, a.status == http.StatusConflict && step == "pause" && f.status(w) != rollcall.CampaignPaused
}

// addToDNC adds numbers of people, most of whom were not called yet, and now and then
// ten by their first digits, until done or so many are added that there is little left.
func (f *field) addToDNC(done <-chan struct{}) {
	random := rand.New(rand.NewPCG(9, 9))
	for i := range f.waves[0].n / 10 {
		select {
		case <-done:
			return
		case <-time.After(30 * time.Millisecond): // so often somebody opts out
		}
		w := f.waves[random.IntN(len(f.waves))]
		at := w.n/20 + random.IntN(w.n/20) // of the second half
		var ten []string
		for _, c := range contacts(w.from+10*at, 10) {
			ten = append(ten, fmt.Sprint(c["phoneNumber"]))
		}
		entry, barred := ten[3], ten[3:4]
		if i%8 == 0 {
			entry, barred = entry[:len(entry)-1]+"*", ten
		}
		f.bar(random, entry, barred)
	}
}

// bar adds an entry to the DNC list, which bars some numbers.
func (f *field) bar(random *rand.Rand, entry string, numbers []string) {
	a := f.send(random, http.MethodPost, "/contactList/addContacts", "", map[string]any{"contact_list_name": "Opt-outs", "data": []any{map[string]any{"phoneNumber": entry}}}, nil)
	if a.status == 0 {
		return
	}
	if a.status != http.StatusOK {
		f.fault("an addition to the DNC list: %d %s", a.status, a.text)
	}
	f.barring.Lock()
	defer f.barring.Unlock()
	f.barred = append(f.barred, bar{numbers, a.sent, a.got})
}

// fault reports a breach, a few at most.
func (f *field) fault(format string, args ...any) {
	if f.wrong.Add(1) <= 20 {
		f.Errorf(format, args...)
	}
}

// claims are all that the dialers were handed, in the order of their numbers within
// each contact.
func (f *field) claims() (all []*held) {
	for _, d := range f.dialers {
		all = append(all, d.claims...)
	}
	slices.SortFunc(all, func(a, b *held) int {
		return 2*strings.Compare(a.number, b.number) + int(min(1, max(-1, a.ref.Number-b.ref.Number)))
	})
	return all
}
