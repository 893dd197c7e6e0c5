package rollcall

import (
	"fmt"
	"time"
)

// KeyedCall is a call that was sent with an Idempotency-Key
// (draft-ietf-httpapi-idempotency-key-header): however often it is repeated, it is
// carried out once.
type KeyedCall struct {
	ClientID    string // of the app; the keys of two apps have nothing to do with each other
	Key         string // see [CheckCallKey]
	Fingerprint string // of the request: SHA-256, hexadecimal
	State       CallState
	Answer      CallAnswer // Status is 0 until the call ended
	// LeaseUntil is when the call counts as dead unless it ended. It tells one
	// attempt from the next, too: a later attempt has a later one.
	LeaseUntil time.Time
	ExpiresAt  time.Time // when the key is forgotten
}

// CallState is how far a call with a key has come.
type CallState string

// The states of a call. What it wrote and "committed" become durable in one
// transaction, so that a crash at any moment leaves no doubt.
const (
	CallRunning   CallState = "running"   // it has written nothing
	CallCommitted CallState = "committed" // what it wrote is durable, its answer is not kept
	CallAnswered  CallState = "answered"  // its answer is kept
)

// CallAnswer is what a call was answered with.
type CallAnswer struct {
	Status int
	Header map[string][]string // what a repetition needs of it
	Body   []byte
}

// MaxCallKey bounds an Idempotency-Key, in characters.
const MaxCallKey = 255

// CallKeyHeader is the header that carries the key, and the field that errors name.
const CallKeyHeader = "Idempotency-Key"

// callInProgressWait is when a repetition may try again.
const callInProgressWait = time.Second

// CheckCallKey refuses what is no Idempotency-Key: 1 to 255 visible ASCII
// characters.
func CheckCallKey(key string) error {
	bad := len(key) == 0 || len(key) > MaxCallKey
	for i := range len(key) {
		bad = bad || key[i] <= ' ' || key[i] > '~'
	}
	if bad {
		return Invalid(CallKeyHeader, fmt.Sprintf("The header %s must be 1 to %d visible ASCII characters, such as a UUID.", CallKeyHeader, MaxCallKey))
	}
	return nil
}

// Again decides about a call with a key that another call came with before. The
// kept answer is to be given where replay is true; else, without an error, the call
// is to be carried out: the earlier one never wrote, or is forgotten.
func (c *KeyedCall) Again(fingerprint string, now time.Time) (replay bool, err error) {
	dead := !now.Before(c.LeaseUntil)
	switch {
	case dead && !now.Before(c.ExpiresAt):
		return false, nil
	case fingerprint != c.Fingerprint:
		return false, keyConflict(ReasonKeyReused, "This key came with another request before; take a fresh key for each request.")
	case c.State == CallAnswered:
		return true, nil
	case c.State == CallCommitted && c.Answer.Status != 0:
		return false, keyConflict(ReasonCallAlreadyDone, fmt.Sprintf("The first call with this key was carried out and answered with the status %d, and that answer was not kept; look at what it did before you call again.", c.Answer.Status))
	case !dead:
		e := keyConflict(ReasonCallInProgress, "The first call with this key is under way; repeat the call in a moment to get its answer.")
		e.RetryAfter = callInProgressWait
		return false, e
	case c.State == CallCommitted:
		return false, keyConflict(ReasonCallAlreadyDone, "The first call with this key was carried out, but its answer is lost; look at what it did before you call again.")
	}
	return false, nil
}

func keyConflict(reason, message string) *Error {
	e := Conflict(reason, message)
	e.Field = CallKeyHeader
	return e
}

// CallOvertaken is the error of an attempt that went on after its lease: a later
// one has taken its place, so that it may not write any more.
func CallOvertaken() error {
	return keyConflict(ReasonCallInProgress, "This call took too long, and another with the same key took its place; repeat the call to get its answer.")
}
