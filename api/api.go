// Package api is the wire contract: it decodes a request, makes one call, and
// encodes the answer. It has no rules of its own; those are in the domain and
// run inside the store.
//
// routes.go holds the whole API as one table. The life of a request: request.go
// gives it an id, a time limit and a line in the log; auth.go proves who calls
// and holds the ids against one another; rate_limit.go; then the handler in the
// file of its noun; envelope.go or error.go write the answer.
//
// The wire structs are this package's own, apart from the domain's, so that a
// rename there cannot change an answer.
package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"rollcall"
	"rollcall/auth"
	"rollcall/store"
)

// Store is what the API needs of the store; see [store.Store] for the promises
// of each.
type Store interface {
	Freshness(ctx context.Context, clientID, applicationID string) (store.Freshness, error)
	ContactLists(ctx context.Context, owner rollcall.Owner, typ rollcall.ListType) ([]*rollcall.ContactList, int64, error)
	ContactList(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.ContactList, error)
	ContactListByName(ctx context.Context, owner rollcall.Owner, name string) (*rollcall.ContactList, error)
	CreateContactList(ctx context.Context, l *rollcall.ContactList) error
	UpdateContactList(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.ContactList) error) (*rollcall.ContactList, error)
	DeleteContactList(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.ContactList, error)
	AddContacts(ctx context.Context, owner rollcall.Owner, listID string, contacts []rollcall.Contact, user string, now time.Time) (rollcall.Added, error)
	Contacts(ctx context.Context, owner rollcall.Owner, listID string, page rollcall.ContactPage) ([]rollcall.Contact, *rollcall.ContactList, error)
}

// Verifier proves who signed a token. It asks revision exactly once for each
// token that it takes.
type Verifier interface {
	Verify(ctx context.Context, token string, revision auth.RevisionFunc) (*auth.Identity, error)
}

// Config is what the API is built from. Store and Verifier are required.
type Config struct {
	Store    Store
	Verifier Verifier
	Log      *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // the clock of what is written; nil: time.Now
	Version  string           // of the program, shown in the API reference

	RateLimit float64 // requests a second of one app in this process; 0: no limit
	Burst     int     // requests that an app may make at once; 0: one second's worth, at least 1

	RequestTimeout   time.Duration // for reading, working and answering together; 0: 60 s
	MaxBody          int64         // bytes of a request's body; 0: 1 MiB
	MaxContactsBody  int64         // the same of addContacts; 0: 64 MiB
	AnswerCacheBytes int64         // memory for kept answers of getAllListDetails; 0: 64 MiB, negative: none

	// Observe is told of every request when it is over. route is the pattern of
	// its path, empty for an unknown one, so that it can label a metric. nil: nobody.
	Observe func(route, method string, status int, d time.Duration)
}

// API serves the wire contract. It is safe for concurrent use.
type API struct {
	config  Config
	mux     *http.ServeMux
	answers *answerCache
	limiter *rateLimiter
	openapi []byte
}

// New builds the API. It fails where a route has no documentation.
func New(c Config) (*API, error) {
	c = c.withDefaults()
	document, err := newDocument(c.Version)
	if err != nil {
		return nil, err
	}
	a := &API{
		config:  c,
		mux:     http.NewServeMux(),
		answers: newAnswerCache(c.AnswerCacheBytes),
		limiter: newRateLimiter(c.RateLimit, c.Burst, c.Now),
		openapi: document,
	}
	a.register()
	return a, a.registerDocs()
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Observe == nil {
		c.Observe = func(string, string, int, time.Duration) {}
	}
	c.RequestTimeout = cmp.Or(c.RequestTimeout, time.Minute)
	c.MaxBody = cmp.Or(c.MaxBody, 1<<20)
	c.MaxContactsBody = cmp.Or(c.MaxContactsBody, 64<<20)
	c.AnswerCacheBytes = cmp.Or(c.AnswerCacheBytes, 64<<20)
	return c
}

// Handler serves every path of the contract, /openapi.json and /docs; any other
// path is answered with 404 in the contract's envelope.
func (a *API) Handler() http.Handler { return http.HandlerFunc(a.serve) }

// OpenAPI gives the OpenAPI 3.1 document that /openapi.json serves. Not to be
// changed.
func (a *API) OpenAPI() []byte { return a.openapi }
