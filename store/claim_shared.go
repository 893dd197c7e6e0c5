package store

import (
	"context"
	"database/sql"
	"time"

	"rollcall"
)

// sharing is a run that shares an application's calls.
type sharing struct {
	c   *runCampaign
	run *rollcall.Run
}

// ClaimShared hands out contacts of all campaigns of an application that run, shared
// by their priorities. Campaigns for which the request tells too little (Preview
// without an agent, Progressive without free agents) are left out. Calls that wait for
// each other are answered by one transaction, as those of Claim.
func (s *Store) ClaimShared(ctx context.Context, owner rollcall.Owner, q rollcall.ClaimRequest, now time.Time) (*Claims, error) {
	return s.claimLines.answer(claimLine{owner: owner}, newClaimCall(ctx, q, now), func(calls []*claimCall) {
		s.claimSharedTogether(owner, calls)
	})
}

// claimSharedTogether answers calls for all campaigns of an application, one after the
// other.
func (s *Store) claimSharedTogether(owner rollcall.Owner, calls []*claimCall) {
	ctx, cancel := untilAllEnd(calls)
	defer cancel()
	failAll(calls, s.write(ctx, func(t *tx) error {
		running, err := s.lockRunning(ctx, t, owner)
		if err != nil {
			return err
		}
		admitted, err := admit(ctx, t, calls, func(q rollcall.ClaimRequest) (int, error) { return q.Limit, nil })
		if err != nil || len(admitted) == 0 {
			return err
		}
		now := latest(admitted)
		for _, call := range admitted {
			if err := s.claimShares(ctx, t, running, call, now); err != nil {
				return err
			}
		}
		return nil
	}))
}

// claimShares answers a call from the runs that may serve it.
func (s *Store) claimShares(ctx context.Context, t *tx, running []sharing, call *claimCall, now time.Time) error {
	shares := make([]rollcall.Share, len(running))
	for i, r := range running {
		_, err := call.q.For(r.c.Channel, r.c.DialingMode)
		// One may have come to its end by the call before.
		shares[i] = rollcall.Share{Priority: r.run.Priority, Pass: r.run.Pass, Agents: r.c.DialingMode == rollcall.ModeProgressive, Idle: err != nil || r.run.State != rollcall.CampaignActive}
	}
	agents := 0 // who are free for Progressive campaigns, of all together
	if call.q.FreeAgents != nil {
		agents = *call.q.FreeAgents
	}
	// A run that has less than its share leaves the rest to the others.
	for again := true; again && !call.full(); {
		again = false
		for i, want := range rollcall.ShareOut(shares, call.want-len(call.out.Claims), agents) {
			if want == 0 {
				continue
			}
			got := &Claims{}
			if err := s.claimOf(ctx, t, running[i].c, running[i].run, []*claimCall{{q: call.q, want: want, out: got}}, now); err != nil {
				return err
			}
			n := len(got.Claims)
			call.out.Claims, call.out.More = append(call.out.Claims, got.Claims...), call.out.More || got.More
			shares[i].Pass += float64(n) / float64(shares[i].Priority)
			shares[i].Got += n
			if shares[i].Agents {
				agents -= n
			}
			if n < want {
				shares[i].Dry, again = true, true
			}
		}
	}
	rollcall.EvenOut(shares, agents)
	return savePasses(ctx, t, running, shares)
}

// lockRunning locks the runs of an application that are Active, in the order of their
// keys.
func (s *Store) lockRunning(ctx context.Context, t *tx, owner rollcall.Owner) (running []sharing, err error) {
	keys, err := all(ctx, t, func(r *sql.Rows) (k int64, err error) { return k, r.Scan(&k) },
		`SELECT r.run_key FROM campaign_runs r JOIN campaigns c ON c.account_key = r.account_key AND c.campaign_key = r.campaign_key
			WHERE r.account_key = $1 AND c.application_id = $2 AND r.ended_at IS NULL AND r.state = 'Active' ORDER BY r.run_key`, owner.AccountKey, owner.ApplicationID)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		run, err := s.lockRun(ctx, t, owner.AccountKey, key)
		if err != nil {
			return nil, err
		}
		if run.State != rollcall.CampaignActive {
			continue
		}
		c, err := loadRunCampaign(ctx, t, owner.AccountKey, "campaign_key = $2", run.CampaignKey)
		if err != nil {
			return nil, err
		}
		running = append(running, sharing{c: c, run: run})
	}
	return running, nil
}

// savePasses notes what each run has had.
func savePasses(ctx context.Context, t *tx, running []sharing, shares []rollcall.Share) error {
	for i, r := range running {
		if shares[i].Pass == r.run.Pass {
			continue
		}
		r.run.Pass = shares[i].Pass
		if err := saveRun(ctx, t, r.c.Owner.AccountKey, r.run); err != nil {
			return err
		}
	}
	return nil
}
