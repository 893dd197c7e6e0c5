package api

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

// discard is a response writer that costs next to nothing.
type discard struct {
	header http.Header
	status int
	bytes  int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { d.bytes += len(b); return len(b), nil }

// BenchmarkGetAllListDetails is the whole request but the connection: token,
// one question to the database, the kept answer.
func BenchmarkGetAllListDetails(b *testing.B) {
	for _, n := range []int{20, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := newWorld(b, sqlite(b), func(c *Config) { c.Log = slog.New(slog.DiscardHandler) })
			for i := range n {
				storetest.List(b, w.store, w.owner(), fmt.Sprintf("List %d", i))
			}
			r := w.request(http.MethodPost, v2("/contactList/getAllListDetails?accountId="+testAccount+"&type=call"), "")
			d := &discard{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(d.header)
				d.bytes = 0
				w.handler.ServeHTTP(d, r)
			}
			if d.status != http.StatusOK {
				b.Fatal(d.status)
			}
			b.SetBytes(int64(d.bytes))
		})
	}
}

// BenchmarkExport writes a list of 200,000 contacts with eight columns as each kind
// of file.
func BenchmarkExport(b *testing.B) {
	engines := map[string]store.Config{"sqlite": {DataDir: b.TempDir()}, "postgres": {DataDir: b.TempDir(), DatabaseURL: storetest.PostgresURL(b)}}
	for _, engine := range slices.Sorted(maps.Keys(engines)) {
		s := storetest.Open(b, engines[engine])
		w := newWorld(b, s)
		list := w.create("Large", false)
		for i := range 20 {
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, w.request(http.MethodPost, v2("/contactList/addContacts"), numbersBody("Large", 15550000001+10_000*i, 10_000)))
			if rec.Code != http.StatusOK {
				b.Fatal(rec.Body)
			}
		}
		for _, format := range slices.Sorted(maps.Keys(exportFormats)) {
			b.Run(engine+"/"+format, func(b *testing.B) {
				for b.Loop() {
					w.handler.ServeHTTP(&discard{header: http.Header{}}, w.request(http.MethodGet, v2("/contactList/"+list+"/export?format="+format), ""))
				}
				b.ReportMetric(float64(b.N)*200_000/b.Elapsed().Seconds(), "contacts/s")
			})
		}
	}
}
