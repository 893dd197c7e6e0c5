package auth

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"rollcall"
)

// secretBytes is the randomness of a secret. 48 bytes are 64 characters: exactly
// what HS512 asks of a key at least (RFC 7518, section 3.2), since the characters
// themselves are the key.
const secretBytes = 48

// prefixKey begins the id of an app's key.
const prefixKey = "ak-"

// NewSecret gives a fresh client secret: 64 characters of base64url. The HMAC
// key is these characters byte for byte, not what they decode to, as JWT
// libraries take a secret that is pasted into them.
func NewSecret() string {
	var b [secretBytes]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// NewClientID gives a fresh client id: "cs-" and a random UUID.
func NewClientID() string { return rollcall.NewID(rollcall.PrefixApp) }

// NewAppKey seals a secret for the app with this client id, and for no other.
// CreatedAt is left to whoever adds the key to the app.
func NewAppKey(sealer *Sealer, clientID, secret string) rollcall.AppKey {
	return rollcall.AppKey{
		ID:     rollcall.NewID(prefixKey),
		Sealed: sealer.Seal([]byte(secret), secretContext(clientID)),
	}
}

// NewAppPublicKey is the key of an app that signs with a private key. der is
// what [ParsePublicKey] gave.
func NewAppPublicKey(der []byte) rollcall.AppKey {
	return rollcall.AppKey{ID: rollcall.NewID(prefixKey), PublicKey: der}
}

// Secrets opens the live secrets of an app, oldest first, so that the last one
// is the one to sign with. It is empty for an app that has public keys. It fails
// where one cannot be opened: then the master key is not the one that sealed it.
func (s *Sealer) Secrets(app *rollcall.App) ([][]byte, error) {
	var secrets [][]byte
	for _, key := range app.Keys {
		if len(key.Sealed) == 0 {
			continue
		}
		secret, err := s.Open(key.Sealed, secretContext(app.ClientID))
		if err != nil {
			return nil, fmt.Errorf("app %s, key %s: %w", app.ClientID, key.ID, err)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// secretContext binds a sealed secret to its app; it is part of what is stored.
func secretContext(clientID string) string { return "app secret " + clientID }
