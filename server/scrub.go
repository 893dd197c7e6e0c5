package server

import (
	"context"
	"time"

	"rollcall/dialer"
	"rollcall/store"
)

// scrubStore is the store as the scrubber knows it.
type scrubStore struct{ *store.Store }

// NextScrub gives a scrub to do, nil where there is none.
func (s scrubStore) NextScrub(ctx context.Context, worker string, now time.Time) (dialer.Scrub, error) {
	job, err := s.ClaimScrub(ctx, worker, now)
	if err != nil || job == nil {
		return nil, err // not a nil of another type
	}
	return job, nil
}
