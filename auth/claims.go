package auth

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json"

	"rollcall"
)

// Leeway is how far the clocks of an app and of the server may be apart. A token
// is good up to and including this long after its exp.
const Leeway = 60 * time.Second

// maxTokenID is the longest jti that is accepted where jti is enforced, in bytes.
const maxTokenID = 255

// endOfTime is the last second of the year 9999: the latest time that a token may
// name, and until when the jti of a token that never expires is remembered.
var endOfTime = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// claims are what a token says (RFC 7519, section 4, and appId of the contract).
type claims struct {
	clientID string
	subject  string
	tokenID  string // empty: absent, or not a text; both count only where jti is enforced
	lifetime lifetime
}

// lifetime are the times in a token. Zero: not given.
type lifetime struct {
	expires, notBefore, issued time.Time
}

// readClaims decodes a payload, the second part of a JWS. Nothing is proven yet.
func readClaims(part string) (claims, error) {
	members, err := readObject(part)
	if err != nil {
		return claims{}, refuse("the token's payload is not a JSON object with unique names")
	}
	var c claims
	c.clientID, _ = stringOf(members["appId"])
	if !isClientID(c.clientID) {
		return claims{}, refuse("the claim appId is missing or is no client id")
	}
	c.subject, _ = stringOf(members["sub"])
	if !storable(c.subject) {
		return claims{}, refuseApp(c.clientID, "the claim sub is missing, empty or not a text")
	}
	c.tokenID, _ = stringOf(members["jti"])
	for name, into := range map[string]*time.Time{"exp": &c.lifetime.expires, "nbf": &c.lifetime.notBefore, "iat": &c.lifetime.issued} {
		value, there := members[name]
		if !there {
			continue
		}
		at, ok := numericDate(value)
		if !ok {
			return claims{}, refuseApp(c.clientID, "the claim "+name+" is not a time between 1970 and 9999 in seconds")
		}
		*into = at
	}
	return c, nil
}

// isClientID tells whether a text has the form of a client id. Checked before
// the database is asked, so that no odd character reaches it or the log.
func isClientID(s string) bool {
	rest, ok := strings.CutPrefix(s, rollcall.PrefixApp)
	if !ok || rest == "" || len(s) > 64 {
		return false
	}
	for i := range len(rest) {
		if !isBase64URL(rest[i]) {
			return false
		}
	}
	return true
}

// storable tells whether a text can be kept: PostgreSQL takes no NUL in a text,
// and that must not turn into an internal error.
func storable(s string) bool { return s != "" && !strings.ContainsRune(s, 0) }

// numericDate reads seconds since 1970, with or without a fraction (RFC 7519,
// section 2). Earlier and later times than 1970 to 9999 are refused: nobody means
// them, and the zero [time.Time] among them would read as "never".
func numericDate(value json.RawMessage) (at time.Time, ok bool) {
	seconds, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !(seconds >= 0 && seconds <= float64(endOfTime.Unix())) {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), true
}

// check holds the times against now, with [Leeway] in the app's favour.
func (l lifetime) check(clientID string, now time.Time) error {
	switch {
	case !l.expires.IsZero() && now.After(l.expires.Add(Leeway)):
		return refuseApp(clientID, "the token has expired")
	case !l.notBefore.IsZero() && now.Before(l.notBefore.Add(-Leeway)):
		return refuseApp(clientID, "the token is not valid yet")
	case !l.issued.IsZero() && now.Before(l.issued.Add(-Leeway)):
		return refuseApp(clientID, "the token was issued in the future")
	}
	return nil
}

// rememberUntil is how long the token's jti must be remembered: while the token
// could be accepted, and as long again, because the processes on one database
// have clocks of their own and one that runs ahead must not forget too early.
func (l lifetime) rememberUntil() time.Time {
	if l.expires.IsZero() || l.expires.After(endOfTime.Add(-2*Leeway)) {
		return endOfTime
	}
	return l.expires.Add(2 * Leeway)
}
