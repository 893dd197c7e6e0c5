package ingest

import (
	"strings"
	"testing"
)

// TestRefuseBinary says of zeros what they are: a bomb's, or a damaged copy's.
func TestRefuseBinary(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("\x00", 100):     "nothing but zero bytes",
		strings.Repeat("\x00\x01", 100): "not text but binary data",
	} {
		if err := refuseBinary([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", text[:2], err)
		}
	}
	if err := refuseBinary([]byte("Phone\n")); err != nil {
		t.Error(err)
	}
}
