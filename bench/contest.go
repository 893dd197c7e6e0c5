package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"rollcall/auth"
	"rollcall/server"
)

// contestFlag makes this program serve a contest rather than measure: wrk and
// the benchmark's own garbage must not share a process with what they measure.
const contestFlag = "-serve-contest"

// contestLimit ends a contest that nobody ends.
const contestLimit = time.Hour

// contest is what the child is told on its standard input, which then stays open
// as long as the parent lives.
type contest struct {
	Data, Database, Token string
	Lists                 int
}

// entrants are the addresses of those that are compared.
type entrants struct {
	Call   string // the real call, as the program serves it
	Fixed  string // fixed bytes after the same check of the request
	Memory string // fixed bytes after a check of the token that never asks the database
	Bytes  int    // of each answer
}

// holdContest serves one contest until it is told to stop.
func holdContest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, contestLimit)
	defer cancel()
	var c contest
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	config, err := c.config()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	srv, err := server.New(ctx, config, log, "bench")
	if err != nil {
		return err
	}
	defer srv.Stop()
	if err := c.makeLists(ctx, srv.Store); err != nil {
		return err
	}
	if err := srv.Start(ctx); err != nil {
		return err
	}
	return c.serve(ctx, srv, config, log)
}

// config is every default of the program's but the rate limit.
func (c *contest) config() (server.Config, error) {
	var flags struct{ server.Config }
	parser, err := kong.New(&flags)
	if err != nil {
		return server.Config{}, err
	}
	_, err = parser.Parse([]string{"--data", c.Data, "--database", c.Database, "--listen", "127.0.0.1:0", "--rate-limit", "0"})
	return flags.Config, err
}

// serve starts the references beside the server, tells their addresses, and
// waits for the end.
func (c *contest) serve(ctx context.Context, srv *server.Server, config server.Config, log *slog.Logger) error {
	e := entrants{Call: "http://" + srv.Addr()}
	body, err := c.answer(ctx, e.Call)
	if err != nil {
		return err
	}
	e.Bytes = len(body)
	verifier := auth.NewVerifier(srv.Store, srv.Sealer, srv.TokenKey, time.Now)
	fixed, err := sameCheck(srv, verifier, log, fixedBytes(body))
	if err != nil {
		return err
	}
	memory, err := memoryCheck(ctx, srv, verifier, c.Token, fixedBytes(body))
	if err != nil {
		return err
	}
	if e.Fixed, err = offer(ctx, fixed, config); err != nil {
		return err
	}
	if e.Memory, err = offer(ctx, memory, config); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(e); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// offer serves a reference until the process ends, under the limits that
// server.New sets, and gives its address.
func offer(ctx context.Context, handler http.Handler, config server.Config) (string, error) {
	var l net.ListenConfig
	listener, err := l.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	reference := &http.Server{Handler: handler, ReadHeaderTimeout: config.HeaderTimeout, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: config.MaxHeader}
	go reference.Serve(listener)
	return "http://" + listener.Addr().String(), nil
}

// answer is the real call's, which must hold every list.
func (c *contest) answer(ctx context.Context, address string) ([]byte, error) {
	body, _, err := newClient(address, c.Token).call(ctx, http.MethodPost, allLists, nil)
	if err != nil {
		return nil, err
	}
	var envelope struct{ Data []json.RawMessage }
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, err
	}
	if len(envelope.Data) != c.Lists {
		return nil, fmt.Errorf("the answer has %d lists, not %d", len(envelope.Data), c.Lists)
	}
	return body, nil
}
