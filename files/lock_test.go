package files_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"rollcall"
	"rollcall/files"
	"rollcall/store"
	"rollcall/store/storetest"
)

// lockOf opens the place as one process, and gives an upload's lock in it.
func lockOf(t *testing.T, s *store.Store, dir, id string) handler.Lock {
	t.Helper()
	lock, err := open(t, files.Config{Place: dir, Locks: s}).Composer().Locker.NewLock(id)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

func newUpload(t *testing.T, s *store.Store) string {
	t.Helper()
	u, err := rollcall.NewUpload(storetest.Owner(t, s), "u-1", "a.csv", 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateUpload(ctx, u); err != nil {
		t.Fatal(err)
	}
	return u.ID
}

// A request that wants the lock makes the one that has it, in another process,
// give it back, and then gets it.
func TestLock_AnotherProcessGivesWay(t *testing.T) {
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	dir, id := t.TempDir(), newUpload(t, s)
	first, second := lockOf(t, s, dir, id), lockOf(t, s, dir, id)
	asked := make(chan struct{}, 100)
	if err := first.Lock(ctx, func() { asked <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() { got <- second.Lock(ctx, func() {}) }()
	select {
	case <-asked:
	case err := <-got:
		t.Fatalf("two processes have the lock: %v", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	if err := second.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestLock_WaitsNoLongerThanItsContext(t *testing.T) {
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	dir, id := t.TempDir(), newUpload(t, s)
	first, second := lockOf(t, s, dir, id), lockOf(t, s, dir, id)
	if err := first.Lock(ctx, func() {}); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := second.Lock(short, func() {}); !errors.Is(err, handler.ErrLockTimeout) {
		t.Errorf("got %v", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	// What failed has left nothing locked in its own process.
	if err := second.Lock(ctx, func() {}); err != nil {
		t.Fatal(err)
	}
	if err := second.Unlock(); err != nil {
		t.Error(err)
	}
}

// A holder whose upload was deleted is told to stop.
func TestLock_Lost(t *testing.T) {
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	owner := storetest.Owner(t, s)
	u, err := rollcall.NewUpload(owner, "u-1", "a.csv", 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateUpload(ctx, u); err != nil {
		t.Fatal(err)
	}
	lock := lockOf(t, s, t.TempDir(), u.ID)
	asked := make(chan struct{}, 100)
	if err := lock.Lock(ctx, func() { asked <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteUpload(ctx, owner, u.ID); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := lock.Unlock(); err != nil {
		t.Error(err)
	}
	if err := lockOf(t, s, t.TempDir(), u.ID).Lock(ctx, func() {}); !errors.Is(err, handler.ErrNotFound) {
		t.Errorf("the lock of what is gone: %v", err)
	}
}
