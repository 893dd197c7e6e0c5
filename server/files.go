package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"rollcall"
	"rollcall/files"
	"rollcall/store"
)

const (
	// expireChunk is how many uploads are looked at in one go.
	expireChunk = 100
	// orphanInterval is how often all that is kept is held against the database.
	// What it finds is left over from a restored backup or from a process that
	// ended in the middle of a deletion; neither is urgent.
	orphanInterval = 6 * time.Hour
)

// openFiles opens the place for uploads. On SQLite one server uses a folder, so
// that its requests need no lock but in memory.
func openFiles(ctx context.Context, c Config, s *store.Store) (*files.Files, error) {
	settings := files.Config{Place: c.FilesPlace()}
	if c.Database != "" {
		settings.Locks = s
	}
	return files.Open(ctx, settings)
}

// uploads is what the janitor needs of the store; see [store.Store].
type uploads interface {
	ExpiredUploads(ctx context.Context, before time.Time, limit int) ([]*rollcall.Upload, error)
	ExpireUpload(ctx context.Context, u *rollcall.Upload, before time.Time) (bool, error)
	HasUpload(ctx context.Context, id string) (bool, error)
}

// janitor removes files that nobody needs any more.
type janitor struct {
	files *files.Files
	store uploads
	keep  time.Duration // 0: for ever
	log   *slog.Logger
	now   func() time.Time
}

// run works until the context ends.
func (j *janitor) run(ctx context.Context) {
	if j.keep <= 0 {
		return
	}
	tick := time.NewTicker(purgeInterval)
	defer tick.Stop()
	var looked time.Time
	for {
		err := j.expire(ctx)
		if now := j.now(); now.Sub(looked) >= orphanInterval {
			looked = now
			err = errors.Join(err, j.orphans(ctx))
		}
		if err != nil && ctx.Err() == nil {
			j.log.Error("remove old uploads", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// expire removes uploads of which nothing has come for as long as files are kept.
// The row goes first, and only while no import that is not over names it; a file
// that then cannot be removed is an orphan.
func (j *janitor) expire(ctx context.Context) error {
	before := j.now().Add(-j.keep)
	for {
		old, err := j.store.ExpiredUploads(ctx, before, expireChunk)
		if err != nil || len(old) == 0 {
			return err
		}
		removed := 0
		for _, u := range old {
			gone, err := j.store.ExpireUpload(ctx, u, before)
			if err != nil {
				return err
			}
			if !gone {
				continue // something of it came, or an import began, meanwhile
			}
			removed++
			if err := j.files.Delete(ctx, u.ID); err != nil {
				return err
			}
		}
		if removed == 0 {
			return nil // another process is at it
		}
	}
}

// orphans removes files that the database does not know, and that are older than
// files are kept: a younger one may be about to be made known by a backup that is
// being restored.
func (j *janitor) orphans(ctx context.Context) error {
	before := j.now().Add(-j.keep)
	after := ""
	for {
		kept, err := j.files.List(ctx, after)
		if err != nil || len(kept) == 0 {
			return err
		}
		after = kept[len(kept)-1].ID
		for _, k := range kept {
			if !k.ChangedAt.Before(before) {
				continue
			}
			known, err := j.store.HasUpload(ctx, k.ID)
			if err == nil && !known {
				err = j.files.Delete(ctx, k.ID)
			}
			if err != nil {
				return err
			}
		}
	}
}
