package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // how tests get at the file as another program does

	"rollcall/store"
	"rollcall/store/storetest"
)

// TestMigrate_NumbersOfChangesAreFound: an erasure finds what imports kept for their
// undo before there were erasures.
func TestMigrate_NumbersOfChangesAreFound(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, c store.Config) {
		ctx := context.Background()
		all := store.OnlyMigrations(2)
		old, err := store.Open(ctx, c)
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
		defer db.Close()
		_, err = db.ExecContext(ctx, `INSERT INTO import_changes (account_key, import_key, seq, revision, before) VALUES (1, 1, 1, 2, '{"Seq":1,"Phone":12025550143}'), (1, 1, 2, 2, NULL)`)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Open(t, c)
		var with, without int64
		err = db.QueryRowContext(ctx, "SELECT MAX(CASE WHEN seq = 1 THEN phone END), COUNT(CASE WHEN seq = 2 AND phone IS NULL THEN 1 END) FROM import_changes").Scan(&with, &without)
		if err != nil || with != 12025550143 || without != 1 {
			t.Errorf("%d, %d, %v", with, without, err)
		}
	})
}
