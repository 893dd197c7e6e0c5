package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"rollcall/ingest"
)

// plainEvery is how often an import tells its progress where no person watches.
const plainEvery = 5 * time.Second

// progress shows how far an import is: a bar on a terminal, else plain lines. It is
// safe for concurrent use.
type progress struct {
	mu      sync.Mutex
	out     io.Writer
	bar     *progressbar.ProgressBar // nil where no person watches
	stage   string
	began   time.Time // the stage, at this many bytes
	from    int64
	nextRow time.Time
}

// step is how far a stage of an import is.
type step struct {
	stage       string // a new one begins the bar anew
	beside      string // what stands beside the bar
	line        string // what stands before the share in a plain line
	done, total int64  // bytes of the file
}

func newProgress(w io.Writer) *progress {
	p := &progress{out: w, nextRow: time.Now().Add(plainEvery)}
	if isTerminal(w) {
		p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true), progressbar.OptionFullWidth(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

// report shows how far an import is that this process runs.
func (p *progress) report(now ingest.Progress) {
	s := step{stage: string(now.Stage), beside: "checking", line: "checking the file", done: now.BytesRead, total: now.BytesTotal}
	if now.Stage == ingest.StageLoad {
		s.beside = fmt.Sprintf("%d rows, %d rejected", now.Counts.Rows, now.Counts.Rejected)
		s.line = fmt.Sprintf("%d rows committed, %d rejected", now.Counts.Rows, now.Counts.Rejected)
	}
	if !now.Done || p.bar != nil {
		p.show(s)
	}
}

func (p *progress) show(s step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.stage != p.stage {
		p.stage, p.began, p.from = s.stage, time.Now(), s.done
		if p.bar != nil {
			p.bar.Reset()
			p.bar.ChangeMax64(s.total)
		}
	}
	if p.bar != nil {
		p.bar.Describe(s.beside)
		p.bar.Set64(min(s.done, s.total))
		return
	}
	if now := time.Now(); !now.Before(p.nextRow) {
		p.nextRow = now.Add(plainEvery)
		fmt.Fprintf(p.out, "rollcall: %s; %s\n", s.line, p.share(s, now))
	}
}

// share tells how much of the file is done, and when the rest will be.
func (p *progress) share(s step, now time.Time) string {
	share := 100.0
	if s.total > 0 {
		share = 100 * float64(min(s.done, s.total)) / float64(s.total)
	}
	text := fmt.Sprintf("%.0f %% of the file", share)
	if rate := float64(s.done-p.from) / now.Sub(p.began).Seconds(); rate > 0 && s.done < s.total {
		left := time.Duration(float64(s.total-s.done) / rate * float64(time.Second))
		text += fmt.Sprintf(", %.1f MB/s, about %s left", rate/1e6, left.Round(time.Second))
	}
	return text
}

// say tells a sentence without spoiling the bar.
func (p *progress) say(sentence string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(p.out, "rollcall: "+sentence)
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Finish()
	}
}
