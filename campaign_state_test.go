package rollcall_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"rollcall"
)

// stateTable writes the state machine as the documentation prints it.
func stateTable() string {
	var b strings.Builder
	b.WriteString("| |")
	for _, step := range rollcall.CampaignSteps() {
		fmt.Fprintf(&b, " %s |", step)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(rollcall.CampaignSteps())) + "\n")
	for _, s := range rollcall.CampaignStatuses() {
		fmt.Fprintf(&b, "| **%s** |", s)
		for _, step := range rollcall.CampaignSteps() {
			next, ok := s.After(step)
			if !ok {
				next = "–"
			}
			fmt.Fprintf(&b, " %s |", next)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// The table is written down here once more, so that a change of it is a change of
// two places.
const wantStates = `| | play | stop | pause | resume | edit | delete | schedule | unschedule | scrubbed | complete | recur |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| **Preparing** | – | – | – | – | Preparing | Preparing | Preparing | Preparing | Ready | – | – |
| **Ready** | Active | – | – | – | Preparing | Ready | Scheduled | Ready | Ready | – | – |
| **Scheduled** | Active | – | – | – | Preparing | Scheduled | Rescheduled | Ready | Scheduled | – | – |
| **Rescheduled** | Active | – | – | – | Preparing | Rescheduled | Rescheduled | Ready | Rescheduled | – | – |
| **Active** | – | Stopped | Paused | – | – | – | – | Active | Active | Completed | Scheduled |
| **Paused** | – | Stopped | – | Active | – | – | – | Paused | Paused | Completed | Scheduled |
| **Stopped** | Active | – | – | – | Preparing | Stopped | Rescheduled | Stopped | Stopped | – | – |
| **Completed** | Active | – | – | – | Preparing | Completed | Rescheduled | Completed | Completed | – | – |
`

func TestCampaign_EveryStateAndStep(t *testing.T) {
	if got := stateTable(); got != wantStates {
		t.Errorf("the table is\n%s", got)
	}
	doc, err := os.ReadFile("docs/campaigns.md")
	if err != nil || !strings.Contains(string(doc), wantStates) {
		t.Errorf("docs/campaigns.md does not print the table (%v)", err)
	}
	for _, s := range rollcall.CampaignStatuses() {
		for _, step := range rollcall.CampaignSteps() {
			next, allowed := s.After(step)
			for _, channel := range []rollcall.Channel{rollcall.ChannelVoice, rollcall.ChannelSMS} {
				c := &rollcall.Campaign{Name: "C", Channel: channel, Status: s}
				err := c.Step(step)
				want := next
				if channel == rollcall.ChannelSMS && next == rollcall.CampaignPreparing {
					want = rollcall.CampaignReady // there is nothing to prepare
				}
				switch {
				case allowed && (err != nil || c.Status != want):
					t.Errorf("%s, %s, %s: %s, %v", channel, s, step, c.Status, err)
				case !allowed && (rollcall.CodeOf(err) != rollcall.CodeConflict || c.Status != s):
					t.Errorf("%s, %s, %s: %s, %v", channel, s, step, c.Status, err)
				}
				for _, can := range s.Steps() {
					if !allowed && can != rollcall.StepUnplan && !strings.Contains(err.Error(), string(can)) { // there is no schedule
						t.Errorf("%s, %s: %v does not name %s", s, step, err, can)
					}
				}
			}
		}
	}
}
