package callhours

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLoadZone_TakesEveryNameOfTheDatabase(t *testing.T) {
	for _, name := range zoneNames(t) {
		if name == "Factory" {
			continue
		}
		zone, err := LoadZone(name)
		if err != nil || zone.String() != name {
			t.Errorf("LoadZone(%q) = %v, %v", name, zone, err)
		}
		if again, _ := LoadZone(name); again != zone {
			t.Errorf("%s is loaded anew", name)
		}
	}
}

func TestLoadZone_Refusals(t *testing.T) {
	for _, name := range []string{"", "Local", "local", "utc", "europe/berlin", "Europe/berlin", "EUROPE/BERLIN", "Europe/Berlin ", " Europe/Berlin", "Europe/Berlin/",
		"/Europe/Berlin", "Europe//Berlin", "../UTC", "Europe/../UTC", "Europe", `Europe\Berlin`, "America/New York", "posix/Europe/Berlin", "right/UTC", "posixrules",
		"localtime", "Factory", "zone.tab", "Europe/Atlantis", "UTC+1", "+01:00", "CEST", "Europe/Berlin\x00", strings.Repeat("A", 1<<20)} {
		if zone, err := LoadZone(name); zone != nil || err != errZone {
			t.Errorf("LoadZone(%.30q) = %v, %v, want a refusal", name, zone, err)
		}
	}
}

func TestLoadZone_SharesOneZoneBetweenGoroutines(t *testing.T) {
	var got [8]*time.Location
	var group sync.WaitGroup
	for i := range got {
		group.Go(func() { got[i], _ = LoadZone("Pacific/Kiritimati") })
	}
	group.Wait()
	for i := range got {
		if got[i] == nil || got[i] != got[0] {
			t.Errorf("goroutine %d has %p, the first %p", i, got[i], got[0])
		}
	}
}

func TestKeepZone_IsBounded(t *testing.T) {
	defer func() { zones.byName = nil }() // other tests in this package load what they need again
	for i := range 2 * maxZones {
		if keepZone(fmt.Sprint("test ", i), time.UTC) != time.UTC {
			t.Fatal("a zone without room in the cache is not given back")
		}
	}
	if len(zones.byName) != maxZones {
		t.Errorf("%d zones are kept, want %d", len(zones.byName), maxZones)
	}
}

func TestChoose(t *testing.T) {
	contact, number, campaign := time.FixedZone("contact", 1), time.FixedZone("number", 2), time.FixedZone("campaign", 3)
	for _, c := range []struct {
		contact, number, campaign *time.Location
		fallback                  Fallback
		want                      *time.Location
	}{
		{contact, number, campaign, FallbackCampaign, contact},
		{contact, number, campaign, FallbackNever, contact},
		{nil, number, campaign, FallbackCampaign, number},
		{nil, number, campaign, FallbackNever, number},
		{nil, nil, campaign, FallbackCampaign, campaign},
		{nil, nil, campaign, FallbackNever, nil},
		{nil, nil, nil, FallbackCampaign, nil},
		{nil, nil, campaign, "", nil}, // a policy that nobody has set rings nobody
	} {
		if got := Choose(c.contact, c.number, c.campaign, c.fallback); got != c.want {
			t.Errorf("Choose(%v, %v, %v, %q) = %v, want %v", c.contact, c.number, c.campaign, c.fallback, got, c.want)
		}
	}
}
