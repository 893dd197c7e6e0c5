package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// load is what wrk found of one server: requests a second, and milliseconds.
type load struct{ rate, p50, p99 float64 }

// loader is wrk with a script: the call, and a last line that a program can read.
type loader struct {
	script               string
	seconds              int
	threads, connections int
}

// newLoader writes the script. The token is there rather than on the command
// line, which others on the machine can see.
func (b *bench) newLoader(token string, threads, connections int) (*loader, error) {
	l := &loader{filepath.Join(b.dir, "wrk.lua"), b.seconds, threads, connections}
	text := "wrk.method = \"POST\"\n"
	for name, value := range headers(token) {
		text += fmt.Sprintf("wrk.headers[%q] = %q\n", name, value)
	}
	text += `done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("found %d %d %d %f %f\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`
	return l, os.WriteFile(l.script, []byte(text), 0o600)
}

// drive loads a server. One request that is not answered with 200 makes the
// figures worthless.
func (l *loader) drive(ctx context.Context, address string) (load, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(l.seconds)*time.Second+time.Minute)
	defer cancel()
	out, err := output(exec.CommandContext(ctx, "wrk", "-t"+strconv.Itoa(l.threads), "-c"+strconv.Itoa(l.connections), "--latency", "--timeout", "20s",
		"-d"+strconv.Itoa(l.seconds)+"s", "-s", l.script, address+listsPath+allLists))
	if err != nil {
		return load{}, err
	}
	var requests, microseconds, failed, p50, p99 float64
	_, line, _ := strings.Cut(out, "found ")
	if _, err := fmt.Sscan(line, &requests, &microseconds, &failed, &p50, &p99); err != nil {
		return load{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	if failed > 0 || requests == 0 {
		return load{}, fmt.Errorf("wrk: %.0f requests failed\n%s", failed, out)
	}
	return load{rate: requests / microseconds * 1e6, p50: p50 / 1000, p99: p99 / 1000}, nil
}
