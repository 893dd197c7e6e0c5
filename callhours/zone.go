package callhours

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the tz database, wherever the program runs
)

// maxZones bounds the cache of zones. The database has some 600 names; where file names ignore case there are more spellings.
const maxZones = 1024

// zones holds what LoadZone has found, by name. A load costs 9 µs and 8.6 kB of garbage, each time, and a run asks once a
// contact; a look-up here costs some 20 ns. Names that do not exist are not kept, so nobody can fill it with them.
var zones struct {
	sync.RWMutex
	byName map[string]*time.Location
}

const errZone = sentence(`The time zone is not known: give a name of the IANA database in its exact spelling, such as "Europe/Berlin".`)

// LoadZone gives a zone by its name in the IANA database, "Europe/Berlin", with capitals as there. It refuses "" and "Local",
// which Go takes for UTC and for the server's own zone, and "Factory", the database's mark for a zone nobody has set. It needs
// no database on the machine, but prefers it, as that may be newer. Equal names give the same pointer. The error is a sentence
// for a person.
func LoadZone(name string) (*time.Location, error) {
	zones.RLock()
	zone := zones.byName[name]
	zones.RUnlock()
	if zone != nil {
		return zone, nil
	}
	if name == "Local" || name == "Factory" || !hasZoneForm(name) {
		return nil, errZone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, errZone
	}
	return keepZone(name, zone), nil
}

// keepZone puts a zone into the cache if there is room, and gives the one to use: that of whoever was first.
func keepZone(name string, zone *time.Location) *time.Location {
	zones.Lock()
	defer zones.Unlock()
	if first := zones.byName[name]; first != nil {
		return first
	}
	if zones.byName == nil {
		zones.byName = map[string]*time.Location{}
	}
	if len(zones.byName) < maxZones {
		zones.byName[strings.Clone(name)] = zone // the name may be a piece of a large text
	}
	return zone
}

// hasZoneForm tells whether a text looks like a name of the database: parts between slashes that begin with a capital, of
// letters, digits, hyphens, underscores and pluses. The loader takes names for paths, and a machine's folder holds more than
// zones: "posix/Europe/Berlin", "posixrules", "localtime". Where file names ignore case it also keeps "europe/berlin" out.
func hasZoneForm(name string) bool {
	const longest = 64 // the longest of the database has 32 bytes
	if len(name) > longest {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] < 'A' || part[0] > 'Z' {
			return false
		}
		for _, c := range []byte(part) {
			letter, digit := 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9'
			if !letter && !digit && c != '-' && c != '_' && c != '+' {
				return false
			}
		}
	}
	return true
}

// Fallback says what a campaign does about contacts whose zone nothing tells.
type Fallback string

// The fallbacks.
const (
	// FallbackCampaign calls them in the campaign's zone.
	FallbackCampaign Fallback = "campaign"
	// FallbackNever does not call them.
	FallbackNever Fallback = "never"
)

// Choose gives the zone in which a contact lives: its own, else that of its number, else the campaign's, unless the fallback
// is another than FallbackCampaign. Each may be nil for not known, and so may the result, in which no Hours are open.
func Choose(contact, number, campaign *time.Location, fallback Fallback) *time.Location {
	switch {
	case contact != nil:
		return contact
	case number != nil:
		return number
	case fallback == FallbackCampaign:
		return campaign
	}
	return nil
}
