package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	native "zombiezen.com/go/sqlite"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
	"rollcall/store"
)

// mostContactability is how often a bare count of the contacts fits into the time.
const mostContactability = 3

// crowdNumbers are where the contacts' numbers begin: landlines and mobiles, with one
// zone and with several.
var crowdNumbers = []phone.Number{14150000000, 12120000000, 16050000000, 442070000000, 4915100000000, 61412000000, 919800000000, 5511960000000}

// crowdZones are the own zones of the half of them that have one.
var crowdZones = []string{"Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "America/Los_Angeles"}

// contactability measures how long it takes to tell how many contacts can be called
// when, against a bare count of the same contacts.
func (b *bench) contactability(ctx context.Context) error {
	t := b.table("Contactability", "engine|contacts|s|bare count s|÷ count|with a DNC list s|of which scrub s",
		"How many contacts of a campaign can be called now, later and never, by the store's own call; half of them have a zone of their own, the others live where their numbers are. The reference is `SELECT COUNT(*)` of the same list by the same driver, in the same process. "+
			fmt.Sprintf("Then again with a DNC list of one entry for %d contacts, half of which block one; the scrub, which joins the two lists, is timed alone.", scrubShare))
	for _, e := range engines {
		p, err := b.newPlace(ctx, e)
		if err != nil {
			return err
		}
		if err := b.contactabilityOn(ctx, t, p); err != nil {
			return err
		}
		if err := p.remove(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) contactabilityOn(ctx context.Context, t *table, p *place) error {
	s, err := store.Open(ctx, store.Config{DataDir: p.data, DatabaseURL: p.database})
	if err != nil {
		return err
	}
	defer s.Close()
	tell("a crowd on %s", p.engine)
	f, err := newCrowd(ctx, s, b.rows)
	if err != nil {
		return err
	}
	if p.engine == postgres {
		if _, err := p.bench.psql(ctx, p.database, "VACUUM ANALYSE"); err != nil {
			return err
		}
	}
	counter, err := p.counter(ctx, f.owner.AccountKey, f.keys[0])
	if err != nil {
		return err
	}
	defer counter.close()
	var took, bare, blocked, scrub series
	for round := range b.rounds + 1 { // the first fills caches, and is not counted
		tell("contactability on %s, round %d of %d", p.engine, round, b.rounds)
		one, err := f.round(ctx, counter, int64(b.rows))
		if err != nil {
			return err
		}
		if round > 0 {
			took, bare, blocked, scrub = append(took, one[0]), append(bare, one[1]), append(blocked, one[2]), append(scrub, one[3])
		}
	}
	t.add(string(p.engine), thousands(float64(b.rows)), took.show(threeDigits), bare.show(threeDigits), took.over(bare).show(twoDecimals), blocked.show(threeDigits), scrub.show(threeDigits))
	b.atMost("contactability against a bare count, "+string(p.engine), mostContactability, took.over(bare).median(), twoDecimals)
	return nil
}

// crowd is a list of people of all zones, and a campaign for them with a DNC list and
// one without.
type crowd struct {
	*campaignField
	free *rollcall.Campaign // no DNC list binds it
}

func newCrowd(ctx context.Context, s *store.Store, rows int) (*crowd, error) {
	number := func(i int) phone.Number {
		return crowdNumbers[i%len(crowdNumbers)] + phone.Number(i*7919%(2*rows))
	}
	f, err := newField(ctx, s, rows, func(i int) rollcall.Contact {
		c := rollcall.Contact{Phone: number(i), FirstName: rollcall.Given("First"), LastName: rollcall.Given("Last"), UniqueID: rollcall.Given(fmt.Sprint("C-", i))}
		if i/len(crowdNumbers)%2 == 0 {
			c.TimeZone = rollcall.Given(crowdZones[i%len(crowdZones)])
		}
		return c
	}, func(i int) rollcall.Contact { return rollcall.Contact{Phone: number(i * 2 * scrubShare)} })
	if err != nil {
		return nil, err
	}
	day := []callhours.Window{{Every: true, Start: 9 * 60, End: 18 * 60}}
	out := &crowd{campaignField: f}
	f.campaign, err = s.UpdateCampaign(ctx, f.owner, f.campaign.ID, func(c *rollcall.Campaign) error {
		return c.Change(rollcall.CampaignChange{Windows: &day}, "u-1", time.Now())
	})
	if err != nil {
		return nil, err
	}
	free := *f.campaign
	free.Key, free.ID, free.Name, free.DNCList = 0, rollcall.NewID(rollcall.PrefixCampaign), "Free", rollcall.Named{}
	out.free = &free
	return out, s.CreateCampaign(ctx, out.free)
}

// round gives the seconds of contactability, of a bare count, of contactability with
// a DNC list, and of the scrub.
func (f *crowd) round(ctx context.Context, counter *counter, rows int64) (took [4]float64, err error) {
	tell := func(i int, c *rollcall.Campaign, least int64) error {
		began := time.Now()
		got, err := f.store.Contactability(ctx, f.owner, c.ID, began)
		took[i] = time.Since(began).Seconds()
		if err == nil && (got.Total != rows || got.Counts[rollcall.WhenNever] < least) {
			err = fmt.Errorf("of %d contacts %d are told, %+v", rows, got.Total, got.Counts)
		}
		return err
	}
	if err := tell(0, f.free, 0); err != nil {
		return took, err
	}
	began := time.Now()
	n, err := counter.count(ctx)
	took[1] = time.Since(began).Seconds()
	if err == nil && n != rows {
		err = fmt.Errorf("of %d contacts %d are counted", rows, n)
	}
	if err != nil {
		return took, err
	}
	if err := tell(2, f.campaign, rows/scrubShare/2); err != nil {
		return took, err
	}
	scrub, err := f.scrub(ctx)
	took[3] = scrub.Seconds()
	return took, err
}

// counter counts a list by a connection of its own, opened as the store opens its.
type counter struct {
	query  string
	pool   *sql.DB      // PostgreSQL
	native *native.Conn // SQLite
}

func (p *place) counter(ctx context.Context, account, list int64) (c *counter, err error) {
	c = &counter{query: fmt.Sprintf("SELECT COUNT(*) FROM contacts WHERE account_key = %d AND list_key = %d", account, list)}
	if p.engine == postgres {
		config, err := pgx.ParseConfig(p.database)
		if err != nil {
			return nil, err
		}
		config.RuntimeParams["jit"] = "off"
		c.pool = stdlib.OpenDB(*config)
		return c, c.pool.PingContext(ctx)
	}
	if c.native, err = native.OpenConn(p.databaseFile(), native.OpenReadWrite); err != nil {
		return nil, err
	}
	pragma, err := c.native.Prepare("PRAGMA cache_size = -8192")
	if err == nil {
		_, err = pragma.Step()
	}
	return c, err
}

func (c *counter) count(ctx context.Context) (n int64, err error) {
	if c.pool != nil {
		err = c.pool.QueryRowContext(ctx, c.query).Scan(&n)
		return n, err
	}
	s, err := c.native.Prepare(c.query)
	if err != nil {
		return 0, err
	}
	if _, err := s.Step(); err != nil {
		return 0, err
	}
	return s.ColumnInt64(0), s.Reset()
}

func (c *counter) close() error {
	if c.pool != nil {
		return c.pool.Close()
	}
	return c.native.Close()
}
