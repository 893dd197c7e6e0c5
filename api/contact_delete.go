package api

import (
	"context"
	"encoding/json"
	"fmt"

	"rollcall"
)

// contactsToDelete is the body of deleteContacts, for the API reference.
type contactsToDelete struct {
	IDs     *[]string      `json:"ids,omitempty" nullable:"true" maxItems:"10000" example:"[\"cc-3f0a1c52-7b64-8e21-8000-00000000002a\"]" doc:"Ids of contacts. Either this or filter."`
	Filter  *contactFilter `json:"filter,omitempty" doc:"Which contacts, in the terms of searchContacts, extra.NAME included; names that it does not have are refused. An empty object takes every contact of the list."`
	Confirm *int64         `json:"confirm,omitempty" nullable:"true" minimum:"0" example:"12" doc:"With filter: how many contacts are to go, from matched of the answer without it. Without it nothing is deleted."`
}

// deletedContacts is the data of deleteContacts' answer.
type deletedContacts struct {
	Matched   *int64   `json:"matched,omitempty" example:"12" doc:"With filter: how many contacts it takes."`
	Deleted   int64    `json:"deleted" example:"12" doc:"How many are gone, durably."`
	NotFound  []string `json:"notFound" nullable:"false" doc:"The ids that no contact of the list has."`
	Remaining bool     `json:"remaining" example:"false" doc:"The time for the call ended, or the list's contacts were replaced, before all were dealt with; send what remains again."`
}

// deletion is a body of deleteContacts.
type deletion struct {
	ids     []string
	filter  *rollcall.ContactFilter // nil: by ids
	confirm *int64
}

// deleteContacts deletes many contacts, by their ids or by a filter.
func (a *API) deleteContacts(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	d, err := deletionOf(object)
	if err != nil {
		return reply{}, within("body", err)
	}
	if d.filter == nil {
		r, err := a.config.Store.DeleteContacts(ctx, c.owner(), id, d.ids, c.user(), a.config.Now())
		if err != nil {
			return reply{}, err
		}
		return deletedReply(r, nil), nil
	}
	r, err := a.config.Store.DeleteMatching(ctx, c.owner(), id, *d.filter, d.confirm, c.user(), a.config.Now())
	if err != nil {
		return reply{}, within("body", placed(inTime(ctx, err, "The contacts could not be counted within the server's time limit; nothing is deleted. Make the filter narrower.")))
	}
	return deletedReply(r, &r.Matched), nil
}

// placed puts what a filter's fields did wrong into the filter. The number is read
// by the list's rule, which the body alone does not know.
func placed(err error) error {
	if rollcall.CodeOf(err) == rollcall.CodeInvalid {
		return within("filter", err)
	}
	return err
}

func deletedReply(r rollcall.Deleted, matched *int64) reply {
	return reply{message: fmt.Sprintf("%d contacts deleted", r.Deleted), data: deletedContacts{
		Matched: matched, Deleted: r.Deleted, NotFound: append([]string{}, r.NotFound...), Remaining: r.Remaining,
	}}
}

func deletionOf(object []byte) (deletion, error) {
	given := map[string][]byte{}
	for name, value := range members(object) {
		if string(value) != "null" {
			given[plainName(name)] = value
		}
	}
	ids, filter, confirm := given["ids"], given["filter"], given["confirm"]
	switch {
	case ids != nil && filter != nil:
		return deletion{}, rollcall.Invalid("filter", "Give either ids or a filter, not both.")
	case ids != nil && confirm != nil:
		return deletion{}, rollcall.Invalid("confirm", "The confirm goes with a filter only.")
	case ids != nil:
		list, err := idsOf(ids)
		return deletion{ids: list}, err
	case filter == nil:
		return deletion{}, rollcall.Invalid("ids", "Give ids, or a filter: which contacts are to be deleted.")
	}
	f, err := bodyFilter(filter)
	d := deletion{filter: &f}
	if confirm != nil && (json.Unmarshal(confirm, &d.confirm) != nil || *d.confirm < 0) {
		err = firstOfEach(err, rollcall.Invalid("confirm", "The confirm must be a whole number: how many contacts are to go."))
	}
	return d, err
}

func idsOf(array []byte) ([]string, error) {
	wrong := rollcall.Invalid("ids", "The ids must be an array of strings.")
	if array[0] != '[' {
		return nil, wrong
	}
	ids := []string{}
	for value := range elements(array) {
		switch {
		case value[0] != '"':
			return nil, wrong
		case len(ids) == rollcall.MaxContactsPerDelete:
			return nil, &rollcall.Error{Code: rollcall.CodeTooLarge, Field: "ids", Message: fmt.Sprintf("One call takes at most %d ids; send the rest in further calls.", rollcall.MaxContactsPerDelete)}
		}
		ids = append(ids, plainString(value))
	}
	return ids, nil
}
