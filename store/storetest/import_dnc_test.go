package storetest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// dncWorld is an account with DNC lists of every kind, and a list of people that
// holds the first number that they block.
func dncWorld(t *testing.T, s *store.Store) (rollcall.Owner, *rollcall.ContactList) {
	t.Helper()
	o := storetest.Owner(t, s)
	far := rollcall.Owner{AccountKey: o.AccountKey, ApplicationID: "st-far"}
	storetest.App(t, s, "67777ce93e25326494e00001", far.ApplicationID)
	for _, d := range []struct {
		owner   rollcall.Owner
		name    string
		global  bool
		entries []rollcall.Contact
	}{
		{o, "own", false, []rollcall.Contact{
			entry(14155550100, ""), entry(-1900, ""),
			entry(14155550103, `{"expiresAt":"`+after(time.Hour).Format("2006-01-02T15:04:05.000Z")+`"}`),
			entry(14155550104, `{"expiresAt":"`+after(time.Minute).Format("2006-01-02T15:04:05.000Z")+`"}`),
		}},
		{far, "binding", true, []rollcall.Contact{entry(14155550101, ""), entry(14155550106, "")}},
		{far, "foreign", false, []rollcall.Contact{entry(14155550102, "")}},
	} {
		must(s.AddContacts(ctx, d.owner, dncList(t, s, d.owner, d.name, d.global).ID, d.entries, "u-1", storetest.Time))(t)
	}
	people := storetest.List(t, s, o, "people")
	must(s.AddContacts(ctx, o, people.ID, []rollcall.Contact{entry(14155550100, "")}, "u-1", storetest.Time))(t)
	return o, people
}

// dncBlock is a block of a file whose rows every kind of entry concerns, at
// half an hour past the time of tests. Its last row is rejected.
func dncBlock(first int64) *rollcall.Block {
	b := &rollcall.Block{First: first}
	for _, n := range []phone.Number{
		14155550100, // blocked by the application's list, and in the list of people already
		14155550101, // blocked by the global one of another application
		14155550101, // the same again
		14155550102, // on a list that does not bind
		14155550103, // blocked until later
		14155550104, // was blocked until before
		19005550100, // blocked by a prefix
		14155550105, // on no list
	} {
		c := entry(n, "")
		c.FirstName = rollcall.Given("Ann")
		b.Rows = append(b.Rows, rollcall.Row{Number: first + int64(len(b.Rows)), Contact: c})
	}
	b.Rows[6].Remark = &rollcall.Remark{Code: "time_zone_unknown", Message: "It is not known."}
	b.Rejects = []rollcall.Reject{{Number: first + 8, Code: "phone_missing", Message: "It is missing."}}
	return b
}

// ledgerLines says of each row its outcome, its code, and the DNC list.
func ledgerLines(t *testing.T, s *store.Store, im *rollcall.Import) (lines []string) {
	t.Helper()
	for after := int64(0); ; {
		page, last, err := s.LedgerPage(ctx, im, after, nil)
		if err != nil {
			t.Fatal(err)
		}
		if last == 0 {
			return lines
		}
		for _, e := range page {
			lines = append(lines, strings.Join([]string{string(e.Outcome), e.Code, e.DNCList}, "/"))
		}
		after = last
	}
}

// TestImport_CountsRowsOnDNC: whatever their outcome, in every kind of import, and a
// dry run says the same.
func TestImport_CountsRowsOnDNC(t *testing.T) {
	rule := func(d rollcall.DNCRule, change ...func(*rollcall.ImportOptions)) func(*rollcall.ImportOptions) {
		return func(o *rollcall.ImportOptions) {
			o.DNC = d
			for _, c := range change {
				c(o)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*rollcall.ImportOptions)
		want   rollcall.ImportCounts
		ledger []string
	}{
		"keep": {
			rule(rollcall.DNCKeep), rollcall.ImportCounts{Rows: 9, Added: 6, Duplicate: 2, Rejected: 1},
			[]string{"duplicate/duplicate_in_list/", "added//", "duplicate/duplicate_in_file/", "added//", "added//", "added//", "added/time_zone_unknown/", "added//", "rejected/phone_missing/"},
		},
		"count": {
			rule(rollcall.DNCCount), rollcall.ImportCounts{Rows: 9, Added: 6, Duplicate: 2, Rejected: 1, OnDNC: 5},
			[]string{"duplicate/duplicate_in_list/own", "added//binding", "duplicate/duplicate_in_file/binding", "added//", "added//own", "added//", "added/time_zone_unknown/own", "added//", "rejected/phone_missing/"},
		},
		"count and update": {
			rule(rollcall.DNCCount, func(o *rollcall.ImportOptions) { o.Duplicates = rollcall.DuplicatesUpdate }),
			rollcall.ImportCounts{Rows: 9, Added: 6, Updated: 1, Unchanged: 1, Rejected: 1, OnDNC: 5},
			[]string{"updated//own", "added//binding", "unchanged//binding", "added//", "added//own", "added//", "added/time_zone_unknown/own", "added//", "rejected/phone_missing/"},
		},
		"count and replace": {
			rule(rollcall.DNCCount, func(o *rollcall.ImportOptions) { o.Mode = rollcall.ModeReplace }),
			rollcall.ImportCounts{Rows: 9, Added: 7, Duplicate: 1, Rejected: 1, OnDNC: 5},
			[]string{"added//own", "added//binding", "duplicate/duplicate_in_file/binding", "added//", "added//own", "added//", "added/time_zone_unknown/own", "added//", "rejected/phone_missing/"},
		},
		"drop": {
			rule(rollcall.DNCDrop), rollcall.ImportCounts{Rows: 9, Added: 3, Rejected: 1, Blocked: 5, OnDNC: 5},
			[]string{"blocked/on_dnc/own", "blocked/on_dnc/binding", "blocked/on_dnc/binding", "added//", "blocked/on_dnc/own", "added//", "blocked/on_dnc/own", "added//", "rejected/phone_missing/"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				_, people := dncWorld(t, s)
				now := after(30 * time.Minute)
				tried := begunFor(t, s, people, "tried", func(o *rollcall.ImportOptions) { c.change(o); o.DryRun = true })
				dry := must(s.NewDryRun(ctx, tried))(t)
				must(dry.CountBlock(ctx, tried, dncBlock(1), now))(t)
				if err := dry.Close(); err != nil {
					t.Error(err)
				}
				must(s.EndImport(ctx, tried, nil, now))(t)
				real := begunFor(t, s, people, "real", c.change)
				must(s.CommitBlock(ctx, real, dncBlock(1), now))(t)
				must(s.EndImport(ctx, real, nil, now))(t)
				for _, im := range []*rollcall.Import{tried, real} {
					kept := must(s.Import(ctx, im.Owner, im.ID))(t)
					if kept.Counts != c.want || kept.Counts.Check() != nil {
						t.Errorf("%s: %+v, want %+v", im.File.Name, kept.Counts, c.want)
					}
					if diff := cmp.Diff(c.ledger, ledgerLines(t, s, im)); diff != "" {
						t.Errorf("%s (-want +got):\n%s", im.File.Name, diff)
					}
				}
			})
		})
	}
}

// TestImport_CountsRowsOnDNC_InAnotherProcess: blocks that different processes commit
// add up, each by the entries that hold at its time.
func TestImport_CountsRowsOnDNC_InAnotherProcess(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		s, other := storetest.Open(t, c), storetest.Open(t, c)
		o, people := dncWorld(t, s)
		im := begunFor(t, s, people, "file", func(o *rollcall.ImportOptions) { o.DNC = rollcall.DNCCount })
		must(s.CommitBlock(ctx, im, dncBlock(1), after(30*time.Minute)))(t)

		late := after(2 * time.Hour) // the lease is over, and one more entry has expired
		taken := must(other.ClaimImport(ctx, "w2", late))(t)
		if taken.Counts.OnDNC != 5 {
			t.Errorf("taken over with %+v", taken.Counts)
		}
		if _, err := s.CommitBlock(ctx, im, dncBlock(10), late); err == nil {
			t.Error("a process that lost the import committed")
		}
		if got := must(other.CommitBlock(ctx, taken, dncBlock(10), late))(t); got.OnDNC != 4 {
			t.Errorf("the second block: %+v", got)
		}
		must(other.EndImport(ctx, taken, &rollcall.Failure{Code: rollcall.FailureCancelled, Message: "Cancelled."}, late))(t)
		if got := must(s.RetryImport(ctx, o, im.ID, late))(t); got.Counts.OnDNC != 9 || got.Counts.Rows != 18 {
			t.Errorf("tried again: %+v", got.Counts)
		}
	})
}

// TestImport_CountsRowsOnDNC_BeginsAnew: an import that begins at its first row again
// counts from nothing.
func TestImport_CountsRowsOnDNC_BeginsAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, people := dncWorld(t, s)
		im := begunFor(t, s, people, "file", func(o *rollcall.ImportOptions) { o.DNC, o.DryRun = rollcall.DNCCount, true })
		dry := must(s.NewDryRun(ctx, im))(t)
		must(dry.CountBlock(ctx, im, dncBlock(1), storetest.Time))(t)
		if err := dry.Close(); err != nil {
			t.Error(err)
		}
		if err := s.RestartImport(ctx, im); err != nil {
			t.Fatal(err)
		}
		if got := must(s.Import(ctx, o, im.ID))(t).Counts; got != (rollcall.ImportCounts{}) {
			t.Errorf("%+v", got)
		}
	})
}

// TestImport_CountsRowsOnDNC_NotOfErasedOrRefused: of an erased person nothing else is
// told, though a prefix holds the number still; and rejected rows do not count.
func TestImport_CountsRowsOnDNC_NotOfErasedOrRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, people := dncWorld(t, s)
		must(s.Erase(ctx, o, rollcall.Person{Phone: 19005550100}, "u-9", storetest.Time))(t)
		for _, d := range []rollcall.DNCRule{rollcall.DNCCount, rollcall.DNCDrop} {
			im := begunFor(t, s, people, string(d), func(o *rollcall.ImportOptions) { o.DNC = d })
			if got := must(s.CommitBlock(ctx, im, dncBlock(1), after(30*time.Minute)))(t); got.OnDNC != 4 || got.Check() != nil {
				t.Errorf("%s: %+v", d, got)
			}
			if lines := ledgerLines(t, s, im); lines[6] != "blocked/erased/" {
				t.Errorf("%s: %v", d, lines)
			}
			must(s.EndImport(ctx, im, nil, storetest.Time))(t)
		}
		im := begunFor(t, s, people, "refused", func(o *rollcall.ImportOptions) { o.DNC, o.Strict = rollcall.DNCCount, true })
		if got := must(s.RefuseBlock(ctx, im, dncBlock(1), rollcall.Remark{Code: "not_imported", Message: "It is not."}, after(30*time.Minute)))(t); got.OnDNC != 0 || got.Rejected != 8 {
			t.Errorf("%+v", got)
		}
	})
}
