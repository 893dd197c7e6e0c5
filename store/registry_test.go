package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"rollcall"
	"rollcall/store"
	"rollcall/store/storetest"
)

// No campaign names a queue that is gone, also where one process deletes it while another
// makes the campaign.
func TestRegistry_DeletedWhileACampaignIsMade(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		stores := []*store.Store{storetest.Open(t, c), storetest.Open(t, c)}
		w := &runWorld{t, stores[0], storetest.Owner(t, stores[0])}
		l := w.list("l", 14155550000, 1, nil)
		template := *w.campaign("template", nil, l)
		ctx := context.Background()
		both := 0
		for i := range 60 {
			e := &rollcall.RegistryEntry{Owner: w.owner, Kind: rollcall.KindQueue, ID: rollcall.NewID(rollcall.KindQueue.Prefix()), Name: fmt.Sprint("q", i), CreatedBy: "u-1", CreatedAt: noon}
			if err := w.s.CreateRegistryEntry(ctx, e); err != nil {
				t.Fatal(err)
			}
			fresh := template
			fresh.Key, fresh.ID, fresh.Name, fresh.DialingMode = 0, rollcall.NewID(rollcall.PrefixCampaign), fmt.Sprint("c", i), rollcall.ModeProgressive
			fresh.Plan.Queue = rollcall.Named{Name: e.Name}
			var made, gone error
			var group sync.WaitGroup
			group.Go(func() { made = stores[0].CreateCampaign(ctx, &fresh) })
			group.Go(func() { _, gone = stores[1].DeleteRegistryEntry(ctx, w.owner, rollcall.KindQueue, e.ID) })
			group.Wait()
			if made == nil && gone == nil {
				both++
			}
			if made != nil && gone != nil {
				t.Errorf("neither: %v, %v", made, gone)
			}
		}
		if both > 0 {
			t.Errorf("%d campaigns name a queue that is gone", both)
		}
	})
}
