package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"

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
