package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"rollcall"
	"rollcall/store"
)

// route is one call of the contract.
type route struct {
	id      string // its name in the API reference and in the tests
	method  string
	bases   []base // where it is served
	path    string // after the base
	scope   rollcall.Scope
	body    bodyLimit
	writes  writes
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
	baseV2 = base{"v2", "/campaign/api/v2/public/{streamId}/campaign", "streamId", version2}
	baseV1 = base{"v1", "/agentassist/api/v1/public/{iid}/campaign", "iid", version1}
	// The public page gives one call on this path too.
	baseAPI = base{"api_v2", "/api/v2/public/{streamId}/campaign", "streamId", version2}
	baseV11 = base{"v1_1", "/api/1.1/public/{iid}/campaign", "iid", version1}
)

// bodyLimit says which of the two limits of [Config] holds for a call's body.
type bodyLimit int8

const (
	smallBody bodyLimit = iota
	contactsBody
	streamedBody // neither: it is a file, which goes to its place as it comes
)

// writes says whether a call changes anything, and with that how a repetition of
// it under one Idempotency-Key is known to be the same request; see
// idempotency.go.
type writes int8

const (
	// reads changes nothing. The header is not looked at.
	reads writes = iota
	// writesWhole holds its body in memory, and the key stands for the request as a
	// whole.
	writesWhole
	// writesStream takes in a body of any size as it comes. The key stands for
	// everything but the content of a file, of which the length counts. Until all
	// of the body is here such a call writes under [store.Preparing].
	writesStream
	// writesForm is writesStream where the body is a form, which brings a file, and
	// writesWhole else.
	writesForm
)

// scope is what every call of the contract needs.
const scope = rollcall.ScopeCampaignManagement

// anyone stands for no scope, and no token: the call tells nothing of anybody.
const anyone rollcall.Scope = "anyone"

// routes is the whole API.
var routes = []route{
	{"getAllListDetails", http.MethodPost, []base{baseV2, baseV1}, "/contactList/getAllListDetails", scope, smallBody, reads, (*API).getAllListDetails},
	// The page's table says POST, and its sample request, pasted, sends a GET.
	{"getAllListDetailsByGet", http.MethodGet, []base{baseV2, baseV1}, "/contactList/getAllListDetails", scope, smallBody, reads, (*API).getAllListDetails},
	{"createContactList", http.MethodPost, []base{baseV2, baseV1}, "/contactList/createContactList", scope, smallBody, writesWhole, (*API).createContactList},
	{"addContacts", http.MethodPost, []base{baseV2, baseV1, baseV11}, "/contactList/addContacts", scope, contactsBody, writesWhole, (*API).addContacts},
	{"getContactList", http.MethodGet, []base{baseV2, baseV1}, "/contactList/{contactListId}", scope, smallBody, reads, (*API).getContactList},
	{"updateContactList", http.MethodPut, []base{baseV2, baseV1}, "/contactList/{contactListId}", scope, smallBody, writesWhole, (*API).updateContactList},
	{"deleteContactList", http.MethodDelete, []base{baseV2, baseV1}, "/contactList/{contactListId}", scope, smallBody, writesWhole, (*API).deleteContactList},
	{"getAllContacts", http.MethodGet, []base{baseV2, baseV1}, "/contactList/{contactListId}/getAllContacts", scope, smallBody, reads, (*API).getAllContacts},
	// From here on the calls are ours alone.
	{"searchContacts", http.MethodGet, []base{baseV2}, "/contactList/{contactListId}/contacts", scope, smallBody, reads, (*API).searchContacts},
	{"getContact", http.MethodGet, []base{baseV2}, "/contactList/{contactListId}/contacts/{contactId}", scope, smallBody, reads, (*API).getContact},
	{"updateContact", http.MethodPut, []base{baseV2}, "/contactList/{contactListId}/contacts/{contactId}", scope, smallBody, writesWhole, (*API).updateContact},
	{"deleteContact", http.MethodDelete, []base{baseV2}, "/contactList/{contactListId}/contacts/{contactId}", scope, smallBody, writesWhole, (*API).deleteContact},
	{"deleteContacts", http.MethodPost, []base{baseV2}, "/contactList/{contactListId}/contacts/delete", scope, smallBody, writesWhole, (*API).deleteContacts},
	{"exportContacts", http.MethodGet, []base{baseV2}, "/contactList/{contactListId}/export", scope, smallBody, reads, (*API).exportContacts},
	{"createUpload", http.MethodPost, []base{baseV2}, "/uploads", scope, streamedBody, writesStream, (*API).createUpload},
	{"getUploads", http.MethodGet, []base{baseV2}, "/uploads", scope, smallBody, reads, (*API).getUploads},
	{"getUpload", http.MethodGet, []base{baseV2}, "/uploads/{uploadId}", scope, smallBody, reads, (*API).getUpload},
	{"headUpload", http.MethodHead, []base{baseV2}, "/uploads/{uploadId}", scope, smallBody, reads, (*API).headUpload},
	{"patchUpload", http.MethodPatch, []base{baseV2}, "/uploads/{uploadId}", scope, streamedBody, writesStream, (*API).patchUpload},
	{"deleteUpload", http.MethodDelete, []base{baseV2}, "/uploads/{uploadId}", scope, smallBody, writesWhole, (*API).deleteUpload},
	// What the protocol tells everybody (tus 1.0.0, OPTIONS).
	{"uploadOptions", http.MethodOptions, []base{baseV2}, "/uploads", anyone, smallBody, reads, (*API).uploadOptions},
	{"oneUploadOptions", http.MethodOptions, []base{baseV2}, "/uploads/{uploadId}", anyone, smallBody, reads, (*API).uploadOptions},
	{"createImport", http.MethodPost, []base{baseV2}, "/contactList/{contactListId}/imports", scope, streamedBody, writesForm, (*API).createImport},
	{"createListFromFile", http.MethodPost, []base{baseV2}, "/imports", scope, streamedBody, writesForm, (*API).createListFromFile},
	{"previewImport", http.MethodPost, []base{baseV2}, "/imports/preview", scope, smallBody, reads, (*API).previewImport},
	{"getImports", http.MethodGet, []base{baseV2}, "/imports", scope, smallBody, reads, (*API).getImports},
	{"getImportsOfList", http.MethodGet, []base{baseV2}, "/contactList/{contactListId}/imports", scope, smallBody, reads, (*API).getImports},
	{"getImport", http.MethodGet, []base{baseV2}, "/imports/{importId}", scope, smallBody, reads, (*API).getImport},
	{"getImportOfList", http.MethodGet, []base{baseV2}, "/contactList/{contactListId}/imports/{importId}", scope, smallBody, reads, (*API).getImport},
	{"getImportEvents", http.MethodGet, []base{baseV2}, "/imports/{importId}/events", scope, smallBody, reads, (*API).getImportEvents},
	{"getImportLedger", http.MethodGet, []base{baseV2}, "/imports/{importId}/ledger", scope, smallBody, reads, (*API).getImportLedger},
	{"getImportRejects", http.MethodGet, []base{baseV2}, "/imports/{importId}/rejects", scope, smallBody, reads, (*API).getImportRejects},
	{"cancelImport", http.MethodPost, []base{baseV2}, "/imports/{importId}/cancel", scope, smallBody, writesWhole, (*API).cancelImport},
	{"retryImport", http.MethodPost, []base{baseV2}, "/imports/{importId}/retry", scope, smallBody, writesWhole, (*API).retryImport},
	{"undoImport", http.MethodPost, []base{baseV2}, "/imports/{importId}/undo", scope, smallBody, writesWhole, (*API).undoImport},
	{"getKeptContacts", http.MethodGet, []base{baseV2}, "/imports/{importId}/kept", scope, smallBody, reads, (*API).getKeptContacts},
	{"createCampaign", http.MethodPost, []base{baseV2}, "", scope, smallBody, writesWhole, (*API).createCampaign},
	{"getAllCampaignDetails", http.MethodPost, []base{baseV2}, "/getAllCampaignDetails", scope, smallBody, reads, (*API).getAllCampaignDetails},
	{"getCampaign", http.MethodGet, []base{baseV2}, "/{campaignId}", scope, smallBody, reads, (*API).getCampaign},
	{"updateCampaign", http.MethodPut, []base{baseV2}, "/{campaignId}", scope, smallBody, writesWhole, (*API).updateCampaign},
	{"deleteCampaign", http.MethodDelete, []base{baseV2}, "/{campaignId}", scope, smallBody, writesWhole, (*API).deleteCampaign},
	{"cloneCampaign", http.MethodPost, []base{baseV2}, "/{campaignId}/clone", scope, smallBody, writesWhole, (*API).cloneCampaign},
	{"createExperienceFlow", http.MethodPost, []base{baseV2}, "/experienceFlows", scope, smallBody, writesWhole, createEntry(rollcall.KindFlow)},
	{"getExperienceFlows", http.MethodGet, []base{baseV2}, "/experienceFlows", scope, smallBody, reads, getEntries(rollcall.KindFlow)},
	{"deleteExperienceFlow", http.MethodDelete, []base{baseV2}, "/experienceFlows/{entryId}", scope, smallBody, writesWhole, deleteEntry(rollcall.KindFlow)},
	{"createQueue", http.MethodPost, []base{baseV2}, "/queues", scope, smallBody, writesWhole, createEntry(rollcall.KindQueue)},
	{"getQueues", http.MethodGet, []base{baseV2}, "/queues", scope, smallBody, reads, getEntries(rollcall.KindQueue)},
	{"deleteQueue", http.MethodDelete, []base{baseV2}, "/queues/{entryId}", scope, smallBody, writesWhole, deleteEntry(rollcall.KindQueue)},
	{"createMessageTemplate", http.MethodPost, []base{baseV2}, "/messageTemplates", scope, smallBody, writesWhole, createEntry(rollcall.KindTemplate)},
	{"getMessageTemplates", http.MethodGet, []base{baseV2}, "/messageTemplates", scope, smallBody, reads, getEntries(rollcall.KindTemplate)},
	{"deleteMessageTemplate", http.MethodDelete, []base{baseV2}, "/messageTemplates/{entryId}", scope, smallBody, writesWhole, deleteEntry(rollcall.KindTemplate)},
	{"lookUpDNC", http.MethodPost, []base{baseV2}, "/dnc/lookup", scope, contactsBody, reads, (*API).lookUpDNC},
	{"getDNCHistory", http.MethodGet, []base{baseV2}, "/dnc/history", scope, smallBody, reads, (*API).getDNCHistory},
	{"scheduleCampaign", http.MethodPost, []base{baseV2}, "/schedule", scope, smallBody, writesWhole, (*API).scheduleCampaign},
	{"erasePerson", http.MethodPost, []base{baseV2}, "/erasures", scope, smallBody, writesWhole, (*API).erasePerson},
	{"getErasures", http.MethodGet, []base{baseV2}, "/erasures", scope, smallBody, reads, (*API).getErasures},
	{"liftErasure", http.MethodDelete, []base{baseV2}, "/erasures", scope, smallBody, writesWhole, (*API).liftErasure},
	{"triggerCampaign", http.MethodPost, []base{baseV2, baseAPI}, "/trigger/{campaignId}", scope, smallBody, writesWhole, (*API).triggerCampaign},
	{"triggerCampaignById", http.MethodPost, []base{baseV2}, "/{campaignId}", scope, smallBody, writesWhole, (*API).triggerCampaign},
	{"claimContacts", http.MethodPost, []base{baseV2}, "/{campaignId}/claims", scope, smallBody, writesWhole, (*API).claimContacts},
	{"claimShared", http.MethodPost, []base{baseV2}, "/claims", scope, smallBody, writesWhole, (*API).claimShared},
	{"recordOutcome", http.MethodPost, []base{baseV2}, "/claims/{claimId}/outcome", scope, smallBody, writesWhole, (*API).recordOutcome},
	{"extendClaim", http.MethodPost, []base{baseV2}, "/claims/{claimId}/extend", scope, smallBody, writesWhole, (*API).extendClaim},
	{"releaseClaim", http.MethodPost, []base{baseV2}, "/claims/{claimId}/release", scope, smallBody, writesWhole, (*API).releaseClaim},
	{"skipClaim", http.MethodPost, []base{baseV2}, "/claims/{claimId}/skip", scope, smallBody, writesWhole, (*API).skipClaim},
	{"getCampaignStatus", http.MethodPost, []base{baseV2}, "/{campaignId}/status", scope, smallBody, reads, (*API).getCampaignStatus},
	{"getRuns", http.MethodGet, []base{baseV2}, "/{campaignId}/runs", scope, smallBody, reads, (*API).getRuns},
	{"exportRun", http.MethodGet, []base{baseV2}, "/runs/{campaignInstanceId}/export", scope, smallBody, reads, (*API).exportRun},
	{"getContactability", http.MethodGet, []base{baseV2}, "/{campaignId}/contactability", scope, smallBody, reads, (*API).getContactability},
	{"lookUpContactability", http.MethodPost, []base{baseV2}, "/{campaignId}/contactability/lookup", scope, smallBody, reads, (*API).lookUpContactability},
	{"getLimits", http.MethodGet, []base{baseV2}, "/limits", scope, smallBody, reads, (*API).getLimits},
}

// register puts the table on the mux.
func (a *API) register() {
	ofCampaign := map[string]map[string]*route{} // by method, then by the last part of the path
	for _, rt := range routes {
		if last, ok := strings.CutPrefix(rt.path, "/{campaignId}/"); ok && !strings.Contains(last, "/") {
			if ofCampaign[rt.method] == nil {
				ofCampaign[rt.method] = map[string]*route{}
			}
			ofCampaign[rt.method][last] = &rt
			continue
		}
		for _, b := range rt.bases {
			a.mux.HandleFunc(rt.method+" "+b.prefix+rt.path, func(w http.ResponseWriter, r *http.Request) {
				a.dispatch(w.(*exchange), r, &rt, &b)
			})
		}
	}
	for method, calls := range ofCampaign {
		a.registerOfCampaign(method, calls)
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.(*exchange).fail(a.unknownPath(w, r))
	})
}

// registerOfCampaign puts the calls whose path begins with a campaign's id on the mux
// as one pattern: the mux refuses /{campaignId}/runs beside /contactList/{contactListId},
// since neither is the more specific.
func (a *API) registerOfCampaign(method string, calls map[string]*route) {
	a.mux.HandleFunc(method+" "+baseV2.prefix+"/{campaignId}/{call}", func(w http.ResponseWriter, r *http.Request) {
		rt := calls[r.PathValue("call")]
		if rt == nil {
			w.(*exchange).fail(a.unknownPath(w, r))
			return
		}
		a.dispatch(w.(*exchange), r, rt, &baseV2)
	})
}

// known tells whether a pattern of the mux stands for a call on this path: those of
// registerOfCampaign, and a campaign's own path, take more than there is.
func known(method, pattern, path string) bool {
	dir, last := path[:strings.LastIndexByte(path, '/')], path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case strings.HasSuffix(pattern, "/{campaignId}"):
		return strings.HasPrefix(last, rollcall.PrefixCampaign)
	case !strings.HasSuffix(pattern, "/{call}"):
		return strings.Contains(pattern, " ")
	}
	return strings.Contains(dir, "/"+rollcall.PrefixCampaign) && slices.ContainsFunc(routes, func(rt route) bool {
		return rt.method == method && rt.path == "/{campaignId}/"+last
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
	if err := a.admit(c, rt); err != nil {
		x.fail(err)
		return
	}
	if keys, given := r.Header[rollcall.CallKeyHeader]; given && rt.writes != reads {
		a.carryOutOnce(c, rt, keys)
		return
	}
	a.carryOut(c, rt)
}

// admit lets a request in whose app may make this call now.
func (a *API) admit(c *call, rt *route) error {
	if rt.scope == anyone {
		return nil
	}
	if err := a.authorise(c, rt.scope); err != nil {
		return err
	}
	return a.limiter.allow(c.caller.App.ClientID)
}

// carryOut has the handler answer.
func (a *API) carryOut(c *call, rt *route) {
	answer, err := rt.handler(a, c.Context(), c)
	if err != nil {
		c.exchange.fail(err)
		return
	}
	c.exchange.answer(answer)
}

// call is one authorised request on its way through its handler.
type call struct {
	*http.Request
	exchange *exchange
	base     *base
	caller   rollcall.Caller
	version  int64 // of the application's lists, read from the database after the request came
	maxBody  int64 // bytes
	body     []byte
	read     bool                // body is all of it
	opened   *fileForm           // nil: not yet
	key      *rollcall.KeyedCall // nil: it has no Idempotency-Key
}

// counted gives a context whose writes count as carrying out this call; for a
// handler whose context is not the request's. See [store.ForCall].
func (c *call) counted(ctx context.Context) context.Context {
	if c.key == nil {
		return ctx
	}
	return store.ForCall(ctx, c.key)
}

// owner is the workspace that the call concerns.
func (c *call) owner() rollcall.Owner { return c.caller.Owner() }

// user is who the call counts as done by: u-….
func (c *call) user() string { return c.caller.App.UserID }
