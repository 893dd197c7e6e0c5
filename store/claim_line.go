package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"rollcall"
)

// claimCall is one call for contacts of a run.
type claimCall struct {
	ctx  context.Context
	q    rollcall.ClaimRequest
	now  time.Time
	want int // how many it is to have at most
	out  *Claims
	err  error

	ended chan struct{}     // closed once out or err stands
	leads chan []*claimCall // what it is to answer, itself included, when its turn has come
}

func newClaimCall(ctx context.Context, q rollcall.ClaimRequest, now time.Time) *claimCall {
	return &claimCall{ctx: ctx, q: q, now: now, out: &Claims{}, ended: make(chan struct{}), leads: make(chan []*claimCall, 1)}
}

// full tells whether a call has all that it wants.
func (call *claimCall) full() bool { return len(call.out.Claims) >= call.want }

// claimLine is what calls wait in line for.
type claimLine struct {
	owner    rollcall.Owner
	campaign string // its id; empty: all that run
}

// claimLines lets the calls for one campaign take turns in this process: those that
// come while a transaction is under way are answered by the next one, together. A
// run's claims take turns in any case, by the lock on its row. Together, they pay for
// its lock, its terms and the disk once.
type claimLines struct {
	mu      sync.Mutex
	waiting map[claimLine][]*claimCall // there is a line where somebody is being answered
}

// errClaimBroke is told to those whose claims were lost with another's.
var errClaimBroke = errors.New("the transaction of claims broke off")

// answer has do called for this call and those that wait with it, by whichever of them
// is the first. It gives the call's outcome.
func (l *claimLines) answer(line claimLine, call *claimCall, do func([]*claimCall)) (*Claims, error) {
	batch := l.join(line, call)
	if batch == nil {
		select {
		case <-call.ended:
			return call.out, call.err
		case batch = <-call.leads:
		case <-call.ctx.Done():
			var left bool
			if left, batch = l.leave(line, call); left {
				return nil, call.ctx.Err()
			}
			if batch == nil {
				// Another call answers it already: it may be handed contacts, and must tell.
				<-call.ended
				return call.out, call.err
			}
		}
	}
	defer l.pass(line)
	broke := true
	defer func() {
		for _, c := range batch {
			if broke { // a panic: who waits must not wait for ever
				c.err = errClaimBroke
			}
			close(c.ended)
		}
	}()
	do(batch)
	broke = false
	return call.out, call.err
}

// join gives the call itself where nobody is being answered, nil where it has to wait.
func (l *claimLines) join(line claimLine, call *claimCall) []*claimCall {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, busy := l.waiting[line]
	if busy {
		l.waiting[line] = append(waiting, call)
		return nil
	}
	if l.waiting == nil {
		l.waiting = map[claimLine][]*claimCall{}
	}
	l.waiting[line] = nil
	return []*claimCall{call}
}

// leave takes a call out of the line, if it stands there. Where its turn to answer has
// come meanwhile, it gets what it is to answer: the others wait for it.
func (l *claimLines) leave(line claimLine, call *claimCall) (left bool, batch []*claimCall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case batch := <-call.leads:
		return false, batch
	default:
	}
	waiting := l.waiting[line]
	at := slices.Index(waiting, call)
	if at < 0 {
		return false, nil
	}
	l.waiting[line] = slices.Delete(waiting, at, at+1)
	return true, nil
}

// pass lets the first of those that wait answer as many as one transaction may.
func (l *claimLines) pass(line claimLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.waiting[line]
	if len(waiting) == 0 {
		delete(l.waiting, line)
		return
	}
	n, contacts := 1, waiting[0].q.Limit
	for n < len(waiting) && contacts+waiting[n].q.Limit <= rollcall.MaxClaims {
		contacts += waiting[n].q.Limit
		n++
	}
	l.waiting[line] = waiting[n:]
	waiting[0].leads <- waiting[:n:n]
}
