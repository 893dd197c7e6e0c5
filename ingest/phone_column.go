package ingest

import (
	"cmp"
	"slices"

	"rollcall"
)

// phoneCandidate is a column that may hold the phone number.
type phoneCandidate struct {
	column int
	tier   int // how well name and content agree, the best first
	order  int // within the tier
	by     string
}

// The tiers. A name without values loses to content, and so does a name that the
// content speaks against; without either they are taken all the same. In a rejects
// file, whose numbers are those that were bad, content speaks against no name.
const (
	namedPhones = iota
	unnamedPhones
	namedEmpty
	namedOther
)

// findPhone chooses the phone number's column.
func (m *mapper) findPhone() {
	if _, done := m.of[rollcall.FieldPhoneNumber]; done {
		return
	}
	all := m.phoneCandidates()
	if len(all) > 0 && all[0].tier == unnamedPhones {
		all = m.fullest(all)
	}
	switch {
	case len(all) > 0:
		m.set(rollcall.FieldPhoneNumber, all[0].column, all[0].by)
	case onlyNumber(m.format.first) >= 0:
		m.set(rollcall.FieldPhoneNumber, onlyNumber(m.format.first), ByContent)
	}
}

// phoneCandidates are the free columns that may hold the phone number, the best
// first.
func (m *mapper) phoneCandidates() []phoneCandidate {
	var all []phoneCandidate
	for i := m.firstKept(); i < len(m.columns); i++ {
		if m.taken[i] {
			continue
		}
		c := phoneCandidate{column: i}
		c.order, c.by = m.phoneName(i)
		content := &m.content[i]
		switch named, rejects := c.order >= 0, isRejectsFile(m.columns); {
		case named && rejects:
			c.tier = namedPhones
		case named && content.values == 0:
			c.tier = namedEmpty
		case named && content.noPhones():
			c.tier = namedOther
		case named:
			c.tier = namedPhones
		case content.phones() && !m.namesOther(i):
			c.tier, c.order, c.by = unnamedPhones, -content.known-content.spelt, ByContent
		default:
			continue
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b phoneCandidate) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.order, b.order), cmp.Compare(a.column, b.column))
	})
	return all
}

// phoneName tells how a column's name says that it holds the phone number: its
// place in the exporter's table, or its distance; -1 where it says no such thing.
func (m *mapper) phoneName(i int) (order int, by string) {
	if place := m.exporter.phone(m.columns[i]); place >= 0 {
		return place, ByExporter
	}
	d := distance(rollcall.FieldPhoneNumber, m.columns[i])
	if d < 0 || !m.format.Header || m.exporter.means(m.columns[i]) || d >= misspelt && m.namesField(i) {
		return -1, ""
	}
	return m.exporter.phones() + d, byDistance(d)
}

// namesField tells whether a column's name is one of another field than the phone
// number.
func (m *mapper) namesField(i int) bool {
	for _, field := range rollcall.Fields() {
		if d := distance(field, m.columns[i]); field != rollcall.FieldPhoneNumber && d >= 0 && d < misspelt {
			return true
		}
	}
	return false
}

// namesOther tells whether a column's name says that it holds something else than
// the phone number of a person.
func (m *mapper) namesOther(i int) bool {
	return m.format.Header && (m.exporter.means(m.columns[i]) || m.namesField(i) || namesNoPhone(m.columns[i]))
}

// fullest leaves of columns that only their content speaks for the one that has
// half as many numbers again as any other. Which of equals is meant is not ours to
// guess: none is taken, and they are told as rivals.
func (m *mapper) fullest(all []phoneCandidate) []phoneCandidate {
	rivals := slices.DeleteFunc(slices.Clone(all), func(c phoneCandidate) bool { return c.tier != unnamedPhones })
	if len(rivals) == 1 {
		return all
	}
	if best, next := -rivals[0].order, -rivals[1].order; best*2 >= next*3 {
		return all
	}
	for _, c := range rivals {
		m.rivals = append(m.rivals, c.column)
	}
	return nil
}

// findFallbacks finds the columns that are asked where the phone number's is
// blank. Whoever names a column means that one alone.
func (m *mapper) findFallbacks() {
	by := m.by[rollcall.FieldPhoneNumber]
	if m.column(rollcall.FieldPhoneNumber) == unmapped || by == ByCaller || by == ByRemembered {
		return
	}
	if by == ByCorrected {
		m.fallbackBy = by
		m.fallbacks = slices.DeleteFunc(m.earlier.fallbacks, func(i int) bool { return m.taken[i] || i == m.region })
		return
	}
	var all []phoneCandidate
	for i := m.firstKept(); i < len(m.columns); i++ {
		if order := m.fallbackName(i); order >= 0 && !m.taken[i] && i != m.region && m.holdsNumbers(i) {
			tier := namedPhones
			if m.content[i].values == 0 {
				tier = namedEmpty
			}
			all = append(all, phoneCandidate{column: i, tier: tier, order: order})
		}
	}
	slices.SortFunc(all, func(a, b phoneCandidate) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.order, b.order), cmp.Compare(a.column, b.column))
	})
	m.fallbackBy = ByName
	if m.exporter != nil {
		m.fallbackBy = ByExporter
	}
	for _, c := range all {
		m.fallbacks = append(m.fallbacks, c.column)
	}
}

// fallbackName is the place of a column's name among those of further phone
// numbers of a person, -1 where it is none. In the file of a known exporter only
// its own table counts.
func (m *mapper) fallbackName(i int) int {
	if m.exporter != nil {
		return m.exporter.phone(m.columns[i])
	}
	if !m.format.Header {
		return -1
	}
	return furtherPhone(m.columns[i])
}

// holdsNumbers tells whether nothing in a column's content speaks against phone
// numbers.
func (m *mapper) holdsNumbers(i int) bool {
	c := &m.content[i]
	return c.values == 0 || c.numbers()*2 >= c.values
}
