package phone

import "testing"

// benchmarks are rows as they come.
var benchmarks = []struct {
	name   string
	rule   Rule
	region string
	in     string
}{
	{"E164/Plain", RuleE164, "", "14155550123"},
	{"E164/Punctuated", RuleE164, "", "+1 (415) 555-0123"},
	{"E164/Unicode", RuleE164, "", "\u202a+1\u00a0415\u2011555\u20110123\u202c"},
	{"E164/BadCharacter", RuleE164, "", "unknown"},
	{"E164/NationalUS", RuleE164, "US", "(415) 555-0123"},
	{"Valid/PlusUS", RuleValid, "", "+14155550123"},
	{"Valid/PlusIN", RuleValid, "", "+919876543210"},
	{"Valid/PlusTrunkZeroGB", RuleValid, "", "+44 (0)20 7946 0018"},
	{"Valid/NationalUS", RuleValid, "US", "(415) 555-0123"},
	{"Valid/NationalIN", RuleValid, "IN", "098765 43210"},
	{"Valid/NationalGB", RuleValid, "GB", "020 7946 0018"},
	{"Valid/NationalDE", RuleValid, "DE", "0151 12345678"},
	{"Valid/NationalAR", RuleValid, "AR", "011 15 2345-6789"},
	{"Valid/AbroadFromUS", RuleValid, "US", "011 44 20 7946 0958"},
	{"Valid/NotInPlan", RuleValid, "US", "+1 155 555 0123"},
	{"Valid/NotInPlanNational", RuleValid, "US", "155 555 0123"},
	{"Valid/NoCountry", RuleValid, "", "+999 1234 5678"},
	{"Mobile/PlusIN", RuleMobile, "", "+919876543210"},
	{"Mobile/NationalUS", RuleMobile, "US", "(415) 555-0123"},
}

func BenchmarkParse(b *testing.B) {
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			p := mustParser(b, c.rule, c.region)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = p.Parse(c.in)
			}
		})
	}
}

// BenchmarkLibraryParse is what the same costs where libphonenumber is asked.
func BenchmarkLibraryParse(b *testing.B) {
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			p := newLibrary(c.rule, c.region)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = p.parse(c.in)
			}
		})
	}
}

func BenchmarkTimeZone(b *testing.B) {
	for name, n := range map[string]Number{"US": 14155550123, "GBMobile": 447400123456, "AUMobile": 61412345678, "Unknown": 11555550123} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = n.TimeZone()
			}
		})
	}
}

func BenchmarkRegionOf(b *testing.B) {
	for _, text := range []string{"us", "USA", "Deutschland", "+49", "nowhere"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = RegionOf(text)
			}
		})
	}
}
