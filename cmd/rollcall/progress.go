package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"rollcall/ingest"
)

// plainEvery is how often an import tells its progress where no person watches.
const plainEvery = 5 * time.Second

// progress shows how far an import is: a bar on a terminal, else plain lines.
type progress struct {
	out     io.Writer
	bar     *progressbar.ProgressBar // nil where no person watches
	stage   ingest.Stage
	nextRow time.Time
}

func newProgress(w io.Writer) *progress {
	p := &progress{out: w, nextRow: time.Now().Add(plainEvery)}
	if isTerminal(w) {
		p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true), progressbar.OptionFullWidth(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

func (p *progress) report(now ingest.Progress) {
	if p.bar == nil {
		p.plain(now)
		return
	}
	if now.Stage != p.stage {
		p.stage = now.Stage
		p.bar.Reset()
		p.bar.ChangeMax64(now.BytesTotal)
	}
	what := "checking"
	if now.Stage == ingest.StageLoad {
		what = fmt.Sprintf("%d rows, %d rejected", now.Counts.Rows, now.Counts.Rejected)
	}
	p.bar.Describe(what)
	p.bar.Set64(min(now.BytesRead, now.BytesTotal))
}

func (p *progress) plain(now ingest.Progress) {
	if time.Now().Before(p.nextRow) || now.Done {
		return
	}
	p.nextRow = time.Now().Add(plainEvery)
	share := 100.0
	if now.BytesTotal > 0 {
		share = 100 * float64(now.BytesRead) / float64(now.BytesTotal)
	}
	if now.Stage == ingest.StageSurvey {
		fmt.Fprintf(p.out, "rollcall: checking the file: %.0f %%\n", share)
		return
	}
	fmt.Fprintf(p.out, "rollcall: %d rows committed, %d rejected; %.0f %% of the file is read\n", now.Counts.Rows, now.Counts.Rejected, share)
}

func (p *progress) end() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
