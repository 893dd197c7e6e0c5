package store

import (
	"context"
	"database/sql"

	"rollcall"
	"rollcall/phone"
)

// rowKeys are what the rows of a block are matched by, each once.
type rowKeys struct {
	numbers []int64
	ids     []string
}

// holder is a contact that holds a key.
type holder struct {
	seq   int64
	space int64 // of another list's contact: that list's; 0: the list itself
}

// otherHolders are contacts of other lists by key.
type otherHolders struct {
	numbers map[phone.Number]holder
	ids     map[string]holder
}

// spot is a contact as the block has made it so far: one that was there, or one
// that an earlier row of the block becomes.
type spot struct {
	contact rollcall.Contact
	before  *rollcall.Contact // as it was before the block; nil: a row of the block becomes it
	row     int               // of a new one: its place in Block.Rows
	changed bool
}

// matching settles a block's rows one after the other against the contacts that
// they match.
type matching struct {
	*settling
	byID    map[string]*spot
	byPhone map[phone.Number]*spot
	places  []*spot // in the order in which they came up
	other   otherHolders
}

// matchAll is the way for every rule but the usual: contacts that match are read
// first, then each row is settled in the file's order, then all is written.
func (x *settling) matchAll(ctx context.Context) error {
	m := &matching{settling: x, byID: map[string]*spot{}, byPhone: map[phone.Number]*spot{}}
	if err := m.load(ctx); err != nil {
		return err
	}
	for i := range x.b.Rows {
		if x.settled[i].outcome == "" {
			m.row(i)
		}
	}
	return m.save(ctx)
}

func (m *matching) byOwnID() bool { return m.im.Options.Match == rollcall.MatchUniqueID }

// keys gathers what the rows may match by.
func (m *matching) keys() rowKeys {
	var k rowKeys
	numbers, ids := make(map[phone.Number]struct{}, len(m.b.Rows)), map[string]struct{}{}
	for i := range m.b.Rows {
		c := &m.b.Rows[i].Contact
		if _, seen := numbers[c.Phone]; !seen {
			numbers[c.Phone] = struct{}{}
			k.numbers = append(k.numbers, int64(c.Phone))
		}
		if !m.byOwnID() || c.UniqueID.Value == "" {
			continue
		}
		if _, seen := ids[c.UniqueID.Value]; !seen {
			ids[c.UniqueID.Value] = struct{}{}
			k.ids = append(k.ids, c.UniqueID.Value)
		}
	}
	return k
}

// load reads the contacts that hold a key of the block.
func (m *matching) load(ctx context.Context) error {
	k := m.keys()
	account, content := m.into.Owner.AccountKey, m.into.contentKey
	contacts, err := m.s.holders(ctx, m.t.Tx, account, content, k)
	if err != nil {
		return err
	}
	for i := range contacts {
		m.remember(&spot{contact: contacts[i], before: &contacts[i]})
	}
	m.other, err = m.others(ctx, k)
	return err
}

// remember makes a place known by its keys. Of several contacts with one key the
// first counts.
func (m *matching) remember(p *spot) {
	m.places = append(m.places, p)
	if _, there := m.byPhone[p.contact.Phone]; !there {
		m.byPhone[p.contact.Phone] = p
	}
	if id := p.contact.UniqueID.Value; id != "" && m.byOwnID() {
		if _, there := m.byID[id]; !there {
			m.byID[id] = p
		}
	}
}

// row settles one row.
func (m *matching) row(i int) {
	r := &m.b.Rows[i]
	p, other := m.match(&r.Contact)
	switch o := m.im.Options.Duplicates; {
	case p == nil && other == nil:
		m.add(i)
	case p == nil:
		m.settled[i] = settledRow{outcome: rollcall.OutcomeDuplicate, dup: other.seq, space: other.space}
	case o == rollcall.DuplicatesAllow:
		m.add(i)
	case o == rollcall.DuplicatesSkip:
		m.settled[i] = settledRow{outcome: rollcall.OutcomeDuplicate, dup: m.seqAt(p)}
	default:
		m.merge(i, p, o == rollcall.DuplicatesFillBlanks)
	}
}

// match finds the contact that a row matches: in the list, or else in another one.
func (m *matching) match(c *rollcall.Contact) (*spot, *holder) {
	if !m.byOwnID() {
		if p := m.byPhone[c.Phone]; p != nil {
			return p, nil
		}
		return nil, found(m.other.numbers, c.Phone)
	}
	if p := m.byID[c.UniqueID.Value]; p != nil {
		return p, nil
	}
	return nil, found(m.other.ids, c.UniqueID.Value)
}

func found[K comparable](in map[K]holder, key K) *holder {
	if h, ok := in[key]; ok {
		return &h
	}
	return nil
}

// add makes the row a contact of its own. Matched by own id, its number may
// belong to another contact: in a list without duplicates it is one then.
func (m *matching) add(i int) {
	r := &m.b.Rows[i]
	if holds := m.byPhone[r.Contact.Phone]; holds != nil && m.im.Options.Duplicates != rollcall.DuplicatesAllow && !m.list.AllowDuplicates {
		m.settled[i] = settledRow{outcome: rollcall.OutcomeDuplicate, dup: m.seqAt(holds), taken: true}
		return
	}
	m.settled[i] = settledRow{outcome: rollcall.OutcomeAdded, seq: m.seqOf(r)}
	m.remember(&spot{contact: r.Contact, row: i})
}

// merge takes over into a contact what the row gives.
func (m *matching) merge(i int, p *spot, fillOnly bool) {
	r := &m.b.Rows[i]
	if r.Contact.Phone != p.contact.Phone && !fillOnly {
		if holds := m.byPhone[r.Contact.Phone]; holds != nil && holds != p && !m.list.AllowDuplicates {
			m.settled[i] = settledRow{outcome: rollcall.OutcomeDuplicate, dup: m.seqAt(holds), taken: true}
			return
		}
	}
	if m.list.Type == rollcall.ListDNC {
		m.mergeEntry(i, p)
		return
	}
	changed := p.contact.Merge(&r.Contact, fillOnly, r.ZoneDerived)
	if r.Contact.Phone != p.contact.Phone && !fillOnly {
		if m.byPhone[p.contact.Phone] == p {
			delete(m.byPhone, p.contact.Phone)
		}
		p.contact.Phone, p.contact.PhoneSent, changed = r.Contact.Phone, r.Contact.PhoneSent, true
		if m.byPhone[p.contact.Phone] == nil {
			m.byPhone[p.contact.Phone] = p
		}
	}
	m.settled[i] = settledRow{outcome: rollcall.OutcomeUnchanged, seq: m.seqAt(p)}
	if changed {
		m.settled[i].outcome, p.changed = rollcall.OutcomeUpdated, true
	}
}

// mergeEntry takes over into an entry of a DNC list what the row says of its number.
func (m *matching) mergeEntry(i int, p *spot) {
	m.settled[i] = settledRow{outcome: rollcall.OutcomeUnchanged, seq: m.seqAt(p)}
	if p.contact.MergeEntry(&m.b.Rows[i].Contact) {
		m.settled[i].outcome, p.changed = rollcall.OutcomeUpdated, true
	}
}

// seqAt is the sequence number of the contact at a place.
func (m *matching) seqAt(p *spot) int64 {
	if p.before == nil {
		return m.seqOf(&m.b.Rows[p.row])
	}
	return p.before.Seq
}

// save writes the contacts that changed, then those that are new: an update may
// have made room for a new one's number.
func (m *matching) save(ctx context.Context) error {
	var fresh []insertion
	for _, p := range m.places {
		switch {
		case p.before == nil:
			fresh = append(fresh, insertion{contact: &p.contact, seq: m.seqAt(p)})
		case p.changed:
			m.changes = append(m.changes, contactChange{before: p.before, after: &p.contact})
		}
	}
	if err := m.noteCopies(ctx); err != nil {
		return err
	}
	if err := m.s.updateContacts(ctx, m.t, m.into, m.changes, m.now); err != nil {
		return err
	}
	added, err := m.s.insert(ctx, m.t, m.into, fresh, true, m.now)
	if err == nil && added != len(fresh) {
		err = &rollcall.Error{Code: rollcall.CodeInternal, Message: "contacts that nobody holds could not be added"}
	}
	return err
}

// holders reads the contacts of some contents that hold one of the keys: for each
// number the one that has it first, for each own id too.
func (s *Store) holders(ctx context.Context, t *sql.Tx, account, content int64, k rowKeys) ([]rollcall.Contact, error) {
	numbers, err := knownNumbers(ctx, t, s.dialect.numbers, account, content, sorted(k.numbers), len(k.numbers))
	if err != nil {
		return nil, err
	}
	ids, err := knownIDs(ctx, t, s.dialect.ids, account, content, sorted(k.ids))
	if err != nil {
		return nil, err
	}
	seqs := make([]int64, 0, len(numbers)+len(ids))
	for _, seq := range numbers {
		seqs = append(seqs, seq)
	}
	for _, seq := range ids {
		seqs = append(seqs, seq)
	}
	return contactsAt(ctx, t, s.dialect.contactsAt, account, content, compact(seqs))
}
