package store

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"rollcall"
)

// What a filter says in SQL only narrows what is looked at; rollcall.ContactMatcher
// decides. The engines fold case and read JSON each in its own way, and PostgreSQL
// fails on JSON that holds \u0000: left to them, one filter would mean two things.
// In SQL the texts cost a tenth of what they do in Go, though, where nearly all of
// them end otherwise.

// textColumns are the columns of the mapped fields that are texts.
var textColumns = map[rollcall.Field]string{
	rollcall.FieldFirstName: "first_name", rollcall.FieldLastName: "last_name", rollcall.FieldTimeZone: "time_zone",
	rollcall.FieldUniqueID: "unique_id", rollcall.FieldContactPriority: "contact_priority",
}

// conditionWriter writes conditions and their arguments.
type conditionWriter struct {
	dialect *dialect
	sql     strings.Builder
	args    []any
	from    int
}

// conditions gives the condition of a matcher on contacts c, as " AND …", with its
// arguments numbered from a number on. It takes all that the matcher takes; exact
// when it takes no more.
func conditions(m *rollcall.ContactMatcher, d *dialect, from int) (where string, args []any, exact bool) {
	w := &conditionWriter{dialect: d, from: from}
	exact = true
	if m.Number != 0 {
		w.sql.WriteString(" AND c.phone = " + w.arg(int64(m.Number)))
	}
	for _, f := range slices.Sorted(maps.Keys(m.Fields)) {
		w.field(f, m.Fields[f])
		exact = exact && m.Fields[f].Kind == rollcall.MatchExact && !f.Folded()
	}
	if m.Search != "" {
		w.search(m)
		exact = false
	}
	for _, e := range m.Extra {
		w.extra(e)
		exact = false
	}
	return w.sql.String(), w.args, exact
}

// arg adds an argument and gives its placeholder.
func (w *conditionWriter) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(w.from+len(w.args)-1)
}

func (w *conditionWriter) field(f rollcall.Field, m rollcall.TextMatch) {
	column := "COALESCE(c." + textColumns[f] + ", '')"
	switch {
	case m.Kind != rollcall.MatchExact && m.Text == "":
		w.sql.WriteString(" AND " + column + " <> ''")
	case f.Folded():
		w.sql.WriteString(" AND " + w.like(column, foldedPattern(m.Text, m.Kind)))
	case m.Kind == rollcall.MatchExact:
		w.sql.WriteString(" AND " + column + " = " + w.arg(m.Text))
	default:
		w.sql.WriteString(" AND " + column + " LIKE " + w.arg(pattern(m.Text, m.Kind)) + likeEscape)
	}
}

func (w *conditionWriter) search(m *rollcall.ContactMatcher) {
	p := foldedPattern(m.Search, rollcall.MatchContains)
	w.sql.WriteString(" AND (" + w.like("(COALESCE(c.first_name, '') || ' ' || COALESCE(c.last_name, ''))", p) + " OR " + w.like("COALESCE(c.unique_id, '')", p))
	if m.Digits != "" {
		w.sql.WriteString(" OR CAST(c.phone AS TEXT) LIKE " + w.arg("%"+m.Digits+"%"))
	}
	w.sql.WriteByte(')')
}

// extra looks for the name and the value as they are written without escapes.
// Where some of the object is escaped, they need not be, and Go has to look.
func (w *conditionWriter) extra(e rollcall.ExtraMatch) {
	name, value := pattern(`"`+e.Name+`":`, rollcall.MatchContains), pattern(e.Value, rollcall.MatchContains)
	w.sql.WriteString(" AND (c.extra LIKE " + w.arg(name) + likeEscape + " AND c.extra LIKE " + w.arg(value) + likeEscape + ` OR c.extra LIKE '%\%'` + likeEscape + ")")
}

// like compares without regard to the case of ASCII letters.
func (w *conditionWriter) like(column, pattern string) string {
	return column + w.dialect.likeFolded + w.arg(pattern) + likeEscape
}

// likeEscape names the escape of patterns: the engines' own differ.
const likeEscape = " ESCAPE '!'"

func pattern(text string, kind rollcall.MatchKind) string {
	return around(strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text), kind)
}

func around(pattern string, kind rollcall.MatchKind) string {
	switch kind {
	case rollcall.MatchPrefix:
		return pattern + "%"
	case rollcall.MatchContains:
		return "%" + pattern + "%"
	}
	return pattern
}

// foldedPattern is a pattern that takes all texts which are the same by NameKey, on
// an engine that knows the case of ASCII letters only: a letter whose other cases
// are beyond ASCII, as those of k and é are, stands for any character.
func foldedPattern(text string, kind rollcall.MatchKind) string {
	var b strings.Builder
	for _, r := range text {
		switch other := unicode.SimpleFold(r); {
		case strings.ContainsRune("!%_", r):
			b.WriteString("!" + string(r))
		case other == r, r < unicode.MaxASCII && other < unicode.MaxASCII && unicode.SimpleFold(other) == r:
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	return around(b.String(), kind)
}
