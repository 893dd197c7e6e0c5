package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // how tests get at the file as another program does

	"rollcall/store"
	"rollcall/store/storetest"
)

// migrated makes a database as an earlier version left it, brings it up to date, and
// gives a connection to it as another program has one.
func migrated(t *testing.T, c store.Config, version int, statement string) *sql.DB {
	t.Helper()
	all := store.OnlyMigrations(version)
	old, err := store.Open(t.Context(), c)
	all()
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	driver, source := "sqlite", filepath.Join(c.DataDir, store.DatabaseFile)
	if c.DatabaseURL != "" {
		driver, source = "pgx", c.DatabaseURL
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, c)
	return db
}

// TestMigrate_NumbersOfChangesAreFound: an erasure finds what imports kept for their
// undo before there were erasures.
func TestMigrate_NumbersOfChangesAreFound(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, c store.Config) {
		db := migrated(t, c, 2, `INSERT INTO import_changes (account_key, import_key, seq, revision, before) VALUES (1, 1, 1, 2, '{"Seq":1,"Phone":12025550143}'), (1, 1, 2, 2, NULL)`)
		var with, without int64
		err := db.QueryRowContext(t.Context(), "SELECT MAX(CASE WHEN seq = 1 THEN phone END), COUNT(CASE WHEN seq = 2 AND phone IS NULL THEN 1 END) FROM import_changes").Scan(&with, &without)
		if err != nil || with != 12025550143 || without != 1 {
			t.Errorf("%d, %d, %v", with, without, err)
		}
	})
}

// TestMigrate_ContactsAreFoundByTheirNumbers: also those that came before their numbers
// stood apart.
func TestMigrate_ContactsAreFoundByTheirNumbers(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, c store.Config) {
		db := migrated(t, c, 2, `INSERT INTO contacts (account_key, list_key, seq, phone, copy, created_at, updated_at)
			VALUES (1, 1, 1, 12025550143, 0, 0, 0), (1, 1, 2, 12025550143, 2, 0, 0), (1, 1, 3, 12025550100, 0, 0, 0), (1, 2, 1, 12025550143, 0, 0, 0)`)
		table := "contacts"
		if c.DatabaseURL == "" {
			table = "contact_numbers"
		}
		found := ""
		rows, err := db.QueryContext(t.Context(), "SELECT list_key, seq, copy FROM "+table+" WHERE account_key = 1 AND phone = 12025550143 ORDER BY list_key, copy")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var list, seq, copied int64
			if err := rows.Scan(&list, &seq, &copied); err != nil {
				t.Fatal(err)
			}
			found += fmt.Sprint(" ", list, "/", seq, "/", copied)
		}
		if want := " 1/1/0 1/2/2 2/1/0"; rows.Err() != nil || found != want {
			t.Errorf("found%s, want%s, %v", found, want, rows.Err())
		}
	})
}
