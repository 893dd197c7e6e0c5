package server

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"rollcall"
	"rollcall/auth"
	"rollcall/ingest"
)

//go:embed demo/*.csv
var demoFiles embed.FS

// The demo's ids are always the same, so that a line copied yesterday still
// speaks of the same place.
const (
	demoAccount     = "67777ce93e25326494e0de30"
	demoApplication = "st-0603182c-7ffb-53c3-b307-47ca14b0de30"
	demoName        = "Rollcall demo"
	demoTokenTTL    = 12 * time.Hour
)

// Demo is what a person needs to try the demo.
type Demo struct {
	AccountID, ApplicationID, ClientID string
	Token                              string // good for TokenTTL
	TokenTTL                           time.Duration
}

// Curl is a line that asks for all contact lists of the demo.
func (d *Demo) Curl(address string) string {
	return fmt.Sprintf("curl -X POST 'http://%s/campaign/api/v2/public/%s/campaign/contactList/getAllListDetails?accountId=%s&type=call' -H 'iid: %s' -H 'accountId: %s' -H 'auth: %s'",
		address, d.ApplicationID, d.AccountID, d.ApplicationID, d.AccountID, d.Token)
}

// MakeDemo makes the demo's app and lists where they are missing, by the same
// ways as anybody's: lists by API and by importing files.
func (s *Server) MakeDemo(ctx context.Context) (*Demo, error) {
	app, err := s.demoApp(ctx)
	if err != nil {
		return nil, err
	}
	owner := rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: demoApplication}
	if err := s.demoLists(ctx, owner, app.UserID); err != nil {
		return nil, err
	}
	if err := s.demoCampaigns(ctx, owner, app.UserID); err != nil {
		return nil, err
	}
	secrets, err := s.Sealer.Secrets(app)
	if err != nil {
		return nil, err
	}
	token, err := s.Token(app, secrets[len(secrets)-1], "demo", demoTokenTTL, time.Now())
	if err != nil {
		return nil, err
	}
	return &Demo{AccountID: demoAccount, ApplicationID: demoApplication, ClientID: app.ClientID, Token: token, TokenTTL: demoTokenTTL}, nil
}

// demoApp finds the demo's app, and registers it the first time, or when it was
// revoked.
func (s *Server) demoApp(ctx context.Context) (*rollcall.App, error) {
	apps, err := s.Store.Apps(ctx)
	if err != nil {
		return nil, err
	}
	for _, app := range apps {
		if app.AccountID == demoAccount && app.Name == demoName && !app.Revoked {
			return app, nil
		}
	}
	now := time.Now()
	app := &rollcall.App{
		ClientID: auth.NewClientID(), Name: demoName, AccountID: demoAccount, UserID: rollcall.NewID(rollcall.PrefixUser),
		Applications: []string{demoApplication}, Scopes: []rollcall.Scope{rollcall.ScopeCampaignManagement}, Algorithm: rollcall.HS256,
		CreatedAt: now, UpdatedAt: now,
	}
	if err := app.AddKey(auth.NewAppKey(s.Sealer, app.ClientID, auth.NewSecret()), now); err != nil {
		return nil, err
	}
	return app, s.Store.CreateApp(ctx, app)
}

// demoClock gives each list a time of its own: the answer is in their order.
type demoClock struct{ last time.Time }

func (c *demoClock) now() time.Time {
	now := time.Now()
	if earliest := c.last.Add(time.Millisecond); now.Before(earliest) {
		now = earliest
	}
	c.last = now
	return now
}

// demoLists makes two lists to try things with, and after them, so that they come
// first, those of the sample on the public page of getAllListDetails.
func (s *Server) demoLists(ctx context.Context, owner rollcall.Owner, user string) error {
	clock := &demoClock{}
	for _, fed := range []struct{ name, file string }{{"Customers", "customers.csv"}, {"Spring event", "spring-event.csv"}} {
		if err := s.demoImport(ctx, owner, user, fed.name, fed.file, nil, clock); err != nil {
			return err
		}
	}
	const file = "contact list 2020 (with Priority).csv"
	columns := map[rollcall.Field]string{rollcall.FieldFirstName: "firstName", rollcall.FieldLastName: "lastName", rollcall.FieldPhoneNumber: "phoneNumber", rollcall.FieldTimeZone: "timezone", rollcall.FieldUniqueID: "", rollcall.FieldContactPriority: ""}
	fewer := maps.Clone(columns)
	fewer[rollcall.FieldLastName], fewer[rollcall.FieldTimeZone] = "", ""
	for _, make := range []func() error{
		func() error { return s.demoList(ctx, owner, user, "Renewal Due - Nov 2025", clock) },
		func() error { return s.demoImport(ctx, owner, user, "API List | Dec 5", file, fewer, clock) },
		func() error { return s.demoList(ctx, owner, user, "Renewal Due 1- July 2025", clock) },
		func() error { return s.demoImport(ctx, owner, user, demoListInUse, file, columns, clock) },
		func() error { return s.demoList(ctx, owner, user, "Renewal Due - July 2025", clock) },
		func() error { return s.demoList(ctx, owner, user, "Renewal Due - May/June 2025", clock) },
	} {
		if err := make(); err != nil {
			return err
		}
	}
	return nil
}

// demoList makes an empty list that is fed by API, if it is not there.
func (s *Server) demoList(ctx context.Context, owner rollcall.Owner, user, name string, clock *demoClock) error {
	const about = "This list contains customers with services expiring in July 2025. It includes contact details and subscription info to help agents provide tailored support during live calls."
	if there, err := s.hasList(ctx, owner, name); there || err != nil {
		return err
	}
	l := rollcall.NewContactList(rollcall.SourcePassiveAPI, clock.now())
	l.Owner, l.Name, l.Description, l.CreatedBy, l.UpdatedBy, l.AllowDuplicates = owner, name, about, user, user, true
	return s.Store.CreateContactList(ctx, l)
}

func (s *Server) hasList(ctx context.Context, owner rollcall.Owner, name string) (bool, error) {
	_, err := s.Store.ContactListByName(ctx, owner, name)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// demoImport imports a file into a list of its own, if that is not there.
func (s *Server) demoImport(ctx context.Context, owner rollcall.Owner, user, name, file string, mapping map[rollcall.Field]string, clock *demoClock) error {
	if there, err := s.hasList(ctx, owner, name); there || err != nil {
		return err
	}
	content, err := demoFiles.ReadFile("demo/" + file)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "rollcall-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, file)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	_, err = ingest.New(s.Store, ingest.Settings{}).Run(ctx, ingest.Request{
		Path: path, Owner: owner, User: user, ListName: name, Description: name, Options: rollcall.ImportOptions{Region: "US", Mapping: mapping}, Now: clock.now, Worker: Worker(),
	})
	return err
}
