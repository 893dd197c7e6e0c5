package api

import (
	"context"
	"net/http"

	"rollcall"
)

// route is one call of the contract.
type route struct {
	id      string // its name in the API reference and in the tests
	method  string
	bases   []base // where it is served
	path    string // after the base
	scope   rollcall.Scope
	body    bodyLimit
	handler func(*API, context.Context, *call) (reply, error)
}

// base is what a path begins with (contract, section 1, and section 2 for the
// first version).
type base struct {
	id     string
	prefix string
	param  string // the part of the prefix that names the application
	wire   wireVersion
}

// wireVersion is the version of the public API that a path belongs to.
type wireVersion int8

const (
	version1 wireVersion = 1
	version2 wireVersion = 2
)

var (
	baseV2  = base{"v2", "/campaign/api/v2/public/{streamId}/campaign", "streamId", version2}
	baseV1  = base{"v1", "/agentassist/api/v1/public/{iid}/campaign", "iid", version1}
	baseV11 = base{"v1_1", "/api/1.1/public/{iid}/campaign", "iid", version1}
)

// bodyLimit says which of the two limits of [Config] holds for a call's body.
type bodyLimit int8

const (
	smallBody bodyLimit = iota
	contactsBody
)

// scope is what every call of the contract needs.
const scope = rollcall.ScopeCampaignManagement

// routes is the whole API.
var routes = []route{
	{"getAllListDetails", http.MethodPost, []base{baseV2, baseV1}, "/contactList/getAllListDetails", scope, smallBody, (*API).getAllListDetails},
	// The page's table says POST, and its sample request, pasted, sends a GET.
	{"getAllListDetailsByGet", http.MethodGet, []base{baseV2, baseV1}, "/contactList/getAllListDetails", scope, smallBody, (*API).getAllListDetails},
	{"createContactList", http.MethodPost, []base{baseV2, baseV1}, "/contactList/createContactList", scope, smallBody, (*API).createContactList},
	{"addContacts", http.MethodPost, []base{baseV2, baseV1, baseV11}, "/contactList/addContacts", scope, contactsBody, (*API).addContacts},
	{"getContactList", http.MethodGet, []base{baseV2, baseV1}, "/contactList/{contactListId}", scope, smallBody, (*API).getContactList},
	{"updateContactList", http.MethodPut, []base{baseV2, baseV1}, "/contactList/{contactListId}", scope, smallBody, (*API).updateContactList},
	{"deleteContactList", http.MethodDelete, []base{baseV2, baseV1}, "/contactList/{contactListId}", scope, smallBody, (*API).deleteContactList},
	{"getAllContacts", http.MethodGet, []base{baseV2, baseV1}, "/contactList/{contactListId}/getAllContacts", scope, smallBody, (*API).getAllContacts},
}

// register puts the table on the mux.
func (a *API) register() {
	for _, rt := range routes {
		for _, b := range rt.bases {
			a.mux.HandleFunc(rt.method+" "+b.prefix+rt.path, func(w http.ResponseWriter, r *http.Request) {
				a.dispatch(w.(*exchange), r, &rt, &b)
			})
		}
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.(*exchange).fail(a.unknownPath(w, r))
	})
}

// Authenticated puts the checks of every call before another handler, on the
// paths of the contract's second version: what the benchmark measures the calls
// against is the same frame with nothing in it.
func (a *API) Authenticated(next http.Handler) http.Handler {
	own := *a
	own.mux = http.NewServeMux()
	own.mux.HandleFunc(baseV2.prefix+"/", func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange)
		if err := own.authorise(&call{Request: r, exchange: x, base: &baseV2}, scope); err != nil {
			x.fail(err)
			return
		}
		next.ServeHTTP(w, r)
	})
	return own.Handler()
}

// dispatch takes one request through the checks in the contract's order (who,
// missing headers, disagreement, permission, rate), then to its handler.
func (a *API) dispatch(x *exchange, r *http.Request, rt *route, b *base) {
	c := &call{Request: r, exchange: x, base: b, maxBody: a.config.MaxBody}
	if rt.body == contactsBody {
		c.maxBody = a.config.MaxContactsBody
	}
	answer, err := a.handle(c, rt)
	if err != nil {
		x.fail(err)
		return
	}
	x.answer(answer)
}

func (a *API) handle(c *call, rt *route) (reply, error) {
	if err := a.authorise(c, rt.scope); err != nil {
		return reply{}, err
	}
	if err := a.limiter.allow(c.caller.App.ClientID); err != nil {
		return reply{}, err
	}
	return rt.handler(a, c.Context(), c)
}

// call is one authorised request on its way through its handler.
type call struct {
	*http.Request
	exchange *exchange
	base     *base
	caller   rollcall.Caller
	version  int64 // of the application's lists, read from the database after the request came
	maxBody  int64 // bytes
}

// owner is the workspace that the call concerns.
func (c *call) owner() rollcall.Owner { return c.caller.Owner() }

// user is who the call counts as done by: u-….
func (c *call) user() string { return c.caller.App.UserID }
