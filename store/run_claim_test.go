package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"rollcall"
	"rollcall/callhours"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// noon is within the hours of runWorld's campaigns.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// runWorld is a store with lists and campaigns over them.
type runWorld struct {
	*testing.T
	s     *store.Store
	owner rollcall.Owner
}

func (w *runWorld) list(name string, first, n int, priority func(int) string) *rollcall.ContactList {
	w.Helper()
	l := storetest.List(w, w.s, w.owner, name)
	w.add(l, first, n, priority)
	return l
}

// dnc makes a DNC list.
func (w *runWorld) dnc(name string, global bool) *rollcall.ContactList {
	w.Helper()
	l := rollcall.NewDNCList(rollcall.SourcePassiveAPI, noon)
	l.Owner, l.Name, l.Description, l.GlobalDNC = w.owner, name, name, global
	if err := w.s.CreateContactList(context.Background(), l); err != nil {
		w.Fatal(err)
	}
	return l
}

// block adds an entry to a DNC list.
func (w *runWorld) block(l *rollcall.ContactList, number phone.Number, now time.Time) {
	w.Helper()
	if _, err := w.s.AddContacts(context.Background(), w.owner, l.ID, []rollcall.Contact{{Phone: number, PhoneSent: number.String()}}, "u-1", now); err != nil {
		w.Fatal(err)
	}
}

func (w *runWorld) add(l *rollcall.ContactList, first, n int, priority func(int) string) {
	w.Helper()
	contacts := make([]rollcall.Contact, n)
	for i := range contacts {
		contacts[i] = rollcall.Contact{Phone: phone.Number(first + i), PhoneSent: fmt.Sprintf("+%d", first+i), TimeZone: rollcall.Given("UTC")}
		if priority != nil {
			contacts[i].ContactPriority = rollcall.Given(priority(i))
		}
	}
	if _, err := w.s.AddContacts(context.Background(), w.owner, l.ID, contacts, "u-1", noon); err != nil {
		w.Fatal(err)
	}
}

// campaign makes a campaign that calls from 9 to 18 o'clock, three times, half an
// hour apart.
func (w *runWorld) campaign(name string, change func(*rollcall.Campaign), lists ...*rollcall.ContactList) *rollcall.Campaign {
	w.Helper()
	c := &rollcall.Campaign{ID: rollcall.NewID(rollcall.PrefixCampaign), Owner: w.owner, Name: name, Channel: rollcall.ChannelVoice, Status: rollcall.CampaignReady,
		Priority: 3, DialingMode: rollcall.ModeAgentless, CreatedAt: noon, UpdatedAt: noon, Plan: rollcall.CampaignPlan{
			Hours:    callhours.Hours{Frequency: callhours.Daily, Windows: []callhours.Window{{Every: true, Start: 9 * 60, End: 18 * 60}}},
			TimeZone: "UTC", ZoneFallback: callhours.FallbackCampaign, Order: rollcall.OrderFIFO, MaxAttempts: 3, RetryMinutes: 30, MaxSkips: 1}}
	for _, l := range lists {
		c.ContactLists = append(c.ContactLists, rollcall.Named{ID: l.ID})
	}
	if change != nil {
		change(c)
	}
	if err := w.s.CreateCampaign(context.Background(), c); err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *runWorld) trigger(c *rollcall.Campaign, step rollcall.CampaignStep, now time.Time) *rollcall.Campaign {
	w.Helper()
	got, err := w.s.TriggerCampaign(context.Background(), w.owner, c.ID, c.Channel, step, "u-1", now)
	if err != nil {
		w.Fatal(err)
	}
	return got
}

func (w *runWorld) claim(c *rollcall.Campaign, n int, now time.Time) *store.Claims {
	w.Helper()
	got, err := w.s.Claim(context.Background(), w.owner, c.ID, rollcall.ClaimRequest{Limit: n, Agent: "u-2"}, now)
	if err != nil {
		w.Fatal(err)
	}
	return got
}

func (w *runWorld) outcome(claim string, d rollcall.Disposition, now time.Time) *store.Outcome {
	w.Helper()
	got, err := w.s.RecordOutcome(context.Background(), w.owner, claim, rollcall.Attempt{Outcome: d}, now)
	if err != nil {
		w.Fatal(err)
	}
	return got
}

func (w *runWorld) refuses(err error, reason string) {
	w.Helper()
	found := rollcall.Errors(err)
	if len(found) != 1 || found[0].Reason != reason {
		w.Errorf("%v, want %s", err, reason)
	}
}

func numbersOf(claims []rollcall.Claim) (out []int) {
	for _, c := range claims {
		out = append(out, int(c.Number)%1000)
	}
	return out
}

func eachWorld(t *testing.T, test func(w *runWorld)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(&runWorld{t, s, storetest.Owner(t, s)}) })
}

func TestClaim_RetryAndCompletion(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("c", nil, w.list("a", 14155550000, 3, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		first := w.claim(c, 2, noon).Claims
		w.outcome(first[0].ID, rollcall.Busy, noon)
		w.outcome(first[1].ID, rollcall.Connected, noon)
		again := w.outcome(first[1].ID, rollcall.Connected, noon.Add(time.Second))
		if again.Standing.Reason != rollcall.ReasonConnected || again.Standing.Attempts != 1 {
			w.Errorf("told twice: %+v", again)
		}
		_, err := w.s.RecordOutcome(context.Background(), w.owner, first[1].ID, rollcall.Attempt{Outcome: rollcall.Busy}, noon)
		w.refuses(err, rollcall.ReasonInvalidState)
		if dialled, total, err := w.s.Dialled(context.Background(), w.owner, c.ID, 1, 10); err != nil || total != 2 || len(dialled) != 2 || dialled[0].Last.Outcome != rollcall.Busy || dialled[0].Attempts != 1 {
			w.Errorf("dialled: %+v of %d, %v", dialled, total, err)
		}
		if got := numbersOf(w.claim(c, 9, noon).Claims); !slices.Equal(got, []int{2}) {
			w.Errorf("before the retry period: %v", got)
		}
		// The lease of 2 has run out; 0 waited for half an hour and comes after it.
		later := noon.Add(30 * time.Minute)
		second := w.claim(c, 9, later).Claims
		if got := numbersOf(second); !slices.Equal(got, []int{2, 0}) {
			w.Fatalf("after the retry period: %v", got)
		}
		for i := range 2 {
			w.outcome(second[1].ID, rollcall.NoAnswer, later)
			if i == 0 {
				w.outcome(second[0].ID, rollcall.Completed, later)
				later = later.Add(30 * time.Minute)
				second = append(second[:1], w.claim(c, 9, later).Claims...)
				if len(second) != 2 || second[1].Attempt != 3 {
					w.Fatalf("the third attempt: %+v", second)
				}
			}
		}
		if got := w.claim(c, 1, later); got.Status != rollcall.CampaignCompleted || len(got.Claims) != 0 {
			w.Errorf("the campaign is %+v", got)
		}
		run, _ := rollcall.ParseClaimID(first[0].ID)
		totals, err := w.s.RunTotals(context.Background(), w.owner.AccountKey, run.Run)
		if err != nil || totals["done:connected"] != 2 || totals["done:attempts_used"] != 1 || totals["dialled"] != 3 || totals["outcome:No Answer"] != 2 {
			w.Errorf("totals %v, %v", totals, err)
		}
		_, err = w.s.Claim(context.Background(), w.owner, c.ID, rollcall.ClaimRequest{Limit: 1}, later)
		w.refuses(err, rollcall.ReasonInvalidState)
	})
}

func TestClaim_Hours(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("c", nil, w.list("a", 14155550000, 2, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		night := noon.Add(12 * time.Hour)
		if got := w.claim(c, 5, night); len(got.Claims) != 0 || got.Status != rollcall.CampaignActive {
			w.Errorf("at midnight: %+v", got)
		}
		if got := w.claim(c, 5, noon.Add(20*time.Hour)); len(got.Claims) != 0 {
			w.Errorf("at eight: %+v", got)
		}
		evening := time.Date(2026, 3, 3, 17, 59, 40, 0, time.UTC)
		got := w.claim(c, 5, evening).Claims
		if len(got) != 2 || got[0].LeaseUntil.Sub(evening) != 20*time.Second || got[0].Closes != got[0].LeaseUntil {
			w.Errorf("twenty seconds before the end: %+v", got)
		}
	})
}

func TestClaim_DNC(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		ctx := context.Background()
		c := w.campaign("c", nil, w.list("a", 14155550000, 30, nil))
		dnc := w.dnc("dnc", true)
		block := func(number int64) { w.block(dnc, phone.Number(number), noon) }
		block(14155550001)
		w.trigger(c, rollcall.StepPlay, noon)
		claims := w.claim(c, 3, noon).Claims
		if got := numbersOf(claims); !slices.Equal(got, []int{0, 2, 3}) {
			w.Fatalf("handed out: %v", got)
		}
		block(14155550002) // 2 is out with a dialer
		block(-1415555001) // a prefix: 10 to 19
		err := w.s.ReleaseClaim(ctx, w.owner, claims[1].ID, noon)
		w.refuses(err, rollcall.ReasonInvalidState)
		if late := w.outcome(claims[1].ID, rollcall.Busy, noon); !late.Late || late.Standing.Reason != rollcall.ReasonDNC {
			w.Errorf("an outcome of a withdrawn claim: %+v", late)
		}
		if err := w.s.ReleaseClaim(ctx, w.owner, claims[0].ID, noon); err != nil {
			w.Error(err)
		}
		rest := numbersOf(w.claim(c, 100, noon).Claims)
		if len(rest) != 30-1-1-1-10 || slices.ContainsFunc(rest, func(n int) bool { return n == 1 || n == 2 || n >= 10 && n < 20 }) {
			w.Errorf("then: %v", rest)
		}
		ref, _ := rollcall.ParseClaimID(claims[0].ID)
		if totals, err := w.s.RunTotals(ctx, w.owner.AccountKey, ref.Run); err != nil || totals["done:dnc"] != 12 {
			w.Errorf("totals %v, %v", totals, err)
		}
	})
}

func TestPlay_TwoCampaignsOnOneList(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, config store.Config) {
		w := &runWorld{T: t, s: storetest.Open(t, config)}
		w.owner = storetest.Owner(t, w.s)
		other := storetest.Open(t, config)
		l := w.list("a", 14155550000, 1, nil)
		campaigns := []*rollcall.Campaign{w.campaign("one", nil, l), w.campaign("two", nil, l)}
		for range 5 {
			errs := make([]error, 2)
			var wait sync.WaitGroup
			for i, s := range []*store.Store{w.s, other} {
				wait.Go(func() {
					_, errs[i] = s.TriggerCampaign(context.Background(), w.owner, campaigns[i].ID, rollcall.ChannelVoice, rollcall.StepPlay, "u-1", noon)
				})
			}
			wait.Wait()
			won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
			if won < 0 || errs[1-won] == nil {
				t.Fatalf("of two starts: %v", errs)
			}
			w.refuses(errs[1-won], rollcall.ReasonInvalidState)
			w.trigger(campaigns[won], rollcall.StepStop, noon)
		}
	})
}

func TestClaim_NeverTwice(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, config store.Config) {
		w := &runWorld{T: t, s: storetest.Open(t, config)}
		w.owner = storetest.Owner(t, w.s)
		stores := []*store.Store{w.s, storetest.Open(t, config)}
		const contacts = 400
		c := w.campaign("c", nil, w.list("a", 14155550000, contacts, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		var mu sync.Mutex
		seen := map[phone.Number]int{}
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Go(func() {
				for {
					got, err := stores[i%2].Claim(context.Background(), w.owner, c.ID, rollcall.ClaimRequest{Limit: 7}, noon)
					if err != nil || len(got.Claims) == 0 {
						if err != nil && rollcall.CodeOf(err) != rollcall.CodeConflict {
							t.Error(err)
						}
						return
					}
					for _, claim := range got.Claims {
						mu.Lock()
						seen[claim.Number]++
						mu.Unlock()
						if _, err := stores[i%2].RecordOutcome(context.Background(), w.owner, claim.ID, rollcall.Attempt{Outcome: rollcall.Connected}, noon); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wait.Wait()
		for number, n := range seen {
			if n != 1 {
				t.Errorf("%v was handed out %d times", number, n)
			}
		}
		if len(seen) != contacts {
			t.Errorf("%d of %d contacts were handed out", len(seen), contacts)
		}
		if err := w.s.SweepRuns(context.Background(), noon); err != nil {
			t.Fatal(err)
		}
		if l, err := w.s.ContactListByName(context.Background(), w.owner, "a"); err != nil || l.Campaigns[0].Status != rollcall.CampaignCompleted {
			t.Errorf("the campaign is %+v, %v", l, err)
		}
	})
}

// A list that a campaign runs over is not replaced.
func TestQueueImport_OfARunningCampaign(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		l := w.list("a", 14155550000, 1, nil)
		w.trigger(w.campaign("c", nil, l), rollcall.StepPlay, noon)
		im := &rollcall.Import{ID: rollcall.NewID(rollcall.PrefixImport), Owner: w.owner, ListID: l.ID, Options: rollcall.ImportOptions{Mode: rollcall.ModeReplace}}
		w.refuses(w.s.QueueImport(context.Background(), im, nil, noon), rollcall.ReasonListInUse)
	})
}

// TestClaim_WithdrawnByWhateverBlocks: in whichever way an entry comes to block a
// number, what is handed out of it is taken back at once.
func TestClaim_WithdrawnByWhateverBlocks(t *testing.T) {
	const number = phone.Number(14155550000)
	ended := `{"expiresAt":"` + noon.Add(-time.Hour).Format("2006-01-02T15:04:05.000Z") + `"}`
	for name, block := range map[string]func(*runWorld) error{
		"added": func(w *runWorld) error {
			w.block(w.dnc("dnc", true), number, noon)
			return nil
		},
		"changed": func(w *runWorld) error {
			l := w.dnc("dnc", true)
			if _, err := w.s.AddContacts(context.Background(), w.owner, l.ID, []rollcall.Contact{{Phone: number, Extra: ended}}, "u-1", noon); err != nil {
				return err
			}
			_, _, err := w.s.UpdateContact(context.Background(), w.owner, l.ID, rollcall.ContactID(l.ContactSpace, 1), "u-1", noon, func(l *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
				return c.Change(rollcall.ContactChange{Remove: []string{rollcall.EntryExpires}}, l)
			})
			return err
		},
		"made global": func(w *runWorld) error {
			l := w.dnc("dnc", false)
			w.block(l, number, noon)
			_, err := w.s.UpdateContactList(context.Background(), w.owner, l.ID, func(l *rollcall.ContactList) error {
				return l.Change(rollcall.ContactListChange{GlobalDNC: new(true)}, "u-1", noon)
			})
			return err
		},
		"imported": func(w *runWorld) error {
			w.dnc("dnc", true)
			im, err := w.s.BeginImport(context.Background(), rollcall.ImportStart{Owner: w.owner, User: "u-1", ListName: "dnc", Description: "d", File: rollcall.File{ID: "f", Name: "f.csv"}, Digest: "d",
				Options: rollcall.ImportOptions{ListType: rollcall.ListDNC}, Rules: rollcall.ImportRules{PhoneRule: phone.RuleE164}, Worker: "w"}, noon)
			if err != nil {
				return err
			}
			_, err = w.s.CommitBlock(context.Background(), im, &rollcall.Block{First: 1, Rows: []rollcall.Row{{Number: 1, Contact: rollcall.Contact{Phone: number}}}}, noon)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *runWorld) {
				c := w.campaign("c", nil, w.list("a", int(number), 1, nil))
				w.trigger(c, rollcall.StepPlay, noon)
				claim := w.claim(c, 1, noon).Claims[0]
				if err := block(w); err != nil {
					w.Fatal(err)
				}
				if _, err := w.s.ExtendClaim(context.Background(), w.owner, claim.ID, time.Minute, noon); rollcall.CodeOf(err) != rollcall.CodeConflict {
					w.Errorf("the claim is held still: %v", err)
				}
			})
		})
	}
}
