package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// crowd makes random contacts, lists, entries and campaigns.
type crowd struct {
	*runWorld
	random *rand.Rand
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// number gives a number of many countries: with one zone, with several, of no plan.
// There are few of each kind, so that lists share some.
func (w *crowd) number() phone.Number {
	first := pick[int64](w.random, 14155550000, 12125550000, 16055550000, 18005550000, 11555550000, 442079460000, 447400120000, 4915112340000, 493012340000,
		61412340000, 61291230000, 79123450000, 5511961230000, 551123450000, 919876540000, 34612340000, 80012340000, 99912340000, 68880000)
	return phone.Number(first + w.random.Int64N(40))
}

func (w *crowd) zone() rollcall.Text {
	if w.random.IntN(2) == 0 {
		return rollcall.Text{}
	}
	return rollcall.Given(pick(w.random, "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago",
		"", "Berlin", "CEST", "Local", "a zone whose name is longer than any that the tz database knows, and is none"))
}

func (w *crowd) lists() (lists []*rollcall.ContactList, contacts []rollcall.Contact) {
	for i := range 1 + w.random.IntN(3) {
		l := storetest.NewList(w.owner, fmt.Sprint("people ", i))
		l.AllowDuplicates = w.random.IntN(2) == 0
		if err := w.s.CreateContactList(context.Background(), l); err != nil {
			w.Fatal(err)
		}
		batch := make([]rollcall.Contact, w.random.IntN(300))
		for i := range batch {
			batch[i] = rollcall.Contact{Phone: w.number(), TimeZone: w.zone()}
		}
		if _, err := w.s.AddContacts(context.Background(), w.owner, l.ID, batch, "u-1", noon); err != nil {
			w.Fatal(err)
		}
		kept, _, err := w.s.Contacts(context.Background(), w.owner, l.ID, rollcall.ContactPage{Limit: 1000})
		if err != nil {
			w.Fatal(err)
		}
		lists, contacts = append(lists, l), append(contacts, kept...)
	}
	return lists, contacts
}

// entries fills a DNC list: whole numbers and prefixes, some of them over by noon.
func (w *crowd) entries(l *rollcall.ContactList) {
	entries := make([]rollcall.Contact, w.random.IntN(150))
	for i := range entries {
		n := w.number()
		if w.random.IntN(15) == 0 {
			for range 1 + w.random.IntN(6) {
				n /= 10
			}
			n = -n
		}
		if entries[i].Phone = n; w.random.IntN(3) == 0 {
			end := noon.Add(time.Duration(w.random.IntN(96)-48) * time.Hour)
			entries[i].Extra = `{"expiresAt":"` + end.Format("2006-01-02T15:04:05.000Z") + `"}`
		}
	}
	if _, err := w.s.AddContacts(context.Background(), w.owner, l.ID, entries, "u-1", noon.Add(-72*time.Hour)); err != nil {
		w.Fatal(err)
	}
}

func (w *crowd) plan() rollcall.CampaignPlan {
	p := rollcall.CampaignPlan{MaxAttempts: 3, TimeZone: pick(w.random, "UTC", "America/Chicago", "Asia/Tokyo"), ZoneFallback: pick(w.random, callhours.FallbackCampaign, callhours.FallbackNever)}
	p.Hours.Frequency = callhours.Weekly
	for range w.random.IntN(5) {
		p.Hours.Windows = append(p.Hours.Windows, callhours.Window{Day: time.Weekday(w.random.IntN(7)), Start: callhours.Minute(w.random.IntN(1440)), End: callhours.Minute(w.random.IntN(1441))})
	}
	for range w.random.IntN(3) {
		p.Hours.Holidays = append(p.Hours.Holidays, callhours.Date{Year: 2026, Month: time.March, Day: 1 + w.random.IntN(5)})
	}
	return p
}

// Counting by zone and by join finds what asking the rules of the claim about each
// contact finds.
func TestContactability_CountsAsOneByOne(t *testing.T) {
	for seed := range uint64(4) {
		eachWorld(t, func(w *runWorld) {
			crowd := &crowd{w, rand.New(rand.NewPCG(seed, 11))}
			lists, contacts := crowd.lists()
			own, other := w.dnc("own", false), w.dnc("other", false)
			for _, l := range []*rollcall.ContactList{own, other, w.dnc("global 1", true), w.dnc("global 2", true)} {
				crowd.entries(l)
			}
			for i := range 5 {
				c := w.campaign(fmt.Sprint("c", i), func(c *rollcall.Campaign) {
					c.Plan = crowd.plan()
					if crowd.random.IntN(3) > 0 {
						c.DNCList = rollcall.Named{ID: own.ID}
					}
				}, lists...)
				at := noon.Add(time.Duration(crowd.random.IntN(72*3600)-36*3600) * time.Second)
				crowd.hold(c, contacts, at)
			}
		})
	}
}

// hold holds the counts against the contacts, one by one.
func (w *crowd) hold(c *rollcall.Campaign, contacts []rollcall.Contact, at time.Time) {
	w.Helper()
	got, err := w.s.Contactability(context.Background(), w.owner, c.ID, at)
	if err != nil {
		w.Fatal(err)
	}
	numbers := make([]int64, len(contacts))
	for i := range contacts {
		numbers[i] = int64(contacts[i].Phone)
	}
	blocked, err := w.s.BlockedBy(context.Background(), w.owner, c.ID, numbers, at)
	if err != nil {
		w.Fatal(err)
	}
	want, have := map[string]int64{}, map[string]int64{}
	for i := range contacts {
		want[w.verdict(c, &contacts[i], blocked, at)]++
	}
	sums := map[rollcall.When]int64{}
	for _, n := range got.ByReason {
		have[fmt.Sprint(n.When, n.Reason, n.OpensAt)] += n.Contacts
		sums[n.When] += n.Contacts
		if (n.DNC != nil) != (n.Reason == rollcall.ReasonDNC) || n.Contacts <= 0 {
			w.Errorf("%+v", n)
		}
	}
	if diff := cmp.Diff(want, have); diff != "" || got.Total != int64(len(contacts)) || !got.At.Equal(at) {
		w.Fatalf("%d of %d contacts at %v, plan %+v: %s", got.Total, len(contacts), at, c.Plan, diff)
	}
	if diff := cmp.Diff(sums, got.Counts); diff != "" {
		w.Error(diff)
	}
}

// verdict asks the claim's rules of one contact.
func (w *crowd) verdict(c *rollcall.Campaign, contact *rollcall.Contact, blocked map[int64]bool, at time.Time) string {
	if blocked[int64(contact.Phone)] {
		return fmt.Sprint(rollcall.WhenNever, rollcall.ReasonDNC, time.Time{})
	}
	s, _ := c.Plan.Admit(contact, 0, at)
	switch s.State {
	case rollcall.ContactLeased:
		return fmt.Sprint(rollcall.WhenNow, rollcall.ReasonOpen, time.Time{})
	case rollcall.ContactDone:
		return fmt.Sprint(rollcall.WhenNever, s.Reason, time.Time{})
	}
	zone, when := c.Plan.ZoneOf(contact), rollcall.WhenLater
	if at.In(zone).Format(time.DateOnly) == s.Due.In(zone).Format(time.DateOnly) {
		when = rollcall.WhenLaterToday
	}
	return fmt.Sprint(when, s.Reason, s.Due)
}

// A list of several windows of the readers is counted whole, each contact once, and
// what blocks a contact is told by list and kind.
func TestContactability_LongList(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := storetest.List(w, w.s, w.owner, "People")
		for at := 0; at < 120_000; at += 40_000 {
			w.add(l, 14150000000+at, 40_000, nil)
		}
		dnc := w.dnc("dnc", true)
		w.block(dnc, 14150000007, noon)
		w.block(dnc, -141500001, noon)
		c := w.campaign("c", nil, l)
		got, err := w.s.Contactability(context.Background(), w.owner, c.ID, noon)
		if err != nil {
			w.Fatal(err)
		}
		by := func(prefix bool, n int64) rollcall.ContactabilityCount {
			return rollcall.ContactabilityCount{Verdict: rollcall.Verdict{When: rollcall.WhenNever, Reason: rollcall.ReasonDNC}, Contacts: n,
				DNC: &rollcall.ScrubCount{ListID: dnc.ID, ListName: "dnc", Global: true, Prefix: prefix, Contacts: n}}
		}
		want := &rollcall.Contactability{At: noon, Total: 120_000, Counts: map[rollcall.When]int64{rollcall.WhenNow: 119_899, rollcall.WhenNever: 101},
			ByReason: []rollcall.ContactabilityCount{{Verdict: rollcall.Verdict{When: rollcall.WhenNow, Reason: rollcall.ReasonOpen}, Contacts: 119_899}, by(true, 100), by(false, 1)}}
		if diff := cmp.Diff(want, got); diff != "" {
			w.Error(diff)
		}
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := w.s.Contactability(over, w.owner, c.ID, noon); !errors.Is(err, context.Canceled) {
			w.Errorf("a call that was given up: %v", err)
		}
		if _, err := w.s.Contactability(context.Background(), w.owner, "cd-1", noon); rollcall.CodeOf(err) != rollcall.CodeNotFound {
			w.Errorf("of no campaign: %v", err)
		}
	})
}

// Two readers see the same while another connection writes.
func TestContactability_ReadersSeeTheSame(t *testing.T) {
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	w := &runWorld{t, s, storetest.Owner(t, s)}
	l := storetest.List(w, s, w.owner, "People")
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			contact := rollcall.Contact{Phone: phone.Number(14150000000 + n)}
			if _, err := s.AddContacts(context.Background(), w.owner, l.ID, []rollcall.Contact{contact}, "u-1", noon); err != nil {
				stopped <- err
				return
			}
		}
	}()
	pairs, err := s.Twins(context.Background(), 300, "SELECT last_seq FROM contact_lists")
	close(stop)
	if err := errors.Join(err, <-stopped); err != nil || pairs == 0 {
		t.Errorf("%d pairs of readers, %v", pairs, err)
	}
}
