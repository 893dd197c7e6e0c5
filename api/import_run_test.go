package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"rollcall"
	"rollcall/ingest"
	"rollcall/store"
)

// blockRows is small, so that a file of a few rows has several blocks.
const blockRows = 3

// runImports does what the processes that run imports would, here and now: all
// imports and undoings that wait, one after the other, until nothing does.
func (w *world) runImports() {
	w.t.Helper()
	for im := w.claimImport(); im != nil; im = w.claimImport() {
		w.runClaimed(im)
	}
}

// claimImport gives the next import to run or to undo, nil when there is none.
func (w *world) claimImport() *rollcall.Import {
	w.t.Helper()
	im, err := w.store.ClaimImport(context.Background(), "worker of the test", w.clock.now())
	if err != nil {
		w.t.Fatal(err)
	}
	return im
}

// runClaimed runs an import, or its undo. What becomes of it is in the store; only
// a fault of ours is for the test.
func (w *world) runClaimed(im *rollcall.Import) {
	w.t.Helper()
	ctx := context.Background()
	if im.Undo.State == rollcall.UndoRunning {
		for more := true; more; {
			var err error
			if more, err = w.store.UndoImport(ctx, im, w.clock.now()); err != nil {
				w.t.Fatal(err)
			}
		}
		return
	}
	path, release, err := w.files.Local(ctx, im.UploadID)
	if err != nil {
		w.t.Fatal(err)
	}
	defer release()
	err = ingest.New(w.store, ingest.Settings{BlockRows: blockRows}).RunClaimed(ctx, im, path, w.clock.now)
	if err != nil && rollcall.CodeOf(err) == rollcall.CodeInternal {
		w.t.Fatal(err)
	}
}

// upload uploads a file by the API and gives the upload's id.
func (w *world) upload(name, content string) string {
	w.t.Helper()
	r := w.request(http.MethodPost, v2("/uploads"), formOfParts(part{"file", name, content}))
	r.Header.Set("Content-Type", formType)
	rec := w.do(r)
	if rec.Code != http.StatusOK {
		w.t.Fatal(rec.Code, rec.Body)
	}
	return decodeData[struct{ UploadID string }](w.t, decodeAnswer(w.t, rec.Body.Bytes())).UploadID
}

// formType is the content type of formOfParts.
const formType = "multipart/form-data; boundary=xx"

// part is a part of a form; one without a file name is a field.
type part struct{ name, file, content string }

func formOfParts(parts ...part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--xx\r\nContent-Disposition: form-data; name=\"" + p.name + `"`)
		if p.file != "" {
			b.WriteString(`; filename="` + p.file + `"`)
		}
		b.WriteString("\r\n\r\n" + p.content + "\r\n")
	}
	return b.String() + "--xx--\r\n"
}

// importState is what the tests read of an import.
type importState struct {
	ImportID, ContactListID, State string
	Counts                         importCounts
	Undo                           *struct{ State string }
}

// startImport queues the import of a file into a list and gives it.
func (w *world) startImport(list, fileName, content string, options map[string]any) importState {
	w.t.Helper()
	if options == nil {
		options = map[string]any{}
	}
	body, _ := json.Marshal(map[string]any{"uploadId": w.upload(fileName, content), "options": options})
	status, a := w.call(http.MethodPost, v2("/contactList/"+list+"/imports"), string(body))
	if status != http.StatusAccepted {
		w.t.Fatal(status, a)
	}
	return decodeData[importState](w.t, a)
}

// importNow gives an import as the API tells it.
func (w *world) importNow(id string) importState {
	w.t.Helper()
	return decodeData[importState](w.t, w.must(http.MethodGet, v2("/imports/"+id), ""))
}

// claimScrub gives the next scrub to do, nil when there is none.
func (w *world) claimScrub() *store.Scrubbing {
	w.t.Helper()
	job, err := w.store.ClaimScrub(context.Background(), "worker of the test", w.clock.now())
	if err != nil {
		w.t.Fatal(err)
	}
	return job
}
