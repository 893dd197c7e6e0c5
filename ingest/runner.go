package ingest

import (
	"cmp"
	"context"
	"errors"
	"time"

	"rollcall"
	"rollcall/phone"
)

// Importer imports files into one store.
type Importer struct {
	store    Store
	chunk    int   // bytes of a chunk
	limit    int   // bytes of a record
	block    int64 // rows of a block
	unpacked int64 // bytes that a packed file may hold; 0: MaxUnpacked
}

// Settings are what an operator may choose of imports. Zero values stand for the
// usual.
type Settings struct {
	// BlockRows is how many rows are committed together, 50,000 by default. Smaller
	// blocks hold other writers up for less long, and make imports slower.
	BlockRows int64
	Unpacked  int64 // bytes that a packed file may hold; MaxUnpacked by default
}

// New gives an importer.
func New(store Store, s Settings) *Importer {
	return &Importer{store: store, chunk: chunkBytes, limit: maxRecord, block: cmp.Or(s.BlockRows, blockRows), unpacked: s.Unpacked}
}

// Run imports a file of this machine.
//
// When ctx ends, what is committed stays and the import stays running, without
// anybody working on it: the same request goes on with it. On any other error the
// import is failed, with a sentence that says why. A result beside an error tells
// how far an import came that had begun; where its state is done, all is imported
// and only the rejects file is not written.
func (i *Importer) Run(ctx context.Context, q Request) (*Result, error) {
	started := q.Now()
	src, err := openSource(q.Path, overridesOf(&q.Options), i.unpacked)
	if err != nil {
		return nil, err
	}
	defer src.close()
	r := &run{Importer: i, src: src, options: q.Options, now: q.Now, progress: startProgress(q.Progress, src.info.Size(), started)}
	defer r.progress.end()
	err = r.local(ctx, &q)
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
	src        *source
	options    rollcall.ImportOptions
	now        func() time.Time
	format     *Format
	plan       *plan
	answer     Understanding
	remembered rollcall.RememberedMapping // what was said of files with this header before
	parser     *phone.Parser
	progress   *progress
	listID     string           // of the list that the file goes into; empty: a new one
	im         *rollcall.Import // nil until it has begun
	result     *Result
}

// local runs a request.
func (r *run) local(ctx context.Context, q *Request) (err error) {
	list, err := q.findList(ctx, r.store)
	if err != nil {
		return err
	}
	if err := settle(&r.options, list, r.now()); err != nil {
		return err
	}
	if q.Description == "" {
		q.Description = r.src.name
	}
	description := q.Description
	if list != nil {
		description, r.listID = "as it is", list.ID
	}
	if err := checkList(q.ListName, description, &r.options, r.now()); err != nil {
		return err
	}
	if err := r.prepare(ctx, q.Owner, nil); err != nil {
		return err
	}
	rejects, err := openRejects(q.Rejects, r.src)
	if err != nil {
		return err
	}
	defer rejects.discard()
	refuse, err := r.tooManyRejects(ctx)
	if err != nil {
		return err
	}
	start := r.start(refuse != nil)
	start.Owner, start.User, start.ListName, start.Description, start.Worker = q.Owner, q.User, q.ListName, q.Description, q.Worker
	start.File = rollcall.File{ID: rollcall.NewFileID(), Name: r.src.name}
	if r.im, err = r.store.BeginImport(ctx, start, r.now()); err != nil {
		return err
	}
	err = r.work(ctx, refuse)
	r.result.Rejects = rejects.path
	if r.im.State == rollcall.ImportDone || rollcall.RefusedWhole(r.im.FailureCode) {
		if writeErr := rejects.publish(ctx, r.store, r.im); writeErr != nil && err == nil {
			err = &rollcall.Error{Code: rollcall.CodeInternal, Message: "All rows are imported, but the rejects file is not written.", Err: writeErr}
		}
	}
	return err
}

// prepare does all that can fail before anything is written. An import that had
// begun before, in another process, is understood as it was then.
func (r *run) prepare(ctx context.Context, owner rollcall.Owner, before *Understanding) (err error) {
	if r.parser, err = newParser(&r.options); err != nil {
		return err
	}
	if err := r.src.survey(ctx, r.progress); err != nil {
		return err
	}
	if r.format, err = sniffSource(r.src); err != nil {
		return err
	}
	var remembered rollcall.RememberedMapping
	switch {
	case before != nil:
		remembered = before.Remembered
	case r.format.Header:
		if remembered, err = r.store.RememberedMapping(ctx, owner, HeaderKey(r.format.Columns)); err != nil {
			return err
		}
	}
	r.remembered = remembered
	earlier, corrects, err := r.corrected(ctx, owner, before)
	if err != nil {
		return err
	}
	r.plan, r.answer, err = understand(r.format, &r.options, remembered, earlier)
	r.answer.Corrects = corrects
	return err
}

// corrected gives how the file was understood that a mended rejects file comes from,
// nil where that is not known, and the id of the import that it corrects: one into
// the same list. Of one into another list no rejects are corrected, but its columns
// are the same.
func (r *run) corrected(ctx context.Context, owner rollcall.Owner, before *Understanding) (earlier *Understanding, corrects string, err error) {
	id := correctedImport(r.format.Columns)
	if id == "" {
		return nil, "", nil
	}
	if before != nil {
		return before, before.Corrects, nil
	}
	im, err := r.store.Import(ctx, owner, id)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound && err != nil {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	if im.ListID == r.listID && r.listID != "" {
		corrects = im.ID
	}
	u, err := ParseUnderstanding(im.Answer)
	return &u, corrects, err
}

// start is what the import begins with, as far as the file tells.
func (r *run) start(refused bool) rollcall.ImportStart {
	return rollcall.ImportStart{
		Bytes: r.src.info.Size(), Digest: r.src.digest, Columns: r.columns(), Rules: r.plan.rules(&r.options, r.src.hints.key()), Options: r.options,
		Answer: r.answer.String(), Corrects: r.answer.Corrects, Refused: refused,
	}
}

// columns are the file's header. Of a rejects file that was mended, they are those
// of the file that it came from.
func (r *run) columns() []string {
	return fileColumns(r.format.Columns)
}

// pass reads the file into a sink, after the rows that are there already.
func (r *run) pass(ctx context.Context, into sink, there rollcall.ImportCounts) (rollcall.ImportCounts, error) {
	r.progress.stage(StageLoad)
	r.progress.counted(there)
	text, err := r.src.text(ctx, r.format, &r.progress.bytes, r.limit)
	if err != nil {
		return there, err
	}
	in := newReader(text, r.format, r.chunk, r.limit)
	if err := in.skip(r.format.preamble() + there.Rows); err != nil {
		return there, err
	}
	p := &pipeline{
		reader: in, format: r.format, plan: r.plan, parser: r.parser,
		loader: &loader{sink: into, most: r.block, total: there, given: there.Rows, text: in.skipped, read: &in.read, progress: r.progress},
	}
	if err := p.run(ctx); err != nil {
		return p.loader.total, err
	}
	r.progress.bytes.Store(r.src.info.Size()) // of an archive, not all had to be read
	return p.loader.total, r.src.unchanged()
}

// tooManyRejects looks through the file before anything is done, where the caller
// asked for all rows or none, or set a limit to the share of rejects. It gives why
// the file is refused, nil if it is not.
func (r *run) tooManyRejects(ctx context.Context) (*rollcall.Failure, error) {
	if !r.options.Strict && r.options.MaxRejectShare == nil {
		return nil, nil
	}
	counts, err := r.pass(ctx, glance{}, rollcall.ImportCounts{})
	if err != nil {
		return nil, err
	}
	return r.options.CheckRejects(counts), nil
}

// work imports what has begun, and writes its end.
func (r *run) work(ctx context.Context, refuse *rollcall.Failure) error {
	there := r.im.Counts.Rows
	r.result = &Result{Import: r.im, Answer: r.answer, Resumed: there > 0, ResumedFrom: there}
	watch := r.keepAlive(ctx)
	err := r.load(watch.ctx, refuse)
	watch.stop()
	if err == nil && refuse == nil {
		refuse = r.options.CheckReplacement(r.im.Counts)
	}
	if err == nil && refuse != nil {
		_, err = r.store.EndImport(ctx, r.im, refuse, r.now())
		return errors.Join(err, &rollcall.Error{Code: rollcall.CodeInvalid, Reason: refuse.Code, Field: "file", Message: refuse.Message})
	}
	if err == nil {
		r.result.List, err = r.store.EndImport(ctx, r.im, nil, r.now())
	}
	if err != nil {
		return r.fail(ctx, watch.cancelled(err))
	}
	return r.remember(ctx)
}

// load brings the rows to where they are settled.
func (r *run) load(ctx context.Context, refuse *rollcall.Failure) error {
	into := &importSink{im: r.im, settle: func(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
		return r.store.CommitBlock(ctx, r.im, b, r.now())
	}}
	if (refuse != nil || r.options.DryRun) && r.im.Counts.Rows > 0 {
		if err := r.store.RestartImport(ctx, r.im); err != nil {
			return err
		}
		r.result.Resumed, r.result.ResumedFrom = false, 0
	}
	switch {
	case refuse != nil:
		into.settle = func(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
			return r.store.RefuseBlock(ctx, r.im, b, rollcall.Remark{Code: CodeNotImported, Message: notImported}, r.now())
		}
	case r.options.DryRun:
		counter, err := r.store.NewDryRun(ctx, r.im)
		if err != nil {
			return err
		}
		defer counter.Close()
		into.settle = func(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
			return counter.CountBlock(ctx, r.im, b, r.now())
		}
	}
	counts, err := r.pass(ctx, into, r.im.Counts)
	if err == nil && counts != r.im.Counts {
		err = lost("the rows that were read are not those that are committed")
	}
	return err
}

// remember keeps what the caller said of the columns, for the next file with the
// same header.
func (r *run) remember(ctx context.Context) error {
	said := r.options.Said()
	if said.Empty() || r.answer.HeaderKey == "" || r.options.DryRun {
		return nil
	}
	return r.store.RememberMapping(ctx, r.im.Owner, r.answer.HeaderKey, r.remembered.Join(said), r.now())
}
