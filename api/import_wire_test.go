package api

import (
	"testing"
	"time"

	"rollcall"
	"rollcall/store/storetest"
)

// What is told of an import under way is JSON, however slow it is: a rate that rounds to
// nothing is left out, and with it the time that would follow from it.
func TestProgressOf(t *testing.T) {
	for _, c := range []struct {
		name       string
		rows, read int64
		after      time.Duration
		rate, left float64 // 0: absent
	}{
		{"usual", 100, 500, 10 * time.Second, 10, 10},
		{"all is read", 100, 1000, 10 * time.Second, 10, 0},
		{"slow", 100, 500, 1000 * time.Second, 0.1, 1000},
		{"too slow", 100, 500, 3000 * time.Second, 0, 0},
		{"too slow, and all is read", 100, 1000, 3000 * time.Second, 0, 0},
		{"no time has passed", 100, 500, 0, 0, 0},
		{"nothing is committed", 0, 500, time.Second, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			im := &rollcall.Import{State: rollcall.ImportRunning, StartedAt: storetest.Time, Counts: rollcall.ImportCounts{Rows: c.rows, Added: c.rows}, BytesRead: c.read, Bytes: 1000}
			p := progressOf(im, storetest.Time.Add(c.after))
			if got := p.RowsPerSecond; got == nil && c.rate != 0 || got != nil && *got != c.rate {
				t.Errorf("rate: %+v", p)
			}
			if got := p.SecondsLeft; (got == nil) != (p.RowsPerSecond == nil) || got != nil && *got != c.left {
				t.Errorf("time left: %+v", p)
			}
			encodeEvent(encodeImport(im, storetest.Time.Add(c.after)))
		})
	}
}
