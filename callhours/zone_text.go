package callhours

import (
	"strings"
	"unicode"
)

// ZoneReader reads time zones as people write them. It belongs to one goroutine, and costs nothing once it has seen a
// spelling. The zero value is ready.
type ZoneReader struct {
	known map[string]string // by spelling: the zone's name, or empty for none
}

const (
	// rememberedZones bounds what is kept of many spellings.
	rememberedZones = 1024
	// longestSpelling is the longest text that can name a zone, in bytes.
	longestSpelling = 64
)

// Name gives the name that the IANA database has for a zone: "America/New_York" for "america/new york". It is empty for
// a text that names none.
func (z *ZoneReader) Name(text string) string {
	if len(text) > longestSpelling {
		return ""
	}
	name, seen := z.known[text]
	if seen {
		return name
	}
	name = nameOf(strings.TrimSpace(text))
	if z.known == nil {
		z.known = map[string]string{}
	}
	if len(z.known) < rememberedZones {
		z.known[strings.Clone(text)] = name // it may be a piece of a large text
	}
	return name
}

func nameOf(text string) string {
	underscored := strings.ReplaceAll(text, " ", "_")
	for _, name := range []string{text, underscored, titled(underscored)} {
		if zone, err := LoadZone(name); err == nil {
			return zone.String()
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
