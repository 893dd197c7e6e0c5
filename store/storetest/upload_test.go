package storetest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// upload notes a file that began to come in some minutes after the tests' time.
func upload(t testing.TB, s *store.Store, o rollcall.Owner, minutes int) *rollcall.Upload {
	t.Helper()
	u := must(rollcall.NewUpload(o, "u-1", "people.csv", rollcall.UnknownSize, storetest.Time.Add(time.Duration(minutes)*time.Minute)))(t)
	if err := s.CreateUpload(ctx, u); err != nil {
		t.Fatal(err)
	}
	return u
}

// queueUpload makes an import that waits for the upload, which is here, to be read.
func queueUpload(t testing.TB, s *store.Store, list *rollcall.ContactList, u *rollcall.Upload) *rollcall.Import {
	t.Helper()
	must(s.UpdateUpload(ctx, list.Owner, u.ID, func(u *rollcall.Upload) error { u.Arrived(7, "", u.UpdatedAt); return nil }))(t)
	im := &rollcall.Import{
		ID: rollcall.NewID(rollcall.PrefixImport), Owner: list.Owner, User: "u-1", ListID: list.ID, UploadID: u.ID,
		File: rollcall.File{ID: rollcall.NewFileID(), Name: u.FileName},
	}
	im.Options.Complete(list.AllowDuplicates)
	if err := s.QueueImport(ctx, im, nil, storetest.Time); err != nil {
		t.Fatal(err)
	}
	return im
}

func TestUploads_FromCreateToDelete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, other := storetest.Owner(t, s), storetest.Owner(t, s)
		u := upload(t, s, o, 0)
		if diff := cmp.Diff(u, must(s.Upload(ctx, o, u.ID))(t)); diff != "" {
			t.Error(diff)
		}
		if _, err := s.Upload(ctx, other, u.ID); reason(err) != "not_found " {
			t.Errorf("another application got %v", err)
		}
		arrived := func(u *rollcall.Upload) error { u.Arrived(7, "abc", storetest.Time.Add(time.Hour)); return nil }
		if _, err := s.UpdateUpload(ctx, other, u.ID, arrived); reason(err) != "not_found " {
			t.Errorf("another application changed it: %v", err)
		}
		changed := must(s.UpdateUpload(ctx, o, u.ID, arrived))(t)
		if diff := cmp.Diff(changed, must(s.Upload(ctx, o, u.ID))(t)); diff != "" || !changed.Complete || changed.Size != 7 {
			t.Errorf("%+v %s", changed, diff)
		}
		if err := s.DeleteUpload(ctx, other, u.ID); reason(err) != "not_found " {
			t.Errorf("another application deleted it: %v", err)
		}
		if err := s.DeleteUpload(ctx, o, u.ID); err != nil {
			t.Error(err)
		}
		if err := s.DeleteUpload(ctx, o, u.ID); reason(err) != "not_found " {
			t.Error(err)
		}
	})
}

func TestUploads_PagesNewestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, other := storetest.Owner(t, s), storetest.Owner(t, s)
		var want []string
		for i := range 5 {
			u := upload(t, s, o, i/2) // two of one moment
			want = append(want, u.ID)
			upload(t, s, other, i)
		}
		var got []string
		page := rollcall.UploadPage{Limit: 2}
		for {
			found := must(s.Uploads(ctx, o, page))(t)
			if len(found) == 0 {
				break
			}
			last := found[len(found)-1]
			page.BeforeTime, page.BeforeID = last.CreatedAt, last.ID
			for _, u := range found {
				got = append(got, u.ID)
			}
		}
		if want[0] < want[1] {
			want[0], want[1] = want[1], want[0]
		}
		if want[2] < want[3] {
			want[2], want[3] = want[3], want[2]
		}
		if diff := cmp.Diff([]string{want[4], want[2], want[3], want[0], want[1]}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A file stays as long as an import that is not over names it.
func TestUploads_KeptForAnOpenImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		used, idle, young := upload(t, s, o, 0), upload(t, s, o, 1), upload(t, s, o, 60)
		im := queueUpload(t, s, storetest.FileList(t, s, o, "from a file"), used)
		before := storetest.Time.Add(30 * time.Minute)

		expired := must(s.ExpiredUploads(ctx, before, 10))(t)
		if len(expired) != 1 || expired[0].ID != idle.ID {
			t.Errorf("expired: %+v", expired)
		}
		if err := s.DeleteUpload(ctx, o, used.ID); reason(err) != "conflict invalid_state" {
			t.Errorf("deleted under an import: %v", err)
		}
		for u, want := range map[*rollcall.Upload]bool{used: false, young: false, idle: true} {
			if got := must(s.ExpireUpload(ctx, u, before))(t); got != want {
				t.Errorf("%s: expired %v, want %v", u.ID, got, want)
			}
			if got := must(s.HasUpload(ctx, u.ID))(t); got == want {
				t.Errorf("%s: there %v", u.ID, got)
			}
		}
		if must(s.ExpireUpload(ctx, idle, before))(t) {
			t.Error("it expired twice")
		}

		claimed := must(s.ClaimImport(ctx, "w", storetest.Time))(t)
		if claimed == nil || claimed.ID != im.ID {
			t.Fatalf("claimed %+v", claimed)
		}
		if len(must(s.ExpiredUploads(ctx, before, 10))(t)) != 0 {
			t.Error("expired under a running import")
		}
		must(s.EndImport(ctx, claimed, nil, storetest.Time))(t)
		if got := must(s.ExpiredUploads(ctx, before, 10))(t); len(got) != 1 || got[0].ID != used.ID {
			t.Errorf("after the import: %+v", got)
		}
	})
}

func TestUploads_OneHolderOfTheLock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, now := upload(t, s, storetest.Owner(t, s), 0), storetest.Time
		if !must(s.LockUpload(ctx, u.ID, "a", now))(t) {
			t.Fatal("a free lock was not given")
		}
		if must(s.KeepUploadLock(ctx, u.ID, "a", now))(t) {
			t.Error("nobody wants it yet")
		}
		if must(s.LockUpload(ctx, u.ID, "b", now.Add(rollcall.UploadLease-time.Millisecond)))(t) {
			t.Error("two have the lock")
		}
		if !must(s.KeepUploadLock(ctx, u.ID, "a", now))(t) {
			t.Error("b wants it, and a is not told")
		}
		if err := s.UnlockUpload(ctx, u.ID, "b"); err != nil { // not b's: nothing happens
			t.Error(err)
		}
		if must(s.LockUpload(ctx, u.ID, "b", now))(t) {
			t.Error("b took it back for a")
		}
		if !must(s.LockUpload(ctx, u.ID, "b", now.Add(rollcall.UploadLease)))(t) {
			t.Error("a dead holder keeps it")
		}
		if _, err := s.KeepUploadLock(ctx, u.ID, "a", now); reason(err) != "conflict invalid_state" {
			t.Errorf("a was not told that it lost the lock: %v", err)
		}
		if err := s.UnlockUpload(ctx, u.ID, "b"); err != nil {
			t.Error(err)
		}
		if !must(s.LockUpload(ctx, u.ID, "a", now))(t) {
			t.Error("b gave it back, and a does not get it")
		}
		if _, err := s.LockUpload(ctx, rollcall.NewID(rollcall.PrefixUpload), "a", now); reason(err) != "not_found " {
			t.Error(err)
		}
	})
}
