package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"rollcall/store/storetest"
)

// bench is one run, and what its sections share.
type bench struct {
	options
	report
	dir      string // for everything; removed at the end
	binary   string // Rollcall
	self     string // this program
	cluster  string // URL of PostgreSQL
	stop     func() error
	places   int               // made so far
	file     *csvFile          // nil: not needed so far
	prepared map[engine]*place // by loaded
}

// newBench builds Rollcall as a release is built, and starts PostgreSQL.
func newBench(ctx context.Context, o options) (*bench, error) {
	if err := checkTools(); err != nil {
		return nil, err
	}
	if o.write {
		if _, _, err := splitDocument(); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "rollcall-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, dir: dir, binary: filepath.Join(dir, "rollcall"), prepared: map[engine]*place{}}
	if err := b.prepare(ctx); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *bench) prepare(ctx context.Context) (err error) {
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	tell("building Rollcall")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.binary, "rollcall/cmd/rollcall")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if _, err := output(build); err != nil {
		return err
	}
	tell("starting PostgreSQL")
	if b.cluster, b.stop, err = storetest.StartPostgres(true); err != nil {
		return err
	}
	b.machine, err = b.describe(ctx)
	return err
}

// close stops what runs and removes what was made. It also ends an interrupted
// run, so that it takes no context.
func (b *bench) close() error {
	var err error
	if b.stop != nil {
		err = b.stop()
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

// tell says on standard error what goes on; standard output is for the tables.
func tell(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

// output runs a command that must succeed, and gives its standard output.
func output(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}
