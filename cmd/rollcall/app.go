package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"rollcall"
	"rollcall/auth"
	"rollcall/server"
)

type appCommands struct {
	Create appCreateCommand `cmd:"" help:"Register an app; its secret is shown once."`
	List   appListCommand   `cmd:"" help:"List the apps."`
	Rotate appRotateCommand `cmd:"" help:"Give an app a new secret beside the old one, or end that with --finish."`
	Revoke appRevokeCommand `cmd:"" help:"Shut an app out at once and for good."`
}

// appAnswer is what --json prints of an app.
type appAnswer struct {
	ClientID     string             `json:"clientId"`
	ClientSecret string             `json:"clientSecret,omitempty"`
	Name         string             `json:"name"`
	Account      string             `json:"account"`
	Applications []string           `json:"applications"`
	Scopes       []rollcall.Scope   `json:"scopes"`
	Algorithm    rollcall.Algorithm `json:"algorithm"`
	EnforceJTI   bool               `json:"enforceJti"`
	EnforceJWE   bool               `json:"enforceJwe"`
	Revoked      bool               `json:"revoked"`
	LiveKeys     int                `json:"liveKeys"`
	CreatedAt    time.Time          `json:"createdAt"`
	TokenKey     string             `json:"encryptionKey,omitempty"`
}

func answerOf(a *rollcall.App) appAnswer {
	return appAnswer{
		ClientID: a.ClientID, Name: a.Name, Account: a.AccountID, Applications: a.Applications, Scopes: a.Scopes, Algorithm: a.Algorithm,
		EnforceJTI: a.EnforceJTI, EnforceJWE: a.EnforceJWE, Revoked: a.Revoked, LiveKeys: len(a.Keys), CreatedAt: a.CreatedAt,
	}
}

type appCreateCommand struct {
	server.Storage
	Name        string   `required:"" help:"What you call the app."`
	Account     string   `required:"" placeholder:"24HEX" help:"Its account: 24 hexadecimal digits. It is made when it is new."`
	Application []string `required:"" sep:"none" placeholder:"st-…" help:"An application that it may name; may be repeated."`
	Scope       []string `sep:"none" default:"campaign_management" help:"What it may do; may be repeated."`
	Algorithm   string   `default:"HS256" help:"How it signs: HS256, HS384, HS512, RS256 or ES256."`
	PublicKey   string   `placeholder:"FILE" help:"For RS256 and ES256: its public key, PEM."`
	EnforceJTI  bool     `name:"enforce-jti" help:"Each token is good for one call."`
	EnforceJWE  bool     `name:"enforce-jwe" help:"Tokens must arrive encrypted."`
	JSON        bool     `name:"json" help:"Print one JSON object."`
}

// Run registers an app.
func (a *appCreateCommand) Run(c *console) error {
	app, err := a.app(time.Now())
	if err != nil {
		return asUsage(err)
	}
	b, err := c.open(a.Storage)
	if err != nil {
		return err
	}
	defer b.Close()
	key, secret, err := newAppKey(b.Sealer, app, a.PublicKey)
	if err != nil {
		return asUsage(err)
	}
	if err := app.AddKey(key, app.CreatedAt); err != nil {
		return err
	}
	if err := b.Store.CreateApp(c, app); err != nil {
		return err
	}
	return showSecret(c, a.JSON, app, secret, b.TokenKey)
}

func (a *appCreateCommand) app(now time.Time) (*rollcall.App, error) {
	algorithm, err := rollcall.ParseAlgorithm(a.Algorithm)
	if err != nil {
		return nil, err
	}
	app := &rollcall.App{
		ClientID: auth.NewClientID(), Name: a.Name, AccountID: strings.ToLower(a.Account), UserID: rollcall.NewID(rollcall.PrefixUser),
		Applications: a.Application, Algorithm: algorithm, EnforceJTI: a.EnforceJTI, EnforceJWE: a.EnforceJWE, CreatedAt: now, UpdatedAt: now,
	}
	for _, s := range a.Scope {
		scope, err := rollcall.ParseScope(s)
		if err != nil {
			return nil, err
		}
		app.Scopes = append(app.Scopes, scope)
	}
	return app, app.Validate()
}

// newAppKey makes a secret for a symmetric algorithm, and reads the public key
// for the others.
func newAppKey(sealer *auth.Sealer, app *rollcall.App, publicKey string) (key rollcall.AppKey, secret string, err error) {
	if app.Algorithm.Symmetric() {
		if publicKey != "" {
			return key, "", rollcall.Invalid("public-key", "An app that signs with "+string(app.Algorithm)+" has a secret, not a public key.")
		}
		secret = auth.NewSecret()
		return auth.NewAppKey(sealer, app.ClientID, secret), secret, nil
	}
	if publicKey == "" {
		return key, "", rollcall.Invalid("public-key", "An app that signs with "+string(app.Algorithm)+" needs its public key: --public-key FILE.")
	}
	text, err := os.ReadFile(publicKey)
	if err != nil {
		return key, "", rollcall.Invalid("public-key", "The file cannot be read: "+err.Error()+".")
	}
	der, err := auth.ParsePublicKey(text, app.Algorithm)
	return auth.NewAppPublicKey(der), "", err
}

func showSecret(c *console, asJSON bool, app *rollcall.App, secret string, tokenKey *auth.TokenKey) error {
	answer := answerOf(app)
	answer.ClientSecret = secret
	if app.EnforceJWE {
		answer.TokenKey = tokenKey.PublicPEM()
	}
	if asJSON {
		return c.writeJSON(answer)
	}
	fmt.Fprintf(c.out, "clientId      %s\n", answer.ClientID)
	if secret != "" {
		fmt.Fprintf(c.out, "clientSecret  %s\n", secret)
		fmt.Fprintln(c.err, "The secret is shown this once. Keep it where only the app can read it.")
	}
	if app.EnforceJWE {
		fmt.Fprintf(c.out, "Encrypt tokens for this key (RSA-OAEP-256):\n%s", answer.TokenKey)
	}
	return nil
}

type appListCommand struct {
	server.Storage
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run lists the apps.
func (a *appListCommand) Run(c *console) error {
	b, err := c.open(a.Storage)
	if err != nil {
		return err
	}
	defer b.Close()
	apps, err := b.Store.Apps(c)
	if err != nil {
		return err
	}
	if a.JSON {
		answers := make([]appAnswer, len(apps))
		for i, app := range apps {
			answers[i] = answerOf(app)
		}
		return c.writeJSON(map[string]any{"apps": answers})
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CLIENT ID\tNAME\tACCOUNT\tAPPLICATIONS\tALGORITHM\tSTATE")
	for _, app := range apps {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", app.ClientID, app.Name, app.AccountID, strings.Join(app.Applications, " "), app.Algorithm, appState(app))
	}
	return w.Flush()
}

func appState(a *rollcall.App) string {
	switch {
	case a.Revoked:
		return "revoked"
	case len(a.Keys) > 1:
		return "live, two secrets"
	}
	return "live"
}

type appRotateCommand struct {
	server.Storage
	ClientID  string `required:"" placeholder:"cs-…" help:"The app."`
	PublicKey string `placeholder:"FILE" help:"For RS256 and ES256: the new public key, PEM."`
	Finish    bool   `help:"End the rotation: only the newest secret stays live."`
	JSON      bool   `name:"json" help:"Print one JSON object."`
}

// Run begins a rotation, or ends one.
func (a *appRotateCommand) Run(c *console) error {
	b, err := c.open(a.Storage)
	if err != nil {
		return err
	}
	defer b.Close()
	var secret string
	app, err := b.Store.UpdateApp(c, a.ClientID, func(app *rollcall.App) error {
		if a.Finish {
			return app.RetireOldKeys(time.Now())
		}
		key, fresh, err := newAppKey(b.Sealer, app, a.PublicKey)
		if err != nil {
			return asUsage(err)
		}
		secret = fresh
		return app.AddKey(key, time.Now())
	})
	if err != nil {
		return err
	}
	if err := showSecret(c, a.JSON, app, secret, b.TokenKey); err != nil {
		return err
	}
	if !a.Finish {
		fmt.Fprintln(c.err, "Both secrets are live. When the app uses the new one, end the rotation with: rollcall app rotate --finish --client-id "+app.ClientID)
	}
	return nil
}

type appRevokeCommand struct {
	server.Storage
	ClientID string `required:"" placeholder:"cs-…" help:"The app."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
}

// Run shuts an app out.
func (a *appRevokeCommand) Run(c *console) error {
	b, err := c.open(a.Storage)
	if err != nil {
		return err
	}
	defer b.Close()
	app, err := b.Store.UpdateApp(c, a.ClientID, func(app *rollcall.App) error {
		app.Revoke(time.Now())
		return nil
	})
	if err != nil {
		return err
	}
	if a.JSON {
		return c.writeJSON(answerOf(app))
	}
	_, err = fmt.Fprintf(c.out, "%s is revoked.\n", app.ClientID)
	return err
}
