package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
)

// listCounts are how many lists an application has: the usual, and many.
var listCounts = []int{20, 1000}

// The targets of design and contract for getAllListDetails, against fixed bytes
// after the same check.
const (
	leastRate = 0.8
	mostP99   = 2
)

// entrant is one of the compared servers.
type entrant struct {
	name           string
	address        string
	rate, p50, p99 series
}

// took notes a measurement.
func (e *entrant) took(l load) {
	e.rate, e.p50, e.p99 = append(e.rate, l.rate), append(e.p50, l.p50), append(e.p99, l.p99)
}

// lists measures getAllListDetails.
func (b *bench) lists(ctx context.Context) error {
	t := b.table("getAllListDetails", "engine|lists|answer|what answers|requests/s|p50 ms|p99 ms|call's requests/s ÷ this|call's p99 ÷ this",
		fmt.Sprintf("By `wrk -t2 -c32 --latency -d%ds`, all three in one process, in turn.", b.seconds))
	for _, e := range engines {
		for _, n := range listCounts {
			if err := b.listsOn(ctx, t, e, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) listsOn(ctx context.Context, t *table, e engine, n int) error {
	p, err := b.newPlace(ctx, e)
	if err != nil {
		return err
	}
	token, err := p.token(ctx)
	if err != nil {
		return err
	}
	running, where, err := b.startContest(ctx, contest{Data: p.data, Database: p.database, Token: token, Lists: n})
	if err != nil {
		return err
	}
	all := []*entrant{{name: "the call", address: where.Call}, {name: "fixed bytes, same check", address: where.Fixed}, {name: "fixed bytes, check in memory", address: where.Memory}}
	err = b.drive(ctx, token, all, fmt.Sprintf("%d lists on %s", n, e))
	if stopped := running.stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return err
	}
	b.showLists(t, e, n, where.Bytes, all)
	return p.remove(ctx)
}

// startContest starts the child, and waits until all entrants listen.
func (b *bench) startContest(ctx context.Context, c contest) (*process, entrants, error) {
	var where entrants
	cmd := exec.CommandContext(ctx, b.self, contestFlag)
	cmd.Env = cleanEnvironment()
	child, err := launch(cmd)
	if err != nil {
		return nil, where, err
	}
	if err := json.NewEncoder(child.stdin).Encode(c); err != nil {
		child.stop()
		return nil, where, err
	}
	line, err := child.line()
	if err != nil {
		return nil, where, err
	}
	return child, where, json.Unmarshal([]byte(line), &where)
}

// drive loads all entrants in every round, each time beginning with another one.
// The first round only warms up.
func (b *bench) drive(ctx context.Context, token string, all []*entrant, what string) error {
	l, err := b.newLoader(token, 2, 32)
	if err != nil {
		return err
	}
	for round := range b.rounds + 1 {
		tell("%s, round %d of %d", what, round, b.rounds)
		for i := range all {
			e := all[(i+round)%len(all)]
			found, err := l.drive(ctx, e.address)
			if err != nil {
				return err
			}
			if round > 0 {
				e.took(found)
			}
		}
	}
	return nil
}

func (b *bench) showLists(t *table, e engine, n, bytes int, all []*entrant) {
	call := all[0]
	for _, o := range all {
		rate, p99 := "", ""
		if o != call {
			rate, p99 = call.rate.over(o.rate).show(twoDecimals), call.p99.over(o.p99).show(twoDecimals)
		}
		t.add(string(e), fmt.Sprint(n), fmt.Sprintf("%.1f KB", float64(bytes)/1000), o.name,
			o.rate.show(thousands), threeDigits(o.p50.median()), o.p99.show(threeDigits), rate, p99)
	}
	what := fmt.Sprintf("getAllListDetails, %d lists, %s: ", n, e)
	b.atLeast(what+"requests/s against fixed bytes", leastRate, call.rate.over(all[1].rate).median(), twoDecimals)
	b.atMost(what+"p99 against fixed bytes", mostP99, call.p99.over(all[1].p99).median(), twoDecimals)
}
