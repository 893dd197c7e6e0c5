package ingest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/ingest"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// The properties are held against the same cases each time, so that a change is
// judged by what it changed, and so few that the suite stays quick; make soak takes others,
// and more.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.checks": "60"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	storetest.Main(m)
}

// world is a store with a list that files go into, and another one.
type world struct {
	t     *rapid.T
	dir   string
	store *store.Store
	owner rollcall.Owner
	list  *rollcall.ContactList
	other *rollcall.ContactList
	// numbers are those of the file's rows; 0 where a row has none.
	numbers []phone.Number
	// blocks tells whether a DNC list blocks a number, by what was put into it.
	blocks map[phone.Number]bool
}

// worlds counts the worlds of one store, so that each has lists of its own.
func newWorld(t *rapid.T, s *store.Store, owner rollcall.Owner, dir string, n int) *world {
	w := &world{t: t, dir: dir, store: s, owner: owner}
	w.list, w.other = w.makeList(fmt.Sprintf("list %d", n)), w.makeList(fmt.Sprintf("other %d", n))
	w.makeDNCList(fmt.Sprintf("DNC %d", n))
	return w
}

// makeDNCList makes a list of numbers and prefixes not to be called, some of which have
// expired. It goes with the world, since others are in the same account.
func (w *world) makeDNCList(name string) {
	ctx := context.Background()
	l := rollcall.NewDNCList(rollcall.SourcePassiveAPI, storetest.Time)
	l.Owner, l.Name, l.Description, l.CreatedBy, l.UpdatedBy, l.GlobalDNC = w.owner, name, "d", "u-1", "u-1", rapid.Bool().Draw(w.t, name+" is global")
	w.must(w.store.CreateContactList(ctx, l))
	w.t.Cleanup(func() {
		if _, err := w.store.DeleteContactList(ctx, w.owner, l.ID, "u-1", storetest.Time); err != nil {
			w.t.Error(err)
		}
	})
	w.blocks = map[phone.Number]bool{}
	var entries []rollcall.Contact
	for range rapid.IntRange(0, 4).Draw(w.t, name+" entries") {
		e, extent := rollcall.Contact{Phone: phone.Number(poolNumber(w.t))}, phone.Number(1)
		first := e.Phone
		if rapid.IntRange(0, 3).Draw(w.t, "prefix") == 0 {
			e.Phone, extent = -first/10, 10
			first = -e.Phone * 10
		}
		e.PhoneSent = e.Phone.String()
		if rapid.IntRange(0, 3).Draw(w.t, "expired") == 0 {
			e.Extra = `{"expiresAt":"2026-02-01T00:00:00.000Z"}`
		} else {
			for n := range extent {
				w.blocks[first+n] = true
			}
		}
		entries = append(entries, e)
	}
	_, err := w.store.AddContacts(ctx, w.owner, l.ID, entries, "u-1", storetest.Time)
	w.must(err)
}

func (w *world) makeList(name string) *rollcall.ContactList {
	source := rapid.SampledFrom([]rollcall.Source{rollcall.SourcePassiveAPI, rollcall.SourceLocalDrive}).Draw(w.t, name+" source")
	l := rollcall.NewContactList(source, storetest.Time)
	l.Owner, l.Name, l.Description, l.CreatedBy, l.UpdatedBy, l.PhoneRule, l.Status = w.owner, name, "d", "u-1", "u-1", phone.RuleE164, rollcall.ListReady
	l.AllowDuplicates = rapid.Bool().Draw(w.t, name+" allows duplicates")
	holdsCopies := rapid.Bool().Draw(w.t, name+" holds copies")
	var contacts []rollcall.Contact
	for range rapid.IntRange(0, 12).Draw(w.t, name+" contacts") {
		c := rollcall.Contact{Phone: phone.Number(poolNumber(w.t)), FirstName: maybe(w.t, "Ann", "Bob"), UniqueID: maybe(w.t, "a", "b", "c", "d")}
		c.PhoneSent = c.Phone.String()
		if rapid.Bool().Draw(w.t, "has extra") {
			c.Extra = `{"city":"Rome"}`
		}
		contacts = append(contacts, c)
	}
	return w.fill(l, contacts, holdsCopies)
}

// fill makes a list with contacts. Files, and a setting that was another once, bring
// copies into a list that allows none.
func (w *world) fill(l *rollcall.ContactList, contacts []rollcall.Contact, copies bool) *rollcall.ContactList {
	ctx, allows := context.Background(), l.AllowDuplicates
	l.AllowDuplicates = allows || copies
	w.must(w.store.CreateContactList(ctx, l))
	_, err := w.store.AddContacts(ctx, w.owner, l.ID, contacts, "u-1", storetest.Time)
	w.must(err)
	l, err = w.store.UpdateContactList(ctx, w.owner, l.ID, func(l *rollcall.ContactList) error { l.AllowDuplicates = allows; return nil })
	w.must(err)
	return l
}

func poolNumber(t *rapid.T) int64 {
	return 14155550100 + int64(rapid.IntRange(0, 15).Draw(t, "number"))
}

func maybe(t *rapid.T, values ...string) rollcall.Text {
	if v := rapid.SampledFrom(append(values, "")).Draw(t, "value"); v != "" {
		return rollcall.Given(v)
	}
	return rollcall.Text{}
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

// file writes a random file.
func (w *world) file() string {
	rows := [][]string{{"phoneNumber", "firstName", "uniqueId", "city"}}
	w.numbers = nil
	for range rapid.IntRange(0, 40).Draw(w.t, "rows") {
		n := phone.Number(poolNumber(w.t))
		number := n.String()
		if rapid.IntRange(0, 9).Draw(w.t, "bad") == 0 {
			n, number = 0, "12"
		}
		w.numbers = append(w.numbers, n)
		rows = append(rows, []string{number, maybe(w.t, "Ann", "Bob", "Cid").Value, maybe(w.t, "a", "b", "c", "d", "e").Value, maybe(w.t, "Rome", "Oslo").Value})
	}
	path := filepath.Join(w.dir, "file.csv")
	w.must(os.WriteFile(path, drawShape(w.t, rows), 0o600))
	return path
}

func (w *world) options() rollcall.ImportOptions {
	o := rollcall.ImportOptions{
		Duplicates:     rapid.SampledFrom([]rollcall.DuplicateRule{"", rollcall.DuplicatesSkip, rollcall.DuplicatesUpdate, rollcall.DuplicatesFillBlanks, rollcall.DuplicatesAllow}).Draw(w.t, "duplicates"),
		Match:          rapid.SampledFrom([]rollcall.MatchField{"", rollcall.MatchUniqueID}).Draw(w.t, "match"),
		Mode:           rapid.SampledFrom([]rollcall.ImportMode{"", rollcall.ModeReplace}).Draw(w.t, "mode"),
		Strict:         rapid.IntRange(0, 5).Draw(w.t, "strict") == 0,
		MaxRejectShare: rapid.SampledFrom([]*float64{nil, nil, new(0.0), new(0.1), new(0.5)}).Draw(w.t, "maxRejectShare"),
		DNC:            rapid.SampledFrom([]rollcall.DNCRule{"", rollcall.DNCKeep, rollcall.DNCCount, rollcall.DNCDrop}).Draw(w.t, "dnc"),
	}
	allows := o.Duplicates == rollcall.DuplicatesAllow || o.Duplicates == "" && w.list.AllowDuplicates
	switch rapid.IntRange(0, 3).Draw(w.t, "scope") {
	case 0:
		if !allows {
			o.Scope = rollcall.ScopeAccount
		}
	case 1:
		if !allows {
			o.Scope, o.ScopeLists = rollcall.ScopeLists, []string{w.other.Name}
		}
	}
	return o
}

// run imports a file, block by block.
func (w *world) run(path string, o rollcall.ImportOptions) *ingest.Result {
	tick := storetest.Time
	result, err := ingest.Small(w.store).Run(context.Background(), ingest.Request{
		Path: path, Owner: w.owner, User: "u-2", ListName: w.list.Name, Options: o, Worker: "w",
		Now: func() time.Time { tick = tick.Add(time.Second); return tick },
	})
	if e, ok := errors.AsType[*rollcall.Error](err); err != nil && (!ok || !rollcall.RefusedWhole(e.Reason)) {
		w.t.Fatal(err)
	}
	if c := result.Import.Counts; c.Check() != nil || c.Rows != int64(len(w.ledger(result.Import))) {
		w.t.Fatalf("the counts do not add up: %+v", c)
	}
	return result
}

// ledger reads what became of each row, and holds it against the counts.
func (w *world) ledger(im *rollcall.Import) []rollcall.LedgerEntry {
	var all []rollcall.LedgerEntry
	counts := map[rollcall.Outcome]int64{}
	for after := int64(0); ; {
		page, last, err := w.store.LedgerPage(context.Background(), im, after, nil)
		w.must(err)
		if last == 0 {
			break
		}
		all, after = append(all, page...), last
	}
	onDNC := int64(0)
	for i, e := range all {
		counts[e.Outcome]++
		blocked := im.Options.DNC.Checks() && e.Outcome != rollcall.OutcomeRejected && w.blocks[w.numbers[i]]
		if blocked {
			onDNC++
		}
		if blocked != (e.DNCList != "") {
			w.t.Fatalf("the row %d, %s: on a DNC list: %v, and the ledger says %q", e.Row, w.numbers[i], blocked, e.DNCList)
		}
		if e.Row != int64(i+1) {
			w.t.Fatalf("the row after %d is %d", i, e.Row)
		}
	}
	for _, o := range rollcall.Outcomes() {
		if counts[o] != im.Counts.Of(o) {
			w.t.Fatalf("%s: the ledger has %d, the counts %d", o, counts[o], im.Counts.Of(o))
		}
	}
	if im.Counts.OnDNC != onDNC {
		w.t.Fatalf("%d rows have a number that a DNC list blocks, counted are %d", onDNC, im.Counts.OnDNC)
	}
	return all
}

// snapshot is all that can be seen of a list, but for when it last changed.
type snapshot struct {
	List     rollcall.ContactList
	Contacts []rollcall.Contact
}

func (w *world) snapshot(l *rollcall.ContactList) snapshot {
	contacts, list, err := w.store.Contacts(context.Background(), w.owner, l.ID, rollcall.ContactPage{Limit: 1000})
	w.must(err)
	if int64(len(contacts)) != list.TotalRecordCount {
		w.t.Fatalf("%s: totalRecordCount %d, %d contacts", l.Name, list.TotalRecordCount, len(contacts))
	}
	s := snapshot{*list, contacts}
	s.List.UpdatedAt, s.List.UpdatedBy = time.Time{}, ""
	return s
}

func (w *world) same(what string, want, got snapshot) {
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// undo takes an import back, as the jobs do.
func (w *world) undo(im *rollcall.Import) *rollcall.Import {
	ctx := context.Background()
	_, err := w.store.UpdateImport(ctx, w.owner, im.ID, func(im *rollcall.Import) error { return im.RequestUndo() })
	w.must(err)
	claimed, err := w.store.ClaimImport(ctx, "w", storetest.Time.Add(time.Hour))
	w.must(err)
	if claimed == nil || claimed.ID != im.ID {
		w.t.Fatalf("the undo is not handed out: %+v", claimed)
	}
	for more := true; more; {
		more, err = w.store.UndoImport(ctx, claimed, storetest.Time.Add(time.Hour))
		w.must(err)
	}
	return claimed
}

// since changes a list as people and programs do between an import and its undo, and
// gives the contacts that came or changed by that.
func (w *world) since() []rollcall.Contact {
	ctx, before := context.Background(), map[int64]int64{}
	for _, c := range w.snapshot(w.list).Contacts {
		before[c.Seq] = c.Revision
	}
	var contacts []rollcall.Contact
	for range rapid.IntRange(0, 8).Draw(w.t, "contacts since") {
		c := rollcall.Contact{Phone: phone.Number(poolNumber(w.t)), FirstName: maybe(w.t, "Dee"), UniqueID: maybe(w.t, "a", "b", "z")}
		c.PhoneSent = c.Phone.String()
		contacts = append(contacts, c)
	}
	_, err := w.store.AddContacts(ctx, w.owner, w.list.ID, contacts, "u-3", storetest.Time)
	w.must(err)
	for _, c := range w.snapshot(w.list).Contacts {
		number := phone.Number(poolNumber(w.t))
		what := rapid.IntRange(0, 9).Draw(w.t, "what happens since")
		if what > 1 {
			continue
		}
		_, _, err := w.store.UpdateContact(ctx, w.owner, w.list.ID, rollcall.ContactID(w.list.ContactSpace, c.Seq), "u-3", storetest.Time, func(_ *rollcall.ContactList, c *rollcall.Contact) (bool, error) {
			if c.LastName = rollcall.Given("Since"); what == 1 {
				c.Phone, c.PhoneSent = number, number.String()
			}
			return true, nil
		})
		if rollcall.CodeOf(err) != rollcall.CodeConflict { // the number is taken
			w.must(err)
		}
	}
	return slices.DeleteFunc(w.snapshot(w.list).Contacts, func(c rollcall.Contact) bool {
		revision, there := before[c.Seq]
		return there && revision == c.Revision
	})
}

// movedOneByOne is what a list holds once a replacement is undone, if each contact that
// came since is moved by itself into what was there before: in the place of the first of
// those with its number, where the list has each number once.
func (w *world) movedOneByOne(before, since []rollcall.Contact) []rollcall.Contact {
	there := slices.Clone(before)
	for _, c := range since {
		if i := slices.IndexFunc(there, func(o rollcall.Contact) bool { return o.Phone == c.Phone }); i >= 0 && !w.list.AllowDuplicates {
			there = slices.Delete(there, i, i+1)
		}
	}
	there = append(there, since...)
	slices.SortFunc(there, func(a, b rollcall.Contact) int { return int(a.Seq - b.Seq) })
	return there
}

// TestUndo_OfAReplacementKeepsWhatCameSince: for random lists, files, options and changes
// since, the undo of a replacement leaves what was there before, and what came since as if
// each contact had been moved by itself.
func TestUndo_OfAReplacementKeepsWhatCameSince(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		owner, dir, n := storetest.Owner(t, s), t.TempDir(), 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w := newWorld(rt, s, owner, dir, n)
			before := w.snapshot(w.list)
			path, o := w.file(), w.options()
			o.Mode = rollcall.ModeReplace
			im := w.run(path, o).Import
			if im.State != rollcall.ImportDone {
				return // the list was not replaced
			}
			since := w.since()
			here := w.snapshot(w.list).Contacts
			want := w.movedOneByOne(before.Contacts, since)
			undone := w.undo(im)
			if diff := cmp.Diff(want, w.snapshot(w.list).Contacts); diff != "" {
				rt.Fatalf("(-one by one +undone):\n%s", diff)
			}
			if u := undone.Undo; u.Kept != int64(len(since)) || u.Restored != int64(len(want)-len(since)) || u.Removed != int64(len(here)-len(since)) {
				rt.Fatalf("%+v, with %d since", u, len(since))
			}
			wrong, err := s.CheckCounts(context.Background())
			if err != nil || len(wrong) > 0 {
				rt.Fatal(wrong, err)
			}
		})
	})
}

// numbersOnce: without duplicates, no number stands twice that did not before.
func (w *world) numbersOnce(before, s snapshot) {
	seen, often := map[phone.Number]bool{}, map[phone.Number]int{}
	for _, c := range before.Contacts {
		often[c.Phone]++
	}
	for _, c := range s.Contacts {
		if seen[c.Phone] && often[c.Phone] < 2 {
			w.t.Fatalf("%s stands in the list twice", c.Phone)
		}
		seen[c.Phone] = true
	}
}

func outcomes(ledger []rollcall.LedgerEntry) []string {
	all := make([]string, len(ledger))
	for i, e := range ledger {
		all[i] = fmt.Sprint(e.Row, " ", e.Outcome, " ", e.Code, " ", e.UniqueID, " of ", e.DuplicateOfRow, " ", e.DNCList)
	}
	return all
}

// TestImport_Properties: for random lists, files and options a dry run writes
// nothing and predicts the real run row by row; undoing the real run makes the
// list exactly what it was; and importing again with skip changes nothing.
func TestImport_Properties(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		owner, dir, n := storetest.Owner(t, s), t.TempDir(), 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w := newWorld(rt, s, owner, dir, n)
			path, o := w.file(), w.options()
			before, other := w.snapshot(w.list), w.snapshot(w.other)

			dry := o
			dry.DryRun = true
			predicted := w.run(path, dry)
			w.same("the dry run wrote into the list", before, w.snapshot(w.list))

			real := w.run(path, o)
			if diff := cmp.Diff(outcomes(w.ledger(real.Import)), outcomes(w.ledger(predicted.Import))); diff != "" {
				rt.Fatalf("the dry run predicted something else (-real +predicted):\n%s", diff)
			}
			if real.Import.Counts != predicted.Import.Counts {
				rt.Fatalf("the dry run predicted %+v, real %+v", predicted.Import.Counts, real.Import.Counts)
			}
			after := w.snapshot(w.list)
			if !w.list.AllowDuplicates && o.Duplicates != rollcall.DuplicatesAllow {
				w.numbersOnce(before, after)
			}
			w.idsMatch(real.Import, after)
			if real.Import.State == rollcall.ImportFailed {
				w.same("a file that was refused changed the list", before, after)
			}

			if c := real.Import.Counts; c.Added+c.Updated > 0 || real.Import.ContentKey != 0 {
				w.undo(real.Import)
				w.same("undone", before, w.snapshot(w.list))
				o.Again = true
				second := w.run(path, o)
				if second.Import.Counts != real.Import.Counts {
					rt.Fatalf("after the undo: %+v, before: %+v", second.Import.Counts, real.Import.Counts)
				}
			}
			if o.Duplicates == rollcall.DuplicatesSkip && o.Mode != rollcall.ModeReplace {
				o.Again = true
				there := w.snapshot(w.list)
				if third := w.run(path, o); third.Import.Counts.Added != 0 {
					rt.Fatalf("a second time with skip: %+v", third.Import.Counts)
				}
				if diff := cmp.Diff(there.Contacts, w.snapshot(w.list).Contacts); diff != "" {
					rt.Fatal("a second time with skip changed contacts", diff)
				}
			}
			w.same("the other list", other, w.snapshot(w.other))
			wrong, err := s.CheckCounts(context.Background())
			if err != nil || len(wrong) > 0 {
				rt.Fatal(wrong, err)
			}
		})
	})
}

// idsMatch: each row that was added or changed names a contact that is there.
func (w *world) idsMatch(im *rollcall.Import, s snapshot) {
	there := map[string]rollcall.Contact{}
	for _, c := range s.Contacts {
		there[rollcall.ContactID(s.List.ContactSpace, c.Seq)] = c
	}
	for _, e := range w.ledger(im) {
		if e.ContactID == "" {
			continue
		}
		if _, ok := there[e.ContactID]; !ok {
			w.t.Fatalf("the contact of row %d is not in the list: %v", e.Row, slices.Sorted(maps.Keys(there)))
		}
	}
}
