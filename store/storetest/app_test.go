package storetest_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestApps_RoundTrip(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		app := storetest.App(t, s, "67777ce93e25326494e00001", "st-1")
		must(s.UpdateApp(ctx, app.ClientID, func(a *rollcall.App) error {
			return a.AddKey(rollcall.AppKey{ID: "k1", Sealed: []byte{1, 0, 255}}, storetest.Time)
		}))(t)
		got := must(s.App(ctx, app.ClientID))(t)
		app.Keys, app.Revision = []rollcall.AppKey{{ID: "k1", Sealed: []byte{1, 0, 255}, CreatedAt: storetest.Time}}, 2
		if diff := cmp.Diff(app, got); diff != "" {
			t.Error(diff)
		}
		if _, err := s.App(ctx, "cs-none"); rollcall.CodeOf(err) != rollcall.CodeNotFound {
			t.Errorf("got %v", err)
		}
		if all := must(s.Apps(ctx))(t); len(all) != 1 || all[0].ClientID != app.ClientID {
			t.Errorf("%v", all)
		}
	})
}

func TestApps_AnApplicationBelongsToOneAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first := storetest.App(t, s, "67777ce93e25326494e00001", "st-1")
		second := *first
		second.ClientID, second.AccountID = "cs-2", "67777ce93e25326494e00002"
		if err := s.CreateApp(ctx, &second); reason(err) != "conflict name_taken" {
			t.Errorf("got %v", err)
		}
	})
}

func TestApps_AccountsMadeAtTheSameMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		var wg sync.WaitGroup
		apps := make([]*rollcall.App, 20)
		for i := range apps {
			wg.Go(func() {
				apps[i] = storetest.App(t, []*store.Store{a, b}[i%2], fmt.Sprintf("%024x", i/2), fmt.Sprintf("st-%d", i))
			})
		}
		wg.Wait()
		keys := map[int64]int{}
		for i, app := range apps {
			keys[app.AccountKey]++
			if app.OrgID != apps[i^1].OrgID {
				t.Errorf("two organisations for account %s", app.AccountID)
			}
		}
		if len(keys) != 10 {
			t.Errorf("%d accounts, want 10", len(keys))
		}
	})
}

func TestTokenIDs_OnceAcrossProcessesUntilTheyExpire(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		use := func(s *store.Store, id string) bool {
			return must(s.UseTokenID(ctx, "cs-1", id, storetest.Time.Add(time.Hour)))(t)
		}
		if !use(a, "j1") || use(b, "j1") || use(a, "j1") || !use(b, "j2") {
			t.Error("a token id must be fresh once")
		}
		must(a.Purge(ctx, storetest.Time))(t)
		if use(b, "j1") {
			t.Error("purged too early")
		}
		must(a.Purge(ctx, storetest.Time.Add(2*time.Hour)))(t)
		if !use(b, "j1") {
			t.Error("not purged")
		}
	})
}

func TestSecrets_AllProcessesGetTheSame(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		var wg sync.WaitGroup
		got := make([][]byte, 10)
		for i := range got {
			wg.Go(func() {
				got[i] = must([]*store.Store{a, b}[i%2].Secret(ctx, "key", func() ([]byte, error) { return []byte{byte(i)}, nil }))(t)
			})
		}
		wg.Wait()
		for _, v := range got {
			if !slices.Equal(v, got[0]) {
				t.Fatalf("%v", got)
			}
		}
	})
}
