package ingest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"rollcall"
)

// JobStore is what running imports as jobs needs of the store besides.
type JobStore interface {
	Store

	// ClaimImport gives the next import to run or to undo, nil when there is none.
	ClaimImport(ctx context.Context, worker string, now time.Time) (*rollcall.Import, error)
	// UndoImport takes back the next part of a claimed import.
	UndoImport(ctx context.Context, im *rollcall.Import, now time.Time) (more bool, err error)
	// FailUndo ends an undo that could not be carried out.
	FailUndo(ctx context.Context, im *rollcall.Import, failure string, now time.Time) error
}

// Files is where uploads are.
type Files interface {
	// Local gives an upload's place on this machine, until release is called.
	Local(ctx context.Context, uploadID string) (path string, release func(), err error)
}

// pollEvery is how often a process looks for work that another process left, or
// put there.
const pollEvery = time.Second

// Jobs runs imports, and undoes them, in the background. Any number of processes
// may do so on one database: each job is one process's at a time, and goes on in
// another when its process dies. Start it once; Stop may be called twice.
type Jobs struct {
	Store   JobStore
	Files   Files
	Worker  string // names this process
	Workers int    // imports at the same time; 0: none, other processes run them
	Imports Settings
	Now     func() time.Time
	Log     *slog.Logger

	once     sync.Once
	importer *Importer
	wake     chan struct{}
	cancel   context.CancelFunc
	work     sync.WaitGroup
}

// Start begins to look for work, and returns.
func (j *Jobs) Start(ctx context.Context) {
	j.prepare()
	ctx, j.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for range j.Workers {
		j.work.Go(func() { j.loop(ctx) })
	}
}

// prepare makes what Wake and Start need, whichever is called first.
func (j *Jobs) prepare() {
	j.once.Do(func() { j.importer, j.wake = New(j.Store, j.Imports), make(chan struct{}, max(1, j.Workers)) })
}

// Wake tells that there may be work, so that nobody waits for the next look.
func (j *Jobs) Wake() {
	j.prepare()
	select {
	case j.wake <- struct{}{}:
	default: // all are told already
	}
}

// Stop ends the work. What was under way is given back, and goes on in another
// process, or when this one starts again. It returns when all has ended.
func (j *Jobs) Stop() {
	if j.cancel != nil {
		j.cancel()
	}
	j.work.Wait()
}

func (j *Jobs) loop(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		im, err := j.Store.ClaimImport(ctx, j.Worker, j.Now())
		if err != nil && ctx.Err() == nil {
			j.Log.Error("look for imports to run", "err", err)
		}
		if im != nil {
			j.run(ctx, im)
			continue
		}
		select {
		case <-ctx.Done():
		case <-j.wake:
		case <-tick.C:
		}
	}
}

// run runs one import, or its undo.
func (j *Jobs) run(ctx context.Context, im *rollcall.Import) {
	log := j.Log.With("import", im.ID, "account", im.Owner.AccountKey)
	if im.Undo.State == rollcall.UndoRunning {
		j.undo(ctx, log, im)
		return
	}
	log.Info("import begins", "rows", im.Counts.Rows)
	defer LessGarbage()()
	path, release, err := j.Files.Local(ctx, im.UploadID)
	if err == nil {
		defer release()
		err = j.importer.RunClaimed(ctx, im, path, j.Now)
	} else {
		err = (&run{Importer: j.importer, im: im, now: j.Now}).fail(ctx, notWhole(err))
	}
	if err != nil && ctx.Err() == nil && rollcall.CodeOf(err) == rollcall.CodeInternal {
		log.Error("import failed", "err", err)
		return
	}
	log.Info("import ends", "state", im.State, "rows", im.Counts.Rows, "added", im.Counts.Added, "rejected", im.Counts.Rejected, "failure", im.FailureCode)
}

// notWhole says what an unfinished file means for its import: one is begun only
// when its file is complete, so the rest will not come.
func notWhole(err error) error {
	if e, ok := errors.AsType[*rollcall.Error](err); ok && e.Reason == rollcall.ReasonInvalidState {
		return &rollcall.Error{Code: e.Code, Reason: e.Reason, Message: "The stored file is shorter than what was sent; send it again.", Err: err}
	}
	return err
}

// undo takes an import back, part by part.
func (j *Jobs) undo(ctx context.Context, log *slog.Logger, im *rollcall.Import) {
	for ctx.Err() == nil {
		more, err := j.Store.UndoImport(ctx, im, j.Now())
		switch {
		case err != nil && ctx.Err() == nil && rollcall.CodeOf(err) == rollcall.CodeInternal:
			// The database may answer again soon. The lease is left to run out: given
			// back, the undo would be claimed again at once, and fail again.
			log.Error("undo interrupted", "err", err)
			return
		case err != nil && ctx.Err() == nil:
			log.Error("undo failed", "err", err)
			if err := j.Store.FailUndo(ctx, im, failureOf(err).Message, j.Now()); err != nil {
				log.Error("undo's end not written", "err", err)
			}
			return
		case err == nil && !more:
			log.Info("undone", "removed", im.Undo.Removed, "restored", im.Undo.Restored, "kept", im.Undo.Kept)
			return
		}
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if err := j.Store.PauseImport(after, im, j.Now()); err != nil {
		log.Error("undo not given back", "err", err)
	}
}
