package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// mostGrowth is how much more memory an import of the longest file may take than
// one of the usual file: nothing but what chance makes of a peak.
const mostGrowth = 1.15

// memory measures whether an import's memory depends on the length of its file. It
// takes one round: a peak is no matter of what disturbs the machine.
func (b *bench) memory(ctx context.Context) error {
	t := b.table("Memory of an import", "engine|rows|seconds|rows/s|peak memory MB", "`rollcall import` of two files that differ in their length alone, once each; the peak is the most that the program's process had.")
	short, err := b.csv()
	if err != nil {
		return err
	}
	long, err := b.newCSV("long.csv", b.mostRows)
	if err != nil {
		return err
	}
	defer os.Remove(long.path)
	for _, e := range engines {
		var peaks []float64
		for _, file := range []*csvFile{short, long} {
			run, err := b.importOnce(ctx, e, file)
			if err != nil {
				return err
			}
			peaks = append(peaks, run.peak)
			t.add(string(e), thousands(float64(run.rows)), threeDigits(run.seconds), thousands(run.rate()), thousands(run.peak))
		}
		rows := thousands(float64(b.mostRows))
		b.atMost(fmt.Sprintf("import of %s rows, %s: peak memory, MB", rows, e), mostMemory, peaks[1], thousands)
		b.atMost(fmt.Sprintf("import of %s rows, %s: peak memory against %s rows", rows, e, thousands(float64(b.rows))), mostGrowth, peaks[1]/peaks[0], twoDecimals)
	}
	return nil
}

// importOnce imports a file into a place of its own.
func (b *bench) importOnce(ctx context.Context, e engine, file *csvFile) (importRun, error) {
	tell("%s rows of %s on %s", thousands(float64(file.counts.Rows)), filepath.Base(file.path), e)
	p, err := b.freshPlace(ctx, e)
	if err != nil {
		return importRun{}, err
	}
	run, err := p.importFile(ctx, file, phoneRules[0])
	if err != nil {
		return run, err
	}
	return run, p.remove(ctx)
}
