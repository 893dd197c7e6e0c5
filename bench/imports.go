package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// The targets of an import under the rule valid: its rows a second against the
// reference's, and its memory.
var leastImportRate = map[engine]float64{sqlite: 0.7, postgres: 0.8}

const mostMemory = 200 // MB

// listmonkRate is how many rows a second listmonk takes (github.com/knadh/listmonk,
// commit 911e0b7, its importer on PostgreSQL, as its defaults are), and copyRate what
// psql's \copy of the same million rows took there, into a table with the same two
// indexes. They are figures of another run, on a machine that was twice as fast as it is
// on some days: what listmonk takes here is reckoned by \copy, which is measured here.
const (
	listmonkRate  = 5_800
	copyRate      = 176_000
	timesListmonk = 20
)

// pragmas are those of Rollcall's writer (store.Open), so that the shell has the
// same cache, the same log and the same duty to the disk. The file's own, WAL and
// the size of a page, are there already: Rollcall made it.
const pragmas = "PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=5000; PRAGMA synchronous=FULL; PRAGMA foreign_keys=1;"

// reference names what an import is measured against.
var reference = map[engine]string{sqlite: "sqlite3 .import", postgres: `psql \copy`}

// importer is one of the compared ways into the table.
type importer struct {
	name string
	run  func(context.Context, *place) (importRun, error)
	rate series
	time series // seconds
	peak series // MB; empty where it is not ours
}

// imports measures reading a file into a list.
func (b *bench) imports(ctx context.Context) error {
	file, err := b.csv()
	if err != nil {
		return err
	}
	t := b.table("Import", "engine|what|rows/s|seconds|ours ÷ reference|peak memory MB",
		fmt.Sprintf("A CSV of %s rows, %d MB: %s added, %s duplicates, %s rejected, which every import must find exactly. From starting the program to its end, into the empty tables of a new database; nothing else runs.",
			thousands(float64(file.counts.Rows)), file.bytes/1e6, thousands(float64(file.counts.Added)), thousands(float64(file.counts.Duplicate)), thousands(float64(file.counts.Rejected))))
	raced := map[engine][]*importer{}
	for _, e := range engines {
		if raced[e], err = b.importsOn(ctx, t, e, file); err != nil {
			return err
		}
	}
	here := listmonkRate * raced[postgres][0].rate.median() / copyRate
	for _, e := range engines {
		b.atLeast(fmt.Sprintf("import, %s: rows/s against listmonk's, reckoned by \\copy: %s", e, thousands(here)), timesListmonk, raced[e][1].rate.median()/here, twoDecimals)
	}
	return nil
}

// importsOn races the importers of an engine, the reference first among them.
func (b *bench) importsOn(ctx context.Context, t *table, e engine, file *csvFile) ([]*importer, error) {
	p, err := b.loaded(ctx, e)
	if err != nil {
		return nil, err
	}
	rows, err := p.export(ctx)
	if err != nil {
		return nil, err
	}
	all := []*importer{{name: reference[e], run: func(ctx context.Context, p *place) (importRun, error) {
		return p.copyRows(ctx, rows, file.counts.Added)
	}}}
	for _, rule := range phoneRules {
		all = append(all, &importer{name: "rollcall import, rule " + rule.name, run: func(ctx context.Context, p *place) (importRun, error) {
			return p.importFile(ctx, file, rule)
		}})
	}
	if err := b.race(ctx, e, all); err != nil {
		return nil, err
	}
	b.showImports(t, e, all)
	return all, nil
}

// race runs all importers in every round, each time beginning with another one,
// and each into a place of its own.
func (b *bench) race(ctx context.Context, e engine, all []*importer) error {
	for round := range b.rounds {
		for i := range all {
			m := all[(i+round)%len(all)]
			tell("%s, %s, round %d of %d", m.name, e, round+1, b.rounds)
			p, err := b.freshPlace(ctx, e)
			if err != nil {
				return err
			}
			run, err := m.run(ctx, p)
			if err != nil {
				return err
			}
			m.rate, m.time, m.peak = append(m.rate, run.rate()), append(m.time, run.seconds), append(m.peak, run.peak)
			if err := p.remove(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyRows is the reference: the engine's own loader, with rows that it has only
// to write down.
func (p *place) copyRows(ctx context.Context, file string, want int64) (importRun, error) {
	if p.engine == sqlite {
		// The reference has one table with an index of its numbers, in place of our two tables.
		index := "CREATE UNIQUE INDEX contacts_phone ON contacts (account_key, list_key, phone, copy)"
		if _, err := output(exec.CommandContext(ctx, "sqlite3", "-bail", p.databaseFile(), index)); err != nil {
			return importRun{}, err
		}
	}
	run, _, err := timed(ctx, func(ctx context.Context) *exec.Cmd {
		if p.engine == postgres {
			copying := `\copy contacts(` + contactColumns + `) FROM '` + file + `' CSV`
			return exec.CommandContext(ctx, "psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", p.database, "--command", copying)
		}
		return exec.CommandContext(ctx, "sqlite3", "-bail", "-cmd", pragmas, p.databaseFile(), ".import --csv '"+file+"' contacts")
	})
	if err != nil {
		return run, err
	}
	if run.rows, err = p.count(ctx); err == nil && run.rows != want {
		err = fmt.Errorf("%s brought %d rows into the table, not %d", reference[p.engine], run.rows, want)
	}
	return run, err
}

func (b *bench) showImports(t *table, e engine, all []*importer) {
	theirs := all[0]
	t.add(string(e), "`"+theirs.name+"`", theirs.rate.show(thousands), threeDigits(theirs.time.median()), "", "")
	for _, ours := range all[1:] {
		ratio := ours.rate.over(theirs.rate)
		t.add(string(e), ours.name, ours.rate.show(thousands), threeDigits(ours.time.median()), ratio.show(twoDecimals), ours.peak.show(thousands))
	}
	what := fmt.Sprintf("import, %s: ", e)
	b.atLeast(what+"rows/s against "+strings.Trim(theirs.name, "`"), leastImportRate[e], all[1].rate.over(theirs.rate).median(), twoDecimals)
	b.atMost(what+"peak memory, MB", mostMemory, all[1].peak.median(), thousands)
}
