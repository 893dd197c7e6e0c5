package storetest_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// eachLimited runs a test on both engines, in a store with limits.
func eachLimited(t *testing.T, limits rollcall.Limits, test func(t *testing.T, s *store.Store)) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Limits = limits
		test(t, storetest.Open(t, c))
	})
}

const refusedByLimit = "conflict limit_reached"

// expectRefused wants a refusal by a limit whose sentence holds some words.
func expectRefused(t testing.TB, err error, words string) {
	t.Helper()
	if reason(err) != refusedByLimit || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want %s: …%s…", err, refusedByLimit, words)
	}
}

func TestLimits_Lists(t *testing.T) {
	eachLimited(t, rollcall.Limits{Lists: 2}, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		first := storetest.List(t, s, o, "first")
		elsewhere := storetest.App(t, s, "67777ce93e25326494e00001", "st-second")
		storetest.List(t, s, rollcall.Owner{AccountKey: elsewhere.AccountKey, ApplicationID: "st-second"}, "of another application")
		expectRefused(t, s.CreateContactList(ctx, storetest.NewList(o, "third")), "has 2 contact lists")
		for _, dry := range []bool{false, true} {
			b := start(o, "from a file", "d1")
			b.Options.DryRun = dry
			_, err := s.BeginImport(ctx, b, storetest.Time)
			expectRefused(t, err, "has 2 contact lists")
			im := &rollcall.Import{ID: rollcall.NewID(rollcall.PrefixImport), Owner: o, File: b.File, Options: b.Options}
			expectRefused(t, s.QueueImport(ctx, im, storetest.NewList(o, "queued"), storetest.Time), "has 2 contact lists")
		}
		stranger := storetest.App(t, s, "67777ce93e25326494e00002", "st-other")
		storetest.List(t, s, rollcall.Owner{AccountKey: stranger.AccountKey, ApplicationID: "st-other"}, "of another account")
		must(s.DeleteContactList(ctx, o, first.ID, "u-1", storetest.Time))(t)
		storetest.List(t, s, o, "third")
	})
}

// Of lists that are made at the same moment no more come into being than may.
func TestLimits_ListsAtTheSameMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Limits.Lists = 5
		stores := []*store.Store{storetest.Open(t, c), storetest.Open(t, c)}
		o := storetest.Owner(t, stores[0])
		said := inParallel(t, 20, func(i int) error {
			return stores[i%2].CreateContactList(ctx, storetest.NewList(o, fmt.Sprintf("list %d", i)))
		})
		if diff := cmp.Diff(map[string]int{"<nil>": 5, refusedByLimit: 15}, said); diff != "" {
			t.Error(diff)
		}
	})
}

// inParallel counts the outcomes of n calls at the same moment.
func inParallel(t testing.TB, n int, call func(i int) error) map[string]int {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = call(i) })
	}
	wg.Wait()
	said := map[string]int{}
	for _, err := range errs {
		said[reason(err)]++
	}
	return said
}

func TestLimits_ContactsOfAList(t *testing.T) {
	eachLimited(t, rollcall.Limits{ContactsPerList: 10}, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.AddContacts(ctx, o, l.ID, numbers(9), "u-1", storetest.Time))(t)
		_, err := s.AddContacts(ctx, o, l.ID, numbers(11), "u-1", storetest.Time)
		expectRefused(t, err, "has 9 contacts, and 2 more")
		checkCount(t, s, o, l.ID, 9) // none of a call that is refused
		must(s.AddContacts(ctx, o, l.ID, numbers(10), "u-1", storetest.Time))(t)
		if got := must(s.AddContacts(ctx, o, l.ID, numbers(10), "u-1", storetest.Time))(t); got.Duplicates != 10 {
			t.Errorf("duplicates are no more contacts: %+v", got)
		}
		checkCount(t, s, o, l.ID, 10)
	})
}

// The limit of an account holds over its lists, whoever fills them at the same
// moment.
func TestLimits_ContactsOfAnAccountAtTheSameMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Limits.Contacts = 100
		stores := []*store.Store{storetest.Open(t, c), storetest.Open(t, c)}
		o := storetest.Owner(t, stores[0])
		lists := make([]*rollcall.ContactList, 8)
		for i := range lists {
			lists[i] = storetest.List(t, stores[0], o, fmt.Sprintf("list %d", i))
		}
		for round, want := range []map[string]int{{"<nil>": 8}, {"<nil>": 4, refusedByLimit: 4}, {refusedByLimit: 8}} { // 8, 16, … contacts a list
			said := inParallel(t, len(lists), func(i int) error {
				_, err := stores[i%2].AddContacts(ctx, o, lists[i].ID, numbers(8*(round+1)), "u-1", storetest.Time)
				return err
			})
			if diff := cmp.Diff(want, said); diff != "" {
				t.Errorf("round %d: %s", round, diff)
			}
		}
		uses := must(stores[0].LimitUses(ctx, o, storetest.Time))(t)
		if got := uses[2]; got.Used != 96 || !got.Warning() {
			t.Errorf("%+v", got)
		}
		must(stores[0].DeleteContactList(ctx, o, lists[0].ID, "u-1", storetest.Time))(t)
		must(stores[0].AddContacts(ctx, o, lists[1].ID, numbers(9), "u-1", storetest.Time))(t) // room again
	})
}

// Adding to lists while others are made, deleted and imported into ends in no
// deadlock.
func TestLimits_NoDeadlock(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Limits = rollcall.Limits{Lists: 1000, ContactsPerList: 1000, Contacts: 1000}
		a, b := storetest.Open(t, c), storetest.Open(t, c)
		o := storetest.Owner(t, a)
		first, second := storetest.List(t, a, o, "first"), storetest.List(t, a, o, "second")
		said := inParallel(t, 4, func(i int) error {
			var errs []error
			for n := range 15 {
				var err error
				switch i {
				case 0:
					_, err = a.AddContacts(ctx, o, first.ID, numbers(n+1), "u-1", storetest.Time)
				case 1:
					_, err = b.AddContacts(ctx, o, second.ID, numbers(n+1), "u-1", storetest.Time)
				case 2:
					l := storetest.NewList(o, fmt.Sprintf("new %d", n))
					if err = b.CreateContactList(ctx, l); err == nil {
						_, err = b.DeleteContactList(ctx, o, l.ID, "u-1", storetest.Time)
					}
				case 3:
					err = importOnce(a, o, fmt.Sprintf("d%d", n), int64(n*10+1))
				}
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		})
		if said["<nil>"] != 4 {
			t.Error(said)
		}
	})
}

// importOnce imports ten rows of their own into the list "file".
func importOnce(s *store.Store, o rollcall.Owner, digest string, first int64) error {
	im, err := s.BeginImport(ctx, start(o, "file", digest), storetest.Time)
	if err != nil {
		return err
	}
	b := block(first, 10)
	shift := 1 - b.First // a file's rows begin at 1
	b.First = 1
	for i := range b.Rows {
		b.Rows[i].Number += shift
	}
	for i := range b.Rejects {
		b.Rejects[i].Number += shift
	}
	if _, err := s.CommitBlock(ctx, im, b, storetest.Time); err != nil {
		return err
	}
	_, err = s.EndImport(ctx, im, nil, storetest.Time)
	return err
}

func TestLimits_AnImportKeepsTheBlocksThatFitted(t *testing.T) {
	for name, limits := range map[string]rollcall.Limits{"list": {ContactsPerList: 20}, "account": {Contacts: 20}} {
		t.Run(name, func(t *testing.T) {
			eachLimited(t, limits, func(t *testing.T, s *store.Store) {
				o := storetest.Owner(t, s)
				im := must(s.BeginImport(ctx, start(o, "file", "d1"), storetest.Time))(t)
				must(s.CommitBlock(ctx, im, block(1, 20), storetest.Time))(t)
				before := *im
				_, err := s.CommitBlock(ctx, im, block(21, 20), storetest.Time)
				expectRefused(t, err, "has 18 contacts, and 18 more would pass")
				if diff := cmp.Diff(&before, im); diff != "" {
					t.Error(diff)
				}
				checkCount(t, s, o, im.ListID, 18)
			})
		})
	}
}

func TestLimits_ADryRunForetellsThem(t *testing.T) {
	eachLimited(t, rollcall.Limits{ContactsPerList: 30, Contacts: 35}, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		l := storetest.List(t, s, o, "list")
		must(s.AddContacts(ctx, o, l.ID, numbers(10), "u-1", storetest.Time))(t)
		for name, words := range map[string]string{"list": "The list has 10 contacts, and 27 more", "new": "The account has 10 contacts, and 27 more"} {
			b := start(o, name, "d1")
			b.Options.DryRun = true
			im := must(s.BeginImport(ctx, b, storetest.Time))(t)
			dry := must(s.NewDryRun(ctx, im))(t)
			first, rest := block(11, 20), block(31, 10) // 18 and 9 numbers that the list has not
			first.First, rest.First = 1, 21
			for _, part := range []*rollcall.Block{first, rest} {
				for i := range part.Rows {
					part.Rows[i].Number -= 10
				}
				for i := range part.Rejects {
					part.Rejects[i].Number -= 10
				}
			}
			must(dry.CountBlock(ctx, im, first, storetest.Time))(t)
			_, err := dry.CountBlock(ctx, im, rest, storetest.Time)
			expectRefused(t, err, words)
			if err := dry.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// replacement begins an import that replaces the contents of the list "file".
func replacement(t testing.TB, s *store.Store, o rollcall.Owner) *rollcall.Import {
	t.Helper()
	b := start(o, "file", "d2")
	b.Options.Mode = rollcall.ModeReplace
	return must(s.BeginImport(ctx, b, storetest.Time))(t)
}

// Of a replacement the new contents count, not those that they replace.
func TestLimits_AReplacementCountsTheNewContents(t *testing.T) {
	for name, limits := range map[string]rollcall.Limits{"list": {ContactsPerList: 20}, "account": {Contacts: 20}} {
		t.Run(name, func(t *testing.T) {
			eachLimited(t, limits, func(t *testing.T, s *store.Store) {
				o := storetest.Owner(t, s)
				if err := importOnce(s, o, "d0", 1); err != nil {
					t.Fatal(err)
				}
				im := replacement(t, s, o)
				must(s.CommitBlock(ctx, im, block(1, 20), storetest.Time))(t) // 18, beside the 9 of before
				_, err := s.CommitBlock(ctx, im, block(21, 5), storetest.Time)
				expectRefused(t, err, "has 18 contacts, and 5 more would pass")
				must(s.EndImport(ctx, im, nil, storetest.Time))(t)
				checkCount(t, s, o, im.ListID, 18)
			})
		})
	}
}

// Between the last block of a replacement and its end other lists may grow.
func TestLimits_AReplacementThatFitsNoMore(t *testing.T) {
	eachLimited(t, rollcall.Limits{Contacts: 20}, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		if err := importOnce(s, o, "d0", 1); err != nil {
			t.Fatal(err)
		}
		im := replacement(t, s, o)
		must(s.CommitBlock(ctx, im, block(1, 20), storetest.Time))(t)
		other := storetest.List(t, s, o, "other")
		must(s.AddContacts(ctx, o, other.ID, numbers(10), "u-1", storetest.Time))(t)
		_, err := s.EndImport(ctx, im, nil, storetest.Time)
		expectRefused(t, err, "The account has 19 contacts, and 9 more would pass")
		checkCount(t, s, o, im.ListID, 9)
		failure := rollcall.Failure{Code: rollcall.ReasonLimitReached, Message: err.Error()}
		must(s.EndImport(ctx, im, &failure, storetest.Time))(t)
		checkCount(t, s, o, im.ListID, 9)
	})
}

func TestLimits_Uses(t *testing.T) {
	limits := rollcall.Limits{Lists: 10, ContactsPerList: 5, Contacts: 100, FileSize: 7}
	eachLimited(t, limits, func(t *testing.T, s *store.Store) {
		o := storetest.Owner(t, s)
		if got := must(s.LimitUses(ctx, o, storetest.Time))(t); got[1].Used != 0 || got[1].ListID != "" {
			t.Errorf("an account without lists: %+v", got)
		}
		small, large := storetest.List(t, s, o, "small"), storetest.List(t, s, o, "large")
		must(s.AddContacts(ctx, o, small.ID, numbers(1), "u-1", storetest.Time))(t)
		must(s.AddContacts(ctx, o, large.ID, numbers(4), "u-1", storetest.Time))(t)
		app := storetest.App(t, s, "67777ce93e25326494e00001", "st-second")
		second := rollcall.Owner{AccountKey: app.AccountKey, ApplicationID: "st-second"}
		hidden := storetest.List(t, s, second, "of another application")
		must(s.AddContacts(ctx, second, hidden.ID, numbers(5), "u-1", storetest.Time.Add(time.Second)))(t)
		want := []rollcall.LimitUse{
			{Name: rollcall.LimitLists, Limit: 10, Used: 3},
			{Name: rollcall.LimitContactsPerList, Limit: 5, Used: 4, ListID: large.ID, ListName: "large"},
			{Name: rollcall.LimitContacts, Limit: 100, Used: 10},
			{Name: rollcall.LimitFileSize, Limit: 7}, {Name: rollcall.LimitCampaignLists}, {Name: rollcall.LimitCalls},
		}
		if diff := cmp.Diff(want, must(s.LimitUses(ctx, o, storetest.Time))(t)); diff != "" {
			t.Error(diff)
		}
		if s.Limits() != limits {
			t.Errorf("%+v", s.Limits())
		}
	})
}

// A campaign names no more lists than it may. One that has more since before can be
// changed, but not given further ones.
func TestLimits_ListsOfACampaign(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Limits.CampaignLists = 3
		s := storetest.Open(t, c)
		o := storetest.Owner(t, s)
		var lists []rollcall.Named
		for i := range 4 {
			lists = append(lists, rollcall.Named{ID: storetest.List(t, s, o, fmt.Sprint("list ", i)).ID})
		}
		campaign := running(t, s, &rollcall.ContactList{ID: lists[0].ID, Owner: o})
		set := func(s *store.Store, n int) error {
			_, err := s.UpdateCampaign(ctx, o, campaign.ID, func(c *rollcall.Campaign) error {
				c.ContactLists = lists[:n]
				return nil
			})
			return err
		}
		more := *campaign
		more.ID, more.ContactLists = rollcall.NewID(rollcall.PrefixCampaign), lists
		if err := s.CreateCampaign(ctx, &more); rollcall.CodeOf(err) != rollcall.CodeInvalid {
			t.Errorf("a campaign with four: %v", err)
		}
		if err := set(s, 4); rollcall.CodeOf(err) != rollcall.CodeInvalid {
			t.Errorf("four: %v", err)
		}
		if err := set(s, 3); err != nil {
			t.Errorf("three: %v", err)
		}
		c.Limits.CampaignLists = 1
		lowered := storetest.Open(t, c)
		if err := set(lowered, 3); err != nil {
			t.Errorf("three as before: %v", err)
		}
		if err := set(lowered, 4); rollcall.CodeOf(err) != rollcall.CodeInvalid {
			t.Errorf("four where three are too many: %v", err)
		}
	})
}
