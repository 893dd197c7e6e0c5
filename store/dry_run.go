package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"time"

	"rollcall"
	"rollcall/phone"
)

// NewDryRun gives a counter that settles blocks as CommitBlock would, and writes
// nothing into the list. It works on a list of its own, in a database in a
// temporary folder, by the very code that works on real ones: of the contacts of
// the real list it takes over those that a block's rows may match. What became of
// each row goes into the ledger of the real import.
func (s *Store) NewDryRun(ctx context.Context, im *rollcall.Import) (rollcall.DryRun, error) {
	dir, err := os.MkdirTemp("", "rollcall-dry-run-")
	if err != nil {
		return nil, err
	}
	d := &dryRun{real: s, dir: dir}
	if d.shadow, err = openShadow(ctx, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := d.prepare(ctx, im); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

type dryRun struct {
	real   *Store
	shadow *Store
	dir    string
	im     *rollcall.Import // in the shadow
}

// Close removes the temporary database.
func (d *dryRun) Close() error { return errors.Join(d.shadow.Close(), os.RemoveAll(d.dir)) }

// prepare makes the shadow's list, as the real one is, and its import.
func (d *dryRun) prepare(ctx context.Context, im *rollcall.Import) error {
	now := time.Now()
	shadowed := *im
	shadowed.Key, shadowed.Begun = 0, true
	d.im = &shadowed
	return d.shadow.write(Preparing(ctx), func(t *tx) error {
		account, err := ensureAccount(ctx, t, "shadow", now)
		if err != nil {
			return err
		}
		if err := ensureApplication(ctx, t, account.Key, im.Owner.ApplicationID, now); err != nil {
			return err
		}
		l, err := d.list(ctx, im, now)
		if err != nil {
			return err
		}
		l.Owner = rollcall.Owner{AccountKey: account.Key, ApplicationID: im.Owner.ApplicationID}
		if err := d.shadow.createList(ctx, t, l); err != nil {
			return err
		}
		if shadowed.Key, err = nextKey(ctx, t, account.Key); err != nil {
			return err
		}
		shadowed.Owner, shadowed.ListID, shadowed.ListKey, shadowed.ContentKey = l.Owner, l.ID, l.Key, 0
		return insertImport(ctx, t, &shadowed)
	})
}

// list is the list that a dry run is about, without its contacts.
func (d *dryRun) list(ctx context.Context, im *rollcall.Import, now time.Time) (*listRow, error) {
	l := &listRow{ContactList: *newListOf(im.Options.ListType, now)}
	l.AllowDuplicates = im.Options.Duplicates == rollcall.DuplicatesAllow
	if im.ListKey != 0 {
		var err error
		if l, err = loadList(ctx, d.real.reader, im.Owner, " AND list_id = $3", im.ListID, "The list was deleted."); err != nil {
			return nil, err
		}
	}
	l.Name, l.Description, l.TotalRecordCount = "dry run", "dry run", 0
	l.lastSeq += shadowSeq
	l.idsIndexed = im.Options.Match == rollcall.MatchUniqueID
	return l, nil
}

// shadowSeq keeps the sequence numbers of what a dry run would add above those of
// every contact that the real list may get meanwhile.
const shadowSeq = 1 << 40

// CountBlock settles a block, and keeps what became of its rows.
func (d *dryRun) CountBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (counts rollcall.ImportCounts, err error) {
	var others otherHolders
	blocked, err := d.blocked(ctx, im, b, now)
	if err != nil {
		return counts, err
	}
	erased, err := d.real.erasedNumbers(ctx, d.real.reader, im.Owner.AccountKey, numbersOfRows(b))
	if err != nil {
		return counts, err
	}
	var block seqRange
	var body []byte
	var corrects []int64
	err = d.shadow.write(Preparing(ctx), func(t *tx) error {
		l, err := d.shadow.lockList(ctx, t, d.im.Owner, d.im.ListID)
		if err != nil {
			return err
		}
		x := newSettling(d.shadow, t, l, d.im, b, now)
		if others, err = d.mirror(ctx, x, im); err != nil {
			return err
		}
		x.erased = func(context.Context, []phone.Number) (map[phone.Number]bool, error) { return erased, nil }
		x.onDNC = func(context.Context, []phone.Number) (map[phone.Number]string, error) { return blocked, nil }
		x.others = func(context.Context, rowKeys) (otherHolders, error) { return others, nil }
		if err := x.settle(ctx); err != nil {
			return err
		}
		if counts, err = x.write(ctx); err != nil {
			return err
		}
		if corrects, err = d.corrects(ctx, t, x); err != nil {
			return err
		}
		d.im.Counts = d.im.Counts.Add(counts)
		block, body, err = readBlock(ctx, t, refOf(d.im), b.First)
		return err
	})
	if err != nil {
		return counts, err
	}
	return d.keep(ctx, im, b, corrects, counts, block, body, now)
}

// blocked gives those of a block's numbers that the real DNC lists block.
func (d *dryRun) blocked(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (blocked map[phone.Number]string, err error) {
	if !im.Options.DNC.Checks() {
		return nil, nil
	}
	numbers := numbersOfRows(b)
	err = d.real.read(ctx, func(t *sql.Tx) error {
		blocked, err = d.real.blockedBy(ctx, t, im.Owner, numbers, now)
		return err
	})
	return blocked, err
}

// corrects gives the numbers of the rejects that rows of a block would correct, but
// for those that an earlier row would. Those are noted as rejects of no import.
func (d *dryRun) corrects(ctx context.Context, t *tx, x *settling) (fresh []int64, err error) {
	for _, number := range x.corrects() {
		r, err := t.ExecContext(ctx, `INSERT INTO import_rejects (account_key, import_key, row_number, code, message, raw) VALUES ($1, 0, $2, '', '', '') ON CONFLICT DO NOTHING`,
			d.im.Owner.AccountKey, number)
		if err != nil {
			return nil, err
		}
		if added, err := r.RowsAffected(); err != nil {
			return nil, err
		} else if added == 1 {
			fresh = append(fresh, number)
		}
	}
	return fresh, nil
}

// keep notes what became of a block's rows in the real import.
func (d *dryRun) keep(ctx context.Context, im *rollcall.Import, b *rollcall.Block, corrects []int64, counts rollcall.ImportCounts, block seqRange, body []byte, now time.Time) (rollcall.ImportCounts, error) {
	next := *im
	err := d.real.write(ctx, func(t *tx) error {
		current, err := d.real.lockImport(ctx, t, im)
		if err != nil {
			return err
		}
		if current.Cancel {
			return errCancelled
		}
		carryErased(&next, current)
		if counts.Corrected, err = correctable(ctx, t, im, corrects); err != nil {
			return err
		}
		if err := d.real.dialect.insertRejects(ctx, t, refOf(im), b.Rejects); err != nil {
			return err
		}
		if err := d.real.dialect.insertLedger(ctx, t, refOf(im), block, body); err != nil {
			return err
		}
		next.Counts, next.LeaseUntil, next.BytesRead = im.Counts.Add(counts), now.Add(rollcall.ImportLease), max(im.BytesRead, b.BytesRead)
		if err := errors.Join(counts.Check(), next.Counts.Check()); err != nil {
			return err
		}
		if err := d.real.forecast(ctx, t, &next); err != nil {
			return err
		}
		return saveImport(ctx, t, &next)
	})
	if err == nil {
		*im = next
	}
	return counts, err
}

// mirror takes over the real list's contacts that the block's rows may match, as
// far as the shadow does not have them yet, and finds those of other lists.
func (d *dryRun) mirror(ctx context.Context, x *settling, im *rollcall.Import) (others otherHolders, err error) {
	m := &matching{settling: x}
	keys := m.keys()
	var contacts []rollcall.Contact
	err = d.real.read(ctx, func(t *sql.Tx) error {
		if im.ListKey != 0 && im.Options.Mode != rollcall.ModeReplace {
			real, err := loadList(ctx, t, im.Owner, " AND list_id = $3", im.ListID, "The list was deleted while the file was read.")
			if err != nil {
				return err
			}
			if contacts, err = d.real.matchable(ctx, t, real, keys); err != nil {
				return err
			}
		}
		others, err = d.real.otherMatchable(ctx, t, im, keys)
		return err
	})
	if err != nil {
		return others, err
	}
	return others, mirrorContacts(ctx, x.t, x.list, contacts)
}

// mirrorContacts writes contacts as they are, but for those that are there.
func mirrorContacts(ctx context.Context, t *tx, l *listRow, contacts []rollcall.Contact) error {
	if len(contacts) == 0 {
		return nil
	}
	number, err := t.PrepareContext(ctx, sqliteInsertNumber)
	if err != nil {
		return err
	}
	defer number.Close()
	insert, err := t.PrepareContext(ctx, "INSERT INTO contacts ("+joinColumns(contactColumns)+", revision) VALUES ("+placeholders(1, len(contactColumns)+1)+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	for i := range contacts {
		c := &contacts[i]
		if there, err := contactThere(ctx, t, l, c.Seq); err != nil {
			return err
		} else if there {
			continue
		}
		r := insertion{contact: c, seq: c.Seq}
		free, err := execOne(ctx, number, []any{l.Owner.AccountKey, l.contentKey, r.copy, r.seq, int64(c.Phone)})
		if err == nil && !free {
			r.copy = c.Seq // another contact has its number
			_, err = execOne(ctx, number, []any{l.Owner.AccountKey, l.contentKey, r.copy, r.seq, int64(c.Phone)})
		}
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, append(r.args(l), c.Revision)...); err != nil {
			return err
		}
		if !l.idsIndexed || c.UniqueID.Value == "" {
			continue
		}
		if err := insertIDs(ctx, t, l, []insertion{r}); err != nil {
			return err
		}
	}
	return nil
}

func contactThere(ctx context.Context, t *tx, l *listRow, seq int64) (there bool, err error) {
	err = t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq = $3)", l.Owner.AccountKey, l.contentKey, seq).Scan(&there)
	return there, err
}

// execOne runs a prepared statement, and tells whether it changed a row.
func execOne(ctx context.Context, s *sql.Stmt, args []any) (bool, error) {
	result, err := s.ExecContext(ctx, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// matchable reads the contacts of a list that hold one of the keys, whether its
// own ids are indexed or not.
func (s *Store) matchable(ctx context.Context, t *sql.Tx, l *listRow, k rowKeys) ([]rollcall.Contact, error) {
	if l.idsIndexed || len(k.ids) == 0 {
		return s.holders(ctx, t, l.Owner.AccountKey, l.contentKey, k)
	}
	contacts, err := s.holders(ctx, t, l.Owner.AccountKey, l.contentKey, rowKeys{numbers: k.numbers})
	if err != nil {
		return nil, err
	}
	ids, err := scanIDs(ctx, t, l.Owner.AccountKey, l.contentKey, k.ids)
	if err != nil {
		return nil, err
	}
	seqs := make([]int64, 0, len(ids))
	for _, seq := range ids {
		seqs = append(seqs, seq)
	}
	more, err := contactsAt(ctx, t, s.dialect.contactsAt, l.Owner.AccountKey, l.contentKey, sorted(seqs))
	return append(contacts, more...), err
}

// scanIDs is knownIDs without an index: a dry run makes none.
func scanIDs(ctx context.Context, q queryer, account, content int64, ids []string) (map[string]int64, error) {
	wanted := make(map[string]struct{}, len(ids))
	for _, id := range ids {
		wanted[id] = struct{}{}
	}
	rows, err := q.QueryContext(ctx, "SELECT unique_id, seq FROM contacts WHERE account_key = $1 AND list_key = $2 AND unique_id IS NOT NULL ORDER BY seq", account, content)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]int64{}
	for rows.Next() {
		var id string
		var seq int64
		if err := rows.Scan(&id, &seq); err != nil {
			return nil, err
		}
		if _, there := known[id]; there {
			continue
		}
		if _, want := wanted[id]; want {
			known[id] = seq
		}
	}
	return known, rows.Err()
}

// otherMatchable finds the contacts of the other lists in an import's scope that
// hold one of the keys.
func (s *Store) otherMatchable(ctx context.Context, t *sql.Tx, im *rollcall.Import, k rowKeys) (h otherHolders, err error) {
	h = otherHolders{numbers: map[phone.Number]holder{}, ids: map[string]holder{}}
	lists, err := s.scope(ctx, t, im)
	if err != nil {
		return h, err
	}
	for i := range lists {
		l := &lists[i]
		switch {
		case im.Options.Match != rollcall.MatchUniqueID:
			err = s.otherNumbers(ctx, t, im.Owner.AccountKey, l, k, &h)
		case l.idsIndexed:
			err = s.otherIDs(ctx, t, im.Owner.AccountKey, l, k, &h)
		default:
			var found map[string]int64
			found, err = scanIDs(ctx, t, im.Owner.AccountKey, l.content, k.ids)
			h.addIDs(found, l.space)
		}
		if err != nil {
			return h, err
		}
	}
	return h, nil
}
