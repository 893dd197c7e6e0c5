package rollcall

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Merge takes over into a contact what a row gives, and tells whether that
// changed anything. What the row does not give stays: a blank cell erases
// nothing. With fillOnly only what the contact lacks is taken over.
//
// zoneDerived tells that the row's time zone follows from its number: it never
// replaces one that the contact has.
//
// The number itself is the caller's: it is what rows are matched by, or it may
// belong to another contact.
func (c *Contact) Merge(row *Contact, fillOnly, zoneDerived bool) (changed bool) {
	var taken []string
	for _, f := range Fields() {
		if f == FieldPhoneNumber {
			continue
		}
		from, to := row.Mapped(f), c.Mapped(f)
		keep := to.Given && (fillOnly || f == FieldTimeZone && zoneDerived)
		if from.Given && !keep && *from != *to {
			*to, changed = *from, true
			taken = append(taken, string(f))
		}
	}
	// What was sent as a number before would else be given back instead of the text.
	c.Extra = removeExtra(c.Extra, taken)
	if row.Extra != "" && row.Extra != c.Extra {
		if merged := mergeExtra(c.Extra, row.Extra, fillOnly); merged != c.Extra {
			c.Extra, changed = merged, true
		}
	}
	return changed
}

// mergeExtra joins two JSON objects: the members of the first in their order,
// with the values of the second, then the members that only the second has. A blank
// value of the second replaces none; with fillOnly only blank ones are replaced.
func mergeExtra(have, add string, fillOnly bool) string {
	names, values := extraMembers(have)
	addNames, addValues := extraMembers(add)
	places := make(map[string]int, len(names))
	for i, name := range names {
		places[name] = i
	}
	for i, name := range addNames {
		switch at, there := places[name]; {
		case !there:
			places[name] = len(names)
			names, values = append(names, name), append(values, addValues[i])
		case !blankExtra(addValues[i]) && (!fillOnly || blankExtra(values[at])):
			values[at] = addValues[i]
		}
	}
	return joinExtra(names, values)
}

// blankExtra is true of what says nothing: null, or no text.
func blankExtra(value json.RawMessage) bool {
	return string(value) == "null" || string(value) == `""`
}

// extraMembers takes an object apart. It is empty for no object: what is in
// Extra was checked when it came in.
func extraMembers(object string) (names []string, values []json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader([]byte(object)))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return names, values
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return names, values
		}
		names, values = append(names, name.(string)), append(values, value)
	}
	return names, values
}

func joinExtra(names []string, values []json.RawMessage) string {
	if len(names) == 0 {
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i, name := range names {
		b.WriteByte([]byte{'{', ','}[min(i, 1)])
		if err := e.Encode(name); err != nil {
			panic(errors.Join(errors.New("a string cannot be written as JSON"), err)) // never
		}
		b.Truncate(b.Len() - 1) // the encoder's line end
		b.WriteByte(':')
		b.Write(values[i])
	}
	b.WriteByte('}')
	return b.String()
}
