package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"rollcall"
)

// dncContents gives under which keys the entries stand that bind a campaign: of its
// own DNC list, and of every global one of the account.
func dncContents(ctx context.Context, q queryer, account, own int64) ([]int64, error) {
	return all(ctx, q, func(r *sql.Rows) (key int64, err error) { return key, r.Scan(&key) },
		"SELECT content_key FROM contact_lists WHERE account_key = $1 AND list_type = 'dnc' AND (list_key = $2 OR global_dnc) ORDER BY list_key", account, own)
}

// dncHit is an entry that blocks: of a number or, as the negative of its digits, of all
// that begin with a prefix.
type dncHit struct{ phone, content int64 }

// blockedNumbers gives those of the numbers that a DNC entry under one of the
// contents blocks now, each with the contents that block it. It costs the same however
// many entries there are.
func blockedNumbers(ctx context.Context, q queryer, d *dialect, account int64, contents []int64, numbers []int64, now time.Time) (map[int64]int64, error) {
	blocked := map[int64]int64{}
	if len(contents) == 0 || len(numbers) == 0 {
		return blocked, nil
	}
	// Lists have few prefixes as a rule, and all of them are read sooner than each
	// beginning of each number is looked up.
	most := len(numbers)
	hits, err := dncHits(ctx, q, d, account, contents, compact(slices.Clone(numbers)), millis(now), most+1)
	if err != nil {
		return nil, err
	}
	if n := countPrefixes(hits); n > most {
		begun, err := dncHits(ctx, q, d, account, contents, beginnings(numbers), millis(now), 0)
		if err != nil {
			return nil, err
		}
		hits = append(hits, begun...)
	}
	found := make(map[int64]int64, len(hits))
	for _, h := range hits {
		if by, ok := found[h.phone]; !ok || h.content < by { // the same list each time
			found[h.phone] = h.content
		}
	}
	for _, n := range numbers {
		if by, ok := found[n]; ok {
			blocked[n] = by
			continue
		}
		for prefix := n; prefix > 0; prefix /= 10 {
			if by, ok := found[-prefix]; ok {
				blocked[n] = by
				break
			}
		}
	}
	return blocked, nil
}

// dncHits gives the entries of some numbers under the contents that have not ended by a
// time, and so many prefixes at most.
func dncHits(ctx context.Context, q queryer, d *dialect, account int64, contents, numbers []int64, at int64, prefixes int) ([]dncHit, error) {
	return all(ctx, q, func(r *sql.Rows) (h dncHit, err error) { return h, r.Scan(&h.phone, &h.content) },
		d.dncEntries.query, account, d.dncEntries.arg(contents), d.dncEntries.arg(numbers), at, prefixes)
}

func countPrefixes(hits []dncHit) (n int) {
	for _, h := range hits {
		if h.phone < 0 {
			n++
		}
	}
	return n
}

// beginnings gives every prefix that one of the numbers begins with, as it stands in a
// list.
func beginnings(numbers []int64) []int64 {
	all := map[int64]bool{}
	for _, n := range numbers {
		for prefix := n; prefix > 0; prefix /= 10 {
			all[-prefix] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// withdrawBlocked takes back, from all runs of the account that have not ended, the
// contacts that are handed out and whose number a DNC entry blocks. It is called in
// the transaction that adds entries, after they are written: a claim that comes
// later sees the entries, one that came before is withdrawn. Its cost is by what is
// handed out.
func (s *Store) withdrawBlocked(ctx context.Context, t *tx, account int64, now time.Time) error {
	keys, err := all(ctx, t, func(r *sql.Rows) (k int64, err error) { return k, r.Scan(&k) },
		"SELECT run_key FROM campaign_runs WHERE account_key = $1 AND ended_at IS NULL ORDER BY run_key", account)
	if err != nil {
		return err
	}
	for _, key := range keys {
		run, err := s.lockRun(ctx, t, account, key)
		if err != nil {
			return err
		}
		if err := s.withdrawOfRun(ctx, t, account, run, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) withdrawOfRun(ctx context.Context, t *tx, account int64, run *rollcall.Run, now time.Time) error {
	leased, err := all(ctx, t, scanRunContact, selectRunContacts+" AND state = 'leased'"+s.dialect.forUpdate, account, run.Key)
	if err != nil || len(leased) == 0 {
		return err
	}
	c, err := loadRunCampaign(ctx, t, account, "campaign_key = $2", run.CampaignKey)
	if err != nil {
		return err
	}
	contents, err := dncContents(ctx, t, account, c.DNCList.Key)
	if err != nil {
		return err
	}
	numbers := make([]int64, len(leased))
	for i := range leased {
		numbers[i] = leased[i].phone
	}
	blocked, err := blockedNumbers(ctx, t, s.dialect, account, contents, numbers, now)
	if err != nil {
		return err
	}
	changes := &runChanges{now: now}
	for _, rc := range leased {
		if _, ok := blocked[rc.phone]; ok {
			changes.set(rc, rollcall.Standing{State: rollcall.ContactDone, Reason: rollcall.ReasonDNC, Attempts: rc.attempts})
		}
	}
	return changes.write(ctx, t, account, run.Key)
}
