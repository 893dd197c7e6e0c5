package ingest

import (
	"strings"
	"time"
	"unicode"

	"rollcall"
)

// rowZones checks time zones. It belongs to one goroutine, and costs a row nothing
// once it has seen its zone.
type rowZones struct {
	known map[string]string // by cell: the zone's name, or empty for none
}

const (
	// rememberedZones bounds what is kept of a column of many spellings.
	rememberedZones = 1024
	// longestZone is the longest cell that can name a zone, in bytes.
	longestZone = 64
)

// of gives the name of a time zone as the tz database has it; empty for none.
func (z *rowZones) of(cell string) string {
	if len(cell) > longestZone {
		return ""
	}
	zone, seen := z.known[cell]
	if seen {
		return zone
	}
	zone = zoneOf(cell)
	if z.known == nil {
		z.known = map[string]string{}
	}
	if len(z.known) < rememberedZones {
		// The cell is a piece of a chunk, which must not be kept for its sake.
		z.known[strings.Clone(cell)] = zone
	}
	return zone
}

// zoneOf reads a zone as people write them: "america/new york".
func zoneOf(cell string) string {
	underscored := strings.ReplaceAll(cell, " ", "_")
	for _, name := range []string{cell, underscored, titled(underscored)} {
		// "Local" is no zone, and the loader takes names for paths.
		if name == "" || strings.EqualFold(name, "local") || strings.ContainsAny(name, `\.`) || name[0] == '/' {
			continue
		}
		if location, err := time.LoadLocation(name); err == nil {
			return location.String()
		}
	}
	return ""
}

// titled writes each word of a zone's name with a capital: "America/New_York".
func titled(name string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		start = r == '/' || r == '_' || r == '-'
		if was {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, name)
}

// zone gives the contact its time zone: that of the row if the tz database knows
// it, else that of the number where its plan allows just one. What the row says
// and nobody knows is kept beside, and remarked on.
func (n *normaliser) zone(r *rollcall.Row, said string) {
	c := &r.Contact
	if said != "" {
		if zone := n.zones.of(said); zone != "" {
			c.TimeZone = rollcall.Given(zone)
			return
		}
		r.Remark, n.strangeZone = timeZoneUnknown, said
	}
	if zone := c.Phone.TimeZone(); zone != "" {
		c.TimeZone, r.ZoneDerived = rollcall.Given(zone), true
	}
}
