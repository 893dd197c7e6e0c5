package storetest_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/storetest"
)

// Months are made once, whoever asks, and on an engine without partitions none are.
func TestMakeMonths(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		var wg sync.WaitGroup
		var made atomic.Int64
		for _, s := range []*store.Store{a, b, a, b} {
			wg.Go(func() {
				n, err := s.MakeMonths(ctx, time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC))
				if err != nil {
					t.Error(err)
				}
				made.Add(int64(n))
			})
		}
		wg.Wait()
		later := must(a.MakeMonths(ctx, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)))(t)
		want := [2]int64{3, 1}
		if c.DatabaseURL == "" {
			want = [2]int64{}
		}
		if got := [2]int64{made.Load(), int64(later)}; got != want {
			t.Errorf("%v months were made, want %v", got, want)
		}
	})
}
