package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/ingest"
	"rollcall/store"
	"rollcall/store/storetest"
)

// corrector imports files and their mended rejects into one list.
type corrector struct {
	*testing.T
	store *store.Store
	owner rollcall.Owner
	list  string
	dir   string
}

func newCorrector(t *testing.T, s *store.Store) *corrector {
	t.Helper()
	return &corrector{t, s, storetest.Owner(t, s), "list", t.TempDir()}
}

// bring imports a text, and gives what became of it and its rejects file.
func (c *corrector) bring(text string, o rollcall.ImportOptions) (*ingest.Result, string) {
	c.Helper()
	path, rejects := filepath.Join(c.dir, "file.csv"), filepath.Join(c.dir, "rejects.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
	result, err := ingest.Small(c.store).Run(c.Context(), ingest.Request{
		Path: path, Owner: c.owner, User: "u-1", ListName: c.list, Options: o, Rejects: rejects, Worker: "w", Now: func() time.Time { return storetest.Time },
	})
	if err != nil {
		c.Fatal(err)
	}
	left, err := os.ReadFile(rejects)
	if err != nil {
		c.Fatal(err)
	}
	return result, string(left)
}

// rolesOf tells how each column is understood that has a field or a role.
func rolesOf(u *ingest.Understanding) (all []string) {
	for _, c := range u.Answer.Columns {
		if len(c.Fields) > 0 || c.Role != "" && c.Role != ingest.RoleLedger {
			all = append(all, fmt.Sprint(c.Name, " ", c.Fields, c.Role, " ", c.By))
		}
	}
	return all
}

// file makes a file of good rows, of which each % is a number of four digits, and bad ones.
func file(header, good, bad string) string {
	var b strings.Builder
	b.WriteString(header)
	for i := range 47 {
		row := good
		if i%6 == 5 {
			row = bad
		}
		b.WriteString(strings.ReplaceAll(row, "%", fmt.Sprint(1000+i)) + "\n")
	}
	return b.String()
}

// TestCorrection_UnderstoodAsBefore: the rows of a rejects file are those whose numbers
// are bad, and what else they hold does not make another column the phone number's.
func TestCorrection_UnderstoodAsBefore(t *testing.T) {
	said := func(field rollcall.Field, column string) rollcall.ImportOptions {
		return rollcall.ImportOptions{Mapping: map[rollcall.Field]string{field: column}}
	}
	for _, c := range []struct {
		name, file    string
		first, second rollcall.ImportOptions
		from, to      string // what is mended, everywhere in the rejects file
		want          string // the columns with a field or a role
		mended        int64
	}{
		{
			"named", file("Phone,Name,Spouse\n", "+1202555%,n,", "see notes,b,+1415555%"), rollcall.ImportOptions{}, rollcall.ImportOptions{},
			",see notes,b,+14155551005", ",+14155550100,b,+14155551005", "Phone [phoneNumber] corrected", 1,
		},
		{
			"by content", file("Who,Ring here,Or here\n", "n,+1202555%,", "b,see notes,+1415555%"), rollcall.ImportOptions{}, rollcall.ImportOptions{},
			",b,see notes,+14155551005", ",b,+14155550100,+14155551005", "Ring here [phoneNumber] corrected", 1,
		},
		{
			"no header", file("", "n,+1202555%,", "b,see notes,+1415555%"), rollcall.ImportOptions{}, rollcall.ImportOptions{},
			",b,see notes,+14155551005", ",b,+14155550100,+14155551005", "Column 2 [phoneNumber] corrected", 1,
		},
		{
			"blank names and twice the same", file("Name,,Name,\n", "n,+1202555%,m,", "b,see notes,m,+1415555%"), said(rollcall.FieldLastName, "Name (2)"), rollcall.ImportOptions{},
			",b,see notes,m,+14155551005", ",b,+14155550100,m,+14155551005", "Column 3 [phoneNumber] corrected|Name (2) [lastName] corrected", 1,
		},
		{
			"fallbacks and region", file("Home Phone,Mobile,Country,Partner\n", "(303) 555-%,(202) 555-%,US,", "none,see notes,,+1415555%"), rollcall.ImportOptions{}, rollcall.ImportOptions{},
			",none,see notes,,+14155551005", ",none,(202) 555-0100,US,+14155551005", "Home Phone []phoneFallback corrected|Mobile [phoneNumber] corrected|Country []region corrected", 1,
		},
		{
			"a column was taken out", file("Name,Phone,Spouse\n", "n,+1202555%,", "b,see notes,+1415555%"), rollcall.ImportOptions{}, rollcall.ImportOptions{},
			"b,see notes,", "see notes,", "Phone [phoneNumber] corrected", 0,
		},
		{
			"the caller left out and named", file("Phone,Surname,Spouse\n", "+1202555%,n,", "see notes,b,+1415555%"), said(rollcall.FieldLastName, ""), rollcall.ImportOptions{},
			",see notes,b,+14155551005", ",+14155550100,b,+14155551005", "Phone [phoneNumber] corrected", 1,
		},
		{
			"the caller says otherwise", file("Phone,Surname,Spouse\n", "+1202555%,n,", "see notes,b,+1415555%"), rollcall.ImportOptions{}, said(rollcall.FieldPhoneNumber, "Spouse"),
			"", "", "Surname [lastName] corrected|Spouse [phoneNumber] caller", 7,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				d := newCorrector(t, s)
				first, rejects := d.bring(c.file, c.first)
				if n := first.Import.Counts; n.Added != 40 || n.Rejected != 7 {
					t.Fatalf("%+v", n)
				}
				mended := strings.ReplaceAll(rejects, c.from, c.to)
				if c.name == "a column was taken out" {
					mended = strings.Replace(mended, ",Name,Phone", ",Phone", 1)
				}
				dry := c.second
				dry.DryRun = true
				for _, o := range []rollcall.ImportOptions{dry, c.second} {
					result, _ := d.bring(mended, o)
					if got := strings.Join(rolesOf(&result.Answer), "|"); got != c.want {
						t.Errorf("got %s, want %s", got, c.want)
					}
					want := rollcall.ImportCounts{Rows: 7, Added: c.mended, Rejected: 7 - c.mended, Corrected: c.mended}
					if diff := cmp.Diff(want, result.Import.Counts); diff != "" {
						t.Error("dry run:", o.DryRun, diff)
					}
				}
			})
		})
	}
}

// TestCorrection_OfACorrection: what is rejected once more is understood as the first
// file was, and so it is by the preview.
func TestCorrection_OfACorrection(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newCorrector(t, s)
		first, rejects := d.bring(file("Phone,Name,Spouse\n", "+1202555%,n,", "see notes,b,+1415555%"), rollcall.ImportOptions{})
		second, rejects := d.bring(rejects, rollcall.ImportOptions{})
		third, rejects := d.bring(strings.Replace(rejects, ",see notes,", ",+14155550100,", 2), rollcall.ImportOptions{})
		if third.Answer.Mapping.PhoneNumber != "Phone" || third.Import.Corrects != second.Import.ID || second.Import.Corrects != first.Import.ID || third.Import.Counts.Corrected != 2 {
			t.Errorf("%+v", third)
		}
		path := filepath.Join(d.dir, "mended.csv")
		if err := os.WriteFile(path, []byte(rejects), 0o600); err != nil {
			t.Fatal(err)
		}
		u, err := ingest.New(s, ingest.Settings{}).Preview(t.Context(), path, "mended.csv", d.owner, third.List, rollcall.ImportOptions{}, func() time.Time { return storetest.Time })
		if err != nil || u.Mapping.PhoneNumber != "Phone" || u.Corrects != third.Import.ID {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

// TestCorrection_OfTheSameList: rejects are corrected by a file for their list alone,
// whatever its header says. A column that is named for the phone number is it all the
// same.
func TestCorrection_OfTheSameList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newCorrector(t, s)
		first, rejects := d.bring(file("Phone,Name,Spouse\n", "+1202555%,n,", "see notes,b,+1415555%"), rollcall.ImportOptions{})
		mended := strings.Replace(rejects, ",see notes,b,+14155551005", ",+14155550100,b,+14155551005", 1)
		elsewhere, other := *d, newCorrector(t, s) // an application of the same account
		elsewhere.list = "another"
		for name, c := range map[string]struct {
			*corrector
			text string
		}{
			"another list":        {&elsewhere, mended},
			"another application": {other, mended},
			"no such import":      {d, strings.Replace(mended, first.Import.ID, "im-00000000-0000-4000-8000-000000000001", 1)},
		} {
			for _, dry := range []bool{true, false} {
				result, _ := c.bring(c.text, rollcall.ImportOptions{DryRun: dry})
				if im := result.Import; im.Corrects != "" || result.Answer.Corrects != "" || im.Counts.Corrected != 0 || result.Answer.Mapping.PhoneNumber != "Phone" {
					t.Errorf("%s, dry run %v: %+v, %+v", name, dry, im, result.Answer.Mapping)
				}
			}
		}
		if im, err := s.Import(t.Context(), d.owner, first.Import.ID); err != nil || im.Counts.Mended != 0 {
			t.Errorf("%+v, %v", im, err)
		}
	})
}

// TestCorrection_ColumnMissing: where the phone number's column was taken out, another
// is not taken in silence.
func TestCorrection_ColumnMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newCorrector(t, s)
		_, rejects := d.bring(file("Phone,Name,Spouse\n", "+1202555%,n,", "see notes,b,+1415555%"), rollcall.ImportOptions{})
		result, _ := d.bring(strings.NewReplacer(",Phone,", ",", ",see notes,", ",").Replace(rejects), rollcall.ImportOptions{})
		want := []string{`The column "Phone", which held the phone number when the rows were rejected, is not in the file.`}
		if diff := cmp.Diff(want, result.Answer.Answer.Warnings); diff != "" {
			t.Error(diff)
		}
	})
}
