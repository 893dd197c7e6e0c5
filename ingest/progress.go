package ingest

import (
	"sync"
	"sync/atomic"
	"time"

	"rollcall"
)

// progressEvery is how often progress is reported.
const progressEvery = 250 * time.Millisecond

// Stage is what an import is doing.
type Stage string

// The stages. Each reads the file from its start to its end.
const (
	StageSurvey Stage = "survey" // digest and encoding
	StageLoad   Stage = "load"   // rows
)

// Progress is how far an import is.
type Progress struct {
	Stage      Stage
	BytesRead  int64 // of the file, in this stage
	BytesTotal int64
	Counts     rollcall.ImportCounts // of what is committed; of a resumed import, before too
	StartedAt  time.Time
	Done       bool // the last report
}

// progress gathers what the stages tell and reports it from one goroutine.
type progress struct {
	bytes  atomic.Int64
	mu     sync.Mutex
	now    Progress
	report func(Progress)
	stop   chan struct{}
	ended  chan struct{}
}

// startProgress begins to report; report may be nil.
func startProgress(report func(Progress), total int64, started time.Time) *progress {
	p := &progress{
		now:    Progress{Stage: StageSurvey, BytesTotal: total, StartedAt: started},
		report: report, stop: make(chan struct{}), ended: make(chan struct{}),
	}
	if p.report == nil {
		p.report = func(Progress) {}
	}
	go p.run()
	return p
}

func (p *progress) run() {
	defer close(p.ended)
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.report(p.get(false))
		case <-p.stop:
			p.report(p.get(true))
			return
		}
	}
}

func (p *progress) get(done bool) Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now
	now.BytesRead, now.Done = p.bytes.Load(), done
	return now
}

// stage begins a stage.
func (p *progress) stage(s Stage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Stage = s
	p.bytes.Store(0)
}

// counted notes what is committed.
func (p *progress) counted(c rollcall.ImportCounts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Counts = c
}

// end makes the last report and waits until it is made.
func (p *progress) end() {
	close(p.stop)
	<-p.ended
}
