package ingest

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"rollcall"
	"rollcall/phone"
)

// Importer imports files into one store.
type Importer struct {
	store Store
	chunk int   // bytes of a chunk
	limit int   // bytes of a record
	block int64 // rows of a block
}

// New gives an importer.
func New(store Store) *Importer {
	return &Importer{store: store, chunk: chunkBytes, limit: maxRecord, block: blockRows}
}

// Run imports a file.
//
// When ctx ends, what is committed stays and the import stays running, without
// anybody working on it: the same request goes on with it. On any other error the
// import is failed, with a sentence that says why. A result beside an error tells
// how far an import came that had begun; where its state is done, all is imported
// and only the rejects file is not written.
func (i *Importer) Run(ctx context.Context, q Request) (*Result, error) {
	started := q.Now()
	src, err := openSource(q.Path)
	if err != nil {
		return nil, err
	}
	defer src.close()
	r := &run{Importer: i, q: &q, src: src, progress: startProgress(q.Progress, src.info.Size(), started)}
	defer r.progress.end()
	err = r.all(ctx)
	if _, told := errors.AsType[*rollcall.Error](err); !told && err != nil && ctx.Err() != nil {
		err = &rollcall.Error{
			Code: rollcall.CodeConflict, Reason: rollcall.ReasonInvalidState,
			Message: "The import was interrupted; nothing was written.", Err: err,
		}
	}
	if r.result != nil {
		r.result.Duration = q.Now().Sub(started)
	}
	return r.result, err
}

// run is one import under way.
type run struct {
	*Importer
	q        *Request
	src      *source
	list     *rollcall.ContactList // nil: a new one
	format   *Format
	plan     *plan
	parser   *phone.Parser
	ledger   *ledger
	progress *progress
	result   *Result
}

func (r *run) all(ctx context.Context) (err error) {
	if r.list, err = r.q.clean(ctx, r.store, r.src); err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	defer r.ledger.discard()
	if r.q.DryRun {
		return r.dryRun(ctx)
	}
	return r.load(ctx)
}

// prepare does all that can fail before anything is written.
func (r *run) prepare(ctx context.Context) (err error) {
	if r.parser, err = phone.NewParser(r.q.PhoneRule, r.q.Region); err != nil {
		return rollcall.Invalid("region", "The phone rule or the region is not known.")
	}
	if err := r.src.survey(ctx, r.progress); err != nil {
		return err
	}
	if r.format, err = sniffSource(r.src); err != nil {
		return err
	}
	if r.plan, err = makePlan(r.format, r.q.Mapping); err != nil {
		return err
	}
	r.ledger, err = openLedger(r.q.Rejects, r.src, r.format)
	return err
}

// pass reads the file into a sink, after the rows that are there already.
func (r *run) pass(ctx context.Context, into sink, there rollcall.ImportCounts) (rollcall.ImportCounts, error) {
	r.progress.stage(StageLoad)
	r.progress.counted(there)
	content := r.src.content(ctx, r.progress)
	if _, err := io.CopyN(io.Discard, content, int64(r.format.markLen())); err != nil {
		return there, err
	}
	in := newReader(content, r.format, r.chunk, r.limit)
	if err := in.skip(r.format.preamble() + there.Rows); err != nil {
		return there, err
	}
	p := &pipeline{
		reader: in, format: r.format, plan: r.plan, parser: r.parser,
		loader: &loader{sink: into, most: r.block, total: there, progress: r.progress},
	}
	if err := p.run(ctx); err != nil {
		return p.loader.total, err
	}
	return p.loader.total, r.src.unchanged()
}

// dryRun counts.
func (r *run) dryRun(ctx context.Context) error {
	counter, err := r.store.NewDryRun(ctx, r.list)
	if err != nil {
		return err
	}
	counts, err := r.pass(ctx, &drySink{run: counter, ledger: r.ledger}, rollcall.ImportCounts{})
	if err = errors.Join(err, counter.Close()); err != nil {
		return err
	}
	r.finish(rollcall.ImportDone, counts)
	if r.list != nil {
		r.result.ListID = r.list.ID
	}
	return r.ledger.publish()
}

// load imports.
func (r *run) load(ctx context.Context) error {
	im, err := r.store.BeginImport(ctx, r.start(), r.q.Now())
	if err != nil {
		return err
	}
	there := im.Counts
	stop := r.keepAlive(ctx, *im)
	counts, err := r.pass(ctx, &storeSink{store: r.store, im: im, now: r.q.Now}, there)
	stop()
	if err == nil && counts != im.Counts {
		err = lost("the rows that were read are not those that are committed")
	}
	if err != nil {
		return r.fail(ctx, im, err)
	}
	list, err := r.store.EndImport(ctx, im, "", r.q.Now())
	if err != nil {
		return r.fail(ctx, im, err)
	}
	r.describe(im)
	r.result.List = list
	r.result.Resumed, r.result.ResumedFrom = there.Rows > 0, there.Rows
	return r.publish(ctx, im)
}

// describe notes how an import stands that was begun, also one that failed.
func (r *run) describe(im *rollcall.Import) {
	r.finish(im.State, im.Counts)
	r.result.ListID, r.result.ImportID = im.ListID, im.ID
}

// keepAlive renews the import's lease while no block does: to pass over the rows
// of a huge file that are there already takes longer than a lease. stop waits
// until it has ended.
func (r *run) keepAlive(ctx context.Context, im rollcall.Import) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() {
		tick := time.NewTicker(rollcall.ImportLease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				// An import that is no longer ours is noticed at its next block.
				_ = r.store.RenewImport(ctx, &im, r.q.Now())
			}
		}
	})
	return func() {
		cancel()
		ended.Wait()
	}
}

// publish writes the rejects file of an import that is done.
func (r *run) publish(ctx context.Context, im *rollcall.Import) error {
	err := r.ledger.fromStore(ctx, r.store, im)
	if err == nil {
		err = r.ledger.publish()
	}
	if err != nil {
		return &rollcall.Error{Code: rollcall.CodeInternal, Message: "All rows are imported, but the rejects file is not written.", Err: err}
	}
	return nil
}

func (r *run) start() rollcall.ImportStart {
	return rollcall.ImportStart{
		Owner: r.q.Owner, User: r.q.User, ListName: r.q.ListName, Description: r.q.Description,
		File:   rollcall.File{ID: rollcall.NewFileID(), Name: r.src.name},
		Digest: r.src.digest, Columns: r.columns(), Rules: r.q.rules(r.plan), Worker: r.q.Worker,
	}
}

// columns are the file's header. Of a rejects file that was mended, they are those
// of the file that it came from.
func (r *run) columns() []string {
	if isRejectsFile(r.format.Columns) {
		return r.format.Columns[len(ledgerColumns):]
	}
	return r.format.Columns
}

// finish notes the result.
func (r *run) finish(state rollcall.ImportState, counts rollcall.ImportCounts) {
	f := *r.format
	f.first = nil // a person's data, and no business of who logs the result
	r.result = &Result{
		State: state, Counts: counts, Mapping: r.plan.mapping, Format: f,
		PhoneRule: r.q.PhoneRule, Region: r.q.Region, DryRun: r.q.DryRun, Rejects: r.ledger.path,
	}
}
