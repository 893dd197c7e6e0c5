package store

import (
	"context"
	"slices"

	"rollcall"
)

// walker goes through the lists of a campaign. It moves the run's Walk past what
// has a row in the run already; take moves it past a contact that gets one.
type walker struct {
	s     *Store
	t     *tx
	c     *runCampaign
	run   *rollcall.Run
	left  int               // contacts that may still be looked at
	taken map[[2]int64]bool // of those that maySeeTwice, by list and sequence number: their rows are not written yet
	ended bool              // the lists were gone through, and nothing has come since
	// ranked tells that this claim has ranked contacts of a list; it does so once. Ready is
	// the list whose contacts were all ranked when it looked; 0: none.
	ranked bool
	ready  int64
	ranks  map[int64]float64 // of the contacts that were found by their priority, by sequence number
	quiet  int               // lists in a row, of the rest, in which nothing was
}

// next gives contacts of one list that the run has not looked at, in order; none
// where the walk has ended, or as much was looked at as one claim may.
func (w *walker) next(ctx context.Context, n int) (list int, contacts []rollcall.Contact, err error) {
	for w.left > 0 && !w.ended {
		at := &w.run.Walk
		if at.List >= len(w.c.lists) {
			w.again()
			continue
		}
		found, more, err := w.fetch(ctx, min(n, w.left))
		if err != nil {
			return 0, nil, err
		}
		if len(found) == 0 {
			if !more {
				w.leave()
			}
			continue
		}
		w.quiet = 0
		fresh := found
		if w.maySeeTwice() {
			if fresh, err = w.unseen(ctx, found); err != nil {
				return 0, nil, err
			}
		}
		if len(fresh) > 0 {
			return at.List, fresh, nil
		}
		w.left -= len(found)
		w.pass(found[len(found)-1].Seq)
	}
	return 0, nil, nil
}

// pass moves the walk past the contact with a sequence number, of those that were found.
func (w *walker) pass(seq int64) {
	at := &w.run.Walk
	if at.After = seq; w.byRank() {
		rank := w.ranks[seq]
		at.Rank = &rank
	}
}

// take moves the walk past a contact.
func (w *walker) take(c *rollcall.Contact) {
	if w.maySeeTwice() {
		if w.taken == nil {
			w.taken = map[[2]int64]bool{}
		}
		w.taken[w.place(c)] = true
	}
	w.pass(c.Seq)
	w.left--
}

// place is where a contact of the list that is gone through stands.
func (w *walker) place(c *rollcall.Contact) [2]int64 {
	return [2]int64{w.c.lists[w.run.Walk.List].Key, c.Seq}
}

// again goes through the lists once more, for what has come since, and ends the
// walk when a whole round finds nothing.
func (w *walker) again() {
	at := &w.run.Walk
	if at.Rest && w.quiet >= len(w.c.lists) {
		w.ended = true
		return
	}
	if !at.Rest {
		w.quiet = 0
	}
	at.Rest, at.List, at.Rank, at.Unranked, at.After = true, 0, nil, false, 0
	if len(w.c.lists) == 0 {
		w.ended = true
		return
	}
	at.After = w.upper(0)
}

// leave goes on to what comes after the end of a list: the next one.
func (w *walker) leave() {
	at := &w.run.Walk
	if at.Rest || w.c.Plan.Order != rollcall.OrderLIFO {
		w.setUpper(at.List, max(at.After, w.doneUpper(at)))
	}
	w.quiet++
	at.List, at.Rank, at.Unranked, at.After = at.List+1, nil, false, 0
	if at.Rest && at.List < len(w.c.lists) {
		at.After = w.upper(at.List)
	}
}

// doneUpper is up to where the list that is left was gone through at least: in the
// order of priority its last pass begins at the first contact.
func (w *walker) doneUpper(at *rollcall.Walk) int64 {
	if at.Rest {
		return w.upper(at.List)
	}
	return 0
}

func (w *walker) upper(i int) int64 {
	if i < len(w.run.Walk.Upper) {
		return w.run.Walk.Upper[i]
	}
	return 0
}

func (w *walker) setUpper(i int, seq int64) {
	for len(w.run.Walk.Upper) <= i {
		w.run.Walk.Upper = append(w.run.Walk.Upper, 0)
	}
	w.run.Walk.Upper[i] = seq
}

func (w *walker) byPriority() bool {
	return w.c.Plan.Order == rollcall.OrderPriority && !w.run.Walk.Rest
}

// byRank tells whether it is the turn of the list's contacts that have a priority.
func (w *walker) byRank() bool { return w.byPriority() && !w.run.Walk.Unranked }

// maySeeTwice tells whether the walk may meet contacts that have a row: those with a
// priority, when it comes to those without, and any whose priority was changed.
func (w *walker) maySeeTwice() bool {
	return w.c.Plan.Order == rollcall.OrderPriority || w.run.Walk.Rest
}

// fetch gives the next contacts. Without any, more tells that it came further all the
// same: the end of the list is not reached.
func (w *walker) fetch(ctx context.Context, n int) (found []rollcall.Contact, more bool, err error) {
	at, l := &w.run.Walk, &w.c.lists[w.run.Walk.List]
	if w.byRank() {
		return w.fetchRanked(ctx, l, n)
	}
	where, args := " AND seq > $3 ORDER BY seq LIMIT $4", []any{w.c.Owner.AccountKey, l.content, at.After, n}
	if w.c.Plan.Order == rollcall.OrderLIFO && !at.Rest {
		where = " AND seq < $3 ORDER BY seq DESC LIMIT $4"
		if at.After == 0 {
			args[2] = w.upper(at.List) + 1
		}
	}
	found, err = all(ctx, w.t, scanContact, selectContacts+where, args...)
	return found, false, err
}

// rank ranks contacts of the list, once in a claim, and tells whether all can be found
// by their priority. Where that takes more than one claim should, the rest is the next
// one's.
func (w *walker) rank(ctx context.Context, l *runList) (ready bool, err error) {
	if !w.ranked && w.ready != l.Key {
		r, err := w.s.rankOn(ctx, w.t, w.c.Owner.AccountKey, l.content, l.lastSeq, false)
		if err != nil {
			return false, err
		}
		if w.ranked = r.work; r.all {
			w.ready = l.Key
		}
	}
	return w.ready == l.Key, nil
}

// fetchRanked gives the next contacts that have a priority. While not all of the list is
// ready, since more has come, there may be more of a priority than are found: it is not
// left, and the first is not begun.
func (w *walker) fetchRanked(ctx context.Context, l *runList, n int) (found []rollcall.Contact, more bool, err error) {
	at := &w.run.Walk
	ready, err := w.rank(ctx, l)
	if err != nil {
		return nil, false, err
	}
	if !ready && at.Rank == nil {
		w.left = 0
		return nil, true, nil
	}
	found, ranks, last, err := w.s.rankedContacts(ctx, w.t, w.c.Owner.AccountKey, l.content, at.Rank, at.After, ready, n)
	if err != nil {
		return nil, false, err
	}
	w.ranks = ranks
	switch {
	case last == nil && ready:
		at.Rank, at.Unranked, at.After = nil, true, 0
	case last == nil:
		w.left = 0
	case len(found) == 0: // all have another priority now, or are gone
		at.Rank, at.After = &last.rank, last.seq
		w.left -= n
	}
	return found, true, nil
}

// unseen leaves out contacts that have a row in the run, or get one by this walker.
func (w *walker) unseen(ctx context.Context, found []rollcall.Contact) ([]rollcall.Contact, error) {
	seqs := make([]int64, len(found))
	for i := range found {
		seqs[i] = found[i].Seq
	}
	d := w.s.dialect
	seen, err := all(ctx, w.t, scanKey, "SELECT seq FROM run_contacts WHERE account_key = $1 AND run_key = $2 AND list_key = $3 AND seq "+d.among("$4"),
		w.c.Owner.AccountKey, w.run.Key, w.c.lists[w.run.Walk.List].Key, d.numbers.arg(seqs))
	return slices.DeleteFunc(slices.Clone(found), func(c rollcall.Contact) bool { return slices.Contains(seen, c.Seq) || w.taken[w.place(&c)] }), err
}
