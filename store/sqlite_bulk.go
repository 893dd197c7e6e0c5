package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"zombiezen.com/go/sqlite"

	"rollcall"
	"rollcall/phone"
)

// cancelCheck is after how many rows a loop of inserts looks whether it is to end.
const cancelCheck = 1000

// inSQLite gives fn the engine's connection within the transaction.
func inSQLite(ctx context.Context, t *tx, fn func(*sqliteConn) error) error {
	return t.native(ctx, func(driver any) error {
		c := driver.(*sqliteConn)
		if c.native.AutocommitEnabled() {
			return sql.ErrTxDone
		}
		return fn(c)
	})
}

// place is a row's number and where the row stands. Sorted by itself, it need not
// look into rows that lie all over the memory.
type place struct {
	number phone.Number
	at     int
}

// byNumber gives the rows' places in the order of their numbers; of the rows of
// one number the first comes first, so that it is the one that is added.
func byNumber(rows []insertion) []place {
	order := make([]place, len(rows))
	for i := range order {
		order[i] = place{rows[i].contact.Phone, i}
	}
	slices.SortFunc(order, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.at, b.at))
	})
	return order
}

const (
	// The number's key is named, so that a sequence number that is taken is an error
	// and no duplicate.
	sqliteInsertContact = "INSERT INTO contacts (account_key, list_key, copy, seq, phone, phone_sent, first_name, last_name, time_zone, unique_id, contact_priority, extra, expires_at, entered_by, created_at, updated_at)" +
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (account_key, list_key, phone, copy) DO NOTHING"
	sqliteHolder       = "SELECT seq FROM contacts WHERE account_key = $1 AND list_key = $2 AND phone = $3 AND copy = 0"
	sqliteInsertReject = "INSERT INTO import_rejects (account_key, import_key, row_number, code, message, raw) VALUES ($1, $2, $3, $4, $5, $6)"
)

// insertContactsNatively is SQLite's way. Sorted by number, a large batch touches
// each page of the number index once; the table itself is filled at its end either
// way.
func insertContactsNatively(ctx context.Context, t *tx, l *listRow, rows []insertion, allowDuplicates bool) error {
	return inSQLite(ctx, t, func(c *sqliteConn) error {
		insert, err := c.take(sqliteInsertContact)
		if err != nil {
			return err
		}
		defer c.give(insert)
		holder, err := c.take(sqliteHolder)
		if err != nil {
			return err
		}
		defer c.give(holder)
		b := contactBulk{conn: c.native, insert: insert.native, holder: holder.native, allowDuplicates: allowDuplicates}
		b.begin(l)
		for n, p := range byNumber(rows) {
			if n%cancelCheck == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := b.add(&rows[p.at]); err != nil {
				return err
			}
		}
		return nil
	})
}

// contactBulk puts contacts into one list.
type contactBulk struct {
	conn            *sqlite.Conn
	insert, holder  *sqlite.Stmt
	allowDuplicates bool
	held            phone.Number // the number that was looked at last
	heldBy          int64        // and who has it
	list            *listRow
}

// begin binds what is the same for all contacts: what is bound stays so.
func (b *contactBulk) begin(l *listRow) {
	for _, s := range []*sqlite.Stmt{b.insert, b.holder} {
		s.BindInt64(1, l.Owner.AccountKey)
		s.BindInt64(2, l.contentKey)
	}
	b.insert.BindInt64(3, 0)
	b.list = l
}

// add inserts a contact, or finds who has its number.
func (b *contactBulk) add(r *insertion) (err error) {
	b.bind(r)
	r.copy = 0
	if r.added, err = b.step(); err != nil {
		return err
	}
	if r.added {
		b.held, b.heldBy = r.contact.Phone, r.seq
		return nil
	}
	if !b.allowDuplicates {
		r.dup, err = b.who(r.contact.Phone)
		return err
	}
	r.copy = r.seq
	b.insert.BindInt64(3, r.copy)
	r.added, err = b.step()
	b.insert.BindInt64(3, 0)
	return err
}

func (b *contactBulk) bind(r *insertion) {
	c, s := r.contact, b.insert
	s.BindInt64(4, r.seq)
	s.BindInt64(5, int64(c.Phone))
	bindText(s, 6, c.PhoneSent, r.keepsSpelling())
	bindText(s, 7, c.FirstName.Value, c.FirstName.Given)
	bindText(s, 8, c.LastName.Value, c.LastName.Given)
	bindText(s, 9, c.TimeZone.Value, c.TimeZone.Given)
	bindText(s, 10, c.UniqueID.Value, c.UniqueID.Given)
	bindText(s, 11, c.ContactPriority.Value, c.ContactPriority.Given)
	bindText(s, 12, c.Extra, c.Extra != "")
	if at := r.expires(b.list); at.Valid {
		s.BindInt64(13, at.Int64)
	} else {
		s.BindNull(13)
	}
	bindText(s, 14, c.EnteredBy, c.EnteredBy != "")
	s.BindInt64(15, millis(c.CreatedAt))
	s.BindInt64(16, millis(c.UpdatedAt))
}

func bindText(s *sqlite.Stmt, param int, text string, given bool) {
	if given {
		s.BindText(param, text)
	} else {
		s.BindNull(param)
	}
}

// step inserts the row that is bound, and tells whether its key was free.
func (b *contactBulk) step() (added bool, err error) {
	if _, err := b.insert.Step(); err != nil {
		return false, err
	}
	added = b.conn.Changes() == 1
	return added, b.insert.Reset()
}

// who finds the contact that has a number: most often the one before.
func (b *contactBulk) who(number phone.Number) (seq int64, err error) {
	if number == b.held && b.heldBy != 0 {
		return b.heldBy, nil
	}
	b.holder.BindInt64(3, int64(number))
	found, err := b.holder.Step()
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, errors.New("a number is taken, but no contact has it")
	}
	b.held, b.heldBy = number, b.holder.ColumnInt64(0)
	return b.heldBy, b.holder.Reset()
}

func insertRejectsNatively(ctx context.Context, t *tx, ref importRef, rejects []rollcall.Reject) error {
	if len(rejects) == 0 {
		return nil
	}
	return inSQLite(ctx, t, func(c *sqliteConn) error {
		insert, err := c.take(sqliteInsertReject)
		if err != nil {
			return err
		}
		defer c.give(insert)
		s := insert.native
		s.BindInt64(1, ref.account)
		s.BindInt64(2, ref.key)
		for i := range rejects {
			if i%cancelCheck == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			j := &rejects[i]
			s.BindInt64(3, j.Number)
			s.BindText(4, j.Code)
			s.BindText(5, j.Message)
			s.BindBytes(6, []byte(j.Raw))
			if _, err := s.Step(); err != nil {
				return err
			}
			if err := s.Reset(); err != nil {
				return err
			}
		}
		return nil
	})
}
