package api

import (
	"rollcall"
	"rollcall/phone"
)

// ContactList is a list on the wire (contract, section 2), in the order of the
// contract's page.
type ContactList struct {
	ID                string             `json:"_id" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11" doc:"Unique identifier of the contact list."`
	Name              string             `json:"name" minLength:"1" maxLength:"48" example:"Renewal Due - July 2025" doc:"Unique in the application, whatever its case: other calls name a list by it."`
	Description       string             `json:"description" minLength:"1" maxLength:"256" example:"Customers whose service expires in July."`
	TotalRecordCount  int64              `json:"totalRecordCount" minimum:"0" example:"0" doc:"Number of contacts in the list, exact at every moment."`
	Status            string             `json:"status" enum:"Ready,Validating,Validated,Invalid" example:"Ready" doc:"Ready for a list fed by API. For one fed by file: Validating while it is read, then Validated, or Invalid when no row was good."`
	Mapping           mapping            `json:"mapping" doc:"For each of our fields the column (or JSON field) that it comes from; empty where there is none."`
	IsListInUse       bool               `json:"isListInUse" example:"false" doc:"Some campaign that uses the list is running now: its status is Active, Paused or Preparing."`
	ListType          string             `json:"listType" enum:"call,dnc" example:"call"`
	CampaignInUse     []campaignInUse    `json:"campaignInUse" nullable:"false" doc:"Every campaign, voice or SMS, that names the list, running or not."`
	Source            string             `json:"source" enum:"passiveApi,passiveApiIntegration,localDrive,apiIntegration" example:"passiveApi" doc:"Where the contacts come from. passiveApi reads passiveApiIntegration on the paths of the first version."`
	APIConfigurations *apiConfigurations `json:"apiConfigurations,omitempty" doc:"Absent on a list fed by file."`
	Columns           *[]string          `json:"columns,omitempty" nullable:"false" doc:"The header of the file, untouched; empty for a list fed by API. Absent on the paths of the first version."`
	Files             []file             `json:"files" nullable:"false" doc:"The files that fed the list, oldest first."`
	UpdatedAt         timestamp          `json:"updatedAt" doc:"When the list or its contacts last changed."`
}

type mapping struct {
	FirstName       string  `json:"firstName" example:"firstName"`
	LastName        string  `json:"lastName" example:"lastName"`
	PhoneNumber     string  `json:"phoneNumber" example:"phoneNumber"`
	TimeZone        string  `json:"timeZone" example:"timeZone"`
	UniqueID        string  `json:"uniqueId" example:"uniqueId"`
	ContactPriority *string `json:"contactPriority,omitempty" example:"contactPriority" doc:"Absent on the paths of the first version."`
}

type campaignInUse struct {
	ID   string `json:"id" example:"cd-10c85a31-57a3-4d2d-aad4-b09344a0b7c2"`
	Name string `json:"name" example:"Billing Reminder Voice Campaign1"`
}

type apiConfigurations struct {
	DataSyncMode string `json:"dataSyncMode" enum:"allowDuplicates,skipDuplicates" example:"skipDuplicates" doc:"What becomes of a number that the list holds already."`
}

type file struct {
	FileID   string `json:"fileId" pattern:"^[0-9a-f]{24}$" example:"693153a4f33d29f872f0a1b2" doc:"24 hexadecimal digits."`
	FileName string `json:"fileName" example:"contact list 2020 (with Priority).csv"`
}

// oneList is a list as the calls that return one list give it.
type oneList struct {
	ContactList
	IsActive        bool      `json:"isActive" example:"true"`
	CreatedBy       string    `json:"createdBy" example:"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52" doc:"The user behind the app that made the list."`
	UpdatedBy       string    `json:"updatedBy" example:"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52" doc:"The user behind the app that last changed it."`
	IsGlobalDNC     bool      `json:"isGlobalDNC" example:"false"`
	IsDefault       bool      `json:"isDefault" example:"false"`
	CreatedAt       timestamp `json:"createdAt"`
	AllowDuplicates bool      `json:"allowDuplicates" example:"false"`
	PhoneRule       string    `json:"phoneRule,omitempty" enum:"valid,mobile" doc:"Present where the list asks for more than the form of a number; see createContactList."`
	Region          string    `json:"region,omitempty" example:"US" doc:"Present where the list takes numbers in national form."`
}

// passiveAPIVersion1 is what the first version calls [rollcall.SourcePassiveAPI].
const passiveAPIVersion1 = "passiveApiIntegration"

func wireSource(s rollcall.Source, wire wireVersion) string {
	if wire == version1 && s == rollcall.SourcePassiveAPI {
		return passiveAPIVersion1
	}
	return string(s)
}

func wireContactList(l *rollcall.ContactList, wire wireVersion) ContactList {
	w := ContactList{
		ID: l.ID, Name: l.Name, Description: l.Description, TotalRecordCount: l.TotalRecordCount, Status: string(l.Status),
		Mapping: wireMapping(l.Mapping, wire), IsListInUse: l.InUse(), ListType: string(l.Type),
		CampaignInUse: make([]campaignInUse, len(l.Campaigns)), Source: wireSource(l.Source, wire),
		Files: make([]file, len(l.Files)), UpdatedAt: timestamp(l.UpdatedAt),
	}
	for i, c := range l.Campaigns {
		w.CampaignInUse[i] = campaignInUse{ID: c.ID, Name: c.Name}
	}
	for i, f := range l.Files {
		w.Files[i] = file{FileID: f.ID, FileName: f.Name}
	}
	if l.Source != rollcall.SourceLocalDrive {
		w.APIConfigurations = &apiConfigurations{DataSyncMode: dataSyncMode(l.AllowDuplicates)}
	}
	if wire != version1 {
		columns := append([]string{}, l.Columns...) // [] rather than null
		w.Columns = &columns
	}
	return w
}

func dataSyncMode(allowDuplicates bool) string {
	if allowDuplicates {
		return "allowDuplicates"
	}
	return "skipDuplicates"
}

func wireMapping(m rollcall.Mapping, wire wireVersion) mapping {
	w := mapping{FirstName: m.FirstName, LastName: m.LastName, PhoneNumber: m.PhoneNumber, TimeZone: m.TimeZone, UniqueID: m.UniqueID}
	if wire != version1 {
		w.ContactPriority = &m.ContactPriority
	}
	return w
}

func wireOneList(l *rollcall.ContactList, wire wireVersion) oneList {
	w := oneList{
		ContactList: wireContactList(l, wire), IsActive: true, CreatedBy: l.CreatedBy, UpdatedBy: l.UpdatedBy,
		IsGlobalDNC: l.GlobalDNC, CreatedAt: timestamp(l.CreatedAt), AllowDuplicates: l.AllowDuplicates, Region: l.Region,
	}
	if l.PhoneRule != phone.RuleE164 {
		w.PhoneRule = string(l.PhoneRule)
	}
	return w
}
