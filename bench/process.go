package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// process is a running server, Rollcall's or the contest's.
type process struct {
	cmd   *exec.Cmd
	out   *bufio.Reader
	stdin io.WriteCloser // open while this program lives
	log   bytes.Buffer
}

// launch starts a server. It ends with ctx at the latest.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd}
	cmd.Stderr = &p.log
	cmd.WaitDelay = stopPatience
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, cmd.Start()
}

// stopPatience is how long a server may take to stop.
const stopPatience = 20 * time.Second

// stop asks the server to stop, and kills it when it does not.
func (p *process) stop() error {
	defer time.AfterFunc(stopPatience, func() { p.cmd.Process.Kill() }).Stop()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("the server: %w\n%s", err, &p.log)
	}
	return nil
}

// line reads the next line of the server's output. Where there is none the
// server has failed, and is waited for.
func (p *process) line() (string, error) {
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.cmd.Process.Kill()
		return "", fmt.Errorf("the server did not start: %w\n%s", errors.Join(err, p.cmd.Wait()), &p.log)
	}
	return line, nil
}

var listens = regexp.MustCompile(`listens on (http://[0-9.:]+)`)

// instance is a running Rollcall, and a client of it.
type instance struct {
	*process
	*client
}

// serve starts Rollcall on the place, on a free port. Nothing limits the rate,
// and no line is logged for a request: the benchmark is one program that calls
// as often as it can.
func (p *place) serve(ctx context.Context, token string) (*instance, error) {
	proc, err := launch(p.command(ctx, "serve", "--listen", "127.0.0.1:0", "--rate-limit", "0", "--log-level", "warn"))
	if err != nil {
		return nil, err
	}
	for {
		line, err := proc.line()
		if err != nil {
			return nil, err
		}
		if found := listens.FindStringSubmatch(line); found != nil {
			return &instance{proc, newClient(found[1], token)}, nil
		}
	}
}

// served runs fn against a server on the place.
func (p *place) served(ctx context.Context, fn func(*instance) error) error {
	token, err := p.token(ctx)
	if err != nil {
		return err
	}
	s, err := p.serve(ctx, token)
	if err != nil {
		return err
	}
	if err := fn(s); err != nil {
		s.stop()
		return err
	}
	return s.stop()
}
