package store

import (
	"context"
	"database/sql"

	"rollcall"
)

// CreateCampaign makes a campaign that names some lists of its application.
func (s *Store) CreateCampaign(ctx context.Context, c *rollcall.Campaign) error {
	return s.write(ctx, func(t *tx) error {
		key, err := nextKey(ctx, t, c.Owner.AccountKey)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `INSERT INTO campaigns (account_key, campaign_key, campaign_id, application_id, name, channel, status, created_at, updated_at)
			VALUES (`+placeholders(1, 9)+`)`, c.Owner.AccountKey, key, c.ID, c.Owner.ApplicationID, c.Name, c.Channel, c.Status, millis(c.CreatedAt), millis(c.UpdatedAt))
		if err != nil {
			return err
		}
		for i, id := range c.ListIDs() {
			// The lock makes a deletion of the list wait, and then see the campaign.
			l, err := s.lockList(ctx, t, c.Owner, id)
			if err != nil {
				return err
			}
			_, err = t.ExecContext(ctx, "INSERT INTO campaign_contact_lists (account_key, campaign_key, list_key, position) VALUES ($1, $2, $3, $4)", c.Owner.AccountKey, key, l.Key, i)
			if err != nil {
				return err
			}
		}
		return bumpVersion(ctx, t, c.Owner)
	})
}

// campaignRefs gives, by list, the campaigns that name it, in the order of their
// creation; for one list, or with 0 for all of the application's.
func campaignRefs(ctx context.Context, q queryer, owner rollcall.Owner, list int64) (map[int64][]rollcall.CampaignRef, error) {
	type row struct {
		list int64
		ref  rollcall.CampaignRef
	}
	rows, err := all(ctx, q, func(r *sql.Rows) (v row, err error) {
		err = r.Scan(&v.list, &v.ref.ID, &v.ref.Name, &v.ref.Status)
		return v, err
	}, `SELECT cl.list_key, c.campaign_id, c.name, c.status FROM campaigns c
		JOIN campaign_contact_lists cl ON cl.account_key = c.account_key AND cl.campaign_key = c.campaign_key
		WHERE c.account_key = $1 AND c.application_id = $2 AND (cl.list_key = $3 OR $3 = 0) ORDER BY c.campaign_key`,
		owner.AccountKey, owner.ApplicationID, list)
	refs := map[int64][]rollcall.CampaignRef{}
	for _, r := range rows {
		refs[r.list] = append(refs[r.list], r.ref)
	}
	return refs, err
}
