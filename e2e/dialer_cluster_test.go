package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

// cluster is some processes on one place that are killed and started again.
type cluster struct {
	place place
	args  []string
	mu    sync.Mutex
	back  *sync.Cond
	all   []*process // nil: killed, and not back yet
	ended bool
}

func startCluster(t testing.TB, p place, n int, args ...string) *cluster {
	t.Helper()
	s := &cluster{place: p, args: args}
	s.back = sync.NewCond(&s.mu)
	for range n {
		s.all = append(s.all, p.serve(t, args...))
	}
	return s
}

func (s *cluster) first() *process { return s.all[0] }

// pick gives the address of a process that is not known to be dead, and waits for
// one; false, there will be none.
func (s *cluster) pick(random *rand.Rand) (base string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.ended {
		from := random.IntN(len(s.all))
		for i := range s.all {
			if p := s.all[(from+i)%len(s.all)]; p != nil {
				return p.url, true
			}
		}
		s.back.Wait()
	}
	return "", false
}

func (s *cluster) set(i int, p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[i] = p
	s.back.Broadcast()
}

// killSome kills one process, now and then two, and starts them again.
func (s *cluster) killSome(t testing.TB, random *rand.Rand) {
	t.Helper()
	from, n := random.IntN(len(s.all)), 1
	if random.IntN(4) == 0 {
		n = min(2, len(s.all))
	}
	for i := range n {
		s.all[(from+i)%len(s.all)].kill()
		s.set((from+i)%len(s.all), nil)
	}
	for i := range n {
		s.set((from+i)%len(s.all), s.place.serve(t, s.args...))
	}
}

// close lets nobody wait for a process any more.
func (s *cluster) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.back.Broadcast()
}

func (s *cluster) stop(t testing.TB) {
	t.Helper()
	for _, p := range s.all {
		if status := p.stop(t); status != 0 {
			t.Errorf("exit status %d: %s", status, p.log)
		}
	}
}

// answer is what came of a call that was repeated until it was answered.
type answer struct {
	status    int // 0: the test is over
	text      string
	reason    string
	sent, got time.Time // when it was sent first, and answered
	repeated  bool
}

// send sends a call to one of the processes, and again to another where no answer
// comes, since that one was killed.
func (f *field) send(random *rand.Rand, method, path, key string, body, into any) answer {
	a := answer{sent: time.Now()}
	for ; f.ctx.Err() == nil; a.repeated = true {
		base, ok := f.servers.pick(random)
		if !ok {
			break
		}
		status, text, err := f.once(base, method, path, key, body)
		if err != nil {
			continue
		}
		a.status, a.text, a.got = status, string(text), time.Now()
		a.reason = decodeAnswer(text, into)
		break
	}
	return a
}

// once sends a call to a process, and counts those that a kill met under way.
func (f *field) once(base, method, path, key string, body any) (status int, text []byte, err error) {
	content, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(f.ctx, method, base+"/campaign/api/v2/public/"+application+"/campaign"+path, bytes.NewReader(content))
	if err != nil {
		return 0, nil, err
	}
	r.Header = http.Header{"Auth": {f.c.token}, "Iid": {application}, "Accountid": {account}, "Content-Type": {"application/json"}}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	response, err := f.http.Do(r)
	if err == nil {
		defer response.Body.Close()
		status = response.StatusCode
		text, err = io.ReadAll(response.Body)
	}
	if err != nil && !errors.Is(err, syscall.ECONNREFUSED) && f.ctx.Err() == nil {
		f.cut.Add(1)
	}
	return status, text, err
}

// decodeAnswer decodes the data of an answer, or gives why it is a refusal.
func decodeAnswer(text []byte, into any) (reason string) {
	var envelope struct {
		Data   json.RawMessage
		Errors []struct{ Code, Reason string }
	}
	if json.Unmarshal(text, &envelope) != nil {
		return "not JSON"
	}
	if len(envelope.Errors) > 0 {
		return envelope.Errors[0].Code
	}
	if into != nil && json.Unmarshal(envelope.Data, into) != nil {
		return "other data than expected"
	}
	return ""
}
