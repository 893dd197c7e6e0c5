package api

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"rollcall"
)

// queryValues gives the values of one parameter of a raw query, in order.
//
// The standard library's parser silently drops what it cannot read. A type=call
// lost that way would turn into "all lists", so here it is an error. It also
// builds a map for every request; this allocates only where there is a value.
func queryValues(raw, name string) ([]string, error) {
	var values []string
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		key, value, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(key)
		value, valueErr := url.QueryUnescape(value)
		if keyErr != nil || valueErr != nil || strings.Contains(pair, ";") || strings.IndexByte(value, 0) >= 0 {
			return nil, unreadableQuery()
		}
		if key == name {
			values = append(values, value)
		}
	}
	return values, nil
}

func unreadableQuery() error {
	return rollcall.Invalid("query", "The query cannot be read; write it as name=value pairs joined by & and percent-encoded.")
}

// queryValue gives a parameter that may come once. given is false when it is
// absent.
func queryValue(raw, name string) (value string, given bool, err error) {
	values, err := queryValues(raw, name)
	switch {
	case err != nil:
		return "", false, err
	case len(values) > 1:
		return "", false, rollcall.Invalid("query."+name, "The parameter "+name+" is given more than once.")
	case len(values) == 0:
		return "", false, nil
	}
	return values[0], true, nil
}

// queryNumber gives a whole number within limits, or fallback where the
// parameter is absent or empty.
func queryNumber(raw, name string, fallback, least, most int64) (int64, error) {
	text, given, err := queryValue(raw, name)
	if err != nil || !given || text == "" {
		return fallback, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, rollcall.Invalid("query."+name, fmt.Sprintf("The parameter %s must be a whole number from %d to %d.", name, least, most))
	}
	return n, nil
}
