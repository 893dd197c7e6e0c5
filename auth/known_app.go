package auth

import (
	"context"
	"crypto/x509"
	"fmt"

	"rollcall"
)

// maxKnownApps bounds the apps whose opened keys are kept in memory.
const maxKnownApps = 10_000

// knownApp is an app with its keys opened. Read only once it is made.
type knownApp struct {
	record *rollcall.App // nil: there is no such app
	keys   []any         // []byte, *rsa.PublicKey or *ecdsa.PublicKey, as the algorithm asks; none: nobody can sign
}

// nobody is the app that does not exist.
var nobody = &knownApp{}

// app gives the app with this client id as it is at this revision or later, from
// memory where it is the same. An app that does not exist is never kept: a
// caller could fill the memory with inventions.
func (v *Verifier) app(ctx context.Context, clientID string, revision int64) (*knownApp, error) {
	if revision == 0 {
		return nobody, nil
	}
	if app, ok := v.known.get(clientID); ok && app.record.Revision == revision {
		return app, nil
	}
	record, err := v.apps.App(ctx, clientID)
	if err != nil {
		if rollcall.CodeOf(err) == rollcall.CodeNotFound {
			return nobody, nil // deleted since the revision was read
		}
		return nil, err
	}
	if record.ClientID != clientID || record.Revision < revision {
		// A store that answers with something else or something stale could
		// bring a revoked app back to life.
		return nil, fmt.Errorf("auth: asked for app %s at revision %d, the store gave %s at %d", clientID, revision, record.ClientID, record.Revision)
	}
	app, err := v.open(record)
	if err != nil {
		return nil, err
	}
	v.known.put(clientID, app)
	return app, nil
}

// open opens the live keys of an app. A key that cannot be opened is the
// server's fault and not the caller's, hence no refusal.
func (v *Verifier) open(record *rollcall.App) (*knownApp, error) {
	app := &knownApp{record: record}
	if record.Revoked {
		return app, nil
	}
	if !record.Algorithm.Symmetric() {
		return app, app.addPublicKeys()
	}
	secrets, err := v.sealer.Secrets(record)
	if err != nil {
		return nil, err
	}
	for _, secret := range secrets {
		app.keys = append(app.keys, secret)
	}
	return app, nil
}

func (a *knownApp) addPublicKeys() error {
	for _, stored := range a.record.Keys {
		key, err := x509.ParsePKIXPublicKey(stored.PublicKey)
		if err != nil {
			return fmt.Errorf("auth: app %s, key %s: %w", a.record.ClientID, stored.ID, err)
		}
		if problem := publicKeyProblem(key, a.record.Algorithm); problem != "" {
			return fmt.Errorf("auth: app %s, key %s: %s", a.record.ClientID, stored.ID, problem)
		}
		a.keys = append(a.keys, key)
	}
	return nil
}
