package ingest

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"rollcall"
)

// undoStore answers every step of an undo with an error, and notes what is done
// about it.
type undoStore struct {
	*fakeStore
	err    error
	failed []string
}

func (s *undoStore) ClaimImport(context.Context, string, time.Time) (*rollcall.Import, error) {
	return nil, nil
}

func (s *undoStore) UndoImport(context.Context, *rollcall.Import, time.Time) (bool, error) {
	return false, s.err
}

func (s *undoStore) FailUndo(_ context.Context, _ *rollcall.Import, failure string, _ time.Time) error {
	s.failed = append(s.failed, failure)
	return nil
}

// TestJobs_UndoFails ends an undo only for a reason that stays. After a fault of
// the database the next claim goes on with it, when the lease has run out.
func TestJobs_UndoFails(t *testing.T) {
	for _, c := range []struct {
		err    error
		failed int
	}{
		{rollcall.Conflict(rollcall.ReasonInvalidState, "The list was replaced since."), 1},
		{errors.New("connection reset"), 0},
		{&rollcall.Error{Code: rollcall.CodeInternal, Message: "The disk is full."}, 0},
	} {
		s := &undoStore{fakeStore: newFakeStore(), err: c.err}
		j := &Jobs{Store: s, Now: newClock().Now, Log: slog.New(slog.DiscardHandler)}
		im := &rollcall.Import{}
		im.Undo.State = rollcall.UndoRunning
		j.run(t.Context(), im)
		if len(s.failed) != c.failed || s.paused != 0 {
			t.Errorf("%v: failed with %q, given back %d times", c.err, s.failed, s.paused)
		}
	}
}

// shortFiles has no file as long as its row says.
type shortFiles struct{}

func (shortFiles) Local(context.Context, string) (string, func(), error) {
	return "", nil, rollcall.Conflict(rollcall.ReasonInvalidState, "The file is not all here yet; go on with its upload.")
}

// TestJobs_ShortFile fails an import whose stored file is cut, where it would else
// be claimed again and again.
func TestJobs_ShortFile(t *testing.T) {
	s := &undoStore{fakeStore: newFakeStore()}
	j := &Jobs{Store: s, Files: shortFiles{}, Now: newClock().Now, Log: slog.New(slog.DiscardHandler)}
	j.prepare()
	im := &rollcall.Import{State: rollcall.ImportRunning}
	j.run(t.Context(), im)
	if im.State != rollcall.ImportFailed || len(s.failures) != 1 || s.failures[0] != "The stored file is shorter than what was sent; send it again." {
		t.Errorf("got %s, %q", im.State, s.failures)
	}
}
