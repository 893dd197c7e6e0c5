package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rollcall"
)

var uploadColumns = []string{"account_key", "upload_id", "application_id", "user_id", "file_name", "metadata", "size", "complete", "digest", "created_at", "updated_at"}

// openUpload is true of an upload that an import names which is not over: its
// file must stay.
const openUpload = `EXISTS (SELECT 1 FROM imports i WHERE i.account_key = uploads.account_key AND i.upload_id = uploads.upload_id
	AND (i.state = 'queued' OR i.state = 'running'))`

// CreateUpload notes that a file is on its way in.
func (s *Store) CreateUpload(ctx context.Context, u *rollcall.Upload) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "INSERT INTO uploads ("+joinColumns(uploadColumns)+") VALUES ("+placeholders(1, len(uploadColumns))+")",
			u.Owner.AccountKey, u.ID, u.Owner.ApplicationID, u.User, u.FileName, u.Metadata, u.Size, u.Complete, u.Digest, millis(u.CreatedAt), millis(u.UpdatedAt))
		return err
	})
}

// Upload gives one upload of an application.
func (s *Store) Upload(ctx context.Context, owner rollcall.Owner, id string) (*rollcall.Upload, error) {
	return loadUpload(ctx, s.reader, owner, id, "")
}

// Uploads gives a page of an application's uploads, the newest first.
func (s *Store) Uploads(ctx context.Context, owner rollcall.Owner, page rollcall.UploadPage) ([]*rollcall.Upload, error) {
	query := "SELECT " + joinColumns(uploadColumns) + " FROM uploads WHERE account_key = $1 AND application_id = $2"
	args := []any{owner.AccountKey, owner.ApplicationID, page.Limit}
	if page.BeforeID != "" {
		query += " AND (created_at, upload_id) < ($4, $5)"
		args = append(args, millis(page.BeforeTime), page.BeforeID)
	}
	return all(ctx, s.reader, scanUploads, query+" ORDER BY created_at DESC, upload_id DESC LIMIT $3", args...)
}

// UpdateUpload changes an upload under a rule, and gives it as it is then.
func (s *Store) UpdateUpload(ctx context.Context, owner rollcall.Owner, id string, rule func(*rollcall.Upload) error) (u *rollcall.Upload, err error) {
	err = s.write(ctx, func(t *tx) error {
		if u, err = loadUpload(ctx, t, owner, id, s.dialect.forUpdate); err != nil {
			return err
		}
		if err := rule(u); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, "UPDATE uploads SET size = $3, complete = $4, digest = $5, updated_at = $6 WHERE account_key = $1 AND upload_id = $2",
			owner.AccountKey, id, u.Size, u.Complete, u.Digest, millis(u.UpdatedAt))
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// DeleteUpload forgets an upload; its file is the caller's to remove. It is a
// conflict while an import that is not over names it.
func (s *Store) DeleteUpload(ctx context.Context, owner rollcall.Owner, id string) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := loadUpload(ctx, t, owner, id, s.dialect.forUpdate); err != nil {
			return err
		}
		gone, err := deleteUpload(ctx, t, owner.AccountKey, id)
		if err == nil && !gone {
			return rollcall.Conflict(rollcall.ReasonInvalidState, "An import of this file is not over; wait for its end or cancel it first.")
		}
		return err
	})
}

func deleteUpload(ctx context.Context, t *tx, account int64, id string) (gone bool, err error) {
	done, err := t.ExecContext(ctx, "DELETE FROM uploads WHERE account_key = $1 AND upload_id = $2 AND NOT "+openUpload, account, id)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// ExpiredUploads gives uploads of all accounts of which nothing has come since a
// time, the oldest first. Those whose import is not over are kept.
func (s *Store) ExpiredUploads(ctx context.Context, before time.Time, limit int) ([]*rollcall.Upload, error) {
	return all(ctx, s.reader, scanUploads, "SELECT "+joinColumns(uploadColumns)+" FROM uploads WHERE updated_at < $1 AND lock_until < $1 AND NOT "+openUpload+
		" ORDER BY updated_at LIMIT $2", millis(before), limit)
}

// ExpireUpload forgets an upload if nothing of it has come since the time, and
// no import that is not over names it. It tells whether it did.
func (s *Store) ExpireUpload(ctx context.Context, u *rollcall.Upload, before time.Time) (gone bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		now, err := loadUpload(ctx, t, u.Owner, u.ID, s.dialect.forUpdate)
		if err != nil {
			return ignoreNotFound(err)
		}
		if now.UpdatedAt.Before(before) {
			gone, err = deleteUpload(ctx, t, u.Owner.AccountKey, u.ID)
		}
		return err
	})
	return gone && err == nil, err
}

// HasUpload tells whether any account has an upload with this id.
func (s *Store) HasUpload(ctx context.Context, id string) (bool, error) {
	var one int
	err := s.reader.QueryRowContext(ctx, "SELECT 1 FROM uploads WHERE upload_id = $1", id).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func loadUpload(ctx context.Context, q queryer, owner rollcall.Owner, id, lock string) (*rollcall.Upload, error) {
	u, err := scanUpload(q.QueryRowContext(ctx, "SELECT "+joinColumns(uploadColumns)+" FROM uploads WHERE account_key = $1 AND upload_id = $2 AND application_id = $3"+lock,
		owner.AccountKey, id, owner.ApplicationID))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, rollcall.NotFound("There is no upload with this id.")
	}
	return u, err
}

func scanUploads(r *sql.Rows) (*rollcall.Upload, error) { return scanUpload(r) }

func scanUpload(r scanner) (*rollcall.Upload, error) {
	u := &rollcall.Upload{}
	var created, updated int64
	err := r.Scan(&u.Owner.AccountKey, &u.ID, &u.Owner.ApplicationID, &u.User, &u.FileName, &u.Metadata, &u.Size, &u.Complete, &u.Digest, &created, &updated)
	u.CreatedAt, u.UpdatedAt = fromMillis(created), fromMillis(updated)
	return u, err
}
