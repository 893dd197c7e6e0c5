package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// importLimit bounds one import, ours or the reference's.
const importLimit = time.Hour

// importRun is one import.
type importRun struct {
	seconds float64 // from starting the program to its end
	rows    int64
	// peak is the most memory that the program had, in MB. Linux counts in what its
	// parent had at the start, so that this program has to stay the smaller one.
	peak float64
}

func (r importRun) rate() float64 { return float64(r.rows) / r.seconds }

// timed runs a program.
func timed(ctx context.Context, cmd func(context.Context) *exec.Cmd) (importRun, string, error) {
	ctx, cancel := context.WithTimeout(ctx, importLimit)
	defer cancel()
	program := cmd(ctx)
	began := time.Now()
	out, err := output(program)
	if err != nil {
		return importRun{}, "", err
	}
	run := importRun{seconds: time.Since(began).Seconds()}
	if usage, ok := program.ProcessState.SysUsage().(*syscall.Rusage); ok {
		run.peak = float64(usage.Maxrss) * 1024 / 1e6 // Linux counts in KiB
	}
	return run, out, nil
}

// phoneRule is how strictly an import checks numbers.
type phoneRule struct {
	name  string
	flags []string
}

var phoneRules = []phoneRule{
	{"valid", []string{"--phone-rule", "valid", "--region", home}},
	{"e164", []string{"--phone-rule", "e164"}},
}

// importFile imports the file into a new list of the place, and holds what the
// program counts against what the generator wrote.
func (p *place) importFile(ctx context.Context, file *csvFile, rule phoneRule) (importRun, error) {
	args := append([]string{"import", file.path, "--application", application, "--list", listName, "--json"}, rule.flags...)
	run, out, err := timed(ctx, func(ctx context.Context) *exec.Cmd { return p.command(ctx, args...) })
	if err != nil {
		return run, err
	}
	var answer struct {
		counts
		State string
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		return run, err
	}
	if answer.counts != file.counts || answer.State != "done" {
		return run, fmt.Errorf("WRONG COUNTS under the rule %s on %s: the import says %+v, the generator %+v", rule.name, p.engine, answer, file.counts)
	}
	run.rows = answer.Rows
	return run, nil
}
