package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rollcall"
	"rollcall/ingest"
	"rollcall/store"
	"rollcall/store/storetest"
)

// TestImport_Remembers: what was said of a header by one import, and what by the next, is
// known to the third; a dry run and a failed import teach nothing.
func TestImport_Remembers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		owner, n := storetest.Owner(t, s), 0
		run := func(o rollcall.ImportOptions) rollcall.Mapping {
			n++
			path := filepath.Join(t.TempDir(), "file.csv")
			text := fmt.Sprintf("First,Ring here,Or here,Code,Land\nAnn,(202) 555-%04d,(202) 555-%04d,c-%d,US\n", 100+n, 200+n, n)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			result, err := ingest.New(s, ingest.Settings{}).Run(t.Context(), ingest.Request{
				Path: path, Owner: owner, User: "u-1", ListName: "list", Options: o, Worker: "w", Now: func() time.Time { return storetest.Time },
			})
			if err != nil && rollcall.Errors(err)[0].Reason != rollcall.FailureTooManyRejects {
				t.Fatal(err)
			}
			return result.Answer.Mapping
		}
		said := func(field rollcall.Field, column string) rollcall.ImportOptions {
			return rollcall.ImportOptions{Mapping: map[rollcall.Field]string{field: column}, RegionColumn: "Land"}
		}
		dry, strict := said(rollcall.FieldPhoneNumber, "Or here"), said(rollcall.FieldPhoneNumber, "First")
		dry.DryRun, strict.Strict = true, true
		run(said(rollcall.FieldPhoneNumber, "Ring here"))
		run(said(rollcall.FieldUniqueID, "Code"))
		run(dry)
		run(strict)
		if m := run(rollcall.ImportOptions{}); m.PhoneNumber != "Ring here" || m.UniqueID != "Code" {
			t.Errorf("%+v", m)
		}
		again := said(rollcall.FieldPhoneNumber, "Ring here")
		again.Mapping[rollcall.FieldUniqueID] = "Ring here"
		run(again)
		if m := run(said(rollcall.FieldPhoneNumber, "Ring here")); m.UniqueID != "Ring here" {
			t.Errorf("what is but repeated takes the column from another field: %+v", m)
		}
		if m := run(rollcall.ImportOptions{}); m.PhoneNumber != "Ring here" || m.UniqueID != "Ring here" {
			t.Errorf("%+v", m)
		}
		run(said(rollcall.FieldUniqueID, "Code"))
		run(said(rollcall.FieldPhoneNumber, "Or here"))
		if m := run(rollcall.ImportOptions{}); m.PhoneNumber != "Or here" || m.UniqueID != "Code" {
			t.Errorf("the latest word counts: %+v", m)
		}
	})
}

// TestImport_OneColumnForTwoFields: who has no other id than the number says so.
func TestImport_OneColumnForTwoFields(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		owner, path := storetest.Owner(t, s), filepath.Join(t.TempDir(), "file.csv")
		if err := os.WriteFile(path, []byte("Mobile,Name\n(202) 555-0143,Ann\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := ingest.New(s, ingest.Settings{}).Run(t.Context(), ingest.Request{
			Path: path, Owner: owner, User: "u-1", ListName: "list", Worker: "w", Now: func() time.Time { return storetest.Time },
			Options: rollcall.ImportOptions{Region: "US", Mapping: map[rollcall.Field]string{rollcall.FieldPhoneNumber: "Mobile", rollcall.FieldUniqueID: "Mobile"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		contacts, _, err := s.Contacts(t.Context(), owner, result.List.ID, rollcall.ContactPage{Limit: 2})
		if err != nil || len(contacts) != 1 || contacts[0].Phone != 12025550143 || contacts[0].UniqueID.Value != "(202) 555-0143" {
			t.Errorf("%+v, %v", contacts, err)
		}
	})
}
