package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

const twoPeople = "phoneNumber\n+14155550101\n+14155550102\n"

// keyedForm sends a form with an Idempotency-Key.
func (w *world) keyedForm(key, target string, parts ...part) *httptest.ResponseRecorder {
	w.t.Helper()
	r := w.request(http.MethodPost, target, formOfParts(parts...))
	r.Header.Set("Content-Type", formType)
	r.Header.Set(rollcall.CallKeyHeader, key)
	return w.do(r)
}

// imports gives how many imports there are, of any state.
func (w *world) imports() int {
	w.t.Helper()
	return len(decodeData[struct{ Results []struct{} }](w.t, w.must(http.MethodGet, v2("/imports"), "")).Results)
}

// expectReplay makes sure that a call was carried out once and that its repetition
// got the same answer.
func (w *world) expectReplay(first, again *httptest.ResponseRecorder) {
	w.t.Helper()
	w.expect(outcome(w.t, first), "202")
	w.expect(outcome(w.t, again), "202 replayed")
	w.expect(again.Body.String(), first.Body.String())
}

// However a file comes, a repetition of its import queues nothing more.
func TestIdempotency_OneImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		target := v2("/contactList/" + w.create("people", false) + "/imports")
		form := func() *httptest.ResponseRecorder {
			return w.keyedForm("form", target, part{"options", "", `{"region":"US"}`}, part{"file", "people.csv", twoPeople})
		}
		w.expectReplay(form(), form())
		json := fmt.Sprintf(`{"uploadId":%q}`, w.upload("more.csv", twoPeople+"+14155550103\n"))
		named := func() *httptest.ResponseRecorder { return w.keyed("json", http.MethodPost, target, json) }
		w.expectReplay(named(), named())
		fresh := func() *httptest.ResponseRecorder {
			return w.keyedForm("list", v2("/imports"), part{"list", "", `{"name":"fresh"}`}, part{"file", "people.csv", twoPeople})
		}
		w.expectReplay(fresh(), fresh())
		if n := w.imports(); n != 3 {
			t.Fatalf("%d imports are queued, want 3", n)
		}
		w.runImports()
		w.expect(outcome(t, named()), "202 replayed") // also when it is over: the first one's answer stands
	})
}

// The ids of uploads have one length, and are told apart all the same.
func TestIdempotency_AnotherUpload(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	target := v2("/contactList/" + w.create("people", false) + "/imports")
	send := func(upload string) string {
		return outcome(t, w.keyed("k", http.MethodPost, target, fmt.Sprintf(`{"uploadId":%q}`, upload)))
	}
	w.expect(send(w.upload("a.csv", twoPeople)), "202")
	w.expect(send(w.upload("b.csv", twoPeople)), "409 idempotency_key_reused")
}

// Options of one length, names of files and places in a file are told apart too.
func TestIdempotency_AnotherForm(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	target := v2("/contactList/" + w.create("people", false) + "/imports")
	send := func(file, options string) string {
		return outcome(t, w.keyedForm("k", target, part{"options", "", options}, part{"file", file, twoPeople}))
	}
	w.expect(send("a.csv", `{"region":"US"}`), "202")
	w.expect(send("a.csv", `{"region":"DE"}`), "409 idempotency_key_reused")
	w.expect(send("b.csv", `{"region":"US"}`), "409 idempotency_key_reused")
	w.expect(send("a.csv", `{"region":"US"}`), "202 replayed")
	boundary := w.request(http.MethodPost, target, strings.ReplaceAll(formOfParts(part{"options", "", `{"region":"US"}`}, part{"file", "a.csv", twoPeople}), "xx", "another-boundary"))
	boundary.Header.Set("Content-Type", "multipart/form-data; boundary=another-boundary")
	boundary.Header.Set(rollcall.CallKeyHeader, "k")
	w.expect(outcome(t, w.do(boundary)), "202 replayed")
	made := func(name string) string {
		return outcome(t, w.keyedForm("list", v2("/imports"), part{"list", "", `{"name":"` + name + `"}`}, part{"file", "people.csv", twoPeople}))
	}
	w.expect(made("one"), "202")
	w.expect(made("two"), "409 idempotency_key_reused")
	upload := func(name string) string {
		return outcome(t, w.keyedForm("upload", v2("/uploads"), part{"file", name, twoPeople}))
	}
	w.expect(upload("a.csv"), "200")
	w.expect(upload("b.csv"), "409 idempotency_key_reused")
	w.expect(upload("a.csv"), "200 replayed")
}

// TestIdempotency_AnotherOffset: two pieces of one length, sent under one key.
func TestIdempotency_AnotherOffset(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	send := func(method, target, body string, headers map[string]string) *httptest.ResponseRecorder {
		r := w.request(method, target, body)
		r.Header.Set("Tus-Resumable", "1.0.0")
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		return w.do(r)
	}
	begun := func(length string) *httptest.ResponseRecorder {
		return send(http.MethodPost, v2("/uploads"), "", map[string]string{"Upload-Length": length, rollcall.CallKeyHeader: "begin"})
	}
	// Answers of success have no body.
	said := func(rec *httptest.ResponseRecorder) string { return fmt.Sprint(rec.Code, rec.Header()[headerReplayed]) }
	rec := begun("10")
	w.expect(outcome(t, begun("12")), "409 idempotency_key_reused")
	location := rec.Header().Get("Location")
	target := v2("/uploads/" + location[len(location)-len(rollcall.NewID(rollcall.PrefixUpload)):])
	piece := func(offset string) *httptest.ResponseRecorder {
		return send(http.MethodPatch, target, "phone", map[string]string{"Upload-Offset": offset, "Content-Type": typeOffset, rollcall.CallKeyHeader: "piece"})
	}
	w.expect(said(piece("0")), "204 []")
	w.expect(outcome(t, piece("5")), "409 idempotency_key_reused")
	w.expect(said(piece("0")), "204 [true]")
}

// Looking at a resumable upload notes its digest, which is not to have carried the
// call out: a refusal is the answer, and stays it.
func TestIdempotency_RefusedImport(t *testing.T) {
	w := newWorld(t, storetest.Open(t, store.Config{DataDir: t.TempDir()}))
	list := w.create("people", false)
	target := v2("/contactList/" + list + "/imports")
	w.startImport(list, "people.csv", twoPeople, nil)
	w.runImports()
	refused := func() string {
		return outcome(t, w.keyedForm("form", target, part{"file", "people.csv", twoPeople}))
	}
	w.expect(refused(), "409 already_imported")
	w.expect(refused(), "409 already_imported") // not kept, and not taken for carried out
	r := w.request(http.MethodPost, v2("/uploads"), twoPeople)
	for name, value := range map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": fmt.Sprint(len(twoPeople)), "Content-Type": typeOffset} {
		r.Header.Set(name, value)
	}
	rec := w.do(r)
	if rec.Code != http.StatusCreated {
		t.Fatal(rec.Code, rec.Body)
	}
	location := rec.Header().Get("Location")
	body := fmt.Sprintf(`{"uploadId":%q}`, location[len(location)-len(rollcall.NewID(rollcall.PrefixUpload)):])
	w.expect(outcome(t, w.keyed("json", http.MethodPost, target, body)), "409 already_imported")
	w.expect(outcome(t, w.keyed("json", http.MethodPost, target, body)), "409 already_imported replayed")
}

// What is asked of an import is asked once.
func TestIdempotency_CancelRetryUndo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		im := w.startImport(w.create("people", false), "people.csv", twoPeople, nil)
		twice := func(what string) {
			send := func() *httptest.ResponseRecorder {
				return w.keyed(what, http.MethodPost, v2("/imports/"+im.ImportID+"/"+what), "")
			}
			w.expectReplay(send(), send())
		}
		twice("cancel")
		twice("retry")
		w.runImports()
		twice("undo")
		w.runImports()
		if got := w.importNow(im.ImportID); got.State != "done" || got.Undo == nil || got.Undo.State != "done" || got.Counts.Added != 2 {
			t.Errorf("%+v", got)
		}
	})
}
