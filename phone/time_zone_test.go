package phone

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that the test needs no database of the system

	"github.com/nyaruka/phonenumbers"
)

func TestNumber_TimeZone(t *testing.T) {
	cases := []struct {
		name string
		n    Number
		want string
	}{
		{"None", 0, ""},
		{"TooLong", 1_000_000_000_000_000, ""},
		{"NoCountry", 99912345678, ""},
		{"NotInPlan", 11555550123, ""},
		{"California", 14155550123, "America/Los_Angeles"},
		{"NewYork", 12125550123, "America/New_York"},
		{"AreaInTwoZones", 16055550123, ""},
		{"TollFreeOfManyZones", 18005550123, ""},
		{"Puerto Rico", 17875550123, "America/Puerto_Rico"},
		{"India", 919876543210, "Asia/Kolkata"},
		{"IndiaLandline", 912240123456, "Asia/Kolkata"},
		{"LondonLandline", 442079460018, "Europe/London"},
		{"BritishMobile", 447400123456, "Europe/London"},
		{"JerseyLandline", 441534456789, "Europe/Jersey"},
		{"Ireland", 353850123456, "Europe/Dublin"},
		{"IrelandLandline", 35312345678, "Europe/Dublin"},
		{"Germany", 4915112345678, "Europe/Berlin"},
		{"Norway", 4740612345, "Europe/Oslo"},
		{"SydneyLandline", 61291234567, "Australia/Sydney"},
		{"BrisbaneLandline", 61731234567, "Australia/Brisbane"},
		{"AustralianMobile", 61412345678, ""},
		{"RussianMobile", 79123456789, ""},
		{"BrazilianMobile", 5511961234567, ""},
		{"BrazilianLandline", 551123456789, "America/Sao_Paulo"},
		{"SpanishMobile", 34612345678, ""},
		{"Argentina", 5491123456789, "America/Argentina/Buenos_Aires"},
		{"Freephone of no country", 80012345678, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.n.TimeZone(); got != c.want {
				t.Errorf("%v.TimeZone() = %q, want %q", c.n, got, c.want)
			}
		})
	}
}

func TestNumber_TimeZone_AllocatesNothing(t *testing.T) {
	for _, n := range []Number{14155550123, 447400123456, 61412345678, 0} {
		if got := testing.AllocsPerRun(100, func() { _ = n.TimeZone() }); got != 0 {
			t.Errorf("%v: %v allocations", n, got)
		}
	}
}

func TestTimeZones_AreAllInTheDatabase(t *testing.T) {
	if zoneNames[0] != "" || len(zoneNames) < 200 {
		t.Fatalf("%d zones, the first is %q", len(zoneNames), zoneNames[0])
	}
	for _, zone := range zoneNames[1:] {
		if _, err := time.LoadLocation(zone); err != nil || !strings.Contains(zone, "/") {
			t.Errorf("%q: %v", zone, err)
		}
	}
}

// clocks gives the offsets of a zone on the first of each month of some years: two zones of the same clocks have one time.
func clocks(t *testing.T, zone string) (offsets [60]int) {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	for month := range offsets {
		_, offsets[month] = time.Date(2026, time.Month(1+month), 1, 12, 0, 0, 0, time.UTC).In(location).Zone()
	}
	return offsets
}

func TestNumber_TimeZone_AgreesWithTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	named := 0
	for range 100_000 {
		digits := strings.TrimPrefix(randomSpelling(r), "+")
		n, err := form([]byte(digits))
		if err != nil {
			continue
		}
		got, want := n.TimeZone(), libraryZones(t, n)
		if got == "" {
			if len(want) == 1 && want[0] != phonenumbers.UNKNOWN_TIMEZONE {
				t.Fatalf("%v has no zone, by the library %v", n, want)
			}
			continue
		}
		named++
		for _, zone := range want {
			if got != zone && clocks(t, got) != clocks(t, zone) {
				t.Fatalf("%v has the zone %s, by the library %v", n, got, want)
			}
		}
	}
	if named < 5000 {
		t.Errorf("only %d numbers had a zone", named)
	}
}

// libraryZones are the zones that libphonenumber has for a number; of those that are no landline, for the calling code.
func libraryZones(t *testing.T, n Number) []string {
	t.Helper()
	prefix := n.String()
	switch libraryType(n) {
	case phonenumbers.UNKNOWN:
		return []string{phonenumbers.UNKNOWN_TIMEZONE}
	case phonenumbers.FIXED_LINE, phonenumbers.FIXED_LINE_OR_MOBILE:
	default:
		_, national, _ := librarySplit(n)
		prefix = strings.TrimSuffix(prefix, national)
	}
	zones, err := phonenumbers.GetTimezonesForPrefix(prefix)
	if err != nil {
		t.Fatal(err)
	}
	return zones
}
