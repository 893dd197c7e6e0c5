package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall"
)

// firstRead is how much memory a request gets for its body before it has sent
// any, in bytes: a length that is only claimed must not cost more.
const firstRead = 256 << 10

// readBody reads the whole body, within the call's limit. It may be called again.
func (c *call) readBody() ([]byte, error) {
	if c.read {
		return c.body, nil
	}
	body, err := c.readOnce()
	if err == nil {
		c.body, c.read = body, true
	}
	return body, err
}

func (c *call) readOnce() ([]byte, error) {
	if c.ContentLength == 0 {
		return nil, nil
	}
	var buf bytes.Buffer
	buf.Grow(int(min(max(c.ContentLength, 0)+bytes.MinRead, firstRead)))
	_, err := buf.ReadFrom(http.MaxBytesReader(c.exchange, c.Body, c.maxBody))
	if err != nil {
		return nil, bodyError(err)
	}
	// The deadline was for the body. Left in place it would end the connection's
	// watch for a caller that hangs up, and with it the request.
	_ = http.NewResponseController(c.exchange).SetReadDeadline(time.Time{})
	return buf.Bytes(), nil
}

func bodyError(err error) error {
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &rollcall.Error{Code: rollcall.CodeTooLarge, Field: "body", Message: fmt.Sprintf("The body is larger than %d bytes; send it in parts.", e.Limit)}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &rollcall.Error{Code: rollcall.CodeTimeout, Field: "body", Message: "The body did not arrive in time; try again, or send it in parts.", Err: err}
	}
	return &rollcall.Error{Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidJSON, Field: "body", Message: "The body broke off before its end.", Err: err}
}

// checkJSON refuses what is not one JSON value in UTF-8 (RFC 8259). Whatever
// comes after may rely on it.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return &rollcall.Error{Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidJSON, Field: "body", Message: "The body is not valid JSON in UTF-8."}
	}
	return nil
}

// checkObject is checkJSON for a body that must be an object. What is blank, or
// null, counts as an object without members.
func checkObject(data []byte) (object []byte, err error) {
	object = bytes.Trim(data, " \t\r\n")
	if len(object) == 0 {
		return []byte("{}"), nil
	}
	if err := checkJSON(object); err != nil {
		return nil, err
	}
	switch {
	case string(object) == "null":
		return []byte("{}"), nil
	case object[0] != '{':
		return nil, rollcall.Invalid("body", "The body must be a JSON object.")
	}
	return object, nil
}

// readObject reads a body that must be an object, and checks that it is one.
func (c *call) readObject() ([]byte, error) {
	data, err := c.readBody()
	if err != nil {
		return nil, err
	}
	return checkObject(data)
}

// decodeMembers decodes an object that checkObject took into a struct, and tells
// every field that is of the wrong type or missing, those of objects in it
// included. A pointer is a field that may be absent.
//
// Unlike encoding/json it takes a name only in its exact spelling, and leaves
// alone what it does not know: "Name" is another field than "name". Null counts
// as absent, and of a name given twice the last counts.
func decodeMembers(object []byte, into any) error {
	given := map[string][]byte{}
	for name, value := range members(object) {
		given[plainName(name)] = value
	}
	v := reflect.ValueOf(into).Elem()
	var errs []error
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		errs = append(errs, decodeMember(name, given[name], v.Field(i)))
		delete(given, name)
	}
	if e, ok := into.(exact); ok {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			errs = append(errs, rollcall.Invalid("", fmt.Sprintf("There is no %s %q; capitals count.", e.exact(), name[:min(len(name), longestName)])))
		}
	}
	return errors.Join(errs...)
}

// exact is a body, or a part of one, that may have no other members than its own.
// It is for what does something else where a member is misspelt, such as writing
// instead of trying.
type exact interface {
	exact() (member string) // what a member is called in a sentence
}

// longestName bounds the names that an error repeats, in bytes.
const longestName = 40

func decodeMember(name string, value []byte, into reflect.Value) error {
	if value == nil || string(value) == "null" {
		if into.Kind() != reflect.Pointer {
			return rollcall.Invalid(name, "The "+name+" is required.")
		}
		return nil
	}
	kind := into.Type()
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if kind.Kind() == reflect.Struct && value[0] == '{' {
		inner := reflect.New(kind)
		if into.Kind() == reflect.Pointer {
			into.Set(inner)
		} else {
			inner = into.Addr()
		}
		return within(name, decodeMembers(value, inner.Interface()))
	}
	if json.Unmarshal(value, into.Addr().Interface()) == nil {
		if hasNUL(reflect.Indirect(into)) {
			into.SetZero()
			return rollcall.Invalid(name, "The "+name+" has a NUL character (U+0000), which no text may have.")
		}
		return nil
	}
	into.SetZero()
	wanted := jsonKinds[kind.Kind()]
	if k, ok := reflect.Zero(kind).Interface().(ownKind); ok {
		wanted = k.kind()
	}
	return rollcall.Invalid(name, "The "+name+" must be "+wanted+".")
}

// hasNUL tells whether a text, or one of several, holds a NUL. PostgreSQL takes none.
func hasNUL(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return strings.IndexByte(v.String(), 0) >= 0
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.String {
			return false
		}
		for i := range v.Len() {
			if hasNUL(v.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		for members := v.MapRange(); members.Next(); {
			if hasNUL(members.Key()) || hasNUL(members.Value()) {
				return true
			}
		}
	}
	return false
}

// ownKind is a type that takes other JSON than its kind tells.
type ownKind interface{ kind() string }

// jsonKinds says what a field of a body must be, for people.
var jsonKinds = map[reflect.Kind]string{
	reflect.String:  "a string",
	reflect.Bool:    "true or false",
	reflect.Float64: "a number",
	reflect.Int:     "a whole number",
	reflect.Slice:   "a list of strings",
	reflect.Map:     "an object whose values are strings",
	reflect.Struct:  "an object",
}
