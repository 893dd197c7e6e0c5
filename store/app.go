package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"rollcall"
)

// CreateApp registers an app. Its account and its applications come into being
// when they are new; an application that belongs to another account is refused.
// It fills in AccountKey, OrgID and Revision.
func (s *Store) CreateApp(ctx context.Context, app *rollcall.App) error {
	if err := app.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		account, err := ensureAccount(ctx, t, app.AccountID, app.CreatedAt)
		if err != nil {
			return err
		}
		app.AccountKey, app.OrgID, app.Revision = account.Key, account.OrgID, 1
		for _, id := range app.Applications {
			if err := ensureApplication(ctx, t, account.Key, id, app.CreatedAt); err != nil {
				return err
			}
		}
		return insertApp(ctx, t, app)
	})
}

func ensureAccount(ctx context.Context, t *tx, id string, now time.Time) (rollcall.Account, error) {
	a := rollcall.Account{ID: id}
	for {
		_, err := t.ExecContext(ctx, `INSERT INTO accounts (account_key, account_id, org_id, created_at)
			SELECT COALESCE(MAX(account_key), 0) + 1, $1, $2, CAST($3 AS BIGINT) FROM accounts WHERE TRUE ON CONFLICT DO NOTHING`,
			id, rollcall.NewID(rollcall.PrefixOrganisation), millis(now))
		if err != nil {
			return a, err
		}
		var created int64
		err = t.QueryRowContext(ctx, "SELECT account_key, org_id, created_at FROM accounts WHERE account_id = $1", id).Scan(&a.Key, &a.OrgID, &created)
		// Another process may have taken the number for another account at the
		// same moment: then nothing was inserted, and the next number is free.
		if !errors.Is(err, sql.ErrNoRows) {
			a.CreatedAt = fromMillis(created)
			return a, err
		}
	}
}

func ensureApplication(ctx context.Context, t *tx, account int64, id string, now time.Time) error {
	_, err := t.ExecContext(ctx, "INSERT INTO applications (account_key, application_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		account, id, millis(now))
	if err != nil {
		return err
	}
	var owner int64
	if err := t.QueryRowContext(ctx, "SELECT account_key FROM applications WHERE application_id = $1", id).Scan(&owner); err != nil {
		return err
	}
	if owner != account {
		return rollcall.Conflict(rollcall.ReasonNameTaken, "The application "+id+" belongs to another account; choose another id.")
	}
	return nil
}

func insertApp(ctx context.Context, t *tx, a *rollcall.App) error {
	_, err := t.ExecContext(ctx, `INSERT INTO apps (client_id, account_key, name, user_id, applications, scopes, algorithm,
		enforce_jti, enforce_jwe, revoked, revision, created_at, updated_at) VALUES (`+placeholders(1, 13)+`)`,
		a.ClientID, a.AccountKey, a.Name, a.UserID, toJSON(a.Applications), toJSON(a.Scopes), a.Algorithm,
		a.EnforceJTI, a.EnforceJWE, a.Revoked, a.Revision, millis(a.CreatedAt), millis(a.UpdatedAt))
	if err != nil {
		return err
	}
	return insertAppKeys(ctx, t, a)
}

func insertAppKeys(ctx context.Context, t *tx, a *rollcall.App) error {
	for i, k := range a.Keys {
		_, err := t.ExecContext(ctx, "INSERT INTO app_keys (client_id, position, key_id, sealed, public_key, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
			a.ClientID, i, k.ID, k.Sealed, k.PublicKey, millis(k.CreatedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

const selectApps = `SELECT a.client_id, a.account_key, c.account_id, c.org_id, a.name, a.user_id, a.applications, a.scopes, a.algorithm,
	a.enforce_jti, a.enforce_jwe, a.revoked, a.revision, a.created_at, a.updated_at
	FROM apps a JOIN accounts c ON c.account_key = a.account_key`

func scanApp(r scanner) (*rollcall.App, error) {
	var a rollcall.App
	var applications, scopes string
	var created, updated int64
	err := r.Scan(&a.ClientID, &a.AccountKey, &a.AccountID, &a.OrgID, &a.Name, &a.UserID, &applications, &scopes, &a.Algorithm,
		&a.EnforceJTI, &a.EnforceJWE, &a.Revoked, &a.Revision, &created, &updated)
	if err != nil {
		return nil, err
	}
	a.CreatedAt, a.UpdatedAt = fromMillis(created), fromMillis(updated)
	return &a, errors.Join(json.Unmarshal([]byte(applications), &a.Applications), json.Unmarshal([]byte(scopes), &a.Scopes))
}

// App gives an app, revoked or not.
func (s *Store) App(ctx context.Context, clientID string) (*rollcall.App, error) {
	var app *rollcall.App
	err := s.read(ctx, func(t *sql.Tx) (err error) {
		app, err = loadApp(ctx, t, clientID, "")
		return err
	})
	return app, err
}

func loadApp(ctx context.Context, q queryer, clientID, lock string) (*rollcall.App, error) {
	if lock != "" {
		lock += " OF a"
	}
	app, err := scanApp(q.QueryRowContext(ctx, selectApps+" WHERE a.client_id = $1"+lock, clientID))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, rollcall.NotFound("There is no app " + clientID + ".")
	}
	if err != nil {
		return nil, err
	}
	app.Keys, err = loadAppKeys(ctx, q, clientID)
	return app, err
}

func loadAppKeys(ctx context.Context, q queryer, clientID string) ([]rollcall.AppKey, error) {
	return all(ctx, q, func(r *sql.Rows) (rollcall.AppKey, error) {
		var k rollcall.AppKey
		var created int64
		err := r.Scan(&k.ID, &k.Sealed, &k.PublicKey, &created)
		k.CreatedAt = fromMillis(created)
		return k, err
	}, "SELECT key_id, sealed, public_key, created_at FROM app_keys WHERE client_id = $1 ORDER BY position", clientID)
}

// Apps gives every app, oldest first.
func (s *Store) Apps(ctx context.Context) ([]*rollcall.App, error) {
	var apps []*rollcall.App
	err := s.read(ctx, func(t *sql.Tx) (err error) {
		apps, err = all(ctx, t, func(r *sql.Rows) (*rollcall.App, error) { return scanApp(r) }, selectApps+" ORDER BY a.created_at, a.client_id")
		for _, app := range apps {
			if err == nil {
				app.Keys, err = loadAppKeys(ctx, t, app.ClientID)
			}
		}
		return err
	})
	return apps, err
}

// UpdateApp changes an app under a rule. Every process sees it at its next
// request, since the revision grows.
func (s *Store) UpdateApp(ctx context.Context, clientID string, rule func(*rollcall.App) error) (*rollcall.App, error) {
	var app *rollcall.App
	err := s.write(ctx, func(t *tx) (err error) {
		if app, err = loadApp(ctx, t, clientID, s.dialect.forUpdate); err != nil {
			return err
		}
		if err := rule(app); err != nil {
			return err
		}
		app.Revision++
		return updateApp(ctx, t, app)
	})
	return app, err
}

func updateApp(ctx context.Context, t *tx, a *rollcall.App) error {
	_, err := t.ExecContext(ctx, "UPDATE apps SET name = $2, scopes = $3, revoked = $4, revision = $5, updated_at = $6 WHERE client_id = $1",
		a.ClientID, a.Name, toJSON(a.Scopes), a.Revoked, a.Revision, millis(a.UpdatedAt))
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, "DELETE FROM app_keys WHERE client_id = $1", a.ClientID); err != nil {
		return err
	}
	return insertAppKeys(ctx, t, a)
}

// Workspace gives the owner that an application stands for, and the user behind
// its account's first app: for callers on the machine itself, who need no token.
func (s *Store) Workspace(ctx context.Context, applicationID string) (owner rollcall.Owner, user string, err error) {
	owner.ApplicationID = applicationID
	err = s.reader.QueryRowContext(ctx, `SELECT p.account_key, a.user_id FROM applications p JOIN apps a ON a.account_key = p.account_key
		WHERE p.application_id = $1 ORDER BY a.created_at, a.client_id LIMIT 1`, applicationID).Scan(&owner.AccountKey, &user)
	if errors.Is(err, sql.ErrNoRows) {
		return owner, "", rollcall.NotFound("There is no application " + applicationID + "; register an app for it with `rollcall app create`.")
	}
	return owner, user, err
}

// UseTokenID records that a token was used; fresh is false when it had been
// before, by whatever process. It is durable when it returns.
func (s *Store) UseTokenID(ctx context.Context, clientID, tokenID string, until time.Time) (fresh bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		r, err := t.ExecContext(ctx, "INSERT INTO token_ids (client_id, token_id, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			clientID, tokenID, millis(until))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		fresh = n == 1
		return err
	})
	return fresh, err
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only strings and structs of strings come here
	}
	return string(b)
}
