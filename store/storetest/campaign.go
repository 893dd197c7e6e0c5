package storetest

import (
	"context"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // another program's way to the file

	"rollcall"
	"rollcall/store"
)

// SetPlan sets what is asked of a campaign's dialing, past the store.
func SetPlan(t testing.TB, c store.Config, campaign string, plan rollcall.CampaignPlan, mode rollcall.DialingMode) {
	t.Helper()
	driver, name := "pgx", c.DatabaseURL
	if name == "" {
		driver, name = "sqlite", filepath.Join(c.DataDir, store.DatabaseFile)+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), "UPDATE campaigns SET plan = $1, dialing_mode = $2 WHERE campaign_id = $3", string(text), mode, campaign); err != nil {
		t.Fatal(err)
	}
}
