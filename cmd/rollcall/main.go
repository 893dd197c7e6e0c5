// Command rollcall is the server and every tool around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"rollcall"
	"rollcall/server"
)

// Exit statuses.
const (
	exitFailed = 1
	exitUsage  = 2
)

// commands is the whole command line. Every flag has a variable: --listen is
// ROLLCALL_LISTEN.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the server."`
	App     appCommands    `cmd:"" help:"Register programs that may call the API."`
	Token   tokenCommand   `cmd:"" help:"Make a token for an app, alone on standard output."`
	Import  importCommand  `cmd:"" help:"Read a file into a contact list: CSV, XLSX, JSON or NDJSON, packed or not."`
	Doctor  doctorCommand  `cmd:"" help:"Check the data folder, the keys and the database, and count every contact."`
	Version versionCommand `cmd:"" help:"Tell the version."`
}

// console is where a command reads and writes.
type console struct {
	context.Context
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	status := run(&console{Context: ctx, out: os.Stdout, err: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(status)
}

// dropEmptyVariables makes an empty ROLLCALL_… variable the same as none: compose
// files and unit files set such for what they do not set.
func dropEmptyVariables() {
	for _, pair := range os.Environ() {
		if name, value, _ := strings.Cut(pair, "="); value == "" && strings.HasPrefix(name, "ROLLCALL_") {
			os.Unsetenv(name)
		}
	}
}

func run(c *console, args []string) int {
	dropEmptyVariables()
	var all commands
	parser, err := kong.New(&all, kong.Name("rollcall"), kong.DefaultEnvars("ROLLCALL"), kong.Writers(c.out, c.err),
		kong.Description("Rollcall keeps the contact lists of outbound call campaigns, and speaks the Campaign Management API, version 2."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}))
	if err != nil {
		panic(err) // the structs above are wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(c.err, "rollcall: %v\nrollcall: see rollcall --help\n", err)
		return exitUsage
	}
	return report(c.err, chosen.Run(c))
}

// usageError is a value of a flag or argument that cannot be right.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// asUsage makes what the domain finds wrong in flags a usage error.
func asUsage(err error) error {
	if rollcall.CodeOf(err) == rollcall.CodeInvalid {
		return usageError{err}
	}
	return err
}

// report is the only place where an error becomes words and an exit status.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	known := rollcall.Errors(err)
	for _, e := range known {
		fmt.Fprintf(w, "rollcall: %s%s\n", flagOf(e.Field), e.Message)
		if e.Err != nil && !errors.Is(e.Err, context.Canceled) {
			fmt.Fprintf(w, "rollcall: the cause: %v\n", e.Err)
		}
	}
	if len(known) == 0 {
		fmt.Fprintf(w, "rollcall: %v\n", err)
	}
	if _, usage := errors.AsType[usageError](err); usage {
		return exitUsage
	}
	return exitFailed
}

// flagNames are the fields of errors that have another name on the command line;
// an empty one is no flag.
var flagNames = map[string]string{
	"mapping": "map", "phoneRule": "phone-rule", "regionColumn": "region-column", "scopeLists": "scope-list", "maxRejectShare": "max-reject-share",
	"file": "", "master-key": "", "iid": "application", "accountId": "account",
}

func flagOf(field string) string {
	if name, ok := flagNames[field]; ok {
		field = name
	}
	if field == "" {
		return ""
	}
	return "--" + field + ": "
}

// open opens the database and keys that a command works on.
func (c *console) open(s server.Storage) (*server.Backend, error) {
	b, err := server.OpenBackend(c, s)
	if e, ok := errors.AsType[*rollcall.Error](err); ok && e.Field == "database" {
		return nil, usageError{err}
	}
	return b, err
}
