package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"rollcall"
	"rollcall/phone"
)

// scanBudget is how many contacts one page of a search looks at, at most. Half a
// second's worth: no request holds a connection, and with it a snapshot that keeps
// SQLite's log and PostgreSQL's dead rows from being cleared, for longer.
const scanBudget = 200_000

// walkPageTime bounds one page of a walk that has no time limit of its own.
const walkPageTime = time.Minute

// contactWalk goes through those contacts of a list that a filter takes, in the
// order of their sequence numbers. Each page is a snapshot of its own, and goes on
// after the last contact that the page before it looked at: what is added
// meanwhile comes at the end, what is deleted does not come.
type contactWalk struct {
	s       *Store
	owner   rollcall.Owner
	listID  string
	filter  rollcall.ContactFilter
	columns string // contactColumnsRead, or a selection of the same shape

	after int64 // the last sequence number that was looked at
	done  bool  // nothing comes after it

	// Known from the first page on.
	list    *listRow
	match   *rollcall.ContactMatcher
	content int64        // the contents that the walk is about
	from    *importWalk  // nil: whatever import they came from
	wanted  *seqQueue    // nil: the candidates are not known by sequence number
	where   string       // what the filter says in SQL; never refuses a contact that the matcher takes
	args    []any        // of where, from $6 on
	exact   bool         // where takes what the matcher takes
	number  phone.Number // the candidates are the contacts with this number; 0: they are not
}

// walkContacts prepares a walk from after on.
func (s *Store) walkContacts(owner rollcall.Owner, listID string, filter rollcall.ContactFilter, after int64) *contactWalk {
	return &contactWalk{s: s, owner: owner, listID: listID, filter: filter, columns: contactColumnsRead, after: after}
}

// errReplaced is a walk whose contents are no longer the list's.
func errReplaced() error {
	return rollcall.Conflict(rollcall.ReasonInvalidState, "The list's contacts were replaced as a whole meanwhile; begin again.")
}

// next gives the next contacts, at most limit, after looking at no more than a
// page's budget of them. It may give none before the walk is done.
func (w *contactWalk) next(ctx context.Context, limit int) (found []rollcall.Contact, err error) {
	leave, err := w.s.enterScan(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	err = w.s.read(ctx, func(t *sql.Tx) error {
		if err := w.enter(ctx, t); err != nil {
			return err
		}
		for budget := int64(scanBudget); budget > 0 && len(found) < limit && !w.done; {
			got, looked, err := w.step(ctx, t, limit-len(found), budget)
			if err != nil {
				return err
			}
			if found == nil {
				found = got // most pages come in one step, and contacts are large
			} else {
				found = append(found, got...)
			}
			budget -= looked
		}
		if len(found) < limit && !w.done && w.wanted == nil && w.number == 0 {
			// The budget ended just where the list may end. Asked of this snapshot: an
			// end that is passed by would leave out what is added before the next page.
			_, _, err = w.window(ctx, t, 1)
		}
		return err
	})
	return found, err
}

// enterScan waits for one of the places for scans. There are half as many as there
// are connections for reading, so that scans never stop the look-up that every
// request begins with.
func (s *Store) enterScan(ctx context.Context) (leave func(), err error) {
	select {
	case s.scans <- struct{}{}:
		return func() { <-s.scans }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// enter loads the list in this page's snapshot, and sees that it is the same.
func (w *contactWalk) enter(ctx context.Context, t *sql.Tx) error {
	l, err := loadList(ctx, t, w.owner, " AND list_id = $3", w.listID, "There is no contact list with this id.")
	if err != nil {
		return err
	}
	first := w.list == nil
	w.list = l
	if first {
		if err := w.begin(ctx, t); err != nil {
			return err
		}
	}
	if l.contentKey != w.content {
		return errReplaced()
	}
	if p := w.s.dialect.numbers.prepare; p != "" && w.number == 0 {
		_, err = t.ExecContext(ctx, p)
	}
	return err
}

// begin decides how the candidates are found: by number, by a list of sequence
// numbers, or by looking at one contact after the other.
func (w *contactWalk) begin(ctx context.Context, t *sql.Tx) (err error) {
	w.content = w.list.contentKey
	if w.match, err = w.filter.Matcher(&w.list.ContactList); err != nil {
		return err
	}
	if w.filter.ImportID != "" {
		if w.from, err = w.importOf(ctx, t); err != nil {
			return err
		}
	}
	id, byID := w.match.Fields[rollcall.FieldUniqueID]
	switch {
	case w.from != nil && !w.from.added():
		w.wanted = &seqQueue{more: w.from.seqsAfter}
	case w.match.Number != 0:
		w.number = w.match.Number
	case w.list.idsIndexed && byID && id.Kind == rollcall.MatchExact && id.Text != "":
		w.wanted = &seqQueue{more: w.seqsOfID(id.Text)}
	}
	w.where, w.args, w.exact = conditions(w.match, w.s.dialect, 6)
	return nil
}

// step looks at some candidates, and gives those that fit; looked is how many it
// may have looked at.
func (w *contactWalk) step(ctx context.Context, t *sql.Tx, want int, budget int64) (found []rollcall.Contact, looked int64, err error) {
	var candidates []rollcall.Contact
	var upTo int64
	looked = candidateChunk
	switch {
	case w.wanted != nil:
		candidates, upTo, err = w.byList(ctx, t)
	case w.number != 0:
		candidates, upTo, err = w.byNumber(ctx, t)
	default:
		candidates, upTo, err = w.byWindow(ctx, t, want, budget)
		looked = upTo - w.after
	}
	if err != nil {
		return nil, 0, err
	}
	found = candidates[:0]
	for i := range candidates {
		c := &candidates[i]
		if w.from != nil && w.from.added() && !w.from.holds(c.Seq) || !w.match.Takes(c) {
			continue
		}
		if found = append(found, *c); len(found) == want && c.Seq < upTo {
			w.after, w.done = c.Seq, false
			return found, looked, nil
		}
	}
	w.after = upTo
	return found, looked, nil
}

// byList gives the next candidates whose sequence numbers are known.
func (w *contactWalk) byList(ctx context.Context, t *sql.Tx) ([]rollcall.Contact, int64, error) {
	seqs, err := w.wanted.after(ctx, t, w.after, candidateChunk)
	if err != nil || len(seqs) == 0 {
		w.done = err == nil
		return nil, w.after, err
	}
	found, err := contactsAt(ctx, t, w.s.dialect.contactsAt, w.owner.AccountKey, w.content, seqs)
	slices.SortFunc(found, func(a, b rollcall.Contact) int { return cmp.Compare(a.Seq, b.Seq) })
	return found, seqs[len(seqs)-1], err
}

// candidateChunk is how many candidates are fetched at once where most of them
// may not fit.
const candidateChunk = 1000

// byNumber gives the next contacts with the number. There may be many where the
// list allows duplicates. The sum keeps PostgreSQL from walking the primary key,
// which has the wanted order, instead of looking the number up.
func (w *contactWalk) byNumber(ctx context.Context, t *sql.Tx) ([]rollcall.Contact, int64, error) {
	found, err := all(ctx, t, scanContact, "SELECT "+contactColumnsRead+" FROM "+w.s.dialect.byNumber+` c
		WHERE c.account_key = $1 AND c.list_key = $2 AND c.phone = $3 AND c.seq > $4 ORDER BY c.seq + 0 LIMIT $5`,
		w.owner.AccountKey, w.content, int64(w.number), w.after, candidateChunk)
	w.done = err == nil && len(found) < candidateChunk
	if len(found) == 0 {
		return nil, w.after, err
	}
	return found, found[len(found)-1].Seq, err
}

// byWindow looks at the contacts of a window of sequence numbers as wide as the
// budget.
func (w *contactWalk) byWindow(ctx context.Context, t *sql.Tx, want int, budget int64) ([]rollcall.Contact, int64, error) {
	first, last, err := w.window(ctx, t, budget)
	if err != nil || w.done {
		return nil, w.after, err
	}
	most := want
	if !w.exact {
		most = max(want, candidateChunk)
	}
	args := append([]any{w.owner.AccountKey, w.content, first, last, most}, w.args...)
	found, err := all(ctx, t, scanContact, "SELECT "+w.columns+` FROM contacts c
		WHERE c.account_key = $1 AND c.list_key = $2 AND c.seq >= $3 AND c.seq <= $4`+w.where+" ORDER BY c.seq LIMIT $5", args...)
	if len(found) == most {
		last = found[most-1].Seq
	}
	return found, last, err
}

// window gives the next sequence numbers to look at: from the next contact on, and
// within a block of the import's where there is one. Without a next contact the
// walk is done.
func (w *contactWalk) window(ctx context.Context, t *sql.Tx, budget int64) (first, last int64, err error) {
	for from := w.after + 1; ; {
		end := int64(1<<63 - 1)
		if w.from != nil && w.from.added() {
			block, ok := w.from.block(from)
			if !ok {
				w.done = true
				return 0, 0, nil
			}
			from, end = max(from, block.firstSeq), block.firstSeq+block.rows-1
		}
		// Not MIN(seq): on a fresh table PostgreSQL would read all that come after.
		var next int64
		err := t.QueryRowContext(ctx, "SELECT seq FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq >= $3 ORDER BY seq LIMIT 1", w.owner.AccountKey, w.content, from).Scan(&next)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			w.done = true
			return 0, 0, nil
		case err != nil:
			return 0, 0, err
		case next <= end:
			w.after = next - 1
			return next, min(end, w.after+budget), nil
		}
		from = next
	}
}
