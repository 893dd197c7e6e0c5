package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"

	"rollcall/server"
)

type serveCommand struct {
	server.Config
}

// spareThreads are how many more threads run the program's code than there are
// cores. An import keeps every core busy, and Go's scheduler looks for what came
// over the network every 10 ms then, for each step of a call anew. A thread that
// nothing else uses is woken by the system at once, which shares the cores fairly:
// calls during an import have a third of the p99, and the import less of the time
// (section busy of the benchmark).
const spareThreads = 2

// Run serves until it is told to stop.
func (s *serveCommand) Run(c *console) (err error) {
	began := time.Now()
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareThreads)
	}
	log := s.logger(c)
	srv, err := server.New(c, s.Config, log, buildVersion())
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := srv.Stop(); err == nil {
			err = stopErr
		}
	}()
	var demo *server.Demo
	if s.Demo {
		if demo, err = srv.MakeDemo(c); err != nil {
			return err
		}
	}
	if err := srv.Start(c); err != nil {
		return err
	}
	log.Info("started", "address", srv.Addr(), "version", buildVersion(), "durationMs", time.Since(began).Milliseconds())
	s.greet(c, srv.Addr(), demo)
	select {
	case <-c.Done():
		log.Info("stopping", "timeout", s.ShutdownTimeout.String())
		return nil
	case err := <-srv.Failed():
		return err
	}
}

func (s *serveCommand) logger(c *console) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(s.LogLevel)) // one of four words, by its flag
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.err, options))
	}
	return slog.New(slog.NewTextHandler(c.err, options))
}

// greet tells a person what to do next.
func (s *serveCommand) greet(c *console, address string, demo *server.Demo) {
	fmt.Fprintf(c.out, "Rollcall listens on http://%s (API reference: http://%s/docs). Stop it with Ctrl-C.\n", address, address)
	if demo == nil {
		return
	}
	fmt.Fprintf(c.out, `
The demo:
  account      %s
  application  %s
  app          %s

Get all contact lists (the token is good for %s):

%s
`, demo.AccountID, demo.ApplicationID, demo.ClientID, demo.TokenTTL, demo.Curl(address))
}
