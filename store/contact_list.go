package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"rollcall"
)

const selectLists = `SELECT list_key, list_id, name, description, list_type, source, status, mapping, columns, files, allow_duplicates,
	phone_rule, region, global_dnc, total_record_count, last_seq, contact_space, created_by, updated_by, created_at, updated_at
	FROM contact_lists WHERE account_key = $1 AND application_id = $2`

// listRow is a list and what only the store knows of it.
type listRow struct {
	rollcall.ContactList
	lastSeq int64
}

func scanList(r scanner, owner rollcall.Owner) (*listRow, error) {
	l := listRow{ContactList: rollcall.ContactList{Owner: owner}}
	var mapping, columns, files string
	var created, updated int64
	err := r.Scan(&l.Key, &l.ID, &l.Name, &l.Description, &l.Type, &l.Source, &l.Status, &mapping, &columns, &files, &l.AllowDuplicates,
		&l.PhoneRule, &l.Region, &l.GlobalDNC, &l.TotalRecordCount, &l.lastSeq, &l.ContactSpace, &l.CreatedBy, &l.UpdatedBy, &created, &updated)
	if err != nil {
		return nil, err
	}
	l.CreatedAt, l.UpdatedAt = fromMillis(created), fromMillis(updated)
	return &l, errors.Join(json.Unmarshal([]byte(mapping), &l.Mapping), json.Unmarshal([]byte(columns), &l.Columns), json.Unmarshal([]byte(files), &l.Files))
}

// CreateContactList makes a list. It fills in Key. A name that is taken in the
// application, whatever its case, is a conflict.
func (s *Store) CreateContactList(ctx context.Context, l *rollcall.ContactList) error {
	return s.write(ctx, func(t *tx) error {
		if err := createList(ctx, t, &listRow{ContactList: *l}, &l.Key); err != nil {
			return err
		}
		return bumpVersion(ctx, t, l.Owner)
	})
}

func createList(ctx context.Context, t *tx, l *listRow, key *int64) (err error) {
	if err := l.Validate(); err != nil {
		return err
	}
	if *key, err = nextKey(ctx, t, l.Owner.AccountKey); err != nil {
		return err
	}
	l.Key = *key
	_, err = t.ExecContext(ctx, `INSERT INTO contact_lists (account_key, list_key, list_id, application_id, name, name_key, description, list_type,
		source, status, mapping, columns, files, allow_duplicates, phone_rule, region, global_dnc, total_record_count, last_seq, contact_space,
		created_by, updated_by, created_at, updated_at) VALUES (`+placeholders(1, 24)+`)`,
		l.Owner.AccountKey, l.Key, l.ID, l.Owner.ApplicationID, l.Name, rollcall.NameKey(l.Name), l.Description, l.Type,
		l.Source, l.Status, toJSON(l.Mapping), toJSON(l.Columns), toJSON(l.Files), l.AllowDuplicates, l.PhoneRule, l.Region, l.GlobalDNC,
		l.TotalRecordCount, l.lastSeq, l.ContactSpace, l.CreatedBy, l.UpdatedBy, millis(l.CreatedAt), millis(l.UpdatedAt))
	return nameTaken(err, l.Name)
}

func nameTaken(err error, name string) error {
	if isUniqueViolation(err) {
		e := rollcall.Conflict(rollcall.ReasonNameTaken, "A contact list named "+name+" exists already; names are the same whatever their case.")
		e.Field = "name"
		return e
	}
	return err
}

// nextKey gives the next number of an account, for a list, an import or a
// campaign. No number is given twice.
func nextKey(ctx context.Context, t *tx, account int64) (key int64, err error) {
	err = t.QueryRowContext(ctx, "UPDATE accounts SET last_key = last_key + 1 WHERE account_key = $1 RETURNING last_key", account).Scan(&key)
	return key, err
}

// bumpVersion makes every kept answer about the application's lists stale. It is
// the last statement of a transaction, so that its lock is held least.
func bumpVersion(ctx context.Context, t *tx, o rollcall.Owner) error {
	_, err := t.ExecContext(ctx, "UPDATE applications SET version = version + 1 WHERE account_key = $1 AND application_id = $2", o.AccountKey, o.ApplicationID)
	return err
}

// ContactList gives one list with the campaigns that name it.
func (s *Store) ContactList(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.ContactList, error) {
	return s.oneList(ctx, owner, " AND list_id = $3", id, "There is no contact list with this id.")
}

// ContactListByName gives one list by its name, whatever its case.
func (s *Store) ContactListByName(ctx context.Context, owner rollcall.Owner, name string) (*rollcall.ContactList, error) {
	return s.oneList(ctx, owner, " AND name_key = $3", rollcall.NameKey(name), "There is no contact list named "+name+".")
}

func (s *Store) oneList(ctx context.Context, owner rollcall.Owner, where, value, missing string) (*rollcall.ContactList, error) {
	var l *listRow
	err := s.read(ctx, func(t *sql.Tx) (err error) {
		l, err = loadList(ctx, t, owner, where, value, missing)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &l.ContactList, nil
}

func loadList(ctx context.Context, q queryer, owner rollcall.Owner, where string, value any, missing string) (*listRow, error) {
	l, err := scanList(q.QueryRowContext(ctx, selectLists+where, owner.AccountKey, owner.ApplicationID, value), owner)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, rollcall.NotFound(missing)
	}
	if err != nil {
		return nil, err
	}
	refs, err := campaignRefs(ctx, q, owner, l.Key)
	l.Campaigns = refs[l.Key]
	return l, err
}

// lockList loads a list for a change: nobody else changes it or its contacts
// until the transaction ends.
func (s *Store) lockList(ctx context.Context, t *tx, owner rollcall.Owner, id string) (*listRow, error) {
	return loadList(ctx, t, owner, " AND list_id = $3"+s.dialect.forUpdate, id, "There is no contact list with this id.")
}

// ContactLists gives the lists of an application, newest updatedAt first, and
// the version of the application that they belong to. An empty type gives all.
func (s *Store) ContactLists(ctx context.Context, owner rollcall.Owner, typ rollcall.ListType) (lists []*rollcall.ContactList, version int64, err error) {
	err = s.read(ctx, func(t *sql.Tx) error {
		err := t.QueryRowContext(ctx, "SELECT version FROM applications WHERE account_key = $1 AND application_id = $2",
			owner.AccountKey, owner.ApplicationID).Scan(&version)
		if err != nil {
			return err
		}
		refs, err := campaignRefs(ctx, t, owner, 0)
		if err != nil {
			return err
		}
		lists, err = all(ctx, t, func(r *sql.Rows) (*rollcall.ContactList, error) {
			l, err := scanList(r, owner)
			if err != nil {
				return nil, err
			}
			l.Campaigns = refs[l.Key]
			return &l.ContactList, nil
		}, selectLists+" AND ($3 = '' OR list_type = $3) ORDER BY updated_at DESC, list_id", owner.AccountKey, owner.ApplicationID, typ)
		return err
	})
	return lists, version, err
}

// UpdateContactList changes a list under a rule.
func (s *Store) UpdateContactList(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.ContactList) error) (*rollcall.ContactList, error) {
	var l *listRow
	err := s.write(ctx, func(t *tx) (err error) {
		if l, err = s.lockList(ctx, t, owner, id); err != nil {
			return err
		}
		if err := rule(&l.ContactList); err != nil {
			return err
		}
		if err := saveList(ctx, t, l); err != nil {
			return err
		}
		return bumpVersion(ctx, t, owner)
	})
	if err != nil {
		return nil, err
	}
	return &l.ContactList, nil
}

func saveList(ctx context.Context, t *tx, l *listRow) error {
	_, err := t.ExecContext(ctx, `UPDATE contact_lists SET name = $3, name_key = $4, description = $5, status = $6, mapping = $7, columns = $8,
		files = $9, allow_duplicates = $10, phone_rule = $11, region = $12, total_record_count = $13, last_seq = $14, updated_by = $15, updated_at = $16
		WHERE account_key = $1 AND list_key = $2`,
		l.Owner.AccountKey, l.Key, l.Name, rollcall.NameKey(l.Name), l.Description, l.Status, toJSON(l.Mapping), toJSON(l.Columns),
		toJSON(l.Files), l.AllowDuplicates, l.PhoneRule, l.Region, l.TotalRecordCount, l.lastSeq, l.UpdatedBy, millis(l.UpdatedAt))
	return nameTaken(err, l.Name)
}

// DeleteContactList deletes a list and gives it as it was. Its contacts are
// unreachable at once, and removed by Purge.
func (s *Store) DeleteContactList(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.ContactList, error) {
	var l *listRow
	err := s.write(ctx, func(t *tx) (err error) {
		if l, err = s.lockList(ctx, t, owner, id); err != nil {
			return err
		}
		if err := l.CheckDelete(); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, "INSERT INTO purges (account_key, list_key) VALUES ($1, $2)", owner.AccountKey, l.Key); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, "DELETE FROM contact_lists WHERE account_key = $1 AND list_key = $2", owner.AccountKey, l.Key); err != nil {
			return err
		}
		return bumpVersion(ctx, t, owner)
	})
	if err != nil {
		return nil, err
	}
	return &l.ContactList, nil
}

// CountMismatch is a list whose kept count is not the number of its contacts.
type CountMismatch struct {
	ListID        string
	Kept, Counted int64
}

// CheckCounts counts the contacts of every list. It reads every contact.
func (s *Store) CheckCounts(ctx context.Context) ([]CountMismatch, error) {
	return all(ctx, s.reader, func(r *sql.Rows) (m CountMismatch, err error) {
		err = r.Scan(&m.ListID, &m.Kept, &m.Counted)
		return m, err
	}, `SELECT list_id, total_record_count, counted FROM (SELECT l.list_id, l.total_record_count,
		(SELECT COUNT(*) FROM contacts c WHERE c.account_key = l.account_key AND c.list_key = l.list_key) AS counted
		FROM contact_lists l) checked WHERE counted <> total_record_count ORDER BY list_id`)
}

// purgeChunk is how many contacts one transaction removes: some tens of
// milliseconds, so that writers behind it do not notice.
const purgeChunk = 10_000

// Purge removes what is no longer reachable: a chunk of the contacts of deleted
// lists, and the ids of tokens that have expired. It tells whether more is left.
func (s *Store) Purge(ctx context.Context, now time.Time) (more bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, "DELETE FROM token_ids WHERE expires_at < $1", millis(now)); err != nil {
			return err
		}
		var account, list int64
		err := t.QueryRowContext(ctx, "SELECT account_key, list_key FROM purges ORDER BY account_key, list_key LIMIT 1").Scan(&account, &list)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		more = true
		return purgeList(ctx, t, account, list)
	})
	return more, err
}

func purgeList(ctx context.Context, t *tx, account, list int64) error {
	// The last of the chunk is looked up first: PostgreSQL plans a DELETE with
	// IN (… LIMIT) on a fresh table as a scan for each row.
	var last sql.NullInt64
	err := t.QueryRowContext(ctx, `SELECT MAX(seq) FROM (SELECT seq FROM contacts WHERE account_key = $1 AND list_key = $2 ORDER BY seq LIMIT $3) chunk`,
		account, list, purgeChunk).Scan(&last)
	if err != nil {
		return err
	}
	if last.Valid {
		_, err := t.ExecContext(ctx, "DELETE FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq <= $3", account, list, last.Int64)
		return err
	}
	for _, q := range []string{
		"DELETE FROM import_rejects WHERE account_key = $1 AND import_key IN (SELECT import_key FROM imports WHERE account_key = $1 AND list_key = $2)",
		"DELETE FROM imports WHERE account_key = $1 AND list_key = $2",
		"DELETE FROM purges WHERE account_key = $1 AND list_key = $2",
	} {
		if _, err := t.ExecContext(ctx, q, account, list); err != nil {
			return err
		}
	}
	return nil
}
