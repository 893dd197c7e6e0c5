package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"rollcall"
)

// Check is one thing that doctor looked at.
type Check struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
}

// Examine checks the data folder, the keys, the database and every count. It
// stops at the first check that makes the next ones impossible.
func Examine(ctx context.Context, c Storage) []Check {
	checks := []Check{checkFolder(c.Data)}
	if !checks[0].OK {
		return checks
	}
	b, err := OpenBackend(ctx, c)
	if err != nil {
		return append(checks, failed("database and keys", err))
	}
	defer b.Close()
	checks = append(checks, Check{"master key", true, "opens what is sealed in the database"})
	return append(checks, b.checkEngine(ctx), b.checkSchema(ctx), b.checkIntegrity(ctx), b.checkApps(ctx), b.checkCounts(ctx))
}

func failed(name string, err error) Check {
	found := err.Error()
	if known := rollcall.Errors(err); len(known) > 0 {
		found = known[0].Error()
	}
	return Check{name, false, found}
}

// checkFolder tries to write in the folder, or where it will be made.
func checkFolder(dir string) Check {
	const name = "data folder"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return failed(name, err)
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return failed(name, err)
	}
	f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return failed(name, err)
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return failed(name, err)
	}
	return Check{name, true, path + " can be written"}
}

func (b *Backend) checkEngine(ctx context.Context) Check {
	version, size, err := b.Store.Engine(ctx)
	if err != nil {
		return failed("engine", err)
	}
	return Check{"engine", true, fmt.Sprintf("%s, %.1f MB", version, float64(size)/1e6)}
}

func (b *Backend) checkSchema(ctx context.Context) Check {
	at, newest, err := b.Store.SchemaVersion(ctx)
	if err != nil {
		return failed("schema", err)
	}
	return Check{"schema", at == newest, fmt.Sprintf("version %d of %d", at, newest)}
}

func (b *Backend) checkIntegrity(ctx context.Context) Check {
	found, err := b.Store.Integrity(ctx)
	if err != nil {
		return failed("integrity", err)
	}
	return Check{"integrity", found == "ok", found}
}

func (b *Backend) checkApps(ctx context.Context) Check {
	apps, err := b.Store.Apps(ctx)
	if err != nil {
		return failed("apps", err)
	}
	for _, app := range apps {
		if _, err := b.Sealer.Secrets(app); err != nil {
			return failed("apps", err)
		}
	}
	return Check{"apps", true, fmt.Sprintf("%d, every secret opens", len(apps))}
}

func (b *Backend) checkCounts(ctx context.Context) Check {
	wrong, err := b.Store.CheckCounts(ctx)
	if err != nil {
		return failed("counts", err)
	}
	if len(wrong) > 0 {
		return Check{"counts", false, fmt.Sprintf("%d lists have a wrong totalRecordCount; the first is %s: %d kept, %d counted", len(wrong), wrong[0].ListID, wrong[0].Kept, wrong[0].Counted)}
	}
	return Check{"counts", true, "totalRecordCount of every list is the number of its contacts"}
}
