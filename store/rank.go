package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"rollcall"
)

// Contacts are found by their priority in contact_ranks, which is filled where a campaign
// goes by priority, and not before: such an index over all contacts made every import a
// quarter to a third slower (docs/adr/0016). contact_rankings says up to which sequence number a
// list's contents are ranked; whatever came since is ranked before the next contact is
// handed out. A contact that changes its priority is ranked anew at once. Places of
// contacts that are gone stay until the contents are purged, and so may one that was
// changed while its list was ranked: who reads a place looks at the contact.
//
// Whoever changes a priority in contents that nobody ranks yet keeps the ranking from
// beginning until the change can be seen: it would be missed else.
//
// No transaction locks more than one ranking: campaigns go through their lists in orders
// of their own.

// rankChunk is how many contacts are ranked at once: some tens of milliseconds.
const rankChunk = 20_000

// ranking is how far a list's contents are ranked.
type ranking struct {
	all  bool // all of them
	work bool // this very call ranked some, and holds the lock
}

// rankOn ranks the next contacts of a list's contents, of which the last is given. Where
// priorities are being changed it waits before it begins with a list; else it leaves that
// to another time, as who holds locks must.
func (s *Store) rankOn(ctx context.Context, t *tx, account, content, last int64, wait bool) (r ranking, err error) {
	ranked, begun, err := rankedTo(ctx, t, account, content, "")
	if err != nil || ranked >= last {
		return ranking{all: err == nil}, err
	}
	if !begun {
		if begun, err = s.beginRanking(ctx, t, account, content, wait); err != nil || !begun {
			return ranking{work: err == nil}, err
		}
	}
	// A scrub and a run may rank one list at the same time: they take turns.
	if ranked, _, err = rankedTo(ctx, t, account, content, s.dialect.forUpdate); err != nil {
		return r, err
	}
	// By the number of contacts: between two there may be millions of sequence numbers.
	to := last
	err = t.QueryRowContext(ctx, "SELECT seq FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq > $3 ORDER BY seq LIMIT 1 OFFSET $4", account, content, ranked, rankChunk-1).Scan(&to)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO contact_ranks (account_key, content_key, contact_priority, seq)
		SELECT account_key, list_key, contact_priority, seq FROM contacts
		WHERE account_key = $1 AND list_key = $2 AND seq > $3 AND seq <= $4 AND contact_priority IS NOT NULL ON CONFLICT DO NOTHING`, account, content, ranked, to)
	if err != nil {
		return r, err
	}
	_, err = t.ExecContext(ctx, "UPDATE contact_rankings SET ranked_to = $3 WHERE account_key = $1 AND content_key = $2 AND ranked_to < $3", account, content, to)
	return ranking{all: to >= last, work: true}, err
}

// beginRanking has changes of priority be noted from here on, and tells whether it has.
func (s *Store) beginRanking(ctx context.Context, t *tx, account, content int64, wait bool) (begun bool, err error) {
	switch {
	case s.dialect.rankingTry == "":
	case wait:
		if _, err := t.ExecContext(ctx, s.dialect.rankingWait, account, content); err != nil {
			return false, err
		}
	default:
		if err := t.QueryRowContext(ctx, s.dialect.rankingTry, account, content).Scan(&begun); err != nil || !begun {
			return false, err
		}
	}
	_, err = t.ExecContext(ctx, "INSERT INTO contact_rankings (account_key, content_key, ranked_to) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING", account, content)
	return err == nil, err
}

// rankedTo gives the sequence number up to which contents are ranked, and whether that
// has begun.
func rankedTo(ctx context.Context, t *tx, account, content int64, lock string) (ranked int64, begun bool, err error) {
	err = t.QueryRowContext(ctx, "SELECT ranked_to FROM contact_rankings WHERE account_key = $1 AND content_key = $2"+lock, account, content).Scan(&ranked)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return ranked, err == nil, err
}

// rankFrom has contents be ranked anew from a sequence number on, since contacts were
// moved into them.
func rankFrom(ctx context.Context, t *tx, account, content, seq int64) error {
	_, err := t.ExecContext(ctx, "UPDATE contact_rankings SET ranked_to = $3 WHERE account_key = $1 AND content_key = $2 AND ranked_to > $3", account, content, seq-1)
	return err
}

// rankAnew ranks a contact whose priority has changed.
func (s *Store) rankAnew(ctx context.Context, t *tx, l *listRow, before, after *rollcall.Contact) error {
	if before.ContactPriority == after.ContactPriority {
		return nil
	}
	if s.dialect.rankingShared != "" && t.unranked != l.contentKey {
		if _, err := t.ExecContext(ctx, s.dialect.rankingShared, l.Owner.AccountKey, l.contentKey); err != nil {
			return err
		}
		t.unranked = l.contentKey
	}
	if before.ContactPriority.Given {
		_, err := t.ExecContext(ctx, "DELETE FROM contact_ranks WHERE account_key = $1 AND content_key = $2 AND contact_priority = $3 AND seq = $4",
			l.Owner.AccountKey, l.contentKey, before.ContactPriority.Value, after.Seq)
		if err != nil {
			return err
		}
	}
	if !after.ContactPriority.Given {
		return nil
	}
	_, err := t.ExecContext(ctx, `INSERT INTO contact_ranks (account_key, content_key, contact_priority, seq)
		SELECT account_key, content_key, CAST($3 AS TEXT), CAST($4 AS BIGINT) FROM contact_rankings WHERE account_key = $1 AND content_key = $2 ON CONFLICT DO NOTHING`,
		l.Owner.AccountKey, l.contentKey, after.ContactPriority.Value, after.Seq)
	return err
}

// rankedContacts gives the next contacts of a priority, by sequence number, and the places
// that it looked at, among them those of contacts that are gone.
func (s *Store) rankedContacts(ctx context.Context, t *tx, account, content int64, priority string, after int64, limit int) (contacts []rollcall.Contact, places []int64, err error) {
	places, err = all(ctx, t, scanKey, `SELECT seq FROM contact_ranks WHERE account_key = $1 AND content_key = $2 AND contact_priority = $3 AND seq > $4
		ORDER BY contact_priority, seq LIMIT $5`, account, content, priority, after, limit)
	if err != nil {
		return nil, nil, err
	}
	found, err := contactsAt(ctx, t, s.dialect.contactsAt, account, content, places)
	for i := range found {
		if found[i].ContactPriority.Value == priority {
			contacts = append(contacts, found[i])
		}
	}
	slices.SortFunc(contacts, func(a, b rollcall.Contact) int { return cmp.Compare(a.Seq, b.Seq) })
	return contacts, places, err
}

// purgeRanks removes the next chunk of the ranks of contents that are gone, and tells
// whether none are left.
func purgeRanks(ctx context.Context, t *tx, account, content int64) (done bool, err error) {
	var priority string
	var seq int64
	err = t.QueryRowContext(ctx, "SELECT contact_priority, seq FROM contact_ranks WHERE account_key = $1 AND content_key = $2 ORDER BY contact_priority, seq LIMIT 1 OFFSET $3",
		account, content, purgeChunk).Scan(&priority, &seq)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		for _, table := range []string{"contact_ranks", "contact_rankings"} {
			if _, err := t.ExecContext(ctx, "DELETE FROM "+table+" WHERE account_key = $1 AND content_key = $2", account, content); err != nil {
				return false, err
			}
		}
		return true, nil
	case err != nil:
		return false, err
	}
	_, err = t.ExecContext(ctx, "DELETE FROM contact_ranks WHERE account_key = $1 AND content_key = $2 AND (contact_priority, seq) <= ($3, $4)", account, content, priority, seq)
	return false, err
}
