package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"rollcall"
)

// An erasure goes in steps, each a transaction that leaves everything exact: first the
// number is suppressed, so that it comes into no list any more, then it is looked for
// list by list, then run by run. Whoever added it meanwhile without having seen the
// suppression holds the lock of a list, or of a run, for which the step waits, and the
// step finds what was added. It may be asked for again after any failure: what is
// erased is not found again.

// erasureLists is how many lists one step locks.
const erasureLists = 200

// Erase removes a person from every list of the owner's account, and blanks what else
// is known of the person; see docs/dnc.md for what that is. The numbers stay
// suppressed. Where ctx reaches its deadline between two steps, what was done is told,
// and that some remains.
func (s *Store) Erase(ctx context.Context, owner rollcall.Owner, who rollcall.Person, user string, now time.Time) (*rollcall.Erased, error) {
	if err := who.Validate(); err != nil {
		return nil, err
	}
	e := &erasing{s: s, owner: owner, user: user, now: now, numbers: []int64{int64(who.Phone)}, uniqueID: who.UniqueID, runs: map[int64]bool{}}
	if who.UniqueID != "" {
		var err error
		if e.numbers, err = s.numbersOfID(ctx, owner.AccountKey, who.UniqueID); err != nil {
			return nil, err
		}
		if len(e.numbers) == 0 {
			return &e.result, nil
		}
	}
	for _, n := range e.numbers {
		e.forms = append(e.forms, n, -n)
	}
	err := e.step(ctx, e.suppress)
	for _, part := range []func(context.Context) error{e.allLists, e.orphans, e.allRuns} {
		if err == nil {
			err = part(ctx)
		}
	}
	e.result.Runs = len(e.runs)
	if err == nil && who.UniqueID != "" {
		err = e.step(ctx, e.forgetPending)
	}
	if e.begun && (errors.Is(err, context.DeadlineExceeded) || err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded)) {
		e.result.Remaining, err = true, nil
	}
	return &e.result, err
}

// notePending keeps which numbers the own id led to until all is done: the contacts
// that tell it go first.
func (e *erasing) notePending(ctx context.Context, t *tx) error {
	for _, n := range e.numbers {
		if _, err := t.ExecContext(ctx, "INSERT INTO pending_erasures (account_key, unique_id, phone) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", e.owner.AccountKey, e.uniqueID, n); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasing) forgetPending(ctx context.Context, t *tx) error {
	_, err := t.ExecContext(ctx, "DELETE FROM pending_erasures WHERE account_key = $1 AND unique_id = $2", e.owner.AccountKey, e.uniqueID)
	return err
}

// erasing is one call that erases a person.
type erasing struct {
	s        *Store
	owner    rollcall.Owner
	user     string
	now      time.Time
	numbers  []int64
	forms    []int64 // the numbers, and each as a prefix, as which a DNC list may have it
	begun    bool    // the numbers are suppressed
	uniqueID string  // the person was named by it; empty: by number
	runs     map[int64]bool
	result   rollcall.Erased
}

// step runs one transaction, which is not begun after the call's deadline, and not
// broken off by it.
func (e *erasing) step(ctx context.Context, fn func(context.Context, *tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), chunkTime)
	defer cancel()
	return e.s.write(ctx, func(t *tx) error { return fn(ctx, t) })
}

func (e *erasing) suppress(ctx context.Context, t *tx) error {
	hashes, err := e.s.suppressionHashes(e.owner.AccountKey, e.numbers)
	if err != nil {
		return err
	}
	for _, hash := range compact(hashes) { // in one order, so that no two erasures wait for each other
		_, err := t.ExecContext(ctx, "INSERT INTO suppressions (account_key, hash, erased_at, erased_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
			e.owner.AccountKey, hash, millis(e.now), e.user)
		if err != nil {
			return err
		}
	}
	if e.uniqueID != "" {
		if err := e.notePending(ctx, t); err != nil {
			return err
		}
	}
	e.result.Numbers, e.begun = len(hashes), true
	return nil
}

// trace is a contact of the person.
type trace struct {
	list, content int64
	contact       rollcall.Contact
}

// allLists goes through all lists, some in a step. What ledgers say of the person goes
// first: it is found by the contacts.
func (e *erasing) allLists(ctx context.Context) error {
	keys, err := all(ctx, e.s.reader, scanKey, "SELECT list_key FROM contact_lists WHERE account_key = $1 ORDER BY list_key", e.owner.AccountKey)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(keys, erasureLists) {
		first, last := some[0], some[len(some)-1]
		before, err := e.find(ctx, e.s.reader, first, last)
		if err == nil {
			err = e.ledgers(ctx, before)
		}
		if err != nil {
			return err
		}
		var found []trace
		var what rollcall.Erased
		err = e.step(ctx, func(ctx context.Context, t *tx) (err error) {
			what = rollcall.Erased{}
			found, err = e.eraseFrom(ctx, t, first, last, &what)
			return err
		})
		if err != nil {
			return err
		}
		e.count(what)
		known := map[[2]int64]bool{}
		for _, b := range before {
			known[[2]int64{b.list, b.contact.Seq}] = true
		}
		late := slices.DeleteFunc(found, func(f trace) bool { return known[[2]int64{f.list, f.contact.Seq}] })
		if err := e.ledgers(ctx, late); err != nil {
			return err
		}
	}
	return nil
}

func scanKey(r *sql.Rows) (key int64, err error) { return key, r.Scan(&key) }

// count adds what a step did, once it is committed.
func (e *erasing) count(what rollcall.Erased) {
	r := &e.result
	r.Contacts += what.Contacts
	r.DNCEntries += what.DNCEntries
	r.Kept += what.Kept
	r.History += what.History
	r.Attempts += what.Attempts
	r.OtherLists += what.OtherLists
	r.Lists = append(r.Lists, what.Lists...)
}

// find looks for the person's contacts in all contents of some lists: those that they
// have, that a replacement gathers, and that are kept for an undo.
func (e *erasing) find(ctx context.Context, q queryer, first, last int64) ([]trace, error) {
	type place struct{ list, content int64 }
	places, err := all(ctx, q, func(r *sql.Rows) (p place, err error) { return p, r.Scan(&p.list, &p.content) },
		`SELECT list_key, content_key FROM contact_lists WHERE account_key = $1 AND list_key BETWEEN $2 AND $3
			UNION SELECT list_key, content_key FROM imports WHERE account_key = $1 AND list_key BETWEEN $2 AND $3 AND content_key <> 0
			UNION SELECT list_key, previous_key FROM imports WHERE account_key = $1 AND list_key BETWEEN $2 AND $3 AND previous_key <> 0`,
		e.owner.AccountKey, first, last)
	if err != nil {
		return nil, err
	}
	listOf, contents := map[int64]int64{}, make([]int64, 0, len(places))
	for _, p := range places {
		if _, there := listOf[p.content]; !there {
			contents = append(contents, p.content)
		}
		listOf[p.content] = p.list
	}
	found, err := e.contactsIn(ctx, q, contents)
	for i := range found {
		found[i].list = listOf[found[i].content]
	}
	return found, err
}

// contactsIn gives the person's contacts under some contents.
func (e *erasing) contactsIn(ctx context.Context, q queryer, contents []int64) (found []trace, err error) {
	if len(contents) == 0 {
		return nil, nil
	}
	d := e.s.dialect
	// Every entry, whenever it ends: the query is that of the DNC check.
	hits, err := dncHits(ctx, q, d, e.owner.AccountKey, contents, e.forms, math.MinInt64, 0)
	if err != nil {
		return nil, err
	}
	for _, h := range hits {
		contacts, err := all(ctx, q, scanContact, "SELECT "+contactColumnsRead+" FROM "+d.byNumber+" c WHERE account_key = $1 AND list_key = $2 AND phone = $3 ORDER BY copy",
			e.owner.AccountKey, h.content, h.phone)
		if err != nil {
			return nil, err
		}
		for _, c := range contacts {
			found = append(found, trace{content: h.content, contact: c})
		}
	}
	return found, nil
}

// eraseFrom removes the person from some lists, and from what is kept for the undo of
// their imports and in runs over them.
func (e *erasing) eraseFrom(ctx context.Context, t *tx, first, last int64, what *rollcall.Erased) ([]trace, error) {
	if p := e.s.dialect.claims; p != "" {
		if _, err := t.ExecContext(ctx, p); err != nil {
			return nil, err
		}
		t.durable = e.s.dialect.durable
	}
	// Those who see no suppression yet hold one of these.
	if _, err := all(ctx, t, scanKey, "SELECT list_key FROM contact_lists WHERE account_key = $1 AND list_key BETWEEN $2 AND $3 ORDER BY list_key"+e.s.dialect.forUpdate, e.owner.AccountKey, first, last); err != nil {
		return nil, err
	}
	// No undo of theirs may bring the number back after this.
	if err := e.blankNumbers(ctx, t, what); err != nil {
		return nil, err
	}
	found, err := e.find(ctx, t, first, last)
	if err != nil {
		return nil, err
	}
	byList := map[int64][]trace{}
	for _, f := range found {
		byList[f.list] = append(byList[f.list], f)
	}
	var lists []int64
	for list := range byList {
		lists = append(lists, list)
	}
	for _, list := range sorted(lists) {
		if err := e.eraseFromList(ctx, t, list, byList[list], what); err != nil {
			return nil, err
		}
	}
	return found, e.eraseFromRuns(ctx, t, found, what)
}

// eraseFromList removes contacts of the person from all contents of one locked list.
func (e *erasing) eraseFromList(ctx context.Context, t *tx, key int64, traces []trace, what *rollcall.Erased) error {
	var application string
	account := e.owner.AccountKey
	if err := t.QueryRowContext(ctx, "SELECT application_id FROM contact_lists WHERE account_key = $1 AND list_key = $2", account, key).Scan(&application); err != nil {
		return err
	}
	owner := rollcall.Owner{AccountKey: account, ApplicationID: application}
	bumpVersion(t, owner)
	l, err := loadList(ctx, t, owner, " AND list_key = $3", key, "The list was deleted.")
	if err != nil {
		return err
	}
	inList := int64(0)
	for _, f := range traces {
		if err := removeTrace(ctx, t, account, f); err != nil {
			return err
		}
		if f.content == l.contentKey {
			inList++
		} else {
			what.Kept++
			if err := countErased(ctx, t, account, f.content); err != nil {
				return err
			}
		}
		err := e.blankChanges(ctx, t, what, "seq = $2 AND import_key IN (SELECT import_key FROM imports WHERE account_key = $1 AND list_key = $3)", f.contact.Seq, key)
		if err != nil {
			return err
		}
	}
	if inList == 0 {
		return nil
	}
	if l.Type == rollcall.ListDNC {
		what.DNCEntries += inList
	} else {
		what.Contacts += inList
	}
	if application == e.owner.ApplicationID {
		what.Lists = append(what.Lists, rollcall.ErasedList{ID: l.ID, Name: l.Name, Contacts: inList})
	} else {
		what.OtherLists++
	}
	l.TotalRecordCount -= inList
	l.UpdatedBy, l.UpdatedAt = e.user, e.now
	return saveList(ctx, t, l)
}

// removeTrace removes one contact. It is not remembered as an entry of a DNC list that
// was removed would be.
func removeTrace(ctx context.Context, t *tx, account int64, f trace) error {
	if _, err := t.ExecContext(ctx, "DELETE FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq = $3", account, f.content, f.contact.Seq); err != nil {
		return err
	}
	if f.contact.UniqueID.Value == "" {
		return nil
	}
	_, err := t.ExecContext(ctx, "DELETE FROM contact_unique_ids WHERE account_key = $1 AND content_key = $2 AND unique_id = $3 AND seq = $4",
		account, f.content, f.contact.UniqueID.Value, f.contact.Seq)
	return err
}

// countErased counts one contact out of contents that are not a list's: those who will
// make them a list's know only what came into them.
func countErased(ctx context.Context, t *tx, account, content int64) error {
	if _, err := t.ExecContext(ctx, "UPDATE imports SET erased = erased + 1 WHERE account_key = $1 AND content_key = $2", account, content); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, "UPDATE imports SET erased_before = erased_before + 1 WHERE account_key = $1 AND previous_key = $2", account, content)
	return err
}

// blankNumbers takes the person out of what is kept of contacts that imports changed,
// where they had one of the numbers before.
func (e *erasing) blankNumbers(ctx context.Context, t *tx, what *rollcall.Erased) error {
	for _, number := range e.forms {
		if err := e.blankChanges(ctx, t, what, "phone = $2", number); err != nil {
			return err
		}
	}
	return nil
}

// blankChanges takes a contact out of what is kept of contacts that imports changed: an
// undo finds it gone, or changed since. $1 of the condition is the account.
func (e *erasing) blankChanges(ctx context.Context, t *tx, what *rollcall.Erased, condition string, args ...any) error {
	n, err := affected(t.ExecContext(ctx, `UPDATE import_changes SET before = '{"Seq":' || CAST(seq AS TEXT) || '}', revision = -1, phone = NULL
		WHERE account_key = $1 AND phone IS NOT NULL AND `+condition, append([]any{e.owner.AccountKey}, args...)...))
	what.Kept += n
	return err
}

// orphans removes the person from contents that no list has any more, and that are
// still to be purged, and from what is remembered of DNC lists.
func (e *erasing) orphans(ctx context.Context) error {
	var what rollcall.Erased
	err := e.step(ctx, func(ctx context.Context, t *tx) error {
		what = rollcall.Erased{}
		account := e.owner.AccountKey
		contents, err := all(ctx, t, scanKey, `SELECT list_key FROM purges WHERE account_key = $1
			UNION SELECT content_key FROM imports i WHERE account_key = $1 AND content_key <> 0 AND NOT EXISTS (SELECT 1 FROM contact_lists l WHERE l.account_key = i.account_key AND l.list_key = i.list_key)
			UNION SELECT previous_key FROM imports i WHERE account_key = $1 AND previous_key <> 0 AND NOT EXISTS (SELECT 1 FROM contact_lists l WHERE l.account_key = i.account_key AND l.list_key = i.list_key)`, account)
		if err != nil {
			return err
		}
		found, err := e.contactsIn(ctx, t, contents)
		if err != nil {
			return err
		}
		for _, f := range found {
			if err := removeTrace(ctx, t, account, f); err != nil {
				return err
			}
		}
		for _, number := range e.forms {
			n, err := affected(t.ExecContext(ctx, "DELETE FROM dnc_history WHERE account_key = $1 AND phone = $2", account, number))
			if err != nil {
				return err
			}
			what.History += n
		}
		return e.blankNumbers(ctx, t, &what)
	})
	if err == nil {
		e.count(what)
	}
	return err
}

// numbersOfID gives the numbers of all contacts of an account that have an own id, or
// had it before an import that can be undone. In lists whose own ids are not indexed,
// it reads every contact.
func (s *Store) numbersOfID(ctx context.Context, account int64, id string) (numbers []int64, err error) {
	type place struct {
		content int64
		indexed bool
	}
	places, err := all(ctx, s.reader, func(r *sql.Rows) (p place, err error) { return p, r.Scan(&p.content, &p.indexed) },
		`SELECT content_key, ids_indexed FROM contact_lists WHERE account_key = $1
			UNION SELECT content_key, FALSE FROM imports i WHERE account_key = $1 AND content_key <> 0 AND NOT EXISTS (SELECT 1 FROM contact_lists l WHERE l.account_key = $1 AND l.content_key = i.content_key)
			UNION SELECT previous_key, FALSE FROM imports WHERE account_key = $1 AND previous_key <> 0
			UNION SELECT list_key, FALSE FROM purges WHERE account_key = $1`, account)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		query := "SELECT phone FROM contacts WHERE account_key = $1 AND list_key = $2 AND unique_id = $3"
		if p.indexed {
			query = `SELECT c.phone FROM contact_unique_ids u JOIN contacts c ON c.account_key = u.account_key AND c.list_key = u.content_key AND c.seq = u.seq
				WHERE u.account_key = $1 AND u.content_key = $2 AND u.unique_id = $3`
		}
		found, err := all(ctx, s.reader, scanKey, query, account, p.content, id)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, found...)
	}
	before, err := s.numbersOfIDBefore(ctx, account, id)
	if err != nil {
		return nil, err
	}
	pending, err := all(ctx, s.reader, scanKey, "SELECT phone FROM pending_erasures WHERE account_key = $1 AND unique_id = $2", account, id)
	numbers = append(append(numbers, before...), pending...)
	// A prefix of a DNC list is nobody's number.
	return slices.DeleteFunc(compact(numbers), func(n int64) bool { return n <= 0 }), err
}

// numbersOfIDBefore looks into what contacts were before imports changed them.
func (s *Store) numbersOfIDBefore(ctx context.Context, account int64, id string) (numbers []int64, err error) {
	own, err := json.Marshal(rollcall.Given(id))
	if err != nil {
		return nil, err
	}
	pattern := strings.NewReplacer(`!`, `!!`, `%`, `!%`, `_`, `!_`).Replace(`"UniqueID":` + string(own))
	texts, err := all(ctx, s.reader, func(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) },
		"SELECT before FROM import_changes WHERE account_key = $1 AND phone IS NOT NULL AND before LIKE $2 ESCAPE '!'", account, "%"+pattern+"%")
	if err != nil {
		return nil, err
	}
	for _, text := range texts {
		var c rollcall.Contact
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return nil, err
		}
		if c.UniqueID.Value == id { // SQLite's LIKE does not regard case
			numbers = append(numbers, int64(c.Phone))
		}
	}
	return numbers, nil
}
