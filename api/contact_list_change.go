package api

import (
	"time"

	"rollcall"
	"rollcall/phone"
)

// newContactList is the body of createContactList. A pointer may be absent.
type newContactList struct {
	Name            string  `json:"name" minLength:"1" maxLength:"48" example:"Renewal Due - July 2025" doc:"1 to 48 characters, unique in the application whatever its case."`
	Description     string  `json:"description" minLength:"1" maxLength:"256" example:"Customers whose service expires in July." doc:"1 to 256 characters."`
	Source          string  `json:"source" enum:"passiveApi,passiveApiIntegration" example:"passiveApi" doc:"Must be passiveApi: programs send the contacts. On the paths of the first version passiveApiIntegration means the same."`
	AllowDuplicates *bool   `json:"allowDuplicates" required:"false" default:"false" example:"false" doc:"Whether a number may be in the list more than once."`
	PhoneRule       *string `json:"phoneRule" required:"false" enum:"e164,valid,mobile" default:"e164" example:"e164" doc:"What counts as a phone number. e164: 8 to 15 digits, the first not 0. valid: the numbering plans know such a number, too. mobile: and it can be a mobile number."`
	Region          *string `json:"region" required:"false" pattern:"^([A-Z]{2})?$" example:"US" doc:"The country (ISO 3166-1, two letters) in whose national form numbers may be written. Absent: the country code is needed."`
	ListType        *string `json:"listType" required:"false" enum:"call,dnc" default:"call" example:"call" doc:"call: people to call. dnc: numbers not to call, each once."`
	IsGlobalDNC     *bool   `json:"isGlobalDNC" required:"false" default:"false" example:"false" doc:"Of a DNC list: it binds every campaign of the account, also where none names it."`
}

// ContactListChange is the body of updateContactList, and what comes back of it.
// It is exported, as ContactList is, because the schemas leave out the fields of
// an embedded struct that is not.
type ContactListChange struct {
	Name            *string `json:"name,omitempty" minLength:"1" maxLength:"48" example:"Renewal Due - August 2025" nullable:"true" doc:"1 to 48 characters."`
	Description     *string `json:"description,omitempty" minLength:"1" maxLength:"256" example:"Customers whose service expires in August." nullable:"true" doc:"1 to 256 characters."`
	AllowDuplicates *bool   `json:"allowDuplicates,omitempty" example:"true" nullable:"true" doc:"Holds for contacts that are added from now on."`
	PhoneRule       *string `json:"phoneRule,omitempty" enum:"e164,valid,mobile" example:"valid" nullable:"true" doc:"See createContactList; holds for contacts that are added from now on."`
	Region          *string `json:"region,omitempty" pattern:"^([A-Z]{2})?$" example:"US" nullable:"true" doc:"See createContactList; empty: none."`
	IsGlobalDNC     *bool   `json:"isGlobalDNC,omitempty" example:"false" nullable:"true" doc:"Of a DNC list: whether it binds every campaign of the account."`
}

func (c *ContactListChange) domain() rollcall.ContactListChange {
	return rollcall.ContactListChange{
		Name: c.Name, Description: c.Description, AllowDuplicates: c.AllowDuplicates,
		PhoneRule: (*phone.Rule)(c.PhoneRule), Region: c.Region, GlobalDNC: c.IsGlobalDNC,
	}
}

// check holds the new values against the domain's rules on a list of which all
// else is right, so that every wrong field is told, and before a list is locked.
func (c *ContactListChange) check() error {
	l := rollcall.ContactList{Name: "-", Description: "-", PhoneRule: phone.RuleE164}
	if deref(c.IsGlobalDNC) {
		l.Type = rollcall.ListDNC // which type it is, the list itself tells
	}
	return l.Change(c.domain(), "", time.Time{})
}

// contactListUpdate is the data of updateContactList's answer.
type contactListUpdate struct {
	ContactListID string        `json:"contactListId" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11"`
	Body          updatedFields `json:"body" doc:"The fields that were given, and where they hold."`
}

// updatedFields are the changed fields, and whom the list belongs to.
type updatedFields struct {
	ContactListChange
	Scope     []string `json:"scope" nullable:"false" example:"[\"campaign_management\"]"`
	OrgID     string   `json:"orgId" example:"o-6f0a7b0e-6a1c-4d5f-8f52-0c9be8f0a4f3"`
	IID       string   `json:"iId" example:"st-0603182c-7ffb-53c3-b307-47ca14b4c0de"`
	ListType  string   `json:"listType" enum:"call,dnc" example:"call"`
	AccountID string   `json:"accountId" example:"67777ce93e25326494e0c0de"`
	UpdatedBy string   `json:"updatedBy" example:"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52"`
}

func wireUpdate(l *rollcall.ContactList, change ContactListChange, app *rollcall.App) contactListUpdate {
	return contactListUpdate{ContactListID: l.ID, Body: updatedFields{
		ContactListChange: change, Scope: []string{string(rollcall.ScopeCampaignManagement)}, OrgID: app.OrgID,
		IID: l.Owner.ApplicationID, ListType: string(l.Type), AccountID: app.AccountID, UpdatedBy: l.UpdatedBy,
	}}
}
