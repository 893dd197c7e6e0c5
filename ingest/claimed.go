package ingest

import (
	"context"
	"errors"
	"time"

	"rollcall"
)

// RunClaimed runs an import that this process has claimed, of whose file path is a
// copy on this machine, and writes its end. When ctx ends, what is committed stays
// and the import is given back. The error is why the import failed, or stopped; nil
// also for one that was cancelled.
func (i *Importer) RunClaimed(ctx context.Context, im *rollcall.Import, path string, now func() time.Time) error {
	r := &run{Importer: i, im: im, listID: im.ListID, options: im.Options, now: now, result: &Result{Import: im}}
	src, err := openSource(path, overridesOf(&im.Options), i.unpacked)
	if err != nil {
		return r.fail(ctx, err)
	}
	defer src.close()
	src.name = im.File.Name
	r.src, r.progress = src, startProgress(nil, src.info.Size(), now())
	defer r.progress.end()
	refuse, err := r.claimed(ctx)
	if err == nil {
		err = r.work(ctx, refuse)
	}
	if e, ok := errors.AsType[*rollcall.Error](err); ok && e.Reason == rollcall.ReasonCancelled {
		return nil
	}
	return err
}

// claimed makes an import ready to be worked on: the file is looked through, and
// what it is to become is noted.
func (r *run) claimed(ctx context.Context) (refuse *rollcall.Failure, err error) {
	watch := r.keepAlive(ctx)
	refuse, start, err := r.look(watch.ctx)
	watch.stop()
	if err == nil && !r.im.Begun {
		err = r.store.BeginClaimed(ctx, r.im, start, r.now())
	}
	if err != nil {
		return nil, r.fail(ctx, watch.cancelled(err))
	}
	return refuse, nil
}

func (r *run) look(ctx context.Context) (refuse *rollcall.Failure, start rollcall.ImportStart, err error) {
	before, err := r.before(ctx)
	if err != nil {
		return nil, start, err
	}
	if err := r.prepare(ctx, r.im.Owner, before); err != nil {
		return nil, start, err
	}
	if before != nil && r.plan.rules(&r.options, r.src.hints.key()).OptionsKey(r.options) != r.im.OptionsKey {
		return nil, start, rollcall.Conflict(rollcall.ReasonInvalidField, "The file is understood differently by this version of the program; undo the import and begin it anew.")
	}
	if r.im.Digest != "" && r.im.Digest != r.src.digest {
		return nil, start, rollcall.Conflict(rollcall.ReasonInvalidField, "The stored file is not the one that was sent; send it again.")
	}
	if refuse, err = r.tooManyRejects(ctx); err != nil {
		return nil, start, err
	}
	start = r.start(refuse != nil)
	start.Owner, start.User, start.ListName, start.File, start.Worker = r.im.Owner, r.im.User, r.im.ListName, r.im.File, r.im.Worker
	return refuse, start, nil
}

// before gives how the file was understood when the import began; nil if it has
// not. Its options are completed by the list then.
func (r *run) before(ctx context.Context) (*Understanding, error) {
	if r.im.Begun {
		u, err := ParseUnderstanding(r.im.Answer)
		return &u, err
	}
	var list *rollcall.ContactList
	if r.im.ListKey != 0 {
		var err error
		if list, err = r.store.ContactList(ctx, r.im.Owner, r.im.ListID); err != nil {
			return nil, err
		}
	}
	return nil, settle(&r.options, list, r.now())
}
