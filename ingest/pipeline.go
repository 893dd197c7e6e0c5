package ingest

import (
	"context"
	"errors"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"rollcall/phone"
)

const (
	// chunksInFlight and batchesInFlight are how much waits between the stages: some
	// 10,000 rows, which are made while a block is committed.
	chunksInFlight  = 4
	batchesInFlight = 2 * chunksInFlight
)

// pipeline joins the stages read, normalise and load, a goroutine each. One normalises
// rows four times as fast as the engines write them; more would only keep every core
// busy, and calls waiting, after each block.
type pipeline struct {
	reader  *reader
	format  *Format
	plan    *plan
	parser  *phone.Parser
	loader  *loader
	pool    sync.Pool // of batches
	chunks  chan []byte
	batches chan *batch
}

// run runs the stages until the file is loaded, or one fails.
func (p *pipeline) run(ctx context.Context) error {
	p.chunks, p.batches = make(chan []byte, chunksInFlight), make(chan *batch, batchesInFlight)
	p.pool.New = func() any { return new(batch) }
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.read(ctx) })
	g.Go(func() error { return p.normalise(ctx) })
	g.Go(func() error { return p.load(ctx) })
	return g.Wait()
}

// read is the first stage.
func (p *pipeline) read(ctx context.Context) error {
	for {
		chunk, err := p.reader.next()
		if errors.Is(err, io.EOF) {
			close(p.chunks)
			return nil
		}
		if err != nil {
			return err
		}
		if err := send(ctx, p.chunks, chunk); err != nil {
			return err
		}
	}
}

// normalise is the second stage.
func (p *pipeline) normalise(ctx context.Context) error {
	n := &normaliser{plan: p.plan, parser: p.parser, scan: p.format.scanner(p.reader.scan.limit), typed: p.format.Kind.json()}
	fresh := func() *batch { return p.pool.Get().(*batch) }
	emit := func(b *batch) error { return send(ctx, p.batches, b) }
	for {
		chunk, ok, err := receive(ctx, p.chunks)
		if err != nil {
			return err
		}
		if !ok {
			close(p.batches)
			return nil
		}
		if err := n.chunk(chunk, fresh, emit); err != nil {
			return err
		}
		p.reader.release(chunk)
	}
}

// load is the last stage.
func (p *pipeline) load(ctx context.Context) error {
	defer p.loader.stop()
	for {
		b, ok, err := receive(ctx, p.batches)
		if err != nil {
			return err
		}
		if !ok {
			return p.loader.finish(ctx)
		}
		if err := p.loader.add(ctx, b); err != nil {
			return err
		}
		b.reset()
		p.pool.Put(b)
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
