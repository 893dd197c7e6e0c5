package storetest_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// queue queues the import of an upload into a list.
func queue(t testing.TB, s *store.Store, l *rollcall.ContactList, name string, change ...func(*rollcall.Import)) *rollcall.Import {
	t.Helper()
	u := upload(t, s, l.Owner, 0)
	must(s.UpdateUpload(ctx, l.Owner, u.ID, func(u *rollcall.Upload) error { u.Arrived(1000, "", storetest.Time); return nil }))(t)
	im := &rollcall.Import{
		ID: rollcall.NewID(rollcall.PrefixImport), Owner: l.Owner, User: "u-1", ListID: l.ID, UploadID: u.ID,
		File: rollcall.File{ID: rollcall.NewFileID(), Name: name}, Bytes: 1000,
	}
	im.Options.Complete(l.AllowDuplicates)
	for _, c := range change {
		c(im)
	}
	if err := s.QueueImport(ctx, im, nil, storetest.Time); err != nil {
		t.Fatal(err)
	}
	return im
}

// begun claims the next import and begins it.
func begun(t testing.TB, s *store.Store, worker string, now time.Time) *rollcall.Import {
	t.Helper()
	im := must(s.ClaimImport(ctx, worker, now))(t)
	if im == nil {
		t.Fatal("there is nothing to claim")
	}
	b := start(im.Owner, im.ListName, "digest of "+im.File.Name)
	b.Options, b.File, b.Worker, b.Answer = im.Options, im.File, worker, im.Answer
	if err := s.BeginClaimed(ctx, im, b, now); err != nil {
		t.Fatal(err)
	}
	return im
}

func claimed(t testing.TB, s *store.Store, worker string, now time.Time) string {
	t.Helper()
	im := must(s.ClaimImport(ctx, worker, now))(t)
	if im == nil {
		return ""
	}
	return im.File.Name
}

func TestClaim_TheOldestFirstAndOneAtATimeIntoAList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		a, b := storetest.List(t, s, o, "a"), storetest.List(t, s, o, "b")
		queue(t, s, a, "a1")
		queue(t, s, a, "a2")
		queue(t, s, a, "a3 dry", func(im *rollcall.Import) { im.Options.DryRun = true })
		queue(t, s, b, "b1")
		first := begun(t, s, "w1", storetest.Time)
		for _, want := range []string{"a3 dry", "b1", ""} {
			if got := claimed(t, s, "w2", storetest.Time); got != want {
				t.Errorf("claimed %q, want %q", got, want)
			}
		}
		must(s.EndImport(ctx, first, nil, storetest.Time))(t)
		if got := claimed(t, s, "w2", storetest.Time); first.File.Name != "a1" || got != "a2" {
			t.Errorf("first %q, then %q", first.File.Name, got)
		}
	})
}

func TestClaim_AJobOfADeadWorkerGoesOnBeforeTheNextIntoItsList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		queue(t, s, l, "a1")
		queue(t, s, l, "a2")
		im := begun(t, s, "w1", storetest.Time)
		must(s.CommitBlock(ctx, im, block(1, 20), storetest.Time))(t)
		if got := claimed(t, s, "w2", storetest.Time.Add(rollcall.ImportLease-1)); got != "" {
			t.Errorf("%q was taken from a live worker", got)
		}
		later := storetest.Time.Add(rollcall.ImportLease)
		again := must(s.ClaimImport(ctx, "w2", later))(t)
		if again == nil || again.ID != im.ID || !again.Begun || again.Counts.Rows != 20 || again.Worker != "w2" {
			t.Fatalf("got %+v", again)
		}
		if stored := must(s.Import(ctx, o, im.ID))(t); !stored.StartedAt.Equal(later) || stored.StartedRows != 20 {
			t.Errorf("its rate would count the pause: from %s and row %d", stored.StartedAt, stored.StartedRows)
		}
		if _, err := s.CommitBlock(ctx, im, block(21, 20), later); reason(err) != "conflict taken_over" {
			t.Errorf("the first worker must notice: %v", err)
		}
		if _, err := s.RenewImport(ctx, im, later); reason(err) != "conflict taken_over" {
			t.Errorf("the first worker must notice at its sign of life, too: %v", err)
		}
		must(s.CommitBlock(ctx, again, block(21, 20), later))(t)
		must(s.EndImport(ctx, again, nil, later))(t)
		checkCount(t, s, o, l.ID, 36)
		if got := claimed(t, s, "w2", later); got != "a2" {
			t.Errorf("then %q", got)
		}
	})
}

// Many workers of several processes look at the same moment.
func TestClaim_EachJobOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		const jobs = 12
		for i := range jobs {
			queue(t, a, storetest.List(t, a, o, fmt.Sprint("list ", i)), fmt.Sprint("file ", i))
		}
		var mu sync.Mutex
		got := map[string]int{}
		var wg sync.WaitGroup
		for i := range 8 {
			s := []*store.Store{a, b}[i%2]
			wg.Go(func() {
				for {
					im, err := s.ClaimImport(ctx, fmt.Sprint("w", i), storetest.Time)
					if err != nil {
						t.Error(err)
					}
					if im == nil {
						return
					}
					mu.Lock()
					got[im.File.Name]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(got) != jobs {
			t.Errorf("%d of %d were handed out", len(got), jobs)
		}
		for name, n := range got {
			if n != 1 {
				t.Errorf("%s was handed out %d times", name, n)
			}
		}
	})
}

func TestCancel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		cancel := func(im *rollcall.Import) (*rollcall.Import, error) {
			return s.UpdateImport(ctx, o, im.ID, func(im *rollcall.Import) error { return im.RequestCancel(storetest.Time) })
		}
		waiting := queue(t, s, l, "waiting")
		if im := must(cancel(waiting))(t); im.State != rollcall.ImportCancelled || im.FailureCode != rollcall.FailureCancelled || im.EndedAt.IsZero() {
			t.Errorf("one that waits ends at once: %+v", im)
		}
		queue(t, s, l, "running")
		im := begun(t, s, "w1", storetest.Time)
		must(s.CommitBlock(ctx, im, block(1, 10), storetest.Time))(t)
		if got := must(cancel(im))(t); got.State != rollcall.ImportRunning || !got.Cancel {
			t.Errorf("one that runs is told: %+v", got)
		}
		if asked := must(s.RenewImport(ctx, im, storetest.Time))(t); !asked {
			t.Error("the sign of life must tell of the wish")
		}
		_, err := s.CommitBlock(ctx, im, block(11, 10), storetest.Time)
		if reason(err) != "conflict cancelled" {
			t.Fatalf("the next block: %v", err)
		}
		must(s.EndImport(ctx, im, &rollcall.Failure{Code: rollcall.FailureCancelled, Message: "It was cancelled."}, storetest.Time))(t)
		if _, err := cancel(im); reason(err) != "conflict invalid_state" {
			t.Errorf("twice: %v", err)
		}
		checkCount(t, s, o, l.ID, 9) // what was committed stays
		again := must(s.RetryImport(ctx, o, im.ID, storetest.Time))(t)
		if again.State != rollcall.ImportQueued || again.Counts.Rows != 10 || again.Cancel || again.Failure != "" {
			t.Errorf("again: %+v", again)
		}
		im = must(s.ClaimImport(ctx, "w2", storetest.Time))(t)
		must(s.CommitBlock(ctx, im, block(11, 10), storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		checkCount(t, s, o, l.ID, 18)
	})
}

// run runs an import of one block to its end.
func run(t testing.TB, s *store.Store, l *rollcall.ContactList, name string, b *rollcall.Block, change ...func(*rollcall.Import)) *rollcall.Import {
	t.Helper()
	queue(t, s, l, name, change...)
	im := begun(t, s, "w1", storetest.Time)
	must(s.CommitBlock(ctx, im, b, storetest.Time))(t)
	must(s.EndImport(ctx, im, nil, storetest.Time))(t)
	return im
}

// undo takes an import back.
func undo(t testing.TB, s *store.Store, im *rollcall.Import) *rollcall.Import {
	t.Helper()
	must(s.UpdateImport(ctx, im.Owner, im.ID, func(im *rollcall.Import) error { return im.RequestUndo() }))(t)
	im = must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
	for more := true; more; {
		more = must(s.UndoImport(ctx, im, storetest.Time))(t)
	}
	return must(s.Import(ctx, im.Owner, im.ID))(t)
}

func withRule(r rollcall.DuplicateRule) func(*rollcall.Import) {
	return func(im *rollcall.Import) { im.Options.Duplicates = r }
}

// named gives every row of a block a first name.
func named(b *rollcall.Block, name string) *rollcall.Block {
	for i := range b.Rows {
		b.Rows[i].Contact.FirstName = rollcall.Given(name)
	}
	return b
}

func TestUndo_KeepsWhatWasChangedSinceAndSaysWhy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		first := run(t, s, l, "first", named(block(1, 9), "Ann"))
		changes := named(block(1, 9), "Bob")
		changes.Rows = changes.Rows[:3]
		second := run(t, s, l, "second", changes, withRule(rollcall.DuplicatesUpdate))
		if second.Counts.Updated != 3 {
			t.Fatalf("%+v", second.Counts)
		}
		if u := undo(t, s, first).Undo; u.State != rollcall.UndoDone || u.Removed != 6 || u.Kept != 3 || u.Restored != 0 || u.Missing != 0 {
			t.Errorf("the first: %+v", u)
		}
		kept := must(s.UndoKept(ctx, first, 0, 10))(t)
		if len(kept) != 3 || kept[0].Seq != 1 || kept[0].Reason != rollcall.KeptChanged {
			t.Errorf("kept: %+v", kept)
		}
		checkCount(t, s, o, l.ID, 3)
		if u := undo(t, s, second).Undo; u.Restored != 3 || u.Removed != 0 || u.Kept != 0 {
			t.Errorf("the second: %+v", u)
		}
		contacts, list, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 10})
		if err != nil || len(contacts) != 3 || contacts[0].FirstName.Value != "Ann" || contacts[0].Revision != 1 || len(list.Files) != 0 {
			t.Errorf("%v %+v %v", err, contacts, list.Files)
		}
		_, err = s.UpdateImport(ctx, o, second.ID, func(im *rollcall.Import) error { return im.RequestUndo() })
		if reason(err) != "conflict invalid_state" {
			t.Errorf("twice: %v", err)
		}
	})
}

func TestReplace_ReadersSeeTheOldListUntilTheNewOneIsWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		must(s.AddContacts(ctx, o, l.ID, numbers(100)[50:60], "u-1", storetest.Time))(t)
		seen := func() string {
			contacts, list, err := s.Contacts(ctx, o, l.ID, rollcall.ContactPage{Limit: 100})
			if err != nil || int64(len(contacts)) != list.TotalRecordCount {
				t.Fatal(err, len(contacts), list.TotalRecordCount)
			}
			return fmt.Sprint(len(contacts), " from ", contacts[0].Phone)
		}
		queue(t, s, l, "new", func(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace })
		im := begun(t, s, "w1", storetest.Time)
		for first := int64(1); first < 40; first += 10 {
			must(s.CommitBlock(ctx, im, block(first, 10), storetest.Time))(t)
			if got := seen(); got != "10 from +14155550050" {
				t.Fatalf("after the block of row %d: %s", first, got)
			}
		}
		late := must(s.AddContacts(ctx, o, l.ID, numbers(100)[70:71], "u-1", storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		if got := seen(); got != "36 from +14155550001" || late.Added != 1 {
			t.Errorf("replaced: %s", got)
		}
		checkCount(t, s, o, l.ID, 36)
		must(s.AddContacts(ctx, o, l.ID, numbers(100)[55:56], "u-1", storetest.Time))(t) // since: it stays
		u := undo(t, s, im).Undo
		if got := seen(); got != "11 from +14155550050" || u.Kept != 1 || u.Removed != 36 {
			t.Errorf("undone: %s, %+v", got, u)
		}
		checkCount(t, s, o, l.ID, 11)
		for more := true; more; {
			more = must(s.Purge(ctx, storetest.Time))(t)
		}
		checkCount(t, s, o, l.ID, 11)
	})
}

func TestExpire_WhatImportsKeepIsLetGo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		appended := run(t, s, l, "appended", block(1, 10))
		replace := func(im *rollcall.Import) { im.Options.Mode = rollcall.ModeReplace }
		replaced := run(t, s, l, "replaced", block(1, 10), replace)
		queue(t, s, l, "failed", replace)
		failed := begun(t, s, "w1", storetest.Time)
		must(s.CommitBlock(ctx, failed, block(1, 10), storetest.Time))(t)
		must(s.EndImport(ctx, failed, &rollcall.Failure{Code: "x", Message: "x."}, storetest.Time))(t)
		queue(t, s, l, "dry", func(im *rollcall.Import) { im.Options.DryRun = true })
		dry := begun(t, s, "w1", storetest.Time)
		must(s.EndImport(ctx, dry, nil, storetest.Time))(t)
		purged := func() (n int) {
			for must(s.Purge(ctx, storetest.Time))(t) {
				n++
			}
			return n
		}
		later := storetest.Time.Add(time.Second)
		if must(s.ExpireImports(ctx, storetest.Time))(t) || purged() != 0 {
			t.Error("something was let go before its time")
		}
		if !must(s.ExpireImports(ctx, later))(t) || purged() == 0 {
			t.Error("nothing was let go")
		}
		_, err := s.UpdateImport(ctx, o, replaced.ID, func(im *rollcall.Import) error { return im.RequestUndo() })
		if reason(err) != "conflict invalid_state" {
			t.Errorf("an undo without what was there before: %v", err)
		}
		if _, err := s.Import(ctx, o, dry.ID); reason(err) != "not_found " {
			t.Errorf("the dry run: %v", err)
		}
		job := must(s.ClaimImport(ctx, "w1", storetest.Time))(t) // the undo of the failed one
		if job == nil || job.ID != failed.ID || job.Undo.State != rollcall.UndoRunning {
			t.Fatalf("claimed: %+v", job)
		}
		for more := true; more; {
			more = must(s.UndoImport(ctx, job, storetest.Time))(t)
		}
		if purged() == 0 || must(s.ExpireImports(ctx, later))(t) || purged() != 0 {
			t.Error("what was gathered is there still, or more was let go")
		}
		checkCount(t, s, o, l.ID, 9)
		im := must(s.Import(ctx, o, appended.ID))(t)
		if im.Counts.Added != 9 {
			t.Errorf("the account of an import that the list outlived: %+v", im.Counts)
		}
	})
}

func TestQueue_AFileThatWasImportedIsRecognised(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		digest := func(im *rollcall.Import) { im.Digest = "digest of first" }
		first := run(t, s, l, "first", block(1, 9), digest)
		again := &rollcall.Import{ID: rollcall.NewID(rollcall.PrefixImport), Owner: o, ListID: l.ID, UploadID: "up", Digest: "digest of first"}
		again.Options.Complete(false)
		if err := s.QueueImport(ctx, again, nil, storetest.Time); reason(err) != "conflict already_imported" {
			t.Errorf("at once: %v", err)
		}
		// One whose digest is known only when it is looked at is recognised then.
		queue(t, s, l, "first")
		im := must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
		b := start(o, l.Name, "digest of first")
		b.Options = im.Options
		if err := s.BeginClaimed(ctx, im, b, storetest.Time); reason(err) != "conflict already_imported" {
			t.Errorf("when it begins: %v", err)
		}
		must(s.EndImport(ctx, im, &rollcall.Failure{Code: rollcall.FailureAlreadyImported, Message: "It was."}, storetest.Time))(t)
		undo(t, s, first)
		queue(t, s, l, "first", digest) // undone, it may come again
	})
}

func TestCorrections(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		first := run(t, s, l, "first", block(1, 30)) // rows 10, 20 and 30 are bad
		mend := func(name string, rows ...int64) *rollcall.Import {
			queue(t, s, l, name)
			im := must(s.ClaimImport(ctx, "w1", storetest.Time))(t)
			b := start(o, l.Name, name)
			b.Options, b.Corrects = im.Options, first.ID
			if err := s.BeginClaimed(ctx, im, b, storetest.Time); err != nil {
				t.Fatal(err)
			}
			mended := &rollcall.Block{First: 1}
			for i, row := range rows {
				r := block(row+1000, 1).Rows
				if len(r) == 0 {
					r = block(row+1001, 1).Rows
				}
				r[0].Number, r[0].Corrects = int64(i+1), row
				mended.Rows = append(mended.Rows, r[0])
			}
			must(s.CommitBlock(ctx, im, mended, storetest.Time))(t)
			must(s.EndImport(ctx, im, nil, storetest.Time))(t)
			return im
		}
		counts := func(im *rollcall.Import) rollcall.ImportCounts { return must(s.Import(ctx, o, im.ID))(t).Counts }
		second := mend("second", 10, 30)
		if second.Counts.Corrected != 2 || counts(first).Mended != 2 {
			t.Errorf("second: %+v, first: %+v", second.Counts, counts(first))
		}
		third := mend("third", 10, 20, 20, 99)
		if third.Counts.Corrected != 1 || counts(first).Mended != 3 {
			t.Errorf("each reject is mended once: third %+v, first %+v", third.Counts, counts(first))
		}
		if undo(t, s, second); counts(first).Mended != 1 {
			t.Errorf("after the undo of the second: %+v", counts(first))
		}
		if one, two, three := counts(first), counts(second), counts(third); one.Corrected != 0 || two.Corrected != 2 || two.Mended != 0 || three.Corrected != 1 {
			t.Errorf("what each import did stays: %+v, %+v, %+v", one, two, three)
		}
	})
}

// TestCorrections_OfTheSameList: a block whose file says that it corrects an import into
// another list, or of another application, changes nothing there.
func TestCorrections_OfTheSameList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		first := run(t, s, storetest.List(t, s, o, "a"), "first", block(1, 30))
		other := storetest.Owner(t, s) // an application of the same account
		for i, owner := range []rollcall.Owner{o, other} {
			b := start(owner, "b", fmt.Sprint("d", i))
			b.Corrects = first.ID
			im := must(s.BeginImport(ctx, b, storetest.Time))(t)
			mended := block(1001, 1)
			mended.First, mended.Rows[0].Number, mended.Rows[0].Corrects = 1, 1, 10
			must(s.CommitBlock(ctx, im, mended, storetest.Time))(t)
			if im.Counts.Corrected != 0 {
				t.Errorf("%+v", im.Counts)
			}
		}
		if n := must(s.Import(ctx, o, first.ID))(t).Counts.Mended; n != 0 {
			t.Errorf("%d mended", n)
		}
	})
}

// TestCorrections_OfAnImportUnderWay: what corrections count stays when the import
// whose rejects they bring in is written after them, by a process that read it
// before. Of two imports into a list only a dry run is under way beside the other.
func TestCorrections_OfAnImportUnderWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "a")
		im := begunFor(t, s, l, "first", func(o *rollcall.ImportOptions) { o.DryRun = true })
		dry := must(s.NewDryRun(ctx, im))(t)
		defer dry.Close()
		must(dry.CountBlock(ctx, im, block(1, 10), storetest.Time))(t)
		b := start(o, l.Name, "d2")
		b.Corrects = im.ID
		second := must(s.BeginImport(ctx, b, storetest.Time))(t)
		mended := block(1001, 1)
		mended.First, mended.Rows[0].Number, mended.Rows[0].Corrects = 1, 1, 10
		must(s.CommitBlock(ctx, second, mended, storetest.Time))(t)
		must(s.EndImport(ctx, second, nil, storetest.Time))(t)
		must(dry.CountBlock(ctx, im, block(11, 10), storetest.Time))(t)
		must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		if n := must(s.Import(ctx, o, im.ID))(t).Counts.Mended; n != 1 {
			t.Errorf("%d mended", n)
		}
		if n := must(s.Import(ctx, o, second.ID))(t).Counts.Corrected; n != 1 {
			t.Errorf("%d corrected", n)
		}
	})
}

func TestLedger_NamesWhatARowDuplicates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l, other := storetest.List(t, s, o, "a"), storetest.List(t, s, o, "other")
		must(s.AddContacts(ctx, o, l.ID, numbers(10)[1:2], "u-1", storetest.Time))(t)
		must(s.AddContacts(ctx, o, other.ID, numbers(10)[2:3], "u-1", storetest.Time))(t)
		b := block(1, 5)
		b.Rows[4].Contact.Phone, b.Rows[4].Contact.UniqueID = b.Rows[3].Contact.Phone, rollcall.Given("C-5")
		im := run(t, s, l, "file", b, func(im *rollcall.Import) { im.Options.Scope = rollcall.ScopeAccount })
		entries, last, err := s.LedgerPage(ctx, im, 0, nil)
		if err != nil || last != 5 || len(entries) != 5 {
			t.Fatal(err, last, entries)
		}
		list, elsewhere := rollcall.ContactID(l.ContactSpace, 1), rollcall.ContactID(other.ContactSpace, 1)
		for i, want := range []rollcall.LedgerEntry{
			{Row: 1, Outcome: rollcall.OutcomeDuplicate, Code: rollcall.CodeDuplicateInList, DuplicateOf: list},
			{Row: 2, Outcome: rollcall.OutcomeDuplicate, Code: rollcall.CodeDuplicateOther, DuplicateOf: elsewhere},
			{Row: 3, Outcome: rollcall.OutcomeAdded, ContactID: rollcall.ContactID(l.ContactSpace, 4)},
			{Row: 4, Outcome: rollcall.OutcomeAdded, ContactID: rollcall.ContactID(l.ContactSpace, 5)},
			{Row: 5, Outcome: rollcall.OutcomeDuplicate, Code: rollcall.CodeDuplicateInFile, DuplicateOf: rollcall.ContactID(l.ContactSpace, 5), DuplicateOfRow: 4, UniqueID: "C-5"},
		} {
			got := entries[i]
			got.Message = ""
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		if only, _, err := s.LedgerPage(ctx, im, 0, []rollcall.Outcome{rollcall.OutcomeAdded}); err != nil || len(only) != 2 {
			t.Errorf("only what was added: %v %+v", err, only)
		}
	})
}
