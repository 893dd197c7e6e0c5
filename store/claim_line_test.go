package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"rollcall"
)

// lineTest has calls wait behind one that is being answered.
type lineTest struct {
	*testing.T
	lines claimLines
	line  claimLine
}

// begin lets a call in; its outcome comes by the channel.
func (l *lineTest) begin(ctx context.Context, limit int, do func([]*claimCall)) <-chan error {
	told := make(chan error, 1)
	call := newClaimCall(ctx, rollcall.ClaimRequest{Limit: limit}, time.Time{})
	go func() {
		_, err := l.lines.answer(l.line, call, do)
		told <- err
	}()
	return told
}

// waitFor waits until so many calls stand in line.
func (l *lineTest) waitFor(n int) {
	l.Helper()
	for {
		l.lines.mu.Lock()
		waiting, busy := l.lines.waiting[l.line]
		l.lines.mu.Unlock()
		if busy && len(waiting) == n {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func (l *lineTest) isEmpty() {
	l.Helper()
	l.lines.mu.Lock()
	defer l.lines.mu.Unlock()
	if len(l.lines.waiting) != 0 {
		l.Errorf("lines that nobody leads are left: %v", l.lines.waiting)
	}
}

// busy begins a call that is being answered until the function that it gives is called.
func (l *lineTest) busy() (end func()) {
	gate := make(chan struct{})
	first := l.begin(l.Context(), 1, func([]*claimCall) { <-gate })
	l.waitFor(0)
	return func() {
		close(gate)
		if err := <-first; err != nil {
			l.Error(err)
		}
	}
}

func TestClaimLines_WhoWaitsIsAnsweredTogetherAsFarAsOneCallMayAsk(t *testing.T) {
	l := &lineTest{T: t}
	end := l.busy()
	batches := make(chan int, 10)
	do := func(calls []*claimCall) { batches <- len(calls) }
	var told []<-chan error
	for i, limit := range []int{400, 500, 100, 1, 999} {
		told = append(told, l.begin(t.Context(), limit, do))
		l.waitFor(i + 1)
	}
	end()
	for _, c := range told {
		if err := <-c; err != nil {
			t.Error(err)
		}
	}
	if a, b := <-batches, <-batches; a != 3 || b != 2 || len(batches) != 0 {
		t.Errorf("%d and %d calls were answered together, and %d times more", a, b, len(batches))
	}
	l.isEmpty()
}

func TestClaimLines_WhoHangsUpLeavesTheOthersInLine(t *testing.T) {
	l := &lineTest{T: t}
	end := l.busy()
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan int, 1)
	gone := l.begin(ctx, 1, func([]*claimCall) { t.Error("a call that has left was answered") })
	l.waitFor(1)
	stays := l.begin(t.Context(), 1, func(calls []*claimCall) { answered <- len(calls) })
	l.waitFor(2)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	end()
	if err := <-stays; err != nil {
		t.Error(err)
	}
	if n := <-answered; n != 1 {
		t.Errorf("%d calls were answered", n)
	}
	l.isEmpty()
}

func TestClaimLines_LeavingAfterTheLineEndedMakesNoNewOne(t *testing.T) {
	l := &lineTest{T: t}
	if left, batch := l.lines.leave(l.line, newClaimCall(t.Context(), rollcall.ClaimRequest{}, time.Time{})); left || batch != nil {
		t.Error(left, batch)
	}
	l.isEmpty()
}

// Who hangs up when its turn has come answers the others before it goes.
func TestClaimLines_WhoseTurnHasComeCannotLeave(t *testing.T) {
	l := &lineTest{T: t}
	first, second, third := newClaimCall(t.Context(), rollcall.ClaimRequest{}, time.Time{}), newClaimCall(t.Context(), rollcall.ClaimRequest{}, time.Time{}), newClaimCall(t.Context(), rollcall.ClaimRequest{}, time.Time{})
	for _, call := range []*claimCall{first, second, third} {
		l.lines.join(l.line, call)
	}
	l.lines.pass(l.line)
	if left, batch := l.lines.leave(l.line, third); left || batch != nil {
		t.Errorf("one that another answers: %v, %d calls", left, len(batch))
	}
	if left, batch := l.lines.leave(l.line, second); left || len(batch) != 2 {
		t.Errorf("the one that answers: %v, %d calls", left, len(batch))
	}
	l.lines.pass(l.line)
	l.isEmpty()
}

// Who hangs up while another call answers it is told what it was handed all the same.
func TestClaimLines_WhoIsBeingAnsweredHearsOfIt(t *testing.T) {
	l := &lineTest{T: t}
	end := l.busy()
	ctx, cancel := context.WithCancel(t.Context())
	gate := make(chan struct{})
	leader := l.begin(t.Context(), 1, func([]*claimCall) { cancel(); <-gate })
	l.waitFor(1)
	other := l.begin(ctx, 1, nil)
	l.waitFor(2)
	end()
	<-ctx.Done()
	select {
	case err := <-other:
		t.Errorf("it went before it was answered: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	close(gate)
	if a, b := <-leader, <-other; a != nil || b != nil {
		t.Error(a, b)
	}
	l.isEmpty()
}

func TestClaimLines_APanicFailsThoseThatWaitWithIt(t *testing.T) {
	l := &lineTest{T: t}
	end := l.busy()
	panics := make(chan any, 1)
	go func() {
		defer func() { panics <- recover() }()
		call := newClaimCall(t.Context(), rollcall.ClaimRequest{Limit: 1}, time.Time{})
		l.lines.answer(l.line, call, func([]*claimCall) { panic("broke") })
	}()
	l.waitFor(1)
	other := l.begin(t.Context(), 1, func([]*claimCall) { t.Error("who waits with another is answered by it") })
	l.waitFor(2)
	end()
	if err := <-other; !errors.Is(err, errClaimBroke) {
		t.Error(err)
	}
	if got := <-panics; got != "broke" {
		t.Error(got)
	}
	after := l.begin(t.Context(), 1, func([]*claimCall) {})
	if err := <-after; err != nil {
		t.Error(err)
	}
	l.isEmpty()
}

func TestUntilAllEnd_OneThatHangsUpEndsNothing(t *testing.T) {
	a, cancelA := context.WithCancel(t.Context())
	b, cancelB := context.WithCancel(t.Context())
	defer cancelB()
	ctx, cancel := untilAllEnd([]*claimCall{{ctx: a}, {ctx: b}})
	defer cancel()
	cancelA()
	select {
	case <-ctx.Done():
		t.Error("it ended with the first")
	case <-time.After(20 * time.Millisecond):
	}
	cancelB()
	<-ctx.Done()
}
