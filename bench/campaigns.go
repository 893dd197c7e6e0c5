package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
	"rollcall/store"
)

const (
	scrubShare     = 5 // contacts for each entry of the DNC list, half of which block one
	mostScrubRatio = 3
	dialers        = 32
	claimBatch     = 10
	mostClaimRatio = 1.5
	priorities     = 10
	claimWindow    = 100 // the first and the last hundredth of a run are compared
)

// leastClaims are the contacts a second that are to be handed out.
var leastClaims = map[engine]float64{sqlite: 2000, postgres: 4000}

// campaigns measures the scrub of a long list against a bare join in the database,
// and the handing out of its contacts, by the store's own calls.
func (b *bench) campaigns(ctx context.Context) error {
	scrubs := b.table("Scrub", "engine|contacts|entries|s|bare join s|scrub ÷ join", "A campaign's contacts held against its DNC list, from the job's claim to its result. The reference counts the common numbers with one join, in the database's own shell.")
	claims := b.table("Claims", "engine|order|ranked in s|contacts|contacts/s|first 1 % ms a batch|last 1 % ms a batch|last ÷ first", fmt.Sprintf("%d dialers in one process take batches of %d until nothing is left, each batch a durable transaction: in the order in which the contacts came, then all once more by their priority, of which there are %d. For that the scrub ranks them beforehand: how much longer it takes than the one before.", dialers, claimBatch, priorities))
	pages := b.table("Pages of campaigns", "engine|campaigns|ms|÷ few", fmt.Sprintf("A page of %d of getAllCampaignDetails, in the order of names, with filters of status, priority and mode that half of the campaigns fit.", campaignPage))
	for _, e := range engines {
		p, err := b.newPlace(ctx, e)
		if err != nil {
			return err
		}
		if err := b.campaignsOn(ctx, scrubs, claims, pages, p); err != nil {
			return err
		}
		if err := p.remove(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) campaignsOn(ctx context.Context, scrubs, claims, pages *table, p *place) error {
	s, err := store.Open(ctx, store.Config{DataDir: p.data, DatabaseURL: p.database})
	if err != nil {
		return err
	}
	defer s.Close()
	f, err := newCampaignField(ctx, s, b.rows)
	if err != nil {
		return err
	}
	if p.engine == postgres {
		// As autovacuum does in time. Without statistics the bare join looks each contact up
		// by reading a list; and while autovacuum reads the contacts, the vacuum of the
		// campaigns below frees nobody of looking at their rows.
		if _, err := p.bench.psql(ctx, p.database, "VACUUM ANALYSE"); err != nil {
			return err
		}
	}
	if err := b.campaignPages(ctx, pages, p, f); err != nil {
		return err
	}
	var scrub, join series
	for round := range b.rounds {
		tell("scrub on %s, round %d of %d", p.engine, round+1, b.rounds)
		took, err := f.scrub(ctx)
		if err != nil {
			return err
		}
		scrub = append(scrub, took.Seconds())
		if took, err = f.join(ctx, p); err != nil {
			return err
		}
		join = append(join, took.Seconds())
	}
	scrubs.add(string(p.engine), thousands(float64(b.rows)), thousands(float64(b.rows/scrubShare)), scrub.show(threeDigits), join.show(threeDigits), scrub.over(join).show(twoDecimals))
	b.atMost("scrub against a bare join, "+string(p.engine), mostScrubRatio, scrub.over(join).median(), twoDecimals)
	for _, order := range []rollcall.DialingOrder{rollcall.OrderFIFO, rollcall.OrderPriority} {
		tell("claims on %s, %s", p.engine, order)
		ranked := "–"
		if order == rollcall.OrderPriority {
			took, err := f.scrubAfter(ctx, rollcall.CampaignChange{Order: &order})
			if err != nil {
				return err
			}
			ranked = threeDigits(max(0, took.Seconds()-scrub.median()))
		}
		run, err := f.handOut(ctx)
		if err != nil {
			return err
		}
		first, last := run.window(true), run.window(false)
		claims.add(string(p.engine), string(order), ranked, thousands(float64(run.handed)), thousands(run.rate()), threeDigits(first), threeDigits(last), twoDecimals(last/first))
		of := fmt.Sprintf(", %s, %s", order, p.engine)
		b.atLeast("contacts handed out a second"+of, leastClaims[p.engine], run.rate(), threeDigits)
		b.atMost("the last hundredth of a run against the first"+of, mostClaimRatio, last/first, twoDecimals)
	}
	return nil
}

// campaignField is a campaign with a long list and a DNC list.
type campaignField struct {
	store    *store.Store
	owner    rollcall.Owner
	campaign *rollcall.Campaign
	keys     [2]int64 // of the lists
	made     int      // campaigns besides
}

func newCampaignField(ctx context.Context, s *store.Store, rows int) (*campaignField, error) {
	// A stride that shares no factor with the count visits each number once, in no order.
	person := func(i int) rollcall.Contact {
		return rollcall.Contact{Phone: phone.Number(14_000_000_000 + i*7919%(2*rows)), ContactPriority: rollcall.Given(strconv.Itoa(1 + i*31%priorities))}
	}
	return newField(ctx, s, rows, person, func(i int) rollcall.Contact { return rollcall.Contact{Phone: person(i * 2 * scrubShare).Phone} })
}

// newField makes a campaign with a list of people and one of entries.
func newField(ctx context.Context, s *store.Store, rows int, person, entry func(int) rollcall.Contact) (*campaignField, error) {
	apps, err := s.Apps(ctx)
	if err != nil {
		return nil, err
	}
	f := &campaignField{store: s, owner: rollcall.Owner{AccountKey: apps[0].AccountKey, ApplicationID: application}}
	now := time.Now()
	people, dnc := rollcall.NewContactList(rollcall.SourcePassiveAPI, now), rollcall.NewDNCList(rollcall.SourcePassiveAPI, now)
	people.Name, dnc.Name = "People", "Blocked"
	for i, l := range []*rollcall.ContactList{people, dnc} {
		l.Owner, l.Description = f.owner, "of the benchmark"
		if err := s.CreateContactList(ctx, l); err != nil {
			return nil, err
		}
		f.keys[i] = l.Key
	}
	if err := f.feed(ctx, people.ID, rows, person); err != nil {
		return nil, err
	}
	if err := f.feed(ctx, dnc.ID, rows/scrubShare, entry); err != nil {
		return nil, err
	}
	flow, err := rollcall.NewRegistryEntry(rollcall.KindFlow, "Flow", f.owner, "u-1", now)
	if err == nil {
		err = s.CreateRegistryEntry(ctx, flow)
	}
	if err != nil {
		return nil, err
	}
	mode, hours := rollcall.ModeAgentless, callhours.Daily
	f.campaign, err = rollcall.NewCampaign(rollcall.ChannelVoice, rollcall.CampaignChange{
		Name: new("Campaign"), ContactLists: &[]string{"People"}, DNCList: new("Blocked"), DialingMode: &mode, Flow: new("Flow"), CallerID: new("+14155550100"),
		Frequency: &hours, TimeZone: new("UTC"), Windows: &[]callhours.Window{{Every: true}},
	}, f.owner, "u-1", now)
	if err == nil {
		err = s.CreateCampaign(ctx, f.campaign)
	}
	return f, err
}

// feed adds contacts, as many in a call as may be.
func (f *campaignField) feed(ctx context.Context, list string, n int, contact func(int) rollcall.Contact) error {
	for at := 0; at < n; at += rollcall.MaxContactsPerCall {
		batch := make([]rollcall.Contact, min(rollcall.MaxContactsPerCall, n-at))
		for i := range batch {
			batch[i] = contact(at + i)
		}
		if _, err := f.store.AddContacts(ctx, f.owner, list, batch, "u-1", time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// scrub times a scrub.
func (f *campaignField) scrub(ctx context.Context) (time.Duration, error) {
	return f.scrubAfter(ctx, rollcall.CampaignChange{Priority: new(f.campaign.Priority)})
}

// scrubAfter times the scrub that a change asks for.
func (f *campaignField) scrubAfter(ctx context.Context, ch rollcall.CampaignChange) (time.Duration, error) {
	_, err := f.store.UpdateCampaign(ctx, f.owner, f.campaign.ID, func(c *rollcall.Campaign) error {
		return c.Change(ch, "u-1", time.Now())
	})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	job, err := f.store.ClaimScrub(ctx, "bench", began)
	for more := err == nil; more; {
		if more, err = job.Step(ctx, time.Now()); err != nil {
			return 0, err
		}
	}
	return time.Since(began), err
}

// join times the reference.
func (f *campaignField) join(ctx context.Context, p *place) (time.Duration, error) {
	table := map[engine]string{sqlite: "contact_numbers", postgres: "contacts"}[p.engine]
	query := fmt.Sprintf("SELECT COUNT(*) FROM %s c JOIN %[1]s d ON d.account_key = c.account_key AND d.phone = c.phone WHERE c.account_key = %d AND c.list_key = %d AND d.list_key = %d",
		table, f.owner.AccountKey, f.keys[0], f.keys[1])
	began := time.Now()
	var out string
	var err error
	if p.engine == postgres {
		out, err = p.bench.psql(ctx, p.database, query)
	} else {
		out, err = output(exec.CommandContext(ctx, "sqlite3", p.databaseFile(), query))
	}
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	c, err := f.store.Campaign(ctx, f.owner, f.campaign.ID)
	if n, _ := strconv.ParseInt(strings.TrimSpace(out), 10, 64); err == nil && (n == 0 || n != c.Scrub.Blocked) {
		err = fmt.Errorf("the join counts %d contacts, the scrub %d", n, c.Scrub.Blocked)
	}
	return took, err
}

// handedOut is a run in which everything was handed out.
type handedOut struct {
	handed int
	took   time.Duration
	each   []time.Duration // of the batches, in the order in which they ended
}

func (h *handedOut) rate() float64 { return float64(h.handed) / h.took.Seconds() }

// window gives the mean milliseconds of a batch in the first or the last hundredth.
func (h *handedOut) window(first bool) float64 {
	n := max(1, len(h.each)/claimWindow)
	part := h.each[:n]
	if !first {
		part = h.each[len(h.each)-n:]
	}
	sum := 0.0
	for _, d := range part {
		sum += millis(d)
	}
	return sum / float64(n)
}

// handOut plays the campaign, has dialers take contacts until there are none, and stops it.
func (f *campaignField) handOut(ctx context.Context) (*handedOut, error) {
	began := time.Now()
	if _, err := f.store.TriggerCampaign(ctx, f.owner, f.campaign.ID, rollcall.ChannelVoice, rollcall.StepPlay, "u-1", began); err != nil {
		return nil, err
	}
	h := &handedOut{}
	var mu sync.Mutex
	var work sync.WaitGroup
	errs := make(chan error, dialers)
	for range dialers {
		work.Go(func() {
			for {
				at := time.Now()
				got, err := f.store.Claim(ctx, f.owner, f.campaign.ID, rollcall.ClaimRequest{Limit: claimBatch, Lease: time.Hour}, at)
				if err != nil {
					errs <- err
					return
				}
				mu.Lock()
				if h.handed += len(got.Claims); len(got.Claims) > 0 {
					h.each = append(h.each, time.Since(at))
				}
				mu.Unlock()
				if len(got.Claims) == 0 && !got.More {
					return
				}
			}
		})
	}
	work.Wait()
	h.took = time.Since(began)
	close(errs)
	if err := <-errs; err != nil {
		return nil, err
	}
	_, err := f.store.TriggerCampaign(ctx, f.owner, f.campaign.ID, rollcall.ChannelVoice, rollcall.StepStop, "u-1", time.Now())
	return h, err
}
