package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
)

// together has requests answered by one transaction, each in a context of its own.
func (w *runWorld) together(c *rollcall.Campaign, asked ...rollcall.ClaimRequest) ([]*store.Claims, []error) {
	ctxs := make([]context.Context, len(asked))
	for i := range ctxs {
		ctxs[i] = context.Background()
	}
	return w.s.ClaimTogether(w.owner, c.ID, noon, ctxs, asked)
}

func TestClaim_TogetherIsAsOneAfterTheOther(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("A", nil, w.list("L", 14_155_550_100, 10, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		got, errs := w.together(c, rollcall.ClaimRequest{Limit: 4, Agent: "u-1", Lease: time.Minute}, rollcall.ClaimRequest{Limit: 3, Agent: "u-2", Lease: time.Hour}, rollcall.ClaimRequest{Limit: 9})
		for i, want := range [][]int{{100, 101, 102, 103}, {104, 105, 106}, {107, 108, 109}} {
			if errs[i] != nil || !slices.Equal(numbersOf(got[i].Claims), want) {
				w.Errorf("call %d: %v %v, want %v", i, numbersOf(got[i].Claims), errs[i], want)
			}
		}
		if a, b := got[0].Claims[0], got[1].Claims[0]; a.Agent != "u-1" || b.Agent != "u-2" || !a.LeaseUntil.Equal(noon.Add(time.Minute)) || !b.LeaseUntil.Equal(noon.Add(time.Hour)) {
			w.Errorf("%s until %v, %s until %v", a.Agent, a.LeaseUntil, b.Agent, b.LeaseUntil)
		}
		for _, claim := range got[1].Claims { // each can be told of
			w.outcome(claim.ID, rollcall.Connected, noon)
		}
	})
}

func TestClaim_TogetherKeepsTheCap(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("A", func(c *rollcall.Campaign) { c.Plan.Concurrency = 5 }, w.list("L", 14_155_550_100, 10, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		got, errs := w.together(c, rollcall.ClaimRequest{Limit: 4}, rollcall.ClaimRequest{Limit: 4}, rollcall.ClaimRequest{Limit: 4})
		var n []int
		var more []bool
		for i := range got {
			if errs[i] != nil {
				w.Fatal(errs[i])
			}
			n, more = append(n, len(got[i].Claims)), append(more, got[i].More)
		}
		// Who got none is not told to ask again at once: there is no room.
		if !slices.Equal(n, []int{4, 1, 0}) || !slices.Equal(more, []bool{true, true, false}) {
			w.Errorf("%v contacts, more: %v", n, more)
		}
	})
}

func TestClaim_TogetherOneThatIsWrongFailsAlone(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("A", func(c *rollcall.Campaign) { c.DialingMode = rollcall.ModePreview }, w.list("L", 14_155_550_100, 10, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		gone, hangUp := context.WithCancel(context.Background())
		hangUp()
		// A call with an Idempotency-Key that another attempt has taken, and one whose own it is.
		key := func(name string) *rollcall.KeyedCall {
			return &rollcall.KeyedCall{ClientID: "cs-1", Key: name, Fingerprint: "f", LeaseUntil: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Hour)}
		}
		own := key("own")
		if _, err := w.s.BeginCall(context.Background(), own, noon); err != nil {
			w.Fatal(err)
		}
		ctxs := []context.Context{context.Background(), gone, store.ForCall(context.Background(), key("lost")), store.ForCall(context.Background(), own), context.Background()}
		good := rollcall.ClaimRequest{Limit: 2, Agent: "u-1"}
		got, errs := w.s.ClaimTogether(w.owner, c.ID, noon, ctxs, []rollcall.ClaimRequest{{Limit: 2}, good, good, good, good})
		if errs[0] == nil || !errors.Is(errs[1], context.Canceled) || errs[2] == nil || errs[3] != nil || errs[4] != nil {
			w.Fatalf("%v", errs)
		}
		if a, b := numbersOf(got[3].Claims), numbersOf(got[4].Claims); !slices.Equal(a, []int{100, 101}) || !slices.Equal(b, []int{102, 103}) {
			w.Errorf("%v and %v: who failed has taken contacts", a, b)
		}
		w.refuses(errs[2], "request_in_progress")
		// The key has written: it cannot be carried out again.
		if _, err := w.s.BeginCall(context.Background(), &rollcall.KeyedCall{ClientID: "cs-1", Key: "own", Fingerprint: "f", LeaseUntil: noon.Add(time.Hour), ExpiresAt: noon.Add(time.Hour)}, noon.Add(2*time.Minute)); err == nil {
			w.Error("a call that wrote began again")
		}
		_, errs = w.s.ClaimTogether(w.owner, c.ID, noon, ctxs[3:], []rollcall.ClaimRequest{good, good})
		if errs[0] != nil || errs[1] != nil {
			w.Errorf("again: %v", errs)
		}
		w.trigger(c, rollcall.StepStop, noon)
		for _, err := range second(w.together(c, good, good)) {
			w.refuses(err, rollcall.ReasonInvalidState)
		}
	})
}

// endsAfterALook is a context whose caller hangs up as soon as it was looked at.
type endsAfterALook struct {
	context.Context
	hangUp context.CancelFunc
}

func (c endsAfterALook) Err() error {
	err := c.Context.Err()
	c.hangUp()
	return err
}

func TestClaim_TogetherOneThatHangsUpAtAnyMomentFailsNobodyElse(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		c := w.campaign("A", nil, w.list("L", 14_155_550_100, 10, nil))
		w.trigger(c, rollcall.StepPlay, noon)
		key := &rollcall.KeyedCall{ClientID: "cs-1", Key: "k", Fingerprint: "f", LeaseUntil: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Hour)}
		if _, err := w.s.BeginCall(context.Background(), key, noon); err != nil {
			w.Fatal(err)
		}
		inner, hangUp := context.WithCancel(store.ForCall(context.Background(), key))
		ctxs := []context.Context{context.Background(), endsAfterALook{inner, hangUp}, context.Background()}
		_, errs := w.s.ClaimTogether(w.owner, c.ID, noon, ctxs, []rollcall.ClaimRequest{{Limit: 1}, {Limit: 1}, {Limit: 1}})
		for i, err := range errs {
			if err != nil {
				w.Errorf("call %d: %v", i, err)
			}
		}
	})
}

func TestClaimShared_TogetherIsAsOneAfterTheOther(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		first := w.campaign("A", func(c *rollcall.Campaign) { c.Priority = 5 }, w.list("L", 14_155_550_000, 10, nil))
		second := w.campaign("B", func(c *rollcall.Campaign) { c.Priority = 3 }, w.list("M", 14_155_551_000, 100, nil))
		third := w.campaign("C", func(c *rollcall.Campaign) { c.Priority, c.DialingMode = 3, rollcall.ModeProgressive }, w.list("N", 14_155_552_000, 100, nil))
		for _, c := range []*rollcall.Campaign{first, second, third} {
			w.trigger(c, rollcall.StepPlay, noon)
		}
		gone, hangUp := context.WithCancel(context.Background())
		hangUp()
		ctxs := []context.Context{context.Background(), gone, context.Background(), context.Background()}
		got, errs := w.s.ClaimTogether(w.owner, "", noon, ctxs, []rollcall.ClaimRequest{{Limit: 8}, {Limit: 8}, {Limit: 50, FreeAgents: new(3)}, {Limit: 16}})
		if errs[0] != nil || !errors.Is(errs[1], context.Canceled) || errs[2] != nil || errs[3] != nil {
			w.Fatal(errs)
		}
		shares := func(i int) (n [3]int) {
			for _, claim := range got[i].Claims {
				n[slices.Index([]string{first.ID, second.ID, third.ID}, claim.CampaignID)]++
			}
			return n
		}
		if n := shares(0); n != [3]int{5, 3, 0} {
			w.Errorf("first call: %v", n)
		}
		// The first has few left, and the third three agents: the second has the rest.
		if n := shares(2); n != [3]int{5, 42, 3} {
			w.Errorf("of three free agents: %v", n)
		}
		if n := shares(3); n != [3]int{0, 16, 0} {
			w.Errorf("last call: %v", n)
		}
		if last := must(w.s.ClaimShared(context.Background(), w.owner, rollcall.ClaimRequest{Limit: 1}, noon))(t); len(last.Claims) != 1 || last.Claims[0].CampaignID != second.ID {
			w.Errorf("after all of them: %+v", last)
		}
	})
}

func second[A, B any](_ A, b B) B { return b }
