package client

import (
	"crypto/rsa"
	"time"

	"rollcall"
	"rollcall/auth"
)

// tokenLife is how long a token is good. Each request has a token of its own, so
// that is the time for one request to arrive.
const tokenLife = 5 * time.Minute

// Credentials are an app's: they make a token for each request.
type Credentials struct {
	ClientID  string
	Algorithm rollcall.Algorithm
	Key       any            // see [auth.Issue]
	EncryptTo *rsa.PublicKey // the server's, for apps that encrypt their tokens; nil: they do not
}

// Token makes a token.
func (c *Credentials) Token(now time.Time) (token string, fresh bool, err error) {
	token, err = auth.Issue(c.Algorithm, c.Key, auth.Claims{
		ClientID: c.ClientID, Subject: "rollcall import", ID: rollcall.NewID("tk-"), IssuedAt: now, ExpiresAt: now.Add(tokenLife),
	})
	if err == nil && c.EncryptTo != nil {
		token, err = auth.EncryptTo(c.EncryptTo, token)
	}
	return token, true, err
}

// ReadyToken is a token that somebody else made.
type ReadyToken string

// Token gives the token.
func (t ReadyToken) Token(time.Time) (token string, fresh bool, err error) {
	return string(t), false, nil
}
