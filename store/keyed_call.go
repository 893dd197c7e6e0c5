package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"rollcall"
)

// callRef is an attempt at a call with an Idempotency-Key.
type callRef struct {
	client, key string
	lease       int64
}

func refOfCall(c *rollcall.KeyedCall) callRef {
	return callRef{c.ClientID, c.Key, millis(c.LeaseUntil)}
}

// callContext is where a context carries the attempt that its writes belong to.
type callContext struct{}

// ForCall gives a context whose write transactions belong to a call that BeginCall
// let begin. Each of them notes in itself that the call has written, so that no
// crash leaves the one without the other, and fails when another attempt has taken
// the call's place.
func ForCall(ctx context.Context, c *rollcall.KeyedCall) context.Context {
	return context.WithValue(ctx, callContext{}, refOfCall(c))
}

// Preparing gives a context whose writes do not count as carrying out the call that
// ctx belongs to: what they write is harmless to write again, and removed in time
// when the call comes to nothing. A call that takes in a file for many minutes
// would else be unrepeatable from its first byte on.
func Preparing(ctx context.Context) context.Context {
	return context.WithValue(ctx, callContext{}, nil)
}

// onBehalf gives a context that belongs to the call that another one belongs to, and
// ends when ctx does.
func onBehalf(ctx, of context.Context) context.Context {
	return context.WithValue(ctx, callContext{}, of.Value(callContext{}))
}

// noteCall notes in a transaction that the call it belongs to has written.
func noteCall(ctx context.Context, t *tx) error {
	ref, ok := ctx.Value(callContext{}).(callRef)
	if !ok {
		return nil
	}
	// The lease tells whose row it is: one that went on after its lease finds a
	// later attempt's.
	n, err := affected(t.ExecContext(ctx, `UPDATE idempotency_keys SET state = CASE WHEN state = 'running' THEN 'committed' ELSE state END
		WHERE client_id = $1 AND key = $2 AND lease_until = $3`, ref.client, ref.key, ref.lease))
	if err == nil && n == 0 {
		return rollcall.CallOvertaken()
	}
	return err
}

// BeginCall makes a call with an Idempotency-Key the caller's to carry out, until
// LeaseUntil. It gives the kept answer instead where the same call was answered
// before, and a conflict where the key does not let the call begin; see
// [rollcall.KeyedCall.Again]. Of any number that begin at the same moment, in
// whatever process, one may go on.
func (s *Store) BeginCall(ctx context.Context, c *rollcall.KeyedCall, now time.Time) (*rollcall.CallAnswer, error) {
	// A look without a lock first: a repetition must not wait for the transaction
	// of the call that it repeats.
	answer, begin, err := again(ctx, s.reader, c, "", now)
	if !begin {
		return answer, err
	}
	err = s.write(Preparing(ctx), func(t *tx) (err error) {
		answer, err = s.takeCall(ctx, t, c, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// takeCall makes the row of a key this attempt's.
func (s *Store) takeCall(ctx context.Context, t *tx, c *rollcall.KeyedCall, now time.Time) (*rollcall.CallAnswer, error) {
	for {
		inserted, err := insertCall(ctx, t, c)
		if inserted || err != nil {
			return nil, err
		}
		answer, begin, err := again(ctx, t, c, s.dialect.forUpdate, now)
		if !begin {
			return answer, err
		}
		n, err := affected(t.ExecContext(ctx, `UPDATE idempotency_keys SET fingerprint = $3, state = 'running', status = 0, headers = '{}', answer = $4, lease_until = $5, expires_at = $6
			WHERE client_id = $1 AND key = $2`, c.ClientID, c.Key, c.Fingerprint, []byte{}, millis(c.LeaseUntil), millis(c.ExpiresAt)))
		if n == 1 || err != nil {
			return nil, err
		}
		// The row went away between the two looks, so that the key is free.
	}
}

// again decides by what is known of a key; begin when nothing keeps the call from
// being carried out.
func again(ctx context.Context, q queryer, c *rollcall.KeyedCall, lock string, now time.Time) (answer *rollcall.CallAnswer, begin bool, err error) {
	known, err := loadCall(ctx, q, c.ClientID, c.Key, lock)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	replay, err := known.Again(c.Fingerprint, now)
	if replay {
		return &known.Answer, false, nil
	}
	return nil, err == nil, err
}

func insertCall(ctx context.Context, t *tx, c *rollcall.KeyedCall) (bool, error) {
	n, err := affected(t.ExecContext(ctx, `INSERT INTO idempotency_keys (client_id, key, fingerprint, state, status, headers, answer, lease_until, expires_at)
		VALUES ($1, $2, $3, 'running', 0, '{}', $4, $5, $6) ON CONFLICT DO NOTHING`,
		c.ClientID, c.Key, c.Fingerprint, []byte{}, millis(c.LeaseUntil), millis(c.ExpiresAt)))
	return n == 1, err
}

// affected is how many rows a statement wrote.
func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func loadCall(ctx context.Context, q queryer, client, key, lock string) (*rollcall.KeyedCall, error) {
	c := rollcall.KeyedCall{ClientID: client, Key: key}
	var headers string
	var lease, expires int64
	err := q.QueryRowContext(ctx, "SELECT fingerprint, state, status, headers, answer, lease_until, expires_at FROM idempotency_keys WHERE client_id = $1 AND key = $2"+lock, client, key).
		Scan(&c.Fingerprint, &c.State, &c.Answer.Status, &headers, &c.Answer.Body, &lease, &expires)
	if err != nil {
		return nil, err
	}
	c.LeaseUntil, c.ExpiresAt = fromMillis(lease), fromMillis(expires)
	return &c, json.Unmarshal([]byte(headers), &c.Answer.Header)
}

// KeepAnswer ends a call with its answer, which repetitions get until the key
// expires.
func (s *Store) KeepAnswer(ctx context.Context, c *rollcall.KeyedCall, answer rollcall.CallAnswer) error {
	ref := refOfCall(c)
	return s.write(Preparing(ctx), func(t *tx) error {
		_, err := t.ExecContext(ctx, `UPDATE idempotency_keys SET state = 'answered', status = $4, headers = $5, answer = $6
			WHERE client_id = $1 AND key = $2 AND lease_until = $3`, ref.client, ref.key, ref.lease, answer.Status, toJSON(answer.Header), append([]byte{}, answer.Body...))
		return err
	})
}

// DropAnswer ends a call whose answer is not to be kept. If it wrote nothing, its
// key is free again and a repetition is carried out; else a repetition is told that
// it was, and with what status it was answered.
func (s *Store) DropAnswer(ctx context.Context, c *rollcall.KeyedCall, status int) error {
	ref := refOfCall(c)
	return s.write(Preparing(ctx), func(t *tx) error {
		_, err := t.ExecContext(ctx, "DELETE FROM idempotency_keys WHERE client_id = $1 AND key = $2 AND lease_until = $3 AND state = 'running'", ref.client, ref.key, ref.lease)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, "UPDATE idempotency_keys SET status = $4 WHERE client_id = $1 AND key = $2 AND lease_until = $3 AND state = 'committed'", ref.client, ref.key, ref.lease, status)
		return err
	})
}

// purgeCalls forgets keys that expired, but for calls that are under way.
func purgeCalls(ctx context.Context, t *tx, now time.Time) error {
	_, err := t.ExecContext(ctx, "DELETE FROM idempotency_keys WHERE expires_at <= $1 AND lease_until <= $1", millis(now))
	return err
}
