package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// No account holds more contacts at once than it may, whatever campaigns and
// processes they are asked of, and nothing is lost or completed by that.
func TestClaim_AccountCap(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Limits.Calls = 7
		stores := []*store.Store{storetest.Open(t, c), storetest.Open(t, c)}
		w := &runWorld{t, stores[0], storetest.Owner(t, stores[0])}
		const each = 40
		campaigns := []*rollcall.Campaign{w.campaign("A", nil, w.list("a", 1555_000_0000, each, nil)), w.campaign("B", nil, w.list("b", 1555_000_1000, each, nil))}
		for _, c := range campaigns {
			w.trigger(c, rollcall.StepPlay, noon)
		}
		var mu sync.Mutex
		held, most, done := 0, 0, map[string]bool{}
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				ctx, s := context.Background(), stores[i%2]
				for end := time.Now().Add(time.Minute); time.Now().Before(end); {
					got, err := s.Claim(ctx, w.owner, campaigns[i/2%2].ID, rollcall.ClaimRequest{Limit: 3}, noon)
					if rollcall.CodeOf(err) == rollcall.CodeConflict {
						return // it is Completed
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					held += len(got.Claims)
					most = max(most, held)
					mu.Unlock()
					for _, claim := range got.Claims {
						mu.Lock()
						held-- // before it is told: never too many are counted
						done[claim.Number.String()] = true
						mu.Unlock()
						if _, err := s.RecordOutcome(ctx, w.owner, claim.ID, rollcall.Attempt{Outcome: rollcall.Connected}, noon); err != nil {
							t.Error(err)
						}
					}
				}
				t.Error("the campaigns do not end")
			})
		}
		group.Wait()
		if most > 7 || len(done) != 2*each {
			t.Errorf("%d held at once, %d of %d reached", most, len(done), 2*each)
		}
	})
}

// A dialer that finds no room is not told to ask again at once, and the campaign is
// not taken for one in which nothing is left.
func TestClaim_NoRoom(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Limits.Calls = 2
		s := storetest.Open(t, c)
		w := &runWorld{t, s, storetest.Owner(t, s)}
		full := w.campaign("Full", nil, w.list("a", 1555_000_0000, 5, nil))
		empty := w.campaign("Empty", nil, w.list("b", 1555_000_1000, 5, nil))
		own := w.campaign("Own", func(c *rollcall.Campaign) { c.Plan.Concurrency = 1 }, w.list("c", 1555_000_2000, 5, nil))
		for _, c := range []*rollcall.Campaign{full, empty, own} {
			w.trigger(c, rollcall.StepPlay, noon)
		}
		first := w.claim(own, 5, noon)
		if got := w.claim(own, 5, noon); len(first.Claims) != 1 || !first.More || len(got.Claims) != 0 || got.More {
			t.Errorf("%+v, then %+v", first, got)
		}
		held := w.claim(full, 5, noon)
		if got := w.claim(empty, 5, noon); len(held.Claims) != 1 || len(got.Claims) != 0 || got.More || got.Status != rollcall.CampaignActive {
			t.Errorf("%d, then %+v", len(held.Claims), got)
		}
		uses := must(s.LimitUses(context.Background(), w.owner, noon))(t)
		if u := uses[len(uses)-1]; u.Name != rollcall.LimitCalls || u.Used != 2 || !u.Warning() || u.Message() != "Dialers of the account hold 2 contacts, and the limit is 2." {
			t.Errorf("%+v", u)
		}
		w.trigger(own, rollcall.StepPause, noon) // and its dialer died
		if n := must(s.LimitUses(context.Background(), w.owner, noon.Add(time.Hour)))(t); n[len(n)-1].Used != 0 {
			t.Errorf("%d are counted that ran out", n[len(n)-1].Used)
		}
		w.trigger(own, rollcall.StepResume, noon)
		w.outcome(held.Claims[0].ID, rollcall.Connected, noon)
		if got := w.claim(empty, 5, noon); len(got.Claims) != 1 {
			t.Errorf("%+v", got)
		}
		shared := must(s.ClaimShared(context.Background(), w.owner, rollcall.ClaimRequest{Limit: 5}, noon))(t)
		if len(shared.Claims) != 0 || shared.More {
			t.Errorf("%+v", shared)
		}
	})
}
