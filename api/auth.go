package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"rollcall"
)

// The headers of the contract (section 1), in the spelling that net/http keeps
// them in.
const (
	headerToken       = "Auth"
	headerApplication = "Iid"
	headerAccount     = "Accountid"
)

// authorise proves who calls and for which account and application (contract,
// section 1). Its order is the contract's: the token (401), missing headers
// (400), ids that disagree (403), what the app may do (403).
func (a *API) authorise(c *call, need rollcall.Scope) error {
	application := c.PathValue(c.base.param)
	if err := a.identify(c, application); err != nil {
		return err
	}
	query, err := queryValues(c.URL.RawQuery, "accountId")
	if err != nil {
		return err
	}
	account, err := c.base.account(c.Header, query)
	if err != nil {
		return err
	}
	if err := agree(c.Header, application, account, query); err != nil {
		return err
	}
	if err := c.caller.App.Authorise(account, application, need); err != nil {
		return within("header", err)
	}
	c.caller.ApplicationID = application
	return nil
}

// identify proves the token. The one question to the database that says whether
// what is remembered of the app still holds also gives the version of the
// application's lists.
func (a *API) identify(c *call, application string) error {
	if !rollcall.IsApplicationID(application) {
		application = "" // nobody's; the database must not see arbitrary bytes
	}
	var token string
	if values := c.Header[headerToken]; len(values) == 1 {
		token = values[0]
	}
	revision := func(ctx context.Context, clientID string) (int64, error) {
		f, err := a.config.Store.Freshness(ctx, clientID, application)
		c.version = f.Version
		return f.AppRevision, err
	}
	identity, err := a.config.Verifier.Verify(c.Context(), token, revision)
	if err != nil {
		return within("header", err)
	}
	c.caller.App, c.caller.Subject = identity.App, identity.Subject
	c.exchange.app = identity.App
	return nil
}

// account gives the account that the request names, or all the headers that
// are missing. In the first version it may come in the query instead.
func (b *base) account(h http.Header, query []string) (string, error) {
	account := h.Get(headerAccount)
	if account == "" && b.wire == version1 && len(query) > 0 {
		account = query[0]
	}
	var missing []string
	if h.Get(headerApplication) == "" {
		missing = append(missing, "iid")
	}
	if account == "" {
		missing = append(missing, "accountId")
	}
	return account, missingHeaders(missing)
}

func missingHeaders(names []string) error {
	var errs []error
	for _, name := range names {
		errs = append(errs, &rollcall.Error{
			Code: rollcall.CodeInvalid, Reason: rollcall.ReasonMissingHeader, Field: "header." + name,
			Message: "The header " + name + " is required.",
		})
	}
	return firstOfEach(errs...)
}

// agree refuses a request that names two applications or two accounts. A header
// may come twice: each must agree, or whoever stands between could be fooled.
func agree(h http.Header, application, account string, query []string) error {
	otherAccount := func(s string) bool { return !strings.EqualFold(s, account) }
	switch {
	case slices.ContainsFunc(h[headerApplication], func(s string) bool { return s != application }):
		return disagree("header.iid", "The header iid names another application than the path.")
	case slices.ContainsFunc(h[headerAccount], otherAccount):
		return disagree("header.accountId", "The request names two accounts.")
	case slices.ContainsFunc(query, otherAccount):
		return disagree("query.accountId", "The query's accountId is not the one of the header.")
	}
	return nil
}

func disagree(field, message string) error {
	return &rollcall.Error{Code: rollcall.CodeForbidden, Field: field, Message: message}
}
