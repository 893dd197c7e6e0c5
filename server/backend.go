package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"rollcall"
	"rollcall/auth"
	"rollcall/store"
)

// MasterKeyVariable names the setting of the master key. It is no flag: flags
// are seen by every user of the machine.
const MasterKeyVariable = "ROLLCALL_MASTER_KEY"

// Names of the server's own secrets in the database.
const (
	secretKeyCheck = "master key check"
	secretTokenKey = "token key"
)

// Backend is what the server and every command work on: the database, and the
// keys to what is sealed in it.
type Backend struct {
	Store    *store.Store
	Sealer   *auth.Sealer
	TokenKey *auth.TokenKey
}

// OpenBackend opens the database and the keys. It fails when the master key is
// not the one that the database was made with.
func OpenBackend(ctx context.Context, c Storage) (*Backend, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Config{DataDir: c.Data, DatabaseURL: c.Database, MaxConns: c.Connections, Limits: c.Limits.domain()})
	if err != nil {
		return nil, err
	}
	b := &Backend{Store: s}
	if err := b.loadSealer(ctx, c.Data); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := b.loadSecrets(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return b, nil
}

// loadSealer gets the master key. One is made for a new database only: made for
// another, it would hide that the right one is missing.
func (b *Backend) loadSealer(ctx context.Context, dir string) error {
	setting := os.Getenv(MasterKeyVariable)
	old, err := b.Store.HasSecret(ctx, secretKeyCheck)
	if err != nil {
		return err
	}
	if old && !auth.HasMasterKey(dir, setting) {
		return rollcall.Conflict(rollcall.ReasonInvalidState, "The database was made with a master key, and there is none in "+dir+
			". Restore master.key from your backup, or set "+MasterKeyVariable+".")
	}
	master, err := auth.LoadMasterKey(dir, setting)
	if err != nil {
		return err
	}
	if b.Sealer, err = auth.NewSealer(master); err != nil {
		return err
	}
	b.Store.SetErasureKey(b.Sealer.ErasureKey())
	return nil
}

func (b *Backend) loadSecrets(ctx context.Context) error {
	check, err := b.Store.Secret(ctx, secretKeyCheck, func() ([]byte, error) { return b.Sealer.KeyCheck(), nil })
	if err != nil {
		return err
	}
	if err := b.Sealer.VerifyKeyCheck(check); err != nil {
		return err
	}
	sealed, err := b.Store.Secret(ctx, secretTokenKey, func() ([]byte, error) {
		key, err := auth.NewTokenKey()
		if err != nil {
			return nil, err
		}
		return b.Sealer.Seal(key.Marshal(), secretTokenKey), nil
	})
	if err != nil {
		return err
	}
	der, err := b.Sealer.Open(sealed, secretTokenKey)
	if err != nil {
		return err
	}
	b.TokenKey, err = auth.ParseTokenKey(der)
	return err
}

// Close closes the database.
func (b *Backend) Close() error { return b.Store.Close() }

// Token makes a token for an app: signed with key, the app's secret or its
// private key, good for the time given, for one call where the app enforces
// that, and encrypted where the app enforces that.
func (b *Backend) Token(app *rollcall.App, key any, subject string, ttl time.Duration, now time.Time) (string, error) {
	token, err := auth.Issue(app.Algorithm, key, auth.Claims{
		ClientID: app.ClientID, Subject: subject, ID: rollcall.NewID("jti-"), IssuedAt: now, ExpiresAt: now.Add(ttl),
	})
	if err != nil || !app.EnforceJWE {
		return token, err
	}
	return b.TokenKey.Encrypt(token)
}

// Worker names this process for the imports that it runs: another process tells
// by it whether an import is still its own.
func Worker() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%d", host, os.Getpid(), started.UnixNano())
}

// started tells two processes apart that had the same number one after the other.
var started = time.Now()
