package main

import (
	"path/filepath"
	"testing"
	"time"

	"rollcall"
	"rollcall/ingest"
	"rollcall/store"
	"rollcall/store/storetest"
)

// TestShapes_Import imports a file of each shape as it stands, with no word on its
// columns, and holds the counts against the generator's.
func TestShapes_Import(t *testing.T) {
	const rows = 5000
	set, err := newNumbers(rows)
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, store.Config{DataDir: t.TempDir()})
	owner := storetest.Owner(t, s)
	for _, shape := range shapes {
		t.Run(shape.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "contacts.csv")
			want, err := generate(path, rows, shape, set)
			if err != nil {
				t.Fatal(err)
			}
			result, err := ingest.New(s, ingest.Settings{}).Run(t.Context(), ingest.Request{
				Path: path, Owner: owner, User: "u-1", ListName: shape.name, Now: time.Now, Worker: "test", Options: rollcall.ImportOptions{Region: home},
			})
			if err != nil {
				t.Fatal(err)
			}
			n := result.Import.Counts
			if got := (counts{n.Rows, n.Added, n.Duplicate, n.Rejected}); got != want {
				t.Errorf("%+v, the generator says %+v; understood as %s", got, want, result.Answer.String())
			}
		})
	}
}
