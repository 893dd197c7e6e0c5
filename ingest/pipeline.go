package ingest

import (
	"context"
	"errors"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"rollcall/phone"
)

// inFlight is how many chunks wait between the stages: some 20,000 rows, which
// are made while a block is committed.
const inFlight = 8

// normalisers is how many chunks are normalised at the same moment. One makes rows four
// times as fast as the engines write them; more would only keep every core busy, and
// calls waiting, after each block.
const normalisers = 1

// job is a chunk on its way through a normaliser.
type job struct {
	chunk []byte
	out   chan *batch // closed after the last
}

// pipeline joins the stages read, normalise and load.
type pipeline struct {
	reader  *reader
	format  *Format
	plan    *plan
	parser  *phone.Parser
	loader  *loader
	batches sync.Pool
	jobs    chan *job // to whichever normaliser is free
	order   chan *job // the same, to the loader, in the file's order
}

// run runs the stages until the file is loaded, or one fails.
func (p *pipeline) run(ctx context.Context) error {
	p.jobs, p.order = make(chan *job, inFlight), make(chan *job, inFlight)
	p.batches.New = func() any { return new(batch) }
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.read(ctx) })
	for range normalisers {
		g.Go(func() error { return p.normalise(ctx) })
	}
	g.Go(func() error { return p.load(ctx) })
	return g.Wait()
}

// read is the first stage.
func (p *pipeline) read(ctx context.Context) error {
	defer close(p.jobs)
	defer close(p.order)
	for {
		chunk, err := p.reader.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		j := &job{chunk: chunk, out: make(chan *batch, 2)}
		if err := send(ctx, p.jobs, j); err != nil {
			return err
		}
		if err := send(ctx, p.order, j); err != nil {
			return err
		}
	}
}

// normalise is the second stage; several run.
func (p *pipeline) normalise(ctx context.Context) error {
	fresh := func() *batch { return p.batches.Get().(*batch) }
	n := &normaliser{plan: p.plan, parser: p.parser, scan: p.format.scanner(p.reader.scan.limit), typed: p.format.Kind.json()}
	for j := range p.jobs {
		emit := func(b *batch) error { return send(ctx, j.out, b) }
		if err := n.chunk(j.chunk, fresh, emit); err != nil {
			return err
		}
		close(j.out)
		p.reader.release(j.chunk)
	}
	return nil
}

// load is the last stage. It takes the chunks in the file's order, whichever
// normaliser was first.
func (p *pipeline) load(ctx context.Context) error {
	defer p.loader.stop()
	for {
		j, ok, err := receive(ctx, p.order)
		if err != nil {
			return err
		}
		if !ok {
			return p.loader.finish(ctx)
		}
		if err := p.loadJob(ctx, j); err != nil {
			return err
		}
	}
}

func (p *pipeline) loadJob(ctx context.Context, j *job) error {
	for {
		b, ok, err := receive(ctx, j.out)
		if err != nil || !ok {
			return err
		}
		if err := p.loader.add(ctx, b); err != nil {
			return err
		}
		b.reset()
		p.batches.Put(b)
	}
}

// send sends unless the import ends meanwhile.
func send[T any](ctx context.Context, c chan<- T, v T) error {
	select {
	case c <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// receive is false when the channel is closed.
func receive[T any](ctx context.Context, c <-chan T) (v T, ok bool, err error) {
	select {
	case v, ok = <-c:
		return v, ok, nil
	case <-ctx.Done():
		return v, false, ctx.Err()
	}
}
