package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"rollcall"
)

// heartbeat is how often an import gives a sign of life.
const heartbeat = rollcall.ImportLease / 5

// watch gives an import's signs of life while its rows are read, and ends it when
// somebody asked for that.
type watch struct {
	ctx    context.Context // ends with the import's own, or on a wish to end
	end    context.CancelCauseFunc
	ticker sync.WaitGroup
}

var errAsked = rollcall.Conflict(rollcall.ReasonCancelled, "The import was cancelled.")

// keepAlive renews the import's lease while no block does: to look through a huge
// file, or to pass over the rows that are there already, takes longer than a lease.
func (r *run) keepAlive(ctx context.Context) *watch {
	w := &watch{}
	w.ctx, w.end = context.WithCancelCause(ctx)
	im := *r.im // the lease concerns only what never changes
	w.ticker.Go(func() {
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-w.ctx.Done():
				return
			case <-tick.C:
				// An import that is no longer ours is noticed at its next block.
				if asked, err := r.store.RenewImport(w.ctx, &im, r.now()); err == nil && asked {
					w.end(errAsked)
				}
			}
		}
	})
	return w
}

// stop waits until no sign of life is given any more.
func (w *watch) stop() {
	w.end(context.Canceled)
	w.ticker.Wait()
}

// cancelled makes the end that somebody asked for the cause of an error that came
// of it.
func (w *watch) cancelled(err error) error {
	if errors.Is(context.Cause(w.ctx), errAsked) {
		return errAsked
	}
	return err
}
