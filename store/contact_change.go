package store

import (
	"context"
	"database/sql"
	"time"

	"rollcall"
)

const noContact = "There is no contact with this id in the list."

// contactSeq gives the sequence number that a contact's id stands for in a list.
func (l *listRow) contactSeq(id string) (seq int64, ok bool) {
	space, seq, ok := rollcall.ParseContactID(id)
	return seq, ok && space == l.ContactSpace
}

// contactByID gives one contact of a list.
func contactByID(ctx context.Context, q queryer, l *listRow, id string) (*rollcall.Contact, error) {
	seq, ok := l.contactSeq(id)
	if !ok {
		return nil, rollcall.NotFound(noContact)
	}
	c, err := contactAt(ctx, q, l, seq)
	if err == nil && c == nil {
		err = rollcall.NotFound(noContact)
	}
	return c, err
}

// Contact gives one contact of a list, and the list.
func (s *Store) Contact(ctx context.Context, owner rollcall.Owner, listID, id string) (c *rollcall.Contact, list *rollcall.ContactList, err error) {
	err = s.read(ctx, func(t *sql.Tx) error {
		l, err := loadList(ctx, t, owner, " AND list_id = $3", listID, "There is no contact list with this id.")
		if err != nil {
			return err
		}
		list = &l.ContactList
		c, err = contactByID(ctx, t, l, id)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return c, list, nil
}

// UpdateContact changes a contact under a rule, which tells whether it changed
// anything; where it did not, nothing is written. A number that another contact of
// a list without duplicates has is a conflict, and so is one whose person was erased.
func (s *Store) UpdateContact(ctx context.Context, owner rollcall.Owner, listID, id, user string, now time.Time, rule func(*rollcall.ContactList, *rollcall.Contact) (changed bool, err error)) (after *rollcall.Contact, list *rollcall.ContactList, err error) {
	err = s.write(ctx, func(t *tx) error {
		l, err := s.lockList(ctx, t, owner, listID)
		if err != nil {
			return err
		}
		list, l.actor = &l.ContactList, user
		before, err := contactByID(ctx, t, l, id)
		if err != nil {
			return err
		}
		copied := *before
		after = &copied
		changed, err := rule(list, after)
		if err != nil || !changed {
			return err
		}
		if err := s.checkNotErased(ctx, t, l, before, after); err != nil {
			return err
		}
		if err := s.checkNumberFree(ctx, t, l, before, after); err != nil {
			return err
		}
		if err := s.updateContacts(ctx, t, l, []contactChange{{before: before, after: after}}, now); err != nil {
			return err
		}
		if err := s.entriesCame(ctx, t, l, now); err != nil {
			return err
		}
		return saveChanged(ctx, t, l, user, now)
	})
	if err != nil {
		return nil, nil, err
	}
	return after, list, nil
}

// checkNumberFree refuses a number that is taken where the list has each once.
func (s *Store) checkNumberFree(ctx context.Context, t *tx, l *listRow, before, after *rollcall.Contact) error {
	if l.AllowDuplicates || after.Phone == before.Phone {
		return nil
	}
	holder, err := s.freeCopy(ctx, t, l, after)
	if err == nil && holder != 0 {
		err = rollcall.NumberTaken()
	}
	return err
}

// saveChanged saves a list whose contacts a user changed.
func saveChanged(ctx context.Context, t *tx, l *listRow, user string, now time.Time) error {
	l.UpdatedBy, l.UpdatedAt = user, now
	if err := saveList(ctx, t, l); err != nil {
		return err
	}
	bumpVersion(t, l.Owner)
	return nil
}

// DeleteContact deletes a contact and gives it as it was, with its list.
func (s *Store) DeleteContact(ctx context.Context, owner rollcall.Owner, listID, id, user string, now time.Time) (c *rollcall.Contact, list *rollcall.ContactList, err error) {
	err = s.write(ctx, func(t *tx) error {
		l, err := s.lockList(ctx, t, owner, listID)
		if err != nil {
			return err
		}
		list, l.actor = &l.ContactList, user
		if c, err = contactByID(ctx, t, l, id); err != nil {
			return err
		}
		if err := s.deleteContact(ctx, t, l, c, now); err != nil {
			return err
		}
		l.TotalRecordCount--
		return saveChanged(ctx, t, l, user, now)
	})
	if err != nil {
		return nil, nil, err
	}
	return c, list, nil
}
