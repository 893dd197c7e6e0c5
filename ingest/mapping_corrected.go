package ingest

import (
	"slices"

	"rollcall"
)

// earlierColumns are the columns of a mended rejects file as they were understood
// before their rows were rejected. What a rejects file holds says little of them: its
// numbers are those that were bad, and those of a spouse beside them are good.
type earlierColumns struct {
	// whole tells that the file has the columns that it had then, so that nothing else
	// is looked for. In others what is not known from then is found as in any file.
	whole     bool
	fields    map[rollcall.Field]int
	fallbacks []int
	region    int       // unmapped: none
	exporter  *exporter // where it is whole
	missing   string    // the phone number's column, where the file has it no more
}

// columnsIn finds the columns in a rejects file of what was understood; nil where
// nothing was.
func (u *Understanding) columnsIn(columns []string) *earlierColumns {
	if u == nil || len(u.Answer.Columns) != len(u.Format.Columns) {
		return nil
	}
	e := &earlierColumns{whole: HeaderKey(u.Format.Columns) == HeaderKey(columns), fields: map[rollcall.Field]int{}, region: unmapped}
	if e.whole {
		e.exporter = u.exporter()
		for _, field := range rollcall.Fields() {
			e.fields[field] = unmapped
		}
	}
	was, now, places := fileColumns(u.Format.Columns), fileColumns(columns), map[string]int{}
	for i, c := range u.Answer.Columns[len(u.Format.Columns)-len(was):] {
		at := place(i, was, now, e.whole)
		if at != unmapped {
			at += len(columns) - len(now)
			places[c.Name] = at
		}
		e.take(&c, at)
	}
	for _, name := range u.Fallbacks {
		if at, ok := places[name]; ok {
			e.fallbacks = append(e.fallbacks, at)
		}
	}
	return e
}

// take notes what a column was that stands at a place now; unmapped: it is gone.
func (e *earlierColumns) take(c *ColumnAnswer, at int) {
	if at == unmapped {
		if slices.Contains(c.Fields, rollcall.FieldPhoneNumber) {
			e.missing = c.Name
		}
		return
	}
	for _, field := range c.Fields {
		e.fields[field] = at
	}
	if c.Role == RoleRegion {
		e.region = at
	}
}

// place is where a column stands now: at its place where the columns are the same,
// else where its name does, if no other column had or has it.
func place(i int, was, now []string, same bool) int {
	if same {
		return i
	}
	isIt := func(name string) bool { return bare(name) != "" && bare(name) == bare(was[i]) }
	if slices.IndexFunc(was, isIt) != i || slices.ContainsFunc(was[i+1:], isIt) {
		return unmapped
	}
	at := slices.IndexFunc(now, isIt)
	if at != unmapped && slices.ContainsFunc(now[at+1:], isIt) {
		return unmapped
	}
	return at
}

// exporter is the program that wrote the file.
func (u *Understanding) exporter() *exporter {
	columns := u.Format.Columns
	switch {
	case u.Answer.Exporter == "":
		return nil
	case u.Answer.Exporter != ownExporter:
		return recognise(columns)
	case exportedLines.wrote(columns) && (u.Format.Kind.json() || isRejectsFile(columns)):
		return exportedLines
	}
	return exportedTable
}

// adoptEarlier takes what the rows' columns were before the rows were rejected.
func (m *mapper) adoptEarlier() {
	if m.earlier != nil {
		m.adopt(m.earlier.fields, ByCorrected)
	}
}
