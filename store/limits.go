package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rollcall"
)

// Limits are the limits of every account.
func (s *Store) Limits() rollcall.Limits { return s.limits }

// LimitUses tells what is used of each limit: of those of an account by all its
// applications together, of that of a list by the owner's largest.
func (s *Store) LimitUses(ctx context.Context, owner rollcall.Owner, now time.Time) ([]rollcall.LimitUse, error) {
	var u rollcall.Usage
	err := s.read(ctx, func(t *sql.Tx) error {
		err := t.QueryRowContext(ctx, "SELECT COUNT(*), CAST(COALESCE(SUM(total_record_count), 0) AS BIGINT) FROM contact_lists WHERE account_key = $1", owner.AccountKey).
			Scan(&u.Lists, &u.Contacts)
		if err != nil {
			return err
		}
		if u.Calls, err = leasedContacts(ctx, t, owner.AccountKey, 0, now); err != nil {
			return err
		}
		// Not the account's largest: an app learns nothing of applications that it is
		// not registered for.
		err = t.QueryRowContext(ctx, `SELECT list_id, name, total_record_count FROM contact_lists WHERE account_key = $1 AND application_id = $2
			ORDER BY total_record_count DESC, list_key LIMIT 1`, owner.AccountKey, owner.ApplicationID).Scan(&u.LargestListID, &u.LargestListName, &u.LargestList)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.limits.Uses(u), nil
}

// checkLists refuses one more list where the account has all that it may have. The
// caller holds the account's row, which nextKey locks, so that lists are made one
// after another; for a dry run's forecast it need not.
func (s *Store) checkLists(ctx context.Context, t *tx, account int64) error {
	if s.limits.Lists == 0 {
		return nil
	}
	var have int64
	if err := t.QueryRowContext(ctx, "SELECT COUNT(*) FROM contact_lists WHERE account_key = $1", account).Scan(&have); err != nil {
		return err
	}
	return s.limits.CheckLists(have)
}

// checkContacts refuses contacts that are more than the limits allow. The list is
// locked and has so many without them.
//
// The limit of an account is exact: until the transaction ends, no other adds to
// any of its lists, and what others added before is in sight. That lock is taken
// late, after the contacts are written, and only where there is such a limit. It is
// not the account's row, which other transactions lock before a list.
func (s *Store) checkContacts(ctx context.Context, t *tx, l *listRow, have, adding int64) error {
	if s.limits.Contacts == 0 || adding <= 0 {
		return s.limits.CheckContacts(have, have, adding)
	}
	if s.dialect.lockTotal != "" {
		if _, err := t.ExecContext(ctx, s.dialect.lockTotal, l.Owner.AccountKey, "contacts"); err != nil {
			return err
		}
	}
	others, err := otherContacts(ctx, t, l.Owner.AccountKey, l.Key)
	if err != nil {
		return err
	}
	return s.limits.CheckContacts(have, others+have, adding)
}

// otherContacts is how many contacts an account has in all lists but one.
func otherContacts(ctx context.Context, t *tx, account, list int64) (n int64, err error) {
	err = t.QueryRowContext(ctx, "SELECT CAST(COALESCE(SUM(total_record_count), 0) AS BIGINT) FROM contact_lists WHERE account_key = $1 AND list_key <> $2", account, list).Scan(&n)
	return n, err
}

// forecast fails a dry run where the run that it stands for would fail, as things
// are at this moment.
func (s *Store) forecast(ctx context.Context, t *tx, im *rollcall.Import) error {
	if s.limits.ContactsPerList == 0 && s.limits.Contacts == 0 {
		return nil
	}
	var have int64
	if im.ListKey != 0 && im.Options.Mode != rollcall.ModeReplace {
		err := t.QueryRowContext(ctx, "SELECT total_record_count FROM contact_lists WHERE account_key = $1 AND list_key = $2", im.Owner.AccountKey, im.ListKey).Scan(&have)
		if errors.Is(err, sql.ErrNoRows) {
			return errListDeleted
		}
		if err != nil {
			return err
		}
	}
	others, err := otherContacts(ctx, t, im.Owner.AccountKey, im.ListKey)
	if err != nil {
		return err
	}
	return s.limits.CheckContacts(have, others+have, im.Counts.Added)
}
