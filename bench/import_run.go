package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
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

// importAnswer is what the command prints.
type importAnswer struct {
	counts
	Updated, Unchanged int64
	ImportID, State    string
}

// importFile imports the file into a new list of the place, and holds what the
// program counts against what the generator wrote.
func (p *place) importFile(ctx context.Context, file *csvFile, rule phoneRule) (importRun, error) {
	run, answer, err := p.runImport(ctx, file.path, listName, rule.flags...)
	if err == nil && answer.counts != file.counts {
		err = fmt.Errorf("WRONG COUNTS under the rule %s on %s: the import says %+v, the generator %+v", rule.name, p.engine, answer, file.counts)
	}
	return run, err
}

// runImport runs the command, which must read the file to its end.
func (p *place) runImport(ctx context.Context, path, list string, flags ...string) (run importRun, answer importAnswer, err error) {
	args := append([]string{"import", path, "--application", application, "--list", list, "--json"}, flags...)
	run, out, err := timed(ctx, func(ctx context.Context) *exec.Cmd { return p.command(ctx, args...) })
	if err != nil {
		return run, answer, err
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		return run, answer, err
	}
	if run.rows = answer.Rows; answer.State != "done" {
		err = fmt.Errorf("the import of %s on %s is %s", filepath.Base(path), p.engine, answer.State)
	}
	return run, answer, err
}
