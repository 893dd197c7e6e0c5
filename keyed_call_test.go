package rollcall

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCheckCallKey(t *testing.T) {
	for key, good := range map[string]bool{
		"a": true, "!~": true, "8e03978e-40d5-43dd-bc93-6894a57f9324": true, strings.Repeat("k", MaxCallKey): true,
		"": false, strings.Repeat("k", MaxCallKey+1): false, "a b": false, "a\x00": false, "a\x7f": false, "schlüssel": false,
	} {
		if err := CheckCallKey(key); (err == nil) != good {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestKeyedCall_Again(t *testing.T) {
	begun := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	alive, dead, expired := begun, begun.Add(time.Minute), begun.Add(time.Hour)
	for _, c := range []struct {
		name        string
		state       CallState
		status      int
		fingerprint string
		now         time.Time
		replay      bool
		reason      string
		wait        time.Duration
	}{
		{"answered", CallAnswered, 200, "f", alive, true, "", 0},
		{"answered long ago", CallAnswered, 200, "f", dead, true, "", 0},
		{"answered, another request", CallAnswered, 200, "g", dead, false, ReasonKeyReused, 0},
		{"forgotten", CallAnswered, 200, "f", expired, false, "", 0},
		{"forgotten, another request", CallAnswered, 200, "g", expired, false, "", 0},
		{"running", CallRunning, 0, "f", alive, false, ReasonCallInProgress, time.Second},
		{"running, another request", CallRunning, 0, "g", alive, false, ReasonKeyReused, 0},
		{"died before it wrote", CallRunning, 0, "f", dead, false, "", 0},
		{"died before it wrote, another request", CallRunning, 0, "g", dead, false, ReasonKeyReused, 0},
		{"about to answer", CallCommitted, 0, "f", alive, false, ReasonCallInProgress, time.Second},
		{"died before it answered", CallCommitted, 0, "f", dead, false, ReasonCallAlreadyDone, 0},
		{"its answer was not kept", CallCommitted, 200, "f", alive, false, ReasonCallAlreadyDone, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := KeyedCall{Fingerprint: "f", State: c.state, Answer: CallAnswer{Status: c.status}, LeaseUntil: dead, ExpiresAt: expired}
			replay, err := k.Again(c.fingerprint, c.now)
			e, _ := errors.AsType[*Error](err)
			if e == nil {
				e = &Error{}
			}
			if replay != c.replay || e.Reason != c.reason || e.RetryAfter != c.wait || err != nil && CodeOf(err) != CodeConflict {
				t.Errorf("replay %v, %v", replay, err)
			}
		})
	}
}

// A key that outlives its time with a call under way still protects that call.
func TestKeyedCall_Again_ALiveCallIsNotForgotten(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	k := KeyedCall{Fingerprint: "f", State: CallRunning, LeaseUntil: now.Add(1), ExpiresAt: now}
	if _, err := k.Again("f", now); CodeOf(err) != CodeConflict {
		t.Errorf("got %v", err)
	}
}
