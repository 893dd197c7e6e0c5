package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"rollcall"
)

// claimTogether answers calls for one campaign.
func (s *Store) claimTogether(owner rollcall.Owner, campaign string, calls []*claimCall) {
	ctx, cancel := untilAllEnd(calls)
	defer cancel()
	err := s.write(ctx, func(t *tx) error {
		c, run, err := s.lockRunOf(ctx, t, owner, campaign)
		if err != nil {
			return err
		}
		admitted, err := admit(ctx, t, calls, func(q rollcall.ClaimRequest) (int, error) { return q.For(c.Channel, c.DialingMode) })
		if err != nil || len(admitted) == 0 {
			return err
		}
		if run == nil {
			return notActive(c.Name, c.Status)
		}
		if run.State != rollcall.CampaignActive {
			return notActive(c.Name, run.State)
		}
		return s.claimOf(ctx, t, c, run, admitted, latest(admitted))
	})
	failAll(calls, err)
}

// admit gives those of some calls that are answered: who asks for what there is not, has
// hung up or lost its Idempotency-Key fails alone. want tells how many contacts a call is
// to have at most.
func admit(ctx context.Context, t *tx, calls []*claimCall, want func(rollcall.ClaimRequest) (int, error)) (admitted []*claimCall, err error) {
	for _, call := range calls {
		if call.want, call.err = want(call.q); call.err == nil {
			call.err = call.ctx.Err()
		}
		if call.err != nil {
			continue
		}
		if call.err = noteCall(onBehalf(ctx, call.ctx), t); call.err == nil {
			admitted = append(admitted, call)
		} else if _, told := errors.AsType[*rollcall.Error](call.err); !told {
			return nil, call.err
		}
	}
	return admitted, nil
}

// failAll notes that what calls were to be answered with came to nothing, if it did.
func failAll(calls []*claimCall, err error) {
	for _, call := range calls {
		if err != nil && call.err == nil {
			call.out, call.err = nil, err
		}
	}
}

// latest is the moment at which calls are answered together.
func latest(calls []*claimCall) (now time.Time) {
	for _, c := range calls {
		if c.now.After(now) {
			now = c.now
		}
	}
	return now
}

// untilAllEnd gives a context that ends when those of all calls have: that one caller
// has hung up must not fail the others. It belongs to none of them; see claimTogether.
func untilAllEnd(calls []*claimCall) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(Preparing(context.WithoutCancel(calls[0].ctx)))
	var left atomic.Int64
	left.Store(int64(len(calls)))
	stops := make([]func() bool, len(calls))
	for i, c := range calls {
		stops[i] = context.AfterFunc(c.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}
