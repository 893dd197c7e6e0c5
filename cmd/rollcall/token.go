package main

import (
	"fmt"
	"os"
	"time"

	"rollcall"
	"rollcall/auth"
	"rollcall/server"
)

type tokenCommand struct {
	server.Storage
	ClientID   string        `required:"" placeholder:"cs-…" help:"The app."`
	TTL        time.Duration `name:"ttl" default:"1h" help:"How long the token is good."`
	Subject    string        `default:"rollcall" help:"Whom the token speaks for (its claim sub)."`
	PrivateKey string        `placeholder:"FILE" help:"For RS256 and ES256: the app's private key, PEM."`
}

// Run prints a token, alone on standard output.
func (t *tokenCommand) Run(c *console) error {
	if t.TTL <= 0 {
		return usageError{rollcall.Invalid("ttl", "The time must be above zero, for example 1h.")}
	}
	b, err := c.open(t.Storage)
	if err != nil {
		return err
	}
	defer b.Close()
	app, err := b.Store.App(c, t.ClientID)
	if err != nil {
		return err
	}
	if app.Revoked {
		return rollcall.Conflict(rollcall.ReasonInvalidState, "The app "+app.ClientID+" is revoked.")
	}
	key, err := t.key(b.Sealer, app)
	if err != nil {
		return asUsage(err)
	}
	token, err := b.Token(app, key, t.Subject, t.TTL, time.Now())
	if err != nil {
		return asUsage(err)
	}
	_, err = fmt.Fprintln(c.out, token)
	return err
}

// key gives what signs: the app's newest secret, or the private key from a file.
func (t *tokenCommand) key(sealer *auth.Sealer, app *rollcall.App) (any, error) {
	if app.Algorithm.Symmetric() {
		secrets, err := sealer.Secrets(app)
		if err != nil {
			return nil, err
		}
		return secrets[len(secrets)-1], nil
	}
	if t.PrivateKey == "" {
		return nil, rollcall.Invalid("private-key", "The app signs with "+string(app.Algorithm)+"; Rollcall holds its public key only. Give the private key: --private-key FILE.")
	}
	text, err := os.ReadFile(t.PrivateKey)
	if err != nil {
		return nil, rollcall.Invalid("private-key", "The file cannot be read: "+err.Error()+".")
	}
	return auth.ParsePrivateKey(text)
}
