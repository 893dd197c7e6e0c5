package api

import (
	"context"
	"fmt"

	"rollcall"
	"rollcall/phone"
)

// newContacts is the body of addContacts, for the API reference. The call itself
// takes the body apart by hand: see contact_decode.go.
type newContacts struct {
	ContactListName string       `json:"contact_list_name" minLength:"1" maxLength:"48" example:"Renewal Due - July 2025" doc:"The list to add to, by its name in whatever case."`
	Data            []newContact `json:"data" nullable:"false" maxItems:"50000" doc:"The contacts, at most 50,000. A bad one is left out and told in the answer; it does not stop the others."`
}

// addedContacts is the data of addContacts' answer.
type addedContacts struct {
	Received   int         `json:"received" example:"3" doc:"How many contacts the call carried: the sum of the others."`
	Added      int         `json:"added" example:"1" doc:"How many are in the list now, durably."`
	Updated    *int        `json:"updated,omitempty" required:"false" example:"0" doc:"Of a DNC list: how many entries were there already, and say more now: another reason, or a later end. Absent for other lists."`
	Duplicates int         `json:"duplicates" example:"1" doc:"How many were left out because the list, or the call further up, holds their number."`
	Rejected   []rejection `json:"rejected" nullable:"false" doc:"Those that cannot be contacts."`
}

// rejection says why one contact was left out.
type rejection struct {
	Index   int    `json:"index" example:"2" doc:"The contact's place in data, from 0."`
	Field   string `json:"field" example:"phoneNumber" doc:"The field that is wrong; empty where it is the contact as a whole."`
	Code    string `json:"code" example:"phone_too_short" doc:"Stable, in snake_case: invalid_field, too_large, erased, or one that begins with phone_."`
	Message string `json:"message" example:"The phone number has too few digits: it needs at least 8 with the country code, and its area code if it is in national form."`
}

// addContacts adds contacts to a list named in the body. What its answer counts
// as added is durable.
func (a *API) addContacts(ctx context.Context, c *call) (reply, error) {
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	name, data, err := contactsBodyOf(object)
	if err != nil {
		return reply{}, within("body", err)
	}
	l, err := a.listToAddTo(ctx, c.owner(), name)
	if err != nil {
		return reply{}, err
	}
	parser, err := phone.NewParser(l.PhoneRule, l.Region)
	if err != nil {
		return reply{}, err
	}
	contacts, result := decodeContacts(data, parser, l.Type == rollcall.ListDNC)
	if len(contacts) > 0 {
		added, err := a.config.Store.AddContacts(ctx, c.owner(), l.ID, contacts, c.user(), a.config.Now())
		if err != nil {
			return reply{}, err
		}
		result.Added, result.Duplicates = added.Added, added.Duplicates
		result.rejectErased(added.Erased, l.Type)
		if l.Type == rollcall.ListDNC {
			result.Updated = &added.Updated
		}
	}
	return reply{message: "Adding contacts to public list is in progress", data: result}, nil
}

// rejectErased adds the contacts that the store left out because their person was
// erased, by their places among those that could be contacts.
func (r *addedContacts) rejectErased(places []int, into rollcall.ListType) {
	if len(places) == 0 {
		return
	}
	why := rollcall.NumberErased(into)
	var all []rejection
	bad := r.Rejected
	for index, good := 0, 0; index < r.Received; index++ {
		switch {
		case len(bad) > 0 && bad[0].Index == index:
			all, bad = append(all, bad[0]), bad[1:]
			continue
		case len(places) > 0 && places[0] == good:
			all, places = append(all, rejection{Index: index, Field: why.Field, Code: why.Reason, Message: why.Message}), places[1:]
		}
		good++
	}
	r.Rejected = all
}

// contactsBodyOf gives the name and the raw array of contacts of an addContacts
// body. It counts the contacts, so that a call with too many costs no more.
func contactsBodyOf(object []byte) (name string, data []byte, err error) {
	var rawName []byte
	for member, value := range members(object) {
		switch plainName(member) {
		case "contact_list_name":
			rawName = value
		case "data":
			data = value
		}
	}
	name, nameErr := listNameOf(rawName)
	if err := firstOfEach(nameErr, checkContactsData(data)); err != nil {
		return "", nil, err
	}
	return name, data, nil
}

func listNameOf(value []byte) (string, error) {
	switch {
	case value == nil || string(value) == "null" || string(value) == `""`:
		return "", rollcall.Invalid("contact_list_name", "The contact_list_name is required.")
	case value[0] != '"':
		return "", rollcall.Invalid("contact_list_name", "The contact_list_name must be a string.")
	}
	return plainString(value), nil
}

func checkContactsData(data []byte) error {
	switch {
	case data == nil || string(data) == "null":
		return rollcall.Invalid("data", "The data is required: an array of contacts.")
	case data[0] != '[':
		return rollcall.Invalid("data", "The data must be an array of contacts.")
	}
	n := 0
	for range elements(data) {
		if n++; n > rollcall.MaxContactsPerCall {
			return &rollcall.Error{Code: rollcall.CodeTooLarge, Field: "data", Message: fmt.Sprintf("One call takes at most %d contacts; send the rest in further calls.", rollcall.MaxContactsPerCall)}
		}
	}
	return nil
}

// listToAddTo finds the list by its name. A name that no list can have is not
// looked up: a NUL, for one, would be an error of PostgreSQL.
func (a *API) listToAddTo(ctx context.Context, owner rollcall.Owner, name string) (*rollcall.ContactList, error) {
	if !canBeListName(name) {
		return nil, rollcall.NotFound("There is no contact list with this name.")
	}
	return a.config.Store.ContactListByName(ctx, owner, name)
}

func canBeListName(name string) bool {
	l := rollcall.ContactList{Name: name, Description: "-", PhoneRule: phone.RuleE164}
	return l.Validate() == nil
}
