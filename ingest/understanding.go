package ingest

import (
	"encoding/json"
	"errors"
	"fmt"

	"rollcall"
	"rollcall/phone"
)

// Understanding is how a file was understood: how it is written, and what its
// columns mean. It is kept with the import, so that the rejects can be given back
// in the file's own shape, and so that another process goes on in the same way.
type Understanding struct {
	Format     Format
	Mapping    rollcall.Mapping
	Answer     MappingAnswer
	PhoneRule  phone.Rule
	Fallbacks  []string // the columns of the role RolePhoneFallback, in the order in which they are asked
	Region     string   // of numbers in national form where no column tells; empty: none
	HeaderKey  string   // see HeaderKey; empty in a file without header
	Remembered rollcall.RememberedMapping
	Corrects   string // see rollcall.Import.Corrects
}

// ParseUnderstanding reads what an import keeps; see rollcall.Import.Answer.
func ParseUnderstanding(text string) (u Understanding, err error) {
	if text == "" {
		return u, nil
	}
	return u, json.Unmarshal([]byte(text), &u)
}

// String is the form that an import keeps.
func (u *Understanding) String() string {
	b, err := json.Marshal(u)
	if err != nil {
		panic(errors.Join(errors.New("an understanding is made of texts and numbers"), err))
	}
	return string(b)
}

// understand finds out what the columns of a file mean. Earlier is how the file was
// understood whose mended rejects these are; nil: it is another file, or that is not
// known.
func understand(f *Format, o *rollcall.ImportOptions, remembered rollcall.RememberedMapping, earlier *Understanding) (*plan, Understanding, error) {
	p, err := makePlan(f, planInput{
		corrections: o.Mapping, regionColumn: o.RegionColumn, earlier: earlier,
		remembered: remembered.Mapping, rememberedRegion: remembered.RegionColumn,
		rule: o.PhoneRule, region: o.Region, entries: o.ListType == rollcall.ListDNC,
	})
	kept := *f
	kept.first, kept.sample = nil, nil // people's data, and no business of who logs or keeps the result
	u := Understanding{Format: kept, PhoneRule: o.PhoneRule, Region: o.Region, Remembered: remembered}
	if f.Header {
		u.HeaderKey = HeaderKey(f.Columns)
	}
	if p != nil {
		u.Mapping, u.Answer = p.mapping, *p.answer
		for _, i := range p.fallbacks {
			u.Fallbacks = append(u.Fallbacks, u.Answer.Columns[i].Name)
		}
		if len(f.Sheets) > 1 && o.Sheet == "" {
			u.Answer.Warnings = append(u.Answer.Warnings, fmt.Sprintf("The workbook has %d sheets, of which only %q is read; the option sheet names another.", len(f.Sheets), f.Sheet))
		}
		if f.unsure && !u.Answer.said() {
			u.Answer.Warnings = append(u.Answer.Warnings, "No name in the first row is known, and it was taken for the header all the same; if it is a row like the others, set the option header to false (--no-header on the command line).")
		}
		if p.needsID = o.Match == rollcall.MatchUniqueID; p.needsID && p.mapping.UniqueID == "" && err == nil {
			err = rollcall.Invalid("mapping", "Rows are to be matched by their own id, and no column is known to hold it. Name it with uniqueId=COLUMN. "+listColumns(uniqueNames(f.Columns)))
		}
	}
	return p, u, err
}

// rules are what decides a row's outcome besides the row.
func (p *plan) rules(o *rollcall.ImportOptions, reading string) rollcall.ImportRules {
	r := rollcall.ImportRules{Mapping: p.mapping, Several: p.several, PhoneRule: o.PhoneRule, Region: o.Region, Reading: reading}
	for _, i := range p.fallbacks {
		r.Fallbacks = append(r.Fallbacks, p.answer.Columns[i].Name)
	}
	if p.region != unmapped {
		r.RegionColumn = p.answer.Columns[p.region].Name
	}
	return r
}
