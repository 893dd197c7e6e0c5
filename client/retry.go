package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"time"

	"rollcall"
)

// The pauses between two tries: they double, so that a server which comes back is
// found soon and one that is overloaded is left alone.
const (
	firstPause = 200 * time.Millisecond
	maxPause   = 10 * time.Second
)

// passing is a failure that may be over at the next try.
type passing struct {
	error
	after time.Duration // the server's wish; 0: it said nothing
	once  bool          // a second try is worth it, a third is not
	quiet bool          // the next try is another one: nothing to tell, or to wait for
}

// Unwrap gives the failure.
func (p *passing) Unwrap() error { return p.error }

// persist repeats work while it fails in a passing way. Work tells whether it made
// headway: then patience begins anew.
func (c *Client) persist(ctx context.Context, work func() (headway bool, err error)) error {
	pause, began, triedOnce, told := firstPause, time.Now(), false, false
	for {
		headway, err := work()
		if headway {
			pause, began, triedOnce, told = firstPause, time.Now(), false, false
		}
		p, ok := errors.AsType[*passing](err)
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case !ok || p.once && triedOnce:
			return err
		case time.Since(began) >= c.config.RetryFor && !p.once:
			return p.error
		}
		triedOnce = triedOnce || p.once
		if p.quiet {
			continue
		}
		if !told && !p.once {
			told = true
			c.config.Say(sentence(p.error) + fmt.Sprintf(" Trying again, for up to %s.", c.config.RetryFor))
		}
		if err := rest(ctx, max(p.after, pause/2+rand.N(pause/2))); err != nil {
			return err
		}
		pause = min(2*pause, maxPause)
	}
}

// sentence is what is said of a failure.
func sentence(err error) string {
	if e, ok := errors.AsType[*rollcall.Error](err); ok {
		return e.Message
	}
	return err.Error() + "."
}

// rest waits, or fails when ctx ends.
func rest(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// broken is a request without an answer. What no waiting can mend is told at once:
// a certificate that is not trusted, and a name that nobody has heard of.
func (c *Client) broken(ctx, watched context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if cause := context.Cause(watched); errors.Is(cause, errSilent) {
		err = cause
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text holds the whole address
	}
	told := &rollcall.Error{Code: rollcall.CodeInternal, Message: "The server cannot be reached, or the connection to it broke.", Err: err}
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	name, unknown := errors.AsType[*net.DNSError](err)
	switch {
	case certificate:
		told.Message = "The server's certificate is not trusted."
		return told
	case unknown && name.IsNotFound && !c.reached:
		told.Message = "There is no host of this name; look at --server."
		return told
	}
	return &passing{error: told}
}
