package rollcall_test

import (
	"strings"
	"testing"
	"time"

	"rollcall"
)

func TestPerson_Validate(t *testing.T) {
	for _, tt := range []struct {
		who   rollcall.Person
		field string
	}{
		{rollcall.Person{Phone: 12025550143}, ""},
		{rollcall.Person{UniqueID: "C-1"}, ""},
		{rollcall.Person{UniqueID: strings.Repeat("x", rollcall.MaxFieldBytes)}, ""},
		{rollcall.Person{}, "phoneNumber"},
		{rollcall.Person{Phone: -1900}, "phoneNumber"},
		{rollcall.Person{Phone: 12025550143, UniqueID: "C-1"}, "uniqueId"},
		{rollcall.Person{UniqueID: strings.Repeat("x", rollcall.MaxFieldBytes+1)}, "uniqueId"},
		{rollcall.Person{UniqueID: "C\x001"}, "uniqueId"},
	} {
		got := ""
		if wrong := rollcall.Errors(tt.who.Validate()); len(wrong) > 0 {
			got = wrong[0].Field
		}
		if got != tt.field {
			t.Errorf("%.40q: %q, want %q", tt.who.UniqueID, got, tt.field)
		}
	}
}

func TestErasure_ID(t *testing.T) {
	if got := (&rollcall.Erasure{Hash: 0x2b1f}).ID(); got != "er-0000000000002b1f" {
		t.Error(got)
	}
}

func TestNumberErased(t *testing.T) {
	call, dnc := rollcall.NumberErased(rollcall.ListCall), rollcall.NumberErased(rollcall.ListDNC)
	if call.Reason != rollcall.CodeErased || call.Field != "phoneNumber" || call.Message == dnc.Message || rollcall.CodeOf(dnc) != rollcall.CodeConflict {
		t.Errorf("%+v, %+v", call, dnc)
	}
}

func TestAttempt_Anonymous(t *testing.T) {
	a := rollcall.Attempt{Outcome: rollcall.Busy, Disposition: []string{"B1"}, SessionID: "s", Status: "x", Detail: "y", Duration: time.Second}
	want := rollcall.Attempt{Outcome: rollcall.Busy, Disposition: []string{"B1"}, Duration: time.Second}
	if got := a.Anonymous(); !got.Same(&want) {
		t.Errorf("%+v", got)
	}
}
