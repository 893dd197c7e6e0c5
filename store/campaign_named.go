package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall"
)

// resolve finds what a campaign names, and fills in keys, ids and present names. The
// lists stay locked until the transaction ends, in the order of their keys: a
// deletion of one waits, and then sees the campaign.
func (s *Store) resolve(ctx context.Context, t *tx, c *rollcall.Campaign) error {
	var errs []error
	named := make([]*rollcall.Named, 0, len(c.ContactLists)+1)
	for i := range c.ContactLists {
		named = append(named, &c.ContactLists[i])
	}
	if c.DNCList != (rollcall.Named{}) {
		named = append(named, &c.DNCList)
	}
	for _, n := range named {
		field, typ := "contactLists", rollcall.ListCall
		if n == &c.DNCList {
			field, typ = "dncLists.name", rollcall.ListDNC
		}
		errs = append(errs, findList(ctx, t, c.Owner, n, field, typ))
	}
	errs = append(errs,
		s.findEntry(ctx, t, c.Owner, &c.Plan.Flow, "experienceFlowName", rollcall.KindFlow),
		s.findEntry(ctx, t, c.Owner, &c.Plan.Queue, "queue_name", rollcall.KindQueue),
		s.findEntry(ctx, t, c.Owner, &c.Plan.Template, "message.template_name", rollcall.KindTemplate))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	slices.SortFunc(named, func(a, b *rollcall.Named) int { return cmp.Compare(a.Key, b.Key) })
	for _, n := range named {
		var there int64
		err := t.QueryRowContext(ctx, "SELECT list_key FROM contact_lists WHERE account_key = $1 AND list_key = $2"+s.dialect.forUpdate, c.Owner.AccountKey, n.Key).Scan(&there)
		if errors.Is(err, sql.ErrNoRows) {
			return rollcall.Invalid("contactLists", "The list "+n.Name+" was just deleted.")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// findList finds a list of a type by id, or by name.
func findList(ctx context.Context, q queryer, owner rollcall.Owner, n *rollcall.Named, field string, typ rollcall.ListType) error {
	column, value := "list_id", n.ID
	if n.ID == "" {
		column, value = "name_key", rollcall.NameKey(n.Name)
	}
	var found rollcall.ListType
	err := q.QueryRowContext(ctx, "SELECT list_key, list_id, name, list_type FROM contact_lists WHERE account_key = $1 AND application_id = $2 AND "+column+" = $3",
		owner.AccountKey, owner.ApplicationID, value).Scan(&n.Key, &n.ID, &n.Name, &found)
	switch {
	case errors.Is(err, sql.ErrNoRows) && typ == rollcall.ListDNC:
		return rollcall.Invalid(field, "There is no DNC list named "+n.Name+".")
	case errors.Is(err, sql.ErrNoRows):
		return rollcall.Invalid(field, "There is no contact list named "+n.Name+".")
	case err != nil:
		return err
	case found != typ:
		return rollcall.Invalid(field, fmt.Sprintf("The list %s is of the type %s; name one of the type %s.", n.Name, found, typ))
	}
	return nil
}

// findEntry finds a flow, queue or template, and keeps it from being deleted until the
// campaign is saved; one that has no name is none.
func (s *Store) findEntry(ctx context.Context, q queryer, owner rollcall.Owner, n *rollcall.Named, field string, kind rollcall.RegistryKind) error {
	if n.Name == "" {
		*n = rollcall.Named{}
		return nil
	}
	err := q.QueryRowContext(ctx, "SELECT entry_id, name FROM registry WHERE account_key = $1 AND application_id = $2 AND kind = $3 AND name_key = $4"+s.dialect.forShare,
		owner.AccountKey, owner.ApplicationID, string(kind), rollcall.NameKey(n.Name)).Scan(&n.ID, &n.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return rollcall.Invalid(field, fmt.Sprintf("There is no %s named %s.", kind.Noun(), n.Name))
	}
	return err
}

// loadNamed fills in the lists of campaigns, with their present names.
func loadNamed(ctx context.Context, q queryer, owner rollcall.Owner, campaigns []*rollcall.Campaign) error {
	if len(campaigns) == 0 {
		return nil
	}
	byKey, args := map[int64]*rollcall.Campaign{}, []any{owner.AccountKey}
	var keys, dnc strings.Builder
	for _, c := range campaigns {
		byKey[c.Key] = c
		args = append(args, c.Key)
		fmt.Fprintf(&keys, "$%d,", len(args))
		if c.DNCList.Key != 0 {
			fmt.Fprintf(&dnc, "%d,", c.DNCList.Key)
		}
	}
	type row struct {
		campaign int64
		list     rollcall.Named
	}
	rows, err := all(ctx, q, func(r *sql.Rows) (v row, err error) {
		err = r.Scan(&v.campaign, &v.list.Key, &v.list.ID, &v.list.Name)
		return v, err
	}, `SELECT cl.campaign_key, l.list_key, l.list_id, l.name FROM campaign_contact_lists cl
		JOIN contact_lists l ON l.account_key = cl.account_key AND l.list_key = cl.list_key
		WHERE cl.account_key = $1 AND cl.campaign_key IN (`+strings.TrimSuffix(keys.String(), ",")+`) ORDER BY cl.campaign_key, cl.position, cl.list_key`, args...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		byKey[r.campaign].ContactLists = append(byKey[r.campaign].ContactLists, r.list)
	}
	if dnc.Len() == 0 {
		return nil
	}
	lists, err := all(ctx, q, func(r *sql.Rows) (n rollcall.Named, err error) { err = r.Scan(&n.Key, &n.ID, &n.Name); return n, err },
		"SELECT list_key, list_id, name FROM contact_lists WHERE account_key = $1 AND list_key IN ("+strings.TrimSuffix(dnc.String(), ",")+")", owner.AccountKey)
	for _, c := range campaigns {
		if i := slices.IndexFunc(lists, func(n rollcall.Named) bool { return n.Key == c.DNCList.Key }); i >= 0 {
			c.DNCList = lists[i]
		}
	}
	return err
}
