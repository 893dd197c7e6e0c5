package store

import (
	"context"
	"database/sql"
	"io"

	"github.com/jackc/pgx/v5/stdlib"

	"rollcall"
	"rollcall/phone"
)

// copyContacts is PostgreSQL's way: duplicates are settled first, which the lock
// on the list makes safe, and the rest goes straight into the table by COPY.
func copyContacts(ctx context.Context, t *tx, l *listRow, rows []insertion, allowDuplicates bool) error {
	numbers, err := t.bulk.candidates(ctx, t, l, rows)
	if err != nil {
		return err
	}
	holders, err := knownNumbers(ctx, t.Tx, postgresNumbers, l.Owner.AccountKey, l.contentKey, numbers, len(numbers))
	if err != nil {
		return err
	}
	// The list holds none of the other numbers, which are most, and the block one each.
	for _, n := range numbers {
		holders[phone.Number(n)] += 0 // 0: nobody yet
	}
	for i := range rows {
		r := &rows[i]
		r.copy, r.dup = 0, 0
		holder, asked := holders[r.contact.Phone]
		switch r.added = holder == 0 || allowDuplicates; {
		case !asked:
		case holder == 0:
			holders[r.contact.Phone] = r.seq
		case allowDuplicates:
			r.copy = r.seq
		default:
			r.dup = holder
		}
	}
	next := 0
	return copyFrom(ctx, t, "contacts", contactColumns, func(b []byte) []byte {
		for ; next < len(rows); next++ {
			if rows[next].added {
				next++
				return rows[next-1].appendTo(b, l)
			}
		}
		return nil
	})
}

// appendTo appends a contact in the order of contactColumns.
func (r *insertion) appendTo(b []byte, l *listRow) []byte {
	c := r.contact
	b = copyInt(b, l.Owner.AccountKey)
	b = copyInt(b, l.contentKey)
	b = copyInt(b, r.seq)
	b = copyInt(b, int64(c.Phone))
	b = copyInt(b, r.copy)
	b = copyText(b, c.PhoneSent, r.keepsSpelling())
	b = copyText(b, c.FirstName.Value, c.FirstName.Given)
	b = copyText(b, c.LastName.Value, c.LastName.Given)
	b = copyText(b, c.TimeZone.Value, c.TimeZone.Given)
	b = copyText(b, c.UniqueID.Value, c.UniqueID.Given)
	b = copyText(b, c.ContactPriority.Value, c.ContactPriority.Given)
	b = copyText(b, c.Extra, c.Extra != "")
	b = copyNullInt(b, r.expires(l))
	b = copyText(b, c.EnteredBy, c.EnteredBy != "")
	b = copyInt(b, millis(c.CreatedAt))
	return copyInt(b, millis(c.UpdatedAt))
}

func copyRejects(ctx context.Context, t *tx, ref importRef, rejects []rollcall.Reject) error {
	if len(rejects) == 0 {
		return nil
	}
	next := 0
	return copyFrom(ctx, t, "import_rejects", rejectColumns, func(b []byte) []byte {
		if next == len(rejects) {
			return nil
		}
		j := &rejects[next]
		next++
		b = copyInt(b, ref.account)
		b = copyInt(b, ref.key)
		b = copyInt(b, j.Number)
		b = copyText(b, j.Code, true)
		b = copyText(b, j.Message, true)
		return copyText(b, j.Raw, true)
	})
}

// copyLedger writes a block's ledger. As an argument of a statement a body of a megabyte took
// 22 ms, of the third of a second that a block takes.
func copyLedger(ctx context.Context, t *tx, ref importRef, block seqRange, body []byte) error {
	done := false
	return copyFrom(ctx, t, "import_ledger", ledgerColumns, func(b []byte) []byte {
		if done {
			return nil
		}
		done = true
		for _, v := range []int64{ref.account, ref.key, block.firstRow, block.rows, block.firstSeq} {
			b = copyInt(b, v)
		}
		return append(copyLength(b, len(body)), body...)
	})
}

// copyFrom streams rows into a table within the transaction, in the binary format
// of COPY. appendRow appends the next row's fields, and gives nil after the last.
func copyFrom(ctx context.Context, t *tx, table string, columns []string, appendRow func([]byte) []byte) error {
	return t.native(ctx, func(driver any) error {
		r := &copyReader{columns: len(columns), appendRow: appendRow, buffer: []byte(copyHeader)}
		_, err := driver.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, r, "COPY "+table+" ("+joinColumns(columns)+") FROM STDIN BINARY")
		return err
	})
}

// copyHeader begins the binary format: the signature, no flags, no extension
// (PostgreSQL's documentation of COPY, "Binary Format").
const copyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// copyReader encodes rows as they are read.
type copyReader struct {
	columns   int
	appendRow func([]byte) []byte
	buffer    []byte // encoded; what is before at was read
	at        int
	ended     bool
}

// Read gives the next bytes.
func (r *copyReader) Read(into []byte) (n int, err error) {
	for len(r.buffer)-r.at < len(into) && !r.ended {
		r.fill()
	}
	n = copy(into, r.buffer[r.at:])
	r.at += n
	if n == 0 && len(into) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// fill encodes one more row, or the end.
func (r *copyReader) fill() {
	if r.at > 0 {
		r.buffer = r.buffer[:copy(r.buffer, r.buffer[r.at:])]
		r.at = 0
	}
	start := len(r.buffer)
	row := r.appendRow(append(r.buffer, byte(r.columns>>8), byte(r.columns)))
	if r.ended = row == nil; r.ended {
		row = append(r.buffer[:start], 0xff, 0xff)
	}
	r.buffer = row
}

func copyLength(b []byte, n int) []byte {
	return append(b, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func copyInt(b []byte, v int64) []byte {
	return append(b, 0, 0, 0, 8, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func copyNullInt(b []byte, v sql.NullInt64) []byte {
	if !v.Valid {
		return copyLength(b, -1)
	}
	return copyInt(b, v.Int64)
}

// copyText appends a text or bytes, which look the same, or NULL.
func copyText(b []byte, s string, given bool) []byte {
	if !given {
		return copyLength(b, -1)
	}
	return append(copyLength(b, len(s)), s...)
}
