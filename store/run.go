package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"rollcall"
)

var runColumns = []string{"run_key", "run_id", "campaign_key", "state", "priority", "walk", "walked", "handed_out", "by_number", "pass", "started_by", "started_at", "updated_at", "ended_at"}

var selectRuns = "SELECT " + joinColumns(runColumns) + " FROM campaign_runs WHERE account_key = $1"

// runScan takes the columns of a run in.
type runScan struct {
	run              rollcall.Run
	walk             string
	started, updated int64
	ended            sql.NullInt64
}

// into is where the columns go.
func (v *runScan) into() []any {
	run := &v.run
	return []any{&run.Key, &run.ID, &run.CampaignKey, &run.State, &run.Priority, &v.walk, &run.Walked, &run.HandedOut, &run.ByNumber, &run.Pass, &run.StartedBy, &v.started, &v.updated, &v.ended}
}

func (v *runScan) done() (*rollcall.Run, error) {
	v.run.EndedAt = timeOrZero(v.ended.Int64)
	v.run.StartedAt, v.run.UpdatedAt = fromMillis(v.started), fromMillis(v.updated)
	return &v.run, json.Unmarshal([]byte(v.walk), &v.run.Walk)
}

func scanRun(r scanner) (*rollcall.Run, error) {
	var v runScan
	if err := r.Scan(v.into()...); err != nil {
		return nil, err
	}
	return v.done()
}

// lockRun locks a run. A run is locked before its campaign, always.
func (s *Store) lockRun(ctx context.Context, t *tx, account, key int64) (*rollcall.Run, error) {
	run, err := scanRun(t.QueryRowContext(ctx, selectRuns+" AND run_key = $2"+s.dialect.forUpdate, account, key))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, rollcall.NotFound("There is no such run.")
	}
	return run, err
}

// lockRunOf gives a campaign, and locks its newest run; nil where it never ran. The
// campaign is as it was before the lock was free.
func (s *Store) lockRunOf(ctx context.Context, t *tx, owner rollcall.Owner, id string) (*runCampaign, *rollcall.Run, error) {
	lock := s.dialect.forUpdate
	if lock != "" {
		lock += " OF r"
	}
	columns := "c." + strings.Join(campaignColumns, ", c.") + ", r." + strings.Join(runColumns, ", r.")
	var run runScan
	campaign := campaignScan{account: owner.AccountKey}
	err := t.QueryRowContext(ctx, "SELECT "+columns+` FROM campaigns c JOIN campaign_runs r ON r.account_key = c.account_key AND r.run_key = c.run_key
		WHERE c.account_key = $1 AND c.application_id = $2 AND c.campaign_id = $3`+lock, owner.AccountKey, owner.ApplicationID, id).Scan(append(campaign.into(), run.into()...)...)
	if errors.Is(err, sql.ErrNoRows) {
		c, err := campaignByID(ctx, t, owner, id, "")
		return c, nil, err
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := campaign.done()
	if err != nil {
		return nil, nil, err
	}
	got, err := run.done()
	return &runCampaign{Campaign: *c}, got, err
}

func saveRun(ctx context.Context, t *tx, account int64, run *rollcall.Run) error {
	_, err := t.ExecContext(ctx, `UPDATE campaign_runs SET state = $3, walk = $4, walked = $5, handed_out = $6, pass = $7, updated_at = $8, ended_at = $9, by_number = $10
		WHERE account_key = $1 AND run_key = $2`, account, run.Key, run.State, toJSON(run.Walk), run.Walked, run.HandedOut, run.Pass, millis(run.UpdatedAt), nullTime(run.EndedAt), run.ByNumber)
	return err
}

// TriggerCampaign plays, stops, pauses or resumes a campaign and gives it with its
// run. A step that its state does not allow is a conflict, and so is playing it while
// another campaign runs on one of its lists. What is handed out when a campaign is
// stopped is withdrawn.
func (s *Store) TriggerCampaign(ctx context.Context, owner rollcall.Owner, id string, channel rollcall.Channel, step rollcall.CampaignStep, user string, now time.Time) (*rollcall.Campaign, error) {
	var c *runCampaign
	err := s.write(ctx, func(t *tx) (err error) {
		if step == rollcall.StepPlay {
			c, err = s.play(ctx, t, owner, id, channel, user, now)
		} else {
			c, err = s.stepRun(ctx, t, owner, id, step, now, func(c *rollcall.Campaign) error { return checkChannel(c, channel) })
		}
		if err != nil {
			return err
		}
		bumpVersion(t, owner)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &c.Campaign, nil
}

func checkChannel(c *rollcall.Campaign, channel rollcall.Channel) error {
	if c.Channel != channel {
		return rollcall.NotFound("There is no " + string(channel) + " campaign with this id.")
	}
	return nil
}

// play begins a run. Accounts, campaigns, lists are locked in this order, as
// everywhere, so that of two campaigns on one list one sees the other run. The DNC
// lists are locked as well: whoever is adding an entry has looked at the runs there
// are, and would not withdraw it from this one, whose claims do not see it yet.
func (s *Store) play(ctx context.Context, t *tx, owner rollcall.Owner, id string, channel rollcall.Channel, user string, now time.Time) (*runCampaign, error) {
	key, err := nextKey(ctx, t, owner.AccountKey)
	if err != nil {
		return nil, err
	}
	c, err := campaignByID(ctx, t, owner, id, s.dialect.forUpdate)
	if err != nil {
		return nil, err
	}
	if err := checkChannel(&c.Campaign, channel); err != nil {
		return nil, err
	}
	return c, s.beginRun(ctx, t, c, key, user, now)
}

// beginRun makes the run of a locked campaign under a key of the account.
func (s *Store) beginRun(ctx context.Context, t *tx, c *runCampaign, key int64, user string, now time.Time) error {
	if err := c.Step(rollcall.StepPlay); err != nil {
		return err
	}
	if err := s.lockFreeLists(ctx, t, c); err != nil {
		return err
	}
	account := c.Owner.AccountKey
	run := &rollcall.Run{Key: key, ID: rollcall.NewID(rollcall.PrefixRun), CampaignKey: c.Key, State: c.Status, Priority: c.Priority, StartedBy: user, StartedAt: now, UpdatedAt: now}
	for i := range c.lists {
		run.Walk.Upper = append(run.Walk.Upper, c.lists[i].lastSeq)
	}
	var err error
	if run.Pass, err = leastPass(ctx, t, c.Owner, run.Key); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO campaign_runs (account_key, run_key, run_id, campaign_key, state, priority, walk, pass, started_by, started_at, updated_at)
		VALUES (`+placeholders(1, 11)+`)`, account, run.Key, run.ID, run.CampaignKey, run.State, run.Priority, toJSON(run.Walk), run.Pass, user, millis(now), millis(now))
	if err != nil {
		return err
	}
	c.Run = rollcall.RunRef{Key: run.Key, ID: run.ID, UpdatedAt: now}
	return saveCampaignRun(ctx, t, c, now)
}

// lockFreeLists locks a campaign's lists and all DNC lists, in the order of their
// keys, as everybody does, and refuses where another campaign runs on one of its own.
func (s *Store) lockFreeLists(ctx context.Context, t *tx, c *runCampaign) error {
	_, err := all(ctx, t, func(r *sql.Rows) (key int64, err error) { return key, r.Scan(&key) },
		`SELECT list_key FROM contact_lists WHERE account_key = $1 AND (list_type = 'dnc' OR list_key IN (SELECT list_key FROM campaign_contact_lists WHERE account_key = $1 AND campaign_key = $2))
			ORDER BY list_key`+s.dialect.forUpdate, c.Owner.AccountKey, c.Key)
	if err != nil {
		return err
	}
	if err := c.loadLists(ctx, t); err != nil {
		return err
	}
	for _, l := range c.lists {
		var name string
		err := t.QueryRowContext(ctx, `SELECT c.name FROM campaign_contact_lists cl JOIN campaigns c ON c.account_key = cl.account_key AND c.campaign_key = cl.campaign_key
			WHERE cl.account_key = $1 AND cl.list_key = $2 AND c.campaign_key <> $3 AND c.status IN ('Active', 'Paused') ORDER BY c.campaign_key LIMIT 1`, c.Owner.AccountKey, l.Key, c.Key).Scan(&name)
		if err == nil {
			return rollcall.Conflict(rollcall.ReasonInvalidState, fmt.Sprintf("The campaign %s runs on the contact list %s; two campaigns cannot run on one list at once.", name, l.Name))
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var undoing bool
		err = t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM imports WHERE account_key = $1 AND list_key = $2 AND undo_state IN ('queued', 'running'))", c.Owner.AccountKey, l.Key).Scan(&undoing)
		if err == nil && undoing {
			err = rollcall.Conflict(rollcall.ReasonInvalidState, fmt.Sprintf("An import is being taken back from the contact list %s; the campaign can be played when that is done.", l.Name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leastPass is where a run begins to share: at the least pass of the others of its
// application, so that it does not make up for the time before.
func leastPass(ctx context.Context, q queryer, owner rollcall.Owner, but int64) (pass float64, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(MIN(r.pass), 0) FROM campaign_runs r JOIN campaigns c ON c.account_key = r.account_key AND c.campaign_key = r.campaign_key
		WHERE r.account_key = $1 AND c.application_id = $2 AND r.ended_at IS NULL AND r.state = 'Active' AND r.run_key <> $3`, owner.AccountKey, owner.ApplicationID, but).Scan(&pass)
	return pass, err
}

func saveCampaignRun(ctx context.Context, t *tx, c *runCampaign, now time.Time) error {
	c.UpdatedAt, c.Run.UpdatedAt = now, now
	_, err := t.ExecContext(ctx, "UPDATE campaigns SET status = $3, run_key = $4, run_id = $5, run_updated_at = $6, updated_at = $6 WHERE account_key = $1 AND campaign_key = $2",
		c.Owner.AccountKey, c.Key, c.Status, c.Run.Key, c.Run.ID, millis(now))
	return err
}

// stepRun stops, pauses or resumes the run of a campaign, if the locked campaign may.
func (s *Store) stepRun(ctx context.Context, t *tx, owner rollcall.Owner, id string, step rollcall.CampaignStep, now time.Time, may func(*rollcall.Campaign) error) (*runCampaign, error) {
	c, err := campaignByID(ctx, t, owner, id, "")
	if err != nil {
		return nil, err
	}
	var run *rollcall.Run
	// One that has ended is not locked: somebody may hold it and wait for this campaign.
	if c.Status == rollcall.CampaignActive || c.Status == rollcall.CampaignPaused {
		if run, err = s.lockRun(ctx, t, owner.AccountKey, c.Run.Key); err != nil {
			return nil, err
		}
	}
	if c, err = campaignByID(ctx, t, owner, id, s.dialect.forUpdate); err != nil {
		return nil, err
	}
	if err := may(&c.Campaign); err != nil {
		return nil, err
	}
	if err := c.Step(step); err != nil {
		return nil, err
	}
	if run == nil || run.Key != c.Run.Key || !run.EndedAt.IsZero() {
		return nil, rollcall.Conflict(rollcall.ReasonInvalidState, "The campaign "+c.Name+" was started or ended at this moment; look at it again.")
	}
	run.State, run.UpdatedAt = c.Status, now
	switch step {
	case rollcall.StepStop:
		run.EndedAt = now
		if err := withdrawLeases(ctx, t, owner.AccountKey, run.Key, now); err != nil {
			return nil, err
		}
	case rollcall.StepResume:
		least, err := leastPass(ctx, t, owner, run.Key)
		if err != nil {
			return nil, err
		}
		run.Pass = max(run.Pass, least)
	}
	if err := saveRun(ctx, t, owner.AccountKey, run); err != nil {
		return nil, err
	}
	return c, saveCampaignRun(ctx, t, c, now)
}

// withdrawLeases takes back what a run has handed out.
func withdrawLeases(ctx context.Context, t *tx, account, run int64, now time.Time) error {
	_, err := t.ExecContext(ctx, `UPDATE run_contacts SET state = 'waiting', reason = $3, due_at = $4, updated_at = $4, held_phone = 0
		WHERE account_key = $1 AND run_key = $2 AND state = 'leased'`, account, run, rollcall.ReasonReleased, millis(now))
	return err
}
