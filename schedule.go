package rollcall

import "time"

// RecurType is how a schedule repeats.
type RecurType string

// The recurrences (contract, section 3).
const (
	RecurNone   RecurType = ""
	RecurDaily  RecurType = "Daily"
	RecurWeekly RecurType = "Weekly"
)

// MissedRule is what becomes of a start that nobody was there for.
type MissedRule string

// The rules for missed starts (ours).
const (
	MissedRun  MissedRule = "run"  // it is made up for when a server is there again, until its end
	MissedSkip MissedRule = "skip" // the next one is waited for
)

// Schedule says when runs of a campaign begin by themselves. The store keeps it as
// JSON.
type Schedule struct {
	Enabled  bool
	Start    string // 2006-01-02 15:04:05 on the clock of TimeZone
	End      string // the same; no run begins then or later, and one that is under way is stopped. Empty: none
	TimeZone string // IANA
	Recur    RecurType
	Every    int            // days or weeks from one start to the next
	Days     []time.Weekday // Weekly
	Missed   MissedRule
	Told     string // what became of the last start that was missed, for people; empty: none was
}
