package rollcall

import "time"

// Scrub is how a campaign's contacts stood against the DNC lists when they were
// last held against them. The store keeps it as JSON.
type Scrub struct {
	State     ScrubState
	Done      int64 // contacts that were looked at
	Total     int64 // of how many
	Blocked   int64
	ByReason  []ScrubCount // sums up to Blocked
	StartedAt time.Time
	EndedAt   time.Time // zero while it has not ended
	Failure   string
}

// ScrubState is how far a scrub is; empty: there never was one.
type ScrubState string

// The states of a scrub.
const (
	ScrubQueued  ScrubState = "queued"
	ScrubRunning ScrubState = "running"
	ScrubDone    ScrubState = "done"
	ScrubFailed  ScrubState = "failed"
)

// ScrubCount counts the contacts that one list blocks in one way. A contact that
// several block counts once: for a whole number before a prefix, then for the
// campaign's own list before global ones.
type ScrubCount struct {
	ListID   string
	ListName string
	Global   bool
	Prefix   bool
	Contacts int64
}
