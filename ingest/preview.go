package ingest

import (
	"context"
	"errors"
	"time"

	"rollcall"
)

// Preview tells how a file would be understood, without reading more of it than
// needed and without writing anything. The understanding is given also beside an
// error that says what is missing, as far as it goes. list is the one that the
// file is for; nil: a new one.
func (i *Importer) Preview(ctx context.Context, path, name string, owner rollcall.Owner, list *rollcall.ContactList, o rollcall.ImportOptions, now func() time.Time) (*Understanding, error) {
	r := &run{Importer: i, options: o, now: now}
	if err := settle(&r.options, list, now()); err != nil {
		return nil, err
	}
	if list != nil {
		r.listID = list.ID
	}
	src, err := openSource(path, overridesOf(&o), i.unpacked)
	if err != nil {
		return nil, err
	}
	defer src.close()
	src.name = name
	r.src, r.progress = src, startProgress(nil, src.info.Size(), now())
	defer r.progress.end()
	if err := r.prepare(ctx, owner, nil); err != nil {
		if r.plan == nil && r.format == nil {
			return nil, err
		}
		return &r.answer, err
	}
	return &r.answer, r.knownBefore(ctx, owner, list)
}

// knownBefore refuses a file that the import would refuse because its list has it
// already.
func (r *run) knownBefore(ctx context.Context, owner rollcall.Owner, list *rollcall.ContactList) error {
	if list == nil {
		return nil
	}
	err := r.store.CheckFirst(ctx, &rollcall.Import{Owner: owner, ListKey: list.Key, ListName: list.Name, Digest: r.src.digest, Options: r.options})
	if e, told := errors.AsType[*rollcall.Error](err); told && e.Reason == rollcall.ReasonAlreadyImported {
		known := *e
		known.Field = "again"
		return &known
	}
	return err
}
