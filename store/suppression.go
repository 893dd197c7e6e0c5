package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"time"

	"rollcall"
	"rollcall/phone"
)

// A number whose person was erased stays suppressed by its hash: the first 63 bits of
// HMAC-SHA-256 over the account's key and the number, by a key that is derived from the
// master key and is not in the database. Numbers are few enough to try them all, so
// that a hash without a key would hide nothing.
//
// 63 bits fit into a column that both engines look up in bulk. That two numbers share a
// hash is unlikely: with a million suppressed numbers in an account, one of a billion
// others is taken for one of them with a chance of 1 in 9,000.

// SetErasureKey gives the store the key of erasures, 32 bytes. It is called once, before
// the store is used by several. Without the key, and with another one than that by
// which numbers were suppressed, see suppressed.
func (s *Store) SetErasureKey(key []byte) { s.erasure = bytes.Clone(key) }

// errNoErasureKey is a program that opened the store and forgot about erasures. Nothing
// is let through then.
var errNoErasureKey = &rollcall.Error{Code: rollcall.CodeInternal, Message: "the store has no erasure key"}

// suppressionHashes gives the hash of each number. An entry of a DNC list that has a whole
// number as a prefix, +12025550143*, has the number's.
func (s *Store) suppressionHashes(account int64, numbers []int64) ([]int64, error) {
	if len(s.erasure) == 0 {
		return nil, errNoErasureKey
	}
	mac := hmac.New(sha256.New, s.erasure)
	var message [16]byte
	var sum [sha256.Size]byte
	binary.BigEndian.PutUint64(message[:8], uint64(account))
	hashes := make([]int64, len(numbers))
	for i, n := range numbers {
		binary.BigEndian.PutUint64(message[8:], uint64(max(n, -n)))
		mac.Reset()
		mac.Write(message[:])
		hashes[i] = int64(binary.BigEndian.Uint64(mac.Sum(sum[:0])) >> 1)
	}
	return hashes, nil
}

// hasSuppressions tells whether an account has erased anybody. Most have not, and pay
// for no more than this look.
func hasSuppressions(ctx context.Context, q queryer, account int64) (has bool, err error) {
	err = q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM suppressions WHERE account_key = $1)", account).Scan(&has)
	return has, err
}

// suppressed gives those of some numbers whose person was erased, and when. To be exact
// it is asked after the list, or the run, is locked. With another key than that by
// which they were suppressed it gives none: the master key is not to be exchanged.
func (s *Store) suppressed(ctx context.Context, q queryer, account int64, numbers []int64) (map[int64]time.Time, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	if has, err := hasSuppressions(ctx, q, account); err != nil || !has {
		return nil, err
	}
	hashes, err := s.suppressionHashes(account, numbers)
	if err != nil {
		return nil, err
	}
	type hit struct{ hash, at int64 }
	hits, err := all(ctx, q, func(r *sql.Rows) (h hit, err error) { return h, r.Scan(&h.hash, &h.at) },
		s.dialect.suppressions.query, account, s.dialect.suppressions.arg(hashes))
	if err != nil || len(hits) == 0 {
		return nil, err
	}
	at := make(map[int64]time.Time, len(hits))
	for _, h := range hits {
		at[h.hash] = fromMillis(h.at)
	}
	found := map[int64]time.Time{}
	for i, n := range numbers {
		if when, is := at[hashes[i]]; is {
			found[n] = when
		}
	}
	return found, nil
}

func int64s(numbers []phone.Number) []int64 {
	out := make([]int64, len(numbers))
	for i, n := range numbers {
		out[i] = int64(n)
	}
	return out
}

// erasedNumbers is suppressed for the rows of a file.
func (s *Store) erasedNumbers(ctx context.Context, q queryer, account int64, numbers []phone.Number) (map[phone.Number]bool, error) {
	found, err := s.suppressed(ctx, q, account, int64s(numbers))
	erased := make(map[phone.Number]bool, len(found))
	for n := range found {
		erased[phone.Number(n)] = true
	}
	return erased, err
}

// leaveErased leaves those out of some contacts for a locked list whose person was
// erased, and notes their places.
func (s *Store) leaveErased(ctx context.Context, t *tx, l *listRow, contacts []rollcall.Contact, result *rollcall.Added) ([]rollcall.Contact, error) {
	result.Erased = nil
	numbers := make([]int64, len(contacts))
	for i := range contacts {
		numbers[i] = int64(contacts[i].Phone)
	}
	found, err := s.suppressed(ctx, t, l.Owner.AccountKey, numbers)
	if err != nil || len(found) == 0 {
		return contacts, err
	}
	welcome := make([]rollcall.Contact, 0, len(contacts))
	for i := range contacts {
		if _, erased := found[numbers[i]]; erased {
			result.Erased = append(result.Erased, i)
		} else {
			welcome = append(welcome, contacts[i])
		}
	}
	return welcome, nil
}

// checkNotErased refuses a new number whose person was erased.
func (s *Store) checkNotErased(ctx context.Context, t *tx, l *listRow, before, after *rollcall.Contact) error {
	if after.Phone == before.Phone {
		return nil
	}
	found, err := s.suppressed(ctx, t, l.Owner.AccountKey, []int64{int64(after.Phone)})
	if err == nil && len(found) > 0 {
		err = rollcall.NumberErased(l.Type)
	}
	return err
}

// eraseRows gives the rows of a block whose person was erased their outcome. They are
// blocked and not rejected: there is nothing to mend in them, so that they do not stop
// a strict import, and nothing of them is kept as a reject's text is. The others are
// settled after.
func (x *settling) eraseRows(ctx context.Context) error {
	if len(x.b.Rows) == 0 {
		return nil
	}
	erased, err := x.erased(ctx, numbersOfRows(x.b))
	if err != nil {
		return err
	}
	for i := range x.b.Rows {
		if erased[x.b.Rows[i].Contact.Phone] {
			x.settled[i] = settledRow{outcome: rollcall.OutcomeBlocked, erased: true}
			x.b.Rows[i].Remark = &rollcall.Remark{Code: rollcall.CodeErased, Message: rollcall.NumberErased(x.im.Options.ListType).Message}
		}
	}
	return nil
}

// Erasures gives a page of an account's erasures, the newest first, and how many there
// are.
func (s *Store) Erasures(ctx context.Context, account, skip int64, limit int) (page []rollcall.Erasure, total int64, err error) {
	err = s.read(ctx, func(t *sql.Tx) error {
		if err := t.QueryRowContext(ctx, "SELECT COUNT(*) FROM suppressions WHERE account_key = $1", account).Scan(&total); err != nil {
			return err
		}
		page, err = all(ctx, t, func(r *sql.Rows) (e rollcall.Erasure, err error) {
			var at int64
			err = r.Scan(&e.Hash, &at, &e.By)
			e.At = fromMillis(at)
			return e, err
		}, "SELECT hash, erased_at, erased_by FROM suppressions WHERE account_key = $1 ORDER BY erased_at DESC, hash LIMIT $2 OFFSET $3", account, limit, skip)
		return err
	})
	return page, total, err
}

// LiftErasure lets a number come into lists again, and be called. Nothing comes back by
// that. A number that is not suppressed is not found.
func (s *Store) LiftErasure(ctx context.Context, account int64, number phone.Number) (e rollcall.Erasure, err error) {
	hashes, err := s.suppressionHashes(account, []int64{int64(number)})
	if err != nil {
		return e, err
	}
	e.Hash = hashes[0]
	err = s.write(ctx, func(t *tx) error {
		n, err := affected(t.ExecContext(ctx, "DELETE FROM suppressions WHERE account_key = $1 AND hash = $2", account, e.Hash))
		if err == nil && n == 0 {
			err = rollcall.NotFound("The number is not suppressed: nobody with it was erased.")
		}
		return err
	})
	return e, err
}
