package store_test

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"time"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// TestPlay_WhileAnEntryComes: of a campaign that starts while an entry of a DNC list is
// being written, no claim of the number outlasts the entry: it waits, or it is
// withdrawn.
func TestPlay_WhileAnEntryComes(t *testing.T) {
	config := store.Config{DataDir: t.TempDir(), DatabaseURL: storetest.PostgresURL(t)} // SQLite has one writer
	w := &runWorld{T: t, s: storetest.Open(t, config)}
	w.owner = storetest.Owner(t, w.s)
	const number = phone.Number(14155550000)
	running := w.campaign("running", nil, w.list("a", int(number)+1000, 1, nil))
	starting := w.campaign("starting", nil, w.list("b", int(number), 1, nil))
	dnc := w.dnc("dnc", true)
	w.trigger(running, rollcall.StepPlay, noon)

	// Whoever writes an entry locks the runs; there the addition is held up.
	db := must(sql.Open("pgx", config.DatabaseURL))(t)
	defer db.Close()
	hold := must(db.BeginTx(context.Background(), nil))(t)
	defer hold.Rollback()
	must(hold.ExecContext(context.Background(), "SELECT 1 FROM campaign_runs FOR UPDATE"))(t)
	var wait sync.WaitGroup
	wait.Go(func() { w.block(dnc, number, noon) })
	waiters := func() (n int) {
		if err := db.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	poll(t, func() bool { return waiters() == 1 })
	var claims []rollcall.Claim
	done := make(chan struct{})
	wait.Go(func() {
		defer close(done)
		w.trigger(starting, rollcall.StepPlay, noon)
		claims = w.claim(starting, 1, noon).Claims
	})
	poll(t, func() bool {
		select {
		case <-done:
			return true
		default:
			return waiters() == 2
		}
	})
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	wait.Wait()
	for _, k := range claims {
		if _, err := w.s.ExtendClaim(context.Background(), w.owner, k.ID, time.Minute, noon); rollcall.CodeOf(err) != rollcall.CodeConflict {
			t.Errorf("%v is on the DNC list, and its claim is held still: %v", k.Number, err)
		}
	}
}

// poll waits until something holds, for 30 seconds at most.
func poll(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come")
		}
	}
}
