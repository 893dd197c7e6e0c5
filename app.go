package rollcall

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Algorithm is how an app signs its tokens (RFC 7518, section 3.1). It is fixed
// when the app is registered; what a token claims never counts.
type Algorithm string

// The algorithms offered. "none" is not.
const (
	HS256 Algorithm = "HS256"
	HS384 Algorithm = "HS384"
	HS512 Algorithm = "HS512"
	RS256 Algorithm = "RS256"
	ES256 Algorithm = "ES256"
)

// Symmetric tells whether the app shares a secret with Rollcall; otherwise it
// holds a private key and Rollcall only the public one.
func (a Algorithm) Symmetric() bool { return a == HS256 || a == HS384 || a == HS512 }

// ParseAlgorithm reads an algorithm's name.
func ParseAlgorithm(s string) (Algorithm, error) {
	switch a := Algorithm(s); a {
	case HS256, HS384, HS512, RS256, ES256:
		return a, nil
	}
	return "", Invalid("algorithm", `The algorithm "`+s+`" is not offered; choose HS256, HS384, HS512, RS256 or ES256.`)
}

// MaxLiveKeys is how many secrets or public keys of one app may be live at once
// during a rotation.
const MaxLiveKeys = 2

// App is a program that may call the API.
type App struct {
	ClientID     string
	Name         string // 1–64 characters
	AccountKey   int64
	AccountID    string
	OrgID        string
	UserID       string   // the user behind the app: createdBy and updatedBy of what it changes
	Applications []string // the applications it may name, at least one
	Scopes       []Scope
	Algorithm    Algorithm
	EnforceJTI   bool // each token is good for one call
	EnforceJWE   bool // a token must arrive encrypted
	Keys         []AppKey
	Revoked      bool
	Revision     int64 // grows with every change of any app; what is kept of an app is good while it stays
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// AppKey is what proves an app's tokens: a secret, sealed, or a public key.
type AppKey struct {
	ID        string
	Sealed    []byte // of a symmetric algorithm: the secret, sealed with the master key
	PublicKey []byte // of the others: PKIX, ASN.1 DER
	CreatedAt time.Time
}

// Validate holds a new app against the rules.
func (a *App) Validate() error {
	var errs []error
	if n := utf8.RuneCountInString(a.Name); n < 1 || n > 64 || strings.TrimSpace(a.Name) == "" || hasControl(a.Name) || !utf8.ValidString(a.Name) {
		errs = append(errs, Invalid("name", "The name must have 1 to 64 characters."))
	}
	if !IsAccountID(a.AccountID) {
		errs = append(errs, Invalid("account", "The account must be 24 hexadecimal digits."))
	}
	if len(a.Applications) == 0 {
		errs = append(errs, Invalid("application", "Name at least one application."))
	}
	for _, id := range a.Applications {
		if !IsApplicationID(id) {
			errs = append(errs, Invalid("application", `The application "`+id+`" must be "st-" and 1 to 61 letters, digits or hyphens.`))
		}
	}
	return errors.Join(errs...)
}

// AddKey begins a rotation: the new key is live beside the present one.
func (a *App) AddKey(k AppKey, now time.Time) error {
	if a.Revoked {
		return Conflict(ReasonInvalidState, "The app is revoked; create a new one.")
	}
	if len(a.Keys) >= MaxLiveKeys {
		return Conflict(ReasonInvalidState, "Two secrets are live already; end the running rotation first.")
	}
	k.CreatedAt = now
	a.Keys = append(a.Keys, k)
	a.UpdatedAt = now
	return nil
}

// RetireOldKeys ends a rotation: only the newest key stays live.
func (a *App) RetireOldKeys(now time.Time) error {
	if len(a.Keys) < 2 {
		return Conflict(ReasonInvalidState, "No rotation is running: the app has one secret.")
	}
	a.Keys = a.Keys[len(a.Keys)-1:]
	a.UpdatedAt = now
	return nil
}

// Revoke shuts the app out for good. Revoking twice is no error.
func (a *App) Revoke(now time.Time) {
	if !a.Revoked {
		a.Revoked, a.UpdatedAt, a.Keys = true, now, nil
	}
}

// Caller is who calls, once it is proven, and the application it speaks of.
type Caller struct {
	App           *App
	ApplicationID string
	Subject       string // the token's sub
}

// Owner gives the workspace that the caller's calls concern.
func (c *Caller) Owner() Owner {
	return Owner{AccountKey: c.App.AccountKey, ApplicationID: c.ApplicationID}
}

// Authorise is the rule of who may speak of which account and application
// (contract, section 1).
func (a *App) Authorise(accountID, applicationID string, need Scope) error {
	switch {
	case !strings.EqualFold(accountID, a.AccountID):
		return &Error{Code: CodeForbidden, Field: "accountId", Message: "This app is not registered for the account named in the request."}
	case !slices.Contains(a.Applications, applicationID):
		return &Error{Code: CodeForbidden, Field: "iid", Message: "This app is not registered for the application named in the request."}
	case !slices.Contains(a.Scopes, need):
		return &Error{Code: CodeForbidden, Field: "auth", Message: "This app lacks the scope " + string(need) + "."}
	}
	return nil
}

// Owner is where contact lists and campaigns live: an application in an account.
// AccountKey is the account's number in the store, the first part of every key.
type Owner struct {
	AccountKey    int64
	ApplicationID string
}
