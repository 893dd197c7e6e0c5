package rollcall

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/callhours"
	"rollcall/phone"
)

// MaxMessage is the longest message of an SMS campaign, in bytes before Base64: ten
// parts of 160 characters, in UTF-8.
const MaxMessage = 4800

// Validate holds what a caller may set against the rules of the campaign's channel,
// mode and format (contract, section 3), and tells all that is wrong at once, by
// the fields' names on the wire.
func (c *Campaign) Validate() error {
	v := &campaignCheck{c: c}
	v.err(checkText("name", c.Name, MaxCampaignName))
	if c.Description != "" {
		v.err(checkText("description", c.Description, MaxCampaignDescription))
	}
	v.lists()
	v.between("priority", c.Priority, 1, MaxCampaignPriority)
	v.strategy()
	switch c.Channel {
	case ChannelVoice:
		v.voice()
	case ChannelSMS:
		v.sms()
	default:
		v.refuse("campaignType", "The campaignType must be voice or sms.")
	}
	return v.joined()
}

type campaignCheck struct {
	c    *Campaign
	errs []error
}

func (v *campaignCheck) joined() error { return errors.Join(v.errs...) }

func (v *campaignCheck) err(err error) {
	if err != nil {
		v.errs = append(v.errs, err)
	}
}

func (v *campaignCheck) refuse(field, message string) {
	v.errs = append(v.errs, Invalid(field, message))
}

func (v *campaignCheck) between(field string, got, least, most int) {
	if got < least || got > most {
		v.refuse(field, fmt.Sprintf("The %s must be a whole number from %d to %d.", lastName(field), least, most))
	}
}

// lastName is the part of a field's path that people know it by.
func lastName(field string) string { return field[strings.LastIndexByte(field, '.')+1:] }

func (v *campaignCheck) lists() {
	if len(v.c.ContactLists) == 0 {
		v.refuse("contactLists", "The contactLists are required: the names of one contact list or several.")
	}
	seen := map[string]bool{}
	for _, l := range v.c.ContactLists {
		if key := NameKey(l.Name); seen[key] {
			v.refuse("contactLists", "The contact list "+l.Name+" is named twice.")
		} else {
			seen[key] = true
		}
	}
}

// choose holds a word against those that are known.
func choose[T ~string](v *campaignCheck, field string, got T, known ...T) {
	if slices.Contains(known, got) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	v.refuse(field, fmt.Sprintf("The %s must be one of %s.", lastName(field), strings.Join(names, ", ")))
}

// absent refuses what another kind of campaign has.
func (v *campaignCheck) absent(field string, given bool, of string) {
	if given {
		v.refuse(field, fmt.Sprintf("The %s belongs to %s.", lastName(field), of))
	}
}

const strategyField = "dialingStrategy."

func (v *campaignCheck) strategy() {
	p := &v.c.Plan
	if parser, err := phone.NewParser(phone.RuleE164, ""); err == nil { // the rule is known
		if _, err := parser.Parse(p.CallerID); err != nil {
			v.refuse(strategyField+"callerId.phoneNumber", "The number to call from must be a phone number with its country code, such as +14155550100.")
		}
	}
	if _, err := callhours.LoadZone(p.TimeZone); err != nil {
		v.refuse(strategyField+"callingHours.timezone", "The timezone must be a name of the IANA database, such as Europe/Berlin.")
	}
	var problems callhours.Problems
	if err := p.Hours.Validate(); errors.As(err, &problems) {
		for _, problem := range problems {
			v.refuse(strategyField+"callingHours."+problem.Field, problem.Message)
		}
	}
	v.between(strategyField+"maxConcurrentCalls", p.Concurrency, 0, 1_000_000)
	choose(v, strategyField+"callingHours.unknownTimezone", p.ZoneFallback, callhours.FallbackCampaign, callhours.FallbackNever)
}

func (v *campaignCheck) voice() {
	c, p := v.c, &v.c.Plan
	choose(v, "dialingMode", c.DialingMode, ModeAgentless, ModeProgressive, ModePreview)
	choose(v, strategyField+"dialingOrder", p.Order, OrderFIFO, OrderLIFO, OrderPriority)
	v.between(strategyField+"maxAttemptsPerRecord", p.MaxAttempts, 1, MaxAttemptsPerRecord)
	v.between(strategyField+"defaultRetryPeriod", p.RetryMinutes, 1, MaxRetryMinutes)
	v.between(strategyField+"maxRingTime", p.RingSeconds, MinRingSeconds, MaxRingSeconds)
	agentless := c.DialingMode == ModeAgentless
	if agentless {
		choose(v, "enableMachineDetect", p.MachineDetect, MachineNo, MachineDetected, MachineDisconnect)
		if p.Flow.Name == "" {
			v.refuse("experienceFlowName", "An Agentless campaign needs the experienceFlowName: the flow that speaks with people.")
		}
	}
	withAgents := c.DialingMode == ModeProgressive || c.DialingMode == ModePreview
	if withAgents && p.Queue.Name == "" {
		v.refuse("queue_name", "A "+string(c.DialingMode)+" campaign needs the queue_name: the queue of its agents.")
	}
	if c.DialingMode == ModePreview {
		v.between("maxSkips", p.MaxSkips, 0, 1000)
	}
	v.absent("experienceFlowName", withAgents && p.Flow.Name != "", "Agentless campaigns")
	v.absent("enableMachineDetect", withAgents && p.MachineDetect != "" && p.MachineDetect != MachineNo, "Agentless campaigns")
	v.absent("queue_name", agentless && p.Queue.Name != "", "Progressive and Preview campaigns")
	v.absent("maxSkips", c.DialingMode != ModePreview && p.MaxSkips != 0, "Preview campaigns")
	v.absent("format", p.Format != "", "SMS campaigns")
	v.absent("message", p.Message != "" || p.Template.Name != "", "SMS campaigns")
}

func (v *campaignCheck) sms() {
	c, p := v.c, &v.c.Plan
	choose(v, "format", p.Format, FormatSimple, FormatAdvanced)
	v.absent("dialingMode", c.DialingMode != "", "voice campaigns")
	v.absent("queue_name", p.Queue.Name != "", "voice campaigns")
	v.absent("maxSkips", p.MaxSkips != 0, "voice campaigns")
	v.absent("enableMachineDetect", p.MachineDetect != "", "voice campaigns")
	v.absent(strategyField+"dialingOrder", p.Order != "", "voice campaigns")
	v.absent(strategyField+"maxAttemptsPerRecord", p.MaxAttempts != 0, "voice campaigns")
	v.absent(strategyField+"defaultRetryPeriod", p.RetryMinutes != 0, "voice campaigns")
	v.absent(strategyField+"maxRingTime", p.RingSeconds != 0, "voice campaigns")
	switch p.Format {
	case FormatSimple:
		v.message()
		v.absent("experienceFlowName", p.Flow.Name != "", "advanced SMS campaigns")
	case FormatAdvanced:
		if p.Flow.Name == "" {
			v.refuse("experienceFlowName", "An advanced SMS campaign needs the experienceFlowName: the flow that says what is sent.")
		}
		v.absent("message", p.Message != "" || p.Template.Name != "", "simple SMS campaigns")
	}
}

func (v *campaignCheck) message() {
	text, err := base64.StdEncoding.DecodeString(v.c.Plan.Message)
	switch {
	case v.c.Plan.Message == "":
		v.refuse("message.message", "A simple SMS campaign needs message.message: the text to send, in Base64.")
	case err != nil:
		v.refuse("message.message", "The message must be Base64 (RFC 4648, section 4).")
	case len(text) > MaxMessage:
		v.refuse("message.message", fmt.Sprintf("The message has %d bytes; at most %d are sent.", len(text), MaxMessage))
	}
}
