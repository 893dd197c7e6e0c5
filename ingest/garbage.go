package ingest

import (
	"os"
	"runtime/debug"
	"sync"
)

// garbage is how much the heap may grow before it is cleared while imports run, in per
// cent: half of Go's default. An import holds two blocks of rows that come and go as a
// whole, and takes as long, with a peak of memory 25 MB lower.
const garbage = 50

var importing struct {
	sync.Mutex
	running int
	before  int // per cent, while none ran
}

// LessGarbage has the heap cleared more often until done is called: where several imports
// run, until all have called theirs. Where GOGC is set, that stands.
func LessGarbage() (done func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	importing.Lock()
	defer importing.Unlock()
	if importing.running++; importing.running == 1 {
		importing.before = debug.SetGCPercent(garbage)
	}
	return func() {
		importing.Lock()
		defer importing.Unlock()
		if importing.running--; importing.running == 0 {
			debug.SetGCPercent(importing.before)
		}
	}
}
