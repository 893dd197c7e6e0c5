package store

import (
	"context"
	"database/sql"
	"time"

	"rollcall"
	"rollcall/phone"
)

// contactColumns are the columns of a contact, in the order of insertion.appendTo.
var contactColumns = []string{
	"account_key", "list_key", "seq", "phone", "copy", "phone_sent", "first_name", "last_name", "time_zone", "unique_id",
	"contact_priority", "extra", "expires_at", "entered_by", "created_at", "updated_at",
}

const selectContacts = `SELECT seq, phone, phone_sent, first_name, last_name, time_zone, unique_id, contact_priority, extra, created_at, updated_at, revision, entered_by
	FROM contacts WHERE account_key = $1 AND list_key = $2`

// AddContacts adds contacts to a list in one transaction, in their order. Where
// the list does not allow duplicates, a number that the list holds already, or
// that came earlier in the same call, is a duplicate and is left out. So is a number
// whose person was erased. What it
// returns is durable. Where the rest is more than the account's limits allow, none
// is added.
func (s *Store) AddContacts(ctx context.Context, owner rollcall.Owner, listID string, contacts []rollcall.Contact, user string, now time.Time) (rollcall.Added, error) {
	result := rollcall.Added{Received: len(contacts)}
	err := s.write(ctx, func(t *tx) error {
		l, err := s.lockList(ctx, t, owner, listID)
		if err != nil {
			return err
		}
		welcome, err := s.leaveErased(ctx, t, l, contacts, &result)
		if err != nil {
			return err
		}
		if l.Type == rollcall.ListDNC {
			return s.addEntries(ctx, t, l, welcome, &result, user, now)
		}
		rows, contacts := make([]insertion, len(welcome)), welcome
		for i := range contacts {
			rows[i].contact, rows[i].seq = &contacts[i], l.lastSeq+1+int64(i)
		}
		l.lastSeq += int64(len(rows))
		if result.Added, err = s.insert(ctx, t, l, rows, l.AllowDuplicates, now); err != nil {
			return err
		}
		result.Duplicates = len(contacts) - result.Added
		if result.Added == 0 {
			return nil // nothing changed: kept answers stay good
		}
		l.UpdatedBy, l.UpdatedAt = user, now
		if err := saveList(ctx, t, l); err != nil {
			return err
		}
		bumpVersion(t, owner)
		return nil
	})
	return result, err
}

// insertion is a contact on its way into a list.
type insertion struct {
	contact *rollcall.Contact
	seq     int64 // the caller's choice, above all that were given before
	copy    int64
	added   bool  // else it was a duplicate
	dup     int64 // of one that was not added: the sequence number of the contact that has the number, in the list or earlier in the block
}

// keepsSpelling tells whether the number's spelling is stored: where it is not + and
// the digits, which can be made again.
func (r *insertion) keepsSpelling() bool {
	c := r.contact
	if c.PhoneSent == "" {
		return false
	}
	var digits [20]byte
	return string(c.Phone.AppendTo(digits[:0])) != c.PhoneSent
}

// args are a contact's columns in the order of contactColumns, for statements that
// are no bulk.
func (r *insertion) args(l *listRow) []any {
	c := r.contact
	return []any{
		l.Owner.AccountKey, l.contentKey, r.seq, int64(c.Phone), r.copy, nullText(c.PhoneSent, r.keepsSpelling()),
		nullText(c.FirstName.Value, c.FirstName.Given), nullText(c.LastName.Value, c.LastName.Given),
		nullText(c.TimeZone.Value, c.TimeZone.Given), nullText(c.UniqueID.Value, c.UniqueID.Given),
		nullText(c.ContactPriority.Value, c.ContactPriority.Given), nullText(c.Extra, c.Extra != ""),
		r.expires(l), nullText(c.EnteredBy, c.EnteredBy != ""), millis(c.CreatedAt), millis(c.UpdatedAt),
	}
}

// expires is when an entry of a DNC list ends; NULL for ever, and of contacts of
// other lists, whatever their fields are called.
func (r *insertion) expires(l *listRow) (ms sql.NullInt64) {
	if l.Type == rollcall.ListDNC {
		if at, ends := r.contact.Expires(); ends {
			ms = sql.NullInt64{Int64: millis(at), Valid: true}
		}
	}
	return ms
}

// nullText is NULL for what was not given.
func nullText(s string, given bool) sql.NullString { return sql.NullString{String: s, Valid: given} }

// insert writes contacts into a locked list, and counts them into it. The
// caller saves the list. Where they are more than the account's limits allow it
// fails, and the caller gives its transaction up.
func (s *Store) insert(ctx context.Context, t *tx, l *listRow, rows []insertion, allowDuplicates bool, now time.Time) (added int, err error) {
	for i := range rows {
		rows[i].contact.CreatedAt, rows[i].contact.UpdatedAt, rows[i].contact.Revision = now, now, 1
		rows[i].contact.EnteredBy = l.enteredBy()
	}
	if err := s.dialect.insertContacts(ctx, t, l, rows, allowDuplicates); err != nil {
		return 0, err
	}
	var ids []insertion
	for i := range rows {
		if !rows[i].added {
			continue
		}
		added++
		l.hasCopies = l.hasCopies || rows[i].copy != 0
		if l.idsIndexed && rows[i].contact.UniqueID.Value != "" {
			ids = append(ids, rows[i])
		}
	}
	if err := s.checkContacts(ctx, t, l, l.TotalRecordCount, int64(added)); err != nil {
		return 0, err
	}
	l.TotalRecordCount += int64(added)
	return added, insertIDs(ctx, t, l, ids)
}

// insertIDs keeps the own ids of new contacts where they can be looked up.
func insertIDs(ctx context.Context, t *tx, l *listRow, rows []insertion) error {
	if len(rows) == 0 {
		return nil
	}
	insert, err := t.PrepareContext(ctx, "INSERT INTO contact_unique_ids (account_key, content_key, unique_id, seq) VALUES ($1, $2, $3, $4)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for i := range rows {
		if _, err := insert.ExecContext(ctx, l.Owner.AccountKey, l.contentKey, rows[i].contact.UniqueID.Value, rows[i].seq); err != nil {
			return err
		}
	}
	return nil
}

// knownNumbers gives those of the numbers that a list's contents hold, each with the
// sequence number of the contact that holds it. The map has room for some more.
func knownNumbers(ctx context.Context, t *sql.Tx, d numberList, account, content int64, numbers []int64, room int) (map[phone.Number]int64, error) {
	holders := make(map[phone.Number]int64, room)
	if d.prepare != "" {
		if _, err := t.ExecContext(ctx, d.prepare); err != nil {
			return nil, err
		}
	}
	if len(numbers) == 0 {
		return holders, nil
	}
	rows, err := t.QueryContext(ctx, d.query, account, content, d.arg(numbers))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var n phone.Number
	var seq int64
	for rows.Next() {
		if err := rows.Scan(&n, &seq); err != nil {
			return nil, err
		}
		holders[n] = seq
	}
	return holders, rows.Err()
}

// Contacts gives a page of a list's contacts in the order in which they were
// added, one more than asked for where there is one, and the list.
func (s *Store) Contacts(ctx context.Context, owner rollcall.Owner, listID string, page rollcall.ContactPage) (contacts []rollcall.Contact, list *rollcall.ContactList, err error) {
	err = s.read(ctx, func(t *sql.Tx) error {
		l, err := loadList(ctx, t, owner, " AND list_id = $3", listID, "There is no contact list with this id.")
		if err != nil {
			return err
		}
		list = &l.ContactList
		contacts, err = all(ctx, t, scanContact, selectContacts+" AND seq > $3 ORDER BY seq LIMIT $4 OFFSET $5",
			owner.AccountKey, l.contentKey, page.After, page.Limit+1, page.Skip)
		return err
	})
	return contacts, list, err
}

func scanContact(r *sql.Rows) (c rollcall.Contact, err error) {
	var sent, first, last, zone, unique, priority, extra, by sql.NullString
	var created, updated int64
	if err := r.Scan(&c.Seq, &c.Phone, &sent, &first, &last, &zone, &unique, &priority, &extra, &created, &updated, &c.Revision, &by); err != nil {
		return c, err
	}
	c.PhoneSent = sent.String
	if !sent.Valid {
		c.PhoneSent = c.Phone.String()
	}
	c.FirstName, c.LastName, c.TimeZone = rollcall.Text{Value: first.String, Given: first.Valid}, rollcall.Text{Value: last.String, Given: last.Valid}, rollcall.Text{Value: zone.String, Given: zone.Valid}
	c.UniqueID, c.ContactPriority = rollcall.Text{Value: unique.String, Given: unique.Valid}, rollcall.Text{Value: priority.String, Given: priority.Valid}
	c.EnteredBy = by.String
	c.Extra, c.CreatedAt, c.UpdatedAt = extra.String, fromMillis(created), fromMillis(updated)
	return c, nil
}
