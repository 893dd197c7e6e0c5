package storetest_test

import (
	"testing"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// made queues an import that makes its list.
func made(t *testing.T, s *store.Store, o rollcall.Owner, name string) *rollcall.Import {
	t.Helper()
	u := upload(t, s, o, 0)
	must(s.UpdateUpload(ctx, o, u.ID, func(u *rollcall.Upload) error { u.Arrived(1000, "", storetest.Time); return nil }))(t)
	im := &rollcall.Import{ID: rollcall.NewID(rollcall.PrefixImport), Owner: o, User: "u-1", UploadID: u.ID, File: rollcall.File{ID: rollcall.NewFileID(), Name: "f.csv"}, Bytes: 1000}
	im.Options.Complete(false)
	l := rollcall.NewContactList(rollcall.SourceLocalDrive, storetest.Time)
	l.Owner, l.Name, l.Description = o, name, "about "+name
	if err := s.QueueImport(ctx, im, l, storetest.Time); err != nil {
		t.Fatal(err)
	}
	return im
}

// TestMade_AListGoesWithTheImportThatLeftItEmpty, and comes again with another try.
func TestMade_AListGoesWithTheImportThatLeftItEmpty(t *testing.T) {
	failure := &rollcall.Failure{Code: rollcall.ReasonInvalidField, Message: "It cannot be read."}
	for name, end := range map[string]func(*testing.T, *store.Store, *rollcall.Import){
		"cancelled while it waits": func(t *testing.T, s *store.Store, im *rollcall.Import) { cancel(t, s, im, storetest.Time) },
		"refused": func(t *testing.T, s *store.Store, _ *rollcall.Import) {
			must(s.EndImport(ctx, must(s.ClaimImport(ctx, "w", storetest.Time))(t), failure, storetest.Time))(t)
		},
		"failed after it began": func(t *testing.T, s *store.Store, _ *rollcall.Import) {
			must(s.EndImport(ctx, begun(t, s, "w", storetest.Time), failure, storetest.Time))(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				o := storetest.Owner(t, s)
				im := made(t, s, o, "New")
				end(t, s, im)
				if _, err := s.ContactList(ctx, o, im.ListID); rollcall.CodeOf(err) != rollcall.CodeNotFound {
					t.Fatalf("the list is there: %v", err)
				}
				if got := must(s.Import(ctx, o, im.ID))(t); !got.State.Ended() || got.ListID != im.ListID || !got.LostList() {
					t.Errorf("got %+v", got)
				}
				must(s.RetryImport(ctx, o, im.ID, storetest.Time))(t)
				again := begun(t, s, "w2", storetest.Time)
				must(s.CommitBlock(ctx, again, block(1, 20), storetest.Time))(t)
				must(s.EndImport(ctx, again, nil, storetest.Time))(t)
				checkCount(t, s, o, im.ListID, 18)
			})
		})
	}
}

// TestMade_AListStaysThatSomethingElseUses.
func TestMade_AListStaysThatSomethingElseUses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		for name, use := range map[string]func(*rollcall.Import){
			"contacts": func(*rollcall.Import) { // of its own
				must(s.CommitBlock(ctx, begun(t, s, "w", storetest.Time), block(1, 20), storetest.Time))(t)
			},
			"another import": func(im *rollcall.Import) { queue(t, s, must(s.ContactList(ctx, o, im.ListID))(t), "other") },
			"a change": func(im *rollcall.Import) {
				must(s.UpdateContactList(ctx, o, im.ListID, func(l *rollcall.ContactList) error { l.UpdatedAt = l.UpdatedAt.Add(1e9); return nil }))(t)
			},
		} {
			im := made(t, s, o, name)
			use(im)
			im = must(s.Import(ctx, o, im.ID))(t)
			if im.State == rollcall.ImportQueued {
				cancel(t, s, im, storetest.Time)
			} else {
				must(s.EndImport(ctx, im, &rollcall.Failure{Code: "x", Message: "No."}, storetest.Time))(t)
			}
			must(s.ContactList(ctx, o, im.ListID))(t)
			for more := must(s.ClaimImport(ctx, "rest", storetest.Time))(t); more != nil; more = must(s.ClaimImport(ctx, "rest", storetest.Time))(t) {
				must(s.EndImport(ctx, more, &rollcall.Failure{Code: "x", Message: "No."}, storetest.Time))(t)
			}
		}
	})
}

// TestMade_AnotherTryFindsTheNameTaken.
func TestMade_AnotherTryFindsTheNameTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		im := made(t, s, o, "New")
		cancel(t, s, im, storetest.Time)
		storetest.List(t, s, o, "new")
		if _, err := s.RetryImport(ctx, o, im.ID, storetest.Time); reason(err) != "conflict name_taken" {
			t.Errorf("got %v", err)
		}
	})
}
