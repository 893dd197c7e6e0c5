package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"rollcall"
)

// runCampaign is what a run needs of its campaign.
type runCampaign struct {
	rollcall.Campaign
	lists []runList
	// repeats tells whether a number may stand in the lists more than once.
	repeats bool
}

// runList is a contact list of a campaign, in the order in which it names them.
type runList struct {
	rollcall.Named
	content int64
	lastSeq int64
	space   int64
	copies  int64 // 1: the list may have a number more than once
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

// claimTerms is what a claim has to know once it holds its run's lock.
type claimTerms struct {
	contents []int64 // under which keys the entries of DNC lists stand that bind the campaign
	ranOut   bool    // some leases did
	erasures bool    // the account has suppressed numbers
}

// The kinds of rows of loadTerms.
const (
	termList = iota
	termDNC
	termRanOut
	termErasures
)

// loadTerms loads the lists of a campaign as loadLists does, and the terms of a
// claim, in one query: a run's dialers wait for one another meanwhile, and each
// query is a way to the database and back.
func (c *runCampaign) loadTerms(ctx context.Context, q queryer, run int64, now time.Time) (terms claimTerms, err error) {
	type row struct {
		kind     int
		position int64
		list     runList
	}
	rows, err := all(ctx, q, func(r *sql.Rows) (v row, err error) {
		return v, r.Scan(&v.kind, &v.position, &v.list.Key, &v.list.ID, &v.list.Name, &v.list.content, &v.list.lastSeq, &v.list.space, &v.list.copies)
	}, `SELECT 0, cl.position, l.list_key, l.list_id, l.name, l.content_key, l.last_seq, l.contact_space, CASE WHEN l.has_copies THEN 1 ELSE 0 END FROM campaign_contact_lists cl
		JOIN contact_lists l ON l.account_key = cl.account_key AND l.list_key = cl.list_key WHERE cl.account_key = $1 AND cl.campaign_key = $2
		UNION ALL SELECT 1, 0, list_key, '', '', content_key, 0, 0, 0 FROM contact_lists WHERE account_key = $1 AND list_type = 'dnc' AND (list_key = $3 OR global_dnc)
		UNION ALL SELECT 2, 0, 0, '', '', 0, 0, 0, 0 WHERE EXISTS (SELECT 1 FROM run_contacts WHERE account_key = $1 AND run_key = $4 AND state = 'leased' AND due_at <= $5)
		UNION ALL SELECT 3, 0, 0, '', '', 0, 0, 0, 0 WHERE EXISTS (SELECT 1 FROM suppressions WHERE account_key = $1)`,
		c.Owner.AccountKey, c.Key, c.DNCList.Key, run, millis(now))
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.list.Key, b.list.Key))
	})
	c.lists, c.repeats = nil, false
	for i := range rows {
		switch rows[i].kind {
		case termList:
			c.repeats = c.repeats || len(c.lists) > 0 || rows[i].list.copies > 0
			c.lists = append(c.lists, rows[i].list)
		case termDNC:
			terms.contents = append(terms.contents, rows[i].list.content)
		case termRanOut:
			terms.ranOut = true
		case termErasures:
			terms.erasures = true
		}
	}
	return terms, err
}
