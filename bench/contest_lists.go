package main

import (
	"context"
	"fmt"
	"time"

	"rollcall"
	"rollcall/store"
)

// makeLists makes lists as an application has them: every other one fed by a
// file, and every other one named by a campaign.
func (c *contest) makeLists(ctx context.Context, s *store.Store) error {
	owner, user, err := s.Workspace(ctx, application)
	if err != nil {
		return err
	}
	for i := range c.Lists {
		l := listOf(owner, user, i)
		if err := s.CreateContactList(ctx, l); err != nil {
			return err
		}
		if i%2 == 0 {
			continue
		}
		now := time.Now()
		campaign := &rollcall.Campaign{
			ID: rollcall.NewID("cd-"), Owner: owner, Name: fmt.Sprintf("Billing Reminder Voice Campaign%d", i), Channel: rollcall.ChannelVoice,
			Status: rollcall.CampaignActive, ContactLists: []rollcall.Named{{ID: l.ID}}, CreatedAt: now, UpdatedAt: now,
		}
		if err := s.CreateCampaign(ctx, campaign); err != nil {
			return err
		}
	}
	return nil
}

func listOf(owner rollcall.Owner, user string, i int) *rollcall.ContactList {
	now, source := time.Now(), rollcall.SourcePassiveAPI
	if i%4 < 2 {
		source = rollcall.SourceLocalDrive
	}
	l := rollcall.NewContactList(source, now)
	l.Owner, l.CreatedBy, l.UpdatedBy = owner, user, user
	l.Name = fmt.Sprintf("Renewal Due - July 2025 (%04d)", i)
	l.Description = "This list contains customers with services expiring in July 2025. It includes contact details and subscription info to help agents provide tailored support during live calls."
	if source == rollcall.SourceLocalDrive {
		file := rollcall.File{ID: rollcall.NewFileID(), Name: fmt.Sprintf("contact list %04d (with Priority).csv", i)}
		l.BeginFile(file, []string{"firstName", "lastName", "phoneNumber", "timezone", "uniqueId", "Priority", "city"}, rollcall.SelfMapping(), user, now)
		l.Status = rollcall.ListValidated
	}
	return l
}
