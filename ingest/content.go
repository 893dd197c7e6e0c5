package ingest

import (
	"regexp"
	"strings"

	"rollcall/phone"
)

// content is what a column's sampled cells look like.
type content struct {
	records int // that were sampled
	values  int // of them not blank
	// Numbers by what speaks for them: the plans know them; they are written as only
	// phone numbers are; they are digits alone, as ids are too; a spreadsheet has cut
	// off their last digits.
	known, spelt, digits, lost int
	zones, countries, emails   int
	ids                        int // written as ids are: one word with a digit in it
	counted                    int // digits alone that are larger than those before
	distinct                   map[string]bool
	samples                    []string // the first distinct values
}

// most tells whether n of the values are most of them.
func (c *content) most(n int) bool { return c.values > 0 && n*10 >= c.values*6 }

// share is n of the values, 0–1; 0 where there are none.
func (c *content) share(n int) float64 {
	if c.values == 0 {
		return 0
	}
	return float64(n) / float64(c.values)
}

// phones tells whether the cells alone say that the column holds phone numbers.
// Digits alone that the plans know by chance are ids more often than not when
// they count upwards.
func (c *content) phones() bool {
	return !c.counts() && c.most(c.known+c.spelt)
}

// counts tells whether the cells are digits that count upwards.
func (c *content) counts() bool {
	const few = 5
	return c.counted >= few && c.counted*10 >= (c.values-1)*9
}

// numbers counts all that can be meant as a phone number.
func (c *content) numbers() int { return c.known + c.spelt + c.digits + c.lost }

// noPhones tells whether the cells speak against a name that says phone number.
func (c *content) noPhones() bool { return c.values > 0 && c.numbers()*5 < c.values }

// empty tells whether records were seen, and all were blank here.
func (c *content) empty() bool { return c.records > 0 && c.values == 0 }

// kind names what most cells are: a field, "email" or "country"; else "".
func (c *content) kind() string {
	switch {
	case c.most(c.emails):
		return kindEmail
	case c.most(c.zones):
		return kindTimeZone
	case c.phones():
		return kindPhone
	case c.most(c.countries):
		return kindCountry
	}
	return ""
}

// The kinds of content that are recognised.
const (
	kindPhone    = "phoneNumber"
	kindTimeZone = "timeZone"
	kindEmail    = "email"
	kindCountry  = "country"
)

// judge looks at cells. The plans are asked, whatever rule the import has: under
// RuleE164 any id of eight digits would pass.
type judge struct {
	parser *phone.Parser
	region string
}

func newJudge(region string) *judge {
	parser, err := phone.NewParser(phone.RuleValid, region)
	if err != nil {
		region = ""
		parser, _ = phone.NewParser(phone.RuleValid, region)
	}
	return &judge{parser, region}
}

// columns looks at all sampled cells.
func (j *judge) columns(f *Format) []content {
	all := make([]content, len(f.Columns))
	for i := range all {
		all[i].distinct = map[string]bool{}
		last := ""
		for _, record := range f.records() {
			all[i].records++
			if s := sampled(record, i); s != "" {
				j.cell(&all[i], s, last)
				last = s
			}
		}
	}
	return all
}

// longestTelling is the longest cell that can be anything that is recognised, in
// bytes: an e-mail address (RFC 5321).
const longestTelling = 254

// cell counts one cell; last is the one before.
func (j *judge) cell(c *content, s, last string) {
	const shown = 3
	c.values++
	if !c.distinct[s] {
		c.distinct[s] = true
		if len(c.samples) < shown {
			c.samples = append(c.samples, s)
		}
	}
	if len(s) > longestTelling {
		return
	}
	j.number(c, s, last)
	if _, ok := regionOf(s); ok {
		c.countries++
	}
	switch {
	case emailForm.MatchString(s):
		c.emails++
	case zoneForm.MatchString(s):
		c.zones++
	case idForm.MatchString(s) && strings.ContainsAny(s, "0123456789"):
		c.ids++
	}
}

// number counts a cell that can be meant as a phone number.
func (j *judge) number(c *content, s, last string) {
	s = withoutApostrophe(firstOfSeveral(s))
	if isDate(s) || countDigits(s) < 7 {
		if scientific.MatchString(s) {
			c.lost++
		}
		return
	}
	plain := plainDigits.MatchString(s)
	if plain && last != "" && (len(s) > len(last) || len(s) == len(last) && s > last) {
		c.counted++
	}
	_, err := j.parser.Parse(s)
	switch {
	case err == nil:
		c.known++
	case scientific.MatchString(s):
		c.lost++
	case plain:
		c.digits++
	case spelling.MatchString(s) && !thousands.MatchString(s) && countDigits(s) <= 15:
		c.spelt++
	}
}

var (
	scientific  = regexp.MustCompile(`^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,2}$`)
	plainDigits = regexp.MustCompile(`^[1-9][0-9]*$`)
	// spelling is how people write phone numbers and hardly anything else: with a
	// plus, a trunk zero, or groups.
	spelling  = regexp.MustCompile(`^(?:\+|\(|0)[0-9 ()./\x{a0}-]{7,}$|^[0-9]{1,5}(?:[ ./\x{a0}-][0-9]{2,5}){2,}$`)
	thousands = regexp.MustCompile(`^[1-9][0-9]{0,2}(?:[. \x{a0}][0-9]{3})+$`) // 1.234.567
	emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	// zoneForm is the form of the tz database's names. Which of them there are is not
	// asked: a column is recognised, not checked.
	zoneForm = regexp.MustCompile(`^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US|Canada)/[A-Za-z][A-Za-z0-9_+/-]*$`)
	idForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$`)
)
