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
	refused  []string // why blocks were

	remembered map[string]rollcall.RememberedMapping

	beforeCommit func(*rollcall.Block) error                       // may refuse
	counts       func(rollcall.ImportCounts) rollcall.ImportCounts // may lie
	paused       int
}

func newFakeStore() *fakeStore {
	return &fakeStore{lists: map[string]*rollcall.ContactList{}, phones: map[phone.Number]bool{}, remembered: map[string]rollcall.RememberedMapping{}}
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
		if im.State == rollcall.ImportRunning && im.Digest == b.Digest && im.OptionsKey == b.Rules.OptionsKey(b.Options) {
			im.LeaseUntil = now.Add(rollcall.ImportLease)
			return im, nil
		}
	}
	im := &rollcall.Import{
		ID: "im-00000000-0000-4000-8000-000000000001", Digest: b.Digest, OptionsKey: b.Rules.OptionsKey(b.Options), Options: b.Options, Answer: b.Answer,
		State: rollcall.ImportRunning, LeaseUntil: now.Add(rollcall.ImportLease), StartedAt: now, Begun: true, Corrects: b.Corrects,
	}
	s.imports = append(s.imports, im)
	if b.Options.DryRun || b.Refused {
		return im, nil
	}
	if s.lists[b.ListName] == nil {
		l := rollcall.NewContactList(rollcall.SourceLocalDrive, now)
		l.Name, l.Description, l.PhoneRule, l.Region = b.ListName, b.Description, b.Rules.PhoneRule, b.Rules.Region
		s.lists[b.ListName] = l
	}
	l := s.lists[b.ListName]
	l.BeginFile(b.File, b.Columns, b.Rules.Mapping, b.User, now)
	im.ListID = l.ID
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

func (s *fakeStore) EndImport(_ context.Context, im *rollcall.Import, failure *rollcall.Failure, now time.Time) (*rollcall.ContactList, error) {
	if failure != nil {
		s.failures = append(s.failures, failure.Message)
	}
	if err := im.End(failure, now); err != nil || im.Options.DryRun {
		return nil, err
	}
	for _, l := range s.lists {
		if l.ID == im.ListID {
			l.TotalRecordCount = int64(len(s.phones))
			l.EndFile(now)
			return l, nil
		}
	}
	return nil, nil
}

func (s *fakeStore) RenewImport(context.Context, *rollcall.Import, time.Time) (bool, error) {
	return false, nil
}

func (s *fakeStore) RefuseBlock(_ context.Context, im *rollcall.Import, b *rollcall.Block, why rollcall.Remark, _ time.Time) (rollcall.ImportCounts, error) {
	c := rollcall.ImportCounts{Rows: b.Len(), Rejected: b.Len()}
	im.Counts = im.Counts.Add(c)
	s.rejects = append(s.rejects, b.Rejects...)
	s.refused = append(s.refused, why.Code)
	return c, nil
}

func (s *fakeStore) RestartImport(_ context.Context, im *rollcall.Import) error {
	im.Counts, s.rejects = rollcall.ImportCounts{}, nil
	return nil
}

func (s *fakeStore) RememberedMapping(_ context.Context, _ rollcall.Owner, key string) (rollcall.RememberedMapping, error) {
	return s.remembered[key], nil
}

func (s *fakeStore) RememberMapping(_ context.Context, _ rollcall.Owner, key string, m rollcall.RememberedMapping, _ time.Time) error {
	s.remembered[key] = m
	return nil
}

func (s *fakeStore) ContactList(_ context.Context, _ rollcall.Owner, id string) (*rollcall.ContactList, error) {
	for _, l := range s.lists {
		if l.ID == id {
			return l, nil
		}
	}
	return nil, rollcall.NotFound("no such list")
}

func (s *fakeStore) Import(_ context.Context, _ rollcall.Owner, id string) (*rollcall.Import, error) {
	for _, im := range s.imports {
		if im.ID == id {
			return im, nil
		}
	}
	return nil, rollcall.NotFound("no such import")
}

func (s *fakeStore) CheckFirst(context.Context, *rollcall.Import) error { return nil }

func (s *fakeStore) BeginClaimed(_ context.Context, im *rollcall.Import, b rollcall.ImportStart, now time.Time) error {
	im.Begun, im.OptionsKey, im.Options, im.Answer, im.Digest, im.StartedAt = true, b.Rules.OptionsKey(b.Options), b.Options, b.Answer, b.Digest, now
	return nil
}

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

func (s *fakeStore) NewDryRun(context.Context, *rollcall.Import) (rollcall.DryRun, error) {
	return &fakeDryRun{store: s, seen: map[phone.Number]bool{}}, nil
}

type fakeDryRun struct {
	store *fakeStore
	seen  map[phone.Number]bool
}

func (d *fakeDryRun) CountBlock(_ context.Context, im *rollcall.Import, b *rollcall.Block, _ time.Time) (rollcall.ImportCounts, error) {
	c := countBlock(d.seen, b)
	im.Counts = im.Counts.Add(c)
	d.store.rejects = append(d.store.rejects, b.Rejects...)
	return c, nil
}

func (d *fakeDryRun) Close() error { return nil }

// clock is a clock that stands still until it is moved.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time { return c.now }

// request is a request for a file.
func request(path string, c *clock) Request {
	return Request{Path: path, ListName: "List", Now: c.Now, Worker: strings.Repeat("w", 8), Options: rollcall.ImportOptions{PhoneRule: phone.RuleE164}}
}
