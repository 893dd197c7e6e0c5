package ingest

import (
	"slices"
	"strings"

	"rollcall"
	"rollcall/phone"
)

// regionOf reads the country that a cell tells.
var regionOf = phone.RegionOf

// regionNames are the names of columns that tell a person's country, bare, the
// likeliest first.
var regionNames = []string{
	"countrycode", "countryiso", "countryisocode", "isocountry", "isocountrycode", "country", "countryregion", "countryname", "phonecountry",
	"mailingcountry", "homecountry", "addresscountry", "billingcountry", "nation", "region",
}

// noRegions are words in the names of columns whose short codes look like
// countries.
var noRegions = []string{"state", "province", "county", "language", "lang", "locale", "currency", "initials", "suffix", "title", "gender", "type", "status"}

// findRegion finds the column that tells the country of a row's number.
func (m *mapper) findRegion() error {
	switch said := m.in.regionColumn; said {
	case "":
	case noColumn:
		m.regionBy = ByCaller
		return nil
	default:
		if m.region = m.find(said); m.region == unmapped {
			return rollcall.Invalid("regionColumn", "The file has no such column for the region. "+listColumns(m.names))
		}
		m.regionBy = ByCaller
		return nil
	}
	if e := m.earlier; e != nil && (e.whole || e.region != unmapped) {
		m.region, m.regionBy = e.region, ByCorrected
		return nil
	}
	if remembered := m.in.rememberedRegion; m.format.Header && remembered != "" {
		if m.region = m.find(remembered); m.region != unmapped || remembered == noColumn {
			m.regionBy = ByRemembered
			return nil
		}
	}
	if m.region, m.regionBy = m.namedRegion(); m.region == unmapped {
		m.region, m.regionBy = m.unnamedRegion()
	}
	return nil
}

// namedRegion finds a column whose name says that it tells the country. Of those
// that a known program writes the fullest is taken: people have one address or
// the other.
func (m *mapper) namedRegion() (int, string) {
	best, order, by, values := unmapped, 0, "", -1
	for i := m.firstKept(); i < len(m.columns) && m.format.Header; i++ {
		place, source := m.regionName(i)
		if place < 0 || m.taken[i] || m.content[i].values > 0 && !m.content[i].most(m.content[i].countries) {
			continue
		}
		full := min(m.content[i].values, 1)
		if source == ByExporter {
			full = m.content[i].values
		}
		if full > values || full == values && place < order {
			best, order, by, values = i, place, source, full
		}
	}
	return best, by
}

func (m *mapper) regionName(i int) (place int, by string) {
	if m.exporter != nil && !m.exporter.exact {
		return slices.Index(m.exporter.regions, strings.TrimSpace(m.columns[i])), ByExporter
	}
	return slices.Index(regionNames, bare(m.columns[i])), ByName
}

// unnamedRegion finds a column of countries by its content. Two letters may be a
// state or a language as well, so it is taken only where it makes more of the
// numbers good than they are without it.
func (m *mapper) unnamedRegion() (int, string) {
	best, most := unmapped, 0
	for i := m.firstKept(); i < len(m.columns); i++ {
		c := &m.content[i]
		if m.taken[i] || c.values < 3 || c.countries*10 < c.values*9 || m.format.Header && namesNoRegion(m.columns[i]) {
			continue
		}
		switch gain := m.gain(i); {
		case gain > most:
			best, most = i, gain
		case gain == most:
			best = unmapped // which of the two is meant is not ours to guess
		}
	}
	return best, ByContent
}

func namesNoRegion(column string) bool {
	return slices.ContainsFunc(words(column), func(word string) bool { return slices.Contains(noRegions, word) })
}

// gain is how many more of the sampled numbers the plans know when each is read
// in the country of its row.
func (m *mapper) gain(column int) int {
	regions, gain := rowRegions{rule: phone.RuleValid}, 0
	for _, record := range m.format.records() {
		number := withoutApostrophe(sampled(record, m.column(rollcall.FieldPhoneNumber)))
		_, without := m.judge.parser.Parse(number)
		_, with := regions.of(sampled(record, column), m.judge.parser).Parse(number)
		switch {
		case with == nil && without != nil:
			gain++
		case with != nil && without == nil:
			gain--
		}
	}
	return gain
}

// rowRegions gives the parser for the country that a row tells. It belongs to one
// goroutine, and costs a row nothing once it has seen its country.
type rowRegions struct {
	rule    phone.Rule
	byCell  map[string]*phone.Parser // nil: the cell tells no country
	regions map[string]*phone.Parser
}

const (
	// rememberedCells bounds what is kept of a column of many spellings.
	rememberedCells = 1024
	// longestCountry is the longest cell that can tell a country, in bytes.
	longestCountry = 64
)

// of gives the parser of a cell's country, or the other where it tells none.
func (r *rowRegions) of(cell string, other *phone.Parser) *phone.Parser {
	if cell == "" || len(cell) > longestCountry {
		return other
	}
	parser, seen := r.byCell[cell]
	if !seen {
		parser = r.look(cell)
	}
	if parser == nil {
		return other
	}
	return parser
}

// look reads a cell that was not seen before.
func (r *rowRegions) look(cell string) *phone.Parser {
	if r.byCell == nil {
		r.byCell, r.regions = map[string]*phone.Parser{}, map[string]*phone.Parser{}
	}
	var parser *phone.Parser
	if region, ok := regionOf(cell); ok {
		if parser = r.regions[region]; parser == nil {
			// An error would mean a region that the plans do not have: none, then.
			parser, _ = phone.NewParser(r.rule, region)
			r.regions[region] = parser
		}
	}
	if len(r.byCell) < rememberedCells {
		// The cell is a piece of a chunk, which must not be kept for its sake.
		r.byCell[strings.Clone(cell)] = parser
	}
	return parser
}
