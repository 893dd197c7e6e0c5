package store

import (
	"context"
	"database/sql"
	"errors"

	"rollcall"
)

// runCampaign is what a run needs of its campaign.
type runCampaign struct {
	rollcall.Campaign
	lists []runList
}

// runList is a contact list of a campaign, in the order in which it names them.
type runList struct {
	rollcall.Named
	content int64
	lastSeq int64
	space   int64
}

func loadRunCampaign(ctx context.Context, q queryer, account int64, where string, args ...any) (*runCampaign, error) {
	c, err := scanCampaign(q.QueryRowContext(ctx, "SELECT "+joinColumns(campaignColumns)+" FROM campaigns WHERE account_key = $1 AND "+where, append([]any{account}, args...)...), account)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, rollcall.NotFound("There is no campaign with this id.")
	}
	if err != nil {
		return nil, err
	}
	return &runCampaign{Campaign: *c}, nil
}

func campaignByID(ctx context.Context, q queryer, owner rollcall.Owner, id, lock string) (*runCampaign, error) {
	return loadRunCampaign(ctx, q, owner.AccountKey, "application_id = $2 AND campaign_id = $3"+lock, owner.ApplicationID, id)
}

// loadLists loads the lists of a campaign. Those that are gone are left out.
func (c *runCampaign) loadLists(ctx context.Context, q queryer) (err error) {
	c.lists, err = all(ctx, q, func(r *sql.Rows) (l runList, err error) {
		err = r.Scan(&l.Key, &l.ID, &l.Name, &l.content, &l.lastSeq, &l.space)
		return l, err
	}, `SELECT l.list_key, l.list_id, l.name, l.content_key, l.last_seq, l.contact_space FROM campaign_contact_lists cl
		JOIN contact_lists l ON l.account_key = cl.account_key AND l.list_key = cl.list_key
		WHERE cl.account_key = $1 AND cl.campaign_key = $2 ORDER BY cl.position, cl.list_key`, c.Owner.AccountKey, c.Key)
	return err
}

// listAt gives the place of a list among the campaign's; -1: it is none of them.
func (c *runCampaign) listAt(key int64) int {
	for i := range c.lists {
		if c.lists[i].Key == key {
			return i
		}
	}
	return -1
}
