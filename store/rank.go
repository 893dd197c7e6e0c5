package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strconv"

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
// Campaigns go through their lists in orders of their own. A claim of one campaign locks
// one ranking, and so does a scrub, which holds nothing else; claims of several campaigns lock
// their runs first, and no two runs that are not over share a list. So nobody who holds a ranking waits for
// another one that somebody holds who waits for the first.

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
	_, err = t.ExecContext(ctx, `INSERT INTO contact_ranks (account_key, content_key, rank, seq)
		SELECT * FROM (SELECT account_key, list_key, `+s.dialect.rankOf("contact_priority")+` AS rank, seq FROM contacts
			WHERE account_key = $1 AND list_key = $2 AND seq > $3 AND seq <= $4 AND contact_priority IS NOT NULL) ranked
		WHERE rank IS NOT NULL ON CONFLICT DO NOTHING`, account, content, ranked, to)
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
	rank := s.dialect.rankOf("CAST($3 AS TEXT)")
	if before.ContactPriority.Given {
		_, err := t.ExecContext(ctx, "DELETE FROM contact_ranks WHERE account_key = $1 AND content_key = $2 AND rank = "+rank+" AND seq = $4",
			l.Owner.AccountKey, l.contentKey, before.ContactPriority.Value, after.Seq)
		if err != nil {
			return err
		}
	}
	if !after.ContactPriority.Given {
		return nil
	}
	_, err := t.ExecContext(ctx, `INSERT INTO contact_ranks (account_key, content_key, rank, seq)
		SELECT account_key, content_key, `+rank+`, CAST($4 AS BIGINT) FROM contact_rankings WHERE account_key = $1 AND content_key = $2 AND `+rank+" IS NOT NULL ON CONFLICT DO NOTHING",
		l.Owner.AccountKey, l.contentKey, after.ContactPriority.Value, after.Seq)
	return err
}

// rankPlace is where a contact stands in the order of priority. The largest priority,
// whose negative is the rank, comes first.
type rankPlace struct {
	rank float64
	seq  int64
}

// rankedContacts gives the next contacts in the order of their priority, after a place, each
// once, and where each stands; and the place that it looked at last, which may be that of a contact
// that is gone; nil: there is none. Further tells whether those of other ranks are wanted too;
// from the beginning they are.
func (s *Store) rankedContacts(ctx context.Context, t *tx, account, content int64, rank *float64, after int64, further bool, limit int) (contacts []rollcall.Contact, ranks map[int64]float64, last *rankPlace, err error) {
	where, from := "(rank, seq) > ($3, $4)", -math.MaxFloat64
	if rank != nil {
		if from = *rank; !further {
			where = "rank = $3 AND seq > $4"
		}
	}
	places, err := all(ctx, t, func(r *sql.Rows) (p rankPlace, err error) { return p, r.Scan(&p.rank, &p.seq) },
		"SELECT rank, seq FROM contact_ranks WHERE account_key = $1 AND content_key = $2 AND "+where+" ORDER BY rank, seq LIMIT $5", account, content, from, after, limit)
	if err != nil || len(places) == 0 {
		return nil, nil, nil, err
	}
	seqs := make([]int64, len(places))
	for i, p := range places {
		seqs[i] = p.seq
	}
	found, err := contactsAt(ctx, t, s.dialect.contactsAt, account, content, sorted(slices.Clone(seqs)))
	there := make(map[int64]*rollcall.Contact, len(found))
	for i := range found {
		there[found[i].Seq] = &found[i]
	}
	ranks = make(map[int64]float64, len(found))
	for _, p := range places {
		c := there[p.seq]
		if _, twice := ranks[p.seq]; c != nil && !twice && p.of(c) {
			contacts, ranks[p.seq] = append(contacts, *c), p.rank
		}
	}
	return contacts, ranks, &places[len(places)-1], err
}

// of tells whether the place is the contact's still. The engine made a number of the
// priority's text, and may have come to a close neighbour of it.
func (p rankPlace) of(c *rollcall.Contact) bool {
	n, err := strconv.ParseFloat(c.ContactPriority.Value, 64)
	return err == nil && math.Abs(n+p.rank) <= 1e-9*max(1, math.Abs(n))
}

// purgeRanks removes the next chunk of the ranks of contents that are gone, and tells
// whether none are left.
func purgeRanks(ctx context.Context, t *tx, account, content int64) (done bool, err error) {
	var last rankPlace
	err = t.QueryRowContext(ctx, "SELECT rank, seq FROM contact_ranks WHERE account_key = $1 AND content_key = $2 ORDER BY rank, seq LIMIT 1 OFFSET $3",
		account, content, purgeChunk).Scan(&last.rank, &last.seq)
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
	_, err = t.ExecContext(ctx, "DELETE FROM contact_ranks WHERE account_key = $1 AND content_key = $2 AND (rank, seq) <= ($3, $4)", account, content, last.rank, last.seq)
	return false, err
}
