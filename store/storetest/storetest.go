// Package storetest is what tests need of the store: both engines, real, and the
// conformance suite that both must pass.
package storetest

import (
	"context"
	"testing"
	"time"

	"rollcall"
	"rollcall/store"
)

// Time is the fixed time that tests begin at.
var Time = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// ErasureKey is what the stores of tests hash the numbers of erased persons with.
var ErasureKey = []byte("the key of erasures in all tests")

// Each runs a test on SQLite and on PostgreSQL, each with an empty store.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	EachConfig(t, func(t *testing.T, c store.Config) { test(t, Open(t, c)) })
}

// EachConfig runs a test on both engines and leaves the opening to it, for tests
// of several processes on one database.
func EachConfig(t *testing.T, test func(t *testing.T, c store.Config)) {
	t.Run("sqlite", func(t *testing.T) { test(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { test(t, store.Config{DataDir: t.TempDir(), DatabaseURL: SchemaURL(t)}) })
}

// EachEmpty is EachConfig with databases that have no schema yet.
func EachEmpty(t *testing.T, test func(t *testing.T, c store.Config)) {
	t.Run("sqlite", func(t *testing.T) { test(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { test(t, store.Config{DataDir: t.TempDir(), DatabaseURL: PostgresURL(t)}) })
}

// Open opens a store for the time of a test.
func Open(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	s.SetErasureKey(ErasureKey)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// App registers an app without keys, for one application of its own account.
func App(t testing.TB, s *store.Store, account, application string) *rollcall.App {
	t.Helper()
	app := &rollcall.App{
		ClientID: rollcall.NewID(rollcall.PrefixApp), Name: "Test", AccountID: account, UserID: rollcall.NewID(rollcall.PrefixUser),
		Applications: []string{application}, Scopes: []rollcall.Scope{rollcall.ScopeCampaignManagement}, Algorithm: rollcall.HS256,
		CreatedAt: Time, UpdatedAt: Time,
	}
	if err := s.CreateApp(context.Background(), app); err != nil {
		t.Fatal(err)
	}
	return app
}

// Owner registers an app and gives the workspace that it opens.
func Owner(t testing.TB, s *store.Store) rollcall.Owner {
	t.Helper()
	app := App(t, s, "67777ce93e25326494e00001", "st-"+rollcall.NewID("")[:13])
	return rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: app.Applications[0]}
}

// List makes a list fed by API.
func List(t testing.TB, s *store.Store, owner rollcall.Owner, name string) *rollcall.ContactList {
	t.Helper()
	l := NewList(owner, name)
	if err := s.CreateContactList(context.Background(), l); err != nil {
		t.Fatal(err)
	}
	return l
}

// FileList makes a list fed by file.
func FileList(t testing.TB, s *store.Store, owner rollcall.Owner, name string) *rollcall.ContactList {
	t.Helper()
	l := NewList(owner, name)
	l.Source = rollcall.SourceLocalDrive
	if err := s.CreateContactList(context.Background(), l); err != nil {
		t.Fatal(err)
	}
	return l
}

// NewList is a valid list that is not in the store yet.
func NewList(owner rollcall.Owner, name string) *rollcall.ContactList {
	l := rollcall.NewContactList(rollcall.SourcePassiveAPI, Time)
	l.Owner, l.Name, l.Description, l.CreatedBy, l.UpdatedBy = owner, name, "about "+name, "u-1", "u-1"
	return l
}
