package api

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"rollcall"
)

// extraPrefix stands before the name of a field besides the mapped ones.
const extraPrefix = "extra."

// ownFilters are the names in a filter that are no field of a contact.
var ownFilters = []string{"search", "importId", "outcome"}

// pair is a name and a value of a filter.
type pair struct{ name, value string }

// filterOf makes a filter. It refuses a name that it does not know, unlike the rest
// of the API: a filter that is misspelt and passed over would take every contact,
// for a file that leaves the house or for a deletion.
func filterOf(pairs []pair) (rollcall.ContactFilter, error) {
	f := rollcall.ContactFilter{Fields: map[rollcall.Field]rollcall.TextMatch{}}
	var errs []error
	seen := map[string]bool{}
	for _, p := range pairs {
		if seen[p.name] {
			errs = append(errs, rollcall.Invalid(p.name, "The filter names "+quoteName(p.name)+" more than once."))
			continue
		}
		seen[p.name] = true
		errs = append(errs, setFilter(&f, p))
	}
	slices.SortFunc(f.Extra, func(a, b rollcall.ExtraMatch) int { return strings.Compare(a.Name, b.Name) })
	return f, firstOfEach(append(errs, f.Validate())...)
}

func setFilter(f *rollcall.ContactFilter, p pair) error {
	if p.value == "" && (p.name == string(rollcall.FieldPhoneNumber) || slices.Contains(ownFilters, p.name)) {
		return rollcall.Invalid(p.name, "The filter's "+quoteName(p.name)+" is empty; leave it out, or say what to look for.")
	}
	switch p.name {
	case "search":
		f.Search = p.value
	case "importId":
		f.ImportID = p.value
	case "outcome":
		f.Outcome = rollcall.Outcome(p.value)
	case string(rollcall.FieldPhoneNumber):
		f.PhoneNumber = p.value
	default:
		if name, ok := strings.CutPrefix(p.name, extraPrefix); ok {
			f.Extra = append(f.Extra, rollcall.ExtraMatch{Name: name, Value: p.value})
			return nil
		}
		field, ok := rollcall.ParseField(p.name)
		if !ok {
			return rollcall.Invalid(p.name, fmt.Sprintf("There is no filter %s; the filters are %s, %s and extra.NAME.", quoteName(p.name), strings.Join(ownFilters, ", "), rollcall.FieldNames()))
		}
		match, err := rollcall.ParseTextMatch(p.name, p.value)
		f.Fields[field] = match
		return err
	}
	return nil
}

// quoteName gives a name for a message, as far as it can be told.
func quoteName(name string) string {
	const most = 40
	if runes := []rune(strings.ToValidUTF8(name, "?")); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	return `"` + strings.ToValidUTF8(name, "?") + `"`
}

// queryFilter reads a filter from a query that holds parameters of the call, too.
func queryFilter(raw string, others ...string) (rollcall.ContactFilter, error) {
	var pairs []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil || strings.Contains(part, ";") {
			return rollcall.ContactFilter{}, unreadableQuery()
		}
		if name != "accountId" && !slices.Contains(others, name) {
			pairs = append(pairs, pair{name, value})
		}
	}
	f, err := filterOf(pairs)
	return f, within("query", err)
}

// bodyFilter reads a filter from an object that checkJSON took. Null counts as
// absent.
func bodyFilter(object []byte) (rollcall.ContactFilter, error) {
	if len(object) == 0 || object[0] != '{' {
		return rollcall.ContactFilter{}, rollcall.Invalid("filter", "The filter must be a JSON object; an empty one takes every contact.")
	}
	var pairs []pair
	var errs []error
	for name, value := range members(object) {
		switch plain := plainName(name); {
		case string(value) == "null":
		case value[0] != '"':
			errs = append(errs, rollcall.Invalid(plain, "The filter's "+quoteName(plain)+" must be a string."))
		default:
			pairs = append(pairs, pair{plain, plainString(value)})
		}
	}
	f, err := filterOf(pairs)
	return f, within("filter", firstOfEach(errors.Join(errs...), err))
}

// inTime tells a call that ran into its time limit what to do about it.
//
// The context is asked, too: an engine may only say that it was interrupted.
func inTime(ctx context.Context, err error, message string) error {
	if err != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded)) {
		return &rollcall.Error{Code: rollcall.CodeTimeout, Message: message, Err: err}
	}
	return err
}

// contactFilter is a filter in a body, for the API reference.
type contactFilter struct {
	PhoneNumber     *string `json:"phoneNumber,omitempty" nullable:"true" doc:"Any spelling of the number."`
	FirstName       *string `json:"firstName,omitempty" nullable:"true" example:"A*" doc:"The whole text; with a * at its end a prefix, with one at each end a part of it. Case does not matter. Empty: absent or blank."`
	LastName        *string `json:"lastName,omitempty" nullable:"true" doc:"As firstName."`
	TimeZone        *string `json:"timeZone,omitempty" nullable:"true" doc:"As firstName, but case matters."`
	UniqueID        *string `json:"uniqueId,omitempty" nullable:"true" doc:"As firstName, but case matters."`
	ContactPriority *string `json:"contactPriority,omitempty" nullable:"true" doc:"As firstName, but case matters."`
	Search          *string `json:"search,omitempty" nullable:"true" doc:"A part of the name, of the own id, or of the number's digits."`
	ImportID        *string `json:"importId,omitempty" nullable:"true" doc:"An import into the list."`
	Outcome         *string `json:"outcome,omitempty" nullable:"true" enum:"added,updated,unchanged" doc:"What its rows did; absent: added."`
}
