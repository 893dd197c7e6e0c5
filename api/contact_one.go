package api

import (
	"context"
	"errors"

	"rollcall"
)

// contactChange is the body of updateContact, for the API reference: the call
// itself takes the body apart as addContacts does.
type contactChange struct {
	PhoneNumber     *phoneNumber `json:"phoneNumber,omitempty"`
	FirstName       fieldChanged `json:"firstName,omitempty"`
	LastName        fieldChanged `json:"lastName,omitempty"`
	TimeZone        fieldChanged `json:"timeZone,omitempty"`
	UniqueID        fieldChanged `json:"uniqueId,omitempty"`
	ContactPriority fieldChanged `json:"contactPriority,omitempty"`
}

// getContact gives one contact.
func (a *API) getContact(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	found, l, err := a.config.Store.Contact(ctx, c.owner(), id, c.PathValue("contactId"))
	if err != nil {
		return reply{}, err
	}
	return contactReply("Contact retrieved successfully", l, found), nil
}

// updateContact changes what the body names.
func (a *API) updateContact(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	change, err := contactChangeOf(object)
	if err != nil {
		return reply{}, within("body", err)
	}
	changed, l, err := a.config.Store.UpdateContact(ctx, c.owner(), id, c.PathValue("contactId"), c.user(), a.config.Now(),
		func(l *rollcall.ContactList, found *rollcall.Contact) (bool, error) { return found.Change(change, l) })
	if err != nil {
		return reply{}, within("body", err)
	}
	return contactReply("Contact updated successfully", l, changed), nil
}

// deleteContact deletes one contact, and gives it as it was.
func (a *API) deleteContact(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	gone, l, err := a.config.Store.DeleteContact(ctx, c.owner(), id, c.PathValue("contactId"), c.user(), a.config.Now())
	if err != nil {
		return reply{}, err
	}
	return contactReply("Contact deleted successfully", l, gone), nil
}

// contactReply is an answer with one contact. The message has nothing to escape.
func contactReply(message string, l *rollcall.ContactList, c *rollcall.Contact) reply {
	b := append([]byte(`{"status":"success","message":"`), message...)
	b = appendContact(append(b, `","data":`...), l.ContactSpace, c)
	return reply{body: append(b, '}')}
}

// contactChangeOf reads the body of updateContact, and tells every field that is
// wrong. Null removes a field.
func contactChangeOf(object []byte) (rollcall.ContactChange, error) {
	var d contactDecoder
	if bad := d.split(object); bad != nil {
		return rollcall.ContactChange{}, bad.invalid()
	}
	ch := rollcall.ContactChange{Fields: map[rollcall.Field]rollcall.Text{}}
	err := errors.Join(numberChange(&ch, object, &d), fieldChanges(&ch, object, &d))
	return ch, errors.Join(err, extraChanges(&ch, &d))
}

func numberChange(ch *rollcall.ContactChange, object []byte, d *contactDecoder) error {
	switch value := d.mapped[atPhoneNumber]; {
	case value == nil && nullIn(object, rollcall.FieldPhoneNumber):
		return rollcall.Invalid(string(rollcall.FieldPhoneNumber), "A contact needs its phoneNumber; it can be changed, and not removed.")
	case value != nil:
		sent, bad := numberText(value)
		if bad != nil {
			return bad.invalid()
		}
		ch.PhoneSent = &sent
	}
	return nil
}

func fieldChanges(ch *rollcall.ContactChange, object []byte, d *contactDecoder) error {
	var errs []error
	for i, value := range d.mapped {
		f := fieldNames[i]
		switch {
		case i == atPhoneNumber:
		case value != nil:
			text, bad := d.text(f, value)
			if bad != nil {
				errs = append(errs, bad.invalid())
			}
			if i == atTimeZone {
				text = d.zone(text)
			}
			ch.Fields[f] = rollcall.Given(text)
		case nullIn(object, f):
			ch.Fields[f] = rollcall.Text{}
		}
	}
	return errors.Join(errs...)
}

// extraChanges leaves out what the server gives a contact itself, so that a contact
// can be sent back as it came.
func extraChanges(ch *rollcall.ContactChange, d *contactDecoder) error {
	names, values := d.names, d.values
	d.names, d.values = nil, nil
	for i, name := range names {
		switch {
		case isOurs(name):
		case string(values[i]) == "null":
			ch.Remove = append(ch.Remove, plainName(name))
		default:
			d.names, d.values = append(d.names, name), append(d.values, values[i])
		}
	}
	var set rollcall.Contact
	if bad := d.joinExtra(&set); bad != nil {
		return bad.invalid()
	}
	ch.Extra = set.Extra
	return nil
}

// nullIn tells whether the last value that an object gives a mapped field is null.
// split has no other mark for that than for a field that is absent.
func nullIn(object []byte, f rollcall.Field) (null bool) {
	for name, value := range members(object) {
		if plainName(name) == string(f) {
			null = string(value) == "null"
		}
	}
	return null
}

// invalid gives a rejection as the error of a call about one contact.
func (r *rejection) invalid() error {
	e := rollcall.Invalid(r.Field, r.Message)
	if r.Code == string(rollcall.CodeTooLarge) {
		e.Code, e.Reason = rollcall.CodeTooLarge, ""
	}
	return e
}
