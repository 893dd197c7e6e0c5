package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"rollcall"
	"rollcall/phone"
)

// moveBack moves contacts into the old contents, which come in the order of their
// sequence numbers. Rows are moved and not written anew, so that they keep all that
// they hold, their revisions as well.
func (u *undo) moveBack(ctx context.Context, old *listRow, came []rollcall.Contact) error {
	if len(came) == 0 {
		return nil
	}
	holders, err := u.holdersOf(ctx, old, came)
	if err != nil {
		return err
	}
	m := planMoves(came, holders, old.AllowDuplicates)
	if err := u.refuseLater(ctx, m.displacing); err != nil {
		return err
	}
	if err := u.displace(ctx, old, m.displaced); err != nil {
		return err
	}
	if err := u.setAt(ctx, "copy = 0", old.contentKey, m.promoted); err != nil {
		return err
	}
	if err := u.keepAll(ctx, came, rollcall.KeptChanged); err != nil {
		return err
	}
	if err := u.setAt(ctx, "list_key = $4, copy = 0", u.list.contentKey, m.firsts, old.contentKey); err != nil {
		return err
	}
	if err := u.setAt(ctx, "list_key = $4, copy = seq", u.list.contentKey, m.copies, old.contentKey); err != nil {
		return err
	}
	old.TotalRecordCount += int64(len(m.firsts) + len(m.copies) - len(m.displaced))
	return nil
}

// numberHolder is a contact that has a number. Of several, the one with the least copy
// is the number's first.
type numberHolder struct {
	seq, copy int64
	came      bool // it is to be moved, and not in the old contents yet
	kept      bool // it was moved before
}

// holdersOf gives who has the numbers of some contacts in the old contents, in the order
// of their copies. Where the list allows duplicates, the first alone is looked for: what
// comes takes nobody's place, and some number may have any number of copies.
func (u *undo) holdersOf(ctx context.Context, old *listRow, came []rollcall.Contact) (map[phone.Number][]numberHolder, error) {
	numbers := make([]int64, len(came))
	for i := range came {
		numbers[i] = int64(came[i].Phone)
	}
	numbers = compact(numbers)
	d, account := u.s.dialect, old.Owner.AccountKey
	firsts, err := knownNumbers(ctx, u.t.Tx, d.numbers, account, old.contentKey, numbers, len(came))
	if err != nil {
		return nil, err
	}
	holders := make(map[phone.Number][]numberHolder, len(came))
	taken := make([]int64, 0, len(firsts))
	for n, seq := range firsts {
		holders[n], taken = append(holders[n], numberHolder{seq: seq}), append(taken, int64(n))
	}
	if old.AllowDuplicates || len(taken) == 0 {
		return holders, nil
	}
	if err := u.addCopies(ctx, old, holders, taken); err != nil {
		return nil, err
	}
	return holders, u.markKept(ctx, holders)
}

// addCopies adds those who have some numbers besides the first.
func (u *undo) addCopies(ctx context.Context, old *listRow, holders map[phone.Number][]numberHolder, numbers []int64) error {
	d := u.s.dialect
	rows, err := u.t.QueryContext(ctx, d.copies.query, old.Owner.AccountKey, old.contentKey, d.copies.arg(sorted(numbers)))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var n phone.Number
		var h numberHolder
		if err := rows.Scan(&n, &h.seq, &h.copy); err != nil {
			return err
		}
		holders[n] = append(holders[n], h)
	}
	return rows.Err()
}

// markKept marks those that came since the replacement themselves.
func (u *undo) markKept(ctx context.Context, holders map[phone.Number][]numberHolder) error {
	var seqs []int64
	for _, q := range holders {
		for _, h := range q {
			seqs = append(seqs, h.seq)
		}
	}
	d := u.s.dialect
	kept, err := all(ctx, u.t, scanKey, "SELECT seq FROM import_kept WHERE account_key = $1 AND import_key = $2 AND seq "+d.among("$3"),
		u.im.Owner.AccountKey, u.im.Key, d.numbers.arg(sorted(seqs)))
	moved := map[int64]bool{}
	for _, seq := range kept {
		moved[seq] = true
	}
	for _, q := range holders {
		for i := range q {
			q[i].kept = moved[q[i].seq]
		}
	}
	return err
}

// moves is what becomes of contacts that came since, and of those whose place they take.
type moves struct {
	firsts, copies []int64 // of those that came, by the copy that they get
	displaced      []int64 // contacts of the old contents that go
	displacing     []int64 // of those that came, those whose place they take
	promoted       []int64 // contacts of the old contents that are a number's first by that
}

// planMoves settles where contacts come to stand that are moved one after the other,
// each in the place of the first of the old contents that has its number. Where the list
// allows duplicates, each comes besides; and none takes the place of another that came:
// a file may bring copies into a list that allows none.
func planMoves(came []rollcall.Contact, holders map[phone.Number][]numberHolder, allowDuplicates bool) (m moves) {
	promoted := map[int64]bool{}
	for i := range came {
		n, next := came[i].Phone, numberHolder{seq: came[i].Seq, came: true}
		q := holders[n]
		old := slices.IndexFunc(q, func(h numberHolder) bool { return !h.came && !h.kept })
		if old >= 0 && !allowDuplicates {
			m.displaced, m.displacing = append(m.displaced, q[old].seq), append(m.displacing, next.seq)
			delete(promoted, q[old].seq)
			if q = slices.Delete(q, old, old+1); len(q) > 0 && q[0].copy != 0 {
				q[0].copy, promoted[q[0].seq] = 0, true
			}
		}
		if len(q) > 0 {
			next.copy = next.seq
		}
		at, _ := slices.BinarySearchFunc(q, next, func(a, b numberHolder) int { return cmp.Compare(a.copy, b.copy) })
		holders[n] = slices.Insert(q, at, next)
	}
	for _, q := range holders {
		for _, h := range q {
			switch {
			case !h.came && promoted[h.seq]:
				m.promoted = append(m.promoted, h.seq)
			case h.came && h.copy == 0:
				m.firsts = append(m.firsts, h.seq)
			case h.came:
				m.copies = append(m.copies, h.seq)
			}
		}
	}
	return m
}

// refuseLater refuses the undo where a contact that takes an old one's place was added or
// changed by a later import that stands: an undo of that one could not bring the old
// contact back.
func (u *undo) refuseLater(ctx context.Context, displacing []int64) error {
	if len(displacing) == 0 {
		return nil
	}
	type laterImport struct {
		key int64
		id  string
	}
	later, err := all(ctx, u.t, func(r *sql.Rows) (l laterImport, err error) { return l, r.Scan(&l.key, &l.id) },
		`SELECT import_key, import_id FROM imports WHERE account_key = $1 AND list_key = $2 AND (import_key > $3 OR into_key = $5) AND NOT dry_run AND undo_state <> $4 AND added + updated > 0
		ORDER BY import_key DESC`, u.im.Owner.AccountKey, u.im.ListKey, u.im.Key, rollcall.UndoDone, u.im.ContentKey)
	if err != nil {
		return err
	}
	d := u.s.dialect
	for _, l := range later {
		ref := importRef{u.im.Owner.AccountKey, l.key}
		ranges, err := ledgerRanges(ctx, u.t, ref)
		if err != nil {
			return err
		}
		changed, err := all(ctx, u.t, scanKey, "SELECT seq FROM import_changes WHERE account_key = $1 AND import_key = $2 AND seq "+d.among("$3"), ref.account, ref.key, d.numbers.arg(sorted(displacing)))
		if err != nil {
			return err
		}
		added := func(seq int64) bool { _, is := ranges.row(seq); return is }
		if len(changed) > 0 || slices.ContainsFunc(displacing, added) {
			return rollcall.Conflict(rollcall.ReasonInvalidState, "The later import "+l.id+" brought numbers into the list that contacts have which would come back, and its undo could not bring those back any more. Undo that import first.")
		}
	}
	return nil
}

// displace removes contacts of the old contents. The replacement has remembered until when
// those of a DNC list held. Their own ids need no care: all ids are indexed anew in the end.
func (u *undo) displace(ctx context.Context, old *listRow, seqs []int64) error {
	if len(seqs) == 0 {
		return nil
	}
	d, arg := u.s.dialect, u.s.dialect.numbers.arg(sorted(seqs))
	_, err := u.t.ExecContext(ctx, "DELETE FROM contacts WHERE "+d.contactsIn("$3"), old.Owner.AccountKey, old.contentKey, arg)
	return err
}

// setAt sets columns of contacts by sequence number. Further arguments begin at $4.
func (u *undo) setAt(ctx context.Context, set string, content int64, seqs []int64, args ...any) error {
	if len(seqs) == 0 {
		return nil
	}
	d := u.s.dialect
	_, err := u.t.ExecContext(ctx, "UPDATE contacts SET "+set+" WHERE "+d.contactsIn("$3"),
		append([]any{u.list.Owner.AccountKey, content, d.numbers.arg(sorted(seqs))}, args...)...)
	return err
}

// keepAll notes contacts of the list as left as they are.
func (u *undo) keepAll(ctx context.Context, kept []rollcall.Contact, why rollcall.KeptReason) error {
	seqs := make([]int64, len(kept))
	for i := range kept {
		seqs[i] = kept[i].Seq
	}
	d := u.s.dialect
	_, err := u.t.ExecContext(ctx, `INSERT INTO import_kept (account_key, import_key, seq, reason) SELECT account_key, CAST($4 AS BIGINT), seq, CAST($5 AS TEXT) FROM contacts
		WHERE `+d.contactsIn("$3")+" ON CONFLICT DO NOTHING",
		u.im.Owner.AccountKey, u.list.contentKey, d.numbers.arg(sorted(seqs)), u.im.Key, string(why))
	return err
}
