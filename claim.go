package rollcall

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// ClaimRef is what the id of a claim says: which contact of which run, handed out
// for the how manieth time.
type ClaimRef struct {
	Run    int64 // below 2^30, as List
	List   int64
	Seq    int64 // below 2^44
	Number int64 // from 1; modulo 2^18
}

// The bits of each part of a claim's id.
const (
	claimKeyBits    = 30
	claimSeqBits    = 44
	claimNumberBits = 18
)

// ClaimID gives the id of a claim: a UUID of version 8 (RFC 9562, section 5.8,
// free layout), so that a claim is found by its id without an index.
func (r ClaimRef) ClaimID() string {
	high := uint64(r.Run)<<claimKeyBits | uint64(r.List)&(1<<claimKeyBits-1)
	low := uint64(r.Seq)&(1<<claimSeqBits-1)<<claimNumberBits | uint64(r.Number)&(1<<claimNumberBits-1)
	var u [16]byte
	binary.BigEndian.PutUint64(u[:8], high>>12<<16|0x8000|high&0xfff)
	binary.BigEndian.PutUint64(u[8:], low|1<<63)
	return PrefixClaim + formatUUID(u)
}

// ParseClaimID is the reverse of ClaimID; ok is false for anything that ClaimID did
// not write.
func ParseClaimID(id string) (r ClaimRef, ok bool) {
	text, found := strings.CutPrefix(id, PrefixClaim)
	if !found || len(text) != 36 {
		return r, false
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != 16 {
		return r, false
	}
	high, low := binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:])
	high, low = high>>16<<12|high&0xfff, low&(1<<62-1)
	r = ClaimRef{Run: int64(high >> claimKeyBits), List: int64(high & (1<<claimKeyBits - 1)),
		Seq: int64(low >> claimNumberBits), Number: int64(low & (1<<claimNumberBits - 1))}
	return r, r.ClaimID() == id
}

// Is tells whether a contact that was handed out so many times is held by this
// claim.
func (r ClaimRef) Is(number int64) bool { return r.Number == number&(1<<claimNumberBits-1) }

// Limits of claims.
const (
	MaxClaims       = 1000 // a call
	MinLease        = 5 * time.Second
	MaxLease        = time.Hour
	DefaultLease    = time.Minute
	PreviewLease    = 30 * time.Second // the contract's (section 3, "Rules of the field"): so long an agent has to dial or skip
	MaxAgentName    = 128              // bytes
	MaxLookedAt     = 2000             // contacts that one claim, or those answered with it, look at, so that its cost is bounded
	maxAttemptText  = 4096             // bytes, of a field that a dialer tells of an attempt
	maxAgentCodes   = 50
	maxCallDuration = 24 * time.Hour
)

// ClaimRequest is what a dialer asks for.
type ClaimRequest struct {
	Limit      int           // 1–1000 contacts
	Lease      time.Duration // 5 s to an hour; 0: a minute. In Preview it is 30 s at most
	Agent      string        // who sees the contact first: needed in Preview
	FreeAgents *int          // nil: not told; needed in Progressive
	Channel    Channel       // only of campaigns of this channel; empty: of any
}

// Validate tells every field that is wrong.
func (q *ClaimRequest) Validate() error {
	switch {
	case q.Limit < 1 || q.Limit > MaxClaims:
		return Invalid("limit", fmt.Sprintf("The limit must be a whole number from 1 to %d.", MaxClaims))
	case q.Lease != 0:
		if err := CheckLease(q.Lease); err != nil {
			return err
		}
	}
	switch {
	case q.Channel != "" && q.Channel != ChannelVoice && q.Channel != ChannelSMS:
		return Invalid("campaignType", "The campaignType must be voice or sms.")
	case hasControl(q.Agent):
		return Invalid("agent", "The agent has a control character.")
	case len(q.Agent) > MaxAgentName:
		return Invalid("agent", fmt.Sprintf("The agent is longer than %d bytes.", MaxAgentName))
	case q.FreeAgents != nil && *q.FreeAgents < 0:
		return Invalid("freeAgents", "The number of free agents must not be negative.")
	}
	return nil
}

// CheckLease refuses a lease that is too short or too long.
func CheckLease(d time.Duration) error {
	if d < MinLease || d > MaxLease {
		return Invalid("leaseSeconds", fmt.Sprintf("The lease must be a whole number from %d to %d seconds.", MinLease/time.Second, MaxLease/time.Second))
	}
	return nil
}

// For gives how many contacts a campaign of this channel and mode hands out for the
// request, and refuses a request that is for others or lacks what the mode needs.
func (q *ClaimRequest) For(channel Channel, mode DialingMode) (int, error) {
	switch {
	case q.Channel != "" && q.Channel != channel:
		return 0, Invalid("campaignType", "The campaignType of this campaign is "+string(channel)+".")
	case mode == ModePreview && q.Agent == "":
		return 0, Invalid("agent", "This is a Preview campaign: name the agent who sees the contact.")
	case mode == ModeProgressive && q.FreeAgents == nil:
		return 0, Invalid("freeAgents", "This is a Progressive campaign: tell how many agents are free.")
	case mode == ModeProgressive:
		return min(q.Limit, *q.FreeAgents), nil
	}
	return q.Limit, nil
}

// LeaseFor gives how long a claim lasts in a campaign of this mode. In Preview that is
// the time in which the agent dials or skips; whoever dials extends the claim.
func (q *ClaimRequest) LeaseFor(mode DialingMode) time.Duration {
	lease := cmp.Or(q.Lease, DefaultLease)
	if mode == ModePreview {
		return min(lease, PreviewLease)
	}
	return lease
}
