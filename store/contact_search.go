package store

import (
	"context"

	"rollcall"
)

// FoundContacts is one page of a search.
type FoundContacts struct {
	Contacts []rollcall.Contact
	List     *rollcall.ContactList
	More     bool  // whether others may come after Last
	Last     int64 // the last sequence number that the page is about; where to go on
}

// SearchContacts gives the contacts of a list that a filter takes, in the order in
// which they were added, from page.After on; page.Skip is not for it. It looks at
// 200,000 contacts at most: a page may then hold fewer than were asked for, or none,
// although more is true.
func (s *Store) SearchContacts(ctx context.Context, owner rollcall.Owner, listID string, filter rollcall.ContactFilter, page rollcall.ContactPage) (FoundContacts, error) {
	w := s.walkContacts(owner, listID, filter, page.After)
	found, err := w.next(ctx, page.Limit+1)
	if err != nil {
		return FoundContacts{}, err
	}
	r := FoundContacts{Contacts: found, List: &w.list.ContactList, More: !w.done, Last: w.after}
	if len(found) > page.Limit {
		r.Contacts, r.More, r.Last = found[:page.Limit], true, found[page.Limit-1].Seq
	}
	return r, nil
}

// WalkContacts goes through the contacts of a list that a filter takes, in the
// order in which they were added, and gives them to a function some thousands at a
// time. It holds no snapshot between two calls of the function, however long that
// takes; where the list's contacts are replaced as a whole meanwhile, it ends with a
// conflict. begin is called once before, with the list as it is then.
func (s *Store) WalkContacts(ctx context.Context, owner rollcall.Owner, listID string, filter rollcall.ContactFilter, begin func(*rollcall.ContactList) error, each func([]rollcall.Contact) error) error {
	return s.walkContacts(owner, listID, filter, 0).all(ctx, begin, each)
}

// WalkExtra is WalkContacts for a function that needs of each contact no more than
// Seq, Phone and Extra.
func (s *Store) WalkExtra(ctx context.Context, owner rollcall.Owner, listID string, filter rollcall.ContactFilter, each func([]rollcall.Contact) error) error {
	w := s.walkContacts(owner, listID, filter, 0)
	if match, err := filter.Matcher(&rollcall.ContactList{}); err == nil && match.Any() {
		w.columns = extraColumnsRead
	}
	return w.all(ctx, func(*rollcall.ContactList) error { return nil }, each)
}

// extraColumnsRead are as many columns as a contact has, with most left out.
const extraColumnsRead = "c.seq, c.phone, NULL, NULL, NULL, NULL, NULL, NULL, c.extra, 0, 0, 0, NULL"

// walkPage is how many contacts a walk hands over at once.
const walkPage = 2_000

func (w *contactWalk) all(ctx context.Context, begin func(*rollcall.ContactList) error, each func([]rollcall.Contact) error) error {
	for begun := false; !w.done || !begun; {
		found, err := w.timely(ctx)
		if err != nil {
			return err
		}
		if !begun {
			begun = true
			if err := begin(&w.list.ContactList); err != nil {
				return err
			}
		}
		if len(found) == 0 {
			continue
		}
		if err := each(found); err != nil {
			return err
		}
	}
	return nil
}

func (w *contactWalk) timely(ctx context.Context) ([]rollcall.Contact, error) {
	ctx, cancel := context.WithTimeout(ctx, walkPageTime)
	defer cancel()
	return w.next(ctx, walkPage)
}
