package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"rollcall"
	"rollcall/phone"
)

// NumberFate tells of each contact of a campaign's lists that has a number whether it
// can be called, and what its newest runs made of it. Of a number whose person was
// erased it tells only that, also while an erasure has not come to all contacts yet.
func (s *Store) NumberFate(ctx context.Context, owner rollcall.Owner, id string, number phone.Number, at time.Time) (*rollcall.NumberFate, error) {
	f := &fateSearch{s: s, owner: owner, fate: &rollcall.NumberFate{Number: number, At: at}}
	err := s.read(ctx, func(t *sql.Tx) error {
		if err := f.begin(ctx, t, id); err != nil || f.fate.Erased {
			return err
		}
		for i := range f.c.lists {
			if err := f.search(ctx, t, &f.c.lists[i]); err != nil {
				return err
			}
		}
		return f.searchGone(ctx, t)
	})
	if err != nil {
		return nil, err
	}
	return f.fate, nil
}

// farOff is after every entry.
var farOff = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// fateSearch is what one look-up knows.
type fateSearch struct {
	s       *Store
	owner   rollcall.Owner
	fate    *rollcall.NumberFate
	c       *runCampaign
	runs    []*rollcall.Run
	held    heldEntries
	binding map[string]bool   // ids of the DNC lists that bind the campaign
	there   map[[2]int64]bool // list and sequence number of the contacts that were found
}

// begin finds what does not hang on the contact.
func (f *fateSearch) begin(ctx context.Context, t *sql.Tx, id string) (err error) {
	if f.c, err = campaignByID(ctx, t, f.owner, id, ""); err != nil {
		return err
	}
	f.fate.Campaign, f.there = f.c.Ref(), map[[2]int64]bool{}
	erased, err := f.s.suppressed(ctx, t, f.owner.AccountKey, []int64{int64(f.fate.Number)})
	if f.fate.Erased = len(erased) > 0; err != nil || f.fate.Erased {
		return err
	}
	if err := f.c.loadLists(ctx, t); err != nil {
		return err
	}
	f.runs, err = all(ctx, t, func(r *sql.Rows) (*rollcall.Run, error) { return scanRun(r) },
		selectRuns+" AND campaign_key = $2 ORDER BY run_key DESC LIMIT $3", f.owner.AccountKey, f.c.Key, 1+rollcall.MaxFormerRuns)
	if err != nil {
		return err
	}
	if f.held, err = f.s.heldEntries(ctx, t, f.owner, []phone.Number{f.fate.Number}); err != nil {
		return err
	}
	lists, err := f.s.bindingDNC(ctx, t, f.owner, f.c.DNCList.Key)
	f.binding = map[string]bool{}
	for _, l := range lists {
		f.binding[l.ID] = true
	}
	return err
}

// search finds the contacts of one list.
func (f *fateSearch) search(ctx context.Context, t *sql.Tx, l *runList) error {
	found, err := all(ctx, t, scanContact, "SELECT "+contactColumnsRead+" FROM "+f.s.dialect.byNumber+` c
		WHERE c.account_key = $1 AND c.list_key = $2 AND c.phone = $3 ORDER BY c.seq + 0 LIMIT $4`, f.owner.AccountKey, l.content, int64(f.fate.Number), rollcall.MaxContactsOfNumber)
	if err != nil {
		return err
	}
	for i := range found {
		f.there[[2]int64{l.Key, found[i].Seq}] = true
		fate := f.judge(l, &found[i])
		for _, run := range f.runs {
			in, err := f.inRun(ctx, t, run, l.Key, found[i].Seq)
			if err != nil {
				return err
			}
			fate.Runs = append(fate.Runs, in)
		}
		f.fate.Contacts = append(f.fate.Contacts, fate)
	}
	return nil
}

// searchGone finds what runs did with contacts that had the number: deleted since, or
// replaced by a file, or given another number.
func (f *fateSearch) searchGone(ctx context.Context, t *sql.Tx) error {
	for _, run := range f.runs {
		places, err := f.s.numberInRun(ctx, t, f.owner.AccountKey, run.Key, int64(f.fate.Number))
		if err != nil {
			return err
		}
		for _, p := range places {
			if f.there[[2]int64{p.list, p.seq}] {
				continue
			}
			if len(f.fate.Gone) == rollcall.MaxContactsOfNumber {
				return nil
			}
			in, err := f.inRun(ctx, t, run, p.list, p.seq)
			if err != nil {
				return err
			}
			in.Gone = true
			f.fate.Gone = append(f.fate.Gone, in)
		}
	}
	return nil
}

// judge tells whether a contact can be called now.
func (f *fateSearch) judge(l *runList, c *rollcall.Contact) rollcall.ContactFate {
	zone, from := f.c.Plan.ZoneFrom(c.TimeZone.Value, c.Phone.TimeZone())
	fate := rollcall.ContactFate{List: l.Named, ContactID: rollcall.ContactID(l.space, c.Seq), ZoneFrom: from}
	if zone != nil {
		fate.Zone = zone.String()
	}
	fate.Verdict, fate.ClosesAt = f.c.Plan.Judge(zone, f.fate.At)
	// An entry that is in a list blocks, whenever it came.
	fate.Blocking = f.entries(f.fate.At, farOff, func(e rollcall.DNCEntry) bool { return e.Holds })
	if len(fate.Blocking) > 0 {
		fate.Verdict, fate.ClosesAt = rollcall.Verdict{When: rollcall.WhenNever, Reason: rollcall.ReasonDNC}, time.Time{}
	}
	return fate
}

// entries gives the entries that bind the campaign and held the number in a stretch
// of time.
func (f *fateSearch) entries(from, to time.Time, that func(rollcall.DNCEntry) bool) []rollcall.DNCEntry {
	return slices.DeleteFunc(f.held.at(f.fate.Number, from, to), func(e rollcall.DNCEntry) bool {
		return !that(e) || !e.Global && !f.binding[e.ListID]
	})
}

// inRun tells how a contact stands in a run.
func (f *fateSearch) inRun(ctx context.Context, t *sql.Tx, run *rollcall.Run, list, seq int64) (rollcall.RunFate, error) {
	fate := rollcall.RunFate{Run: *run}
	var due, changed int64
	err := t.QueryRowContext(ctx, `SELECT state, reason, due_at, agent, claims, attempts, updated_at FROM run_contacts
		WHERE account_key = $1 AND run_key = $2 AND list_key = $3 AND seq = $4`, f.owner.AccountKey, run.Key, list, seq).
		Scan(&fate.State, &fate.Reason, &due, &fate.Agent, &fate.Claims, &fate.Counted, &changed)
	if errors.Is(err, sql.ErrNoRows) {
		return fate, nil
	}
	if err != nil {
		return fate, err
	}
	fate.Seen, fate.Due, fate.Changed = true, timeOrZero(due), fromMillis(changed)
	if fate.Reason == rollcall.ReasonDNC {
		fate.Blocking = f.entries(fate.Changed, fate.Changed.Add(time.Millisecond), func(rollcall.DNCEntry) bool { return true })
	}
	if fate.Counted > 0 {
		fate.Attempts, err = attemptsOf(ctx, t, f.fate.Number, fate.Counted, f.owner.AccountKey, run.Key, list, seq)
	}
	return fate, err
}

const selectAttempts = `SELECT number, at, outcome, disposition, session_id, detail, duration, agent FROM attempts WHERE account_key = $1 AND `

// attemptsOf gives the attempts of a contact in a run, in their order; count is how many
// there are. They are looked up by the number, which each was made with if it never
// changed. Where some are missing, because the contact had another number then, its
// person was erased, or an agent of a Preview campaign passed it over, of which nothing was told, all
// attempts of the run are gone through: those stand by time.
func attemptsOf(ctx context.Context, q queryer, number phone.Number, count int, account, run, list, seq int64) ([]rollcall.PastAttempt, error) {
	// run_key + 0 keeps the engines from going through the run by the primary key.
	found, err := all(ctx, q, scanAttempt, selectAttempts+"phone = $5 AND run_key + 0 = $2 AND list_key = $3 AND seq = $4 ORDER BY number, at", account, run, list, seq, int64(number))
	if err != nil || len(found) == count {
		return found, err
	}
	return all(ctx, q, scanAttempt, selectAttempts+"run_key = $2 AND list_key = $3 AND seq = $4 ORDER BY number, at", account, run, list, seq)
}

func scanAttempt(r *sql.Rows) (a rollcall.PastAttempt, err error) {
	var at, duration int64
	var codes, detail string
	if err := r.Scan(&a.Number, &at, &a.Outcome, &codes, &a.SessionID, &detail, &duration, &a.Agent); err != nil {
		return a, err
	}
	a.At, a.Duration = fromMillis(at), time.Duration(duration)*time.Millisecond
	return a, readTold(&a.Attempt, codes, detail)
}
