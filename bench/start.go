package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"
)

// The targets of the program itself.
const (
	starts     = 10
	mostStart  = 100 // milliseconds
	mostBinary = 50  // MB
)

// start measures how long the program takes from nothing to its first answer.
func (b *bench) start(ctx context.Context) error {
	t := b.table("Start, and size", "what|measured", fmt.Sprintf("From starting the program on a folder and database that hold the imported list to the end of getAllListDetails' first answer; median of %d starts.", starts))
	for _, e := range engines {
		p, err := b.loaded(ctx, e)
		if err != nil {
			return err
		}
		token, err := p.token(ctx)
		if err != nil {
			return err
		}
		var took series
		for i := range starts + 1 {
			tell("start %d of %d on %s", i, starts, e)
			d, err := p.firstAnswer(ctx, token)
			if err != nil {
				return err
			}
			if i > 0 { // the first one reads the binary from the disk
				took = append(took, millis(d))
			}
		}
		t.add("start to first answer, "+string(e)+", ms", took.show(threeDigits))
		b.atMost("start to first answer, "+string(e)+", ms", mostStart, took.median(), thousands)
	}
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	size := float64(info.Size()) / 1e6
	t.add("binary, MB", threeDigits(size))
	b.atMost("binary, MB", mostBinary, size, thousands)
	return nil
}

// firstAnswer starts the program, asks it once and stops it.
func (p *place) firstAnswer(ctx context.Context, token string) (time.Duration, error) {
	began := time.Now()
	s, err := p.serve(ctx, token)
	if err != nil {
		return 0, err
	}
	_, _, err = s.call(ctx, http.MethodPost, allLists, nil)
	took := time.Since(began)
	if stopped := s.stop(); err == nil {
		err = stopped
	}
	return took, err
}
