package api

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"rollcall"
)

// The limits of getAllContacts' query (contract, section 2).
const (
	defaultPageSize = 50
	maxPageSize     = 1000
	maxSkip         = math.MaxInt32 * 1000
	maxPage         = math.MaxInt32
)

// contactPage is the data of getAllContacts' answer, for the API reference:
// encodePage writes it by hand.
type contactPage struct {
	Results      []contact `json:"results" nullable:"false" doc:"The contacts, in the order in which they were added."`
	Skip         int64     `json:"skip" example:"0" doc:"How many contacts come before these; 0 when a cursor was given."`
	Limit        int       `json:"limit" example:"50"`
	HasMore      bool      `json:"hasMore" example:"true" doc:"Whether contacts come after these."`
	TotalPages   int64     `json:"totalPages" example:"3" doc:"How many pages of this limit the list fills."`
	TotalResults int64     `json:"totalResults" example:"137" doc:"How many contacts the list holds."`
	NextCursor   string    `json:"nextCursor,omitempty" doc:"Present when hasMore: the cursor of what comes after."`
}

// pageQuery is what a caller wants of a list.
type pageQuery struct {
	rollcall.ContactPage
	cursor *cursor // nil: none was given
}

// getAllContacts gives a page of a list's contacts.
func (a *API) getAllContacts(ctx context.Context, c *call) (reply, error) {
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	q, err := pageQueryOf(c.URL.RawQuery)
	if err != nil {
		return reply{}, err
	}
	contacts, l, err := a.config.Store.Contacts(ctx, c.owner(), id, q.ContactPage)
	if err != nil {
		return reply{}, err
	}
	if q.cursor != nil && q.cursor.space != l.ContactSpace {
		return reply{}, badCursor()
	}
	return reply{body: encodePage(contacts, l, q.ContactPage)}, nil
}

func pageQueryOf(query string) (pageQuery, error) {
	limit, limitErr := queryNumber(query, "limit", defaultPageSize, 1, maxPageSize)
	skip, skipErr := queryNumber(query, "skip", 0, 0, maxSkip)
	page, pageErr := queryNumber(query, "page", 1, 1, maxPage)
	after, cursorErr := queryCursor(query)
	if err := firstOfEach(limitErr, skipErr, pageErr, cursorErr); err != nil {
		return pageQuery{}, err
	}
	q := pageQuery{ContactPage: rollcall.ContactPage{Skip: skip, Limit: int(limit)}, cursor: after}
	paged := (page - 1) * limit
	switch {
	case after != nil && (skip > 0 || page > 1):
		return q, rollcall.Invalid("query.cursor", "A cursor says where to go on; leave out skip and page.")
	case after != nil:
		q.After = after.seq
	case skip == 0:
		q.Skip = paged
	case page > 1 && skip != paged:
		return q, rollcall.Invalid("query.page", "The skip and the page name different places; give one of them.")
	}
	return q, nil
}

// cursor is a place in one list: the contacts after this sequence number. What
// comes later gets larger numbers, so a walk sees each contact once while others
// write, and the place costs the same to find at any depth.
type cursor struct {
	space int64 // of the list, so that another list's cursor is known for what it is
	seq   int64
}

func (c cursor) String() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(c.space))
	binary.BigEndian.PutUint64(b[8:], uint64(c.seq))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// queryCursor reads the query's cursor; nil when there is none.
func queryCursor(query string) (*cursor, error) {
	text, _, err := queryValue(query, "cursor")
	if err != nil || text == "" {
		return nil, err
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != 16 {
		return nil, badCursor()
	}
	c := &cursor{space: int64(binary.BigEndian.Uint64(b[:8])), seq: int64(binary.BigEndian.Uint64(b[8:]))}
	if c.seq < 0 || c.String() != text {
		return nil, badCursor() // Strict still passes over line breaks
	}
	return c, nil
}

func badCursor() error {
	return rollcall.Invalid("query.cursor", "The cursor is not one that this list gave; begin again without it.")
}

// encodePage writes a page of contacts, of which the store gave one more than
// asked for when there are more.
func encodePage(contacts []rollcall.Contact, l *rollcall.ContactList, page rollcall.ContactPage) []byte {
	hasMore := len(contacts) > page.Limit
	contacts = contacts[:min(len(contacts), page.Limit)]
	b := make([]byte, 0, 256*(len(contacts)+1))
	b = append(b, `{"status":"success","message":"Contacts retrieved successfully","data":{"results":[`...)
	for i := range contacts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendContact(b, l.ContactSpace, &contacts[i])
	}
	b = strconv.AppendInt(append(b, `],"skip":`...), page.Skip, 10)
	b = strconv.AppendInt(append(b, `,"limit":`...), int64(page.Limit), 10)
	b = strconv.AppendBool(append(b, `,"hasMore":`...), hasMore)
	pages := (l.TotalRecordCount + int64(page.Limit) - 1) / int64(page.Limit)
	b = strconv.AppendInt(append(b, `,"totalPages":`...), pages, 10)
	b = strconv.AppendInt(append(b, `,"totalResults":`...), l.TotalRecordCount, 10)
	if hasMore {
		next := cursor{space: l.ContactSpace, seq: contacts[len(contacts)-1].Seq}
		b = appendString(append(b, `,"nextCursor":`...), next.String())
	}
	return append(b, "}}"...)
}
