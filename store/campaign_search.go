package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"rollcall"
)

// Campaigns gives a page of an application's campaigns, and how many fit the filter
// in all.
func (s *Store) Campaigns(ctx context.Context, owner rollcall.Owner, f rollcall.CampaignFilter) (campaigns []*rollcall.Campaign, total int64, err error) {
	where, args := campaignWhere(owner, f)
	order, index := "created_at", "campaigns_created"
	switch f.Sort {
	case rollcall.SortByName:
		order, index = "name_key", "campaigns_name"
	case rollcall.SortByUpdated:
		order, index = "updated_at", "campaigns_updated"
	}
	direction := " ASC"
	if f.Descending {
		direction = " DESC"
	}
	err = s.read(ctx, func(t *sql.Tx) error {
		if err := t.QueryRowContext(ctx, "SELECT COUNT(*) FROM campaigns"+s.dialect.by("campaigns_filter")+where, args...).Scan(&total); err != nil {
			return err
		}
		page := append(args[:len(args):len(args)], f.Limit, f.Skip)
		campaigns, err = all(ctx, t, func(r *sql.Rows) (*rollcall.Campaign, error) { return scanCampaign(r, owner.AccountKey) },
			fmt.Sprintf("SELECT %s FROM campaigns%s%s ORDER BY %s%s, campaign_key%s LIMIT $%d OFFSET $%d", joinColumns(campaignColumns), s.dialect.by(index), where, order, direction, direction, len(page)-1, len(page)), page...)
		if err != nil {
			return err
		}
		if err := loadNamed(ctx, t, owner, campaigns); err != nil || f.Channel != rollcall.ChannelSMS {
			return err
		}
		return countMessages(ctx, t, owner.AccountKey, campaigns)
	})
	return campaigns, total, err
}

// countMessages fills in how many messages of SMS campaigns were sent.
func countMessages(ctx context.Context, q queryer, account int64, campaigns []*rollcall.Campaign) error {
	args, keys, byKey := []any{account}, make([]string, len(campaigns)), map[int64]*rollcall.Campaign{}
	for i, c := range campaigns {
		args = append(args, c.Key)
		keys[i], byKey[c.Key] = fmt.Sprintf("$%d", len(args)), c
	}
	if len(keys) == 0 {
		return nil
	}
	_, err := all(ctx, q, func(r *sql.Rows) (none struct{}, err error) {
		var key, n int64
		err = r.Scan(&key, &n)
		byKey[key].MessagesSent = n
		return none, err
	}, `SELECT r.campaign_key, CAST(SUM(t.total) AS BIGINT) FROM campaign_runs r JOIN run_totals t ON t.account_key = r.account_key AND t.run_key = r.run_key
		WHERE r.account_key = $1 AND r.campaign_key IN (`+strings.Join(keys, ",")+`) AND t.name IN ('outcome:Connected', 'outcome:Completed') GROUP BY r.campaign_key`, args...)
	return err
}

func campaignWhere(owner rollcall.Owner, f rollcall.CampaignFilter) (where string, args []any) {
	args = []any{owner.AccountKey, owner.ApplicationID, string(f.Channel)}
	where = " WHERE account_key = $1 AND application_id = $2 AND channel = $3"
	add := func(condition string, values ...any) {
		var marks []string
		for _, v := range values {
			args = append(args, v)
			marks = append(marks, fmt.Sprintf("$%d", len(args)))
		}
		where += " AND " + fmt.Sprintf(condition, strings.Join(marks, ","))
	}
	if len(f.Statuses) > 0 {
		add("status IN (%s)", anys(f.Statuses, func(s rollcall.CampaignStatus) any { return string(s) })...)
	}
	if len(f.Priorities) > 0 {
		add("priority IN (%s)", anys(f.Priorities, func(n int) any { return n })...)
	}
	if len(f.DialingModes) > 0 {
		add("dialing_mode IN (%s)", anys(f.DialingModes, func(m rollcall.DialingMode) any { return string(m) })...)
	}
	if !f.From.IsZero() {
		add("created_at >= %s", millis(f.From))
	}
	if !f.To.IsZero() {
		add("created_at < %s", millis(f.To))
	}
	return where, args
}

func anys[T any](values []T, of func(T) any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = of(v)
	}
	return out
}
