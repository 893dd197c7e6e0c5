package api

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// The page's own sample comes back field for field from a store that holds what
// it tells of.
func TestSample(t *testing.T) {
	raw, err := os.ReadFile("testdata/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.check = false // the sample masks its ids with xxxxx, which the document's patterns refuse
		campaigns := w.loadSample(raw)
		for _, c := range campaigns {
			if err := s.CreateCampaign(context.Background(), c); err != nil {
				t.Fatal(err)
			}
		}
		got := w.do(w.request(http.MethodPost, v2("/contactList/getAllListDetails?accountId="+testAccount+"&type=call"), ""))
		if diff := cmp.Diff(decodeValue(t, string(raw)), decodeValue(t, got.Body.String())); got.Code != http.StatusOK || diff != "" {
			t.Errorf("%d (-sample +got):\n%s", got.Code, diff)
		}
	})
}

// loadSample makes the sample's lists and gives its campaigns, which are made
// afterwards since they name lists.
func (w *world) loadSample(raw []byte) []*rollcall.Campaign {
	w.t.Helper()
	var lists struct{ Data []sampleList }
	if err := json.Unmarshal(raw, &lists); err != nil {
		w.t.Fatal(err)
	}
	var campaigns []*rollcall.Campaign
	for _, l := range lists.Data {
		at, err := time.Parse(time.RFC3339, l.UpdatedAt)
		if err != nil {
			w.t.Fatal(err)
		}
		w.loadSampleList(l, at)
		for _, c := range l.CampaignInUse {
			campaigns = append(campaigns, &rollcall.Campaign{ID: c.ID, Owner: w.owner(), Name: c.Name, Channel: rollcall.ChannelVoice,
				Status: rollcall.CampaignReady, ContactLists: []rollcall.Named{{ID: l.ID}}, CreatedAt: at, UpdatedAt: at})
		}
	}
	return campaigns
}

// sampleList is what a list of the sample says of its state.
type sampleList struct {
	ID               string `json:"_id"`
	Name             string
	Description      string
	TotalRecordCount int
	Status           string
	Mapping          rollcall.Mapping
	CampaignInUse    []campaignInUse
	Source           string
	Columns          []string
	Files            []file
	UpdatedAt        string
}

func (w *world) loadSampleList(l sampleList, at time.Time) {
	w.t.Helper()
	d := rollcall.NewContactList(rollcall.Source(l.Source), at)
	d.ID, d.Owner, d.Name, d.Description, d.Status = l.ID, w.owner(), l.Name, l.Description, rollcall.ListStatus(l.Status)
	d.Mapping, d.Columns, d.AllowDuplicates = l.Mapping, l.Columns, true
	for _, f := range l.Files {
		d.Files = append(d.Files, rollcall.File{ID: f.FileID, Name: f.FileName})
	}
	if err := w.store.CreateContactList(context.Background(), d); err != nil {
		w.t.Fatal(err)
	}
	contacts := make([]rollcall.Contact, l.TotalRecordCount)
	for i := range contacts {
		contacts[i].Phone = phone.Number(14155550100 + i)
	}
	if _, err := w.store.AddContacts(context.Background(), w.owner(), l.ID, contacts, "u-1", at); err != nil {
		w.t.Fatal(err)
	}
}
