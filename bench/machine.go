package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"
)

// describe says what the figures were taken on.
func (b *bench) describe(ctx context.Context) (string, error) {
	database, err := b.psql(ctx, b.cluster, "SHOW server_version")
	if err != nil {
		return "", err
	}
	shell, err := output(exec.CommandContext(ctx, "sqlite3", "--version"))
	if err != nil {
		return "", err
	}
	shell, _, _ = strings.Cut(shell, " ")
	database, _, _ = strings.Cut(database, " ")
	return fmt.Sprintf("%d cores%s, %s/%s, %s, SQLite %s (the shell sqlite3: %s), PostgreSQL %s",
		runtime.NumCPU(), processor(), runtime.GOOS, runtime.GOARCH, strings.Replace(runtime.Version(), "go", "Go ", 1), sqlite3.SQLITE_VERSION, shell, database), nil
}

// processor is the processor's name where the system tells it.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return " (" + strings.TrimSpace(value) + ")"
		}
	}
	return ""
}
