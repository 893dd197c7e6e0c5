package dialer

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Scrub is one scrub under way.
type Scrub interface {
	// Step does the next part, and tells whether more is left.
	Step(ctx context.Context, now time.Time) (more bool, err error)
	// Campaign is the id of the campaign.
	Campaign() string
}

// ScrubStore gives scrubs to do.
type ScrubStore interface {
	// NextScrub gives a scrub that nobody works on, nil where there is none.
	NextScrub(ctx context.Context, worker string, now time.Time) (Scrub, error)
}

// scrubInterval is how often a scrubber looks for work by itself: that which other
// processes asked for, and which they left when they died.
const scrubInterval = 2 * time.Second

// Scrubber holds the contacts of campaigns against the DNC lists that bind them,
// whenever a campaign was saved. Any process may do any scrub.
type Scrubber struct {
	Store  ScrubStore
	Worker string // names this process
	Now    func() time.Time
	Log    *slog.Logger

	wake chan struct{}
	end  context.CancelFunc
	work sync.WaitGroup
}

// Start begins to look for work, until ctx ends or Stop is called.
func (s *Scrubber) Start(ctx context.Context) {
	ctx, s.end = context.WithCancel(ctx)
	s.wake = make(chan struct{}, 1)
	s.work.Go(func() { s.loop(ctx) })
}

// Stop ends the work and waits for it. A scrub that was under way is done anew by
// whoever comes next. It may be called twice.
func (s *Scrubber) Stop() {
	if s.end != nil {
		s.end()
	}
	s.work.Wait()
}

// Wake tells that there is work. Before Start it does nothing: the first look comes
// with the start.
func (s *Scrubber) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Scrubber) loop(ctx context.Context) {
	tick := time.NewTicker(scrubInterval)
	defer tick.Stop()
	for {
		s.Work(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
	}
}

// Work does the scrubs that nobody works on, until there is none.
func (s *Scrubber) Work(ctx context.Context) {
	for s.one(ctx) {
	}
}

// one does a scrub, and tells whether there was one.
func (s *Scrubber) one(ctx context.Context) bool {
	job, err := s.Store.NextScrub(ctx, s.Worker, s.Now())
	if err != nil || job == nil {
		s.report(ctx, "look for scrubs", err)
		return false
	}
	for more := true; more; {
		if more, err = job.Step(ctx, s.Now()); err != nil {
			// Its lease runs out, and it is done anew.
			s.report(ctx, "scrub campaign "+job.Campaign(), err)
			return false
		}
	}
	return true
}

func (s *Scrubber) report(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.Log.Error(what, "err", err)
	}
}
