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
	sqliteInsertContact = "INSERT INTO contacts (account_key, list_key, copy, seq, phone, phone_sent, first_name, last_name, time_zone, unique_id, contact_priority, extra, expires_at, entered_by, created_at, updated_at)" +
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
	sqliteInsertNumber = "INSERT INTO contact_numbers (account_key, list_key, copy, seq, phone) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
	sqliteHolder       = "SELECT seq FROM contact_numbers WHERE account_key = $1 AND list_key = $2 AND phone = $3 AND copy = 0"
	sqliteInsertReject = "INSERT INTO import_rejects (account_key, import_key, row_number, code, message, raw) VALUES ($1, $2, $3, $4, $5, $6)"
)

// insertContactsNatively is SQLite's way: the numbers first, in their order, which
// settles what is a duplicate and touches each page of theirs once; then the contacts
// that are added, in theirs, which fills the table at its end.
func insertContactsNatively(ctx context.Context, t *tx, l *listRow, rows []insertion, allowDuplicates bool) error {
	return inSQLite(ctx, t, func(c *sqliteConn) (err error) {
		b := contactBulk{conn: c.native, allowDuplicates: allowDuplicates, list: l}
		for _, s := range []struct {
			text string
			into **sqlite.Stmt
		}{{sqliteInsertNumber, &b.number}, {sqliteHolder, &b.holder}, {sqliteInsertContact, &b.contact}} {
			taken, err := c.take(s.text)
			if err != nil {
				return err
			}
			defer c.give(taken)
			*s.into = taken.native
			// What is bound stays so, and these are the same for all contacts.
			taken.native.BindInt64(1, l.Owner.AccountKey)
			taken.native.BindInt64(2, l.contentKey)
		}
		for n, p := range byNumber(rows) {
			if n%cancelCheck == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := b.claim(&rows[p.at]); err != nil {
				return err
			}
		}
		for n := range rows {
			if n%cancelCheck == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := b.add(&rows[n]); err != nil {
				return err
			}
		}
		return nil
	})
}

// contactBulk puts contacts into one list.
type contactBulk struct {
	conn                    *sqlite.Conn
	number, holder, contact *sqlite.Stmt
	allowDuplicates         bool
	held                    phone.Number // the number that was looked at last
	heldBy                  int64        // and who has it
	list                    *listRow
}

// claim takes a contact's number for it, or finds who has it.
func (b *contactBulk) claim(r *insertion) (err error) {
	r.copy = 0
	if r.added, err = b.take(r); err != nil {
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
	r.added, err = b.take(r)
	return err
}

// take tells whether the contact's copy of its number was free, and takes it.
func (b *contactBulk) take(r *insertion) (taken bool, err error) {
	b.number.BindInt64(3, r.copy)
	b.number.BindInt64(4, r.seq)
	b.number.BindInt64(5, int64(r.contact.Phone))
	if _, err := b.number.Step(); err != nil {
		return false, err
	}
	taken = b.conn.Changes() == 1
	return taken, b.number.Reset()
}

// add inserts a contact that has its number.
func (b *contactBulk) add(r *insertion) error {
	if !r.added {
		return nil
	}
	b.bind(r)
	if _, err := b.contact.Step(); err != nil {
		return err
	}
	return b.contact.Reset()
}

func (b *contactBulk) bind(r *insertion) {
	c, s := r.contact, b.contact
	s.BindInt64(3, r.copy)
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
