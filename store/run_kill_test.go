package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// killer ends calls in their middle and closes the store over them, which for the
// database is what a killed process is: its connections end, wherever they were.
type killer struct {
	config store.Config
	random *rand.Rand
	met    int // calls that ended in their middle
	lost   int // answers of calls that were carried out
	opened int // times that the store was opened anew
}

// begin gives the context of a call, which in one of five cases dies under it.
func (k *killer) begin() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	if k == nil || k.random.IntN(5) > 0 {
		return ctx, cancel
	}
	dying := &dyingContext{Context: ctx, cancel: cancel}
	dying.left.Store(int64(1 + k.random.IntN(60)))
	return dying, cancel
}

// ended tells whether nobody gets the answer of a call: it died, or, in one case of
// ten, whoever was to answer did, after all was written.
func (k *killer) ended(ctx context.Context, err error) bool {
	switch {
	case k == nil:
		return false
	case err != nil && ctx.Err() != nil:
		k.met++
		return true
	case err == nil && k.random.IntN(10) == 0:
		k.lost++
		return true
	}
	return false
}

// restart gives the store to a new process, in one of ten cases.
func (k *killer) restart(t *testing.T, s *store.Store) *store.Store {
	t.Helper()
	if k.random.IntN(10) > 0 {
		return s
	}
	k.opened++
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return openAgain(t, k.config)
}

// seeds is how many simulations with kills there are: one, or as ROLLCALL_SEEDS says.
func seeds(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("ROLLCALL_SEEDS")
	if text == "" {
		return 1
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n < 1 {
		t.Fatalf("ROLLCALL_SEEDS must be a number, not %q", text)
	}
	return n
}

// openAgain opens a store that the test closes itself.
func openAgain(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dyingContext is cancelled when it was asked for so many times. Every statement and
// the transaction's begin and end ask for it, so that it may die between any two, and
// in one.
type dyingContext struct {
	context.Context
	left   atomic.Int64
	cancel context.CancelFunc
}

func (c *dyingContext) Done() <-chan struct{} {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
	return c.Context.Done()
}

// TestClaimShared_PrioritiesThroughKills: what is handed out without an answer counts
// for its campaign, so that the shares are kept.
func TestClaimShared_PrioritiesThroughKills(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, config store.Config) {
		w := &runWorld{T: t, s: openAgain(t, config)}
		w.owner = storetest.Owner(t, w.s)
		kills := &killer{config: config, random: rand.New(rand.NewPCG(2, 1))}
		m := newSimulation(w, 2, kills, noon)
		var campaigns []*rollcall.Campaign
		for i, priority := range []int{5, 3} {
			c := m.campaign(fmt.Sprint("c", i), func(c *rollcall.Campaign) { c.Priority = priority }, w.list(fmt.Sprint("l", i), 14155550000+i*1000, 900, nil))
			w.trigger(c, rollcall.StepPlay, noon)
			campaigns = append(campaigns, c)
		}
		for range 80 {
			m.claimShared(10, noon)
		}
		counts := make([]int64, 2)
		for i, c := range campaigns {
			runs := must(m.s.Runs(ctx, w.owner, c.ID, 0, 1))(t)
			counts[i] = runs[0].HandedOut
		}
		if err := m.s.Close(); err != nil {
			t.Error(err)
		}
		all := counts[0] + counts[1]
		if share := float64(counts[0]) / float64(all); share < 5./8*0.98 || share > 5./8*1.02 || all <= 800 || kills.met == 0 || kills.lost == 0 {
			t.Errorf("priority 5 beside 3 had %d of %d; %+v", counts[0], all, kills)
		}
	})
}
