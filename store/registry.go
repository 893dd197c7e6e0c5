package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"rollcall"
)

// CreateRegistryEntry keeps an experience flow, a queue or a message template. A name
// that is taken among its kind in the application, whatever its case, is a conflict.
func (s *Store) CreateRegistryEntry(ctx context.Context, e *rollcall.RegistryEntry) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "INSERT INTO registry (account_key, application_id, kind, entry_id, name, name_key, created_by, created_at) VALUES ("+placeholders(1, 8)+")",
			e.Owner.AccountKey, e.Owner.ApplicationID, string(e.Kind), e.ID, e.Name, rollcall.NameKey(e.Name), e.CreatedBy, millis(e.CreatedAt))
		if isUniqueViolation(err) {
			taken := rollcall.Conflict(rollcall.ReasonNameTaken, "The "+e.Kind.Noun()+" "+e.Name+" exists already; names are the same whatever their case.")
			taken.Field = "name"
			return taken
		}
		return err
	})
}

const selectRegistry = "SELECT entry_id, name, created_by, created_at FROM registry WHERE account_key = $1 AND application_id = $2 AND kind = $3"

func scanEntry(r scanner, owner rollcall.Owner, kind rollcall.RegistryKind) (rollcall.RegistryEntry, error) {
	e := rollcall.RegistryEntry{Owner: owner, Kind: kind}
	var created int64
	err := r.Scan(&e.ID, &e.Name, &e.CreatedBy, &created)
	e.CreatedAt = fromMillis(created)
	return e, err
}

// RegistryEntries gives all of a kind, by name.
func (s *Store) RegistryEntries(ctx context.Context, owner rollcall.Owner, kind rollcall.RegistryKind) ([]rollcall.RegistryEntry, error) {
	return all(ctx, s.reader, func(r *sql.Rows) (rollcall.RegistryEntry, error) { return scanEntry(r, owner, kind) },
		selectRegistry+" ORDER BY name_key", owner.AccountKey, owner.ApplicationID, string(kind))
}

// DeleteRegistryEntry removes one that no campaign names.
func (s *Store) DeleteRegistryEntry(ctx context.Context, owner rollcall.Owner, kind rollcall.RegistryKind, id string) (e rollcall.RegistryEntry, err error) {
	err = s.write(ctx, func(t *tx) error {
		// Its lock makes a campaign that is just made wait, or this wait for it.
		if e, err = scanEntry(t.QueryRowContext(ctx, selectRegistry+" AND entry_id = $4"+s.dialect.forUpdate, owner.AccountKey, owner.ApplicationID, string(kind), id), owner, kind); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return rollcall.NotFound("There is no " + kind.Noun() + " with this id.")
			}
			return err
		}
		// Ids are found nowhere but in what they stand for.
		users, err := all(ctx, t, func(r *sql.Rows) (name string, err error) { err = r.Scan(&name); return name, err },
			"SELECT name FROM campaigns WHERE account_key = $1 AND application_id = $2 AND plan LIKE $3 ORDER BY campaign_key", owner.AccountKey, owner.ApplicationID, "%\""+strings.ReplaceAll(id, "%", "")+"\"%")
		if err != nil {
			return err
		}
		if err := e.CheckDelete(users); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, "DELETE FROM registry WHERE account_key = $1 AND application_id = $2 AND kind = $3 AND entry_id = $4", owner.AccountKey, owner.ApplicationID, string(kind), id)
		return err
	})
	return e, err
}
