package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	busyRounds      = 3 // at most: each imports the file three times
	busyLists       = 20
	busyConnections = 4 // of wrk, which has to share the cores with the server and the import
	mostBusyP99     = 5 // times the quiet p99
)

// busyServer is what one engine's rounds found.
type busyServer struct {
	engine         engine
	quiet, busy    entrant // getAllListDetails without and during an import
	accepted       series  // milliseconds from sending the file to 202
	command        series  // rows a second of the command
	alone, besides series  // and of the job, without and with calls meanwhile
}

// busy measures what an import and the calls that are answered meanwhile cost one
// another in one server.
func (b *bench) busy(ctx context.Context) error {
	file, err := b.csv()
	if err != nil {
		return err
	}
	calls := b.table("Calls during an import", "engine|getAllListDetails|requests/s|p50 ms|p99 ms|p99 ÷ quiet",
		fmt.Sprintf("One server process with %d lists, by `wrk -t1 -c%d --latency -d%ds`: before the import, and again and again while the server imports the file that was sent to it. Of a round's measurements during the import the median counts.", busyLists, busyConnections, b.seconds))
	jobs := b.table("Import by API", "engine|what|rows/s|÷ command|POST → 202 ms",
		"The file is sent as a form. The job's time is from its 202, when the file is stored and its digest known, to its end; the command's that of the whole program.")
	for _, e := range engines {
		s := &busyServer{engine: e}
		for round := range min(b.rounds, busyRounds) {
			tell("a busy server on %s, round %d of %d", e, round+1, min(b.rounds, busyRounds))
			if err := b.busyRound(ctx, s, file); err != nil {
				return err
			}
		}
		b.showBusy(calls, jobs, s)
	}
	return nil
}

// busyRound imports the file by the command, then twice by a server: without and
// with calls.
func (b *bench) busyRound(ctx context.Context, s *busyServer, file *csvFile) error {
	p, err := b.freshPlace(ctx, s.engine)
	if err != nil {
		return err
	}
	run, err := p.importFile(ctx, file, phoneRules[0])
	if err != nil {
		return err
	}
	s.command = append(s.command, run.rate())
	if err := p.remove(ctx); err != nil {
		return err
	}
	if p, err = b.freshPlace(ctx, s.engine); err != nil {
		return err
	}
	if err := p.served(ctx, func(i *instance) error { return b.busyServer(ctx, s, i, file) }); err != nil {
		return err
	}
	return p.remove(ctx)
}

func (b *bench) busyServer(ctx context.Context, s *busyServer, i *instance, file *csvFile) error {
	for n := range busyLists - 2 { // the imports make the others
		if err := i.addList(ctx, fmt.Sprintf("List %d", n)); err != nil {
			return err
		}
	}
	alone, err := s.job(ctx, i, "Alone", file, nil)
	if err != nil {
		return err
	}
	l, err := b.newLoader(i.token, 1, busyConnections)
	if err != nil {
		return err
	}
	if _, err := l.drive(ctx, i.address); err != nil { // warms up
		return err
	}
	quiet, err := l.drive(ctx, i.address)
	if err != nil {
		return err
	}
	var during entrant
	besides, err := s.job(ctx, i, "Besides", file, func(id string) error { return l.driveDuring(ctx, i, id, &during) })
	if err != nil {
		return err
	}
	s.quiet.took(quiet)
	s.busy.took(load{during.rate.median(), during.p50.median(), during.p99.median()})
	s.alone, s.besides = append(s.alone, alone), append(s.besides, besides)
	return nil
}

// job imports the file, does something meanwhile, and gives the rows a second.
func (s *busyServer) job(ctx context.Context, i *instance, list string, file *csvFile, meanwhile func(id string) error) (rate float64, err error) {
	j, took, err := i.importByAPI(ctx, list, file.path)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	s.accepted = append(s.accepted, millis(took))
	if meanwhile != nil {
		err = meanwhile(j.ImportID)
	}
	if err == nil {
		err = i.imported(ctx, j.ImportID, file)
	}
	return float64(file.counts.Rows) / time.Since(began).Seconds(), err
}

// driveDuring loads the server while an import runs, and keeps what was measured
// from beginning to end during it.
func (l *loader) driveDuring(ctx context.Context, i *instance, id string, into *entrant) error {
	for {
		found, err := l.drive(ctx, i.address)
		if err != nil {
			return err
		}
		j, err := i.job(ctx, id)
		if err != nil {
			return err
		}
		if !j.runs() {
			if len(into.p99) == 0 {
				return errors.New("the import ended before wrk did; give more -rows or fewer -seconds")
			}
			return nil
		}
		into.took(found)
	}
}

func (b *bench) showBusy(calls, jobs *table, s *busyServer) {
	ratio := s.busy.p99.over(s.quiet.p99)
	calls.add(string(s.engine), "quiet", s.quiet.rate.show(thousands), threeDigits(s.quiet.p50.median()), s.quiet.p99.show(threeDigits), "")
	calls.add(string(s.engine), "during an import", s.busy.rate.show(thousands), threeDigits(s.busy.p50.median()), s.busy.p99.show(threeDigits), ratio.show(twoDecimals))
	jobs.add(string(s.engine), "the command", s.command.show(thousands), "", "")
	jobs.add(string(s.engine), "the server", s.alone.show(thousands), s.alone.over(s.command).show(twoDecimals), s.accepted.show(thousands))
	jobs.add(string(s.engine), "the server, with calls meanwhile", s.besides.show(thousands), s.besides.over(s.command).show(twoDecimals), "")
	b.atMost("getAllListDetails during an import, "+string(s.engine)+": p99 against quiet", mostBusyP99, ratio.median(), twoDecimals)
}
