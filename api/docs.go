package api

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// static is the page of the API reference: Scalar's browser build, compressed,
// with its version in its name, and a page and a script of our own that start
// it. static/update.sh renews the build.
//
//go:embed static/index.html static/init.js static/scalar-*.js.gz
var static embed.FS

// docsPolicy lets the page load from this server alone: no font, no telemetry,
// no proxy of anybody else. Scalar writes style attributes, hence unsafe-inline.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// registerDocs serves /openapi.json and /docs. Neither needs a token: they say
// nothing about anybody's data.
func (a *API) registerDocs() error {
	page, err := static.ReadFile("static/index.html")
	if err != nil {
		return err
	}
	scripts, err := fs.Glob(static, "static/scalar-*.js.gz")
	if err != nil || len(scripts) != 1 {
		return fmt.Errorf("api: there must be one build of the API reference in static, not %d", len(scripts))
	}
	name := strings.TrimSuffix(path.Base(scripts[0]), ".gz")
	page = bytes.ReplaceAll(page, []byte("{{scalar}}"), []byte(name))
	a.mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Cache-Control"] = []string{"no-cache"}
		w.(*exchange).writeBody(http.StatusOK, a.openapi)
	})
	servePage := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		serveFile(w, "text/html; charset=utf-8", "no-cache", page)
	}
	a.mux.HandleFunc("GET /docs", servePage)
	a.mux.HandleFunc("GET /docs/{$}", servePage)
	a.mux.HandleFunc("GET /docs/init.js", func(w http.ResponseWriter, _ *http.Request) {
		script, err := static.ReadFile("static/init.js")
		serveOrFail(w, "no-cache", script, err)
	})
	a.mux.HandleFunc("GET /docs/"+name, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding")
		script, err := scriptFor(w, r, scripts[0])
		serveOrFail(w, "public, max-age=31536000, immutable", script, err) // another build has another name
	})
	return nil
}

func serveOrFail(w http.ResponseWriter, caching string, script []byte, err error) {
	if err != nil {
		w.(*exchange).fail(err)
		return
	}
	serveFile(w, "text/javascript; charset=utf-8", caching, script)
}

func serveFile(w http.ResponseWriter, contentType, caching string, content []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", caching)
	_, _ = w.Write(content) // an error means that the caller is gone
}

// scriptFor gives the compressed script as it is, or plain to the rare client
// that does not take gzip.
func scriptFor(w http.ResponseWriter, r *http.Request, name string) ([]byte, error) {
	script, err := static.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		w.Header().Set("Content-Encoding", "gzip")
		return script, nil
	}
	plain, err := gzip.NewReader(bytes.NewReader(script))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3) as far as it
// matters: gzip, unless with a weight of nothing.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight = strings.TrimSpace(weight)
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
