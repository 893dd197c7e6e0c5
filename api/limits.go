package api

import (
	"context"

	"rollcall"
)

// accountLimits is the data of getLimits' answer.
type accountLimits struct {
	Limits []limitUse `json:"limits" nullable:"false" doc:"Every limit: contactLists, contactsPerList, contacts, fileSize, listsPerCampaign and concurrentCalls, in this order."`
}

// limitUse is a limit on the wire, and what is used of it.
type limitUse struct {
	Name        string       `json:"name" enum:"contactLists,contactsPerList,contacts,fileSize,listsPerCampaign,concurrentCalls" example:"contactLists" doc:"What is limited: the lists of the account, the contacts of one list, the contacts of the account, the bytes of one file, the lists that one campaign names, the contacts that its dialers hold at once."`
	Limit       *int64       `json:"limit" required:"true" nullable:"true" example:"10000" doc:"The most that is allowed; null: any number."`
	Used        *int64       `json:"used" required:"true" nullable:"true" example:"8200" doc:"How many there are, in all applications of the account; of contactsPerList those of the application's largest list; null of fileSize and listsPerCampaign."`
	Share       *float64     `json:"share" required:"true" nullable:"true" example:"0.82" doc:"The part of the limit that is used, rounded down to four decimals; null where there is no limit, and of fileSize and listsPerCampaign."`
	Warning     bool         `json:"warning" example:"true" doc:"80 % of the limit or more are used."`
	Message     string       `json:"message" example:"The account has 8200 contact lists, and the limit is 10000." doc:"The warning, for people; empty where there is none."`
	ContactList *limitedList `json:"contactList,omitempty" doc:"Of contactsPerList: the application's largest list. Absent where it has none."`
}

// limitedList names a list.
type limitedList struct {
	ID   string `json:"_id" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11"`
	Name string `json:"name" example:"Renewal Due - July 2025"`
}

// getLimits tells what the account may have and has.
func (a *API) getLimits(ctx context.Context, c *call) (reply, error) {
	uses, err := a.config.Store.LimitUses(ctx, c.owner(), a.config.Now())
	if err != nil {
		return reply{}, err
	}
	data := accountLimits{Limits: make([]limitUse, len(uses))}
	for i, u := range uses {
		data.Limits[i] = wireLimit(u)
	}
	return reply{message: "Limits retrieved successfully", data: data}, nil
}

func wireLimit(u rollcall.LimitUse) limitUse {
	w := limitUse{Name: string(u.Name), Warning: u.Warning(), Message: u.Message()}
	countable := u.Name != rollcall.LimitFileSize && u.Name != rollcall.LimitCampaignLists
	if u.Limit != 0 {
		w.Limit = &u.Limit
	}
	if countable {
		w.Used = &u.Used
	}
	if countable && u.Limit != 0 {
		// Rounded down, so that 0.8 is not said without a warning.
		w.Share = new(float64(u.Used*1e4/u.Limit) / 1e4)
	}
	if u.ListID != "" {
		w.ContactList = &limitedList{ID: u.ListID, Name: u.ListName}
	}
	return w
}
