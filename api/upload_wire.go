package api

import (
	"time"

	"rollcall"
)

// upload is an upload on the wire.
type upload struct {
	UploadID  string     `json:"uploadId" example:"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f"`
	FileName  string     `json:"fileName" doc:"As the sender called it, without a path."`
	Size      *int64     `json:"size" nullable:"true" doc:"Bytes that the file has, or will have; null while a resumable upload has not said."`
	Digest    string     `json:"digest,omitempty" doc:"SHA-256 of the file's bytes, hexadecimal. Of a resumable upload it is reckoned when an import first reads the file, and absent before."`
	Complete  bool       `json:"complete" doc:"Whether all of the file is here; only then can it be imported."`
	CreatedAt timestamp  `json:"createdAt"`
	UpdatedAt timestamp  `json:"updatedAt" doc:"When something of the file came last."`
	ExpiresAt *timestamp `json:"expiresAt,omitempty" doc:"When the file is removed if nothing more of it comes and no import that is under way names it."`
}

// uploadPage is the data of getUploads' answer.
type uploadPage struct {
	Results    []upload `json:"results" nullable:"false" doc:"The uploads, the newest first."`
	Limit      int      `json:"limit" example:"50"`
	HasMore    bool     `json:"hasMore" doc:"Whether older ones come after these."`
	NextCursor string   `json:"nextCursor,omitempty" doc:"Present when hasMore: the cursor of what comes after."`
}

func (a *API) encodeUpload(u *rollcall.Upload) upload {
	w := upload{UploadID: u.ID, FileName: u.FileName, Digest: u.Digest, Complete: u.Complete,
		CreatedAt: timestamp(u.CreatedAt), UpdatedAt: timestamp(u.UpdatedAt)}
	if u.Size >= 0 {
		w.Size = &u.Size
	}
	if at, expires := a.expiry(u); expires {
		w.ExpiresAt = (*timestamp)(&at)
	}
	return w
}

// expiry tells when an upload's file is removed.
func (a *API) expiry(u *rollcall.Upload) (at time.Time, expires bool) {
	return u.UpdatedAt.Add(a.config.KeepFiles), a.config.KeepFiles > 0
}
