package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"rollcall/store"
)

// engine is what keeps the rows.
type engine string

const (
	sqlite   engine = "SQLite"
	postgres engine = "PostgreSQL"
)

var engines = []engine{sqlite, postgres}

// The account and the application of everything here.
const (
	account     = "67777ce93e25326494e0be00"
	application = "st-0603182c-7ffb-53c3-b307-47ca14b0be00"
	listName    = "Bench"
)

// place is where one Rollcall keeps its things: a folder and, for PostgreSQL, a
// database of its own.
type place struct {
	bench    *bench
	engine   engine
	data     string
	database string // URL; empty on SQLite
	name     string // of the database
	clientID string
}

// newPlace makes a fresh place with the schema and an app.
func (b *bench) newPlace(ctx context.Context, e engine) (*place, error) {
	b.places++
	name := fmt.Sprintf("bench_%d", b.places)
	p := &place{bench: b, engine: e, data: filepath.Join(b.dir, name), name: name}
	if e == postgres {
		if _, err := b.psql(ctx, b.cluster, "CREATE DATABASE "+name); err != nil {
			return nil, err
		}
		p.database = strings.Replace(b.cluster, "/postgres?", "/"+name+"?", 1)
	}
	out, err := output(p.command(ctx, "app", "create", "--name", "Bench", "--account", account, "--application", application, "--json"))
	if err != nil {
		return nil, err
	}
	var app struct{ ClientID string }
	err = json.Unmarshal([]byte(out), &app)
	p.clientID = app.ClientID
	return p, err
}

// freshPlace is newPlace with everything on the disk: it is about to be timed.
func (b *bench) freshPlace(ctx context.Context, e engine) (*place, error) {
	p, err := b.newPlace(ctx, e)
	if err != nil {
		return nil, err
	}
	return p, p.settle(ctx)
}

// remove frees the disk for the next place.
func (p *place) remove(ctx context.Context) error {
	if p.engine == postgres {
		if _, err := p.bench.psql(ctx, p.bench.cluster, "DROP DATABASE "+p.name+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return os.RemoveAll(p.data)
}

// command makes a command of Rollcall's on the place.
func (p *place) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.bench.binary, args...)
	cmd.Env = cleanEnvironment()
	cmd.Env = append(cmd.Env, "ROLLCALL_DATA="+p.data)
	if p.database != "" {
		cmd.Env = append(cmd.Env, "ROLLCALL_DATABASE="+p.database)
	}
	return cmd
}

// cleanEnvironment leaves out the caller's settings of Rollcall, which would
// change what is measured.
func cleanEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "ROLLCALL_") })
}

// token makes a token that outlives the benchmark.
func (p *place) token(ctx context.Context) (string, error) {
	return output(p.command(ctx, "token", "--client-id", p.clientID, "--ttl", "48h"))
}

// databaseFile is SQLite's.
func (p *place) databaseFile() string { return filepath.Join(p.data, store.DatabaseFile) }

// settle writes to disk what earlier steps left in memory, so that they do not
// slow down the next measurement.
func (p *place) settle(ctx context.Context) error {
	if p.engine == postgres {
		if _, err := p.bench.psql(ctx, p.bench.cluster, "CHECKPOINT"); err != nil {
			return err
		}
	}
	syscall.Sync()
	return nil
}

// psql runs one statement on a database, and gives its bare output.
func (b *bench) psql(ctx context.Context, url, statement string) (string, error) {
	return output(exec.CommandContext(ctx, "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--dbname", url, "--command", statement))
}
