package rollcall

import (
	"fmt"
	"strconv"
)

// Limits are what an account may have at most. 0 stands for any number.
type Limits struct {
	Lists           int64 // contact lists of all its applications
	ContactsPerList int64
	Contacts        int64 // in all its lists
	FileSize        int64 // bytes of one uploaded file
	CampaignLists   int64 // contact lists that one campaign names
	Calls           int64 // contacts that are handed out to dialers at once, in all its campaigns
}

// Usage is what an account has.
type Usage struct {
	Lists           int64
	Contacts        int64
	LargestList     int64 // contacts of the largest list
	LargestListID   string
	LargestListName string
	Calls           int64
}

// WarnShare is the share of a limit from which its use is worth a warning.
const WarnShare = 0.8

// CheckLists refuses one more list for an account that has so many.
func (l Limits) CheckLists(have int64) error {
	if l.Lists == 0 || have < l.Lists {
		return nil
	}
	return Conflict(ReasonLimitReached, fmt.Sprintf("The account has %s, and its limit is %d; delete one that is not needed, or have the limit raised.", counted(have, "contact list"), l.Lists))
}

// CheckContacts refuses contacts that would be too many in a list that has inList,
// or in an account that has inAccount, those of the list among them. Adding none is
// never refused, also where a limit was lowered below what is there.
func (l Limits) CheckContacts(inList, inAccount, adding int64) error {
	switch {
	case adding <= 0:
		return nil
	case l.ContactsPerList != 0 && inList+adding > l.ContactsPerList:
		return Conflict(ReasonLimitReached, fmt.Sprintf("The list has %s, and %d more would pass the limit of %d a list; use a further list, or have the limit raised.",
			counted(inList, "contact"), adding, l.ContactsPerList))
	case l.Contacts != 0 && inAccount+adding > l.Contacts:
		return Conflict(ReasonLimitReached, fmt.Sprintf("The account has %s, and %d more would pass its limit of %d; delete contacts that are not needed, or have the limit raised.",
			counted(inAccount, "contact"), adding, l.Contacts))
	}
	return nil
}

// CheckFile refuses a file of so many bytes. Of one whose size is not known in
// advance, it is to be asked again with what has come so far.
func (l Limits) CheckFile(size int64) error {
	if l.FileSize == 0 || size <= l.FileSize {
		return nil
	}
	return &Error{Code: CodeTooLarge, Field: "file", Message: fmt.Sprintf("A file may have %d bytes at most; send it in parts, or have the limit raised.", l.FileSize)}
}

// CheckCampaign refuses a campaign with more contact lists than it may name, unless it
// had as many before: a limit that was lowered stops no other change of it.
func (l Limits) CheckCampaign(lists, before int) error {
	if l.CampaignLists == 0 || lists <= before || int64(lists) <= l.CampaignLists {
		return nil
	}
	return Invalid("contactLists", fmt.Sprintf("A campaign may name %d contact lists at most, and this one names %d; use fewer, or have the limit raised.", l.CampaignLists, lists))
}

// LimitName names a limit.
type LimitName string

// The limits.
const (
	LimitLists           LimitName = "contactLists"
	LimitContactsPerList LimitName = "contactsPerList"
	LimitContacts        LimitName = "contacts"
	LimitFileSize        LimitName = "fileSize"
	LimitCampaignLists   LimitName = "listsPerCampaign"
	LimitCalls           LimitName = "concurrentCalls"
)

// LimitUse is a limit, and what is used of it.
type LimitUse struct {
	Name     LimitName
	Limit    int64 // 0: none
	Used     int64 // 0 of LimitFileSize and LimitCampaignLists, which are for each file and campaign anew
	ListID   string
	ListName string // of LimitContactsPerList: the largest list; empty where there is none
}

// Uses gives every limit with its use.
func (l Limits) Uses(u Usage) []LimitUse {
	return []LimitUse{
		{Name: LimitLists, Limit: l.Lists, Used: u.Lists},
		{Name: LimitContactsPerList, Limit: l.ContactsPerList, Used: u.LargestList, ListID: u.LargestListID, ListName: u.LargestListName},
		{Name: LimitContacts, Limit: l.Contacts, Used: u.Contacts},
		{Name: LimitFileSize, Limit: l.FileSize},
		{Name: LimitCampaignLists, Limit: l.CampaignLists},
		{Name: LimitCalls, Limit: l.Calls, Used: u.Calls},
	}
}

// Share is the part of the limit that is used: 0 where there is none, above 1 where
// it was lowered below what is there.
func (u LimitUse) Share() float64 {
	if u.Limit == 0 {
		return 0
	}
	return float64(u.Used) / float64(u.Limit)
}

// Warning tells whether the use is worth one; see [WarnShare].
func (u LimitUse) Warning() bool { return u.Share() >= WarnShare }

// Message is the warning, for people; empty where there is none.
func (u LimitUse) Message() string {
	if !u.Warning() {
		return ""
	}
	holder, what := "The account", "contact"
	switch u.Name {
	case LimitLists:
		what = "contact list"
	case LimitContactsPerList:
		holder = "The list " + u.ListName
	case LimitCalls:
		return fmt.Sprintf("Dialers of the account hold %s, and the limit is %d.", counted(u.Used, "contact"), u.Limit)
	}
	has := fmt.Sprintf("%s has %s, and the limit is %d", holder, counted(u.Used, what), u.Limit)
	if u.Used >= u.Limit {
		return has + ": no more can be added."
	}
	return has + "."
}

// counted is a number with its noun.
func counted(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.FormatInt(n, 10) + " " + noun
}
