package api

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rollcall"
)

// rateLimiter gives each app a bucket of its own (contract, section 1:
// rate_limited). It counts in this process only: behind a load balancer an app
// gets this rate from each process.
type rateLimiter struct {
	limit rate.Limit // 0: none
	burst int
	now   func() time.Time
	mu    sync.Mutex
	apps  map[string]*rate.Limiter // by client id; only proven apps come here, so it is bounded by their number
}

func newRateLimiter(perSecond float64, burst int, now func() time.Time) *rateLimiter {
	if burst <= 0 {
		burst = max(1, int(math.Ceil(perSecond)))
	}
	return &rateLimiter{limit: rate.Limit(perSecond), burst: burst, now: now, apps: map[string]*rate.Limiter{}}
}

// allow takes one request from the app's bucket, or tells when to come back. A
// request that is refused costs the app nothing.
func (l *rateLimiter) allow(clientID string) error {
	if l.limit <= 0 {
		return nil
	}
	now := l.now()
	reservation := l.of(clientID).ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	reservation.CancelAt(now)
	return &rollcall.Error{
		Code: rollcall.CodeRateLimited, RetryAfter: wait,
		Message: "This app calls too often; wait as long as the header Retry-After says.",
	}
}

func (l *rateLimiter) of(clientID string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, ok := l.apps[clientID]
	if !ok {
		limiter = rate.NewLimiter(l.limit, l.burst)
		l.apps[clientID] = limiter
	}
	return limiter
}
