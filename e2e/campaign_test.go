package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestCampaign_FromListToCompleted: a campaign is scrubbed by the server by itself, and
// a dialer takes what is left, until nothing is.
func TestCampaign_FromListToCompleted(t *testing.T) {
	eachEngine(t, func(t *testing.T, p place) {
		c, s := p.register(t), p.serve(t)
		post := func(path, body string, into any) {
			t.Helper()
			status, answer, err := c.at(t, s.url, http.MethodPost, path, "application/json", strings.NewReader(body))
			if err != nil || status != http.StatusOK {
				t.Fatalf("POST %s: %d %s %v", path, status, answer, err)
			}
			if into != nil {
				if err := json.Unmarshal(answer, into); err != nil {
					t.Fatalf("%v: %s", err, answer)
				}
			}
		}
		post("/contactList/createContactList", `{"name":"People","description":"d","source":"passiveApi"}`, nil)
		post("/contactList/createContactList", `{"name":"Opt-outs","description":"d","source":"passiveApi","listType":"dnc","isGlobalDNC":true}`, nil)
		post("/contactList/addContacts", `{"contact_list_name":"People","data":[{"phoneNumber":"+12025550101"},{"phoneNumber":"+12025550102"},{"phoneNumber":"+19005550103"}]}`, nil)
		post("/contactList/addContacts", `{"contact_list_name":"Opt-outs","data":[{"phoneNumber":"+1900*"}]}`, nil)
		post("/experienceFlows", `{"name":"Reminder"}`, nil)
		var made struct{ Data struct{ ID string } }
		post("?campaignType=voice", `{"name":"Renewals","contactLists":["People"],"dialingMode":"Agentless","experienceFlowName":"Reminder","dialingStrategy":{"callerId":{"phoneNumber":"+14155550100"},
			"callingHours":{"frequency":"DAILY","timezone":"UTC","days":[{"start":"12:00 AM","end":"12:00 AM"}]}}}`, &made)
		id := made.Data.ID
		status := func() (got struct{ Data struct{ Status string } }) {
			post("/"+id+"/status?view=status", "{}", &got)
			return got
		}
		for end := time.Now().Add(time.Minute); status().Data.Status != "Ready"; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nobody scrubs the campaign")
			}
		}
		post("/trigger/"+id+"?campaignType=voice&trigger=play", "{}", nil)
		var handed struct {
			Data struct {
				Status string
				Claims []struct{ ClaimID, Number string }
			}
		}
		post("/"+id+"/claims", `{"limit":10}`, &handed)
		if len(handed.Data.Claims) != 2 {
			t.Fatalf("%+v", handed)
		}
		for _, claim := range handed.Data.Claims {
			post("/claims/"+claim.ClaimID+"/outcome", `{"dialerOutcome":"Connected"}`, nil)
		}
		if post("/"+id+"/claims", `{"limit":10}`, &handed); handed.Data.Status != "Completed" || status().Data.Status != "Completed" {
			t.Errorf("%+v", handed)
		}
		// The server starts it again by its schedule.
		post("/schedule?enableSchedule=true&campaignName=Renewals", `{"startDateTime":"`+time.Now().UTC().Add(2*time.Second).Format(time.DateTime)+`","timezone":"UTC"}`, nil)
		for end := time.Now().Add(time.Minute); status().Data.Status != "Active"; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nobody follows the schedule")
			}
		}
	})
}
