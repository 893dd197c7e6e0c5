package storetest_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestFreshness_EveryWriteShowsInTheOtherProcessAtOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		writer, reader := storetest.Open(t, c), storetest.Open(t, c)
		app := storetest.App(t, writer, "67777ce93e25326494e00001", "st-1")
		o := rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: "st-1"}
		last := must(reader.Freshness(ctx, app.ClientID, "st-1"))(t)
		l := storetest.NewList(o, "list")
		var im *rollcall.Import
		steps := map[string]func() error{
			"1 create": func() error { return writer.CreateContactList(ctx, l) },
			"2 add": func() error {
				_, err := writer.AddContacts(ctx, o, l.ID, numbers(1), "u-1", storetest.Time)
				return err
			},
			"3 update": func() error {
				_, err := writer.UpdateContactList(ctx, o, l.ID, func(*rollcall.ContactList) error { return nil })
				return err
			},
			"4 begin import": func() (err error) { im, err = writer.BeginImport(ctx, start(o, "list", "d1"), storetest.Time); return },
			"5 commit block": func() error { _, err := writer.CommitBlock(ctx, im, block(1, 3), storetest.Time); return err },
			"6 end import":   func() error { _, err := writer.EndImport(ctx, im, nil, storetest.Time); return err },
			"6b campaign": func() error {
				other := storetest.NewList(o, "other")
				if err := writer.CreateContactList(ctx, other); err != nil {
					return err
				}
				last = must(reader.Freshness(ctx, app.ClientID, "st-1"))(t) // so that only the campaign counts
				return writer.CreateCampaign(ctx, &rollcall.Campaign{ID: "cd-1", Owner: o, Name: "C", Channel: rollcall.ChannelVoice, Status: rollcall.CampaignReady, ContactLists: []rollcall.Named{{ID: other.ID}}, CreatedAt: storetest.Time, UpdatedAt: storetest.Time})
			},
			"7 delete": func() error { _, err := writer.DeleteContactList(ctx, o, l.ID, "u-1", storetest.Time); return err },
			"8 rotate secret": func() error {
				_, err := writer.UpdateApp(ctx, app.ClientID, func(*rollcall.App) error { return nil })
				return err
			},
		}
		names := make([]string, 0, len(steps))
		for name := range steps {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if err := steps[name](); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			now := must(reader.Freshness(ctx, app.ClientID, "st-1"))(t)
			if now == last {
				t.Errorf("%s: the other process did not notice", name)
			}
			last = now
		}
		must(writer.UpdateApp(ctx, app.ClientID, func(a *rollcall.App) error { a.Revoke(storetest.Time); return nil }))(t)
		if got := must(reader.Freshness(ctx, app.ClientID, "st-1"))(t); got != (store.Freshness{}) {
			t.Errorf("revoked: %+v", got)
		}
	})
}

func TestFreshness_SharedLookUpsNeverTellThePast(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		writer, reader := storetest.Open(t, c), storetest.Open(t, c)
		app := storetest.App(t, writer, "67777ce93e25326494e00001", "st-1")
		o := rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: "st-1"}
		l := storetest.List(t, writer, o, "list")
		done := make(chan struct{})
		var wg sync.WaitGroup
		for range 8 { // keeps look-ups under way all the time
			wg.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						reader.Freshness(ctx, app.ClientID, "st-1")
					}
				}
			})
		}
		version := must(writer.Freshness(ctx, app.ClientID, "st-1"))(t).Version
		for range 100 {
			must(writer.UpdateContactList(ctx, o, l.ID, func(*rollcall.ContactList) error { return nil }))(t)
			version++
			if got := must(reader.Freshness(ctx, app.ClientID, "st-1"))(t).Version; got != version {
				t.Errorf("version %d, want %d", got, version)
			}
		}
		close(done)
		wg.Wait()
	})
}

func TestFreshness_IsAnsweredWhileWritersWaitForOneList(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.MaxConns = 4
		s := storetest.Open(t, c)
		app := storetest.App(t, s, "67777ce93e25326494e00001", "st-1")
		o := rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: "st-1"}
		l := storetest.List(t, s, o, "busy")
		unlock := lockEverything(t, c)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := s.AddContacts(ctx, o, l.ID, numbers(1), "u-1", storetest.Time); err != nil {
					t.Error(err)
				}
			})
		}
		for range 50 { // meanwhile the writers come to the lock and stay there
			if _, err := s.Freshness(ctx, app.ClientID, "st-1"); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Millisecond)
		}
		unlock()
		wg.Wait()
		checkCount(t, s, o, l.ID, 1)
	})
}

// lockEverything keeps all lists from being written to, from a connection of its
// own, until unlock.
func lockEverything(t *testing.T, c store.Config) (unlock func()) {
	driver, source, lock := "sqlite", filepath.Join(c.DataDir, store.DatabaseFile), "BEGIN IMMEDIATE"
	if c.DatabaseURL != "" {
		driver, source, lock = "pgx", c.DatabaseURL, "BEGIN; SELECT list_key FROM contact_lists FOR UPDATE"
	}
	db := must(sql.Open(driver, source))(t)
	conn := must(db.Conn(ctx))(t)
	must(conn.ExecContext(ctx, lock))(t)
	return func() {
		must(conn.ExecContext(ctx, "ROLLBACK"))(t)
		if err := errors.Join(conn.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	}
}
