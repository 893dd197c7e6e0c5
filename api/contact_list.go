package api

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"rollcall"
	"rollcall/phone"
)

// getAllListDetails answers the call of the contract's first page. It is the
// hottest of all: the encoded answer is kept and written as it is while the
// version that the token check brought along from the database stays the same.
func (a *API) getAllListDetails(ctx context.Context, c *call) (reply, error) {
	typ, err := listTypeOf(c.URL.RawQuery)
	if err != nil {
		return reply{}, err
	}
	if _, err := c.readObject(); err != nil {
		return reply{}, err
	}
	key := answerKey{owner: c.owner(), typ: typ, wire: c.base.wire}
	body, err := a.answers.get(ctx, key, c.version, func() (*keptAnswer, error) {
		lists, version, err := a.config.Store.ContactLists(ctx, key.owner, typ)
		if err != nil {
			return nil, err
		}
		return &keptAnswer{version: version, body: encodeLists(lists, key.wire)}, nil
	})
	return reply{body: body}, err
}

// listTypeOf reads the query's type: absent, call or dnc (contract, section 2).
// An empty one is refused like any other: it may be a template that was not
// filled in, and the answer to it would hold the lists of both types.
func listTypeOf(query string) (rollcall.ListType, error) {
	value, given, err := queryValue(query, "type")
	if err != nil || !given {
		return "", err
	}
	switch typ := rollcall.ListType(value); typ {
	case rollcall.ListCall, rollcall.ListDNC:
		return typ, nil
	}
	return "", rollcall.Invalid("query.type", "The type must be call or dnc; leave it out for lists of both types.")
}

func encodeLists(lists []*rollcall.ContactList, wire wireVersion) []byte {
	data := make([]ContactList, len(lists))
	for i, l := range lists {
		data[i] = wireContactList(l, wire)
	}
	var buf bytes.Buffer
	body := encodeJSON(&buf, success[[]ContactList]{Status: "success", Data: data})
	return bytes.Clone(body) // without the buffer's spare room, since it is kept
}

// createContactList makes a list that is fed by API.
func (a *API) createContactList(ctx context.Context, c *call) (reply, error) {
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	var body newContactList
	err = decodeMembers(object, &body)
	l := body.empty(a.config.Now())
	l.Owner, l.CreatedBy, l.UpdatedBy = c.owner(), c.user(), c.user()
	body.fill(l)
	if err := firstOfEach(err, body.check(c.base.wire), l.Validate()); err != nil {
		return reply{}, within("body", err)
	}
	if err := a.config.Store.CreateContactList(ctx, l); err != nil {
		return reply{}, within("body", err)
	}
	return reply{message: fmt.Sprintf("Contact list %s created successfully", l.Name), data: wireOneList(l, c.base.wire)}, nil
}

// check refuses a list that this call cannot make.
func (n *newContactList) check(wire wireVersion) error {
	known := n.Source == string(rollcall.SourcePassiveAPI) || wire == version1 && n.Source == passiveAPIVersion1
	switch {
	case !known:
		return rollcall.Invalid("source", "The source must be "+wireSource(rollcall.SourcePassiveAPI, wire)+"; a list fed by file is made by importing the file.")
	}
	return checkListType(n.ListType)
}

// checkListType refuses a type that no list has. Taken for the usual one, a list of
// numbers not to call would become one of people to call.
func checkListType(typ *string) error {
	if typ == nil || *typ == string(rollcall.ListCall) || *typ == string(rollcall.ListDNC) {
		return nil
	}
	return rollcall.Invalid("listType", "The listType must be call or dnc.")
}

// empty is a new list of the type that the caller chose.
func (n *newContactList) empty(now time.Time) *rollcall.ContactList {
	if deref(n.ListType) == string(rollcall.ListDNC) {
		return rollcall.NewDNCList(rollcall.SourcePassiveAPI, now)
	}
	return rollcall.NewContactList(rollcall.SourcePassiveAPI, now)
}

// fill sets what the caller chose.
func (n *newContactList) fill(l *rollcall.ContactList) {
	l.Name, l.Description = n.Name, n.Description
	if n.AllowDuplicates != nil {
		l.AllowDuplicates = *n.AllowDuplicates
	}
	if n.PhoneRule != nil {
		l.PhoneRule = phone.Rule(*n.PhoneRule)
	}
	if n.Region != nil {
		l.Region = *n.Region
	}
	l.GlobalDNC = deref(n.IsGlobalDNC)
}

// getContactList gives one list.
func (a *API) getContactList(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	l, err := a.config.Store.ContactList(ctx, c.owner(), id)
	if err != nil {
		return reply{}, err
	}
	return reply{message: fmt.Sprintf("Contact list %s retrieved successfully", l.Name), data: wireOneList(l, c.base.wire)}, nil
}

// updateContactList changes what the body names.
func (a *API) updateContactList(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	var body ContactListChange
	if err := firstOfEach(decodeMembers(object, &body), body.check()); err != nil {
		return reply{}, within("body", err)
	}
	now := a.config.Now()
	l, err := a.config.Store.UpdateContactList(ctx, c.owner(), id, func(l *rollcall.ContactList) error {
		return l.Change(body.domain(), c.user(), now)
	})
	if err != nil {
		return reply{}, within("body", err)
	}
	return reply{message: fmt.Sprintf("Contact list %s updated successfully", l.Name), data: wireUpdate(l, body, c.caller.App)}, nil
}

// deleteContactList deletes a list that no campaign names.
func (a *API) deleteContactList(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	l, err := a.config.Store.DeleteContactList(ctx, c.owner(), id, c.user(), a.config.Now())
	if err != nil {
		return reply{}, err
	}
	return reply{message: fmt.Sprintf("Contact list %s deleted successfully", l.Name), data: wireOneList(l, c.base.wire)}, nil
}

// maxID bounds the ids that the database is asked for, in bytes.
const maxID = 64

// contactListID gives the path's id. What cannot be an id is not found without
// asking: a NUL, for one, would be an error of PostgreSQL.
func (c *call) contactListID() (string, error) {
	id := c.PathValue("contactListId")
	if len(id) > maxID {
		return "", rollcall.NotFound("There is no contact list with this id.")
	}
	for i := range len(id) {
		if notInRequestID(rune(id[i])) {
			return "", rollcall.NotFound("There is no contact list with this id.")
		}
	}
	return id, nil
}
