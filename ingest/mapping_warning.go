package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rollcall"
	"rollcall/phone"
)

// warnings tells what a person should look at before the file is imported.
func (m *mapper) warnings() []string {
	var all []string
	add := func(sentence string) {
		if sentence != "" {
			all = append(all, sentence)
		}
	}
	add(m.warnMissing())
	add(m.warnRivals())
	if i := m.column(rollcall.FieldPhoneNumber); i != unmapped {
		add(m.warnContent(i))
		add(m.warnLost(i))
		add(m.warnNational())
	}
	return all
}

// noPhone is the error where no column is known to hold the phone number.
func (m *mapper) noPhone() error {
	const name = "Name it in the mapping: phoneNumber=COLUMN. "
	if len(m.rivals) > 0 {
		return rollcall.Invalid("mapping", m.warnRivals()+" "+name+listColumns(m.names))
	}
	return rollcall.Invalid("mapping", "No column is known to hold the phone number. "+name+listColumns(m.names))
}

// warnRivals tells of columns that could as well be the phone number's.
func (m *mapper) warnRivals() string {
	chosen := m.column(rollcall.FieldPhoneNumber)
	if by := m.by[rollcall.FieldPhoneNumber]; by == ByCaller || by == ByCorrected || by == ByRemembered || by == ByExporter && m.exporter.isExact() {
		return ""
	}
	var others []string
	for i := m.firstKept(); i < len(m.columns); i++ {
		if i != chosen && m.content[i].phones() && !slices.Contains(m.fallbacks, i) && !m.taken[i] && !m.namesOther(i) {
			others = append(others, strconv.Quote(clip(m.names[i], 80)))
		}
	}
	switch {
	case len(others) == 0:
		return ""
	case chosen == unmapped:
		return "Several columns could hold the phone number: " + list(others) + "."
	case len(others) == 1:
		return "The column " + others[0] + " could hold the phone number too."
	}
	return "The columns " + list(others) + " could hold the phone number too."
}

// warnMissing tells where a rejects file came back without its phone number's column.
func (m *mapper) warnMissing() string {
	if m.earlier == nil || m.earlier.missing == "" || m.by[rollcall.FieldPhoneNumber] == ByCaller {
		return ""
	}
	return "The column " + strconv.Quote(clip(m.earlier.missing, 80)) + ", which held the phone number when the rows were rejected, is not in the file."
}

// list joins names for a sentence, the first ten of them.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
	}
	return strings.Join(names, ", ")
}

// warnContent tells where the chosen column does not look like phone numbers.
func (m *mapper) warnContent(i int) string {
	c, name := &m.content[i], strconv.Quote(clip(m.names[i], 80))
	switch {
	case c.empty():
		return "The column " + name + " is blank in all sampled rows."
	case c.values > 0 && !c.most(c.numbers()):
		return fmt.Sprintf("Only %d %% of the sampled cells of the column %s look like phone numbers.", percent(c.numbers(), c.values), name)
	}
	return ""
}

// warnLost tells of numbers whose last digits a spreadsheet has cut off.
func (m *mapper) warnLost(i int) string {
	c := &m.content[i]
	if c.lost == 0 {
		return ""
	}
	return fmt.Sprintf("%d %% of the sampled phone numbers are shortened by a spreadsheet, as in 9.19877E+11, and their last digits are lost; "+
		"format the column as text and export the file again.", percent(c.lost, c.values))
}

// warnNational tells of numbers that nothing gives a country.
func (m *mapper) warnNational() string {
	if m.in.region != "" || m.exporter.isExact() && m.exporter.restores { // such a row has its number beside the spelling
		return ""
	}
	regions, numbers, national := rowRegions{rule: phone.RuleValid}, 0, 0
	for _, record := range m.format.records() {
		s := m.sampledNumber(record)
		if countDigits(s) < 7 || scientific.MatchString(s) {
			continue
		}
		numbers++
		_, err := regions.of(sampled(record, m.region), m.judge.parser).Parse(s)
		if err != nil && !strings.HasPrefix(s, "+") {
			national++
		}
	}
	if national == 0 {
		return ""
	}
	return fmt.Sprintf("%d %% of the sampled phone numbers lack a country code; give their country with the option region, "+
		"or name a column that tells it with the option regionColumn.", percent(national, numbers))
}

// sampledNumber is the number that a sampled row would have.
func (m *mapper) sampledNumber(record []string) string {
	s := withoutApostrophe(firstOfSeveral(sampled(record, m.column(rollcall.FieldPhoneNumber))))
	for i := 0; s == "" && i < len(m.fallbacks); i++ {
		s = withoutApostrophe(firstOfSeveral(sampled(record, m.fallbacks[i])))
	}
	return s
}

// percent is a share in whole percent: 1 for less, 0 for none at all.
func percent(n, of int) int { return max(min(n, 1), (n*100+of/2)/of) }
