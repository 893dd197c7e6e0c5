package api

import (
	"context"
	"strconv"

	"rollcall"
	"rollcall/store"
)

// foundContacts is the data of searchContacts' answer, for the API reference:
// encodeFound writes it by hand.
type foundContacts struct {
	Results    []contact `json:"results" nullable:"false" doc:"The contacts, in the order in which they were added."`
	Limit      int       `json:"limit" example:"50"`
	HasMore    bool      `json:"hasMore" example:"true" doc:"Whether others may come after these."`
	NextCursor string    `json:"nextCursor,omitempty" doc:"Present when hasMore: where to go on, with the same filter."`
}

// searchTooSlow is for a search that ran into the call's time limit.
const searchTooSlow = "The search did not end within the server's time limit; try again, or make the filter narrower."

// searchContacts gives those contacts of a list that a filter takes.
func (a *API) searchContacts(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	query := c.URL.RawQuery
	limit, limitErr := queryNumber(query, "limit", defaultPageSize, 1, maxPageSize)
	after, cursorErr := queryCursor(query)
	filter, filterErr := queryFilter(query, "limit", "cursor")
	if err := firstOfEach(limitErr, cursorErr, filterErr); err != nil {
		return reply{}, err
	}
	page := rollcall.ContactPage{Limit: int(limit)}
	if after != nil {
		page.After = after.seq
	}
	found, err := a.config.Store.SearchContacts(ctx, c.owner(), id, filter, page)
	if err != nil {
		return reply{}, within("query", inTime(ctx, err, searchTooSlow))
	}
	if after != nil && after.space != found.List.ContactSpace {
		return reply{}, badCursor()
	}
	return reply{body: encodeFound(found, page.Limit)}, nil
}

func encodeFound(found store.FoundContacts, limit int) []byte {
	b := make([]byte, 0, 256*(len(found.Contacts)+1))
	b = append(b, `{"status":"success","message":"Contacts retrieved successfully","data":{"results":[`...)
	for i := range found.Contacts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendContact(b, found.List.ContactSpace, &found.Contacts[i])
	}
	b = strconv.AppendInt(append(b, `],"limit":`...), int64(limit), 10)
	b = strconv.AppendBool(append(b, `,"hasMore":`...), found.More)
	if found.More {
		b = appendString(append(b, `,"nextCursor":`...), cursor{space: found.List.ContactSpace, seq: found.Last}.String())
	}
	return append(b, "}}"...)
}
