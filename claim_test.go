package rollcall

import "testing"

func TestClaimID(t *testing.T) {
	for _, r := range []ClaimRef{{1, 2, 3, 4}, {1<<30 - 1, 1<<30 - 1, 1<<44 - 1, 1<<18 - 1}, {}} {
		got, ok := ParseClaimID(r.ClaimID())
		if !ok || got != r {
			t.Errorf("%v comes back as %v, %v", r, got, ok)
		}
	}
	for _, id := range []string{"", "ck-", NewID(PrefixClaim), "cc-00000000-4008-8002-8000-000000c00004", ClaimRef{1, 2, 3, 4}.ClaimID() + "0"} {
		if r, ok := ParseClaimID(id); ok {
			t.Errorf("%q was taken for %v", id, r)
		}
	}
	if r := (ClaimRef{Number: 5}); !r.Is(5) || !r.Is(5+1<<18) || r.Is(6) {
		t.Error("a claim does not know its number")
	}
}

func TestClaimRequest(t *testing.T) {
	free := 3
	for _, tt := range []struct {
		q    ClaimRequest
		mode DialingMode
		want int
		ok   bool
	}{
		{ClaimRequest{Limit: 10}, ModeAgentless, 10, true},
		{ClaimRequest{Limit: 10}, ModeProgressive, 0, false},
		{ClaimRequest{Limit: 10, FreeAgents: &free}, ModeProgressive, 3, true},
		{ClaimRequest{Limit: 2, FreeAgents: &free}, ModeProgressive, 2, true},
		{ClaimRequest{Limit: 1}, ModePreview, 0, false},
		{ClaimRequest{Limit: 1, Agent: "u-1"}, ModePreview, 1, true},
	} {
		if n, err := tt.q.For(ChannelVoice, tt.mode); n != tt.want || (err == nil) != tt.ok {
			t.Errorf("%+v in %s: %d, %v", tt.q, tt.mode, n, err)
		}
	}
	if _, err := (&ClaimRequest{Limit: 1, Channel: ChannelSMS}).For(ChannelVoice, ModeAgentless); err == nil {
		t.Error("a voice campaign serves who asks for SMS")
	}
	for _, q := range []ClaimRequest{{}, {Limit: 1001}, {Limit: 1, Channel: "fax"}, {Limit: 1, Agent: "a\x00"}, {Limit: 1, Lease: MinLease - 1}, {Limit: 1, Lease: MaxLease + 1}} {
		if q.Validate() == nil {
			t.Errorf("%+v was taken", q)
		}
	}
	if (&ClaimRequest{}).LeaseFor(ModePreview) != PreviewLease || (&ClaimRequest{}).LeaseFor(ModeAgentless) != DefaultLease || (&ClaimRequest{Lease: MinLease}).LeaseFor(ModePreview) != MinLease ||
		(&ClaimRequest{Lease: MaxLease}).LeaseFor(ModePreview) != PreviewLease || (&ClaimRequest{Lease: MaxLease}).LeaseFor(ModeProgressive) != MaxLease {
		t.Error("wrong leases")
	}
}
