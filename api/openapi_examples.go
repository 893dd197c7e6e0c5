package api

import "strconv"

// The examples of the API reference. A test holds them against the schemas.
const (
	listExample = `{` + listExampleFields + `}`

	oneListExample = `{` + listExampleFields + `,"isActive":true,"createdBy":"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52",` +
		`"updatedBy":"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52","isGlobalDNC":false,"isDefault":false,` +
		`"createdAt":"2025-12-05T10:30:16.232Z","allowDuplicates":false}`

	listExampleFields = `"_id":"cl-718e8881-3aca-4008-973e-6d79940c2f11","name":"Renewal Due - July 2025",` +
		`"description":"Customers whose service expires in July.","totalRecordCount":0,"status":"Ready",` +
		`"mapping":{"firstName":"firstName","lastName":"lastName","phoneNumber":"phoneNumber","timeZone":"timeZone","uniqueId":"uniqueId","contactPriority":"contactPriority"},` +
		`"isListInUse":false,"listType":"call","campaignInUse":[],"source":"passiveApi",` +
		`"apiConfigurations":{"dataSyncMode":"skipDuplicates"},"columns":[],"files":[],"updatedAt":"2025-12-05T10:35:41.551Z"`

	newListExample = `{"name":"Renewal Due - July 2025","description":"Customers whose service expires in July.","source":"passiveApi","allowDuplicates":false}`

	changeExample = `{"name":"Renewal Due - August 2025","allowDuplicates":true}`

	updateExample = `{"contactListId":"cl-718e8881-3aca-4008-973e-6d79940c2f11","body":{"name":"Renewal Due - August 2025","allowDuplicates":true,` +
		`"scope":["campaign_management"],"orgId":"o-6f0a7b0e-6a1c-4d5f-8f52-0c9be8f0a4f3","iId":"st-0603182c-7ffb-53c3-b307-47ca14b4c0de",` +
		`"listType":"call","accountId":"67777ce93e25326494e0c0de","updatedBy":"u-0e0dbd6c-07a2-4be2-93b7-5b0e0a3f6d52"}}`

	newContactsExample = `{"contact_list_name":"Renewal Due - July 2025","data":[` +
		`{"phoneNumber":"+1 (415) 555-0123","firstName":"Ada","lastName":"Lovelace","timeZone":"America/Los_Angeles","uniqueId":"C-1001","contactPriority":1,"plan":"gold"},` +
		`{"phoneNumber":"14155550123"},{"phoneNumber":"555"}]}`

	addedExample = `{"received":3,"added":1,"duplicates":1,"rejected":[{"index":2,"field":"phoneNumber","code":"phone_too_short",` +
		`"message":"The phone number has too few digits: it needs at least 8 with the country code, and its area code if it is in national form."}]}`

	contactExample = `{"_id":"cc-3f0a1c52-7b64-8e21-8000-00000000002a","createdAt":"2025-12-05T10:35:41.551Z","updatedAt":"2025-12-05T10:35:41.551Z",` +
		`"phoneNumber":"+1 (415) 555-0123","firstName":"Ada","lastName":"Lovelace","timeZone":"America/Los_Angeles","uniqueId":"C-1001","contactPriority":1,"plan":"gold"}`

	contactChangeExample = `{"phoneNumber":"+1 (415) 555-0123","lastName":"Lovelace","contactPriority":1,"plan":"gold","notes":null}`

	foundExample = `{"results":[` + contactExample + `],"limit":50,"hasMore":true,"nextCursor":"A_ChxStktCEAAAAAAAAAKg"}`

	pageExample = `{"results":[{"_id":"cc-3f0a1c52-7b64-8e21-8000-000000000001","createdAt":"2025-12-05T10:35:41.551Z","updatedAt":"2025-12-05T10:35:41.551Z",` +
		`"phoneNumber":"+1 (415) 555-0123","firstName":"Ada","lastName":"Lovelace","timeZone":"America/Los_Angeles","uniqueId":"C-1001","contactPriority":1,"plan":"gold"}],` +
		`"skip":0,"limit":50,"hasMore":false,"totalPages":1,"totalResults":1}`

	limitsExample = `{"limits":[` +
		`{"name":"contactLists","limit":10000,"used":8200,"share":0.82,"warning":true,"message":"The account has 8200 contact lists, and the limit is 10000."},` +
		`{"name":"contactsPerList","limit":50000000,"used":1200000,"share":0.024,"warning":false,"message":"","contactList":{"_id":"cl-718e8881-3aca-4008-973e-6d79940c2f11","name":"Renewal Due - July 2025"}},` +
		`{"name":"contacts","limit":null,"used":9400000,"share":null,"warning":false,"message":""},` +
		`{"name":"fileSize","limit":null,"used":null,"share":null,"warning":false,"message":""},` +
		`{"name":"listsPerCampaign","limit":100,"used":null,"share":null,"warning":false,"message":""},` +
		`{"name":"concurrentCalls","limit":null,"used":0,"share":null,"warning":false,"message":""}]}`
)

func envelopeExample(message, data string) string {
	return `{"status":"success","message":` + strconv.Quote(message) + `,"data":` + data + `}`
}
