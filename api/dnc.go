package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall"
	"rollcall/phone"
)

// dncQuestion is the body of lookUpDNC.
type dncQuestion struct {
	PhoneNumbers []string `json:"phoneNumbers" nullable:"false" maxItems:"10000" example:"[\"+14155550123\"]" doc:"In any spelling; at most 10,000."`
	Region       *string  `json:"region" required:"false" pattern:"^([A-Z]{2})?$" example:"US" doc:"The country (ISO 3166-1) in whose national form numbers may be written. Absent: the country code is needed."`
	At           *string  `json:"at" required:"false" example:"2026-11-02" doc:"A day (UTC), or an instant: was the number blocked then? Absent: now."`
}

// dncAnswer is the data of lookUpDNC's answer.
type dncAnswer struct {
	From    timestamp   `json:"from" doc:"What is told holds for some moment from here,"`
	To      timestamp   `json:"to" doc:"until before here."`
	Blocked int         `json:"blocked" example:"1" doc:"How many of the results are blocked."`
	Results []dncResult `json:"results" nullable:"false" doc:"One for each number, in the order of the question."`
}

type dncResult struct {
	PhoneNumber string     `json:"phoneNumber" example:"(415) 555-0123" doc:"As it was sent."`
	E164        string     `json:"e164,omitempty" example:"+14155550123" doc:"Absent where the text is no number."`
	Blocked     bool       `json:"blocked" example:"true"`
	Erased      bool       `json:"erased,omitempty" example:"false" doc:"The person with this number was erased, and the number is blocked by that. Absent where it is not so."`
	Entries     []dncEntry `json:"entries" nullable:"false" doc:"The entries that blocked it, those that hold now first."`
	Error       *rejection `json:"error,omitempty" doc:"Why the text is no number. It is not blocked, and cannot be called."`
}

type dncEntry struct {
	ContactListID string     `json:"contactListId" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11" doc:"The list; it may be gone."`
	Name          string     `json:"name" example:"Opt-outs" doc:"The list's name, as it was."`
	IsGlobalDNC   bool       `json:"isGlobalDNC" example:"true"`
	Entry         string     `json:"entry" example:"+1900*" doc:"The number, or the prefix that takes it."`
	From          timestamp  `json:"from" doc:"Since when the entry held as it is told here; one that says otherwise may have held before."`
	To            *timestamp `json:"to,omitempty" doc:"Until when; of one that holds its end. Absent: it holds, and has no end."`
	Holds         bool       `json:"holds" example:"true" doc:"It is in the list as it is told here."`
	Reason        string     `json:"reason,omitempty" example:"asked not to be called"`
	Source        string     `json:"source,omitempty" example:"web form"`
	EnteredBy     string     `json:"enteredBy,omitempty" example:"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52" doc:"The user behind the app."`
	EndedBy       string     `json:"endedBy,omitempty" example:"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52" doc:"Who removed or changed it. Absent while it holds, and where it came to its end by itself."`
}

// lookUpDNC tells which numbers are blocked, and by what.
func (a *API) lookUpDNC(ctx context.Context, c *call) (reply, error) {
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	var body dncQuestion
	err = decodeMembers(object, &body)
	from, to, atErr := moment(deref(body.At), a.config.Now())
	parser, regionErr := lookupParser(deref(body.Region))
	var many error
	if len(body.PhoneNumbers) > rollcall.MaxLookup {
		many = &rollcall.Error{Code: rollcall.CodeTooLarge, Field: "phoneNumbers", Message: fmt.Sprintf("One call looks up at most %d numbers; send the rest in further calls.", rollcall.MaxLookup)}
	}
	if err := firstOfEach(err, atErr, regionErr, many); err != nil {
		return reply{}, within("body", err)
	}
	answer := dncAnswer{From: timestamp(from), To: timestamp(to), Results: make([]dncResult, len(body.PhoneNumbers))}
	var numbers []phone.Number
	var places []int
	for i, sent := range body.PhoneNumbers {
		r := &answer.Results[i]
		r.PhoneNumber, r.Entries = sent, []dncEntry{}
		n, err := parser.Parse(sent)
		if e, bad := errors.AsType[*phone.Error](err); bad {
			r.Error = &rejection{Index: i, Field: string(rollcall.FieldPhoneNumber), Code: e.Code, Message: e.Message}
			continue
		}
		r.E164 = n.String()
		numbers, places = append(numbers, n), append(places, i)
	}
	matches, err := a.config.Store.LookUpDNC(ctx, c.owner(), numbers, from, to)
	if err != nil {
		return reply{}, err
	}
	for j, m := range matches {
		r := &answer.Results[places[j]]
		for _, e := range m.Entries {
			r.Entries = append(r.Entries, wireEntry(e))
		}
		r.Erased = m.Erased
		if r.Blocked = m.Erased || len(m.Entries) > 0; r.Blocked {
			answer.Blocked++
		}
	}
	return reply{message: "Numbers looked up successfully", data: answer}, nil
}

func lookupParser(region string) (*phone.Parser, error) {
	parser, err := phone.NewParser(phone.RuleE164, region)
	if err != nil {
		return nil, rollcall.Invalid("region", "The region must be a country's two letters (ISO 3166-1), for example US.")
	}
	return parser, nil
}

// moment reads a day or an instant as a stretch of time; empty: this millisecond.
func moment(text string, now time.Time) (from, to time.Time, err error) {
	if text == "" {
		return now, now.Add(time.Millisecond), nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, day.AddDate(0, 0, 1), nil
	}
	at, err := rollcall.ParseExpiry(text)
	if err != nil {
		return from, to, rollcall.Invalid("at", "The at must be a day such as 2026-11-02, or a time such as 2026-11-02T12:00:00Z.")
	}
	return at, at.Add(time.Millisecond), nil
}

func wireEntry(e rollcall.DNCEntry) dncEntry {
	w := dncEntry{
		ContactListID: e.ListID, Name: e.ListName, IsGlobalDNC: e.Global, Entry: e.Number.String(), From: timestamp(e.From), Holds: e.Holds,
		Reason: e.Reason, Source: e.Source, EnteredBy: e.By, EndedBy: e.EndedBy,
	}
	if !e.To.IsZero() {
		to := timestamp(e.To)
		w.To = &to
	}
	return w
}

// dncHistory is the data of getDNCHistory's answer.
type dncHistory struct {
	E164    string     `json:"e164" example:"+14155550123"`
	Erased  bool       `json:"erased,omitempty" example:"false" doc:"The person with this number was erased, and with it what lists held of the number. Absent where it is not so."`
	Entries []dncEntry `json:"entries" nullable:"false"`
}

// getDNCHistory tells all that DNC lists ever held of a number.
func (a *API) getDNCHistory(ctx context.Context, c *call) (reply, error) {
	sent, _, err := queryValue(c.URL.RawQuery, "phoneNumber")
	if err != nil {
		return reply{}, err
	}
	region, _, err := queryValue(c.URL.RawQuery, "region")
	if err != nil {
		return reply{}, err
	}
	parser, err := lookupParser(region)
	if err != nil {
		return reply{}, within("query", err)
	}
	n, err := parser.Parse(sent)
	if e, bad := errors.AsType[*phone.Error](err); bad {
		return reply{}, rollcall.Invalid("query.phoneNumber", e.Message)
	}
	matches, err := a.config.Store.LookUpDNC(ctx, c.owner(), []phone.Number{n}, time.Time{}, a.config.Now().Add(time.Millisecond))
	if err != nil {
		return reply{}, err
	}
	data := dncHistory{E164: n.String(), Erased: matches[0].Erased, Entries: []dncEntry{}}
	for _, e := range matches[0].Entries {
		data.Entries = append(data.Entries, wireEntry(e))
	}
	return reply{message: "History retrieved successfully", data: data}, nil
}
