package api

import (
	"bytes"
	"context"
	"fmt"

	"rollcall"
)

// channelOf reads the query's campaignType; empty where it is absent.
func channelOf(c *call) (rollcall.Channel, error) {
	value, given, err := queryValue(c.URL.RawQuery, "campaignType")
	if err != nil || !given {
		return "", err
	}
	switch channel := rollcall.Channel(value); channel {
	case rollcall.ChannelVoice, rollcall.ChannelSMS:
		return channel, nil
	}
	return "", rollcall.Invalid("query.campaignType", "The campaignType must be voice or sms.")
}

var errChannelMissing = rollcall.Invalid("query.campaignType", "The campaignType is required: voice or sms.")

// readCampaign reads the query's type and the body, of which one may tell the type.
func (c *call) readCampaign() (rollcall.Channel, rollcall.CampaignChange, error) {
	channel, err := channelOf(c)
	if err != nil {
		return "", rollcall.CampaignChange{}, err
	}
	object, err := c.readObject()
	if err != nil {
		return "", rollcall.CampaignChange{}, err
	}
	var body campaignBody
	decodeErr := decodeMembers(object, &body)
	change, changeErr := body.change()
	switch said := rollcall.Channel(deref(body.CampaignType)); {
	case said == "":
	case channel == "":
		channel = said
	case said != channel:
		changeErr = firstOfEach(changeErr, rollcall.Invalid("campaignType", "The campaignType is another than in the query."))
	}
	return channel, change, within("body", firstOfEach(decodeErr, changeErr))
}

// createCampaign makes a campaign.
func (a *API) createCampaign(ctx context.Context, c *call) (reply, error) {
	channel, change, bodyErr := c.readCampaign()
	if bodyErr == nil && channel == "" {
		return reply{}, errChannelMissing
	}
	fresh, err := rollcall.NewCampaign(channel, change, c.owner(), c.user(), a.config.Now())
	if err := firstOfEach(bodyErr, within("body", err)); err != nil {
		return reply{}, err
	}
	if err := a.config.Store.CreateCampaign(ctx, fresh); err != nil {
		return reply{}, within("body", err)
	}
	a.config.WakeDialer()
	return reply{message: fmt.Sprintf("Campaign %s creation in progress", fresh.Name), data: newCampaignAnswer(fresh)}, nil
}

// newCampaignAnswer has a voice campaign's id as id, and an SMS campaign's as _id.
func newCampaignAnswer(c *rollcall.Campaign) campaign {
	w := wireCampaign(c)
	if c.Channel == rollcall.ChannelVoice {
		w.ID, w.NewID = "", c.ID
	}
	return w
}

// getCampaign gives one campaign.
func (a *API) getCampaign(ctx context.Context, c *call) (reply, error) {
	found, err := a.campaign(ctx, c)
	if err != nil {
		return reply{}, err
	}
	return reply{message: fmt.Sprintf("Campaign %s retrieved successfully", found.Name), data: wireCampaign(found)}, nil
}

// campaign loads the campaign that the path names. One of another type than the
// query says is not there.
func (a *API) campaign(ctx context.Context, c *call) (*rollcall.Campaign, error) {
	channel, err := channelOf(c)
	if err != nil {
		return nil, err
	}
	id, err := c.campaignID()
	if err != nil {
		return nil, err
	}
	found, err := a.config.Store.Campaign(ctx, c.owner(), id)
	if err != nil {
		return nil, err
	}
	return found, ofChannel(found, channel)
}

func ofChannel(c *rollcall.Campaign, channel rollcall.Channel) error {
	if channel != "" && c.Channel != channel {
		return rollcall.NotFound(fmt.Sprintf("There is no %s campaign with this id; it is a %s campaign.", channel, c.Channel))
	}
	return nil
}

// updateCampaign changes what the body names.
func (a *API) updateCampaign(ctx context.Context, c *call) (reply, error) {
	channel, change, err := c.readCampaign()
	if err != nil {
		return reply{}, err
	}
	if channel == "" && change == (rollcall.CampaignChange{}) {
		return a.getCampaign(ctx, c) // the public page's table has PUT for getting one
	}
	id, err := c.campaignID()
	if err != nil {
		return reply{}, err
	}
	changed, err := a.config.Store.UpdateCampaign(ctx, c.owner(), id, func(found *rollcall.Campaign) error {
		if err := ofChannel(found, channel); err != nil {
			return err
		}
		return found.Change(change, c.user(), a.config.Now())
	})
	if err != nil {
		return reply{}, within("body", err)
	}
	a.config.WakeDialer()
	var buf bytes.Buffer
	return reply{body: bytes.Clone(encodeJSON(&buf, updatedCampaign{
		Status: "success", Message: fmt.Sprintf("Campaign %s details updated successfully", changed.Name), ID: changed.ID, Data: wireCampaign(changed),
	}))}, nil
}

// updatedCampaign is the answer of updateCampaign, with the id beside the data.
type updatedCampaign struct {
	Status  string   `json:"status" enum:"success"`
	Message string   `json:"message"`
	ID      string   `json:"id,omitempty" example:"cd-0c172a6b-2a01-4247-8e96-4e28effa0b1c"`
	Data    campaign `json:"data"`
}

// deleteCampaign deletes a campaign, and gives it as it was.
func (a *API) deleteCampaign(ctx context.Context, c *call) (reply, error) {
	found, err := a.campaign(ctx, c)
	if err != nil {
		return reply{}, err
	}
	gone, err := a.config.Store.DeleteCampaign(ctx, c.owner(), found.ID)
	if err != nil {
		return reply{}, err
	}
	return reply{message: fmt.Sprintf("Campaign %s deleted successfully", gone.Name), data: wireCampaign(gone)}, nil
}

// cloneBody is the body of cloneCampaign.
type cloneBody struct {
	Name *string `json:"name" required:"false" minLength:"1" maxLength:"48" example:"Billing Reminder 2" doc:"Absent: the campaign's name and (copy)."`
}

// cloneCampaign makes a campaign like another one.
func (a *API) cloneCampaign(ctx context.Context, c *call) (reply, error) {
	var body cloneBody
	if err := c.readInto(&body); err != nil {
		return reply{}, err
	}
	found, err := a.campaign(ctx, c)
	if err != nil {
		return reply{}, err
	}
	name := found.CloneName()
	if body.Name != nil {
		name = *body.Name
	}
	fresh, err := found.Clone(name, c.user(), a.config.Now())
	if err == nil {
		err = a.config.Store.CreateCampaign(ctx, fresh)
	}
	if err != nil {
		return reply{}, within("body", err)
	}
	a.config.WakeDialer()
	return reply{message: fmt.Sprintf("Campaign %s creation in progress", fresh.Name), data: newCampaignAnswer(fresh)}, nil
}
