package store

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"

	"rollcall"
	"rollcall/phone"
)

// Contactability counts how many contacts of a campaign's lists can be called at an
// instant, and when the others can: by the rules of the claim, and by the DNC lists
// that bind the campaign, whose entries count as they stand now and end when they
// say.
//
// Nothing of a contact matters but its own zone, the zone of its number, and whether
// an entry blocks it. So all contacts are counted by zone first, and those that are
// blocked, which the scrub's joins find, are then taken out of their zones.
//
// Suppressed numbers are not looked for. No writer lets one into a list, and an erasure
// removes it, so that a contact has one only until an erasure that goes on, or that was
// broken off, has come to its list. To find those few, each contact's number would have
// to be hashed, in every account that has ever erased anybody. Hashing alone takes as
// long as the rest, and PostgreSQL would have to hand over every number instead of
// grouping them. Claims refuse them.
func (s *Store) Contactability(ctx context.Context, owner rollcall.Owner, id string, at time.Time) (*rollcall.Contactability, error) {
	leave, err := s.enterScan(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var out *rollcall.Contactability
	err = s.readTwins(ctx, func(t *sql.Tx, twins []*sql.Conn) error {
		c, err := loadCampaign(ctx, t, owner, id, "")
		if err != nil {
			return err
		}
		job := &Scrubbing{store: s, owner: owner, campaignID: id, at: at, counts: map[scrubKey]int64{}}
		if err := s.planScrub(ctx, t, job); err != nil {
			return err
		}
		counts := newZoneTally(&c.Plan, at)
		if err := s.dialect.tallyZones(ctx, t, twins, job.lists, counts); err != nil {
			return err
		}
		if err := s.takeBlocked(ctx, t, job, counts); err != nil {
			return err
		}
		out = rollcall.NewContactability(at, append(counts.result(), job.blocked()...))
		return nil
	})
	return out, err
}

// takeBlocked finds the contacts that a DNC list blocks, and takes them out of their
// zones.
func (s *Store) takeBlocked(ctx context.Context, t *sql.Tx, job *Scrubbing, counts *zoneTally) error {
	job.each = func(_ scrubKey, zone sql.NullString, number phone.Number) {
		counts.add(zone.String, number, -1)
	}
	for job.next < len(job.parts) {
		if err := s.scrubPart(ctx, t, job); err != nil {
			return err
		}
	}
	job.progress()
	return nil
}

// blocked tells what the scrub found, as counts of contacts that are never called.
func (job *Scrubbing) blocked() []rollcall.ContactabilityCount {
	out := make([]rollcall.ContactabilityCount, len(job.scrub.ByReason))
	for i := range job.scrub.ByReason {
		by := &job.scrub.ByReason[i]
		out[i] = rollcall.ContactabilityCount{Verdict: rollcall.Verdict{When: rollcall.WhenNever, Reason: rollcall.ReasonDNC}, Contacts: by.Contacts, DNC: by}
	}
	return out
}

// zoneTally counts contacts by what the campaign's hours say in their zones. It is
// not safe for concurrent use.
type zoneTally struct {
	plan     *rollcall.CampaignPlan
	at       time.Time
	verdicts []rollcall.Verdict
	counts   []int64 // of each verdict
	places   map[rollcall.Verdict]int
	own      map[string]int // which verdict a contact's own zone leads to; strange: the zone of its number counts
	number   map[string]int // which verdict the zone of a number leads to
	plain    *zoneStretches // nil: not needed so far
	recent   [recentPlaces]recentPlace
}

// strange is a zone that the tz database does not know.
const strange = -1

// mostNames bounds what is remembered of contacts' own zones, which may be any text.
// The tz database has some 600.
const mostNames = 100_000

func newZoneTally(plan *rollcall.CampaignPlan, at time.Time) *zoneTally {
	return &zoneTally{plan: plan, at: at, places: map[rollcall.Verdict]int{}, own: map[string]int{}, number: map[string]int{}}
}

// place gives the verdict on whoever lives in a zone, as its place.
func (z *zoneTally) place(zone *time.Location) int {
	v, _ := z.plan.Judge(zone, z.at)
	at, ok := z.places[v]
	if !ok {
		at = len(z.verdicts)
		z.places[v], z.verdicts, z.counts = at, append(z.verdicts, v), append(z.counts, 0)
	}
	return at
}

// ofNumber gives the verdict on contacts that have no zone of their own that is
// known, by the zone of their numbers.
func (z *zoneTally) ofNumber(zone string) int {
	at, ok := z.number[zone]
	if !ok {
		location, _ := z.plan.ZoneFrom("", zone)
		at = z.place(location)
		z.number[zone] = at
	}
	return at
}

// ofOwn gives the verdict on contacts with a zone of their own.
func (z *zoneTally) ofOwn(zone string) int {
	at, ok := z.own[zone]
	if ok {
		return at
	}
	at = strange
	if location, from := z.plan.ZoneFrom(zone, ""); from == rollcall.ZoneOfContact {
		at = z.place(location)
	}
	if len(z.own) < mostNames {
		z.own[zone] = at
	}
	return at
}

// add counts n contacts with one number.
func (z *zoneTally) add(zone string, number phone.Number, n int64) {
	at := strange
	if zone != "" {
		at = z.ofOwn(zone)
	}
	if at == strange {
		at = z.ofNumber(number.TimeZone())
	}
	z.counts[at] += n
}

// recentPlaces are how many blocks of numbers a tally remembers the stretch of: those
// of some hundred area codes.
const recentPlaces = 1 << 12

// recentPlace is a stretch of numbers with one verdict.
type recentPlace struct {
	from, upTo phone.Number // the end excluded
	place      int
}

// ofPhone is ofNumber of a number's zone, for millions of numbers in no order: most
// are in a stretch that an earlier one was in.
func (z *zoneTally) ofPhone(n phone.Number) int {
	const block = 20 // bits: a million numbers
	r := &z.recent[uint64(n)>>block%recentPlaces]
	if n < r.from || n >= r.upTo {
		if z.plain == nil {
			z.plain = z.stretches()
		}
		*r = z.plain.around(n)
	}
	return r.place
}

// zoneStretches are the stretches of the number plan on which the verdict is one.
type zoneStretches struct {
	counts *zoneTally
	from   []int64 // where each begins
	places []int   // of the verdicts: before the first, then on each
}

// stretches gives the zones of the number plan by their verdicts. Neighbours with one
// verdict are one.
func (z *zoneTally) stretches() *zoneStretches {
	s := &zoneStretches{counts: z, from: []int64{}, places: []int{z.ofNumber("")}}
	for _, n := range phone.ZoneStretches() {
		if at := z.ofNumber(n.Zone); at != s.places[len(s.places)-1] {
			s.from, s.places = append(s.from, int64(n.From)), append(s.places, at)
		}
	}
	return s
}

// around finds the stretch that a number is in.
func (s *zoneStretches) around(n phone.Number) recentPlace {
	i, found := slices.BinarySearch(s.from, int64(n))
	if found {
		i++
	}
	r := recentPlace{place: s.places[i], from: math.MinInt64, upTo: math.MaxInt64}
	if i > 0 {
		r.from = phone.Number(s.from[i-1])
	}
	if i < len(s.from) {
		r.upTo = phone.Number(s.from[i])
	}
	return r
}

// join adds what another tally of the same plan and instant has counted.
func (z *zoneTally) join(other *zoneTally) {
	for i, v := range other.verdicts {
		at, ok := z.places[v]
		if !ok {
			at = len(z.verdicts)
			z.places[v], z.verdicts, z.counts = at, append(z.verdicts, v), append(z.counts, 0)
		}
		z.counts[at] += other.counts[i]
	}
}

func (z *zoneTally) result() []rollcall.ContactabilityCount {
	out := make([]rollcall.ContactabilityCount, len(z.verdicts))
	for i, v := range z.verdicts {
		out[i] = rollcall.ContactabilityCount{Verdict: v, Contacts: z.counts[i]}
	}
	return out
}
