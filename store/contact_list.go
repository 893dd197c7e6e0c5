package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"rollcall"
)

const selectAnyList = `SELECT list_key, list_id, name, description, list_type, source, status, mapping, columns, files, allow_duplicates,
	phone_rule, region, global_dnc, total_record_count, last_seq, contact_space, created_by, updated_by, created_at, updated_at,
	content_key, has_copies, ids_indexed FROM contact_lists`

const selectLists = selectAnyList + " WHERE account_key = $1 AND application_id = $2"

// listRow is a list and what only the store knows of it.
type listRow struct {
	rollcall.ContactList
	lastSeq    int64
	contentKey int64 // what its contacts stand under
	hasCopies  bool  // a number may stand in it twice
	idsIndexed bool  // contact_unique_ids holds its contacts' own ids

	// actor is who the changes of a transaction count as done by: u-…. Entries of DNC
	// lists are remembered with it.
	actor string
}

// enteredBy is who an entry that is written now was entered by; empty in a list of
// people to call, which does not keep it.
func (l *listRow) enteredBy() string {
	if l.Type == rollcall.ListDNC {
		return l.actor
	}
	return ""
}

func scanList(r scanner, owner rollcall.Owner) (*listRow, error) {
	l := listRow{ContactList: rollcall.ContactList{Owner: owner}}
	var mapping, columns, files string
	var created, updated int64
	err := r.Scan(&l.Key, &l.ID, &l.Name, &l.Description, &l.Type, &l.Source, &l.Status, &mapping, &columns, &files, &l.AllowDuplicates,
		&l.PhoneRule, &l.Region, &l.GlobalDNC, &l.TotalRecordCount, &l.lastSeq, &l.ContactSpace, &l.CreatedBy, &l.UpdatedBy, &created, &updated,
		&l.contentKey, &l.hasCopies, &l.idsIndexed)
	if err != nil {
		return nil, err
	}
	l.CreatedAt, l.UpdatedAt = fromMillis(created), fromMillis(updated)
	return &l, errors.Join(json.Unmarshal([]byte(mapping), &l.Mapping), json.Unmarshal([]byte(columns), &l.Columns), json.Unmarshal([]byte(files), &l.Files))
}

// CreateContactList makes a list. It fills in Key. A name that is taken in the
// application, whatever its case, is a conflict, and so is one list more than the
// account may have.
func (s *Store) CreateContactList(ctx context.Context, l *rollcall.ContactList) error {
	return s.write(ctx, func(t *tx) error {
		row := &listRow{ContactList: *l}
		if err := s.createList(ctx, t, row); err != nil {
			return err
		}
		l.Key = row.Key
		bumpVersion(t, l.Owner)
		return nil
	})
}

func (s *Store) createList(ctx context.Context, t *tx, l *listRow) (err error) {
	if err := l.Validate(); err != nil {
		return err
	}
	if l.Key, err = nextKey(ctx, t, l.Owner.AccountKey); err != nil {
		return err
	}
	if err := s.checkLists(ctx, t, l.Owner.AccountKey); err != nil {
		return err
	}
	l.contentKey = l.Key
	_, err = t.ExecContext(ctx, `INSERT INTO contact_lists (account_key, list_key, list_id, application_id, name, name_key, description, list_type,
		source, status, mapping, columns, files, allow_duplicates, phone_rule, region, global_dnc, total_record_count, last_seq, contact_space,
		created_by, updated_by, created_at, updated_at, content_key, has_copies, ids_indexed) VALUES (`+placeholders(1, 27)+`)`,
		l.Owner.AccountKey, l.Key, l.ID, l.Owner.ApplicationID, l.Name, rollcall.NameKey(l.Name), l.Description, l.Type,
		l.Source, l.Status, toJSON(l.Mapping), toJSON(l.Columns), toJSON(l.Files), l.AllowDuplicates, l.PhoneRule, l.Region, l.GlobalDNC,
		l.TotalRecordCount, l.lastSeq, l.ContactSpace, l.CreatedBy, l.UpdatedBy, millis(l.CreatedAt), millis(l.UpdatedAt),
		l.contentKey, l.hasCopies, l.idsIndexed)
	return nameTaken(err, l.Name)
}

func nameTaken(err error, name string) error {
	if isUniqueViolation(err) {
		return errNameTaken(name)
	}
	return err
}

func errNameTaken(name string) error {
	e := rollcall.Conflict(rollcall.ReasonNameTaken, "A contact list named "+name+" exists already; names are the same whatever their case.")
	e.Field = "name"
	return e
}

// checkName refuses the name of another list of the application, without writing.
func checkName(ctx context.Context, q queryer, l *rollcall.ContactList) error {
	var taken bool
	err := q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM contact_lists WHERE account_key = $1 AND application_id = $2 AND name_key = $3)",
		l.Owner.AccountKey, l.Owner.ApplicationID, rollcall.NameKey(l.Name)).Scan(&taken)
	if err == nil && taken {
		return errNameTaken(l.Name)
	}
	return err
}

// nextKey gives the next number of an account, for a list, an import or a
// campaign. No number is given twice. It locks the account, which every transaction
// does before it locks a list: else two could wait for each other.
func nextKey(ctx context.Context, t *tx, account int64) (key int64, err error) {
	err = t.QueryRowContext(ctx, "UPDATE accounts SET last_key = last_key + 1 WHERE account_key = $1 RETURNING last_key", account).Scan(&key)
	return key, err
}

// bumpVersion makes every kept answer about the application's lists stale, once the
// transaction commits. It does so by the last statements of the transaction, so that
// their locks are held least, and nobody waits for another lock while he has them.
func bumpVersion(t *tx, o rollcall.Owner) {
	if owner := (rollcall.Owner{AccountKey: o.AccountKey, ApplicationID: o.ApplicationID}); !slices.Contains(t.stale, owner) {
		t.stale = append(t.stale, owner)
	}
}

// bumpVersions is what bumpVersion asked for, in one order for all transactions.
func bumpVersions(ctx context.Context, t *tx) error {
	slices.SortFunc(t.stale, func(a, b rollcall.Owner) int {
		return cmp.Or(cmp.Compare(a.AccountKey, b.AccountKey), cmp.Compare(a.ApplicationID, b.ApplicationID))
	})
	for _, o := range t.stale {
		_, err := t.ExecContext(ctx, "UPDATE applications SET version = version + 1 WHERE account_key = $1 AND application_id = $2", o.AccountKey, o.ApplicationID)
		if err != nil {
			return err
		}
	}
	return nil
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
		wasGlobal := l.GlobalDNC
		if err := rule(&l.ContactList); err != nil {
			return err
		}
		if err := saveList(ctx, t, l); err != nil {
			return err
		}
		if l.GlobalDNC != wasGlobal {
			if err := rememberScope(ctx, t, l, wasGlobal, l.UpdatedAt); err != nil {
				return err
			}
		}
		if l.GlobalDNC { // since now, it may be
			if err := s.entriesCame(ctx, t, l, l.UpdatedAt); err != nil {
				return err
			}
		}
		bumpVersion(t, owner)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &l.ContactList, nil
}

func saveList(ctx context.Context, t *tx, l *listRow) error {
	_, err := t.ExecContext(ctx, `UPDATE contact_lists SET name = $3, name_key = $4, description = $5, status = $6, mapping = $7, columns = $8,
		files = $9, allow_duplicates = $10, global_dnc = $20, phone_rule = $11, region = $12, total_record_count = $13, last_seq = $14, updated_by = $15, updated_at = $16,
		content_key = $17, has_copies = $18, ids_indexed = $19
		WHERE account_key = $1 AND list_key = $2`,
		l.Owner.AccountKey, l.Key, l.Name, rollcall.NameKey(l.Name), l.Description, l.Status, toJSON(l.Mapping), toJSON(l.Columns),
		toJSON(l.Files), l.AllowDuplicates, l.PhoneRule, l.Region, l.TotalRecordCount, l.lastSeq, l.UpdatedBy, millis(l.UpdatedAt),
		l.contentKey, l.hasCopies, l.idsIndexed, l.GlobalDNC)
	return nameTaken(err, l.Name)
}

// DeleteContactList deletes a list and gives it as it was. Its contacts are
// unreachable at once, and removed by Purge.
func (s *Store) DeleteContactList(ctx context.Context, owner rollcall.Owner, id, user string, now time.Time) (*rollcall.ContactList, error) {
	var l *listRow
	err := s.write(ctx, func(t *tx) (err error) {
		if l, err = s.lockList(ctx, t, owner, id); err != nil {
			return err
		}
		if err := l.CheckDelete(); err != nil {
			return err
		}
		l.actor = user
		if err := rememberAll(ctx, t, l, now); err != nil {
			return err
		}
		if err := purgeLater(ctx, t, owner.AccountKey, l.Key, l.contentKey); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, "DELETE FROM contact_lists WHERE account_key = $1 AND list_key = $2", owner.AccountKey, l.Key); err != nil {
			return err
		}
		bumpVersion(t, owner)
		return nil
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

// CheckCounts counts the contacts of every list, and those that are found by their
// numbers. It reads every contact.
func (s *Store) CheckCounts(ctx context.Context) ([]CountMismatch, error) {
	const ofList = " WHERE c.account_key = l.account_key AND c.list_key = l.content_key)"
	counted := "(SELECT COUNT(*) FROM contacts c" + ofList
	numbered, found := "(SELECT COUNT(*) FROM "+s.dialect.numbered+" c"+ofList, counted
	if s.dialect == sqliteDialect {
		found = "(SELECT COUNT(*) FROM contact_numbers c CROSS JOIN contacts x ON x.account_key = c.account_key AND x.list_key = c.list_key AND x.seq = c.seq AND x.phone = c.phone AND x.copy = c.copy" + ofList
	}
	return all(ctx, s.reader, func(r *sql.Rows) (m CountMismatch, err error) {
		var numbered, found int64
		err = r.Scan(&m.ListID, &m.Kept, &m.Counted, &numbered, &found)
		if m.Counted == m.Kept { // then it is the numbers that are wrong
			if m.Counted = numbered; numbered == m.Kept {
				m.Counted = found
			}
		}
		return m, err
	}, `SELECT list_id, total_record_count, counted, numbered, found FROM (SELECT l.list_id, l.total_record_count, `+counted+` AS counted, `+numbered+` AS numbered, `+found+` AS found
		FROM contact_lists l) checked WHERE counted <> total_record_count OR numbered <> total_record_count OR found <> total_record_count ORDER BY list_id`)
}
