package storetest_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// attempt is a call with the key k1 that begins at a time and may take a minute.
func attempt(at time.Time) *rollcall.KeyedCall {
	return &rollcall.KeyedCall{ClientID: "cs-1", Key: "k1", Fingerprint: "f1", LeaseUntil: at.Add(time.Minute), ExpiresAt: at.Add(24 * time.Hour)}
}

// began fails the test unless the call is to be carried out.
func began(t testing.TB, s *store.Store, c *rollcall.KeyedCall, now time.Time) {
	t.Helper()
	if kept := must(s.BeginCall(ctx, c, now))(t); kept != nil {
		t.Fatalf("replayed: %+v", kept)
	}
}

func TestKeyedCalls_TheAnswerIsReplayedUntilItExpires(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		first := attempt(storetest.Time)
		began(t, a, first, storetest.Time)
		if _, err := b.BeginCall(ctx, attempt(storetest.Time), storetest.Time); reason(err) != "conflict request_in_progress" {
			t.Errorf("under way: %v", err)
		}
		answer := rollcall.CallAnswer{Status: 409, Header: map[string][]string{"Content-Type": {"application/json"}}, Body: []byte("\x00{}\xff")}
		if err := a.KeepAnswer(ctx, first, answer); err != nil {
			t.Fatal(err)
		}
		later := storetest.Time.Add(23 * time.Hour)
		must(a.Purge(ctx, later))(t)
		if diff := cmp.Diff(&answer, must(b.BeginCall(ctx, attempt(later), later))(t)); diff != "" {
			t.Error(diff)
		}
		other := attempt(later)
		other.Fingerprint = "f2"
		if _, err := b.BeginCall(ctx, other, later); reason(err) != "conflict idempotency_key_reused" {
			t.Errorf("another request: %v", err)
		}
		stranger := attempt(later)
		stranger.ClientID = "cs-2"
		began(t, b, stranger, later)
		expired := first.ExpiresAt
		began(t, b, attempt(expired), expired)
	})
}

func TestKeyedCalls_PurgeForgetsWhatExpired(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		done, alive := attempt(storetest.Time), attempt(storetest.Time)
		alive.Key, alive.LeaseUntil = "k2", alive.ExpiresAt.Add(time.Minute)
		for _, c := range []*rollcall.KeyedCall{done, alive} {
			began(t, s, c, storetest.Time)
		}
		if err := s.KeepAnswer(ctx, done, rollcall.CallAnswer{Status: 200}); err != nil {
			t.Fatal(err)
		}
		must(s.Purge(ctx, done.ExpiresAt))(t)
		// Asked at a time when it had not expired yet, only a row that is gone begins.
		began(t, s, attempt(storetest.Time), storetest.Time)
		if _, err := s.BeginCall(ctx, alive, storetest.Time); reason(err) != "conflict request_in_progress" {
			t.Errorf("a call under way was forgotten: %v", err)
		}
	})
}

// The crash that matters: what the call wrote is durable, and the process died
// before the answer was kept.
func TestKeyedCalls_DiedBetweenCommitAndAnswer(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		first := attempt(storetest.Time)
		began(t, a, first, storetest.Time)
		if err := a.CreateContactList(store.ForCall(ctx, first), storetest.NewList(o, "once")); err != nil {
			t.Fatal(err)
		}
		for at, want := range map[time.Duration]string{0: "conflict request_in_progress", time.Minute: "conflict already_carried_out", time.Hour: "conflict already_carried_out"} {
			now := storetest.Time.Add(at)
			if _, err := b.BeginCall(ctx, attempt(now), now); reason(err) != want {
				t.Errorf("after %s: %v, want %s", at, err, want)
			}
		}
	})
}

func TestKeyedCalls_DiedBeforeItWrote(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		first := attempt(storetest.Time)
		began(t, a, first, storetest.Time)
		storetest.List(t, a, o, "taken")
		if err := a.CreateContactList(store.ForCall(ctx, first), storetest.NewList(o, "taken")); reason(err) != "conflict name_taken" {
			t.Fatal(err)
		}
		later := first.LeaseUntil
		second := attempt(later)
		began(t, b, second, later)
		// Slow but not dead: it must not write any more.
		err := a.CreateContactList(store.ForCall(ctx, first), storetest.NewList(o, "late"))
		if reason(err) != "conflict request_in_progress" {
			t.Errorf("the overtaken call: %v", err)
		}
		if err := errors.Join(a.KeepAnswer(ctx, first, rollcall.CallAnswer{Status: 200}), a.DropAnswer(ctx, first, 500)); err != nil {
			t.Fatal(err)
		}
		if err := b.CreateContactList(store.ForCall(ctx, second), storetest.NewList(o, "in time")); err != nil {
			t.Fatal(err)
		}
		if lists, _, err := b.ContactLists(ctx, o, ""); err != nil || len(lists) != 2 {
			t.Errorf("%d lists, %v", len(lists), err)
		}
	})
}

func TestKeyedCalls_DropAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		c := attempt(storetest.Time)
		began(t, s, c, storetest.Time)
		if err := s.CreateContactList(store.Preparing(store.ForCall(ctx, c)), storetest.NewList(o, "prepared")); err != nil {
			t.Fatal(err)
		}
		if err := s.DropAnswer(ctx, c, 500); err != nil {
			t.Fatal(err)
		}
		began(t, s, c, storetest.Time) // it had written nothing
		for i := range 2 {             // any number of transactions belong to one call
			if err := s.CreateContactList(store.ForCall(ctx, c), storetest.NewList(o, fmt.Sprintf("written %d", i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.DropAnswer(ctx, c, 500); err != nil {
			t.Fatal(err)
		}
		if _, err := s.BeginCall(ctx, attempt(storetest.Time), storetest.Time); reason(err) != "conflict already_carried_out" {
			t.Errorf("got %v", err)
		}
	})
}

func TestKeyedCalls_OneOfManyAtTheSameMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		stores := []*store.Store{storetest.Open(t, c), storetest.Open(t, c)}
		for round := range 5 {
			now := storetest.Time.Add(time.Duration(round) * time.Hour) // each finds the dead row of the round before
			var wg sync.WaitGroup
			got := make([]string, 20)
			for i := range got {
				wg.Go(func() {
					_, err := stores[i%2].BeginCall(ctx, attempt(now.Add(time.Duration(i)*time.Millisecond)), now)
					got[i] = reason(err)
				})
			}
			wg.Wait()
			count := map[string]int{}
			for _, r := range got {
				count[r]++
			}
			if diff := cmp.Diff(map[string]int{"<nil>": 1, "conflict request_in_progress": 19}, count); diff != "" {
				t.Fatalf("round %d: %s", round, diff)
			}
		}
	})
}
