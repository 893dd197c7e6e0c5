// Package server builds everything from the settings and runs it.
package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rollcall"
	"rollcall/api"
	"rollcall/auth"
	"rollcall/dialer"
	"rollcall/files"
	"rollcall/ingest"
)

// lockFile is held by the one server that may use a folder with SQLite.
const lockFile = "server.lock"

// purgeInterval is how often what is no longer reachable is removed.
const purgeInterval = time.Minute

// Server is a running Rollcall. Start it once; Stop may be called twice.
type Server struct {
	*Backend
	config   Config
	files    *files.Files
	log      *slog.Logger
	metrics  *metrics
	api      *api.API
	jobs     *ingest.Jobs
	scrubber *dialer.Scrubber
	http     *http.Server
	listener net.Listener
	lock     *flock.Flock
	draining atomic.Bool
	cancel   context.CancelFunc // ends the background work
	work     sync.WaitGroup     // the background work and the listener's loop
	stopOnce sync.Once
	stopErr  error
	failed   chan error
}

// New opens the database and builds the server. Nothing listens yet. The caller
// must Stop it, started or not.
func New(ctx context.Context, c Config, log *slog.Logger, version string) (*Server, error) {
	lock, err := lockFolder(c.Storage)
	if err != nil {
		return nil, err
	}
	backend, err := OpenBackend(ctx, c.Storage)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	uploads, err := openFiles(ctx, c, backend.Store)
	if err != nil {
		return nil, errors.Join(err, backend.Close(), lock.Unlock())
	}
	s := &Server{Backend: backend, config: c, files: uploads, log: log, metrics: newMetrics(backend.Store, version), lock: lock, failed: make(chan error, 1)}
	settings := ingest.Settings{BlockRows: c.ImportBlock, Unpacked: c.MaxUnpacked}
	s.jobs = &ingest.Jobs{Store: backend.Store, Files: uploads, Worker: Worker(), Workers: c.ImportWorkers, Imports: settings, Now: time.Now, Log: log}
	s.scrubber = &dialer.Scrubber{Store: scrubStore{backend.Store}, Worker: Worker(), Now: time.Now, Log: log}
	s.api, err = api.New(api.Config{
		Store: backend.Store, Verifier: auth.NewVerifier(backend.Store, backend.Sealer, backend.TokenKey, time.Now), Log: log, Now: time.Now, Version: version,
		Files: uploads, KeepFiles: c.KeepFiles, MaxFile: c.MaxFile, Importer: ingest.New(backend.Store, settings), Wake: s.jobs.Wake, WakeDialer: s.scrubber.Wake,
		RateLimit: c.RateLimit, Burst: c.RateBurst, RequestTimeout: c.RequestTimeout, MaxBody: c.MaxBody, MaxContactsBody: c.MaxContactsBody,
		AnswerCacheBytes: c.AnswerCache, Observe: s.metrics.observe,
	})
	if err != nil {
		return nil, errors.Join(err, backend.Close(), lock.Unlock())
	}
	s.http = &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: c.HeaderTimeout, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: c.MaxHeader,
		// The API bounds reading and working, and moves this for uploads; it bounds a
		// caller that does not take its answer.
		WriteTimeout: 2 * c.RequestTimeout,
		ErrorLog:     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// lockFolder makes sure that one server uses a folder with SQLite: two on one
// folder are a mistake far more often than a wish, and PostgreSQL is for the wish.
func lockFolder(c Storage) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(c.Data, lockFile))
	if c.Database != "" {
		return lock, nil // any number of processes may serve one PostgreSQL
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, err
	}
	got, err := lock.TryLock()
	if err != nil {
		return nil, err
	}
	if !got {
		return nil, rollcall.Conflict(rollcall.ReasonInvalidState, "Another Rollcall server is using the folder "+c.Data+
			". Stop it first, choose another folder with --data, or let several servers share a PostgreSQL with --database.")
	}
	return lock, nil
}

func (s *Server) routes() http.Handler {
	calls := promhttp.InstrumentHandlerInFlight(s.metrics.inFlight, s.api.Handler())
	metrics := s.metrics.handler()
	// No mux: it would answer an unclean path with a redirect before the API could
	// in the contract's envelope.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz":
			writeHealth(w, http.StatusOK, "alive")
		case "/readyz":
			s.ready(w, r)
		case "/metrics":
			metrics.ServeHTTP(w, r)
		default:
			calls.ServeHTTP(w, r)
		}
	})
}

// ready tells a load balancer whether to send requests here.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	switch err := s.Store.Ping(ctx); {
	case s.draining.Load():
		writeHealth(w, http.StatusServiceUnavailable, "stopping")
	case err != nil:
		s.log.Error("the database does not answer", "err", err)
		writeHealth(w, http.StatusServiceUnavailable, "the database does not answer")
	default:
		writeHealth(w, http.StatusOK, "ready")
	}
}

func writeHealth(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"status": text})
}

// Start listens, and returns when connections are accepted.
func (s *Server) Start(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (choose another address with --listen)", s.config.Listen, err)
	}
	s.listener = listener
	// Only Stop ends the work in the background, after the last request.
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.work.Go(func() { s.purge(background) })
	s.work.Go(func() { s.every(background, sweepInterval, "sweep runs", s.Store.SweepRuns) })
	s.work.Go(func() { s.every(background, scheduleInterval, "follow schedules", s.followSchedules) })
	keeper := &janitor{files: s.files, store: s.Store, keep: s.config.KeepFiles, log: s.log, now: time.Now}
	s.work.Go(func() { keeper.run(background) })
	if s.config.Database == "" {
		if err := s.Store.ReleaseImports(ctx); err != nil {
			return err
		}
	}
	s.jobs.Start(background)
	s.scrubber.Start(background)
	s.work.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	})
	return nil
}

// Addr is the address that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Files is where uploads are.
func (s *Server) Files() *files.Files { return s.files }

// Failed gives the error that ended the server on its own.
func (s *Server) Failed() <-chan error { return s.failed }

// Stop refuses new requests, waits for those that have begun, ends the
// background work and closes the database.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		s.draining.Store(true)
		if s.listener != nil {
			time.Sleep(s.config.ShutdownDelay)
		}
		s.api.EndStreams()
		// What is under way is given back with its last committed block.
		s.jobs.Stop()
		s.scrubber.Stop()
		ctx, cancel := context.WithTimeout(context.Background(), s.config.ShutdownTimeout)
		defer cancel()
		if err := s.http.Shutdown(ctx); err != nil {
			s.stopErr = errors.Join(fmt.Errorf("some requests did not end in time: %w", err), s.http.Close())
		}
		if s.cancel != nil {
			s.cancel()
		}
		s.work.Wait()
		s.stopErr = errors.Join(s.stopErr, s.Backend.Close(), s.lock.Unlock())
	})
	return s.stopErr
}

// purge removes what is no longer reachable, a chunk at a time.
func (s *Server) purge(ctx context.Context) {
	tick := time.NewTicker(purgeInterval)
	defer tick.Stop()
	for {
		now := time.Now()
		more, err := s.Store.Purge(ctx, now)
		if err == nil && !more && s.config.KeepUndo > 0 {
			more, err = s.Store.ExpireImports(ctx, now.Add(-s.config.KeepUndo))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("purge", "err", err)
		}
		if _, err := s.Store.MakeMonths(ctx, now); err != nil && ctx.Err() == nil {
			s.log.Error("make partitions of attempts", "err", err)
		}
		wait := tick.C
		if more && err == nil {
			wait = time.After(20 * time.Millisecond) // room for other writers between two chunks
		}
		select {
		case <-ctx.Done():
			return
		case <-wait:
		}
	}
}

// sweepInterval is how soon a lease that ran out is noticed where no dialer asks, and
// a run in which nothing is left is Completed.
const sweepInterval = 5 * time.Second

// scheduleInterval is how late a scheduled start may be where all goes well.
const scheduleInterval = time.Second

// followSchedules starts and stops what schedules ask for, and says so.
func (s *Server) followSchedules(ctx context.Context, now time.Time) error {
	starts, err := s.Store.FollowSchedules(ctx, now)
	for _, p := range starts {
		s.log.Info("scheduled start", "campaign", p.Campaign, "name", p.Name, "at", p.At, "outcome", p.Outcome, "run", p.RunID, "reason", p.Why)
	}
	return err
}

// every does something again and again.
func (s *Server) every(ctx context.Context, interval time.Duration, what string, do func(ctx context.Context, now time.Time) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := do(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.Error(what, "err", err)
		}
	}
}
