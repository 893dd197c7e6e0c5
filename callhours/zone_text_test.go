package callhours

import "testing"

func TestZoneReader(t *testing.T) {
	var z ZoneReader
	for range 2 { // the second time from memory
		for text, want := range map[string]string{
			"America/New_York": "America/New_York", "america/new york": "America/New_York", " Europe/Berlin ": "Europe/Berlin", "EUROPE/BERLIN": "Europe/Berlin",
			"UTC": "UTC", "EST": "EST", "": "", " ": "", "PST": "", "UTC+2": "", "Local": "", "local": "", "Factory": "", "../Europe/Berlin": "", "/Europe/Berlin": "", "Mars/Olympus": "",
		} {
			if got := z.Name(text); got != want {
				t.Errorf("%q is %q, want %q", text, got, want)
			}
		}
	}
}
