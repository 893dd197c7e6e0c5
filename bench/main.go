// Command bench measures Rollcall against references on the same machine, in one
// run, turn by turn, and prints Markdown tables. docs/performance.md says how to
// read them.
//
// Each section is a file of its own: lists.go, imports.go, memory.go, work.go,
// busy.go, contacts.go, pages.go, campaigns.go, contactability.go and start.go. What
// generates the data is in generate.go and shape.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// options are what a run was asked for.
type options struct {
	rows    int
	seconds int
	rounds  int
	only    string
	write   bool

	mostRows int    // of the longest file, for the memory
	generate string // path of a file to write, instead of measuring
	shape    string // of that file
}

// section is a part of the benchmark.
type section struct {
	name string
	run  func(*bench, context.Context) error
}

// sections are in their order. Imports leave the places that pages and start
// use, and come before contacts, which takes memory of this program's: see
// importRun.
var sections = []section{
	{"lists", (*bench).lists},
	{"import", (*bench).imports},
	{"memory", (*bench).memory},
	{"work", (*bench).work},
	{"busy", (*bench).busy},
	{"contacts", (*bench).contacts},
	{"pages", (*bench).pages},
	{"campaigns", (*bench).campaigns},
	{"contactability", (*bench).contactability},
	{"start", (*bench).start},
}

// minRows fill enough pages for one to be deep.
const minRows = 1000

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := measure
	if len(os.Args) == 2 && os.Args[1] == contestFlag {
		run = holdContest
	}
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// measure runs the sections, and cleans up however they end.
func measure(ctx context.Context) (err error) {
	o, err := parseOptions()
	if err != nil {
		return err
	}
	if o.generate != "" {
		return writeOnly(o)
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, s := range sections {
		if !o.chosen(s.name) {
			continue
		}
		if err := s.run(b, ctx); err != nil {
			if ctx.Err() != nil {
				return errors.New("interrupted")
			}
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return b.publish()
}

func parseOptions() (o options, err error) {
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	flag.IntVar(&o.rows, "rows", 1_000_000, "rows of the imported file")
	flag.IntVar(&o.seconds, "seconds", 3, "seconds of one measurement of requests")
	flag.IntVar(&o.rounds, "rounds", 7, "how often each measurement is taken")
	flag.StringVar(&o.only, "only", "", "sections to run, with commas: "+strings.Join(names, ",")+" (default all)")
	flag.BoolVar(&o.write, "write", false, "put the tables into "+document)
	flag.IntVar(&o.mostRows, "most-rows", 10_000_000, "rows of the longest file, which the memory is measured with")
	flag.StringVar(&o.generate, "generate", "", "write a CSV of -rows rows to this path, and measure nothing")
	flag.StringVar(&o.shape, "shape", plain.name, "of the file to -generate: plain, or as a program exports: google, outlook, hubspot, salesforce, zoho")
	flag.Parse()
	for name := range strings.SplitSeq(o.only, ",") {
		if o.only != "" && !slices.Contains(names, name) {
			return o, fmt.Errorf("there is no section %q; the sections are %s", name, strings.Join(names, ", "))
		}
	}
	switch {
	case flag.NArg() > 0:
		return o, fmt.Errorf("%q is no flag", flag.Arg(0))
	case o.rows < minRows || o.mostRows < minRows || o.seconds < 1 || o.rounds < 1:
		return o, fmt.Errorf("at least -rows %d -most-rows %d -seconds 1 -rounds 1", minRows, minRows)
	case o.write && o.only != "":
		return o, errors.New("-write replaces every table; leave out -only")
	}
	return o, nil
}

func (o *options) chosen(section string) bool {
	return o.only == "" || slices.Contains(strings.Split(o.only, ","), section)
}

// tools are the programs that the benchmark runs besides Rollcall.
var tools = []string{"go", "wrk", "sqlite3", "psql"}

func checkTools() error {
	for _, name := range tools {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is missing; scripts/setup bench installs what the benchmark needs: %w", name, err)
		}
	}
	return nil
}
