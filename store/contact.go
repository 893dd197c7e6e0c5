package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"rollcall"
	"rollcall/phone"
)

// contactColumns are the columns of a contact, in the order of insertion.args.
var contactColumns = []string{
	"account_key", "list_key", "seq", "phone", "copy", "phone_sent", "first_name", "last_name", "time_zone", "unique_id",
	"contact_priority", "extra", "created_at", "updated_at",
}

const selectContacts = `SELECT seq, phone, phone_sent, first_name, last_name, time_zone, unique_id, contact_priority, extra, created_at, updated_at
	FROM contacts WHERE account_key = $1 AND list_key = $2`

// AddContacts adds contacts to a list in one transaction, in their order. Where
// the list does not allow duplicates, a number that the list holds already, or
// that came earlier in the same call, is a duplicate and is left out. What it
// returns is durable.
func (s *Store) AddContacts(ctx context.Context, owner rollcall.Owner, listID string, contacts []rollcall.Contact, user string, now time.Time) (rollcall.Added, error) {
	result := rollcall.Added{Received: len(contacts)}
	err := s.write(ctx, func(t *tx) error {
		l, err := s.lockList(ctx, t, owner, listID)
		if err != nil {
			return err
		}
		rows := make([]insertion, len(contacts))
		for i := range contacts {
			rows[i].contact = &contacts[i]
		}
		if result.Added, err = s.insert(ctx, t, l, rows, now); err != nil {
			return err
		}
		result.Duplicates = result.Received - result.Added
		if result.Added == 0 {
			return nil // nothing changed: kept answers stay good
		}
		l.UpdatedBy, l.UpdatedAt = user, now
		if err := saveList(ctx, t, l); err != nil {
			return err
		}
		return bumpVersion(ctx, t, owner)
	})
	return result, err
}

// insertion is a contact on its way into a list.
type insertion struct {
	contact *rollcall.Contact
	seq     int64
	copy    int64
	added   bool // else it was a duplicate
}

// insert writes contacts into a locked list, and counts them into it. The
// caller saves the list.
func (s *Store) insert(ctx context.Context, t *tx, l *listRow, rows []insertion, now time.Time) (added int, err error) {
	for i := range rows {
		rows[i].seq = l.lastSeq + 1 + int64(i)
		rows[i].contact.CreatedAt, rows[i].contact.UpdatedAt = now, now
	}
	if err := s.dialect.insertContacts(ctx, t, l, rows, l.AllowDuplicates); err != nil {
		return 0, err
	}
	for i := range rows {
		if rows[i].added {
			added++
		}
	}
	l.lastSeq += int64(len(rows))
	l.TotalRecordCount += int64(added)
	return added, nil
}

func (r *insertion) args(l *listRow, into []any) []any {
	c := r.contact
	return append(into[:0], l.Owner.AccountKey, l.Key, r.seq, int64(c.Phone), r.copy,
		nullText(c.PhoneSent, c.PhoneSent != "" && c.PhoneSent != c.Phone.String()),
		nullText(c.FirstName.Value, c.FirstName.Given), nullText(c.LastName.Value, c.LastName.Given),
		nullText(c.TimeZone.Value, c.TimeZone.Given), nullText(c.UniqueID.Value, c.UniqueID.Given),
		nullText(c.ContactPriority.Value, c.ContactPriority.Given), nullText(c.Extra, c.Extra != ""),
		millis(c.CreatedAt), millis(c.UpdatedAt))
}

// insertContactsOneByOne is SQLite's way. Sorted by number, a large batch
// touches each page of the number index once; the table itself is filled at its
// end either way.
func insertContactsOneByOne(ctx context.Context, t *tx, l *listRow, rows []insertion, allowDuplicates bool) error {
	insert, err := t.PrepareContext(ctx, "INSERT INTO contacts ("+joinColumns(contactColumns)+") VALUES ("+placeholders(1, len(contactColumns))+") ON CONFLICT DO NOTHING")
	if err != nil {
		return err
	}
	defer insert.Close()
	args := make([]any, 0, len(contactColumns))
	for n, i := range byNumber(rows) {
		if n%cancelCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r := &rows[i]
		if r.added, err = insertOne(insert, r.args(l, args)); err != nil {
			return err
		}
		if r.added || !allowDuplicates {
			continue
		}
		r.copy = r.seq
		if r.added, err = insertOne(insert, r.args(l, args)); err != nil {
			return err
		}
	}
	return nil
}

// cancelCheck is after how many rows a loop of inserts looks whether it is to end.
const cancelCheck = 1000

// insertOne takes no context: for one that can end, the SQLite driver starts a
// goroutine with every statement, which costs as much as the row.
func insertOne(insert *sql.Stmt, args []any) (bool, error) {
	result, err := insert.ExecContext(context.Background(), args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// byNumber gives the rows' places in the order of their numbers; of the rows of
// one number the first comes first, so that it is the one that is added.
func byNumber(rows []insertion) []int32 {
	order := make([]int32, len(rows))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(rows[a].contact.Phone, rows[b].contact.Phone), cmp.Compare(a, b))
	})
	return order
}

// copyContacts is PostgreSQL's way: duplicates are settled first, which the lock
// on the list makes safe, and the rest goes straight into the table by COPY.
func copyContacts(ctx context.Context, t *tx, l *listRow, rows []insertion, allowDuplicates bool) error {
	numbers := make([]int64, len(rows))
	for i := range rows {
		numbers[i] = int64(rows[i].contact.Phone)
	}
	slices.Sort(numbers) // neighbours are on one page of the index
	known, err := knownNumbers(ctx, t.Tx, postgresNumbers, l.Owner.AccountKey, l.Key, numbers)
	if err != nil {
		return err
	}
	var good []*insertion
	for i := range rows {
		r := &rows[i]
		_, held := known[r.contact.Phone]
		if held && !allowDuplicates {
			continue
		}
		if held {
			r.copy = r.seq
		}
		known[r.contact.Phone] = struct{}{}
		r.added = true
		good = append(good, r)
	}
	args := make([]any, 0, len(contactColumns))
	return copyFrom(ctx, t, "contacts", contactColumns, pgx.CopyFromSlice(len(good), func(i int) ([]any, error) {
		return good[i].args(l, args), nil
	}))
}

// knownNumbers gives those of the numbers that a list holds.
func knownNumbers(ctx context.Context, t *sql.Tx, d numberList, account, list int64, numbers []int64) (map[phone.Number]struct{}, error) {
	if d.prepare != "" {
		if _, err := t.ExecContext(ctx, d.prepare); err != nil {
			return nil, err
		}
	}
	found, err := all(ctx, t, func(r *sql.Rows) (n phone.Number, err error) {
		err = r.Scan(&n)
		return n, err
	}, d.query, account, list, d.arg(numbers))
	if err != nil {
		return nil, err
	}
	known := make(map[phone.Number]struct{}, len(found)+len(numbers))
	for _, n := range found {
		known[n] = struct{}{}
	}
	return known, nil
}

// copyFrom streams rows into a table within the transaction.
func copyFrom(ctx context.Context, t *tx, table string, columns []string, rows pgx.CopyFromSource) error {
	return t.conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, rows)
		return err
	})
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
			owner.AccountKey, l.Key, page.After, page.Limit+1, page.Skip)
		return err
	})
	return contacts, list, err
}

func scanContact(r *sql.Rows) (c rollcall.Contact, err error) {
	var sent, first, last, zone, unique, priority, extra sql.NullString
	var created, updated int64
	if err := r.Scan(&c.Seq, &c.Phone, &sent, &first, &last, &zone, &unique, &priority, &extra, &created, &updated); err != nil {
		return c, err
	}
	c.PhoneSent = sent.String
	if !sent.Valid {
		c.PhoneSent = c.Phone.String()
	}
	c.FirstName, c.LastName, c.TimeZone = rollcall.Text{Value: first.String, Given: first.Valid}, rollcall.Text{Value: last.String, Given: last.Valid}, rollcall.Text{Value: zone.String, Given: zone.Valid}
	c.UniqueID, c.ContactPriority = rollcall.Text{Value: unique.String, Given: unique.Valid}, rollcall.Text{Value: priority.String, Given: priority.Valid}
	c.Extra, c.CreatedAt, c.UpdatedAt = extra.String, fromMillis(created), fromMillis(updated)
	return c, nil
}
