package storetest_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

func start(o rollcall.Owner, list, digest string) rollcall.ImportStart {
	return rollcall.ImportStart{
		Owner: o, User: "u-1", ListName: list, Description: "from a file", File: rollcall.File{ID: rollcall.NewFileID(), Name: "a.csv"}, Digest: digest,
		Columns: []string{"phone"}, Rules: rollcall.ImportRules{Mapping: rollcall.Mapping{PhoneNumber: "phone"}, PhoneRule: phone.RuleValid, Region: "US"}, Worker: "w1",
	}
}

// block makes a block of n rows from row first on; every tenth is a reject.
func block(first, n int64) *rollcall.Block {
	b := &rollcall.Block{First: first}
	for i := first; i < first+n; i++ {
		if i%10 == 0 {
			b.Rejects = append(b.Rejects, rollcall.Reject{Number: i, Code: "phone_missing", Message: "No number.", Raw: "a\x00b\xff"})
			continue
		}
		b.Rows = append(b.Rows, rollcall.Row{Number: i, Contact: rollcall.Contact{Phone: phone.Number(14155550000 + i), PhoneSent: fmt.Sprintf("%d", i)}})
	}
	return b
}

func TestImports_FromBeginToEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := must(s.BeginImport(ctx, start(o, "new", "d1"), storetest.Time))(t)
		l := must(s.ContactList(ctx, o, im.ListID))(t)
		if l.Status != rollcall.ListValidating || l.Source != rollcall.SourceLocalDrive || l.PhoneRule != phone.RuleValid || l.Region != "US" || len(l.Files) != 1 {
			t.Errorf("begun: %+v", l)
		}
		counts := must(s.CommitBlock(ctx, im, block(1, 25), storetest.Time))(t)
		if want := (rollcall.ImportCounts{Rows: 25, Added: 23, Rejected: 2}); counts != want || im.Counts != want {
			t.Errorf("first block: %+v", counts)
		}
		again := block(26, 10)
		for i := range again.Rows {
			again.Rows[i].Contact.Phone = 14155550001
		}
		counts = must(s.CommitBlock(ctx, im, again, storetest.Time))(t)
		if want := (rollcall.ImportCounts{Rows: 10, Duplicate: 9, Rejected: 1}); counts != want {
			t.Errorf("second block: %+v", counts)
		}
		l = must(s.EndImport(ctx, im, nil, storetest.Time.Add(time.Minute)))(t)
		if l.Status != rollcall.ListValidated || l.TotalRecordCount != 23 {
			t.Errorf("ended: %+v", l)
		}
		checkCount(t, s, o, l.ID, 23)
		got := must(s.Import(ctx, o, im.ID))(t)
		if diff := cmp.Diff(im, got); diff != "" || got.State != rollcall.ImportDone {
			t.Error(diff, got.State)
		}
		rejects := must(s.Rejects(ctx, im, 10, 1))(t)
		if diff := cmp.Diff([]rollcall.Reject{{Number: 20, Code: "phone_missing", Message: "No number.", Raw: "a\x00b\xff"}}, rejects); diff != "" {
			t.Error(diff)
		}
	})
}

func TestImports_NoGoodRowMakesANewListInvalid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := must(s.BeginImport(ctx, start(o, "new", "d1"), storetest.Time))(t)
		must(s.CommitBlock(ctx, im, &rollcall.Block{First: 1, Rejects: block(10, 1).Rejects}, storetest.Time))(t)
		if l := must(s.EndImport(ctx, im, nil, storetest.Time))(t); l.Status != rollcall.ListInvalid {
			t.Errorf("got %s", l.Status)
		}
	})
}

func TestImports_OneAtATimeIntoAList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := must(s.BeginImport(ctx, start(o, "busy", "d1"), storetest.Time))(t)
		for _, digest := range []string{"d1", "d2"} {
			if _, err := s.BeginImport(ctx, start(o, "BUSY", digest), storetest.Time.Add(rollcall.ImportLease-1)); reason(err) != "conflict import_running" {
				t.Errorf("%s: %v", digest, err)
			}
		}
		if got := must(s.ContactList(ctx, o, im.ListID))(t); len(got.Files) != 1 {
			t.Errorf("a refused import must leave nothing: %v", got.Files)
		}
	})
}

func TestImports_ALeaseIsRenewedByItsWorkerOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := must(s.BeginImport(ctx, start(o, "busy", "d1"), storetest.Time))(t)
		later := storetest.Time.Add(rollcall.ImportLease - 1)
		stranger := *im
		stranger.Worker = "w2"
		for _, c := range []struct {
			by    *rollcall.Import
			until time.Time
		}{{&stranger, storetest.Time.Add(rollcall.ImportLease)}, {im, later.Add(rollcall.ImportLease)}} {
			if _, err := s.RenewImport(ctx, c.by, later); (err != nil) != (c.by == &stranger) {
				t.Fatal(err)
			}
			if got := must(s.Import(ctx, o, im.ID))(t).LeaseUntil; got.UnixMilli() != c.until.UnixMilli() {
				t.Errorf("renewed by %s: until %s, want %s", c.by.Worker, got, c.until)
			}
		}
	})
}

func TestImports_ACutShortOneGoesOn(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		first := must(a.BeginImport(ctx, start(o, "list", "d1"), storetest.Time))(t)
		must(a.CommitBlock(ctx, first, block(1, 20), storetest.Time))(t)
		later := storetest.Time.Add(2 * rollcall.ImportLease)
		takeover := start(o, "list", "d1")
		takeover.Worker = "w2"
		second := must(b.BeginImport(ctx, takeover, later))(t)
		if second.ID != first.ID || second.Counts != first.Counts {
			t.Fatalf("got %+v", second)
		}
		if _, err := a.CommitBlock(ctx, first, block(21, 20), later); reason(err) != "conflict taken_over" {
			t.Errorf("the first process must notice: %v", err)
		}
		must(b.CommitBlock(ctx, second, block(21, 20), later))(t)
		must(b.EndImport(ctx, second, nil, later))(t)
		checkCount(t, b, o, second.ListID, 36)
	})
}

// A block that is committed late and a take-over lock the same rows: if not in one
// order, each waits for the other, and PostgreSQL ends one with an error.
func TestImports_ATakeOverAgainstABlock(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		for i := range 40 {
			im := must(a.BeginImport(ctx, start(o, fmt.Sprintf("list %d", i), "d1"), storetest.Time))(t)
			later := storetest.Time.Add(2 * rollcall.ImportLease)
			takeover := start(o, fmt.Sprintf("list %d", i), "d1")
			takeover.Worker = "w2"
			errs := make([]error, 2)
			var wg sync.WaitGroup
			wg.Go(func() { _, errs[0] = a.CommitBlock(ctx, im, block(1, 20), storetest.Time) })
			wg.Go(func() { _, errs[1] = b.BeginImport(ctx, takeover, later) })
			wg.Wait()
			if errs[1] != nil || errs[0] != nil && rollcall.CodeOf(errs[0]) != rollcall.CodeConflict {
				t.Fatalf("round %d: the block: %v; the take-over: %v", i, errs[0], errs[1])
			}
		}
	})
}

func TestImports_AnotherFileClosesACutShortOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		first := must(s.BeginImport(ctx, start(o, "list", "d1"), storetest.Time))(t)
		must(s.CommitBlock(ctx, first, block(1, 5), storetest.Time))(t)
		if err := s.PauseImport(ctx, first, storetest.Time); err != nil {
			t.Fatal(err)
		}
		second := must(s.BeginImport(ctx, start(o, "list", "d2"), storetest.Time))(t)
		if second.ID == first.ID {
			t.Fatal("another file must be another import")
		}
		if old := must(s.Import(ctx, o, first.ID))(t); old.State != rollcall.ImportFailed || old.Failure == "" || old.Counts.Added != 5 {
			t.Errorf("%+v", old)
		}
	})
}

func TestImports_TheListIsDeletedMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := must(s.BeginImport(ctx, start(o, "list", "d1"), storetest.Time))(t)
		must(s.DeleteContactList(ctx, o, im.ListID, "u-1", storetest.Time))(t)
		_, err := s.CommitBlock(ctx, im, block(1, 5), storetest.Time)
		if rollcall.CodeOf(err) != rollcall.CodeNotFound && rollcall.CodeOf(err) != rollcall.CodeConflict {
			t.Errorf("got %v", err)
		}
	})
}

func TestDryRun_CountsWhatTheRunWouldDo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.AddContacts(ctx, o, l.ID, numbers(30)[5:15], "u-1", storetest.Time))(t)
		for _, name := range []string{"new", "list"} {
			b := start(o, name, "d1")
			b.Options.DryRun = true
			im := must(s.BeginImport(ctx, b, storetest.Time))(t)
			dry := must(s.NewDryRun(ctx, im))(t)
			first := must(dry.CountBlock(ctx, im, block(1, 12), storetest.Time))(t)
			again := block(11, 12) // begins with two rows of the first
			again.First = 13
			for i := range again.Rows {
				again.Rows[i].Number += 2
			}
			again.Rejects[0].Number += 2
			second := must(dry.CountBlock(ctx, im, again, storetest.Time))(t)
			if err := dry.Close(); err != nil {
				t.Error(err)
			}
			want := [2]rollcall.ImportCounts{{Rows: 12, Added: 11, Rejected: 1}, {Rows: 12, Added: 9, Duplicate: 2, Rejected: 1}}
			if name == "list" { // it holds 5 to 14
				want = [2]rollcall.ImportCounts{{Rows: 12, Added: 4, Duplicate: 7, Rejected: 1}, {Rows: 12, Added: 7, Duplicate: 4, Rejected: 1}}
			}
			if got := [2]rollcall.ImportCounts{first, second}; got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		checkCount(t, s, o, l.ID, 10)
	})
}
