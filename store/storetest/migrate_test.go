package storetest_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

func TestOpen_RefusesANewerSchema(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, c store.Config) {
		s := must(store.Open(ctx, c))(t)
		if at, newest, err := s.SchemaVersion(ctx); err != nil || at != newest || at == 0 {
			t.Fatalf("%d of %d: %v", at, newest, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		driver, source := "sqlite", filepath.Join(c.DataDir, store.DatabaseFile)
		if c.DatabaseURL != "" {
			driver, source = "pgx", c.DatabaseURL
		}
		db := must(sql.Open(driver, source))(t)
		defer db.Close()
		must(db.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)"))(t)
		if _, err := store.Open(ctx, c); err == nil || !strings.Contains(err.Error(), "newer") {
			t.Errorf("got %v", err)
		}
	})
}
