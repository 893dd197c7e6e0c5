package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall"
	"rollcall/ingest"
	"rollcall/store"
	"rollcall/store/storetest"
)

// disturbed is a store in which somebody cancels the import before some of its
// blocks, or whose process ends there.
type disturbed struct {
	*store.Store
	before func(im *rollcall.Import) error
}

func (d *disturbed) CommitBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (rollcall.ImportCounts, error) {
	if err := d.before(im); err != nil {
		return rollcall.ImportCounts{}, err
	}
	return d.Store.CommitBlock(ctx, im, b, now)
}

// TestImport_DisturbedOrNot: an import that is cancelled and tried again, or whose
// process dies, before random blocks and however often, ends in the same list, with
// the same counts and ledger, as one that runs through.
func TestImport_DisturbedOrNot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		owner, dir, n := storetest.Owner(t, s), t.TempDir(), 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w := newWorld(rt, s, owner, dir, n)
			twin := w.twin(fmt.Sprintf("twin %d", n))
			path, o := w.file(), w.options()
			o.Strict, o.MaxRejectShare = false, nil // an import that may fail as a whole is undone when it is cancelled, and begins anew
			if o.Scope == rollcall.ScopeAccount {
				o.Scope = rollcall.ScopeList // else the twin is in the way
			}
			calm := w.run(path, o)
			rough := w.roughRun(path, o, twin)
			want, got := w.snapshot(w.list), w.snapshot(twin)
			if diff := cmp.Diff(comparable(want.Contacts), comparable(got.Contacts)); diff != "" {
				rt.Fatalf("the lists differ (-calm +disturbed):\n%s", diff)
			}
			if calm.Import.Counts != rough.Counts {
				rt.Fatalf("calm %+v, disturbed %+v", calm.Import.Counts, rough.Counts)
			}
			if diff := cmp.Diff(outcomes(w.ledger(calm.Import)), outcomes(w.ledger(rough))); diff != "" {
				rt.Fatalf("the ledgers differ (-calm +disturbed):\n%s", diff)
			}
		})
	})
}

// twin makes a list that is as the world's.
func (w *world) twin(name string) *rollcall.ContactList {
	l := *w.list
	l.ID, l.Name, l.ContactSpace, l.TotalRecordCount = rollcall.NewID(rollcall.PrefixContactList), name, rollcall.NewContactSpace(), 0
	return w.fill(&l, w.snapshot(w.list).Contacts, true)
}

// comparable are contacts without the times and places in which two lists may differ.
func comparable(contacts []rollcall.Contact) []rollcall.Contact {
	all := slices.Clone(contacts)
	for i := range all {
		all[i].Seq, all[i].CreatedAt, all[i].UpdatedAt = 0, time.Time{}, time.Time{}
	}
	return all
}

// roughRun runs an import as a job that is disturbed.
func (w *world) roughRun(path string, o rollcall.ImportOptions, l *rollcall.ContactList) *rollcall.Import {
	ctx := context.Background()
	u, err := rollcall.NewUpload(w.owner, "u-2", "file.csv", 1, storetest.Time)
	w.must(err)
	u.Complete = true
	w.must(w.store.CreateUpload(ctx, u))
	o.Complete(l.AllowDuplicates)
	im := &rollcall.Import{
		ID: rollcall.NewID(rollcall.PrefixImport), Owner: w.owner, User: "u-2", ListID: l.ID, UploadID: u.ID,
		File: rollcall.File{ID: rollcall.NewFileID(), Name: "file.csv"}, Options: o,
	}
	w.must(w.store.QueueImport(ctx, im, nil, storetest.Time))
	now := storetest.Time
	// Drawn beforehand: blocks are committed in a goroutine of the import's.
	disturbances := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 8).Draw(w.t, "disturbances")
	for turn := 0; ; turn++ {
		now = now.Add(time.Hour) // the lease of one that died is over
		claimed, err := w.store.ClaimImport(ctx, fmt.Sprint("w", turn), now)
		w.must(err)
		if claimed == nil {
			ended, err := w.store.Import(ctx, w.owner, im.ID)
			w.must(err)
			if ended.State != rollcall.ImportCancelled {
				return ended
			}
			_, err = w.store.RetryImport(ctx, w.owner, im.ID, now)
			w.must(err)
			continue
		}
		run, die := context.WithCancel(ctx)
		d := &disturbed{Store: w.store, before: func(im *rollcall.Import) error {
			if len(disturbances) == 0 {
				return nil
			}
			next := disturbances[0]
			disturbances = disturbances[1:]
			switch next {
			case 0:
				_, err := w.store.UpdateImport(ctx, w.owner, im.ID, func(im *rollcall.Import) error { return im.RequestCancel(now) })
				return err
			case 1:
				die()
				return run.Err()
			}
			return nil
		}}
		err = ingest.Small(d).RunClaimed(run, claimed, path, func() time.Time { return now })
		if e, ok := errors.AsType[*rollcall.Error](err); err != nil && run.Err() == nil && (!ok || !rollcall.RefusedWhole(e.Reason)) {
			w.t.Fatal(err)
		}
		die()
	}
}
