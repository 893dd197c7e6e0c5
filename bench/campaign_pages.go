package main

import (
	"context"
	"fmt"
	"time"

	"rollcall"
)

const (
	fewCampaigns      = 100
	manyCampaigns     = 10_000
	campaignPage      = 50
	campaignPageCalls = 50 // of a round, of which the median counts
	mostCampaignRatio = 3
)

// campaignPages measures a page of getAllCampaignDetails among few and among many
// campaigns, with filters that most of them fit, by the store's own call: what HTTP
// adds is the same for both.
func (b *bench) campaignPages(ctx context.Context, t *table, p *place, f *campaignField) error {
	e := p.engine
	var took [2]series
	for i, n := range []int{fewCampaigns, manyCampaigns} {
		tell("%s campaigns on %s", thousands(float64(n)), e)
		if err := f.makeCampaigns(ctx, n); err != nil {
			return err
		}
		if e == postgres {
			// As autovacuum does within a minute.
			if _, err := b.psql(ctx, p.database, "VACUUM ANALYSE campaigns, campaign_contact_lists, contact_lists"); err != nil {
				return err
			}
		}
		for round := range b.rounds + 1 {
			median, err := f.pageOfCampaigns(ctx)
			if err != nil {
				return err
			}
			if round > 0 { // the first warms up
				took[i] = append(took[i], median)
			}
		}
		ratio := ""
		if i > 0 {
			ratio = took[1].over(took[0]).show(twoDecimals)
		}
		t.add(string(e), thousands(float64(n)), took[i].show(threeDigits), ratio)
	}
	b.atMost(fmt.Sprintf("a page among %s campaigns against one among %d, %s", thousands(manyCampaigns), fewCampaigns, e), mostCampaignRatio, took[1].over(took[0]).median(), twoDecimals)
	return nil
}

// makeCampaigns makes campaigns until there are so many besides the field's own. They
// differ in name, priority, mode and status.
func (f *campaignField) makeCampaigns(ctx context.Context, n int) error {
	modes := []rollcall.DialingMode{rollcall.ModeAgentless, rollcall.ModeProgressive, rollcall.ModePreview}
	statuses := []rollcall.CampaignStatus{rollcall.CampaignReady, rollcall.CampaignReady, rollcall.CampaignCompleted}
	for ; f.made < n; f.made++ {
		c := *f.campaign
		c.ID, c.Name = rollcall.NewID(rollcall.PrefixCampaign), fmt.Sprintf("Campaign %d", f.made*7919%manyCampaigns)
		c.Priority, c.DialingMode, c.Status = 1+f.made%rollcall.MaxCampaignPriority, modes[f.made/2%3], statuses[f.made/3%3]
		c.Scrub = rollcall.Scrub{State: rollcall.ScrubDone}
		c.CreatedAt = time.Now()
		if err := f.store.CreateCampaign(ctx, &c); err != nil {
			return err
		}
	}
	return nil
}

// pageOfCampaigns gives the median milliseconds of a page.
func (f *campaignField) pageOfCampaigns(ctx context.Context) (float64, error) {
	filter := rollcall.CampaignFilter{
		Channel: rollcall.ChannelVoice, Statuses: []rollcall.CampaignStatus{rollcall.CampaignReady, rollcall.CampaignCompleted}, Priorities: []int{2, 3, 4, 5},
		DialingModes: []rollcall.DialingMode{rollcall.ModeAgentless, rollcall.ModeProgressive}, Sort: rollcall.SortByName, Limit: campaignPage,
	}
	var took series
	for range campaignPageCalls {
		began := time.Now()
		page, total, err := f.store.Campaigns(ctx, f.owner, filter)
		if err == nil && (len(page) != campaignPage || total < campaignPage) {
			err = fmt.Errorf("a page of %d campaigns of %d", len(page), total)
		}
		if err != nil {
			return 0, err
		}
		took = append(took, millis(time.Since(began)))
	}
	return took.median(), nil
}
