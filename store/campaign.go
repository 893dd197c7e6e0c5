package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"rollcall"
)

var campaignColumns = []string{
	"campaign_key", "campaign_id", "name", "description", "channel", "status", "priority", "dialing_mode", "plan", "schedule", "scrub",
	"run_key", "run_id", "run_updated_at", "created_by", "updated_by", "created_at", "updated_at", "dnc_list_key", "application_id",
}

// campaignScan takes the columns of a campaign of an account in.
type campaignScan struct {
	account               int64
	c                     rollcall.Campaign
	plan, schedule, scrub string
	run, created, updated int64
}

// into is where the columns go.
func (v *campaignScan) into() []any {
	c := &v.c
	return []any{&c.Key, &c.ID, &c.Name, &c.Description, &c.Channel, &c.Status, &c.Priority, &c.DialingMode, &v.plan, &v.schedule, &v.scrub,
		&c.Run.Key, &c.Run.ID, &v.run, &c.CreatedBy, &c.UpdatedBy, &v.created, &v.updated, &c.DNCList.Key, &c.Owner.ApplicationID}
}

// done gives the campaign. What it names has keys only; see loadNamed.
func (v *campaignScan) done() (*rollcall.Campaign, error) {
	c := &v.c
	c.Owner.AccountKey = v.account
	c.CreatedAt, c.UpdatedAt, c.Run.UpdatedAt = fromMillis(v.created), fromMillis(v.updated), fromMillis(v.run)
	return c, errors.Join(json.Unmarshal([]byte(v.plan), &c.Plan), json.Unmarshal([]byte(v.schedule), &c.Schedule), json.Unmarshal([]byte(v.scrub), &c.Scrub))
}

// scanCampaign reads a campaign of an account.
func scanCampaign(r scanner, account int64) (*rollcall.Campaign, error) {
	v := campaignScan{account: account}
	if err := r.Scan(v.into()...); err != nil {
		return nil, err
	}
	return v.done()
}

// CreateCampaign makes a campaign. Lists, DNC list, flow, queue and template are
// found by id, or where they have none by name, in the campaign's application; one
// that is not there is an invalid field. It fills in their keys and ids, and Key.
func (s *Store) CreateCampaign(ctx context.Context, c *rollcall.Campaign) error {
	if err := s.limits.CheckCampaign(len(c.ContactLists), 0); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) (err error) {
		// The account's lock comes before those of lists; see nextKey.
		if c.Key, err = nextKey(ctx, t, c.Owner.AccountKey); err != nil {
			return err
		}
		if err := s.resolve(ctx, t, c); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `INSERT INTO campaigns (account_key, application_id, campaign_key, campaign_id, name, description, channel, status, priority, dialing_mode,
			plan, schedule, scrub, run_key, run_id, run_updated_at, created_by, updated_by, created_at, updated_at, dnc_list_key, name_key, scrub_state, schedule_due) VALUES (`+placeholders(1, 24)+`)`,
			c.Owner.AccountKey, c.Owner.ApplicationID, c.Key, c.ID, c.Name, c.Description, string(c.Channel), string(c.Status), c.Priority, string(c.DialingMode),
			toJSON(c.Plan), toJSON(c.Schedule), toJSON(c.Scrub), c.Run.Key, c.Run.ID, millis(c.Run.UpdatedAt), c.CreatedBy, c.UpdatedBy, millis(c.CreatedAt), millis(c.UpdatedAt),
			c.DNCList.Key, rollcall.NameKey(c.Name), openScrub(c), nullTime(c.Schedule.Due()))
		if err != nil {
			return err
		}
		if err := nameLists(ctx, t, c); err != nil {
			return err
		}
		bumpVersion(t, c.Owner)
		return nil
	})
}

// openScrub is the state of a scrub that is still to do; empty for none.
func openScrub(c *rollcall.Campaign) string {
	if c.Scrub.State == rollcall.ScrubQueued || c.Scrub.State == rollcall.ScrubRunning {
		return string(c.Scrub.State)
	}
	return ""
}

// nameLists notes which contact lists a campaign names.
func nameLists(ctx context.Context, t *tx, c *rollcall.Campaign) error {
	if _, err := t.ExecContext(ctx, "DELETE FROM campaign_contact_lists WHERE account_key = $1 AND campaign_key = $2", c.Owner.AccountKey, c.Key); err != nil {
		return err
	}
	for i, l := range c.ContactLists {
		_, err := t.ExecContext(ctx, "INSERT INTO campaign_contact_lists (account_key, campaign_key, list_key, position) VALUES ($1, $2, $3, $4)", c.Owner.AccountKey, c.Key, l.Key, i)
		if err != nil {
			return err
		}
	}
	return nil
}

// Campaign gives one campaign.
func (s *Store) Campaign(ctx context.Context, owner rollcall.Owner, id string) (c *rollcall.Campaign, err error) {
	err = s.read(ctx, func(t *sql.Tx) error {
		c, err = loadCampaign(ctx, t, owner, id, "")
		return err
	})
	return c, err
}

// loadCampaign loads a campaign with what it names.
func loadCampaign(ctx context.Context, q queryer, owner rollcall.Owner, id, lock string) (*rollcall.Campaign, error) {
	c, err := campaignByID(ctx, q, owner, id, lock)
	if err != nil {
		return nil, err
	}
	return &c.Campaign, loadNamed(ctx, q, owner, []*rollcall.Campaign{&c.Campaign})
}

// UpdateCampaign changes a campaign under a rule. What the rule names anew is found
// as CreateCampaign does.
func (s *Store) UpdateCampaign(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.Campaign) error) (c *rollcall.Campaign, err error) {
	err = s.write(ctx, func(t *tx) error {
		if c, err = loadCampaign(ctx, t, owner, id, s.dialect.forUpdate); err != nil {
			return err
		}
		before := len(c.ContactLists)
		if err := errors.Join(rule(c), s.limits.CheckCampaign(len(c.ContactLists), before)); err != nil {
			return err
		}
		if err := s.resolve(ctx, t, c); err != nil {
			return err
		}
		if err := errors.Join(saveCampaign(ctx, t, c), nameLists(ctx, t, c)); err != nil {
			return err
		}
		bumpVersion(t, owner)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func saveCampaign(ctx context.Context, t *tx, c *rollcall.Campaign) error {
	_, err := t.ExecContext(ctx, `UPDATE campaigns SET name = $3, name_key = $4, description = $5, status = $6, priority = $7, dialing_mode = $8, plan = $9, schedule = $10,
		scrub = $11, scrub_state = $12, run_key = $13, run_id = $14, run_updated_at = $15, updated_by = $16, updated_at = $17, dnc_list_key = $18, schedule_due = $19 WHERE account_key = $1 AND campaign_key = $2`,
		c.Owner.AccountKey, c.Key, c.Name, rollcall.NameKey(c.Name), c.Description, string(c.Status), c.Priority, string(c.DialingMode), toJSON(c.Plan), toJSON(c.Schedule),
		toJSON(c.Scrub), openScrub(c), c.Run.Key, c.Run.ID, millis(c.Run.UpdatedAt), c.UpdatedBy, millis(c.UpdatedAt), c.DNCList.Key, nullTime(c.Schedule.Due()))
	return err
}

// DeleteCampaign deletes a campaign and gives it as it was. One that runs is not
// deleted. Its runs are unreachable at once, and removed by Purge.
func (s *Store) DeleteCampaign(ctx context.Context, owner rollcall.Owner, id string) (c *rollcall.Campaign, err error) {
	err = s.write(ctx, func(t *tx) error {
		if c, err = loadCampaign(ctx, t, owner, id, s.dialect.forUpdate); err != nil {
			return err
		}
		was := *c
		if err := was.Step(rollcall.StepDelete); err != nil {
			return err
		}
		if err := purgeLater(ctx, t, owner.AccountKey, c.Key); err != nil {
			return err
		}
		for _, table := range []string{"campaign_contact_lists", "campaigns"} {
			if _, err := t.ExecContext(ctx, "DELETE FROM "+table+" WHERE account_key = $1 AND campaign_key = $2", owner.AccountKey, c.Key); err != nil {
				return err
			}
		}
		bumpVersion(t, owner)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// campaignRefs gives, by list, the campaigns that name it, contact lists and DNC
// lists alike, in the order of their creation; for one list, or with 0 for all of
// the application's.
func campaignRefs(ctx context.Context, q queryer, owner rollcall.Owner, list int64) (map[int64][]rollcall.CampaignRef, error) {
	type row struct {
		list int64
		ref  rollcall.CampaignRef
	}
	rows, err := all(ctx, q, func(r *sql.Rows) (v row, err error) {
		var key int64
		err = r.Scan(&key, &v.list, &v.ref.ID, &v.ref.Name, &v.ref.Status)
		return v, err
	}, `SELECT c.campaign_key AS key, cl.list_key, c.campaign_id, c.name, c.status FROM campaigns c
		JOIN campaign_contact_lists cl ON cl.account_key = c.account_key AND cl.campaign_key = c.campaign_key
		WHERE c.account_key = $1 AND c.application_id = $2 AND (cl.list_key = $3 OR $3 = 0)
		UNION ALL SELECT campaign_key, dnc_list_key, campaign_id, name, status FROM campaigns
		WHERE account_key = $1 AND application_id = $2 AND dnc_list_key <> 0 AND (dnc_list_key = $3 OR $3 = 0) ORDER BY 1`,
		owner.AccountKey, owner.ApplicationID, list)
	refs := map[int64][]rollcall.CampaignRef{}
	for _, r := range rows {
		refs[r.list] = append(refs[r.list], r.ref)
	}
	return refs, err
}
