package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"rollcall"
)

// deleteChunk is how many contacts one transaction deletes: some tens of
// milliseconds, so that writers behind it do not notice.
const deleteChunk = 5_000

// chunkTime bounds one chunk. A chunk that has begun is not ended by the call's own
// time limit: what a commit that was broken off did could not be told exactly.
const chunkTime = 30 * time.Second

// DeleteContacts deletes contacts of a list by their ids, some thousands in one
// transaction. Where ctx reaches its deadline between two of these, what was deleted
// is told, and that some remain.
func (s *Store) DeleteContacts(ctx context.Context, owner rollcall.Owner, listID string, ids []string, user string, now time.Time) (rollcall.Deleted, error) {
	l, err := s.oneListRow(ctx, owner, listID)
	if err != nil {
		return rollcall.Deleted{}, err
	}
	var r rollcall.Deleted
	seqs := make([]int64, 0, len(ids))
	byID := make(map[int64]string, len(ids))
	for _, id := range ids {
		seq, ok := l.contactSeq(id)
		switch {
		case !ok:
			r.NotFound = append(r.NotFound, id)
		case byID[seq] == "":
			byID[seq] = id
			seqs = append(seqs, seq)
		}
	}
	d := &deletion{s: s, owner: owner, listID: listID, user: user, now: now}
	for chunk := range slices.Chunk(sorted(seqs), deleteChunk) {
		gone, err := d.chunk(ctx, chunk)
		if err != nil {
			return d.end(ctx, r, err)
		}
		for _, seq := range chunk {
			if _, found := slices.BinarySearch(gone, seq); !found {
				r.NotFound = append(r.NotFound, byID[seq])
			}
		}
	}
	return d.end(ctx, r, nil)
}

// oneListRow gives a list with what only the store knows of it.
func (s *Store) oneListRow(ctx context.Context, owner rollcall.Owner, listID string) (*listRow, error) {
	return loadList(ctx, s.reader, owner, " AND list_id = $3", listID, "There is no contact list with this id.")
}

// DeleteMatching counts the contacts of a list that a filter takes, and deletes
// them if there are as many as confirm says; nil only counts. Another count is a
// conflict. Contacts that are added after the count stay. Where ctx reaches its
// deadline while it deletes, what was deleted is told, and that some remain.
func (s *Store) DeleteMatching(ctx context.Context, owner rollcall.Owner, listID string, filter rollcall.ContactFilter, confirm *int64, user string, now time.Time) (r rollcall.Deleted, err error) {
	count := s.walkContacts(owner, listID, filter, 0)
	for begun := false; !count.done || !begun; begun = true {
		found, err := count.next(ctx, deleteChunk)
		if err != nil {
			return r, err
		}
		r.Matched += int64(len(found))
	}
	if confirm == nil {
		return r, nil
	}
	if *confirm != r.Matched {
		e := rollcall.Conflict(rollcall.ReasonCountChanged, "The filter takes another number of contacts than was confirmed; look at them again, and confirm the new number.")
		e.Field = "confirm"
		return r, e
	}
	d := &deletion{s: s, owner: owner, listID: listID, user: user, now: now, match: count.match, content: count.content}
	return d.matching(ctx, r, s.walkContacts(owner, listID, filter, 0), count.list.lastSeq)
}

// deletion is one call that deletes contacts, a chunk in each transaction.
type deletion struct {
	s       *Store
	owner   rollcall.Owner
	listID  string
	user    string
	now     time.Time
	match   *rollcall.ContactMatcher // nil: whatever the contact is now
	content int64                    // the contents that it is about; 0: those that the list has
	deleted int64
}

// matching deletes what a walk finds up to a sequence number.
func (d *deletion) matching(ctx context.Context, r rollcall.Deleted, w *contactWalk, last int64) (rollcall.Deleted, error) {
	for begun := false; (!w.done || !begun) && w.after < last; begun = true {
		found, err := w.next(ctx, deleteChunk)
		if err != nil {
			return d.end(ctx, r, err)
		}
		var seqs []int64
		for i := range found {
			if found[i].Seq <= last {
				seqs = append(seqs, found[i].Seq)
			}
		}
		if _, err := d.chunk(ctx, seqs); err != nil {
			return d.end(ctx, r, err)
		}
	}
	return d.end(ctx, r, nil)
}

// end gives the result. What is deleted already is told whatever ended the rest.
func (d *deletion) end(ctx context.Context, r rollcall.Deleted, err error) (rollcall.Deleted, error) {
	r.Deleted = d.deleted
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) || err != nil && d.deleted > 0 && rollcall.CodeOf(err) == rollcall.CodeConflict {
		r.Remaining = true
		return r, nil
	}
	return r, err
}

// chunk deletes those of some contacts that are there, and that still fit, in one
// transaction. It gives their sequence numbers, sorted.
func (d *deletion) chunk(ctx context.Context, seqs []int64) (gone []int64, err error) {
	if err := ctx.Err(); err != nil || len(seqs) == 0 {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), chunkTime)
	defer cancel()
	err = d.s.write(ctx, func(t *tx) error {
		l, err := d.s.lockList(ctx, t, d.owner, d.listID)
		if err != nil {
			return err
		}
		if d.content != 0 && d.content != l.contentKey {
			return errReplaced()
		}
		l.actor = d.user
		if gone, err = d.delete(ctx, t, l, seqs); err != nil || len(gone) == 0 {
			return err
		}
		l.TotalRecordCount -= int64(len(gone))
		return saveChanged(ctx, t, l, d.user, d.now)
	})
	if err != nil {
		return nil, err
	}
	d.deleted += int64(len(gone))
	return gone, nil
}

func (d *deletion) delete(ctx context.Context, t *tx, l *listRow, seqs []int64) ([]int64, error) {
	s := d.s
	if p := s.dialect.numbers.prepare; p != "" {
		if _, err := t.ExecContext(ctx, p); err != nil {
			return nil, err
		}
	}
	contacts, err := contactsAt(ctx, t, s.dialect.contactsAt, d.owner.AccountKey, l.contentKey, seqs)
	if err != nil {
		return nil, err
	}
	if d.match != nil {
		contacts = slices.DeleteFunc(contacts, func(c rollcall.Contact) bool { return !d.match.Takes(&c) })
	}
	if len(contacts) == 0 {
		return nil, nil
	}
	return s.deleteContacts(ctx, t, l, contacts, d.now)
}

// deleteContacts removes contacts of a locked list at once, as deleteContact does
// one, and gives their sequence numbers, sorted. The transaction is prepared for the
// numbers of dialect.
func (s *Store) deleteContacts(ctx context.Context, t *tx, l *listRow, contacts []rollcall.Contact, now time.Time) ([]int64, error) {
	gone, numbers := make([]int64, len(contacts)), make([]int64, len(contacts))
	for i := range contacts {
		gone[i], numbers[i] = contacts[i].Seq, int64(contacts[i].Phone)
		if l.idsIndexed && contacts[i].UniqueID.Value != "" {
			if err := dropID(ctx, t, l, &contacts[i]); err != nil {
				return nil, err
			}
		}
		if err := remember(ctx, t, l, now, &contacts[i]); err != nil {
			return nil, err
		}
	}
	_, err := t.ExecContext(ctx, "DELETE FROM contacts WHERE "+s.dialect.contactsIn("$3"),
		l.Owner.AccountKey, l.contentKey, s.dialect.numbers.arg(sorted(gone)))
	if err != nil {
		return nil, err
	}
	for _, number := range compact(numbers) {
		if err := s.promoteCopy(ctx, t, l, number); err != nil {
			return nil, err
		}
	}
	return gone, nil
}
