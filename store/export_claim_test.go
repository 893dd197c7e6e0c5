package store

import (
	"context"
	"time"

	"rollcall"
)

// ClaimTogether has calls answered by one transaction, as those that wait in line are;
// without a campaign, those for all of them.
func (s *Store) ClaimTogether(owner rollcall.Owner, campaign string, now time.Time, ctxs []context.Context, asked []rollcall.ClaimRequest) ([]*Claims, []error) {
	var calls []*claimCall
	for i, q := range asked {
		calls = append(calls, newClaimCall(ctxs[i], q, now))
	}
	if campaign == "" {
		s.claimSharedTogether(owner, calls)
	} else {
		s.claimTogether(owner, campaign, calls)
	}
	out, errs := make([]*Claims, len(calls)), make([]error, len(calls))
	for i, c := range calls {
		out[i], errs[i] = c.out, c.err
	}
	return out, errs
}
