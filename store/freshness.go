package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// Freshness is what decides whether something kept in memory is still true.
type Freshness struct {
	AppRevision int64 // of the app; 0 when there is no such app or it is revoked
	Version     int64 // of the application's lists; 0 when it is not in the app's account
}

// freshnessTimeout bounds one look-up, which several requests may wait for.
const freshnessTimeout = 10 * time.Second

// Freshness asks the database, not earlier than the call, how an app and an
// application stand now. It is the one question that every request asks, so
// that requests that come while an answer is on its way share the next one: a
// query that starts after a request came tells the truth to it, however many
// wait. (A query that was under way already might not.)
func (s *Store) Freshness(ctx context.Context, clientID, applicationID string) (Freshness, error) {
	return s.fresh.get(ctx, freshnessKey{clientID, applicationID})
}

const selectFreshness = `SELECT a.revision, COALESCE(p.version, 0)
	FROM apps a LEFT JOIN applications p ON p.account_key = a.account_key AND p.application_id = $2
	WHERE a.client_id = $1 AND NOT a.revoked`

// prepareFreshness prepares the look-up, which comes with every request: SQLite
// takes four times as long to understand it as to answer it.
func (s *Store) prepareFreshness(ctx context.Context) (err error) {
	s.freshness, err = s.reader.PrepareContext(ctx, selectFreshness)
	return err
}

func (s *Store) queryFreshness(key freshnessKey) (Freshness, error) {
	ctx := context.Background()
	if s.dialect == postgresDialect {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, freshnessTimeout)
		defer cancel()
	} // SQLite's answer comes from this process, and waits for nobody
	var f Freshness
	err := s.freshness.QueryRowContext(ctx, key.clientID, key.applicationID).Scan(&f.AppRevision, &f.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return Freshness{}, nil
	}
	return f, err
}

type freshnessKey struct{ clientID, applicationID string }

// freshnessGroups has at most one query under way for each key, and at most one
// group of waiters for the query after it.
type freshnessGroups struct {
	query func(freshnessKey) (Freshness, error)
	mu    sync.Mutex
	next  map[freshnessKey]*freshnessFlight // present while a query is under way; nil: nobody waits
}

type freshnessFlight struct {
	done  chan struct{}
	value Freshness
	err   error
}

func (g *freshnessGroups) get(ctx context.Context, key freshnessKey) (Freshness, error) {
	g.mu.Lock()
	waiting, underWay := g.next[key]
	if !underWay {
		if g.next == nil {
			g.next = map[freshnessKey]*freshnessFlight{}
		}
		g.next[key] = nil
		g.mu.Unlock()
		// The caller of a quiet time asks for itself: no hand-over, no wait.
		defer g.landed(key)
		return g.query(key)
	}
	if waiting == nil {
		waiting = &freshnessFlight{done: make(chan struct{})}
		g.next[key] = waiting
	}
	g.mu.Unlock()
	select {
	case <-waiting.done:
		return waiting.value, waiting.err
	case <-ctx.Done():
		return Freshness{}, ctx.Err()
	}
}

// landed starts the query for those who came meanwhile, if any did.
func (g *freshnessGroups) landed(key freshnessKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	flight := g.next[key]
	if flight == nil {
		delete(g.next, key)
		return
	}
	g.next[key] = nil
	go func() {
		defer g.landed(key)
		defer close(flight.done)
		flight.err = errors.New("the look-up did not end") // unless it does
		flight.value, flight.err = g.query(key)
	}()
}
