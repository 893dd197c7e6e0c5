package ingest

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall"
	"rollcall/phone"
)

// fakeStore keeps in memory what a store keeps, for the pipeline's own
// properties. What a real store does with a block is proven with real stores.
type fakeStore struct {
	lists    map[string]*rollcall.ContactList
	imports  []*rollcall.Import
	contacts []rollcall.Row
	rejects  []rollcall.Reject
	phones   map[phone.Number]bool
	failures []string

	beforeCommit func(*rollcall.Block) error                       // may refuse
	counts       func(rollcall.ImportCounts) rollcall.ImportCounts // may lie
	paused       int
}

func newFakeStore() *fakeStore {
	return &fakeStore{lists: map[string]*rollcall.ContactList{}, phones: map[phone.Number]bool{}}
}

func (s *fakeStore) ContactListByName(_ context.Context, _ rollcall.Owner, name string) (*rollcall.ContactList, error) {
	if l := s.lists[name]; l != nil {
		return l, nil
	}
	return nil, rollcall.NotFound("no such list")
}

func (s *fakeStore) BeginImport(_ context.Context, b rollcall.ImportStart, now time.Time) (*rollcall.Import, error) {
	for _, im := range s.imports {
		if im.Alive(now) {
			return nil, rollcall.Conflict(rollcall.ReasonInvalidState, "busy")
		}
		if im.State == rollcall.ImportRunning && im.Digest == b.Digest && im.Options == b.Rules.OptionsKey() {
			im.LeaseUntil = now.Add(rollcall.ImportLease)
			return im, nil
		}
	}
	if s.lists[b.ListName] == nil {
		l := rollcall.NewContactList(rollcall.SourceLocalDrive, now)
		l.Name, l.Description, l.PhoneRule, l.Region = b.ListName, b.Description, b.Rules.PhoneRule, b.Rules.Region
		s.lists[b.ListName] = l
	}
	l := s.lists[b.ListName]
	l.BeginFile(b.File, b.Columns, b.Rules.Mapping, b.User, now)
	im := &rollcall.Import{
		ID: rollcall.NewID(rollcall.PrefixImport), ListID: l.ID, Digest: b.Digest, Options: b.Rules.OptionsKey(),
		State: rollcall.ImportRunning, LeaseUntil: now.Add(rollcall.ImportLease), StartedAt: now,
	}
	s.imports = append(s.imports, im)
	return im, nil
}

func (s *fakeStore) CommitBlock(ctx context.Context, im *rollcall.Import, b *rollcall.Block, now time.Time) (rollcall.ImportCounts, error) {
	if s.beforeCommit != nil {
		if err := s.beforeCommit(b); err != nil {
			return rollcall.ImportCounts{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return rollcall.ImportCounts{}, err
	}
	c := countBlock(s.phones, b)
	s.contacts = append(s.contacts, b.Rows...)
	s.rejects = append(s.rejects, b.Rejects...)
	im.Counts, im.LeaseUntil = im.Counts.Add(c), now.Add(rollcall.ImportLease)
	if s.counts != nil {
		return s.counts(c), nil
	}
	return c, nil
}

func countBlock(seen map[phone.Number]bool, b *rollcall.Block) rollcall.ImportCounts {
	c := rollcall.ImportCounts{Rows: b.Len(), Rejected: int64(len(b.Rejects))}
	for _, r := range b.Rows {
		if seen[r.Contact.Phone] {
			c.Duplicate++
			continue
		}
		seen[r.Contact.Phone] = true
		c.Added++
	}
	return c
}

func (s *fakeStore) EndImport(_ context.Context, im *rollcall.Import, failure string, now time.Time) (*rollcall.ContactList, error) {
	if failure != "" {
		s.failures = append(s.failures, failure)
	}
	for _, l := range s.lists {
		if l.ID == im.ListID {
			l.TotalRecordCount = int64(len(s.phones))
			l.EndFile(now)
			return l, im.End(failure, now)
		}
	}
	return nil, rollcall.NotFound("no such list")
}

func (s *fakeStore) RenewImport(context.Context, *rollcall.Import, time.Time) error { return nil }

func (s *fakeStore) PauseImport(_ context.Context, im *rollcall.Import, now time.Time) error {
	s.paused++
	im.LeaseUntil = now
	return nil
}

func (s *fakeStore) Rejects(_ context.Context, _ *rollcall.Import, after int64, limit int) ([]rollcall.Reject, error) {
	i := slices.IndexFunc(s.rejects, func(r rollcall.Reject) bool { return r.Number > after })
	if i < 0 {
		return nil, nil
	}
	return s.rejects[i:min(len(s.rejects), i+limit)], nil
}

func (s *fakeStore) NewDryRun(context.Context, *rollcall.ContactList) (rollcall.DryRun, error) {
	return &fakeDryRun{seen: map[phone.Number]bool{}}, nil
}

type fakeDryRun struct{ seen map[phone.Number]bool }

func (d *fakeDryRun) CountBlock(_ context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
	return countBlock(d.seen, b), nil
}

func (d *fakeDryRun) Close() error { return nil }

// clock is a clock that stands still until it is moved.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time { return c.now }

// request is a request for a file.
func request(path string, c *clock) Request {
	return Request{Path: path, ListName: "List", Now: c.Now, Worker: strings.Repeat("w", 8), PhoneRule: phone.RuleE164}
}
