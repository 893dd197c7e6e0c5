package api

import (
	"container/list"
	"context"
	"sync"

	"rollcall"
)

// answerKey says which question an answer belongs to.
type answerKey struct {
	owner rollcall.Owner
	typ   rollcall.ListType // empty: all
	wire  wireVersion
}

// keptAnswer is an encoded answer and the version of the application's lists
// that it tells of. What a version holds never changes, so the answer is right
// for whoever reads that version from the database, in whatever process.
type keptAnswer struct {
	key     answerKey
	version int64
	body    []byte
}

// size is about what the answer takes in memory, in bytes.
func (k *keptAnswer) size() int64 { return int64(len(k.body)) + 512 }

// answerCache keeps encoded answers, the least recently asked for going first
// when they take too much. It is safe for concurrent use.
type answerCache struct {
	mu      sync.Mutex
	most    int64 // bytes
	bytes   int64
	byKey   map[answerKey]*list.Element // of *keptAnswer
	recency *list.List                  // the most recent first
	flights map[answerKey]*answerFlight
}

// answerFlight is an answer that one request makes and others may wait for.
type answerFlight struct {
	done   chan struct{}
	answer *keptAnswer // nil: it failed
}

func newAnswerCache(most int64) *answerCache {
	return &answerCache{most: most, byKey: map[answerKey]*list.Element{}, recency: list.New(), flights: map[answerKey]*answerFlight{}}
}

// get gives the answer at this version of the application, or a newer one. It
// calls load where none is kept, once for all who ask meanwhile.
//
// Waiting for a load that began before the request came is right all the same:
// what counts is the version that it turns out to have. If that is older than
// the one that the request read, the request goes round again.
func (c *answerCache) get(ctx context.Context, key answerKey, version int64, load func() (*keptAnswer, error)) ([]byte, error) {
	for {
		kept, flight, mine := c.look(key, version)
		switch {
		case kept != nil:
			return kept.body, nil
		case mine:
			return c.fly(key, flight, load)
		}
		select {
		case <-flight.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if flight.answer != nil && flight.answer.version >= version {
			return flight.answer.body, nil
		}
	}
}

// look gives the kept answer, or the flight that will bring one; mine when the
// caller has to fly it.
func (c *answerCache) look(key answerKey, version int64) (kept *keptAnswer, flight *answerFlight, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		if kept := e.Value.(*keptAnswer); kept.version >= version {
			c.recency.MoveToFront(e)
			return kept, nil, false
		}
	}
	if flight, ok := c.flights[key]; ok {
		return nil, flight, false
	}
	flight = &answerFlight{done: make(chan struct{})}
	c.flights[key] = flight
	return nil, flight, true
}

func (c *answerCache) fly(key answerKey, flight *answerFlight, load func() (*keptAnswer, error)) ([]byte, error) {
	defer func() { // also when load panics: nobody may wait for ever
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, key)
		if flight.answer != nil {
			c.put(flight.answer)
		}
		close(flight.done)
	}()
	answer, err := load()
	if err != nil {
		return nil, err
	}
	answer.key = key
	flight.answer = answer
	return answer.body, nil
}

// put keeps an answer. The caller holds the lock.
func (c *answerCache) put(answer *keptAnswer) {
	if e, ok := c.byKey[answer.key]; ok {
		c.remove(e)
	}
	if answer.size() > c.most {
		return // it would push out all others
	}
	c.byKey[answer.key] = c.recency.PushFront(answer)
	c.bytes += answer.size()
	for c.bytes > c.most {
		c.remove(c.recency.Back())
	}
}

func (c *answerCache) remove(e *list.Element) {
	answer := c.recency.Remove(e).(*keptAnswer)
	delete(c.byKey, answer.key)
	c.bytes -= answer.size()
}
