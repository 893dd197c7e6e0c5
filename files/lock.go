package files

import (
	"context"
	"sync"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"

	"rollcall"
)

// Locks is what the database keeps of the locks of several processes; the store
// promises for each what its own comment says.
//
// tusd can lock by files, too. Those name the process by its number, which means
// nothing on another machine, and in containers is the same in each.
type Locks interface {
	LockUpload(ctx context.Context, id, holder string, now time.Time) (locked bool, err error)
	KeepUploadLock(ctx context.Context, id, holder string, now time.Time) (wanted bool, err error)
	UnlockUpload(ctx context.Context, id, holder string) error
}

const (
	// lockRetry is how often a request asks for a lock that another process has.
	lockRetry = 100 * time.Millisecond
	// lockKeep is how often a holder renews its lock and asks who wants it: often
	// enough that a sender that comes back need not wait long for its own broken
	// connection.
	lockKeep = time.Second
	// unlockPatience is how long giving a lock back may take.
	unlockPatience = 10 * time.Second
)

// locker locks in memory against other requests of this process, then in the
// database against other processes. It implements [handler.Locker].
type locker struct {
	memory *memorylocker.MemoryLocker
	locks  Locks // nil: memory is enough
}

func newLocker(locks Locks) *locker { return &locker{memory: memorylocker.New(), locks: locks} }

// NewLock gives an upload's lock, open.
func (l *locker) NewLock(id string) (handler.Lock, error) {
	memory, err := l.memory.NewLock(id)
	if err != nil || l.locks == nil {
		return memory, err
	}
	return &sharedLock{locks: l.locks, memory: memory, id: id, holder: rollcall.NewID(""), done: make(chan struct{})}, nil
}

// sharedLock is one request's hold on an upload.
type sharedLock struct {
	locks  Locks
	memory handler.Lock
	id     string
	holder string
	done   chan struct{}
	keeper sync.WaitGroup
}

// Lock waits for the lock, and asks whoever has it to give it back. requestUnlock
// is called when another request asks the same of this one, or when the lock is
// lost.
func (l *sharedLock) Lock(ctx context.Context, requestUnlock func()) error {
	if err := l.memory.Lock(ctx, requestUnlock); err != nil {
		return err
	}
	if err := l.acquire(ctx); err != nil {
		_ = l.memory.Unlock() // it cannot fail
		return err
	}
	l.keeper.Go(func() { l.keep(requestUnlock) })
	return nil
}

func (l *sharedLock) acquire(ctx context.Context) error {
	for {
		locked, err := l.locks.LockUpload(quiet{ctx}, l.id, l.holder, time.Now())
		switch {
		case ctx.Err() != nil && !locked:
			return handler.ErrLockTimeout
		case rollcall.CodeOf(err) == rollcall.CodeNotFound:
			return handler.ErrNotFound
		case err != nil || locked:
			return err
		}
		select {
		case <-ctx.Done():
			return handler.ErrLockTimeout
		case <-time.After(lockRetry):
		}
	}
}

// keep renews the lock until it is given back.
func (l *sharedLock) keep(requestUnlock func()) {
	tick := time.NewTicker(lockKeep)
	defer tick.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), rollcall.UploadLease-lockKeep)
		wanted, err := l.locks.KeepUploadLock(ctx, l.id, l.holder, time.Now())
		cancel()
		if wanted || err != nil {
			requestUnlock() // a second call does nothing
		}
	}
}

// Unlock gives the lock back.
func (l *sharedLock) Unlock() error {
	close(l.done)
	l.keeper.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), unlockPatience)
	defer cancel()
	err := l.locks.UnlockUpload(ctx, l.id, l.holder)
	if memoryErr := l.memory.Unlock(); err == nil {
		err = memoryErr
	}
	return err
}
