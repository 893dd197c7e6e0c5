package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rollcall"
)

// The lock of an upload keeps two requests, on whatever processes, from writing
// to one file. It is a lease in the upload's row and no lock of the database's
// own: that would hold a connection for as long as a slow sender sends.

// LockUpload gives an upload's lock to a holder, if nobody has it. Else it notes
// that the lock is wanted, which KeepUploadLock tells whoever has it.
func (s *Store) LockUpload(ctx context.Context, id, holder string, now time.Time) (locked bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		var other string
		var until int64
		err := t.QueryRowContext(ctx, "SELECT lock_holder, lock_until FROM uploads WHERE upload_id = $1"+s.dialect.forUpdate, id).Scan(&other, &until)
		if errors.Is(err, sql.ErrNoRows) {
			return rollcall.NotFound("There is no upload with this id.")
		}
		if err != nil {
			return err
		}
		if locked = other == "" || until <= millis(now); !locked {
			_, err = t.ExecContext(ctx, "UPDATE uploads SET lock_wanted = TRUE WHERE upload_id = $1", id)
			return err
		}
		_, err = t.ExecContext(ctx, "UPDATE uploads SET lock_holder = $2, lock_until = $3, lock_wanted = FALSE WHERE upload_id = $1",
			id, holder, millis(now.Add(rollcall.UploadLease)))
		return err
	})
	return locked && err == nil, err
}

// KeepUploadLock gives a holder another lease. It tells whether somebody waits
// for the lock. It is a conflict when the holder has it no longer.
func (s *Store) KeepUploadLock(ctx context.Context, id, holder string, now time.Time) (wanted bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		err := t.QueryRowContext(ctx, "UPDATE uploads SET lock_until = $3 WHERE upload_id = $1 AND lock_holder = $2 RETURNING lock_wanted",
			id, holder, millis(now.Add(rollcall.UploadLease))).Scan(&wanted)
		if errors.Is(err, sql.ErrNoRows) {
			return rollcall.Conflict(rollcall.ReasonInvalidState, "Another request has taken this upload over, or it was deleted.")
		}
		return err
	})
	return wanted, err
}

// UnlockUpload gives the lock back, if the holder still has it.
func (s *Store) UnlockUpload(ctx context.Context, id, holder string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "UPDATE uploads SET lock_holder = '', lock_until = 0, lock_wanted = FALSE WHERE upload_id = $1 AND lock_holder = $2", id, holder)
		return err
	})
}
