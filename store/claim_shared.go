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
// without an agent, Progressive without free agents) are left out.
func (s *Store) ClaimShared(ctx context.Context, owner rollcall.Owner, q rollcall.ClaimRequest, now time.Time) (*Claims, error) {
	out := &Claims{}
	err := s.write(ctx, func(t *tx) error {
		running, err := s.lockRunning(ctx, t, owner, q)
		if err != nil {
			return err
		}
		shares := make([]rollcall.Share, len(running))
		for i, r := range running {
			shares[i] = rollcall.Share{Priority: r.run.Priority, Pass: r.run.Pass}
		}
		left := q.Limit
		if q.FreeAgents != nil {
			left = min(left, *q.FreeAgents)
		}
		// A run that has less than its share leaves the rest to the others.
		for again := true; again && left > 0; {
			again = false
			for i, want := range rollcall.ShareOut(shares, left) {
				if want == 0 {
					continue
				}
				call := &claimCall{q: q, want: want, out: &Claims{}}
				if err := s.claimOf(ctx, t, running[i].c, running[i].run, []*claimCall{call}, now); err != nil {
					return err
				}
				got := call.out
				out.Claims, out.More = append(out.Claims, got.Claims...), out.More || got.More
				left -= len(got.Claims)
				shares[i].Pass += float64(len(got.Claims)) / float64(shares[i].Priority)
				if len(got.Claims) < want {
					shares[i].Dry, again = true, true
				}
			}
		}
		return savePasses(ctx, t, owner.AccountKey, running, shares)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// lockRunning locks the runs that may serve a request, in the order of their keys.
func (s *Store) lockRunning(ctx context.Context, t *tx, owner rollcall.Owner, q rollcall.ClaimRequest) (running []sharing, err error) {
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
		if _, err := q.For(c.DialingMode); err == nil {
			running = append(running, sharing{c: c, run: run})
		}
	}
	return running, nil
}

// savePasses notes what each run has had. One that had nothing to give does not make
// up for it later: it goes on where the others are.
func savePasses(ctx context.Context, t *tx, account int64, running []sharing, shares []rollcall.Share) error {
	least, found := 0.0, false
	for _, sh := range shares {
		if !sh.Dry && (!found || sh.Pass < least) {
			least, found = sh.Pass, true
		}
	}
	for i, r := range running {
		pass := shares[i].Pass
		if shares[i].Dry && found {
			pass = max(pass, least)
		}
		if pass == r.run.Pass {
			continue
		}
		r.run.Pass = pass
		if err := saveRun(ctx, t, account, r.run); err != nil {
			return err
		}
	}
	return nil
}
