package api

import (
	"context"
	"errors"
	"fmt"

	"rollcall"
	"rollcall/phone"
)

// personToErase is the body of erasePerson.
type personToErase struct {
	PhoneNumber *string `json:"phoneNumber" required:"false" example:"+14155550123" doc:"In any spelling. Either this or uniqueId."`
	UniqueID    *string `json:"uniqueId" required:"false" maxLength:"1024" example:"C-1001" doc:"The own id of contacts, in its exact spelling. They are erased with all contacts that have one of their numbers."`
	Region      *string `json:"region" required:"false" pattern:"^([A-Z]{2})?$" example:"US" doc:"The country (ISO 3166-1) in whose national form the number may be written. Absent: the country code is needed."`
}

// erasedPerson is the data of erasePerson's answer.
type erasedPerson struct {
	Suppressed int          `json:"suppressed" example:"1" doc:"How many numbers of the person are suppressed now. By uniqueId it is 0 where no contact has it."`
	Contacts   int64        `json:"contacts" example:"2" doc:"Contacts that were removed from contact lists, of all applications of the account."`
	DNCEntries int64        `json:"dncEntries" example:"1" doc:"Entries that were removed from DNC lists."`
	Lists      []erasedList `json:"lists" nullable:"false" doc:"The application's lists from which contacts or entries were removed."`
	OtherLists int          `json:"otherLists" example:"0" doc:"How many lists of the account's other applications that concerned."`
	DNCHistory int64        `json:"dncHistory" example:"0" doc:"Entries that DNC lists had held, and that are remembered no more."`
	Kept       int64        `json:"kept" example:"0" doc:"Contacts that were kept for the undo of an import, removed or blanked."`
	Runs       int          `json:"runs" example:"1" doc:"Runs of campaigns in which the person was blanked. Their counts stay."`
	Attempts   int64        `json:"attempts" example:"3" doc:"Attempts to reach the person that were blanked. Their counts stay."`
	Remaining  bool         `json:"remaining" example:"false" doc:"The time for the call ended before all was done; send it again. The numbers are suppressed already."`
}

type erasedList struct {
	ContactListID string `json:"contactListId" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11"`
	Name          string `json:"name" example:"Renewal Due - July 2025"`
	Contacts      int64  `json:"contacts" example:"1"`
}

// erasePerson erases a person from all of the account.
func (a *API) erasePerson(ctx context.Context, c *call) (reply, error) {
	var body personToErase
	if err := c.readInto(&body); err != nil {
		return reply{}, err
	}
	who := rollcall.Person{UniqueID: deref(body.UniqueID)}
	var err error
	if deref(body.PhoneNumber) != "" {
		who.Phone, err = numberOf(*body.PhoneNumber, deref(body.Region))
	}
	if err == nil {
		err = who.Validate()
	}
	if err != nil {
		return reply{}, within("body", err)
	}
	erased, err := a.config.Store.Erase(ctx, c.owner(), who, c.user(), a.config.Now())
	if err != nil {
		return reply{}, inTime(ctx, err, "The own id could not be looked for within the server's time limit; nothing is erased. Erase the person by number.")
	}
	return erasedReply(erased), nil
}

// numberOf reads a number that was sent alone.
func numberOf(sent, region string) (phone.Number, error) {
	parser, err := lookupParser(region)
	if err != nil {
		return 0, err
	}
	n, err := parser.Parse(sent)
	if e, bad := errors.AsType[*phone.Error](err); bad {
		return 0, rollcall.Invalid(string(rollcall.FieldPhoneNumber), e.Message)
	}
	return n, err
}

func erasedReply(e *rollcall.Erased) reply {
	data := erasedPerson{
		Suppressed: e.Numbers, Contacts: e.Contacts, DNCEntries: e.DNCEntries, Lists: []erasedList{}, OtherLists: e.OtherLists,
		DNCHistory: e.History, Kept: e.Kept, Runs: e.Runs, Attempts: e.Attempts, Remaining: e.Remaining,
	}
	for _, l := range e.Lists {
		data.Lists = append(data.Lists, erasedList{ContactListID: l.ID, Name: l.Name, Contacts: l.Contacts})
	}
	message := fmt.Sprintf("%d contacts erased; the number stays suppressed", e.Contacts)
	switch {
	case e.Numbers == 0:
		message = "No contact has this own id; nothing is erased"
	case e.Remaining:
		message = "The number is suppressed; send the call again to erase what remains"
	case e.Numbers > 1:
		message = fmt.Sprintf("%d contacts erased; the %d numbers stay suppressed", e.Contacts, e.Numbers)
	}
	return reply{message: message, data: data}
}

// erasure is a suppressed number on the wire.
type erasure struct {
	ErasureID string    `json:"erasureId" example:"er-2b1f7c1e54a04a4e" doc:"Made from the number by a key. Nobody can tell the number from it, and the same number has the same each time."`
	ErasedAt  timestamp `json:"erasedAt"`
	ErasedBy  string    `json:"erasedBy" example:"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52" doc:"The user behind the app."`
}

// erasurePage is the data of getErasures' answer.
type erasurePage struct {
	Results      []erasure `json:"results" nullable:"false" doc:"The newest first."`
	Page         int64     `json:"page" example:"1"`
	Limit        int64     `json:"limit" example:"50"`
	TotalResults int64     `json:"totalResults" example:"1" doc:"How many numbers of the account are suppressed."`
}

// getErasures gives the account's erasures, without numbers, which nobody knows.
func (a *API) getErasures(ctx context.Context, c *call) (reply, error) {
	page, pageErr := queryNumber(c.URL.RawQuery, "page", 1, 1, maxPage)
	limit, limitErr := queryNumber(c.URL.RawQuery, "limit", defaultPageSize, 1, maxPageSize)
	if err := firstOfEach(pageErr, limitErr); err != nil {
		return reply{}, err
	}
	found, total, err := a.config.Store.Erasures(ctx, c.owner().AccountKey, (page-1)*limit, int(limit))
	if err != nil {
		return reply{}, err
	}
	data := erasurePage{Results: make([]erasure, len(found)), Page: page, Limit: limit, TotalResults: total}
	for i := range found {
		data.Results[i] = erasure{ErasureID: found[i].ID(), ErasedAt: timestamp(found[i].At), ErasedBy: found[i].By}
	}
	return reply{message: "Erasures retrieved successfully", data: data}, nil
}

// numberToLift is the body of liftErasure.
type numberToLift struct {
	PhoneNumber string  `json:"phoneNumber" example:"+14155550123" doc:"In any spelling."`
	Region      *string `json:"region" required:"false" pattern:"^([A-Z]{2})?$" example:"US" doc:"The country in whose national form it may be written."`
}

// liftedErasure is the data of liftErasure's answer.
type liftedErasure struct {
	ErasureID string `json:"erasureId" example:"er-2b1f7c1e54a04a4e"`
}

// liftErasure lets a number come into lists again.
func (a *API) liftErasure(ctx context.Context, c *call) (reply, error) {
	var body numberToLift
	if err := c.readInto(&body); err != nil {
		return reply{}, err
	}
	n, err := numberOf(body.PhoneNumber, deref(body.Region))
	if err != nil {
		return reply{}, within("body", err)
	}
	lifted, err := a.config.Store.LiftErasure(ctx, c.owner().AccountKey, n)
	if err != nil {
		return reply{}, err
	}
	return reply{message: "The number may come into lists again, and be called", data: liftedErasure{ErasureID: lifted.ID()}}, nil
}
