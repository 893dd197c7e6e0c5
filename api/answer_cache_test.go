package api

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"rollcall"
)

func key(application string) answerKey {
	return answerKey{owner: rollcall.Owner{AccountKey: 1, ApplicationID: application}, wire: version2}
}

func loadOf(version int64, body string, loads *int) func() (*keptAnswer, error) {
	return func() (*keptAnswer, error) { *loads++; return &keptAnswer{version: version, body: []byte(body)}, nil }
}

func TestAnswerCache_Versions(t *testing.T) {
	c, loads := newAnswerCache(1<<20), 0
	for _, step := range []struct {
		version int64 // that the request read
		loaded  int64 // that a load would give
		want    string
		loads   int
	}{
		{1, 1, "one", 1},
		{1, 1, "one", 1},
		{2, 3, "three", 2}, // a write came between the two reads
		{3, 3, "three", 2},
		{2, 9, "three", 2}, // what is kept is newer than what was read before it
		{4, 4, "four", 3},
	} {
		names := map[int64]string{1: "one", 3: "three", 4: "four", 9: "nine"}
		got, err := c.get(context.Background(), key("a"), step.version, loadOf(step.loaded, names[step.loaded], &loads))
		if err != nil || string(got) != step.want || loads != step.loads {
			t.Errorf("version %d: %s after %d loads, want %s after %d", step.version, got, loads, step.want, step.loads)
		}
	}
}

func TestAnswerCache_Bytes(t *testing.T) {
	one := (&keptAnswer{body: make([]byte, 1000)}).size()
	c, loads := newAnswerCache(2*one), 0
	body := strings.Repeat("x", 1000)
	for _, application := range []string{"a", "b", "a", "c"} { // b is the least recent
		_, _ = c.get(context.Background(), key(application), 1, loadOf(1, body, &loads))
	}
	if _, ok := c.byKey[key("b")]; ok || len(c.byKey) != 2 || c.bytes != 2*one || loads != 3 {
		t.Errorf("%d kept in %d bytes after %d loads", len(c.byKey), c.bytes, loads)
	}
	_, _ = c.get(context.Background(), key("large"), 1, loadOf(1, strings.Repeat("x", 10_000), &loads))
	if len(c.byKey) != 2 {
		t.Error("an answer larger than all the memory pushed the others out")
	}
	_, _ = c.get(context.Background(), key("a"), 2, loadOf(2, "", &loads))
	if c.bytes != one+(&keptAnswer{}).size() {
		t.Errorf("%d bytes are counted", c.bytes)
	}
}

// Those who come while an answer is made wait for it, save when it turns out
// older than what they know; a failure is not shared.
func TestAnswerCache_Flights(t *testing.T) {
	c := newAnswerCache(1 << 20)
	begun, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, err := c.get(context.Background(), key("a"), 1, func() (*keptAnswer, error) {
			close(begun)
			<-release
			return &keptAnswer{version: 1, body: []byte("old")}, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.get(gone, key("a"), 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone waits on: %v", err)
	}
	for _, version := range []int64{1, 2} {
		all.Go(func() {
			got, err := c.get(context.Background(), key("a"), version, func() (*keptAnswer, error) { return &keptAnswer{version: 2, body: []byte("new")}, nil })
			if err != nil || version == 2 && string(got) != "new" {
				t.Errorf("version %d: %s %v", version, got, err)
			}
		})
	}
	close(release)
	all.Wait()
	broken := errors.New("broken")
	if _, err := c.get(context.Background(), key("b"), 1, func() (*keptAnswer, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if len(c.flights) != 0 {
		t.Error("a flight is left")
	}
}
