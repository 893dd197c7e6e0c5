package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sort"

	"rollcall"
)

// writeLedger keeps what became of each row of the block.
func (x *settling) writeLedger(ctx context.Context) error {
	w := newLedgerWriter(int(x.b.Len()))
	rejects := x.b.Rejects
	for i := 0; i < len(x.b.Rows) || len(rejects) > 0; {
		if len(rejects) > 0 && (i == len(x.b.Rows) || rejects[0].Number < x.b.Rows[i].Number) {
			j := &rejects[0]
			w.add(&ledgerRow{outcome: rollcall.OutcomeRejected, remark: remark{code: j.Code, message: j.Message}, uniqueID: j.UniqueID})
			rejects = rejects[1:]
			continue
		}
		w.add(x.ledgerRow(i))
		i++
	}
	body, err := w.body()
	if err != nil {
		return err
	}
	return x.s.dialect.insertLedger(ctx, x.t, refOf(x.im), seqRange{x.b.First, x.b.Len(), x.firstSeq}, body)
}

func insertLedgerPlainly(ctx context.Context, t *tx, ref importRef, b seqRange, body []byte) error {
	_, err := t.ExecContext(ctx, "INSERT INTO import_ledger ("+joinColumns(ledgerColumns)+") VALUES ($1, $2, $3, $4, $5, $6)",
		ref.account, ref.key, b.firstRow, b.rows, b.firstSeq, body)
	return err
}

var ledgerColumns = []string{"account_key", "import_key", "first_row", "row_count", "first_seq", "body"}

// readBlock reads a block of the ledger by its first row.
func readBlock(ctx context.Context, q queryer, ref importRef, first int64) (b seqRange, body []byte, err error) {
	b.firstRow = first
	err = q.QueryRowContext(ctx, "SELECT row_count, first_seq, body FROM import_ledger WHERE account_key = $1 AND import_key = $2 AND first_row = $3", ref.account, ref.key, first).
		Scan(&b.rows, &b.firstSeq, &body)
	return b, body, err
}

func (x *settling) ledgerRow(i int) *ledgerRow {
	row, was := &x.b.Rows[i], &x.settled[i]
	r := &ledgerRow{outcome: was.outcome, uniqueID: row.Contact.UniqueID.Value, seq: was.seq, dup: was.dup, space: was.space, taken: was.taken}
	if was.erased {
		r.uniqueID = ""
	}
	if row.Remark != nil {
		r.code, r.message = row.Remark.Code, row.Remark.Message
	}
	if r.dncList = x.dncList(i); r.dncList != "" && was.outcome == rollcall.OutcomeBlocked {
		r.code, r.message = rollcall.RemarkOnDNC, "The number is on the DNC list "+r.dncList+"."
	}
	return r
}

// seqRange is where the contacts of a block's rows stand: row firstRow+n is the
// contact firstSeq+n, if it was added.
type seqRange struct{ firstRow, rows, firstSeq int64 }

// seqRanges are those of an import, in the file's order.
type seqRanges []seqRange

// ledgerRanges reads where an import's contacts stand.
func ledgerRanges(ctx context.Context, q queryer, ref importRef) (seqRanges, error) {
	return all(ctx, q, func(r *sql.Rows) (b seqRange, err error) {
		err = r.Scan(&b.firstRow, &b.rows, &b.firstSeq)
		return b, err
	}, "SELECT first_row, row_count, first_seq FROM import_ledger WHERE account_key = $1 AND import_key = $2 ORDER BY first_row", ref.account, ref.key)
}

// row gives the number of the row that a contact was, if the import added it.
func (rs seqRanges) row(seq int64) (row int64, ok bool) {
	i := sort.Search(len(rs), func(i int) bool { return rs[i].firstSeq > seq }) - 1
	if i < 0 || seq >= rs[i].firstSeq+rs[i].rows {
		return 0, false
	}
	return rs[i].firstRow + seq - rs[i].firstSeq, true
}

// LedgerPage gives what became of the rows of an import, from the block on that
// holds the row after, and which row the page ends with; a page without entries
// ends the ledger. With outcomes, only rows that ended so.
func (s *Store) LedgerPage(ctx context.Context, im *rollcall.Import, after int64, outcomes []rollcall.Outcome) (entries []rollcall.LedgerEntry, last int64, err error) {
	err = s.read(ctx, func(t *sql.Tx) error {
		space, err := spaceOf(ctx, t, im)
		if err != nil {
			return err
		}
		ranges, err := ledgerRanges(ctx, t, refOf(im))
		if err != nil {
			return err
		}
		at := slices.IndexFunc(ranges, func(b seqRange) bool { return b.firstRow+b.rows-1 > after })
		if at < 0 {
			return nil
		}
		block, body, err := readBlock(ctx, t, refOf(im), ranges[at].firstRow)
		if err != nil {
			return err
		}
		rows, err := readLedger(body, block.rows)
		if err != nil {
			return err
		}
		last = block.firstRow + block.rows - 1
		for i := range rows {
			if number := block.firstRow + int64(i); number > after && (len(outcomes) == 0 || slices.Contains(outcomes, rows[i].outcome)) {
				entries = append(entries, ledgerEntry(im, &rows[i], number, block, ranges, space))
			}
		}
		return nil
	})
	return entries, last, err
}

// spaceOf gives what the ids of the contacts of an import's list share.
func spaceOf(ctx context.Context, q queryer, im *rollcall.Import) (space int64, err error) {
	if im.ListKey == 0 {
		return 0, nil
	}
	err = q.QueryRowContext(ctx, "SELECT COALESCE(MAX(contact_space), 0) FROM contact_lists WHERE account_key = $1 AND list_key = $2", im.Owner.AccountKey, im.ListKey).Scan(&space)
	return space, err
}

// ledgerEntry is a row of the ledger for a person.
func ledgerEntry(im *rollcall.Import, r *ledgerRow, number int64, block seqRange, ranges seqRanges, space int64) rollcall.LedgerEntry {
	e := rollcall.LedgerEntry{Row: number, Outcome: r.outcome, Code: r.code, Message: r.message, UniqueID: r.uniqueID, DNCList: r.dncList}
	own := func(seq int64) string {
		// What a dry run would add has no id.
		if _, mine := ranges.row(seq); seq == 0 || mine && im.Options.DryRun {
			return ""
		}
		return rollcall.ContactID(space, seq)
	}
	switch r.outcome {
	case rollcall.OutcomeAdded:
		e.ContactID = own(block.firstSeq + number - block.firstRow)
	case rollcall.OutcomeUpdated, rollcall.OutcomeUnchanged:
		e.ContactID = own(r.seq)
	case rollcall.OutcomeDuplicate:
		describeDuplicate(&e, r, ranges)
		e.DuplicateOf = own(r.dup)
		if r.space != 0 {
			e.DuplicateOf = rollcall.ContactID(r.space, r.dup)
		}
	}
	return e
}

func describeDuplicate(e *rollcall.LedgerEntry, r *ledgerRow, ranges seqRanges) {
	earlier, inFile := ranges.row(r.dup)
	switch {
	case r.space != 0:
		e.Code, e.Message = rollcall.CodeDuplicateOther, "A contact of another list is the same."
	case r.taken:
		e.Code, e.Message = rollcall.CodeNumberTaken, "The row's phone number belongs to another contact of the list than its own id does."
	case inFile:
		e.Code, e.DuplicateOfRow = rollcall.CodeDuplicateInFile, earlier
		e.Message = fmt.Sprintf("The row %d of the file is the same.", earlier)
	default:
		e.Code, e.Message = rollcall.CodeDuplicateInList, "A contact of the list is the same."
	}
	if r.taken && inFile {
		e.DuplicateOfRow = earlier
	}
}
