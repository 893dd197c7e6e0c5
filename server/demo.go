package server

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rollcall"
	"rollcall/auth"
	"rollcall/ingest"
	"rollcall/phone"
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

func (s *Server) demoLists(ctx context.Context, owner rollcall.Owner, user string) error {
	const about = "This list contains customers with services expiring in July 2025. It includes contact details and subscription info to help agents provide tailored support during live calls."
	for i, name := range []string{"Renewal Due - Nov 2025", "Renewal Due - July 2025", "Renewal Due - May/June 2025"} {
		if err := s.demoList(ctx, owner, user, name, about, 25*i); err != nil {
			return err
		}
	}
	for _, fed := range []struct{ name, file string }{{"Spring event", "spring-event.csv"}, {"CL Only 2020 Dec 4", "contact list 2020 (with Priority).csv"}} {
		if err := s.demoImport(ctx, owner, user, fed.name, fed.file); err != nil {
			return err
		}
	}
	return nil
}

// demoList makes a list fed by API with n contacts, if it is not there.
func (s *Server) demoList(ctx context.Context, owner rollcall.Owner, user, name, about string, n int) error {
	if there, err := s.hasList(ctx, owner, name); there || err != nil {
		return err
	}
	l := rollcall.NewContactList(rollcall.SourcePassiveAPI, time.Now())
	l.Owner, l.Name, l.Description, l.CreatedBy, l.UpdatedBy, l.AllowDuplicates = owner, name, about, user, user, true
	if err := s.Store.CreateContactList(ctx, l); err != nil {
		return err
	}
	contacts := make([]rollcall.Contact, n)
	for i := range contacts {
		// 555-0100 to 555-0199 are set aside for fiction in North America.
		number := phone.Number(12025550100 + i)
		contacts[i] = rollcall.Contact{Phone: number, PhoneSent: number.String(), FirstName: rollcall.Given("Customer"), LastName: rollcall.Given(fmt.Sprint(i + 1)),
			TimeZone: rollcall.Given("America/New_York"), Extra: fmt.Sprintf(`{"contract":"R-%d"}`, 7000+i)}
	}
	_, err := s.Store.AddContacts(ctx, owner, l.ID, contacts, user, time.Now())
	return err
}

func (s *Server) hasList(ctx context.Context, owner rollcall.Owner, name string) (bool, error) {
	_, err := s.Store.ContactListByName(ctx, owner, name)
	if rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// demoImport imports a file into a list of its own, if that is not there.
func (s *Server) demoImport(ctx context.Context, owner rollcall.Owner, user, name, file string) error {
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
		Path: path, Owner: owner, User: user, ListName: name, Description: name, Options: rollcall.ImportOptions{Region: "US"}, Now: time.Now, Worker: Worker(),
	})
	return err
}
