// Package api is the wire contract: it decodes a request, makes one call, and
// encodes the answer. It has no rules of its own; those are in the domain and
// run inside the store.
//
// routes.go holds the whole API as one table. The life of a request: request.go
// gives it an id, a time limit and a line in the log; auth.go proves who calls
// and holds the ids against one another; rate_limit.go; idempotency.go, where the
// call has a key; then the handler in the file of its noun; envelope.go or error.go write the answer.
//
// The wire structs are this package's own, apart from the domain's, so that a
// rename there cannot change an answer.
package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"rollcall"
	"rollcall/auth"
	"rollcall/files"
	"rollcall/ingest"
	"rollcall/phone"
	"rollcall/store"
)

// Store is what the API needs of the store; see [store.Store] for the promises
// of each.
type Store interface {
	// Runs and claims.
	ScheduleCampaign(ctx context.Context, owner rollcall.Owner, name, id string, channel rollcall.Channel, rule func(*rollcall.Campaign) error) (*rollcall.Campaign, error)
	RunRecord(ctx context.Context, owner rollcall.Owner, id string) (*store.RunRecord, error)
	TriggerCampaign(ctx context.Context, owner rollcall.Owner, id string, channel rollcall.Channel, step rollcall.CampaignStep, user string, now time.Time) (*rollcall.Campaign, error)
	Dialled(ctx context.Context, owner rollcall.Owner, id string, page, limit int) ([]store.DialledContact, int64, error)
	Runs(ctx context.Context, owner rollcall.Owner, id string, skip int64, limit int) ([]*store.RunSummary, error)
	Claim(ctx context.Context, owner rollcall.Owner, campaign string, q rollcall.ClaimRequest, now time.Time) (*store.Claims, error)
	ClaimShared(ctx context.Context, owner rollcall.Owner, q rollcall.ClaimRequest, now time.Time) (*store.Claims, error)
	RecordOutcome(ctx context.Context, owner rollcall.Owner, claim string, a rollcall.Attempt, now time.Time) (*store.Outcome, error)
	ExtendClaim(ctx context.Context, owner rollcall.Owner, claim string, lease time.Duration, now time.Time) (time.Time, error)
	ReleaseClaim(ctx context.Context, owner rollcall.Owner, claim string, now time.Time) error
	SkipClaim(ctx context.Context, owner rollcall.Owner, claim string, now time.Time) (*store.Outcome, error)
	Contactability(ctx context.Context, owner rollcall.Owner, id string, at time.Time) (*rollcall.Contactability, error)
	NumberFate(ctx context.Context, owner rollcall.Owner, id string, number phone.Number, at time.Time) (*rollcall.NumberFate, error)

	Freshness(ctx context.Context, clientID, applicationID string) (store.Freshness, error)
	ContactLists(ctx context.Context, owner rollcall.Owner, typ rollcall.ListType) ([]*rollcall.ContactList, int64, error)
	ContactList(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.ContactList, error)
	ContactListByName(ctx context.Context, owner rollcall.Owner, name string) (*rollcall.ContactList, error)
	CreateContactList(ctx context.Context, l *rollcall.ContactList) error
	UpdateContactList(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.ContactList) error) (*rollcall.ContactList, error)
	DeleteContactList(ctx context.Context, owner rollcall.Owner, id, user string, now time.Time) (*rollcall.ContactList, error)
	AddContacts(ctx context.Context, owner rollcall.Owner, listID string, contacts []rollcall.Contact, user string, now time.Time) (rollcall.Added, error)
	CreateCampaign(ctx context.Context, c *rollcall.Campaign) error
	Campaign(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.Campaign, error)
	Campaigns(ctx context.Context, owner rollcall.Owner, f rollcall.CampaignFilter) ([]*rollcall.Campaign, int64, error)
	UpdateCampaign(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.Campaign) error) (*rollcall.Campaign, error)
	DeleteCampaign(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.Campaign, error)
	CreateRegistryEntry(ctx context.Context, e *rollcall.RegistryEntry) error
	RegistryEntries(ctx context.Context, owner rollcall.Owner, kind rollcall.RegistryKind) ([]rollcall.RegistryEntry, error)
	DeleteRegistryEntry(ctx context.Context, owner rollcall.Owner, kind rollcall.RegistryKind, id string) (rollcall.RegistryEntry, error)
	LookUpDNC(ctx context.Context, owner rollcall.Owner, numbers []phone.Number, from, to time.Time) ([]rollcall.DNCMatch, error)
	Erase(ctx context.Context, owner rollcall.Owner, who rollcall.Person, user string, now time.Time) (*rollcall.Erased, error)
	Erasures(ctx context.Context, account, skip int64, limit int) (page []rollcall.Erasure, total int64, err error)
	LiftErasure(ctx context.Context, account int64, number phone.Number) (rollcall.Erasure, error)
	CreateUpload(ctx context.Context, u *rollcall.Upload) error
	Upload(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.Upload, error)
	Uploads(ctx context.Context, owner rollcall.Owner, page rollcall.UploadPage) ([]*rollcall.Upload, error)
	UpdateUpload(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.Upload) error) (*rollcall.Upload, error)
	DeleteUpload(ctx context.Context, owner rollcall.Owner, id string) error
	Contacts(ctx context.Context, owner rollcall.Owner, listID string, page rollcall.ContactPage) ([]rollcall.Contact, *rollcall.ContactList, error)
	QueueImport(ctx context.Context, im *rollcall.Import, newList *rollcall.ContactList, now time.Time) error
	Import(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.Import, error)
	Imports(ctx context.Context, owner rollcall.Owner, f store.ImportFilter) ([]*rollcall.Import, error)
	UpdateImport(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.Import) error) (*rollcall.Import, error)
	RetryImport(ctx context.Context, owner rollcall.Owner, id string, now time.Time) (*rollcall.Import, error)
	UndoKept(ctx context.Context, im *rollcall.Import, after int64, limit int) ([]rollcall.UndoKept, error)
	Rejects(ctx context.Context, im *rollcall.Import, after int64, limit int) ([]rollcall.Reject, error)
	LedgerPage(ctx context.Context, im *rollcall.Import, after int64, outcomes []rollcall.Outcome) ([]rollcall.LedgerEntry, int64, error)
	LimitUses(ctx context.Context, owner rollcall.Owner, now time.Time) ([]rollcall.LimitUse, error)
	BeginCall(ctx context.Context, c *rollcall.KeyedCall, now time.Time) (*rollcall.CallAnswer, error)
	KeepAnswer(ctx context.Context, c *rollcall.KeyedCall, answer rollcall.CallAnswer) error
	DropAnswer(ctx context.Context, c *rollcall.KeyedCall, status int) error
	SearchContacts(ctx context.Context, owner rollcall.Owner, listID string, filter rollcall.ContactFilter, page rollcall.ContactPage) (store.FoundContacts, error)
	Contact(ctx context.Context, owner rollcall.Owner, listID, id string) (*rollcall.Contact, *rollcall.ContactList, error)
	UpdateContact(ctx context.Context, owner rollcall.Owner, listID, id, user string, now time.Time, rule func(*rollcall.ContactList, *rollcall.Contact) (changed bool, err error)) (*rollcall.Contact, *rollcall.ContactList, error)
	DeleteContact(ctx context.Context, owner rollcall.Owner, listID, id, user string, now time.Time) (*rollcall.Contact, *rollcall.ContactList, error)
	DeleteContacts(ctx context.Context, owner rollcall.Owner, listID string, ids []string, user string, now time.Time) (rollcall.Deleted, error)
	DeleteMatching(ctx context.Context, owner rollcall.Owner, listID string, filter rollcall.ContactFilter, confirm *int64, user string, now time.Time) (rollcall.Deleted, error)
	WalkContacts(ctx context.Context, owner rollcall.Owner, listID string, filter rollcall.ContactFilter, begin func(*rollcall.ContactList) error, each func([]rollcall.Contact) error) error
	WalkExtra(ctx context.Context, owner rollcall.Owner, listID string, filter rollcall.ContactFilter, each func([]rollcall.Contact) error) error
}

// Verifier proves who signed a token. It asks revision exactly once for each
// token that it takes.
type Verifier interface {
	Verify(ctx context.Context, token string, revision auth.RevisionFunc) (*auth.Identity, error)
}

// Previewer tells how a file would be understood; see [ingest.Importer].
type Previewer interface {
	Preview(ctx context.Context, path, name string, owner rollcall.Owner, list *rollcall.ContactList, o rollcall.ImportOptions, now func() time.Time) (*ingest.Understanding, error)
}

// Config is what the API is built from. Store, Verifier, Files and Importer are
// required.
type Config struct {
	Store      Store
	Verifier   Verifier
	Files      *files.Files     // where uploads go
	Importer   Previewer        // tells how files would be understood
	WakeDialer func()           // tells whoever scrubs campaigns that there may be work; nil: they look by themselves
	Wake       func()           // tells whoever runs imports that there may be work; nil: they look by themselves
	Log        *slog.Logger     // nil: nothing is logged
	Now        func() time.Time // the clock of what is written; nil: time.Now
	Version    string           // of the program, shown in the API reference

	RateLimit float64 // requests a second of one app in this process; 0: no limit
	Burst     int     // requests that an app may make at once; 0: one second's worth, at least 1

	RequestTimeout   time.Duration // for reading, working and answering together; 0: 60 s
	MaxBody          int64         // bytes of a request's body; 0: 1 MiB
	MaxContactsBody  int64         // the same of addContacts; 0: 64 MiB
	MaxFile          int64         // bytes of an uploaded file; 0: any number
	KeepFiles        time.Duration // how long an upload stays of which nothing more comes; 0: for ever
	AnswerCacheBytes int64         // memory for kept answers of getAllListDetails; 0: 64 MiB, negative: none
	IdempotencyTTL   time.Duration // how long an Idempotency-Key and its answer are kept; 0: 24 h

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
	tus     *handler.UnroutedHandler
	openapi []byte
	pace    eventPace
	closing chan struct{} // closed when streams of events are to end
	close   func()
}

// EndStreams ends the streams of events, which would else hold up a stop. It may be
// called twice.
func (a *API) EndStreams() { a.close() }

// New builds the API. It fails where a route has no documentation.
func New(c Config) (*API, error) {
	c = c.withDefaults()
	document, err := newDocument(c.Version)
	if err != nil {
		return nil, err
	}
	tus, err := newTus(c)
	if err != nil {
		return nil, err
	}
	closing := make(chan struct{})
	a := &API{
		config:  c,
		mux:     http.NewServeMux(),
		answers: newAnswerCache(c.AnswerCacheBytes),
		limiter: newRateLimiter(c.RateLimit, c.Burst, c.Now),
		tus:     tus,
		openapi: document,
		pace:    usualPace,
		closing: closing,
		close:   sync.OnceFunc(func() { close(closing) }),
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
	if c.WakeDialer == nil {
		c.WakeDialer = func() {}
	}
	if c.Wake == nil {
		c.Wake = func() {}
	}
	if c.Observe == nil {
		c.Observe = func(string, string, int, time.Duration) {}
	}
	c.RequestTimeout = cmp.Or(c.RequestTimeout, time.Minute)
	c.MaxBody = cmp.Or(c.MaxBody, 1<<20)
	c.MaxContactsBody = cmp.Or(c.MaxContactsBody, 64<<20)
	c.AnswerCacheBytes = cmp.Or(c.AnswerCacheBytes, 64<<20)
	c.IdempotencyTTL = cmp.Or(c.IdempotencyTTL, 24*time.Hour)
	return c
}

// Handler serves every path of the contract, /openapi.json and /docs; any other
// path is answered with 404 in the contract's envelope.
func (a *API) Handler() http.Handler { return http.HandlerFunc(a.serve) }

// OpenAPI gives the OpenAPI 3.1 document that /openapi.json serves. Not to be
// changed.
func (a *API) OpenAPI() []byte { return a.openapi }
