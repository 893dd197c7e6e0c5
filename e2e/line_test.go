package e2e

import (
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
)

// line is a connection to a server that a test can break.
type line struct {
	url string

	mu     sync.Mutex
	target string
	bytes  int64   // that went to the server
	cuts   []int64 // after how many of them the connection breaks, in order
	block  int64   // after how many of them nothing goes on; 0: never
	stuck  chan struct{}
	free   chan struct{}
	once   sync.Once
}

// newLine lays a line to a server.
func newLine(t *testing.T, server string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{url: "http://" + listener.Addr().String(), stuck: make(chan struct{}), free: make(chan struct{})}
	l.to(server)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { l.connect(near) })
		}
	})
	t.Cleanup(func() {
		l.unblock()
		listener.Close()
		serving.Wait()
	})
	return l
}

// to leads new connections to another server.
func (l *line) to(server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = strings.TrimPrefix(server, "http://")
}

// cutAtRandom breaks the connection so many times, each within so many bytes after
// the last.
func (l *line) cutAtRandom(t *testing.T, cuts int, within int64) {
	seed := rand.Uint64()
	t.Logf("cuts by the seed %d", seed)
	random, at := rand.New(rand.NewPCG(seed, 0)), int64(0)
	for range cuts {
		at += 1 + random.Int64N(within)
		l.cuts = append(l.cuts, at)
	}
}

// blockAfter lets nothing more to the server after so many bytes; what it gives is
// closed when that is so.
func (l *line) blockAfter(bytes int64) <-chan struct{} {
	l.block = bytes
	return l.stuck
}

// unblock lets go on what waits.
func (l *line) unblock() { l.once.Do(func() { close(l.free) }) }

func (l *line) left() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.cuts)
}

func (l *line) sent() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// connect carries one connection until either side ends it, or it breaks.
func (l *line) connect(near net.Conn) {
	defer near.Close()
	l.mu.Lock()
	target := l.target
	l.mu.Unlock()
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(near, far)
		near.Close()
	}()
	l.carry(far, near)
	far.Close()
	near.Close()
	<-done
}

// carry takes bytes to the server.
func (l *line) carry(far io.Writer, near io.Reader) {
	b := make([]byte, 16<<10)
	for {
		n, err := near.Read(b)
		through, wait := l.passes(int64(n))
		if wait {
			<-l.free
		}
		if _, failed := far.Write(b[:through]); failed != nil || err != nil || through < int64(n) {
			return
		}
	}
}

// passes counts bytes, and tells how many of them come through before the
// connection breaks, and whether they have to wait.
func (l *line) passes(n int64) (through int64, wait bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.bytes
	l.bytes += n
	if l.block > 0 && l.bytes > l.block {
		l.block = 0
		close(l.stuck)
		return n, true
	}
	if len(l.cuts) > 0 && l.bytes >= l.cuts[0] {
		through = min(n-1, l.cuts[0]-before)
		l.bytes, l.cuts = before+through, l.cuts[1:]
		return max(through, 0), false
	}
	return n, false
}
